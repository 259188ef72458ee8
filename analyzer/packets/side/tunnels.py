"""What an IP packet carries that holds another packet: GRE and what it carries, EtherIP, L2TPv3, NSH.

Here lives: RFC 2784, 2890, 1701, 2637 (PPTP), ERSPAN, WCCP, RFC 3378, RFC 3931 over IP, RFC 8300.  Here does not live: IP in IP
(``internet``), MPLS (``links``), tunnels in UDP (``udp_tunnels``).
"""

from __future__ import annotations

from analyzer.packets.side.layers import ETHERTYPES, Readers, Walk, ethernet_at

__all__ = ["READERS", "gre_size"]

CARRIED: dict[int, str] = {
    **{kind: name for kind, name in ETHERTYPES.items() if kind not in {0x8864, 0x2000}},
    0x883E: "WCCP", 0x88BE: "ERSPAN II", 0x22EB: "ERSPAN III", 0x2001: "NHRP",
}  # fmt: skip
"""GRE protocol -> reader or name."""

MAX_ROUTES = 16
"""Source routes (RFC 1701) walked in one GRE header; nobody sends any."""


def gre_size(walk: Walk) -> int:
    """Return the length of the GRE header at ``at`` as its flags say, 0 if it is cut or breaks its rules (routes are not counted)."""
    flags = walk.u16(0)
    words = 1 + bool(flags & 0xC000) + bool(flags & 0x2000) + bool(flags & 0x1000) + (bool(flags & 0x80) if flags & 7 == 1 else 0)
    return words * 4 if walk.at + words * 4 <= walk.stop and flags & 7 < 2 else 0


def _gre(walk: Walk) -> str:
    """RFC 2784 and 2890; version 1 is PPTP's (RFC 2637), whose key is (payload length, call)."""
    flags, kind, size = walk.u16(0), walk.u16(2), gre_size(walk)
    if not size:
        return "broken GRE header"
    if flags & 7 == 1:
        return _pptp(walk, flags, kind, size)
    key = walk.u32(8 if flags & 0xC000 else 4) if flags & 0x2000 else None
    walk.tunnel("gre", key)
    at = walk.at + size
    for _ in range(MAX_ROUTES if flags & 0x4000 else 0):
        if at + 4 > walk.stop:
            return "broken GRE header"
        family, length = walk.data[at] << 8 | walk.data[at + 1], walk.data[at + 3]
        at += 4 + length
        if not family and not length:
            break
    walk.at = at
    if kind == 0x88BE and not flags & 0x1000:
        walk.enter("erspan")
        return "Ethernet"
    return CARRIED.get(kind) or f"GRE protocol 0x{kind:04x}"


def _pptp(walk: Walk, flags: int, kind: int, size: int) -> str:
    if kind != 0x880B or not flags & 0x2000:
        return "broken GRE header"
    if not flags & 0x1000:
        return "GRE acknowledgment"
    length, call = walk.u16(4), walk.u16(6)
    walk.tunnel("gre", call)
    walk.enter("ppp")
    walk.at += size
    walk.narrow(length)
    return "PPP"


def _erspan2(walk: Walk) -> str:
    """Version 1 (type II): the session in the low 10 bits of the first word."""
    walk.enter("erspan", walk.u16(2) & 0x3FF)
    walk.at += 8
    return "Ethernet"


def _erspan3(walk: Walk) -> str:
    """Version 2 (type III): 12 bytes, and 8 more if the last bit says so; frame type 2 is a bare IP packet."""
    walk.enter("erspan", walk.u16(2) & 0x3FF)
    kind = walk.u16(10)
    walk.at += 20 if kind & 1 else 12
    return "IP" if kind >> 10 & 31 == 2 else "Ethernet"


def _wccp(walk: Walk) -> str:
    """WCCP version 1 carries IP as it is, version 2 with a redirect header of 4 bytes before it."""
    if walk.data[walk.at] >> 4 != 4:
        walk.at += 4
    return "IPv4"


def _etherip(walk: Walk) -> str:
    """RFC 3378: version 3 and twelve zero bits."""
    if walk.u16(0) != 0x3000:
        return "broken EtherIP header"
    walk.tunnel("etherip")
    walk.at += 2
    return "Ethernet"


def _l2tpv3(walk: Walk) -> str:
    """RFC 3931 4.1.1: a session; how long its cookie is and whether a sublayer follows only its ends know, so what fits is taken."""
    session = walk.u32(0)
    if not session:
        return "L2TPv3 control"
    walk.tunnel("l2tp", session)
    walk.at += 4
    for skip in (0, 4, 8, 12):
        if ethernet_at(walk, walk.at + skip):
            walk.at += skip
            return "Ethernet"
        if walk.data[walk.at + skip : walk.at + skip + 4] in {b"\x0f\0\x08\0", b"\x0f\0\x86\xdd", b"\xff\x03\0\x21", b"\xff\x03\0\x57"}:
            walk.at += skip
            return "PPP"
    return "L2TPv3 payload"


def _nsh(walk: Walk) -> str:
    """RFC 8300: version 0, length in words, next protocol, service path."""
    base, path = walk.u32(0), walk.u32(4)
    size = (base >> 16 & 63) * 4
    if base >> 30 or size < 8 or walk.at + size > walk.stop:
        return "broken NSH header"
    walk.tunnel("nsh", path >> 8)
    walk.at += size
    kind = base & 0xFF
    return {1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS"}.get(kind) or f"NSH protocol {kind}"


READERS: Readers = {
    "GRE": (4, _gre),
    "ERSPAN II": (8, _erspan2),
    "ERSPAN III": (12, _erspan3),
    "WCCP": (4, _wccp),
    "EtherIP": (2, _etherip),
    "L2TPv3": (4, _l2tpv3),
    "NSH": (8, _nsh),
}
