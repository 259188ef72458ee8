"""Exchange: the datagrams between two UDP ends, and the listener that reads what they say.

Here lives: the types.  Here does not live: which exchanges exist (``exchanges``), what is said (``handshakes.udp``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from analyzer.streams.flow import End

__all__ = ["Exchange", "Hearer"]


OVERHEAD = 1 << 10
"""Bytes that an exchange costs beside what its Hearer keeps."""


class Hearer(Protocol):
    """Who reads an exchange.  ``side`` is 0 or 1, the index of the sender in ``Exchange.ends``."""

    def datagram(self, side: int, data: bytes, packet: int, time: int, missing: int) -> int:
        """Take a UDP payload (``missing``: bytes of it that the capture cut off); return WATCH, or DONE where nothing more matters."""

    def settle(self, now: int) -> int:
        """Live: the exchange has been silent for a while; tell what is over.  Return the time to ask again, 0: not before more was said."""

    def finish(self) -> None:
        """The exchange is over (idle, or the capture has ended, or DONE was said)."""


class Exchange:
    """One pair of UDP ends; ``carriage`` is that of its first datagram (``packets.carriage``), whose sender is ``opener``."""

    __slots__ = ("carriage", "ends", "first", "heard", "hearer", "key", "last", "opener", "ways", "weight")

    def __init__(self, key: int, ends: tuple[End, End], carriage: int = 0, opener: int = 0) -> None:
        self.key = key
        self.ends = ends
        self.carriage = carriage
        self.opener = opener
        self.heard = 0
        """Which sides have a datagram in the capture: bit 0, bit 1."""
        self.last = 0
        """Time of the latest datagram, ns."""
        self.first = 0
        """Hash of its first datagram, by which a copy of it is known."""
        self.ways: frozenset[int] = frozenset()
        """On which networks which side was seen: network << 1 | side (``batch``)."""
        self.weight = OVERHEAD
        """Bytes of memory that it takes, about; who hears it adds what he keeps."""
        self.hearer: Hearer
