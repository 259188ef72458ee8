"""The library face: ``scan(inputs) → Scan`` with every fact as a DataFrame, ``stream(inputs)`` for handshakes as they end.

Here lives: opening what the caller names, and the results.  Here does not live: the road itself (``pipeline``), printing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from analyzer.handshakes.handshake import Handshake

__all__ = ["Counters", "Scan", "Source", "Stream", "scan", "stream"]


class Source(msgspec.Struct):
    """One capture of a scan, and what became of it."""

    name: str
    format: str | None = None
    """"pcap", "pcapng", "pcap.gz" …"""
    packets: int = 0
    bytes: int = 0
    """Captured packet bytes."""
    first: int | None = None
    last: int | None = None
    """Times of the earliest and latest packet, ns since 1970 UTC."""
    damage: str | None = None
    """One line where the capture breaks off or lies; what stood before it was read."""
    dropped: int | None = None
    """Packets that the capturing program says it lost (pcapng interface statistics)."""
    comments: list[str] = []


class Counters(msgspec.Struct):
    """What the road did: all packets are either followed, of no interest, or skipped for a named reason."""

    packets: int = 0
    bytes: int = 0
    cut_packets: int = 0
    """Packets shorter in the capture than on the wire (snap length)."""
    skipped: dict[str, int] = {}
    """reason ("ARP", "UDP", "IPv4 fragment", "link type 127" …) -> packets."""
    limits: dict[str, int] = {}
    """limit that was hit -> how often."""


class Stream:
    """Iterate it: (number, Handshake) as handshakes end, in bounded memory.  ``sources`` and ``counters`` fill on the way."""

    sources: list[Source]
    counters: Counters

    def __iter__(self) -> Iterator[tuple[int, Handshake]]:
        """Walk the handshakes."""
        raise NotImplementedError


class Scan:
    """Everything that was seen: ``handshakes``, ``messages``, ``offers`` … (facts.TABLES) as DataFrames, built when asked for.

    ``scan.handshake(n)`` is the Handshake object with that number.
    """

    sources: list[Source]
    counters: Counters

    def handshake(self, number: int) -> Handshake:
        """Return one handshake as an object whose messages can be walked."""
        raise NotImplementedError


def stream(inputs: Any, **options: Any) -> Stream:
    """Open the inputs and return the walk over their handshakes."""
    raise NotImplementedError


def scan(inputs: Any, **options: Any) -> Scan:
    """Read the inputs to their end."""
    raise NotImplementedError
