"""The side road's contract: the place that a walk through one packet's headers has reached, and what names mean.

Here lives: ``Walk``, EtherTypes and IP protocols by name, what looks like an inner packet.  Here does not live: any header
(``links``, ``wireless``, ``internet``, ``tunnels``, ``udp_tunnels``), the walking (``sideroad``).

A reader is a row ``name: (bytes it needs, function)``.  Its function finds ``walk.at`` at its header with that many bytes
there, moves ``at`` behind the header, narrows ``stop`` and ``wire`` to what the header says, and returns the name of what follows.
A name without a row is an end: "TCP", "UDP payload", or the reason under which the packet is counted as skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.packets.carriage import Layer
from analyzer.packets.link import VLAN_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ETHERTYPES", "PROTOCOLS", "Fragment", "Readers", "Walk", "ethernet_at", "ethertype", "ip_at", "protocol_name"]

ETHERTYPES: dict[int, str] = {
    0x0800: "IPv4", 0x86DD: "IPv6", **dict.fromkeys(VLAN_TAGS, "VLAN"), 0x88E7: "PBB", 0x8847: "MPLS", 0x8848: "MPLS", 0x8864: "PPPoE",
    0x6558: "Ethernet", 0x880B: "PPP", 0x8909: "CMD", 0x894F: "NSH",
    0x0806: "ARP", 0x8035: "RARP", 0x8863: "PPPoE discovery", 0x88CC: "LLDP", 0x888E: "EAPOL", 0x88E5: "MACsec", 0x8809: "slow protocols",
    0x9000: "loopback", 0x809B: "AppleTalk", 0x80F3: "AARP", 0x8137: "IPX", 0x88F7: "PTP", 0x88D9: "LLTD", 0x88E1: "HomePlug",
    0x8892: "PROFINET", 0x8902: "CFM", 0x2000: "CDP", 0x6003: "DECnet", 0x8899: "Realtek",
}  # fmt: skip
"""EtherType -> reader or name (IANA IEEE 802 numbers); below 0x600 it is an 802.3 length."""

PROTOCOLS: dict[int, str] = {
    6: "TCP", 17: "UDP", 4: "IPv4 in IP", 41: "IPv6 in IP", 47: "GRE", 51: "AH", 55: "minimal encapsulation", 97: "EtherIP", 115: "L2TPv3",
    137: "MPLS", 1: "ICMP", 2: "IGMP", 50: "ESP", 58: "ICMPv6", 59: "no next header", 88: "EIGRP", 89: "OSPF", 103: "PIM", 112: "VRRP",
    132: "SCTP",
}  # fmt: skip
"""IP protocol number -> reader or name (IANA protocol numbers)."""


class Fragment(NamedTuple):
    """What the header of a fragment says: ``version`` 4 or 6, ``offset`` in bytes, ``more`` to come."""

    version: int
    identification: int
    offset: int
    more: bool


class Walk:
    """Where the walk through one packet is.  Offsets are into ``data``; one Walk serves all packets in turn.

    ``at`` is the next header, ``stop`` the end of the captured bytes of what encloses it, ``wire`` where that would end had the
    capture kept all of it (>= stop).  ``source`` and ``target`` are the packed addresses of the last IP header, ``ttl`` what it left of
    its Time to Live, ``protocol`` what "IP payload" is to read, ``fragment`` what "IP fragment" is to put together, ``padded`` whether an
    802.11 header is followed by padding, ``layers`` the carriage so far, ``rest`` what else the packet holds (``later``).  ``base`` is
    where ``data`` begins in the block, -1 if it was put together from fragments; ``pieces`` are then their packets.
    """

    __slots__ = ("at", "base", "data", "fragment", "layers", "padded", "pieces", "protocol", "rest", "source", "stop", "target",
                 "ttl", "wire")  # fmt: skip

    def __init__(self) -> None:
        """Stand before no packet."""
        self.protocol = 0
        self.fragment = Fragment(4, 0, 0, more=False)
        self.begin(b"", 0, 0)

    def begin(self, data: bytes, base: int, wire: int) -> None:
        """Stand before the first header of a packet that had ``wire`` bytes and lies at ``base`` in its block."""
        self.data = data
        self.base = base
        self.at = 0
        self.stop = len(data)
        self.wire = max(wire, len(data))
        self.source = self.target = b""
        self.ttl = 0
        self.layers: list[Layer] = []
        self.padded = False
        self.pieces: tuple[int, ...] = ()
        self.rest: list[tuple[bytes, int, int, int, int, tuple[Layer, ...], str]] = []

    def later(self, at: int, kind: str) -> None:
        """Leave for later what else the enclosing header holds at ``at``, to be read by ``kind``."""
        if at < self.stop:
            self.rest.append((self.data, self.base, at, self.stop, self.wire, tuple(self.layers), kind))

    def resume(self) -> str:
        """Go on with what was left, if any: its reader's name, or ""."""
        if not self.rest:
            return ""
        self.data, self.base, self.at, self.stop, self.wire, layers, kind = self.rest.pop()
        self.layers = list(layers)
        return kind

    def narrow(self, length: int) -> None:
        """Take note that what begins at ``at`` says it has ``length`` bytes; one that says more than there is lies."""
        end = self.at + length
        if end < self.wire:
            self.wire = end
            self.stop = min(self.stop, end)

    def u16(self, offset: int) -> int:
        """Return two bytes of the header as a number."""
        at = self.at + offset
        return self.data[at] << 8 | self.data[at + 1]

    def u32(self, offset: int) -> int:
        """Return four bytes of the header as a number."""
        at = self.at + offset
        return int.from_bytes(self.data[at : at + 4], "big")

    def enter(self, name: str, number: int | None = None) -> None:
        """Add a layer that lies on the link or in the same IP packet as the one before."""
        self.layers.append(Layer(name, number))

    def tunnel(self, name: str, number: int | None = None) -> None:
        """Add a layer that the last IP header carries."""
        self.layers.append(Layer(name, number, self.source, self.target))


Readers = dict[str, tuple[int, "Callable[[Walk], str]"]]


def ethertype(kind: int) -> str:
    """Return the reader or the reason for what an EtherType announces."""
    return ETHERTYPES.get(kind) or (f"EtherType 0x{kind:04x}" if kind >= 0x600 else "LLC")


def protocol_name(protocol: int) -> str:
    """Return the reader or the reason for what an IP protocol number announces."""
    return PROTOCOLS.get(protocol) or f"IP protocol {protocol}"


def ip_at(walk: Walk, at: int) -> str:
    """Return "IPv4" or "IPv6" if such a header seems to begin at ``at``, otherwise ""."""
    data, room = walk.data, walk.stop - at
    if room >= 20 and data[at] >> 4 == 4:
        length = data[at + 2] << 8 | data[at + 3]
        return "IPv4" if data[at] & 15 >= 5 and (20 <= length <= walk.wire - at or not length) else ""
    return "IPv6" if room >= 40 and data[at] >> 4 == 6 else ""


def ethernet_at(walk: Walk, at: int) -> bool:
    """Tell whether an Ethernet header seems to begin at ``at``: its EtherType is known and what follows agrees."""
    if walk.stop - at < 15:
        return False
    kind, first = walk.data[at + 12] << 8 | walk.data[at + 13], walk.data[at + 14] >> 4
    if kind < 0x600:
        return 3 <= kind <= walk.wire - at - 14
    return kind in ETHERTYPES and (kind != 0x0800 or first == 4) and (kind != 0x86DD or first == 6)
