"""Doubts: segments that the receiver would not have taken wait until it is known whether it did.

Who wants to deceive sends a second copy of some bytes that its peer never takes: with a wrong checksum, or with a Time to Live that ends
on the way.  Such a segment waits until the peer has acknowledged its bytes or the flow is over; meanwhile the other copy counts.
It is told by comparison, for captures are full of checksums that the network card was to fill in: a checksum is held to be wrong only
where that of the side's first segment was right, a Time to Live to be short only where it differs from the side's first.

Here lives: what is doubted, and until when.  Here does not live: what happens to a segment that is believed (``flow``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyzer.streams.rows import Rows

__all__ = ["Doubted", "Doubts"]

_MASK, _HALF = 0xFFFF_FFFF, 0x8000_0000


class Doubted(NamedTuple):
    """A segment that waits."""

    sequence: int
    flags: int
    data: bytes
    ttl: int
    packet: int
    time: int


class Doubts:
    """Those of one flow.  ``waiting`` says that there are any."""

    __slots__ = ("_held", "_sums", "_ttls", "waiting")

    def __init__(self) -> None:
        """Know nothing of either side."""
        self.waiting = False
        self._held: tuple[list[Doubted], list[Doubted]] | None = None
        self._ttls = self._sums = (-1, -1)

    def arise(self, rows: Rows, index: int) -> bool:
        """Whether the receiver of this segment would not take it; the first segment of each side says what is usual there."""
        side, ttl = rows.side[index], rows.ttl[index]
        usual = self._ttls[side]
        if usual < 0:
            self.trust(side, ttl)
            right = int(rows.sum_is_right(index))
            self._sums = (self._sums[0], right) if side else (right, self._sums[1])
            return False
        if not rows.data[index] or rows.missing[index]:
            return False
        return ttl != usual or (self._sums[side] > 0 and not rows.sum_is_right(index))

    def false(self, rows: Rows, index: int) -> bool:
        """Whether the checksum of this segment is wrong where its side's are right: its receiver drops it, whatever its flags say.

        A Time to Live says nothing here: who resets a connection from the middle of the path has one of his own, and is heeded.
        """
        return self._sums[rows.side[index]] > 0 and not rows.missing[index] and not rows.sum_is_right(index)

    def trust(self, side: int, ttl: int) -> None:
        """Take this Time to Live for usual."""
        self._ttls = (self._ttls[0], ttl) if side else (ttl, self._ttls[1])

    def hold(self, side: int, one: Doubted, most: int) -> Doubted | None:
        """Let a segment wait; return the first one where more than ``most`` do."""
        if self._held is None:
            self._held = [], []
        held = self._held[side]
        held.append(one)
        self.waiting = True
        return held.pop(0) if len(held) > most else None

    def answered(self, side: int, acknowledged: int) -> list[Doubted]:
        """Return those of ``side`` whose first byte its peer acknowledges by this number: they were taken, unless another copy was."""
        held = self._held[side] if self._held else []
        taken = [one for one in held if 0 < (acknowledged - one.sequence & _MASK) < _HALF]
        for one in taken:
            held.remove(one)
        self.waiting = any(self._held or ())
        return taken

    def end(self) -> list[tuple[int, Doubted]]:
        """Return all that wait, with their sides, in order of capture, and forget them."""
        held, self._held, self.waiting = self._held or ([], []), None, False
        return sorted(((side, one) for side in (0, 1) for one in held[side]), key=lambda pair: pair[1].packet)
