"""Networks: which of several connections with the same addresses and ports a segment belongs to.

The same addresses may be in use in two VLANs, behind two tunnels, on two interfaces or in two captures; and one connection may be seen
in several of those, or in one in each direction.  Identifiers do not tell these apart: sequence numbers do.  A segment that comes by a way
on which a connection is known is that connection's; one that comes by a new way belongs to the connection whose numbers it goes on with,
and where it contradicts all of them it is another connection.

Here lives: that decision, for the segments of one five-tuple.  Here does not live: which five-tuples need it (``batch``), flows
(``table``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.packets.columns import ACK, FIN, SYN
from analyzer.packets.sieve import WATCH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.streams.flow import Flow

__all__ = ["Line", "Segment", "part"]

_MASK, _HALF = 0xFFFF_FFFF, 0x8000_0000
_NEAR = 1 << 22
"""Bytes within which a sequence number goes on with another: chance fits one in 512, and both directions' numbers are asked."""

Segment = tuple[int, int, int, int, int]
"""Way (network << 1 | side), sequence number, acknowledgment number, flags, bytes of payload."""


class Line:
    """One connection: the ``ways`` on which it was seen, and the numbers that each side will go on with (None: not known)."""

    __slots__ = ("_first", "_next", "flow", "ways")

    def __init__(self, flow: Flow | None = None) -> None:
        """Take what an open flow knows, or nothing."""
        self.flow = flow
        self.ways: set[int] = set(flow.ways) if flow is not None else set()
        sides = flow.sides if flow is not None else ()
        self._first: list[int | None] = [side.first for side in sides] or [None, None]
        self._next: list[int | None] = [side.follows for side in sides] if flow is not None and flow.state == WATCH else [None, None]

    def fits(self, segment: Segment) -> bool | None:
        """Whether the numbers of a segment go on with this connection's; None where there is nothing to compare."""
        way, sequence, acknowledged, flags, _ = segment
        side = way & 1
        answers = []
        mine, first, peer = self._next[side], self._first[side], self._next[1 - side]
        if flags & SYN and first is not None:
            answers.append(first == (sequence + 1) & _MASK)
        elif mine is not None:
            answers.append(_near(sequence, mine))
        if flags & ACK and acknowledged and peer is not None:
            begins = self._first[1 - side] if flags & SYN else None  # an answer to a SYN acknowledges just that, and what came with it
            answers.append(_near(acknowledged, peer) if begins is None else acknowledged in {begins, peer})
        return all(answers) if answers else None

    def take(self, segment: Segment) -> None:
        """Learn from a segment of this connection."""
        way, sequence, acknowledged, flags, size = segment
        side = way & 1
        self.ways.add(way)
        after = (sequence + size + bool(flags & SYN) + bool(flags & FIN)) & _MASK
        before = self._next[side]
        if flags & SYN:
            self._first[side] = (sequence + 1) & _MASK
        if before is None or flags & SYN or ((after - before) & _MASK) < _HALF:
            self._next[side] = after
        if self._next[1 - side] is None and flags & ACK and acknowledged:
            self._next[1 - side] = acknowledged


def _near(number: int, other: int) -> bool:
    return ((number - other + _NEAR) & _MASK) <= 2 * _NEAR


def part(segments: Iterable[Segment], lines: list[Line], most: int) -> list[int]:
    """Return the index of each segment's Line; new ones are added, and only the latest ``most`` are asked."""
    by_way = {way: index for index, line in enumerate(lines) for way in line.ways}
    found: list[int] = []
    for segment in segments:
        way = segment[0]
        index = by_way.get(way)
        if index is None:
            index = _choose(segment, lines, by_way.get(way ^ 1), max(0, len(lines) - most))
            if index == len(lines):
                lines.append(Line())
            by_way[way] = index
        lines[index].take(segment)
        found.append(index)
    return found


def _choose(segment: Segment, lines: list[Line], other_way: int | None, first: int) -> int:
    """Return the line that a segment on a new way belongs to; ``other_way`` is that of the peer's segments on the same network."""
    verdicts = {index: lines[index].fits(segment) for index in range(first, len(lines))}
    proven = [index for index, verdict in verdicts.items() if verdict]
    if proven:
        return proven[-1]
    if other_way is not None:
        return other_way  # the answer on the same network; or another use of its ports there
    side = segment[0] & 1
    silent = [index for index, verdict in verdicts.items() if verdict is None and all(way & 1 != side for way in lines[index].ways)]
    untold = silent or [index for index, verdict in verdicts.items() if verdict is None]
    return untold[0] if untold else len(lines)
