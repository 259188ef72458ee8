"""Budget: what all followed flows and exchanges may hold together, and which of them goes when that is too much.

Here lives: the sum, and the choice of the one idle longest among all tables.  Here does not live: what one of them weighs (``flow``,
``handshakes.udp``), what its end means (``table``, ``exchanges``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol
from weakref import ref

if TYPE_CHECKING:
    from analyzer.limits import Limits

__all__ = ["Budget", "Holder"]


class Holder(Protocol):
    """A table of flows or exchanges, in order of their last packets."""

    def oldest(self) -> int | None:
        """Return the time (ns) of the last packet of the one idle longest, None where there are fewer than two: the last is in use."""

    def close_oldest(self, limit: str) -> None:
        """End it early and report it; ``limit`` is the name of the limit that wants it."""


class Budget:
    """Tables ``spend`` and give back; over the limit the one idle longest of all is closed."""

    def __init__(self, limits: Limits, hits: Counter[str] | None = None) -> None:
        """Hold nothing; ``hits`` counts what was closed early, by the limit that wanted it."""
        self.hits: Counter[str] = Counter() if hits is None else hits
        self.held = 0
        """Bytes held now, about."""
        self._most = limits.held_bytes
        self._holders: list[ref[Holder]] = []

    def join(self, holder: Holder) -> None:
        """Take part."""
        self._holders.append(ref(holder))  # it knows the budget: a cycle would keep both until the garbage collector comes

    def spend(self, count: int) -> None:
        """Hold ``count`` more bytes (or fewer, where it is negative) and close what has to go for it."""
        self.held += count
        while self.held > self._most:
            holders = [holder for known in self._holders if (holder := known()) is not None]
            times = [(time, number) for number, holder in enumerate(holders) if (time := holder.oldest()) is not None]
            if not times:
                return
            holders[min(times)[1]].close_oldest("held_bytes")
