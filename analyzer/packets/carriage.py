"""Carriage: what a packet travelled in before its own IP header — VLAN tags, labels, tunnels — named once for all packets alike.

Here lives: the types, and the list that gives each distinct carriage a small number for the columns.  Here does not live: how headers
are read (``link``, ``side``), text for people (``facts``).
"""

from __future__ import annotations

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


DIRECT = 0
"""Number of the empty carriage: IP on the link."""


class Carriages:
    """The distinct carriages of a scan: ``number`` gives one its number, ``layers[number]`` gives it back."""

    def __init__(self, limits: Limits) -> None:
        """Know only the empty one."""
        self.layers: list[tuple[Layer, ...]] = [()]
        self.overflowed = 0
        """Packets whose carriage was not kept because there were more than the limit."""
        self._most = limits.carriages
        self._numbers: dict[tuple[Layer, ...], int] = {(): DIRECT}

    def number(self, layers: Iterable[Layer]) -> int:
        """Return the number of a carriage, outermost layer first."""
        key = tuple(layers)
        known = self._numbers.get(key)
        if known is not None:
            return known
        if len(self.layers) >= self._most:
            self.overflowed += 1
            return DIRECT
        self._numbers[key] = len(self.layers)
        self.layers.append(key)
        return self._numbers[key]
