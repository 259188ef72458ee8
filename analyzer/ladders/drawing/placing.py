"""Placing: where on the sheet each rung of a ladder stands: Ladder → Places, from top to bottom.

Here lives: the columns of the sheet, the height of a rung, how much of a wait is drawn, which rungs are left out of a picture.  Here
does not live: how anything looks (``arrows``, ``lanes``, ``captions``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analyzer.ladders.drawing.ink import Piece, flow, safe, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["CLIENT_X", "INNER", "MIDDLE", "SERVER_X", "SHORT", "SIZE", "WIDTH", "Place", "chosen", "places"]

WIDTH = 1000
"""Of the sheet, pixels: a printed page, or a slide, holds it."""
CLIENT_X, SERVER_X = 196, 796
"""The lifelines."""
MIDDLE = (CLIENT_X + SERVER_X) / 2
INNER = SERVER_X - CLIENT_X - 60
"""Room for texts between them."""
SIZE = 12.5
"""Of small letters, pixels."""

FIRST, LAST = 240, 80
"""Rungs that are drawn of a ladder that has more than both: its beginning and its end.  A picture of more is 20,000 pixels high."""
_FIELD_LINES, _NOTE_LINES = 3, 3
_NAME_ROW, _LINE, _TAG_ROW, _WAIT_ROW, _PAD = 26.0, 17.0, 22.0, 21.0, 12.0
_RECORDS = 22.0
"""Below an arrow, where the number of records is written beside it."""
_TENFOLD = 12.0
"""Pixels that a wait is drawn longer when it is ten times as long …"""
SHORT = 100_000
"""… as these ns, below which it is not drawn …"""
_LONGEST = 72.0
"""… and never more, a day long."""
_LONG = 1_000_000_000
"""A wait of a second is broken off, so that nobody measures it by its length."""


class Place(msgspec.Struct, kw_only=True):
    """A rung on the sheet; all lengths are pixels from the top."""

    rung: Rung
    top: float
    """Where its gap begins."""
    tag: float | None = None
    """Where the name of the keys stands that its sender has from here on; None where they stay the same."""
    wait: float | None = None
    """Where it is told how long its sender took; None where that is not known."""
    broken: float | None = None
    """Where the lifelines are broken off, because the wait was longer than is drawn."""
    name: float
    """Where its name stands …"""
    arrow: float
    """… and its arrow, below it."""
    fields: list[list[Piece]]
    """Lines of telling fields, below the arrow."""
    notes: list[str]
    """Lines of the note, below them."""
    bottom: float
    skipped: int = 0
    """Rungs before it that are not drawn."""


def chosen(ladder: Ladder) -> tuple[Sequence[tuple[int, Rung]], int]:
    """Return (index, rung) for those that are drawn, and how many are not."""
    numbered = list(enumerate(ladder.rungs))
    if len(numbered) <= FIRST + LAST:
        return numbered, 0
    return [*numbered[:FIRST], *numbered[-LAST:]], len(numbered) - FIRST - LAST


def stretch(after: int | None) -> float:
    """Return how many pixels a wait of so many ns is drawn long: they grow with its logarithm."""
    if after is None or after <= SHORT:
        return 0.0
    return min(_TENFOLD * math.log10(after / SHORT), _LONGEST)


def places(ladder: Ladder, top: float) -> list[Place]:
    """Place the rungs that are drawn below each other, from ``top`` on."""
    rungs, skipped = chosen(ladder)
    epochs: dict[str, int | None] = {}
    placed: list[Place] = []
    y = top
    for index, rung in rungs:
        before = skipped if index == len(ladder.rungs) - LAST else 0
        one = _placed(rung, y, new_keys=_new_keys(ladder, rung, epochs), skipped=before)
        placed.append(one)
        y = one.bottom
    return placed


def _new_keys(ladder: Ladder, rung: Rung, epochs: dict[str, int | None]) -> bool:
    """Whether its sender has other keys from here on; none, at the beginning, goes without saying."""
    if rung.epoch is None or rung.kind == "missing" or not 0 <= rung.epoch < len(ladder.epochs):
        return False
    first, before = rung.sender not in epochs, epochs.get(rung.sender)
    epochs[rung.sender] = rung.epoch
    if first and ladder.epochs[rung.epoch].readable and ladder.framing != "quic":
        return False
    return rung.epoch != before


def _placed(rung: Rung, top: float, *, new_keys: bool, skipped: int) -> Place:
    y = top + (_TAG_ROW if skipped else 0)
    gap = stretch(rung.after)
    wait = broken = tag = None
    if rung.thought is not None:
        gap = max(gap, _WAIT_ROW)
        wait = y + gap / 2 + 4
    if rung.after is not None and rung.after >= _LONG:
        broken = y + gap / 2
    y += gap
    if new_keys:
        tag = y + _TAG_ROW / 2
        y += _TAG_ROW
    fields = flow([(safe(name, 60), safe(text)) for name, text in rung.telling], INNER, SIZE, _FIELD_LINES)
    notes = wrap(safe(rung.note, 600), INNER, SIZE, _NOTE_LINES) if rung.note else []
    below = max((len(fields) + len(notes)) * _LINE, _RECORDS if len(rung.records) > 1 else 0.0)
    return Place(
        rung=rung, top=top, tag=tag, wait=wait, broken=broken, name=y + 17, arrow=y + _NAME_ROW, fields=fields, notes=notes,
        bottom=y + _NAME_ROW + below + _PAD, skipped=skipped,
    )  # fmt: skip
