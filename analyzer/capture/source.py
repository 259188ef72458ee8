"""Source: one capture of a scan and what became of it, as plain facts.

Here lives: the type, and noting damage.  Here does not live: reading (``reading``), key material (``Capture.secrets``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.capture.block import Column

__all__ = ["Interface", "Source"]


class Interface(msgspec.Struct, frozen=True):
    """Where packets were captured."""

    name: str | None
    link: int
    """LINKTYPE_ number."""
    resolution: float
    """Seconds per tick of its clock (1e-06, 1e-09 …)."""


class Source(msgspec.Struct):
    """One capture of a scan, and what became of it.  It fills while the capture is read and is whole at its end."""

    name: str
    """As the caller wrote it; "-" is standard input."""
    format: str | None = None
    """"pcap", "pcap ns", "pcap modified", "pcapng" …, with "+gzip", "+zstd" … where it was compressed."""
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
    """Comments on the whole capture (pcapng section headers)."""
    interfaces: list[Interface] = []

    def count(self, caplen: Column, time: Column) -> None:
        """Add a Block's packets."""
        self.packets += len(time)
        self.bytes += int(caplen.sum())
        first, last = int(time.min()), int(time.max())
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def hurt(self, damage: str) -> None:
        """Note damage; the first is kept, for what follows is often only its echo."""
        if self.damage is None:
            self.damage = damage
