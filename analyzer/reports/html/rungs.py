"""Ladders as the page has them: what many have in common once, and of each the rest.

Here lives: Ladder → a small list, and what a chunk's ladders share.  Here does not live: how a handshake becomes a Ladder
(``ladders.reading``), the drawing (``ladder.js``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.reports.html.values import text

if TYPE_CHECKING:
    from analyzer.ladders.ladder import Epoch, Ladder, Rung

__all__ = ["Forms"]

MOST = 400
"""Rungs of one ladder in the page; a handshake has some ten."""
_LONGEST = 300
"""Characters of a field, a note."""

Form = tuple[Any, ...]


def _form(rung: Rung) -> Form:
    """Return what does not change from one handshake to its like, in the order in which ``ladder.js`` reads it."""
    return (
        rung.kind, rung.sender, text(rung.name, _LONGEST), rung.guessed, rung.encrypted, rung.step, rung.length, tuple(rung.records[:8]),
        rung.epoch, tuple((text(label, _LONGEST), text(value, _LONGEST)) for label, value in rung.telling),
        None if rung.note is None else text(rung.note, 3 * _LONGEST),
    )  # fmt: skip


def _epoch(epoch: Epoch) -> Form:
    return (epoch.name, epoch.readable, epoch.doc)


class Forms:
    """What the ladders of the chunk that is being filled share: forms of rungs, and which of them follow each other."""

    def __init__(self) -> None:
        """Start with none."""
        self._forms: dict[Form, int] = {}
        self._shapes: dict[Form, int] = {}

    def take(self, ladder: Ladder) -> list[Any]:
        """Return a ladder as the page has it: [shape, ending, pace, where, left out, times …, packets …, thoughts …].

        Times are their unit in ns and then differences to the rung before that has one (the first: 0); packets are differences to the
        packet before.
        """
        rungs = ladder.rungs[:MOST]
        numbers = tuple(self._forms.setdefault(form, len(self._forms)) for form in map(_form, rungs))
        head = (text(ladder.taught, _LONGEST), tuple(map(_epoch, ladder.epochs)), numbers)
        shape = self._shapes.setdefault(head, len(self._shapes))
        pace = ladder.pace
        return [
            shape,
            text(ladder.ending, 3 * _LONGEST),
            [pace.total, pace.client, pace.server, pace.network, pace.round_trip],
            pace.where,
            ladder.left_out + len(ladder.rungs) - len(rungs),
            _coarse(_steps([rung.time for rung in rungs])),
            _steps([rung.packet for rung in rungs], 0),
            [None if rung.packet is None or rung.last_packet is None else rung.last_packet - rung.packet for rung in rungs],
            _thoughts(rungs),
        ]

    def shared(self) -> dict[str, Any]:
        """Return what the chunk's ladders share, and forget it: the next chunk begins."""
        told = {"forms": list(self._forms), "shapes": list(self._shapes)}
        self._forms, self._shapes = {}, {}
        return told


def _steps(values: list[int | None], before: int | None = None) -> list[int | None]:
    """Return differences to the value before, None where there is none; without ``before`` the first is 0."""
    steps: list[int | None] = []
    for value in values:
        steps.append(None if value is None else 0 if before is None else value - before)
        before = before if value is None else value
    return steps


def _coarse(steps: list[int | None]) -> list[int | None]:
    """Return steps in ns as [1, steps …], or in µs as [1000, steps …] where that loses nothing: most captures know no more."""
    if any(step is not None and step % 1000 for step in steps):
        return [1, *steps]
    return [1000, *(None if step is None else step // 1000 for step in steps)]


def _thoughts(rungs: tuple[Rung, ...]) -> list[list[int | None]]:
    """Return [place, ns thought, ns of the network] of the rungs that tell them."""
    return [[place, rung.thought, rung.network] for place, rung in enumerate(rungs) if rung.thought is not None]
