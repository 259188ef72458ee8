"""Captions: what stands above a ladder and below it — who with whom, how it ended, where the time went, what lines and numbers mean.

Here lives: head, foot and legend.  Here does not live: the ladder between them (``arrows``, ``lanes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.drawing.arrows import LOOKS, key_class, kind_of, look, padlock, sign
from analyzer.ladders.drawing.ink import cut, element, label, line, measure, path, rect, rich, safe, wrap
from analyzer.ladders.drawing.placing import CLIENT_X, SERVER_X, WIDTH
from analyzer.ladders.phrases import lasted
from analyzer.ladders.words import FLIGHTS, WITHIN, agreed, heading, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.ladders.drawing.placing import Place
    from analyzer.ladders.ladder import Ladder
    from analyzer.ladders.words import Wording

__all__ = ["foot", "head"]

_EDGE = 24
_ROOM = WIDTH - 2 * _EDGE
_SMALL = 12.5
_ROW = 19.0
_SIDE_WIDTH = 190.0
_OUTCOMES = {"complete": "good", "cut": "open", "one_sided": "open"}
"""outcome -> its class: good, or open where the capture does not show enough; else bad."""


def head(ladder: Ladder, *, titled: bool) -> tuple[str, float]:
    """Return what stands above the lifelines, and where it ends, pixels from the top; ``titled``: with the heading and the outcome."""
    parts, y = _titles(ladder) if titled else ([], 16.0)
    for x, name, place in ((CLIENT_X, "client", ladder.client), (SERVER_X, "server", ladder.server)):
        parts.append(rect(x - _SIDE_WIDTH / 2, y, _SIDE_WIDTH, 42, "side", 6))
        parts.append(label(x, y + 18, name, "sidename", "middle"))
        parts.append(label(x, y + 34, cut(safe(place), _SIDE_WIDTH - 8, _SMALL), "place", "middle"))
    parts.append(label(_EDGE + 66, y + 34, "seconds", "column", "end"))
    return "".join(parts), y + 42


def _titles(ladder: Ladder) -> tuple[list[str], float]:
    parts = [label(_EDGE, 38, cut(safe(heading(ladder)), _ROOM - 150, 21, bold=True), "title")]
    outcome = safe(ladder.outcome, 20)
    width = measure(outcome, 13, bold=True) + 22
    style = _OUTCOMES.get(ladder.outcome, "bad")
    parts += [rect(WIDTH - _EDGE - width, 20, width, 25, f"outcome {style}", 12.5)]
    parts += [label(WIDTH - _EDGE - width / 2, 37, outcome, f"outcome {style}", "middle")]
    y = 60.0
    words = agreed(ladder).removesuffix(ladder.outcome).rstrip(" ·")
    if words:
        parts.append(label(_EDGE, y + 2, cut(safe(words), _ROOM, 14, bold=True), "agreed"))
        y += 22
    for text in wrap(safe(ladder.ending, 600), _ROOM, 13.5, 3):
        parts.append(label(_EDGE, y, text, "ending"))
        y += _ROW
    return parts, y + 4


def foot(ladder: Ladder, placed: Sequence[Place], words: Wording, left_out: int, top: float) -> tuple[str, float]:
    """Return what stands below the lifelines, and where it ends; ``left_out``: rungs that are not drawn."""
    y = top + 34
    parts = [line(_EDGE, top + 12, WIDTH - _EDGE, top + 12, "rule")]
    for part in (_pace, _facts):
        drawn, y = part(ladder, y)
        parts.append(drawn)
    if left_out:
        parts.append(label(_EDGE, y, f"{left_out:,} more rungs are not drawn.", "note"))
        y += _ROW
    for letter, source in words.captures[:8]:
        parts.append(label(_EDGE, y, cut(f"{letter}: {safe(source)}", _ROOM, _SMALL), "small"))
        y += _ROW
    drawn, y = _legend(ladder, placed, y + 4)
    return "".join([*parts, drawn]), y + 8


def _pace(ladder: Ladder, y: float) -> tuple[str, float]:
    """Draw where the time went: a bar with a part for each whose time it was, and the same in words."""
    pace, known = ladder.pace, shares(ladder)
    whole = sum(ns for _, ns in known)
    if pace.total is None or pace.total <= 0:
        return "", y
    took = f"Where {lasted(pace.total)} went" if whole else f"{lasted(pace.total)} from the first message of the handshake to the last"
    parts = [rich(_EDGE, y, [(took, "strong")], "small")]
    y += 10
    if whole:
        x = float(_EDGE)
        for name, ns in known:
            width = _ROOM * ns / whole
            parts.append(rect(x, y, max(width, 1.5), 18, f"share {name}"))
            text = f"{name} {lasted(ns)}"
            if measure(text, _SMALL) + 10 <= width:
                parts.append(label(x + width / 2, y + 13.5, text, f"sharename {name}", "middle"))
            x += width
        y += 36
    else:
        y += 8
    words = [f"{name} {lasted(ns)}" for name, ns in known]
    if pace.round_trip is not None:
        words.append(f"one round trip {lasted(max(pace.round_trip, 0))}")
    if pace.where:
        words.append(f"captured {safe(pace.where, 60)}")
    if words:
        parts.append(label(_EDGE, y, cut(" · ".join(words), _ROOM, _SMALL), "small"))
        y += _ROW
    if known and known[-1][0] == FLIGHTS:
        parts.append(label(_EDGE, y, cut(WITHIN, _ROOM, _SMALL), "small"))
        y += _ROW
    return "".join(parts), y


def _facts(ladder: Ladder, y: float) -> tuple[str, float]:
    if not ladder.taught or not any(rung.step for rung in ladder.rungs):
        return "", y
    return label(_EDGE, y, cut(f"Numbers beside the lifelines: {safe(ladder.taught)}.", _ROOM, _SMALL), "small"), y + _ROW


def _legend(ladder: Ladder, placed: Sequence[Place], y: float) -> tuple[str, float]:
    """Explain the keys that were used, and the signs that were drawn."""
    parts: list[str] = []
    used = sorted({place.rung.epoch for place in placed if place.rung.epoch is not None} & set(range(len(ladder.epochs))))
    for number in used:
        epoch = ladder.epochs[number]
        swatch = rect(_EDGE, y - 11, 22, 13, "life" if epoch.readable else "band", 3)
        lock = "" if epoch.readable else padlock(_EDGE + 28, y - 12)
        name = safe(epoch.name, 80)
        parts.append(element("g", swatch + lock, class_=key_class(name)))
        indent = _EDGE + 46
        lines = wrap(f"{name}: {safe(epoch.doc)}", _ROOM - 46, _SMALL, 2)
        first = lines[0] if lines else name
        rest = first.removeprefix(name)
        parts.append(rich(indent, y, [(name, "strong"), (rest, "")] if rest != first else [(first, "")], "small"))
        y += _ROW
        for text in lines[1:]:
            parts.append(label(indent, y, text, "small"))
            y += _ROW
    kinds = {kind_of(place.rung, ladder.outcome) for place in placed}
    signs = {kind: look(kind) for kind in kinds if look(kind).meaning}
    x = float(_EDGE)
    for kind in LOOKS:
        if kind not in signs:
            continue
        shape = signs[kind]
        drawn = sign(shape.sign, x, y - 11) if shape.sign else path(f"M{x + 2} {y - 9:.1f}l10 10m0 -10l-10 10", "cross")
        parts.append(element("g", drawn + label(x + 20, y, shape.meaning, "small"), class_=f"rung {kind}"))
        x += 44 + measure(shape.meaning, _SMALL)
    y += _ROW if signs else 0
    if any(place.rung.guessed for place in placed):
        parts.append(label(_EDGE, y, "(name): encrypted, told by its place and size", "small"))
        y += _ROW
    return "".join(parts), y
