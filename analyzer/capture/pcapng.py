"""pcapng: sections, interfaces with clocks of their own, three kinds of packet blocks (draft-ietf-opsawg-pcapng).

Here lives: turning packet blocks into columns, section by section.  Here does not live: the blocks that are not packets
(``pcapng_blocks``), finding the blocks (``index``).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from analyzer.capture.block import SOURCE_SHIFT, Block
from analyzer.capture.index import Layout, Quarry, walk
from analyzer.capture.pcapng_blocks import SECTION_HEADER, Section, byte_order
from analyzer.capture.step import Step

if TYPE_CHECKING:
    from analyzer.capture.block import Column
    from analyzer.capture.source import Source
    from analyzer.limits import Limits

__all__ = ["MAGIC", "Pcapng"]

MAGIC = SECTION_HEADER.to_bytes(4, "big")
"""Reads the same in both byte orders."""

ENHANCED, SIMPLE, OBSOLETE = 6, 3, 2
"""Packet blocks (sections 4.3 and 4.4, appendix A)."""
ENHANCED_HEADER, SIMPLE_HEADER = 28, 12
"""Bytes before the packet's own; OBSOLETE differs from ENHANCED only in its shorter interface number."""
NUMBERED = np.array([0x9, 0xBAD, 0x4000_0BAD, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222], np.uint32)
"""Blocks that are no packets and to which Wireshark gives a frame number all the same: journal, custom, system calls."""

FIRST_WINDOW = 1 << 10
"""Bytes looked at behind a section header, then eight times as many each time: a file of section headers costs what it weighs."""
BLOCK_EXTRA = 1 << 20
"""Bytes that a block may have besides those of its packet: options."""


class Pcapng:
    """A ``step.Decoder``: one pcapng file, piece by piece."""

    def __init__(self, source: Source, index: int, limits: Limits) -> None:
        self.source = source
        self.format = "pcapng"
        self.started = False
        self.secrets: list[tuple[int, bytes]] = []
        self._next_id = (index << SOURCE_SHIFT) + 1
        self._limits = limits
        self._most = limits.packet_bytes + BLOCK_EXTRA
        self._at = 0
        self._sections = 0
        self._window = FIRST_WINDOW
        self._time = 0
        self._open("<")

    def decode(self, data: Column) -> Step:
        """Read the blocks that lie wholly in ``data`` (uint8), at most up to the next section; see ``step.Decoder``."""
        if len(data) < 12:
            return Step(None, 0, 12)
        if bytes(data[:4]) == MAGIC:
            if len(data) < 28:
                return Step(None, 0, 28)
            wrong = self._enter(bytes(data[8:16]))
            if wrong is not None:
                return self._stop(None, 0, wrong)

        while True:
            stretch = data[: self._window]
            offsets, end = walk(stretch, self._layout, self._quarry(stretch.data))
            self._window = min(self._window * 8, 1 << 40)
            if end or len(stretch) == len(data):
                break

        offsets, end, wrong = self._cut(stretch, offsets, end)
        block = self._read(stretch, offsets) if len(offsets) else None
        self.started = self.started or len(offsets) > 0
        if wrong is not None:
            return self._stop(block, end, wrong)
        need = 12
        if len(data) - end >= 12 and bytes(data[end : end + 4]) != MAGIC:
            need = self._word.unpack_from(bytes(data[end : end + 8]), 4)[0]
            if not self._layout.least <= need <= self._most:
                return self._stop(block, end, f"says it is {need} bytes long")
        elif end == 0 and len(data) >= 28:  # a section header whose length is not right
            need = self._word.unpack_from(bytes(data[:8]), 4)[0]
            if not 28 <= need <= self._most:
                return self._stop(block, end, f"says it is {need} bytes long")
        self._at += end
        return Step(block, end, need)

    def rest(self, data: Column) -> None:
        """Say which block the file breaks off in."""
        size = f" of {self._word.unpack_from(bytes(data[:8]), 4)[0]}" if len(data) >= 8 else ""
        self._hurt(0, f"the capture ends inside it, {len(data)}{size} bytes are there")

    @property
    def _number(self) -> int:
        return self._next_id & ((1 << SOURCE_SHIFT) - 1)

    def _hurt(self, here: int, wrong: str) -> None:
        self.source.hurt(f"block at byte {self._at + here}, before packet {self._number}: {wrong}")

    def _stop(self, block: Block | None, end: int, wrong: str) -> Step:
        self._at += end
        self._hurt(0, wrong)
        return Step(block, end, 0, over=True)

    def _enter(self, header: bytes) -> str | None:
        """Begin a section; return why it cannot be read."""
        order = byte_order(header[:4])
        if order is None:
            return "a section header without its byte-order magic"
        self._sections += 1
        if self._sections > self._limits.sections:
            return f"more than {self._limits.sections} sections (limit sections)"
        self._open(order)
        major, minor = Struct(order + "HH").unpack_from(header, 4)
        if major != 1:
            self.started = True
            return f"pcapng version {major}.{minor} is not known"
        return None

    def _open(self, order: str) -> None:
        self._section = Section(order, self.source, self.secrets, self._limits)
        self._layout = Layout(order, 4, 0, 12, 12, self._most)
        self._word = Struct(order + "I")
        self._window = FIRST_WINDOW

    def _quarry(self, view: memoryview) -> Quarry:
        """A packet block: its type, whole words, and the length again at its end."""
        word, most, size_of_view = self._word.unpack_from, self._most, len(view)

        def likely(offset: int) -> bool:
            if offset & 3 or offset + 12 > size_of_view:
                return False
            size = word(view, offset + 4)[0]
            return not size & 3 and 32 <= size <= most and offset + size <= size_of_view and word(view, offset + size - 4)[0] == size

        return Quarry((self._word.pack(ENHANCED),), 0, likely)

    def _cut(self, data: Column, offsets: Column, end: int) -> tuple[Column, int, str | None]:
        """Keep what stands before the next section and before the first block whose two lengths are not one."""
        if not len(offsets):
            return offsets, end, None
        word = self._words(data)
        sizes = word[offsets + 4].astype(np.int64)
        uneven = (sizes & 3 != 0) | (word[offsets + sizes - 4] != sizes)
        stops = uneven | (word[offsets] == SECTION_HEADER)
        stops[0] = uneven[0]
        if not stops.any():
            return offsets, end, None
        first = int(stops.argmax())
        here = int(offsets[first])
        wrong = None
        if uneven[first] and (first == 0 or word[here] != SECTION_HEADER):
            wrong = f"says it is {sizes[first]} bytes long and at its end {word[here + sizes[first] - 4]}"
        return offsets[:first], here, wrong

    def _words(self, data: Column) -> Column:
        """One u32 at every byte of the data."""
        return np.ndarray((len(data) - 3,), self._layout.order + "u4", data, 0, (1,))

    def _read(self, data: Column, offsets: Column) -> Block | None:
        word = self._words(data)
        kinds = word[offsets]
        section = self._section
        known = len(section.links)
        is_packet = (kinds == ENHANCED) | (kinds == SIMPLE) | (kinds == OBSOLETE)
        described: list[int] = []  # rows where an interface was described: packets before it cannot be from it
        for row in np.flatnonzero(~is_packet).tolist():
            here = int(offsets[row])
            wrong = section.read(int(kinds[row]), data[here + 8 : here + int(word[here + 4]) - 4].tobytes())
            described += [row] * (len(section.links) - known - len(described))
            if wrong is not None:
                self._hurt(here, wrong)

        numbers = is_packet.copy() if is_packet.all() else is_packet | np.isin(kinds, NUMBERED)
        rows = np.flatnonzero(is_packet)
        interface, ticks, caplen, wirelen, begin, right = self._columns(data, offsets[rows], kinds[rows])
        limit = known if not described else known + np.searchsorted(np.array(described), rows)
        right &= interface < limit
        if not right.all():
            bad = rows[~right]
            more = f" ({len(bad)} like it)" if len(bad) > 1 else ""
            self._hurt(int(offsets[bad[0]]), f"a packet longer than its block or from an interface never described{more}; left out")
            numbers[bad] = False
            columns = (rows, interface, ticks, caplen, wirelen, begin)
            rows, interface, ticks, caplen, wirelen, begin = (column[right] for column in columns)
        ids = self._next_id - 1 + np.cumsum(numbers)
        self._next_id += int(np.count_nonzero(numbers))
        if not len(rows):
            return None
        time = self._times(interface, ticks)
        simple = kinds[rows] == SIMPLE
        if simple.any():
            self._lend_times(time, simple)
        self._time = int(time[-1])
        link = np.array(section.links, np.int32)[interface]
        return Block(data, begin, caplen, wirelen, time, link, interface.astype(np.int32), ids[rows])

    def _columns(self, data: Column, offsets: Column, kinds: Column) -> tuple[Column, Column, Column, Column, Column, Column]:
        """Return interface, ticks, caplen, wirelen, place of the bytes, and whether the packet fits its block."""
        order = self._layout.order
        # The last block may be a short one: headers are gathered as far as the data goes.
        room = len(data) - ENHANCED_HEADER
        if room < 0:
            data, room = np.append(data, np.zeros(-room, np.uint8)), 0
        headers = np.ndarray((room + 1,), f"V{ENHANCED_HEADER}", data, 0, (1,))[np.minimum(offsets, room)]
        words = headers.view(order + "u4").reshape(-1, 7).astype(np.int64).T
        _, size, interface, high, low, caplen, wirelen = words
        ticks = high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64)
        begin = offsets + ENHANCED_HEADER
        fits = (size >= 32) & (caplen <= size - 32) & (offsets <= room)

        simple = np.flatnonzero(kinds == SIMPLE)
        if len(simple):
            at = offsets[simple]
            size = self._words(data)[at + 4].astype(np.int64)
            whole = self._words(data)[at + 8].astype(np.int64)
            snap = self._section.snaps[0] if self._section.snaps else 0
            held = np.minimum(whole, size - 16)
            interface[simple], wirelen[simple], begin[simple], ticks[simple] = 0, whole, at + SIMPLE_HEADER, 0
            caplen[simple] = np.minimum(held, snap) if snap else held
            # Without a snap length only a lie can make the packet longer than its block.
            fits[simple] = size >= 16 if snap else (size >= 16) & (whole <= size - 16)
        obsolete = np.flatnonzero(kinds == OBSOLETE)
        if len(obsolete):
            halves = np.ndarray((len(data) - 1,), order + "u2", data, 0, (1,))
            interface[obsolete] = halves[offsets[obsolete] + 8]
        return interface, ticks, np.ascontiguousarray(caplen), np.ascontiguousarray(wirelen), begin, fits

    def _times(self, interface: Column, ticks: Column) -> Column:
        section = self._section
        if len(section.clocks) == 1:
            return section.clocks[0].nanoseconds(ticks)
        clock_of = np.array(section.clock_of)[interface]
        order = np.argsort(clock_of, kind="stable")
        times = np.empty(len(ticks), np.int64)
        for rows in np.split(order, np.flatnonzero(np.diff(clock_of[order])) + 1):
            times[rows] = section.clocks[clock_of[rows[0]]].nanoseconds(ticks[rows])
        return times

    def _lend_times(self, time: Column, simple: Column) -> None:
        """Give the packets that have no time that of the packet before."""
        before = np.maximum.accumulate(np.where(simple, -1, np.arange(len(time))))
        time[:] = np.where(before < 0, self._time, time[before])
