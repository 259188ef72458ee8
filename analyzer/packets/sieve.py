"""Sieve: keeps the segments of flows that shake hands, and lets everything else fall through without touching it.

Here lives: which flows are watched (whole), which linger (only late signs), and the memory of what flows sent before they were
watched (recent blocks, and SYNs for longer).  Here does not live: what the segments mean (``streams``, ``handshakes``).
"""

from __future__ import annotations

from collections import Counter, deque

import numpy as np

from analyzer.capture.block import Block
from analyzer.limits import Limits
from analyzer.packets.columns import SYN, Column, Packets
from analyzer.packets.signs import hellos, late_signs
from analyzer.packets.transport import segments

__all__ = ["LINGER", "WATCH", "Sieve"]

_BITS = 20
LINGER, WATCH = 1, 2
"""How much of a flow is let through."""


def _slots(key: Column) -> Column:
    return (key >> np.uint64(64 - _BITS)).astype(np.int64)


class Sieve:
    """Feed it Blocks; it gives the segments worth looking at, older ones first.

    Its tables have 2**20 slots indexed by the flow key's top bits: a slot shared by two flows lets some segments through that
    nobody asked for, which ``streams.table`` drops.
    """

    def __init__(self, limits: Limits, skipped: Counter[str]) -> None:
        """Start with nothing watched; ``skipped`` counts packets that are no TCP, by reason."""
        self._limits = limits
        self._skipped = skipped
        self._levels: dict[int, int] = {}
        self._counts = {LINGER: np.zeros(1 << _BITS, np.uint32), WATCH: np.zeros(1 << _BITS, np.uint32)}
        self._fresh = np.zeros(1 << _BITS, bool)
        self._attic: deque[Packets] = deque()
        self._attic_bytes = 0
        self._syns: deque[Packets] = deque()
        self._syn_count = 0

    def sift(self, block: Block) -> tuple[list[Packets], frozenset[int]]:
        """Return the segments to follow (earlier ones of flows that are new to the watch, then this block's) and the new flows' keys."""
        packets = segments(block, self._skipped)
        slot = _slots(packets.key)
        fresh = frozenset(packets.key[hellos(packets)].tolist()).difference(self._levels)
        keep = self._counts[WATCH][slot] > 0
        picked = []
        if fresh:
            keys = np.fromiter(fresh, np.uint64, len(fresh))
            self._fresh[_slots(keys)] = True
            picked = [part for old in (*self._syns, *self._attic) if len(part := self._of(old, keys))]
            keep |= self._fresh[slot]
            self._fresh[_slots(keys)] = False
        lingering = np.flatnonzero((self._counts[LINGER][slot] > 0) & ~keep)
        if len(lingering):
            keep[late_signs(packets, lingering)] = True
        self._remember(packets, ~keep)
        picked.append(packets.take(np.flatnonzero(keep)))
        return picked, fresh

    def set(self, key: int, level: int) -> None:
        """Let through of this flow from the next block on: nothing (0), late signs (LINGER) or everything (WATCH)."""
        slot = key >> (64 - _BITS)
        before = self._levels.pop(key, 0)
        if before:
            self._counts[before][slot] -= 1
        if level:
            self._levels[key] = level
            self._counts[level][slot] += 1

    def _of(self, old: Packets, keys: Column) -> Packets:
        """Return what the flows with these keys sent in an older block."""
        rows = np.flatnonzero(self._fresh[_slots(old.key)])
        return old.take(rows[np.isin(old.key[rows], keys)])

    def _remember(self, packets: Packets, unpicked: Column) -> None:
        """Put the segments that were let fall into the attic; what falls out of its far end leaves its SYNs behind."""
        rest = packets.take(np.flatnonzero(unpicked))
        self._attic.append(rest)
        self._attic_bytes += len(packets.block.data)
        while self._attic_bytes > self._limits.attic_bytes and len(self._attic) > 1:
            old = self._attic.popleft()
            self._attic_bytes -= len(old.block.data)
            syns = old.take(np.flatnonzero((old.flags & SYN) != 0))
            if not len(syns):
                continue
            syns.block = syns.block.take(syns.row)
            syns.block.data = np.empty(0, np.uint8)  # the columns are enough: a SYN's data, if any, is let go
            syns.start = syns.stop = np.zeros(len(syns), np.int64)
            syns.row = np.arange(len(syns))
            self._syns.append(syns)
            self._syn_count += len(syns)
            while self._syn_count > self._limits.syns and len(self._syns) > 1:
                self._syn_count -= len(self._syns.popleft())
