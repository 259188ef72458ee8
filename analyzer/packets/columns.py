"""Packets: the TCP segments of a Block as numpy columns, the noun that ``sieve`` reads.

Here lives: the type.  Here does not live: how a header becomes a column (``link``, ``network``, ``transport``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from analyzer.capture.block import Block

__all__ = ["FIN", "RST", "SYN", "ACK", "Column", "Packets"]

Column = np.ndarray[Any, Any]

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


@dataclass(slots=True)
class Packets:
    """TCP segments in order of capture, one entry a segment; ``block`` holds their bytes.

    ``row``                int64, index of the packet in the block
    ``source target``      uint64 pairs (``source_high source_low …``): address as a number; an IPv4 address has high = IPV4
    ``source_port target_port``  int64
    ``sequence acknowledgment``  int64, as on the wire (0 … 2**32-1)
    ``flags``              int64, the TCP flag byte
    ``start stop``         int64, where the payload lies in ``block.data`` (equal where there is none)
    ``missing``            int64, payload bytes that the wire had and the capture has not (snap length)
    ``key``                uint64, hash of the five-tuple, the same for both directions (``flowkey``)
    ``forward``            bool, True where the source end is the "first" end of the pair (a stable, meaningless order)
    """

    block: Block
    row: Column
    source_high: Column
    source_low: Column
    target_high: Column
    target_low: Column
    source_port: Column
    target_port: Column
    sequence: Column
    acknowledgment: Column
    flags: Column
    start: Column
    stop: Column
    missing: Column
    key: Column
    forward: Column

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self.row)

    def take(self, rows: Column) -> Packets:
        """Return some of the segments (mask or indices); the block is shared."""
        return Packets(self.block, *(getattr(self, name)[rows] for name in _COLUMNS))


_COLUMNS = tuple(f.name for f in fields(Packets))[1:]
