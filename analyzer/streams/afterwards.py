"""Afterwards: what a connection says once its handshake is over, as far as somebody wants to know when its first data went by.

Here lives: which segments go on where the handshake ended, and how far they are looked at.  Here does not live: the flows (``table``), what
is data (a Listener: ``handshakes.afterwards``).  The handshakes are the same with it and without: it only looks on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.sieve import LINGER

if TYPE_CHECKING:
    from analyzer.packets.columns import Column, Packets
    from analyzer.streams.flow import Flow, Listener
    from analyzer.streams.rows import Rows

__all__ = ["BYTES", "SEGMENTS", "Afterwards", "Onlookers"]

BYTES, SEGMENTS = 64 << 10, 64
"""Bytes and segments of each side that are looked at: data is usually the next thing said, and mostly what is asked for is near."""


class Afterwards:
    """One connection whose handshake is over.  ``curious`` as long as the first data of a side is still to come."""

    __slots__ = ("_expected", "_left", "_listener", "_segments", "_wants", "born", "curious")

    def __init__(self, flow: Flow, born: int) -> None:
        """Begin where the flow has come to; ``born`` is the number of the block in which that was."""
        self._listener: Listener = flow.listener
        self._expected = [side.follows for side in flow.sides]
        self._left, self._segments = [BYTES, BYTES], [SEGMENTS, SEGMENTS]
        self._wants = list(self._listener.remains())
        self.born = born
        self.curious = any(self._wants)

    def take(self, side: int, sequence: int, data: bytes, packet: int, time: int) -> None:
        """Take one segment, which may be lost to it, come twice or out of order."""
        if not data or not self._wants[side]:
            return
        follows = sequence == self._expected[side]
        if follows:
            self._expected[side] = (sequence + len(data)) & 0xFFFF_FFFF
        self._left[side] -= len(data)
        self._segments[side] -= 1
        found = self._listener.after(side, data, packet, time, follows=follows)
        self._wants[side] = not found and self._left[side] > 0 and self._segments[side] > 0
        self.curious = any(self._wants)


class Onlookers:
    """The flows that linger and whose first data is still to come.

    A flow whose handshake ends in a block has all that the block holds of it in its batches; what later blocks hold is shown to it before
    they are sifted.
    """

    def __init__(self) -> None:
        """Know of none."""
        self._flows: dict[Flow, Afterwards] = {}
        self._blocks = 0

    def pick(self, packets: Packets) -> Column:
        """Begin the next block; return a mask of its segments that may be of one of them."""
        self._blocks += 1
        keys = np.array([flow.key for flow in self._flows], np.uint64)
        return np.isin(packets.key, keys) & (packets.stop > packets.start)

    def join(self, flow: Flow) -> None:
        """Take a flow whose state has changed: it looks on as soon as it lingers, and no longer than that."""
        self._flows.pop(flow, None)
        one = Afterwards(flow, self._blocks) if flow.state == LINGER else None
        if one is not None and one.curious:
            self._flows[flow] = one

    def gone(self, flow: Flow) -> None:
        """Forget a flow that has ended."""
        self._flows.pop(flow, None)

    def show(self, flow: Flow, rows: Rows, index: int) -> None:
        """Show it one segment."""
        one = self._flows.get(flow)
        if one is not None:
            one.take(rows.side[index], rows.sequence[index], rows.data[index], rows.packet[index], rows.time[index])
            if not one.curious:
                del self._flows[flow]

    def on(self, flow: Flow | None, rows: Rows, index: int, stop: int) -> int:
        """Return the next row with a late sign; a flow whose handshake ended in this block is shown what comes until there."""
        late = rows.next_late(index)
        one = self._flows.get(flow) if flow is not None else None
        if one is not None and flow is not None and one.born == self._blocks:
            for row in range(index, min(late + 1, stop)):
                self.show(flow, rows, row)
        return late
