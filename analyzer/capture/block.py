"""Block: many packets' bytes with numpy columns, the one noun that ``capture`` hands on.

Here lives: the type.  Here does not live: any knowledge of a file format or of what a packet holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SOURCE_SHIFT", "Block", "packet_number", "packet_source"]

Column = np.ndarray[Any, Any]

SOURCE_SHIFT = 40
"""A packet id is ``source << SOURCE_SHIFT | number``: one integer that names a packet among all sources of a scan."""


def packet_number(packet: int) -> int:
    """Number of the packet in its own file, from 1 as Wireshark counts."""
    return packet & ((1 << SOURCE_SHIFT) - 1)


def packet_source(packet: int) -> int:
    """Index of the packet's file among the sources of the scan."""
    return packet >> SOURCE_SHIFT


@dataclass(slots=True)
class Block:
    """The bytes of some packets and where each one lies.  All columns have one length, one entry a packet.

    ``data``     uint8, the bytes; packet *i* is ``data[offset[i] : offset[i] + caplen[i]]``
    ``offset``   int64, where the captured bytes start in ``data``
    ``caplen``   int64, captured bytes (never past the end of ``data``)
    ``wirelen``  int64, bytes the packet had on the wire (>= caplen in sane captures; larger means cut by the snap length)
    ``time``     int64, nanoseconds since 1970-01-01 UTC
    ``link``     int32, LINKTYPE_ number of each packet (tcpdump.org/linktypes.html)
    ``interface``  int32, number of the interface it was captured on, in its own file (0 where the file knows of one only)
    ``packet``   int64, packet id (``SOURCE_SHIFT``)
    """

    data: Column
    offset: Column
    caplen: Column
    wirelen: Column
    time: Column
    link: Column
    interface: Column
    packet: Column
    until: int = field(default=0, kw_only=True)
    """Live: time up to which everything has come, so that a Block without packets tells how late it is; 0: the time of its packets."""

    def __len__(self) -> int:
        """Return the number of packets."""
        return len(self.offset)

    @property
    def now(self) -> int:
        """Time at its end (ns); 0 where it has no packets and tells none."""
        return self.until or (int(self.time.max()) if len(self) else 0)

    @classmethod
    def tick(cls, until: int) -> Block:
        """Return a Block without packets."""
        none = np.zeros(0, np.int64)
        return cls(np.zeros(0, np.uint8), none, none, none, none, np.zeros(0, np.int32), np.zeros(0, np.int32), none, until=until)

    def __iter__(self) -> Iterator[bytes]:
        """Walk the packets' bytes (for tests and people: the road never does this)."""
        for start, length in zip(self.offset.tolist(), self.caplen.tolist(), strict=True):
            yield self.data[start : start + length].tobytes()

    def parts(self, most: int) -> Iterator[Block]:
        """Walk the block in parts of at most ``most`` packets, each with the bytes of its own; all share the memory."""
        if len(self) <= most:
            yield self
            return
        for begin in range(0, len(self), most):
            part = self.take(slice(begin, begin + most))
            low, high = int(part.offset.min()), int((part.offset + part.caplen).max())
            part.data, part.offset = part.data[low:high], part.offset - low
            yield part

    def take(self, rows: Column | slice) -> Block:
        """Return the Block of some of the packets (a slice, a mask or indices); the bytes are shared."""
        columns = (self.offset, self.caplen, self.wirelen, self.time, self.link, self.interface, self.packet)
        return Block(self.data, *(column[rows] for column in columns))
