"""Flow: one TCP connection — its two sides, its events, and the listener that reads what they say.

Here lives: which side speaks, SYN/FIN/RST and their times, giving up gaps at the end, segments that a receiver would not have taken.
Here does not live: the order of bytes (``tcp``), which flows exist (``table``), what is said (a Listener: ``handshakes.conversation``).

Who wants to deceive sends a second copy of some bytes that its peer never takes: with a wrong checksum, or with a Time to Live that ends
on the way.  Such a segment waits until the peer has acknowledged its bytes or the flow is over; meanwhile the other copy counts.
It is told by comparison, for captures are full of checksums that the network card was to fill in: a checksum is held to be wrong only
where that of the side's first segment was right, a Time to Live only where it differs from the side's first.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Any, Protocol

from analyzer.packets.columns import ACK, FIN, RST, SYN
from analyzer.packets.sieve import LINGER, WATCH
from analyzer.streams.tcp import Run, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.limits import Limits
    from analyzer.packets.carriage import Layer
    from analyzer.streams.batch import Rows

__all__ = ["DONE", "LINGER", "WATCH", "Flow", "Listener"]

DONE = 0
"""What a listener wants next of its flow: every segment, only late signs, nothing."""

PADDING = 6
"""Bytes of padding that a frame of 60 bytes has behind a TCP segment without options or data; some capture cards count it as payload."""

OVERHEAD = 6 << 10
"""Bytes that a flow costs beside what it said: measured, a half-open TLS hello."""
SEGMENT = 200
"""Bytes that a segment costs beside its payload, while it is kept."""
DOUBTED = 64
"""Doubtful segments kept of a side; past it the first is believed."""

End = tuple[int, int, int]
"""Address (high, low, as in Packets) and port."""


Doubted = tuple[int, int, bytes, int, int, int]
"""Of a segment that waits: sequence number, flags, payload, Time to Live, packet, time."""

ONE_NETWORK = frozenset((0, 1))
"""The ways of a flow where there is only one network."""
_NONE: tuple[list[Doubted], list[Doubted]] = ([], [])
_UNKNOWN = (-1, -1)


class Listener(Protocol):
    """Who reads a flow.  ``side`` is 0 or 1, the index of the sender in ``Flow.ends``."""

    @property
    def weight(self) -> int:
        """Bytes of memory that what it keeps takes beyond its length on the wire."""

    def begins(self, data: bytes) -> bool:
        """Whether a stream joined in the middle can be read from this segment on."""

    def run(self, side: int, data: bytes, packet: int, time: int, lost: int) -> int:
        """Take a Run: bytes in order (or the news of ``lost`` ones before them); return WATCH, LINGER or DONE."""

    def play(self, records: Iterator[Any], closes: int) -> int:
        """Take a whole connection's tape up to row ``closes``; return the row at which only late signs matter, -1 to be fed by ``run``."""

    def event(self, kind: str, side: int, packet: int, time: int) -> None:
        """Take syn, syn_ack, fin or rst."""

    def late(self, side: int, data: bytes, packet: int, time: int) -> int:
        """Take a segment that may hold a late sign, out of any order; return WATCH, LINGER or DONE."""

    def note(self, kind: str, side: int, detail: str, packet: int, time: int) -> None:
        """Take an oddity of the stream."""

    def finish(self) -> None:
        """The flow is over (closed, idle, used again, or the capture has ended)."""


class Flow:
    """One use of a five-tuple."""

    __slots__ = ("_doubted", "_fins", "_heavy", "_limits", "_sums", "_ttls", "carriage", "closed", "doubted", "ends", "heard", "key",
                 "last", "listener", "opener", "padding", "sides", "state", "ways", "weight")  # fmt: skip

    def __init__(self, key: int, ends: tuple[End, End], listener: Listener, limits: Limits, sides: tuple[Side, Side] | None = None) -> None:
        """Open a flow; ``key`` is the selecting hash of ``packets.flowkey``, ``sides`` are fresh ones unless given."""
        self.key = key
        self.ends = ends
        self.listener = listener
        self.sides = sides or (Side(limits), Side(limits))
        self.state = WATCH
        self.last = 0
        """Time of its latest segment, ns."""
        self.closed = False
        """Both FINs, or an RST, were seen."""
        self.carriage: tuple[Layer, ...] = ()
        """What its first segment travelled in, and which side sent that (``opener``)."""
        self.opener = 0
        self.heard = 0
        """Which sides have a segment in the capture: bit 0, bit 1."""
        self.padding: list[tuple[int, bytes, int, int, int] | None] = [None, None]
        """Zeros on a side's bare ACK: the Ethernet frame's padding, where what comes next has the same sequence number."""
        self.ways = ONE_NETWORK
        """On which networks which side was seen: network << 1 | side (``batch``)."""
        self.weight = OVERHEAD
        """Bytes of memory that it takes, about."""
        self.doubted = False
        """Segments wait that a receiver would not have taken."""
        self._doubted: tuple[list[Doubted], list[Doubted]] = _NONE
        self._ttls = self._sums = _UNKNOWN
        self._fins = self._heavy = 0
        self._limits = limits

    def weigh(self) -> int:
        """Return what it takes now."""
        heavy, self._heavy = self._heavy, self.listener.weight
        self.weight += self._heavy - heavy
        return self.weight

    def begins_anew(self, side: int, sequence: int) -> bool:
        """Whether this SYN (without ACK) opens another connection on the same five-tuple."""
        mine, other = self.sides[side], self.sides[1 - side]
        if mine.started(sequence):
            return False  # sent again
        if self._fins >> side & 1 or (self.closed and (mine.placed or mine.unplaced)) or (mine.placed and other.at > 0):
            return True
        return not mine.start(sequence)

    def segment(self, side: int, sequence: int, flags: int, data: bytes, missing: int, packet: int, time: int) -> None:
        """Take one segment while the flow is watched."""
        listener, mine = self.listener, self.sides[side]
        if flags & (SYN | FIN | RST):
            if flags & SYN:
                if flags & ACK:
                    mine.start(sequence)
                listener.event("syn_ack" if flags & ACK else "syn", side, packet, time)
                early = mine.unplaced and mine.started(sequence)
                sequence += 1
                if early:
                    self._hand_on(side, mine.place(sequence))  # captured before their SYN
                    if self.state != WATCH:
                        return
            elif flags & RST:
                self.close(side, flags, packet, time)
                return  # what an RST carries is a text for people, not the stream (RFC 9293 section 3.5.3)
        padding = self.padding[side]
        if flags & ~SYN == ACK and len(data) <= PADDING and data and not any(data) and (padding is None or padding[0] == sequence):
            self.padding[side] = (sequence, data, missing, packet, time)
            return
        if data or missing:
            self.padding[side] = None
            if padding is not None and padding[0] != sequence:  # it was no padding
                self._read(side, *padding)
                if self.state != WATCH:
                    return
            self._read(side, sequence, data, missing, packet, time)
        if flags & FIN:
            self.close(side, flags, packet, time)

    def distrusts(self, rows: Rows, index: int) -> bool:
        """Whether the receiver of this segment would not take it; the first segment of each side says what is usual there."""
        side, ttl = rows.side[index], rows.ttl[index]
        usual = self._ttls[side]
        if usual < 0:
            right = int(rows.sum_is_right(index))
            self._ttls = (ttl, self._ttls[1]) if not side else (self._ttls[0], ttl)
            self._sums = (right, self._sums[1]) if not side else (self._sums[0], right)
            return False
        if not rows.data[index] or rows.missing[index]:
            return False
        return ttl != usual or (self._sums[side] > 0 and not rows.sum_is_right(index))

    def doubt(self, side: int, sequence: int, flags: int, data: bytes, ttl: int, packet: int, time: int) -> None:
        """Let a segment wait that the receiver would not take."""
        if self._doubted is _NONE:
            self._doubted = [], []
        held = self._doubted[side]
        held.append((sequence, flags, data, ttl, packet, time))
        self.doubted = True
        self.weight += len(data) + SEGMENT
        if len(held) > DOUBTED:
            self._believe(side, held.pop(0))

    def believe(self, side: int, acknowledged: int) -> None:
        """The peer acknowledges what ``side`` sent up to this sequence number: what waits of that was taken, unless another copy was."""
        held = self._doubted[side]
        for one in [one for one in held if 0 < (acknowledged - one[0] & 0xFFFF_FFFF) < 0x8000_0000]:
            held.remove(one)
            self._believe(side, one)
        self.doubted = any(self._doubted)

    def _believe(self, side: int, one: Doubted) -> None:
        sequence, flags, data, ttl, packet, time = one
        if self.state != WATCH:
            return
        if not self.sides[side].has(sequence, len(data)):
            self._ttls = (ttl, self._ttls[1]) if not side else (self._ttls[0], ttl)
        self.segment(side, sequence, flags, data, 0, packet, time)

    def _read(self, side: int, sequence: int, data: bytes, missing: int, packet: int, time: int) -> None:
        listener, mine = self.listener, self.sides[side]
        self.weight += 2 * len(data) + SEGMENT
        if sequence == mine.expected and not missing:
            mine.took(data)
            self.state = listener.run(side, data, packet, time, 0)
            return
        runs = mine.put(sequence & 0xFFFF_FFFF, data, packet, time, missing)
        if not runs and not mine.placed and listener.begins(data):
            runs = mine.place(sequence)
        if mine.conflicts or mine.overflowed:
            self._tell(side, packet, time)
        self._hand_on(side, runs)

    def late(self, side: int, sequence: int, flags: int, data: bytes, packet: int, time: int) -> None:
        """Take one segment while the flow lingers; one that only repeats what was read is passed over."""
        if data and not self.sides[side].has(sequence, len(data)):
            self.state = self.listener.late(side, data, packet, time)
            if self.state == WATCH:
                self.sides = (Side(self._limits), Side(self._limits))
                self.segment(side, sequence, flags, data, 0, packet, time)
                return
        if flags & (FIN | RST):
            self.close(side, flags, packet, time)

    def close(self, side: int, flags: int, packet: int, time: int) -> None:
        """Take a FIN or RST."""
        if flags & RST:
            self.closed = True
            self.listener.event("rst", side, packet, time)
        else:
            self._fins |= 1 << side
            self.closed |= self._fins == 3
            self.listener.event("fin", side, packet, time)

    def rest(self) -> None:
        """Forget the bytes kept for reassembly: from here on only late signs matter."""
        for side in self.sides:
            side.forget()
        self._doubted, self.doubted = _NONE, False
        self.weight = (self.weight + OVERHEAD) // 2

    def finish(self) -> None:
        """Read what was doubted and what stands behind gaps, then end."""
        doubted = sorted(((side, one) for side in (0, 1) for one in self._doubted[side]), key=lambda pair: pair[1][4])
        self._doubted, self.doubted = _NONE, False
        for side, one in doubted:
            self._believe(side, one)
        for side, padding in enumerate(self.padding):
            if padding and self.state == WATCH:
                self._read(side, *padding)
        while self.state == WATCH:
            waiting = [side for side in (0, 1) if self.sides[side].waiting]
            if not waiting:
                break
            ready = [[(side, run) for run in self.sides[side].give_up()] for side in waiting]
            for side, run in merge(*ready, key=lambda one: one[1].packet):  # as they spoke in turn
                self._hand_on(side, [run])
        self.listener.finish()
        del self.listener  # the listener knows the flow: without this only the garbage collector would free the pair

    def _hand_on(self, side: int, runs: list[Run]) -> None:
        for run in runs:
            if self.state != WATCH:
                return
            self.state = self.listener.run(side, *run)

    def _tell(self, side: int, packet: int, time: int) -> None:
        mine = self.sides[side]
        for odd_packet, odd_time, position in mine.conflicts:
            self.listener.note("overlap-conflict", side, f"at byte {position} of the stream", odd_packet, odd_time)
        mine.conflicts.clear()
        if mine.overflowed:
            mine.overflowed = False
            self.listener.note("buffer-full", side, "a gap was given up to stay within the limits", packet, time)
