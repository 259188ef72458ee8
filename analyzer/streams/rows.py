"""Rows: the segments of a batch as lists that Python reads quickly, and what can be asked of one of them.

Here lives: columns to lists, checksums, which rows look like the start or the end of a handshake.  Here does not live: which flow they are
of (``batch``), what they say (``flow``).
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.signs import hellos, late_signs

if TYPE_CHECKING:
    from analyzer.packets.columns import Packets

__all__ = ["Rows", "Way"]

Way = tuple[int, int]
"""Of a flow's first segment: the number of its carriage, and the side that sent it."""


class Rows:
    """The columns of one batch as Python lists: reading numpy's items one by one is slow."""

    def __init__(self, packets: Packets) -> None:
        """Take segments as they are."""
        self._packets, block = packets, packets.block
        most = 2 * int((packets.stop - packets.start).sum()) > len(block.data)  # then one copy of all costs less than many views
        self._view = view = block.data.tobytes() if most else memoryview(block.data)  # type: ignore[arg-type] # numpy arrays are buffers
        bounds = zip(packets.start.tolist(), packets.stop.tolist(), strict=True)
        self.data = [bytes(view[start:stop]) if stop > start else b"" for start, stop in bounds]
        self._late = late_signs(packets, np.arange(len(packets))).tolist()
        self.side = (~packets.forward).astype(np.int64).tolist()
        self.flags, self.sequence, self.missing = packets.flags.tolist(), packets.sequence.tolist(), packets.missing.tolist()
        self.acknowledgment = packets.acknowledgment.tolist()
        self.ttl = (packets.shape >> 8).tolist()
        self.packet, self.time = block.packet[packets.row].tolist(), block.time[packets.row].tolist()

    def way(self, index: int) -> Way:
        """Return how one segment travelled."""
        return int(self._packets.carriage[index]), self.side[index]

    def sum_is_right(self, index: int) -> bool:
        """Whether the checksum of a segment is that of its bytes (RFC 9293 section 3.1); of one that was cut it is not known: False.

        The one's complement sum of 16-bit words is the remainder by 65535 of the number that they make.
        """
        if self.missing[index]:
            return False
        begin, stop, addresses = self._sums[index]
        segment = self._view[begin:stop]
        return not (int.from_bytes(segment, "big") * (256 if stop - begin & 1 else 1) + stop - begin + 6 + addresses) % 0xFFFF

    @cached_property
    def _sums(self) -> list[tuple[int, int, int]]:
        """Where each segment begins and ends in the view, and the sum of its addresses (IPv4's high half is all ones: no remainder)."""
        packets = self._packets
        addresses = np.zeros(len(packets), np.uint64)
        for column in (packets.source_high, packets.source_low, packets.target_high, packets.target_low):
            addresses += column % np.uint64(0xFFFF)
        begins = packets.start - (packets.shape & 0xFF)
        return list(zip(begins.tolist(), packets.stop.tolist(), addresses.tolist(), strict=True))

    @cached_property
    def hellos(self) -> frozenset[int]:
        """Return the rows that look like the start of a handshake."""
        return frozenset(hellos(self._packets).tolist())

    def next_late(self, index: int) -> int:
        """Return the first row from ``index`` on that has a late sign (or the number of rows)."""
        found = bisect_left(self._late, index)
        return self._late[found] if found < len(self._late) else len(self.flags)

    def opens(self, start: int, stop: int) -> bool:
        """Whether any of these rows looks like the start of a handshake."""
        return not self.hellos.isdisjoint(range(start, stop))
