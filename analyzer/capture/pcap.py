"""Classic pcap: microseconds and nanoseconds, both byte orders, and the dialects that are still met (draft-ietf-opsawg-pcap).

Here lives: the file header, the record header, what is wrong with either.  Here does not live: finding the records (``index``).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.capture.block import SOURCE_SHIFT, Block
from analyzer.capture.index import Layout, Quarry, walk
from analyzer.capture.source import Interface
from analyzer.capture.step import Step

if TYPE_CHECKING:
    from analyzer.capture.block import Column
    from analyzer.capture.source import Source
    from analyzer.limits import Limits

__all__ = ["MAGICS", "Pcap"]


class Dialect(NamedTuple):
    """How a magic number changes the format."""

    name: str
    tick: int
    """Nanoseconds that one unit of the second time field is worth."""
    file_header: int
    record_header: int


DIALECTS: dict[int, Dialect] = {
    0xA1B2C3D4: Dialect("pcap", 1000, 24, 16),
    0xA1B23C4D: Dialect("pcap ns", 1, 24, 16),
    0xA1B2CD34: Dialect("pcap modified", 1000, 24, 24),  # Kuznetsov: + interface, protocol, packet type
    0x1C0001AC: Dialect("pcap IXIA", 1000, 28, 16),  # IXIA hardware: + length of all records
    0x1C0001AB: Dialect("pcap IXIA", 1000, 28, 16),  # IXIA software
}
MAGICS: dict[bytes, tuple[str, Dialect]] = {
    Struct(order + "I").pack(magic): (order, dialect) for magic, dialect in DIALECTS.items() for order in "<>"
}
"""First four bytes -> byte order, dialect."""

AIX_LINKS: dict[int, int] = {6: 1, 9: 6, 15: 10, 24: 0}
"""AIX writes version 2.2, nanoseconds, and interface types (RFC 1573 ifType) in place of LINKTYPE_ numbers."""

LENGTHS_SWAPPED = {(2, 0), (2, 1), (2, 2), (543, 0)}
"""Versions that write the length on the wire before the captured one; DG/UX calls itself 543.0.  2.3 did either."""

JOINED = 100
"""Captures joined by ``cat`` that are read on; each costs a look at a whole chunk."""


class Pcap:
    """A ``step.Decoder``: one pcap file, piece by piece."""

    def __init__(self, source: Source, index: int, limits: Limits) -> None:
        self.source = source
        self.format = "pcap"
        self.started = False
        self.secrets: list[tuple[int, bytes]] = []
        self._first_id = (index << SOURCE_SHIFT) + 1
        self._most = limits.packet_bytes
        self._packets = 0
        self._at = 0  # where in the file the next record begins
        self._layout: Layout | None = None
        self._joined = 0

    def decode(self, data: Column) -> Step:
        """Read the records that lie wholly in ``data`` (uint8); see ``step.Decoder``."""
        start = 0
        if self._layout is None:
            header = bytes(data[:28])
            order, dialect = MAGICS[header[:4]]
            if len(header) < dialect.file_header:
                return Step(None, 0, dialect.file_header)
            start = dialect.file_header
            self._open(header, order, dialect)
        layout = self._layout
        assert layout is not None

        offsets, end = walk(data, layout, self._quarry(data.data, start, layout), start)
        block = self._block(data, offsets) if len(offsets) else None
        if block is not None and (foreign := self._foreign(data, block)) is not None:
            end = foreign - layout.header
            rows = int(np.searchsorted(block.offset, foreign))
            block = block.take(slice(rows)) if rows else None
            self._layout = None
        self._at += end
        self._packets += 0 if block is None else len(block)
        if self._layout is None:
            self._hurt("another capture's header stands here; read on behind it")
            self._joined += 1
            return Step(block, end, 24, over=self._joined > JOINED)

        here = bytes(data[end : end + layout.header])
        if len(here) < layout.header:
            return Step(block, end, layout.header)
        length = self._length(here)
        if length > self._most:
            self._hurt(f"says it holds {length} bytes, more than the {self._most} a packet may")
            return Step(block, end, 0, over=True)
        return Step(block, end, layout.header + length)

    def rest(self, data: Column) -> None:
        """Say which packet the file breaks off in."""
        layout = self._layout
        if layout is None:
            return
        got, header = len(data), layout.header
        if got < header:
            self._hurt(f"the capture ends inside it, with {got} of the {header} bytes of its header")
        else:
            self._hurt(f"the capture ends inside it, with {got - header} of its {self._length(bytes(data[:header]))} bytes")

    def _hurt(self, what: str) -> None:
        self.source.hurt(f"packet {self._packets + 1} at byte {self._at}: {what}")

    def _open(self, header: bytes, order: str, dialect: Dialect) -> None:
        major, minor, _zone, _sigfigs, _snap, network = Struct(order + "HHiIII").unpack_from(header, 4)
        self._tick, name = dialect.tick, dialect.name
        link = network & 0xFFFF  # above: length of the frame check sequence and reserved bits
        if network >> 16 & 0x3FF == 0x224:
            link = 101  # NetBSD: DLT_RAWAF, the address family in the low half
        if (major, minor) == (2, 2) and link in AIX_LINKS and dialect.record_header == 16:
            link, self._tick, name = AIX_LINKS[link], 1, "pcap AIX"
        self._swapped = (major, minor) in LENGTHS_SWAPPED
        size = dialect.record_header
        at, other = (12, 8) if self._swapped else (8, 12)
        self._layout = Layout(order, at, size, size, size, self._most + size, other if (major, minor) == (2, 3) else None)
        self._words = Struct(order + "IIII")
        self._link = link
        if not self.started:
            self.format = name
        self.started = True
        self.source.interfaces.append(Interface(None, link, self._tick / 1e9))

    def _length(self, header: bytes) -> int:
        layout = self._layout
        assert layout is not None
        words = self._words.unpack_from(header)
        length: int = words[layout.length_at // 4]
        return length if layout.also_at is None else min(length, words[layout.also_at // 4])

    def _quarry(self, view: memoryview, start: int, layout: Layout) -> Quarry | None:
        """Records near in time share the upper half of their seconds; what follows that must make sense, twice."""
        if len(view) < start + layout.header:
            return None
        words, size, most, fractions = self._words.unpack_from, layout.extra, layout.most - layout.extra, 10**9 // self._tick
        length_at = layout.length_at // 4
        last = len(view) - size
        day = words(view, start)[0] >> 16

        def likely(offset: int) -> bool:
            for _ in range(2):
                if not 0 <= offset <= last:
                    return offset > last
                seconds, fraction, captured, wire = header = words(view, offset)
                if (seconds >> 16) - day not in {0, 1} or fraction >= fractions or min(captured, wire) > most:
                    return False
                offset += size + header[length_at]
            return True

        little = layout.order == "<"
        needles = tuple(half.to_bytes(2, "little" if little else "big") for half in (day, day + 1 & 0xFFFF))
        return Quarry(needles, 2 if little else 0, likely)

    def _block(self, data: Column, offsets: Column) -> Block:
        layout = self._layout
        assert layout is not None
        # One gather of whole headers: a view with an item of 16 bytes at every byte.
        headers = np.ndarray((len(data) - 15,), "V16", data, 0, (1,))[offsets].view(layout.order + "u4").reshape(-1, 4)
        words = headers.astype(np.int64).T
        seconds, fraction, captured, wire = words
        if self._swapped or layout.also_at is not None:
            captured, wire = (wire, captured) if self._swapped else (np.minimum(captured, wire), np.maximum(captured, wire))
        time = seconds * 1_000_000_000 + fraction * self._tick
        rows = len(offsets)
        packet = np.arange(rows, dtype=np.int64) + (self._first_id + self._packets)
        caplen, wirelen, link = np.ascontiguousarray(captured), np.ascontiguousarray(wire), np.full(rows, self._link, np.int32)
        return Block(data, offsets + layout.header, caplen, wirelen, time, link, np.zeros(rows, np.int32), packet)

    def _foreign(self, data: Column, block: Block) -> int | None:
        """Return the place behind the first "record" that is another file's header: joined with ``cat``, or a rotation gone wrong.

        As a record it has a magic for seconds, a version for a fraction and, its time zone being 0, no bytes.
        """
        layout = self._layout
        assert layout is not None
        places = block.offset[block.caplen == 0]
        if not len(places):
            return None
        versions = np.ndarray((len(data) - 3,), "<u4", data, 0, (1,))[places - layout.header + 4]
        for place in places[(versions == 0x00040002) | (versions == 0x04000200)].tolist():
            if bytes(data[place - layout.header :][:4]) in MAGICS:
                return int(place)
        return None
