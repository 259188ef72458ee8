"""Flights: the handshake messages of one DTLS sender, put together from fragments and told in order of message_seq.

Here lives: fragments in any order, doubled, overlapping (RFC 6347 section 4.2.3), what is missing.  First copy wins, as in ``streams.tcp``.
Here does not live: records (``tls.dtls``), which handshake a message belongs to (``dtls``).
"""

from __future__ import annotations

from bisect import bisect_right
from math import inf
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.limits import Limits
    from analyzer.tls.dtls import Fragment

__all__ = ["Flights", "Pieces", "Whole"]


class Whole(msgspec.Struct, frozen=True, gc=False):
    """A message that is whole: ``packets`` are those whose fragments made it, in order of capture, ``time`` that of the first."""

    code: int
    sequence: int
    body: bytes
    packets: tuple[int, ...]
    time: int
    version: int
    records: tuple[int, ...] = ()
    """Lengths of the fragments of the records that its fragments came in; () where nobody told."""


class Pieces:
    """One message in the making: pieces of its body that do not overlap, in order of their offsets."""

    __slots__ = ("code", "have", "length", "packets", "parts", "records", "starts", "time", "torn", "version")

    def __init__(self, fragment: Fragment, time: int, version: int) -> None:
        self.code = fragment.code
        self.length = fragment.length
        self.time = time
        self.version = version
        self.have = 0
        """Bytes of the body that are here."""
        self.starts: list[int] = []
        self.parts: list[bytearray] = []
        self.packets: list[int] = []
        self.records: list[int] = []
        self.torn = False
        """Two fragments claimed the same bytes with different content."""

    def add(self, offset: int, data: bytes, packet: int, most: int, record: int = 0) -> int:
        """Take a fragment's bytes, which came in a record of so many, and return how many of them are new.

        More than ``most`` pieces apart are not held.
        """
        before, at, end = self.have, offset, offset + len(data)
        index = max(bisect_right(self.starts, offset) - 1, 0)
        while at < end or (not self.length and not self.packets):
            if index < len(self.starts) and self.starts[index] <= at:
                stop = min(self.starts[index] + len(self.parts[index]), end)
                if stop > at:
                    held = self.parts[index][at - self.starts[index] : stop - self.starts[index]]
                    self.torn |= held != data[at - offset : stop - offset]
                    at = stop
                index += 1
                continue
            stop = min(self.starts[index], end) if index < len(self.starts) else end
            fresh = data[at - offset : stop - offset]
            if index and self.starts[index - 1] + len(self.parts[index - 1]) == at:
                self.parts[index - 1] += fresh
            elif len(self.parts) < most:
                self.starts.insert(index, at)
                self.parts.insert(index, bytearray(fresh))
                index += 1
            else:
                break
            self.have += stop - at
            at = stop
            if not self.packets or self.packets[-1] != packet:
                self.packets.append(packet)
        if record and (self.have > before or not self.length) and len(self.records) < most:
            self.records.append(record)
        return self.have - before

    def whole(self, sequence: int) -> Whole | None:
        """Return the message where nothing of it is missing."""
        if self.have < self.length or not self.packets:
            return None
        return Whole(self.code, sequence, b"".join(self.parts), tuple(self.packets), self.time, self.version, tuple(self.records))


class Flights:
    """Feed ``take`` with fragments; it gives the messages that are whole and in their turn.

    Messages behind one that is missing wait for it until ``give_up``.
    """

    __slots__ = ("_double", "_limits", "_making", "_ready", "_skipped", "_told", "full", "held", "next", "repeats", "torn")

    def __init__(self, limits: Limits) -> None:
        self.next = 0
        """message_seq of the message whose turn it is."""
        self.full = False
        """Fragments were dropped to stay within the limits."""
        self.torn: list[int] = []
        """message_seq of messages of which two copies differ."""
        self.held = 0
        """Bytes of fragments that are kept."""
        self.repeats = False
        """The latest fragment said what was known."""
        self._limits = limits
        self._double: tuple[int, Pieces] | None = None
        self._making: dict[int, Pieces] = {}
        self._ready: dict[int, Whole] = {}
        self._told: dict[int, tuple[int, bytes]] = {}
        self._skipped: dict[int, tuple[int, int]] = {}

    def take(self, fragment: Fragment, packet: int, time: int, version: int, record: int = 0) -> list[Whole]:
        """Take a fragment, from a record of so many bytes, and return the messages that it lets go, in order.

        Those after a gap that was given up come as they get whole.
        """
        sequence, self.repeats = fragment.sequence, False
        known = self._told.get(sequence)
        if known is None and sequence in self._ready:
            known = self._ready[sequence].code, self._ready[sequence].body
        if known is not None:
            self._compare(fragment, *known)
            self.repeats = True
            return []
        if self.told(sequence) or sequence - self.next >= self._limits.messages:
            return []  # told so long ago that it is forgotten, or no sequence that a handshake reaches
        whole = self._make(fragment, packet, time, version, record)
        if whole is None:
            return []
        if sequence in self._skipped:
            del self._skipped[sequence]
            self._tell(whole)
            return [whole]
        self._ready[sequence] = whole
        return list(self._turn())

    def again(self, fragment: Fragment, packet: int, time: int, version: int, record: int = 0) -> Whole | None:
        """Put together a hello apart from all others, in the place of one that was told; only the latest is held."""
        if fragment.length > self._limits.message_bytes:
            return None
        kind = fragment.sequence, fragment.code, fragment.length
        held = self._double
        fresh = held is None or (held[0], held[1].code, held[1].length) != kind
        for anew in (fresh, True):
            if anew or held is None:
                held = fragment.sequence, Pieces(fragment, time, version)
            held[1].add(fragment.offset, fragment.data, packet, self._limits.side_segments, record)
            if not held[1].torn:
                break  # else it is the beginning of yet another one
        whole = held[1].whole(fragment.sequence) if held is not None else None
        self._double = held if whole is None else None
        return whole

    def told(self, sequence: int) -> bool:
        """Whether the message with this message_seq was told."""
        return sequence < self.next and sequence not in self._skipped

    def restart(self, sequence: int) -> None:
        """Take it that the next message has this message_seq (a server counts from 0 or from 1 after a HelloVerifyRequest)."""
        self.next = sequence
        self._told = {number: told for number, told in self._told.items() if number < sequence}
        self._skipped.clear()

    def give_up(self, most: float = inf) -> list[Whole]:
        """Return the messages that wait behind a missing one; those that wait for one from ``most`` on go on waiting."""
        let_go: list[Whole] = []
        while self._ready:
            first = min(self._ready)
            if first > most:
                break
            shown = self._ready[first]
            self._skipped.update(dict.fromkeys(range(self.next, first), (shown.packets[0], shown.time)))
            self.next = first
            let_go += self._turn()
        return let_go

    def missing(self) -> Iterator[tuple[str, int, int]]:
        """Tell what is missing: (text, packet, time), in order; packet and time are of the message that showed it."""
        gaps = {sequence: (f"message_seq {sequence}", *shown) for sequence, shown in self._skipped.items()}
        for sequence, pieces in self._making.items():
            text = f"message_seq {sequence} (type {pieces.code}): {pieces.length - pieces.have} of {pieces.length} bytes"
            gaps[sequence] = (text, pieces.packets[-1] if pieces.packets else 0, pieces.time)
        for sequence in sorted(gaps):
            yield gaps[sequence]

    def forget(self) -> None:
        """Let go of all bytes of messages that were told: the handshake is over."""
        self._told.clear()
        self.held = 0

    def _make(self, fragment: Fragment, packet: int, time: int, version: int, record: int) -> Whole | None:
        limits, sequence = self._limits, fragment.sequence
        if fragment.length > limits.message_bytes or self.held + len(fragment.data) > limits.side_bytes:
            self.full = True
            return None
        pieces = self._making.get(sequence)
        if pieces is None:
            pieces = Pieces(fragment, time, version)
            if fragment.length and not fragment.data:
                return None
            self._making[sequence] = pieces
        elif (pieces.code, pieces.length) != (fragment.code, fragment.length):
            self._tear(sequence)
            return None
        added = pieces.add(fragment.offset, fragment.data, packet, limits.side_segments, record)
        self.held += added
        self.repeats = not added and bool(fragment.data)
        if pieces.torn:
            pieces.torn = False
            self._tear(sequence)
        whole = pieces.whole(sequence)
        if whole is not None:
            del self._making[sequence]
        return whole

    def _turn(self) -> Iterator[Whole]:
        while self.next in self._ready:
            whole = self._ready.pop(self.next)
            self._tell(whole)
            self.next += 1
            yield whole

    def _tell(self, whole: Whole) -> None:
        self._told[whole.sequence] = whole.code, whole.body

    def _compare(self, fragment: Fragment, code: int, body: bytes) -> None:
        """A message sent again says the same as before."""
        start = fragment.offset
        if fragment.code != code or fragment.length != len(body) or body[start : start + len(fragment.data)] != fragment.data:
            self._tear(fragment.sequence)

    def _tear(self, sequence: int) -> None:
        if sequence not in self.torn and len(self.torn) < self._limits.anomalies:
            self.torn.append(sequence)
