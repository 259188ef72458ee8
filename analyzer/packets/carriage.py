"""Carriage: what a packet travelled in before its own IP header — VLAN tags, labels, tunnels — named once for all packets alike.

Here lives: the types, and the list that gives each distinct carriage a small number for the columns.  Here does not live: how headers
are read (``link``, ``side``), text for people (``facts``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.limits import Limits

__all__ = ["DIRECT", "Carriages", "Layer"]


class Layer(msgspec.Struct, frozen=True, gc=False):
    """One layer around a packet.

    ``name`` is vlan, mpls, gre, vxlan …; ``id`` its tag, label, VNI, TEID, session or key (None where it has none); ``source`` and
    ``target`` are the packed IP addresses of the packet that carries the tunnel (None for what lies on the link itself).
    """

    name: str
    id: int | None = None
    source: bytes | None = None
    target: bytes | None = None


_BEYOND = 1 << 24
DIRECT = 0
"""Number of the empty carriage: IP on the link."""


class Carriages:
    """The distinct carriages of a scan: ``number`` gives one its number, indexing by that gives it back.

    One beyond the limit has a number past all others, made of its content: it is not known any more what it was, but it is still
    told from others (``streams.networks``).
    """

    def __init__(self, limits: Limits, hits: Counter[str] | None = None) -> None:
        """Know only the empty one; ``hits`` counts the packets whose carriage was not kept because there were more than the limit."""
        self.layers: list[tuple[Layer, ...]] = [()]
        self._hits: Counter[str] = Counter() if hits is None else hits
        self._most = limits.carriages
        self._numbers: dict[tuple[Layer, ...], int] = {(): DIRECT}

    def __getitem__(self, number: int) -> tuple[Layer, ...]:
        """Return a carriage by its number, outermost layer first; () for one beyond the limit."""
        return self.layers[number] if number < len(self.layers) else ()

    def number(self, layers: Iterable[Layer]) -> int:
        """Return the number of a carriage, outermost layer first."""
        key = tuple(layers)
        known = self._numbers.get(key)
        if known is not None:
            return known
        if len(self.layers) >= self._most:
            self._hits["carriages"] += 1
            return self._most + hash(key) % _BEYOND
        self._numbers[key] = len(self.layers)
        self.layers.append(key)
        return self._numbers[key]
