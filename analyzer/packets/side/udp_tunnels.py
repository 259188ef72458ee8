"""Tunnels in UDP: what is tried on a tunnel's port, and the strict checks without which the packet is plain UDP.

Here lives: VXLAN (RFC 7348) and GPE, Geneve (RFC 8926), GTP-U (3GPP TS 29.281), L2TP (RFC 2661, 3931), Teredo (RFC 4380), GRE and MPLS
in UDP (RFC 8086, 7510), TZSP, CAPWAP (RFC 5415).  Here does not live: what they carry.  ESP in UDP (RFC 3948) is not looked for: nothing
in it can be read, and a QUIC client may have that port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.packets.side.layers import ETHERTYPES, Readers, Walk, ethernet_at, ip_at
from analyzer.packets.side.links import PPP
from analyzer.packets.side.tunnels import gre_size

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["READERS", "TUNNELS"]

GPE: dict[int, str] = {1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS"}
"""VXLAN-GPE's next protocols."""
MAX_EXTENSIONS = 16
"""GTP-U extension headers and TZSP fields walked in one packet."""


def _checked(walk: Walk, kind: str) -> str:
    """Return ``kind`` if what is at ``at`` looks like it, otherwise ""."""
    if kind == "Ethernet":
        return kind if ethernet_at(walk, walk.at) else ""
    if kind in {"IPv4", "IPv6"}:
        return kind if ip_at(walk, walk.at) == kind else ""
    return kind


def _vxlan(walk: Walk, name: str = "vxlan") -> str:
    """VNI behind flags 08; 80 is the group policy extension; 04 says that the next protocol stands in the fourth byte (GPE)."""
    flags, network = walk.u32(0), walk.u32(4)
    if network & 0xFF or not flags & 0x0800_0000 or flags & 0x7200_0000:
        return ""
    gpe = bool(flags & 0x0400_0000)
    if not gpe and flags & 0xFF and not flags & 0x8000_0000:
        return ""
    walk.tunnel(name, network >> 8)
    walk.at += 8
    return _checked(walk, GPE.get(flags & 0xFF, "") if gpe else "Ethernet")


def _geneve(walk: Walk) -> str:
    flags, network = walk.u32(0), walk.u32(4)
    size = 8 + (flags >> 24 & 63) * 4
    kind = flags & 0xFFFF
    if flags >> 30 or flags & 0x3F_0000 or network & 0xFF or walk.at + size > walk.stop or kind not in ETHERTYPES:
        return ""
    walk.tunnel("geneve", network >> 8)
    walk.at += size
    return _checked(walk, ETHERTYPES[kind])


def _gtp(walk: Walk) -> str:
    """Version 1, protocol type 1, message 255 (G-PDU); E, S or PN bring 4 more bytes, E a chain of extensions in units of 4 bytes."""
    flags, data = walk.data[walk.at], walk.data
    if flags & 0xF8 != 0x30 or data[walk.at + 1] != 255:
        return ""
    length, tunnel = walk.u16(2), walk.u32(4)
    walk.at += 8
    if walk.at + length > walk.wire:
        return ""
    walk.narrow(length)
    at = walk.at
    if flags & 7:
        at += 4
        for _ in range(MAX_EXTENSIONS):
            if at > walk.stop or not flags & 4 or not data[at - 1]:
                break
            if at >= walk.stop or not data[at]:
                return ""
            at += data[at] * 4
        else:
            return ""
    walk.tunnel("gtp-u", tunnel)
    walk.at = at
    return ip_at(walk, at)


def _l2tp(walk: Walk) -> str:
    """Version 2: T 0 for data, then L(ength), S(equence), O(ffset) bring their fields; version 3 is as over IP."""
    flags = walk.u16(0)
    if flags & 0x8000 or flags & 15 not in {2, 3}:
        return ""
    if flags & 15 == 3:
        return _l2tpv3(walk, flags)
    if flags & 0x34F0:
        return ""
    at = walk.at + 2
    if flags & 0x4000:
        length = walk.u16(2)
        if walk.at + length > walk.wire:
            return ""
        walk.narrow(length)
        at += 2
    fields = at
    at += 8 if flags & 0x0800 else 4
    if flags & 0x0200:
        at += 2 + int.from_bytes(walk.data[at : at + 2], "big")
    if at + 4 > walk.stop:
        return ""
    walk.tunnel("l2tp", walk.data[fields + 2] << 8 | walk.data[fields + 3])
    walk.at = at
    kind = walk.u16(2) if walk.u16(0) == 0xFF03 else walk.u16(0)
    return "PPP" if kind in PPP or kind >> 14 == 3 or kind >> 14 == 2 or walk.data[at] in {0x21, 0x57} else ""


def _l2tpv3(walk: Walk, flags: int) -> str:
    if flags != 3 or walk.stop - walk.at < 8 or walk.u16(2) or not walk.u32(4):
        return ""
    walk.at += 4
    return "L2TPv3"


def _teredo(walk: Walk) -> str:
    """An authentication and an origin indication may come before the IPv6 packet, of which one address is Teredo's or link-local."""
    at, data = walk.at, walk.data
    if data[at : at + 2] == b"\0\1":
        at += 13 + data[at + 2] + data[at + 3]
    if data[at : at + 2] == b"\0\0":
        at += 8
    # trailers may follow (RFC 6081)
    if ip_at(walk, at) != "IPv6" or at + 40 + (data[at + 4] << 8 | data[at + 5]) > walk.wire:
        return ""
    if not any(data[i : i + 4] == b"\x20\1\0\0" or data[i : i + 2] == b"\xfe\x80" for i in (at + 8, at + 24)):
        return ""
    walk.tunnel("teredo")
    walk.at = at
    return "IPv6"


def _gre(walk: Walk) -> str:
    return "GRE" if not walk.u16(0) & 0x4FFF and walk.u16(2) in ETHERTYPES and gre_size(walk) else ""


def _mpls(walk: Walk) -> str:
    """A label stack of up to 16 whose bottom is a packet."""
    for at in range(walk.at, min(walk.at + 64, walk.stop - 4), 4):
        if walk.data[at + 2] & 1:
            bottom = at + 4
            return "MPLS" if ip_at(walk, bottom) or ethernet_at(walk, bottom) or ethernet_at(walk, bottom + 4) else ""
    return ""


def _tzsp(walk: Walk) -> str:
    """Version 1, type 0 (received) or 1, protocol, then fields up to 1 (end); 0 is padding."""
    if walk.data[walk.at] != 1 or walk.data[walk.at + 1] > 1:
        return ""
    kind = {1: "Ethernet", 18: "802.11", 119: "Prism", 127: "AVS"}.get(walk.u16(2), "")
    at = walk.at + 4
    for _ in range(MAX_EXTENSIONS):
        if at + 1 >= walk.stop:
            return ""
        tag = walk.data[at]
        at += 1 if tag < 2 else 2 + walk.data[at + 1]
        if tag == 1:
            break
    else:
        return ""
    walk.tunnel("tzsp")
    walk.at = at
    return _checked(walk, kind)


def _capwap(walk: Walk) -> str:
    """Preamble 0 (no DTLS), length in words, T for a wireless frame; fragments (F) and keep-alives (K) hold no whole one."""
    head = walk.u32(0)
    size = (head >> 19 & 31) * 4
    if head >> 24 or head & 0x88 or size < 8 or walk.at + size + 24 > walk.stop:
        return ""
    walk.tunnel("capwap")
    walk.at += size
    if not head & 0x100:
        return _checked(walk, "Ethernet")
    if head >> 9 & 31 != 1:
        return ""
    first, second = walk.data[walk.at], walk.data[walk.at + 1]
    return "802.11" if first & 15 == 8 else "802.11 swapped" if second & 15 == 8 else ""


TUNNELS: dict[int, tuple[int, Callable[[Walk], str]]] = {
    1701: (6, _l2tp), 2152: (8, _gtp), 3544: (40, _teredo), 4754: (4, _gre), 4789: (8, _vxlan), 8472: (8, _vxlan),
    4790: (8, lambda walk: _vxlan(walk, "vxlan-gpe")), 5247: (8, _capwap), 6081: (8, _geneve), 6635: (4, _mpls), 37008: (5, _tzsp),
}  # fmt: skip
"""UDP port -> (bytes needed, the check that returns what the tunnel carries or "")."""


def _udp(walk: Walk) -> str:
    """Go into a tunnel if either port is one's and all of its checks agree; otherwise stay at the UDP header."""
    at, stop, wire, depth = walk.at, walk.stop, walk.wire, len(walk.layers)
    if stop - at > 8:
        length = walk.u16(4)
        ports = (walk.u16(2), walk.u16(0))
        for port in ports:
            if port in TUNNELS:
                need, read = TUNNELS[port]
                if length >= 8:  # 0 is a jumbogram
                    walk.narrow(length)
                walk.at = at + 8
                kind = read(walk) if walk.stop - walk.at >= need else ""
                if kind:
                    return kind
                walk.at, walk.stop, walk.wire = at, stop, wire
                del walk.layers[depth:]
    return "UDP payload"


READERS: Readers = {"UDP": (0, _udp)}
