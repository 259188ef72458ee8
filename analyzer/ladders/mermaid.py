"""Mermaid: a ladder as a sequence diagram, for Markdown and wikis that draw such: Ladder → str.

Here lives: the diagram's lines.  Here does not live: fences around it (who writes Markdown has them), the escape (``escapes``).

A diagram holds at most ``LONGEST`` characters: mermaid draws none with more than 50,000 (``maxTextSize``).
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from analyzer.escapes import mermaid as escaped
from analyzer.escapes import terminal
from analyzer.ladders.phrases import lasted
from analyzer.ladders.words import Wording, agreed, heading, shares, waited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["LONGEST", "draw"]

LONGEST = 40_000
_RESERVED = 2_000
"""What is kept of it for the last lines."""
_TEXT = 120
"""Characters of one text."""
_COLUMNS, _LINES = 76, 5
"""Of a note."""
_LETTER = {"client": "C", "server": "S"}
_OTHER = {"client": "S", "server": "C"}
_ARROWS = {"loss": "-x", "missing": "--x", "again": "--)", "tcp": "-)"}
"""kind of a rung -> its arrow, where it has one of its own."""
_PLAIN, _SEALED = "->>", "-->>"
_NOTES = {"loss": "not in the capture: ", "again": "again: ", "missing": "missing: "}
"""kind of a rung -> what stands before its name: arrows alone do not tell."""
_WAIT = 1_000_000
"""A wait of a millisecond, and of a twentieth of the whole, is noted."""


def _folded(text: str, limit: int = 3 * _TEXT) -> str:
    """Return a text in lines that a note holds: mermaid does not fold any."""
    return "<br/>".join(escaped(line) for line in wrap(terminal(text, limit), _COLUMNS, max_lines=_LINES, placeholder=" …"))


def draw(ladder: Ladder) -> str:
    """Return the diagram, with a line break at its end."""
    words = Wording(ladder)
    lines = ["sequenceDiagram", f"accTitle: {escaped(heading(ladder))}"]
    lines += [f"participant {letter} as {side} {escaped(getattr(ladder, side))}" for side, letter in _LETTER.items()]
    lines.append(f"Note over C,S: {escaped(heading(ladder))}<br/>{escaped(agreed(ladder))}")
    used = sum(len(line) + 5 for line in lines)
    boxed, left = False, ladder.left_out
    keys: dict[str, int | None] = {}
    for at, rung in enumerate(ladder.rungs):
        more = list(_rung(ladder, rung, words, keys))
        if used + sum(len(line) + 5 for line in more) > LONGEST - _RESERVED:
            left += len(ladder.rungs) - at
            break
        sealed = rung.encrypted and rung.kind != "missing"
        if sealed != boxed:
            lines.append("rect rgba(122, 63, 176, 0.12)" if sealed else "end")
            boxed = sealed
        lines += more
        used += sum(len(line) + 5 for line in more) + 30
    if boxed:
        lines.append("end")
    lines += _last(ladder, left)
    return "\n    ".join(lines) + "\n"


def _rung(ladder: Ladder, rung: Rung, words: Wording, keys: dict[str, int | None]) -> Iterator[str]:
    """Give the lines of one rung."""
    here, there = _LETTER.get(rung.sender, "C"), _OTHER.get(rung.sender, "S")
    if rung.after is not None and rung.after >= _WAIT and rung.after * 20 >= (ladder.pace.total or 0):
        whose = waited(rung)
        yield f"Note over C,S: after {escaped(lasted(rung.after) + (f', {whose}' if whose else ''))}"
    named = words.keys(rung)
    if named and rung.kind != "missing" and keys.get(rung.sender) != rung.epoch:
        first = rung.sender not in keys
        keys[rung.sender] = rung.epoch
        if not first or rung.encrypted or ladder.framing == "quic":
            yield f"Note {'left' if here == 'C' else 'right'} of {here}: from here on<br/>{escaped(named)}"
    name = escaped(f"({rung.name})" if rung.guessed else rung.name)
    at = words.at(rung)
    if rung.kind == "oddity":
        yield f"Note over {here}: odd: {name}" + (f"<br/>{_folded(rung.note)}" if rung.note else "")
        return
    step = "" if rung.step is None else escaped(f"{rung.step}. " if rung.step.isdigit() else f"{rung.step}, ")
    size = f", {rung.length:,} byte{'' if rung.length == 1 else 's'}" if rung.length is not None else ""
    time = f", {at} s" if at else ""
    mark = _ARROWS.get(rung.kind, _SEALED if rung.encrypted else _PLAIN)
    lock = "encrypted " if rung.encrypted and rung.kind != "missing" else ""
    yield f"{here}{mark}{there}: {step}{escaped(_NOTES.get(rung.kind, ''))}{lock}{name}{size}{time}"
    fields = [escaped(f"{label} {text}".strip(), _COLUMNS) for label, text in rung.telling]
    if rung.note:
        fields.append(_folded(rung.note))
    if fields:
        yield f"Note over C,S: {'<br/>'.join(fields)}"


def _last(ladder: Ladder, left: int) -> Iterator[str]:
    """Give the lines below all rungs."""
    if left:
        yield f"Note over C,S: {left:,} more are not drawn"
    if ladder.ending:
        yield f"Note over C,S: {_folded(ladder.ending)}"
    if known := ", ".join(f"{name} {lasted(ns)}" for name, ns in shares(ladder)):
        yield f"Note over C,S: {escaped(f'where the time went: {known}')}"
