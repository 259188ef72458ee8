"""Sender: one side's bytes in order, cut into records.

Here lives: record boundaries, records over many segments, what of a record is known when bytes are missing.  Here does not
live: what records mean (``conversation``), order of bytes (``streams``).
"""

from __future__ import annotations

import struct

import msgspec

from analyzer.tls.records import HEADER, MAX_PLAINTEXT, plausible_header

__all__ = ["Record", "Sender"]

_HEADER = struct.Struct(">BHH").unpack_from


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record: ``packets`` are the ids of the packets that carried it, ``time`` when the first was seen (ns).

    ``whole`` is False where its end is not in the capture: then ``fragment`` is its beginning.
    """

    kind: int
    version: int
    fragment: bytes
    packets: tuple[int, ...]
    time: int
    whole: bool = True


class Sender:
    """Feed ``take`` with bytes in order; it gives the records that are whole.  ``aligned`` says that a boundary is known."""

    __slots__ = ("_have", "_need", "_packets", "_parts", "_skip", "_time", "aligned", "beyond", "message", "message_packets",
                 "message_records", "message_time", "sealed", "spoke", "strange")  # fmt: skip

    def __init__(self) -> None:
        """Start with no bytes and no boundary known."""
        self._parts: list[bytes] = []
        self._have = self._need = self._skip = self._time = 0
        self._packets: tuple[int, ...] = ()
        self.aligned = False
        self.sealed = False
        """It has sent a ChangeCipherSpec that counts: its handshake records are encrypted from here on."""
        self.spoke = 0
        """Bytes of its stream that were looked at."""
        self.message = bytearray()
        """The beginning of a handshake message that goes on in the next record."""
        self.message_packets: list[int] = []
        self.message_records: tuple[int, ...] = ()
        """Lengths of the records that it came in so far."""
        self.message_time = 0
        self.beyond = 0
        """Bytes still to come of a handshake message that is too long to be kept."""
        self.strange: bytes | None = None
        """Bytes that stand where a record header should (then ``aligned`` is False)."""

    def take(self, data: bytes, packet: int, time: int) -> list[Record]:
        """Take the next bytes of the stream and return the records they complete."""
        self.spoke += len(data)
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        packets: tuple[int, ...] = (packet,)
        start = time
        if self._parts:
            self._parts.append(data)
            self._have += len(data)
            if self._packets[-1] != packet:
                self._packets = (*self._packets, packet)
            if self._have < self._need:
                return []
            data = b"".join(self._parts)
            packets, start = self._packets, self._time
            self._parts.clear()
        records: list[Record] = []
        at, size, need = 0, len(data), HEADER
        while size - at >= HEADER:
            kind, version, length = _HEADER(data, at)
            usual = 22 <= kind <= 23 and 0x0301 <= version <= 0x0303 and 0 < length <= MAX_PLAINTEXT
            if not usual and not plausible_header(kind, version, length):
                self.strange = data[at:]
                self.aligned = False
                return records
            end = at + HEADER + length
            if end > size:
                need = end - at
                break
            records.append(Record(kind, version, data[at + HEADER : end], packets, start))
            packets, start, at = (packet,), time, end
        if at < size:
            self._parts.append(data[at:] if at else data)
            self._have, self._need, self._packets, self._time = size - at, need, packets, start
        return records

    def lose(self, count: int) -> Record | None:
        """Take the news that the next ``count`` bytes are missing; return the beginning of the record they tear, if any.

        Where the gap ends inside that record its end is known, and the stream stays aligned behind it.
        """
        torn = self.torn()
        rest = self._need - self._have if self._parts and self._have >= HEADER else self._skip
        self._parts.clear()
        self.message.clear()
        self.beyond = 0
        if rest and count <= rest:
            self._skip = rest - count
        else:
            self._skip = 0
            self.aligned = False
        return torn

    def rest(self) -> tuple[bytes, int, int]:
        """Return the bytes of the record that is not whole yet, with the packet and the time of its first."""
        return b"".join(self._parts), self._packets[0] if self._packets else 0, self._time

    def torn(self) -> Record | None:
        """Return the beginning of the record that is not whole yet."""
        data = b"".join(self._parts)
        if len(data) < HEADER:
            return None
        kind, version, _ = _HEADER(data)
        return Record(kind, version, data[HEADER:], self._packets, self._time, whole=False)
