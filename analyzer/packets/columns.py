"""Packets and Datagrams: the TCP segments and UDP datagrams of a Block as numpy columns, the nouns that the sieves read.

Here lives: the types.  Here does not live: how a header becomes a column (``link``, ``network``, ``transport``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from analyzer.capture.block import Block

__all__ = ["FIN", "RST", "SYN", "ACK", "Column", "Datagrams", "Packets", "join"]

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
    ``carriage``           int64, number of what it travelled in (``carriage.Carriages``)
    ``shape``              int64, length of its TCP header | its Time to Live << 8: what tells whether a receiver would take it
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
    carriage: Column
    shape: Column

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self.row)

    def take(self, rows: Column | slice) -> Packets:
        """Return some of the segments (mask, indices or a slice); the block is shared."""
        return Packets(self.block, *(getattr(self, name)[rows] for name in _COLUMNS))


_COLUMNS = tuple(f.name for f in fields(Packets))[1:]


@dataclass(slots=True)
class Datagrams:
    """UDP datagrams in order of capture, one entry a datagram; the columns mean what they mean in Packets."""

    block: Block
    row: Column
    source_high: Column
    source_low: Column
    target_high: Column
    target_low: Column
    source_port: Column
    target_port: Column
    start: Column
    stop: Column
    missing: Column
    carriage: Column

    def __len__(self) -> int:
        """Return the number of datagrams."""
        return len(self.row)

    def take(self, rows: Column) -> Datagrams:
        """Return some of the datagrams (mask or indices); the block is shared."""
        return Datagrams(self.block, *(getattr(self, name)[rows] for name in _DATAGRAM_COLUMNS))


_DATAGRAM_COLUMNS = tuple(f.name for f in fields(Datagrams))[1:]


_BLOCK_COLUMNS = tuple(f.name for f in fields(Block) if f.name not in {"data", "until"})


def join(first: Packets, second: Packets) -> Packets:
    """Return the segments of two Packets as one, whose block holds the packets of both and no bytes beside theirs."""
    data: list[Column] = []
    columns: dict[str, list[Column]] = {name: [] for name in (*_BLOCK_COLUMNS, *_COLUMNS)}
    rows = size = 0
    for part in (first, second):
        block = part.block
        low = int(block.offset.min()) if len(block.data) else 0
        high = max(int((block.offset + block.caplen).max()), int(part.stop.max(initial=0))) if len(block.data) else 0
        shift = {"row": rows, "start": size - low, "stop": size - low, "offset": size - low}
        for names, holder in ((_BLOCK_COLUMNS, block), (_COLUMNS, part)):
            for name in names:
                column = getattr(holder, name)
                columns[name].append(column + shift[name] if name in shift else column)
        data.append(block.data[low:high])
        rows, size = rows + len(block), size + high - low
    whole = {name: np.concatenate(pieces) for name, pieces in columns.items()}
    return Packets(Block(np.concatenate(data), *(whole[name] for name in _BLOCK_COLUMNS)), *(whole[name] for name in _COLUMNS))
