"""Listing: the rungs of a ladder one under the other, for places that are too narrow for lifelines.

Here lives: its lines.  Here does not live: signs of kinds (``marks``), words (``phrases``), head and foot (``text``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.cells import Line, packed, safe, wrapped
from analyzer.ladders.detail import detail
from analyzer.ladders.marks import mark_of
from analyzer.ladders.phrases import Numbers, lasted, names, offset, sizes, steps, telling, thought

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["listing"]

_INDENT, _HANGING = 4, 2
_NAME_LINES, _FIELD_LINES = 3, 4


def listing(ladder: Ladder, width: int) -> Iterator[Line]:
    """Give the lines of all rungs: direction and name, then step, time, size, packets and telling fields beneath."""
    heading, numbers = steps(ladder.rungs)
    packets = Numbers(ladder)
    start = next((rung.time for rung in ladder.rungs if rung.time is not None), 0)
    keys: dict[str, int] = {}
    for rung, step in zip(ladder.rungs, numbers, strict=True):
        mark = mark_of(rung)
        arrow = mark.near[rung.sender != "client"] if mark.line else " "
        sign = f"{mark.sign} " if mark.sign else ""
        for at, text in enumerate(wrapped(f"{sign}{names(rung)}", width - 2, _NAME_LINES)):
            yield [(f"{arrow} " if not at else "  ", "plain"), (text, mark.style)]
        for line in packed([(text, "faint") for text in _plain(rung, heading, step, start, packets)], width - _INDENT):
            yield [(" " * _INDENT, "plain"), *line]
        for text in [*telling(rung), *_keys(ladder, rung, keys)]:
            yield from _beneath(text, "plain", width, listed=True)
        if rung.note:
            yield from _beneath(safe(rung.note), "odd", width, None)
        for line in detail(rung.fields, width - _INDENT):
            yield [(" " * _INDENT, "plain"), *line]


def _plain(rung: Rung, heading: str, step: str, start: int, packets: Numbers) -> Iterator[str]:
    """Give step, time, size, packets, and how long the sender took."""
    if step:
        yield f"{heading} {step}"
    if rung.time is not None:
        yield f"{offset(rung.time - start)} s"
    if rung.after:
        yield f"+{lasted(rung.after)}"
    yield from sizes(rung)
    if (number := packets.of(rung)) != "":
        yield f"packet {number}"
    if (whose := thought(rung)) != "":
        yield whose


def _keys(ladder: Ladder, rung: Rung, keys: dict[str, int]) -> Iterator[str]:
    """Say with which keys its sender begins to send."""
    if rung.epoch is None or rung.kind == "missing" or keys.get(rung.sender) == rung.epoch:
        return
    before = keys.get(rung.sender)
    keys[rung.sender] = rung.epoch
    if (rung.encrypted or before is not None) and 0 <= rung.epoch < len(ladder.epochs):
        yield f"with {safe(ladder.epochs[rung.epoch].name, 200)}"


def _beneath(text: str, style: str, width: int, most: int | None = _FIELD_LINES, *, listed: bool = False) -> Iterator[Line]:
    for at, line in enumerate(wrapped(text, width - _INDENT - _HANGING, most, listed=listed)):
        if line:
            yield [(" " * (_INDENT + (_HANGING if at and listed else 0)), "plain"), (line, style)]
