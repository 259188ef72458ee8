"""Afterwards: what a connection says once its handshake is over, as far as somebody wants to know when its first data went by.

Here lives: which segments go on where the handshake ended, and how far they are looked at.  Here does not live: the flows (``table``), what
is data (a Listener: ``handshakes.afterwards``).  The handshakes are the same with it and without: it only looks on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.streams.flow import Flow, Listener

__all__ = ["BYTES", "SEGMENTS", "Afterwards"]

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
