"""TCP: one direction of a connection put in order — segments in any order in, bytes in order (and what is missing) out.

Here lives: RFC 9293 sequence numbers and their wrap, retransmission, overlap (the first copy of a byte wins), gaps.  Here
does not live: what the bytes mean; when to give a gap up (``flow`` asks for it).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyzer.limits import Limits

__all__ = ["Run", "Side"]

_MASK, _HALF = 0xFFFF_FFFF, 0x8000_0000
_FAR = 1 << 26
"""A segment further than this from what is expected belongs to another use of the ports, not to this stream."""


class Run(NamedTuple):
    """Bytes in order from one segment; ``lost`` bytes are missing before them (an empty run says only that)."""

    data: bytes
    packet: int
    time: int
    lost: int


class Side:
    """One sender's stream.  ``put`` returns the Runs that became ready; positions count from the first byte after the SYN."""

    __slots__ = ("_base", "_fresh", "_held", "_held_bytes", "_history", "_limits", "_losers", "_other_starts", "_unplaced",
                 "_unplaced_bytes", "at", "conflicts", "expected", "hitches", "lost", "overflowed")  # fmt: skip

    def __init__(self, limits: Limits) -> None:
        """Start with no sequence number known."""
        self._limits = limits
        self._base: int | None = None
        self._other_starts: tuple[int, ...] = ()
        self.at = 0
        """Position up to which bytes were handed on."""
        self.expected = -1
        """Sequence number of the next byte, -1 where it is not known or something is held: who meets it may ``took``."""
        self._held: list[tuple[int, bytes, int, int, int]] = []
        self._held_bytes = 0
        self._fresh = 0
        """Bytes of the latest segment that no earlier one had."""
        self._history: list[tuple[int, bytes, int, int]] = []
        self._losers: list[tuple[int, bytes, int, int]] = []
        self._unplaced: list[tuple[int, bytes, int, int, int]] = []
        self._unplaced_bytes = 0
        self.lost = 0
        self.conflicts: list[tuple[int, int, int]] = []
        """(packet, time, position) of bytes that came twice with different content; ``flow`` empties it."""
        self.hitches: tuple[tuple[str, int, int, int], ...] = ()
        """(kind, packet, time, bytes): what the latest segment brought ``early``, ``late`` or ``again``; ``flow`` empties it."""
        self.overflowed = False
        """A limit made it give up a gap since ``flow`` last looked."""

    @property
    def placed(self) -> bool:
        """Whether a first sequence number is known."""
        return self._base is not None

    @property
    def first(self) -> int | None:
        """Sequence number of its first byte, None where it is not known."""
        return self._base

    @property
    def follows(self) -> int | None:
        """Sequence number that goes on with what was handed on, None where none is known."""
        return None if self._base is None else (self._base + self.at) & _MASK

    @property
    def waiting(self) -> bool:
        """Whether bytes are held behind a gap or for want of a start."""
        return bool(self._held) or self.unplaced

    @property
    def unplaced(self) -> bool:
        """Whether there are only segments whose place in the stream is not known."""
        return bool(self._unplaced) and not self.at and not self._held

    def start(self, sequence: int) -> bool:
        """Take a SYN's sequence number; return False where it starts another connection (bytes were already seen on this one)."""
        first = (sequence + 1) & _MASK
        if self._base is None:
            self._base = first
        elif self._base != first:
            if self.at or self._held:
                return False
            self._other_starts = (*self._other_starts[-3:], self._base)  # the answer may belong to either of them
            self._base = first
        self._expect()
        return True

    def started(self, sequence: int) -> bool:
        """Whether this is the SYN that ``start`` took last."""
        return self._base == (sequence + 1) & _MASK

    def place(self, sequence: int) -> list[Run]:
        """Say where the stream starts, in want of a SYN; what waited for it is put in order."""
        self._base, self.at = sequence & _MASK, 0
        unplaced, self._unplaced, self._unplaced_bytes = self._unplaced, [], 0
        runs: list[Run] = []
        for sequence_, data, packet, time, missing in unplaced:
            if ((sequence_ - self._base + _HALF) & _MASK) >= _HALF:
                runs += self._put(sequence_, data, packet, time, missing)
        self._expect()
        return runs

    def took(self, data: bytes, packet: int, time: int) -> None:
        """Take the payload of a segment that begins at ``expected``: the common case, kept short."""
        self._remember(self.at, data, packet, time)
        self.at += len(data)
        self.expected = (self.expected + len(data)) & _MASK

    def put(self, sequence: int, data: bytes, packet: int, time: int, missing: int = 0) -> list[Run]:
        """Take a segment (``missing``: bytes of it that the capture cut off) and return the Runs that are now in order."""
        runs = self._put(sequence, data, packet, time, missing)
        self._expect()
        return runs

    def _expect(self) -> None:
        self.expected = -1 if self._base is None or self._held else (self._base + self.at) & _MASK

    def _put(self, sequence: int, data: bytes, packet: int, time: int, missing: int) -> list[Run]:
        if self._base is None:
            return self._aside(sequence, data, packet, time, missing)
        position = self.at + ((sequence - self._base - self.at + _HALF) & _MASK) - _HALF
        if position == self.at and not self._held and not missing:
            self.at = position + len(data)
            self._remember(position, data, packet, time)
            return [Run(data, packet, time, 0)]
        if not self.at and not self._held and position:
            if sequence in self._other_starts:
                self._base, position = sequence, 0
            elif abs(position) > _FAR:
                return self._aside(sequence, data, packet, time, missing)  # believed only if nothing nearer ever comes
        if abs(position - self.at) > _FAR:
            return []
        at, hole, self._fresh = self.at, bool(self._held), 0
        self._hold(position, data, packet, time, missing)
        if data:
            self._note_hitches(position - at, len(data), packet, time, hole=hole)
        runs = self._drain()
        while self._held and (self._held_bytes > self._limits.side_bytes or len(self._held) > self._limits.side_segments):
            self.overflowed = True
            runs += self.give_up()
        return runs

    def give_up(self) -> list[Run]:
        """Take the first gap as lost and return what stands behind it, up to the next gap."""
        if self.unplaced:
            return self.place(min((one[0] for one in self._unplaced), key=lambda s: (s - self._unplaced[0][0] + _HALF) & _MASK))
        if not self._held:
            return []
        position, _, packet, time, _ = self._held[0]
        lost = position - self.at
        self.lost += lost
        self.at = position
        runs = [Run(b"", packet, time, lost), *self._drain()]
        self._expect()
        return runs

    def has(self, sequence: int, length: int) -> bool:
        """Whether all of these bytes were handed on before."""
        if self._base is None:
            return False
        return ((sequence + length - self._base - self.at + _HALF) & _MASK) - _HALF <= 0

    @property
    def contested(self) -> bool:
        """Whether there is another copy of bytes that were handed on, and all of them are still here."""
        return bool(self._losers) and bool(self._history) and not self._history[0][0] and not self.lost

    def again(self, *, other: bool) -> list[Run]:
        """Return all bytes that were handed on once more; ``other``: with the copies that lost, where there were two."""
        runs = [Run(data, packet, time, 0) for _, data, packet, time in self._history]
        if not other:
            return runs
        for start, data, packet, time in self._losers:
            runs, before, at = [], runs, 0
            for run in before:
                low, high = max(start - at, 0), min(start + len(data) - at, len(run.data))
                if low < high:
                    pieces = (run.data[:low], data[at + low - start : at + high - start], run.data[high:])
                    places = ((run.packet, run.time), (packet, time), (run.packet, run.time))
                    runs += [Run(piece, *place, 0) for piece, place in zip(pieces, places, strict=True) if piece]
                else:
                    runs.append(run)
                at += len(run.data)
        return runs

    def forget(self) -> None:
        """Drop what was kept for comparing retransmissions, and what is held: nobody will ask for it."""
        self._history, self._losers, self._held, self._unplaced, self._held_bytes, self._unplaced_bytes = [], [], [], [], 0, 0

    # ------------------------------------------------------------------------------------------------ inside

    def _aside(self, sequence: int, data: bytes, packet: int, time: int, missing: int) -> list[Run]:
        """Keep a segment whose place is not known; past the limits the earliest one is taken as the start."""
        self._unplaced.append((sequence, data, packet, time, missing))
        self._unplaced_bytes += len(data)
        if len(self._unplaced) > self._limits.side_segments or self._unplaced_bytes > self._limits.side_bytes:
            return self.give_up()
        return []

    def _note_hitches(self, ahead: int, length: int, packet: int, time: int, *, hole: bool) -> None:
        """Say how a segment came that begins so many bytes ahead of what is next; ``hole``: others stand behind a gap already.

        A keep-alive's one byte is no byte sent again (RFC 9293 section 3.8.4), and of all that stand behind one gap the first tells it.
        """
        again = length - self._fresh
        if again and (again, ahead) != (1, -1):
            self.hitches += (("again", packet, time, again),)
        if self._fresh and (hole if ahead <= 0 else not hole):
            self.hitches += (("late" if ahead <= 0 else "early", packet, time, self._fresh),)

    def _lose(self, position: int, data: bytes, packet: int, time: int) -> None:
        """Note that these bytes lost to others in the same place."""
        if not self.conflicts or self.conflicts[-1][0] != packet:  # one segment is one conflict
            self.conflicts.append((packet, time, position))
        if len(self._losers) < self._limits.contested_segments:
            self._losers.append((position, data, packet, time))

    def _remember(self, position: int, data: bytes, packet: int, time: int) -> None:
        """Keep what was handed on, for comparing retransmissions with it; of a long stream only the latest part."""
        history = self._history
        history.append((position, data, packet, time))
        if len(history) > self._limits.side_segments or position - history[0][0] > self._limits.side_bytes:
            del history[: len(history) // 2]

    def _hold(self, position: int, data: bytes, packet: int, time: int, missing: int) -> None:
        """Put into ``_held`` those parts of a segment that no earlier copy has; compare the others."""
        if position < self.at:
            self._compare(position, data[: self.at - position], packet, time)
            if position + len(data) + missing <= self.at:
                return
            data, missing = data[self.at - position :], missing - max(0, self.at - position - len(data))
            position = self.at
        index = bisect_left(self._held, position, key=lambda piece: piece[0])
        if index and self._held[index - 1][0] + len(self._held[index - 1][1]) > position:
            index -= 1
        while data or missing:
            if index == len(self._held) or self._held[index][0] >= position + len(data) + missing:
                self._insert(index, position, data, packet, time, missing)
                return
            there, have = self._held[index][:2]
            if there > position:
                self._insert(index, position, data[: there - position], packet, time, max(0, there - position - len(data)))
                missing -= max(0, there - position - len(data))
                data, position = data[there - position :], there
                index += 1
                continue
            end = there + len(have)
            if end > position and data[: end - position] != have[position - there : position - there + len(data)]:
                self._lose(position, data[: end - position], packet, time)
            missing = max(0, missing - max(0, end - position - len(data)))
            data, position = data[max(0, end - position) :], max(position, end)
            index += 1

    def _insert(self, index: int, position: int, data: bytes, packet: int, time: int, missing: int) -> None:
        if data or missing:
            self._fresh += len(data)
            self._held.insert(index, (position, data, packet, time, missing))
            self._held_bytes += len(data) + 64

    def _drain(self) -> list[Run]:
        """Hand on the held pieces that are in order now."""
        runs, taken = [], 0
        for position, data, packet, time, missing in self._held:
            if position > self.at:
                break
            taken += 1
            self._held_bytes -= len(data) + 64
            if data:
                runs.append(Run(data, packet, time, 0))
                self._remember(position, data, packet, time)
                self.at = position + len(data)
            if missing and (taken == len(self._held) or self._held[taken][0] >= self.at + missing):
                runs.append(Run(b"", packet, time, missing))
                self.lost += missing
                self.at += missing
        del self._held[:taken]
        return runs

    def _compare(self, position: int, data: bytes, packet: int, time: int) -> None:
        """Note a conflict where bytes that were handed on come again and differ (a keep-alive's one byte is no evidence)."""
        if len(data) == 1 and position == self.at - 1:
            return
        end = position + len(data)
        first = max(0, bisect_right(self._history, position, key=lambda piece: piece[0]) - 1)
        for start, had, _, _ in islice(self._history, first, None):
            if start >= end:
                break
            low, high = max(start, position), min(start + len(had), end)
            if low < high and had[low - start : high - start] != data[low - position : high - position]:
                self._lose(low, data[low - position : high - position], packet, time)
