"""Ladders as the page has them: what many have in common once, and of each the rest.

Here lives: Ladder → small facts, and what a chunk's ladders share.  Here does not live: how a handshake becomes a Ladder
(``ladders.reading``), the drawing (``ladder.js``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.reports.html.values import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.ladders.ladder import Epoch, Ladder, Rung

__all__ = ["Forms"]

MOST = 400
"""Rungs of one ladder in the page; a handshake has some ten."""
_LONGEST = 300
"""Characters of a field, a note."""

_SAME = -1

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

    def take(self, ladder: Ladder) -> dict[str, Any]:
        """Return a ladder as the page has it, each part a fact of its own, because like things pack well beside each other.

        ``unit`` is ns; ``times`` are differences to the rung before that has one (the first: 0), ``packets`` to the packet before,
        ``widths`` how many packets more a rung took; ``thoughts`` are [place, thought, network], where -1 says: as long as the step to
        it, and: all of it.
        """
        rungs = ladder.rungs[:MOST]
        numbers = tuple(self._forms.setdefault(form, len(self._forms)) for form in map(_form, rungs))
        head = (text(ladder.taught, _LONGEST), tuple(map(_epoch, ladder.epochs)), numbers)
        pace = ladder.pace
        spans = [pace.total, pace.client, pace.server, pace.network, pace.round_trip]
        steps = _steps([rung.time for rung in rungs])
        thoughts = _thoughts(rungs, steps)
        unit = _unit([*steps, *spans, *(span for _, *both in thoughts for span in both if span != _SAME)])
        told = {
            "unit": unit,
            "shape": self._shapes.setdefault(head, len(self._shapes)),
            "ending": text(ladder.ending, 3 * _LONGEST),
            "pace": _in(unit, spans),
            "where": pace.where,
            "left_out": ladder.left_out + len(ladder.rungs) - len(rungs) or None,
            "times": _in(unit, steps),
            "packets": _steps([rung.packet for rung in rungs], 0),
            "widths": [None if rung.packet is None or rung.last_packet is None else rung.last_packet - rung.packet for rung in rungs],
            "thoughts": [[place, *_in(unit, both)] for place, *both in thoughts] or None,
        }
        return {f"ladder:{name}": value for name, value in told.items()}

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


def _unit(spans: Iterable[int | None]) -> int:
    """Return 1000 where all spans are whole µs, because most captures know no more, else 1."""
    return 1 if any(span is not None and span % 1000 for span in spans) else 1000


def _in(unit: int, spans: Iterable[int | None]) -> list[int | None]:
    return [span if span is None or span == _SAME else span // unit for span in spans]


def _thoughts(rungs: Sequence[Rung], steps: Sequence[int | None]) -> list[tuple[int, int | None, int | None]]:
    """Return (place, ns thought, ns of the network) of the rungs that tell them, what follows from others as _SAME."""
    return [
        (place, _SAME if rung.thought == step else rung.thought, _SAME if rung.network == rung.thought else rung.network)
        for place, (rung, step) in enumerate(zip(rungs, steps, strict=True))
        if rung.thought is not None
    ]
