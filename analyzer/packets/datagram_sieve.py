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
    """Two tables: one asks the pair of ports, which is cheap, the other has 2**20 slots indexed by the flow key's top bits.

    Where two exchanges share a slot, the table of exchanges decides.
    """

    def __init__(self) -> None:
        """Start with nothing watched."""
        self._ports = np.zeros(1 << 16, np.int32)
        self._counts = np.zeros(1 << _BITS, np.int32)
        self._watched = 0

    def sift(self, datagrams: Datagrams) -> tuple[Datagrams, Column, Column, Column]:
        """Return the datagrams worth looking at, their keys, which way they go (as ``Packets.forward``), and which open an exchange."""
        if not len(datagrams):
            return datagrams, np.empty(0, np.uint64), np.empty(0, bool), np.empty(0, bool)
        opening = openings(datagrams)
        opens = np.zeros(len(datagrams), bool)
        opens[opening] = True
        near = opening
        if self._watched or len(opening):
            ports = datagrams.source_port ^ datagrams.target_port
            near = np.flatnonzero(self._with(self._ports, ports[opening], ports))
        datagrams, opens = datagrams.take(near), opens[near]
        key, forward = flow_key(
            datagrams.source_high, datagrams.source_low, datagrams.source_port,
            datagrams.target_high, datagrams.target_low, datagrams.target_port,
        )  # fmt: skip
        slot = _slots(key)
        rows = np.flatnonzero(self._with(self._counts, slot[opens], slot))
        return datagrams.take(rows), key[rows], forward[rows], opens[rows]

    def watch(self, key: int, ports: int) -> None:
        """Let through all of this exchange; ``ports`` is one port xor the other."""
        self._change(key, ports, 1)

    def drop(self, key: int, ports: int) -> None:
        """Let through no more of it."""
        self._change(key, ports, -1)

    def _change(self, key: int, ports: int, by: int) -> None:
        self._counts[key >> (64 - _BITS)] += by
        self._ports[ports] += by
        self._watched += by

    @staticmethod
    def _with(table: Column, fresh: Column, rows: Column) -> Column:
        """Look the rows up in a table in which the fresh ones count too: what follows in this block belongs to them."""
        table[fresh] += 1
        found: Column = table[rows]
        table[fresh] -= 1
        return found


def _slots(key: Column) -> Column:
    return (key >> np.uint64(64 - _BITS)).astype(np.int64)
