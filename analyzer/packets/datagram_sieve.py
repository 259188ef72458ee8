"""Datagram sieve: keeps the datagrams of exchanges that shake hands over UDP, and lets all others fall through.

Here lives: which exchanges are watched.  Here does not live: TCP's sieve (``sieve``), what datagrams mean (``handshakes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.datagram_signs import openings
from analyzer.packets.flowkey import flow_key

if TYPE_CHECKING:
    from analyzer.packets.columns import Column, Datagrams

__all__ = ["DatagramSieve"]

_BITS = 20


class DatagramSieve:
    """A table of 2**20 slots indexed by the flow key's top bits; where two exchanges share a slot, the table of exchanges decides."""

    def __init__(self) -> None:
        """Start with nothing watched."""
        self._counts = np.zeros(1 << _BITS, np.uint32)
        self._watched = 0

    def sift(self, datagrams: Datagrams) -> tuple[Datagrams, Column, Column, Column]:
        """Return the datagrams worth looking at, their keys, which way they go (as ``Packets.forward``), and which open an exchange."""
        opening = openings(datagrams)
        if not self._watched and not len(opening):
            datagrams = datagrams.take(opening)
        key, forward = _keys(datagrams)
        slot = _slots(key)
        fresh = slot[opening]
        self._counts[fresh] += 1  # all that follows in this block belongs to it
        rows = np.flatnonzero(self._counts[slot])
        self._counts[fresh] -= 1
        opens = np.zeros(len(key), bool)
        opens[opening] = True
        return datagrams.take(rows), key[rows], forward[rows], opens[rows]

    def watch(self, key: int) -> None:
        """Let through all of this exchange."""
        self._counts[key >> (64 - _BITS)] += 1
        self._watched += 1

    def drop(self, key: int) -> None:
        """Let through no more of it."""
        self._counts[key >> (64 - _BITS)] -= 1
        self._watched -= 1


def _slots(key: Column) -> Column:
    return (key >> np.uint64(64 - _BITS)).astype(np.int64)


def _keys(one: Datagrams) -> tuple[Column, Column]:
    return flow_key(one.source_high, one.source_low, one.source_port, one.target_high, one.target_low, one.target_port)
