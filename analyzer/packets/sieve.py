"""Sieve: keeps the segments of flows that shake hands, and lets everything else fall through without touching it.

Here lives: which flows are watched (whole), which linger (only late signs), and the memory of what flows sent before they were
watched (recent blocks, and SYNs for longer).  Here does not live: what the segments mean (``streams``, ``handshakes``).
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.columns import SYN, Column, Packets, join
from analyzer.packets.first_bytes import FirstBytes
from analyzer.packets.signs import handshake_records, hellos, late_signs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.capture.block import Block
    from analyzer.limits import Limits

__all__ = ["LINGER", "WATCH", "Sieve"]

_BITS = 20
_SMALL = 16
"""Remembered parts are joined up to this fraction of all that is remembered: live capture makes thousands of tiny ones, and
each part is asked about every new flow."""
COLUMNS = 100
"""Bytes of columns that a remembered packet, or a remembered segment of one, takes beside its own: of tiny ones they are most."""
SYN_BYTES = 160
"""Bytes of a frame with a SYN that is kept for long, at most: with all options and a tunnel around it."""
LINGER, WATCH = 1, 2
"""How much of a flow is let through."""


def _slots(key: Column) -> Column:
    return (key >> np.uint64(64 - _BITS)).astype(np.int64)


class Sieve:
    """Feed it the segments of one Block after another; it gives those worth looking at, older ones first.

    Its tables have 2**20 slots indexed by the flow key's top bits; where two flows share a slot, the key itself decides.
    """

    def __init__(
        self, limits: Limits, beginnings: Iterable[tuple[int, bytes] | tuple[int, bytes, int]] = (), *, whole_syns: bool = False
    ) -> None:
        """Start with nothing watched; ``beginnings`` as for ``FirstBytes``.

        ``whole_syns``: of SYNs that are remembered for long the frames are wanted too, not only the columns.
        """
        self._limits = limits
        self._whole_syns = whole_syns
        self._beginnings = FirstBytes(beginnings)
        self._levels: dict[int, int] = {}
        self._counts = {LINGER: np.zeros(1 << _BITS, np.uint32), WATCH: np.zeros(1 << _BITS, np.uint32)}
        self._owner = np.zeros(1 << _BITS, np.uint64)
        """Key of the flow that got the slot last: tells the many that are meant from the few that only share a slot."""
        self._fresh = np.zeros(1 << _BITS, bool)
        self._attic: deque[Packets] = deque()
        self._attic_bytes = 0
        self._syns: deque[Packets] = deque()
        self._syn_count = 0

    def sift(self, packets: Packets) -> tuple[list[Packets], frozenset[int]]:
        """Return the segments to follow (earlier ones of flows that are new to the watch, then this block's) and the new flows' keys."""
        slot = _slots(packets.key)
        hello = hellos(packets, self._beginnings)
        fresh = frozenset(packets.key[hello].tolist()).difference(self._levels)
        keep = self._counts[WATCH][slot] > 0
        picked = []
        if fresh:
            keys = np.fromiter(fresh, np.uint64, len(fresh))
            self._fresh[_slots(keys)] = True
            picked = [part for old in (*self._syns, *self._attic) if len(part := self._of(old, keys))]
            keep |= self._fresh[slot]
            self._fresh[_slots(keys)] = False
        self._drop_lingering(packets, slot, keep)
        lingering = np.flatnonzero((self._counts[LINGER][slot] > 0) & ~keep)
        if len(lingering):
            late = late_signs(packets, lingering)
            keep[late] = True
            hellos_again = np.intersect1d(late, hello, assume_unique=True)
            opens = late[(packets.flags[late] & SYN) != 0], hellos_again, handshake_records(packets, late)
            again = np.unique(packets.key[np.concatenate(opens)])
            if len(again):  # the flow may shake hands anew in this very block: its table needs all of it
                keep[lingering[np.isin(packets.key[lingering], again)]] = True
        self._drop_strangers(packets, slot, keep, fresh)
        self._remember(packets, keep)
        picked.append(packets.take(np.flatnonzero(keep)))
        return picked, fresh

    def set(self, key: int, level: int) -> None:
        """Let through of this flow from the next block on: nothing (0), late signs (LINGER) or everything (WATCH)."""
        slot = key >> (64 - _BITS)
        before = self._levels.pop(key, 0)
        if before:
            self._counts[before][slot] -= 1
            if self._owner[slot] == key:
                self._owner[slot] = 0
        if level:
            self._levels[key] = level
            self._counts[level][slot] += 1
            self._owner[slot] = key

    def _drop_lingering(self, packets: Packets, slot: Column, keep: Column) -> None:
        """Take out of ``keep`` flows that linger and share a slot with one that is wanted whole.

        What is picked must not depend on who shares a slot: the hash is drawn anew in each process, and the same capture is to be told
        in the same order.
        """
        shared = np.flatnonzero(keep & (self._counts[LINGER][slot] > 0))
        if len(shared):
            keep[shared] = [self._levels.get(key) != LINGER for key in packets.key[shared].tolist()]

    def _drop_strangers(self, packets: Packets, slot: Column, keep: Column, fresh: frozenset[int]) -> None:
        """Take out of ``keep`` the flows that only share a slot with one that is meant: the attic wants their segments."""
        kept = np.flatnonzero(keep)
        odd = kept[self._owner[slot[kept]] != packets.key[kept]]
        if len(odd):
            keys, which = np.unique(packets.key[odd], return_inverse=True)
            strange = np.fromiter((key not in self._levels and key not in fresh for key in keys.tolist()), bool, len(keys))
            keep[odd[strange[which]]] = False

    def _of(self, old: Packets, keys: Column) -> Packets:
        """Take what the flows with these keys sent in an older block out of it."""
        rows = np.flatnonzero(self._fresh[_slots(old.key)])
        if len(rows):
            rows = rows[np.isin(old.key[rows], keys)]
        part = old.take(rows)
        old.key[rows] = 0  # handed out once: a later use of the same ports must not meet it again
        return part

    def _remember(self, packets: Packets, kept: Column) -> None:
        """Put the segments that were let fall into the attic; what falls out of its far end leaves its SYNs behind."""
        if 2 * np.count_nonzero(kept) > len(kept):
            rest = packets.take(np.flatnonzero(~kept))
        else:  # to leave the key out of a few costs less than to copy the columns of the many
            rest = replace(packets, key=np.where(kept, np.uint64(0), packets.key))
        if not len(rest):
            return
        self._attic.append(rest)
        self._attic_bytes += _weight(rest)
        _gather(self._attic, _weight, self._limits.attic_bytes // _SMALL)
        while self._attic_bytes > self._limits.attic_bytes and len(self._attic) > 1:
            old = self._attic.popleft()
            self._attic_bytes -= _weight(old)
            syns = old.take(np.flatnonzero(((old.flags & SYN) != 0) & (old.key != 0)))
            if not len(syns):
                continue
            syns.block = _frames(syns.block.take(syns.row), SYN_BYTES if self._whole_syns else 0)
            syns.missing += syns.stop - syns.start
            syns.start = syns.stop = np.zeros(len(syns), np.int64)
            syns.row = np.arange(len(syns))
            self._syns.append(syns)
            self._syn_count += len(syns)
            _gather(self._syns, len, self._limits.syns // _SMALL)
            while self._syn_count > self._limits.syns and len(self._syns) > 1:
                self._syn_count -= len(self._syns.popleft())


def _frames(block: Block, most: int) -> Block:
    """Return a Block with the bytes of frames of up to ``most`` bytes; of others only the columns are left, with no captured byte."""
    sizes = np.where(block.caplen <= most, block.caplen, 0)
    block = replace(block, caplen=sizes)
    data = np.frombuffer(b"".join(block), np.uint8)
    return replace(block, data=data, offset=np.cumsum(sizes) - sizes)


def _weight(part: Packets) -> int:
    return int(part.block.caplen.sum()) + COLUMNS * (len(part) + len(part.block))


def _gather(parts: deque[Packets], size: Callable[[Packets], int], small: int) -> None:
    """Join the last parts as long as they are small and alike in size, so that there are few of them and each is copied few times."""
    while len(parts) > 1 and size(parts[-2]) <= 2 * size(parts[-1]) and size(parts[-2]) + size(parts[-1]) <= small:
        last = parts.pop()
        parts.append(join(parts.pop(), last))
