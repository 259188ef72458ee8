"""Flow: one TCP connection — its two sides, its events, and the listener that reads what they say.

Here lives: which side speaks, SYN/FIN/RST and their times, giving up gaps at the end.  Here does not live: the order of bytes
(``tcp``), which segments are believed (``doubts``), which flows exist (``table``), what is said (a Listener:
``handshakes.conversation``).
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Any, Protocol

from analyzer.packets.columns import ACK, FIN, RST, SYN
from analyzer.packets.sieve import LINGER, WATCH
from analyzer.streams.doubts import Doubts
from analyzer.streams.tcp import Run, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.limits import Limits
    from analyzer.packets.carriage import Layer
    from analyzer.streams.doubts import Doubted

__all__ = ["DONE", "LINGER", "WATCH", "Flow", "Listener"]

DONE = 0
"""What a listener wants next of its flow: every segment, only late signs, nothing."""

PADDING = 6
"""Bytes of padding that a frame of 60 bytes has behind a TCP segment without options or data; some capture cards count it as payload."""

OVERHEAD = 6 << 10
"""Bytes that a flow costs beside what it said: measured, a half-open TLS hello."""
SEGMENT = 200
"""Bytes that a segment costs beside its payload, while it is kept."""
End = tuple[int, int, int]
"""Address (high, low, as in Packets) and port."""


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

    def confirm(self, time: int) -> None:
        """Take the time of the client's first packet behind the SYN/ACK: it tells how far the client is."""

    def late(self, side: int, data: bytes, packet: int, time: int) -> int:
        """Take a segment that may hold a late sign, out of any order; return WATCH, LINGER or DONE."""

    def remains(self) -> tuple[bool, bool]:
        """Curious, when it began to linger: return whether each side's first data is still to come."""

    def after(self, side: int, data: bytes, packet: int, time: int, *, follows: bool) -> bool:
        """Curious: take a segment while it lingers (``follows``: it goes on where its side was); return whether its side needs no more."""

    def note(self, kind: str, side: int, detail: str, packet: int, time: int) -> None:
        """Take an oddity of the stream."""

    def hitch(self, kind: str, side: int, packet: int, time: int, length: int) -> None:
        """Take it that ``length`` bytes came ``early``, ``late`` or ``again`` (``tcp``); lost ones are told by ``run``."""

    def reread(self, runs: list[tuple[int, Run]]) -> None:
        """Look whether other copies of contested bytes, as (side, Run), can be read where those that were handed on could not."""

    def settle(self, now: int) -> int:
        """Live: the flow has been silent for a while; tell what is over.  Return the time to ask again, 0: not before more was said."""

    def finish(self) -> None:
        """The flow is over (closed, idle, used again, or the capture has ended)."""


class Flow:
    """One use of a five-tuple."""

    __slots__ = ("_fins", "_heavy", "_limits", "answers", "carriage", "closed", "doubts", "ends", "heard", "key", "last", "listener",
                 "opener", "padding", "sides", "state", "ways", "weight")  # fmt: skip

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
        self.ways: frozenset[int] = frozenset()
        """On which networks which side was seen: network << 1 | side (``batch``)."""
        self.weight = OVERHEAD
        """Bytes of memory that it takes, about."""
        self.doubts = Doubts()
        self._fins = self._heavy = 0
        self.answers = -1
        """Side whose packet, if it is the very next one, says that it has the SYN/ACK (``table`` asks); -1: none."""
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

    def doubt(self, side: int, one: Doubted) -> None:
        """Let a segment wait that the receiver would not take."""
        self.weight += len(one.data) + SEGMENT
        first = self.doubts.hold(side, one, self._limits.doubted_segments)
        if first is not None:
            self._believe(side, first)

    def answered(self, side: int, acknowledged: int) -> None:
        """Take it that the peer acknowledges what ``side`` sent up to this sequence number."""
        for one in self.doubts.answered(side, acknowledged):
            self._believe(side, one)

    def _believe(self, side: int, one: Doubted) -> None:
        if self.state == WATCH:
            if not self.sides[side].has(one.sequence, len(one.data)):
                self.doubts.trust(side, one.ttl)
            self.segment(side, one.sequence, one.flags, one.data, 0, one.packet, one.time)

    def _read(self, side: int, sequence: int, data: bytes, missing: int, packet: int, time: int) -> None:
        listener, mine = self.listener, self.sides[side]
        self.weight += 2 * len(data) + SEGMENT
        if sequence == mine.expected and not missing:
            mine.took(data, packet, time)
            self.state = listener.run(side, data, packet, time, 0)
            return
        runs = mine.put(sequence & 0xFFFF_FFFF, data, packet, time, missing)
        if not runs and not mine.placed and listener.begins(data):
            runs = mine.place(sequence)
        if mine.conflicts or mine.overflowed:
            self._tell(side, packet, time)
        if mine.hitches:
            for kind, *told in mine.hitches:
                listener.hitch(kind, side, *told)
            mine.hitches = ()
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
        self.doubts.end()
        self.weight = (self.weight + OVERHEAD) // 2

    def finish(self) -> None:
        """Read what was doubted and what stands behind gaps, then end."""
        for side, one in self.doubts.end():
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
        if self.state == WATCH and any(side.contested for side in self.sides):
            self.listener.reread(self._other_copies())
        self.listener.finish()
        del self.listener  # the listener knows the flow: without this only the garbage collector would free the pair

    def _other_copies(self) -> list[tuple[int, Run]]:
        """Return what both sides said, by turns, with the copies that lost in the place of those that were handed on."""
        runs: list[tuple[int, int, Run]] = []
        for side, mine in enumerate(self.sides):
            latest = 0  # bytes are in order once those before them are there
            for run in mine.again(other=mine.contested):
                latest = max(latest, run.packet)
                runs.append((latest, side, run))
        return [(side, run) for _, side, run in sorted(runs, key=lambda one: one[0])]

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
