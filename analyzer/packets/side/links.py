"""What a link carries, one packet at a time: the link types and what lies between a link header and IP.

Here lives: one row per link type (tcpdump.org/linktypes.html), Ethernet with its tags, LLC, PPP and its kin, MPLS, PPPoE.
Here does not live: 802.11 and its prefaces (``wireless``), IP (``internet``), what IP carries (``tunnels``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.packets.side.layers import Readers, Walk, ethernet_at, ethertype, ip_at

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LINKS", "NAMED_LINKS", "PPP", "READERS"]

LINKS: dict[int, str] = {
    0: "NULL", 1: "Ethernet", 6: "Token Ring", 9: "PPP", 10: "FDDI", 12: "IP", 14: "IP", 50: "PPP", 51: "PPPoE", 100: "LLC/SNAP",
    101: "IP", 104: "HDLC", 105: "802.11", 107: "Frame Relay", 108: "NULL", 113: "SLL", 117: "PFLOG", 119: "Prism", 127: "radiotap",
    138: "IP over 1394", 163: "AVS", 166: "pppd", 192: "PPI", 197: "ERF", 228: "IP", 229: "IP", 239: "NFLOG", 276: "SLL2",
    281: "Broadcom tag", 282: "Broadcom preface", 284: "DSA tag", 285: "EDSA tag",
}  # fmt: skip
"""Link type -> the reader of its header."""

NAMED_LINKS: dict[int, str] = {
    147: "user link type", 187: "Bluetooth", 189: "USB", 195: "802.15.4", 201: "Bluetooth", 220: "USB", 227: "CAN", 230: "802.15.4",
    249: "USB", 251: "Bluetooth", 253: "Netlink", 254: "Bluetooth", 256: "Bluetooth", 266: "USB",
}  # fmt: skip
"""Link type -> the name under which its packets are counted: nothing in them is IP."""

PPP: dict[int, str] = {
    0x21: "IPv4", 0x57: "IPv6", 0x281: "MPLS", 0x283: "MPLS", 0x2D: "PPP with compressed TCP", 0x2F: "PPP with compressed TCP",
    0x3D: "PPP multilink", 0x53: "PPP encrypted", 0xFD: "PPP compressed", 0x31: "PPP bridging",
}  # fmt: skip
"""PPP protocol -> reader or name (IANA PPP numbers); from 0x4000 on they are control protocols."""

MAX_LABELS = 16
"""MPLS labels walked in one stack; real ones have up to about ten (segment routing)."""


def _typed(skip: int, type_at: int) -> Callable[[Walk], str]:
    """Return the reader of a header of ``skip`` bytes with the EtherType at ``type_at``."""

    def read(walk: Walk) -> str:
        kind = walk.u16(type_at)
        walk.at += skip
        if kind >= 0x600:
            return ethertype(kind)
        walk.narrow(kind)  # 802.3: what follows has this length
        return "LLC/SNAP"

    return read


def _skip(size: int, following: str) -> Callable[[Walk], str]:
    """Return the reader of a header of ``size`` bytes behind which there is always the same."""

    def read(walk: Walk) -> str:
        walk.at += size
        return following

    return read


def _sll(walk: Walk, size: int, type_at: int, hardware_at: int) -> str:
    """Linux cooked capture: below 0x600 the protocol is one of Linux' own numbers; ARPHRD_NETLINK has no frames."""
    kind, hardware = walk.u16(type_at), walk.u16(hardware_at)
    walk.at += size
    if hardware == 824:
        return "Netlink"
    return ethertype(kind) if kind >= 0x600 else "LLC/SNAP" if kind == 4 else f"Linux protocol {kind}"


def _vlan(walk: Walk) -> str:
    tag, kind = walk.u16(0), walk.u16(2)
    if tag & 0xFFF:  # otherwise a priority and no VLAN
        walk.enter("vlan", tag & 0xFFF)
    walk.at += 4
    if kind >= 0x600:
        return ethertype(kind)
    walk.narrow(kind)
    return "LLC/SNAP"


def _pbb(walk: Walk) -> str:
    """802.1ah: the I-TAG, whose last 24 bits are the service, before the customer's whole frame."""
    walk.enter("pbb", walk.u32(0) & 0xFFFFFF)
    walk.at += 4
    return "Ethernet"


def _cmd(walk: Walk) -> str:
    """Cisco MetaData: version, length (of the options, in units of 4 bytes), options (security group tag), EtherType."""
    size = 2 + walk.data[walk.at + 1] * 4
    if walk.at + size + 2 > walk.stop:
        return "broken CMD header"
    walk.enter("cmd", walk.u16(4) if walk.u16(2) & 0xFFF == 1 else None)
    kind = walk.u16(size)
    walk.at += size + 2
    return ethertype(kind)


def _llc(walk: Walk) -> str:
    """802.2: SNAP (RFC 1042) with an EtherType, or IP's own service access point."""
    head = walk.data[walk.at : min(walk.at + 8, walk.stop)]
    if head[:3] == b"\xaa\xaa\x03" and len(head) == 8:
        walk.at += 8
        kind = head[6] << 8 | head[7]
        if head[3:6] in {b"\0\0\0", b"\0\0\xf8"}:
            return ethertype(kind) if kind >= 0x600 else "SNAP"
        if head[3:6] == b"\x00\x80\xc2" and kind in {1, 7}:  # bridged Ethernet (RFC 2684), after two bytes of padding
            walk.at += 2
            return "Ethernet"
        return "SNAP"
    if head[:3] == b"\x06\x06\x03":
        walk.at += 3
        return "IPv4"
    return "LLC"


def _ring(addresses: int) -> Callable[[Walk], str]:
    """Return the reader of a ring's header: ``addresses`` is where the two begin; the source's first bit announces a source route."""

    def read(walk: Walk) -> str:
        at = walk.at + addresses
        routed = walk.data[at + 6] & 0x80 and at + 13 <= walk.stop
        walk.at = at + 12 + (walk.data[at + 12] & 31 if routed else 0)
        return "LLC/SNAP"

    return read


def _ppp(walk: Walk) -> str:
    """RFC 1661 with or without HDLC's FF 03 (RFC 1662), protocol in one byte where it is odd; 0F 00 and 8F 00 are Cisco's HDLC."""
    data, at, stop = walk.data, walk.at, walk.stop
    if data[at] in {0x0F, 0x8F} and not data[at + 1]:
        return "HDLC"
    if data[at] == 0xFF and data[at + 1] == 3:
        at += 2
    if at >= stop or (not data[at] & 1 and at + 2 > stop):
        return "cut before the end of the PPP header"
    size = 1 if data[at] & 1 else 2
    kind = int.from_bytes(data[at : at + size], "big")
    walk.at = at + size
    return PPP.get(kind) or ("PPP control" if kind >= 0x4000 else f"PPP protocol 0x{kind:04x}")


def _pppd(walk: Walk) -> str:
    """pppd: a direction in place of, or before, the first byte of FF 03."""
    walk.at += 2 if walk.data[walk.at + 1] == 3 else 1
    return "PPP"


def _pppoe(walk: Walk) -> str:
    """RFC 2516: version and type 1, code 0 in a session, session, length."""
    if walk.u16(0) != 0x1100:
        return "PPPoE discovery" if walk.data[walk.at] == 0x11 else "broken PPPoE header"
    walk.enter("pppoe", walk.u16(2))
    length = walk.u16(4)
    walk.at += 6
    walk.narrow(length)
    return "PPP"


def _frame_relay(walk: Walk) -> str:
    """Q.922 address of 2 to 4 bytes, then RFC 2427 (03, a network layer id) or Cisco's EtherType."""
    data, at = walk.data, walk.at
    last = next((i for i in range(1, 4) if at + i < walk.stop and data[at + i] & 1), 0)
    at += last + 1
    if data[at - last - 1] & 1 or not last or at + 4 > walk.stop:
        return "broken Frame Relay header"
    if data[at] != 3:
        walk.at = at + 2
        return ethertype(data[at] << 8 | data[at + 1])
    at += 1 if data[at + 1] else 2
    kind = data[at]
    walk.at = at + 1
    if kind == 0x80 and at + 6 <= walk.stop and data[at + 1 : at + 4] == b"\0\0\0":
        walk.at = at + 6
        return ethertype(data[at + 4] << 8 | data[at + 5])
    return {0xCC: "IPv4", 0x8E: "IPv6", 0xCF: "PPP"}.get(kind) or f"Frame Relay NLPID 0x{kind:02x}"


def _mpls(walk: Walk) -> str:
    """RFC 3032 labels to the bottom of the stack; what is there says by itself what it is (RFC 4385: 0 is a pseudowire's control word)."""
    for _ in range(MAX_LABELS):
        if walk.at + 4 > walk.stop:
            return "cut before the end of the MPLS header"
        entry = walk.u32(0)
        walk.at += 4
        walk.enter("mpls", entry >> 12)
        if entry & 0x100:
            break
    else:
        return "too many layers"
    at = walk.at
    nibble = walk.data[at] >> 4 if at < walk.stop else 15
    ip = ip_at(walk, at)
    if ip:
        return ip
    for word in (4, 0) if nibble == 0 else (0,):
        if ethernet_at(walk, at + word):
            walk.at += word
            return "Ethernet"
    return "MPLS associated channel" if nibble == 1 else "MPLS payload"


def _pflog(walk: Walk) -> str:
    """OpenBSD's pf: the first byte is the header's length without its padding."""
    walk.at += (walk.data[walk.at] + 3) & ~3
    return "IP"


def _nflog(walk: Walk) -> str:
    """Linux' NFLOG: (length, type, value) each padded to 4 bytes, in the capturing machine's byte order; type 9 is the packet."""
    at, data = walk.at + 4, walk.data
    order: str = "little" if at < walk.stop and data[at + 1 : at + 2] == b"\0" else "big"
    while at + 4 <= walk.stop:
        length, kind = (int.from_bytes(data[i : i + 2], order) for i in (at, at + 2))  # type: ignore[arg-type]
        if length < 4:
            break
        if kind & 0x7FFF == 9:
            walk.at = at + 4
            walk.narrow(length - 4)
            return "IP"
        at += (length + 3) & ~3
    return "NFLOG without packet"


def _erf(walk: Walk) -> str:
    """Endace: 16 bytes (type at 8, length on the wire at 14), extension headers of 8 while the first bit says so, then Ethernet after 2."""
    data, at = walk.data, walk.at
    more, kind, wire = data[at + 8] & 0x80, data[at + 8] & 0x7F, walk.u16(14)
    at += 16
    while more and at + 8 <= walk.stop:
        more = data[at] & 0x80
        at += 8
    walk.at = at + 2
    if kind not in {2, 11, 16}:
        return f"ERF type {kind}"
    walk.wire = max(walk.stop, walk.at + wire)
    return "Ethernet"


READERS: Readers = {
    "NULL": (4, _skip(4, "IP")),
    "Ethernet": (14, _typed(14, 12)),
    "VLAN": (4, _vlan),
    "PBB": (4, _pbb),
    "CMD": (8, _cmd),
    "LLC/SNAP": (3, _llc),
    "Token Ring": (14, _ring(2)),
    "FDDI": (13, _ring(1)),
    "PPP": (2, _ppp),
    "pppd": (3, _pppd),
    "PPPoE": (6, _pppoe),
    "HDLC": (4, _typed(4, 2)),
    "Frame Relay": (6, _frame_relay),
    "MPLS": (4, _mpls),
    "SLL": (16, lambda walk: _sll(walk, 16, 14, 2)),
    "SLL2": (20, lambda walk: _sll(walk, 20, 0, 8)),
    "PFLOG": (4, _pflog),
    "NFLOG": (8, _nflog),
    "ERF": (18, _erf),
    "IP over 1394": (18, _typed(18, 16)),
    "Broadcom tag": (18, _typed(18, 16)),
    "Broadcom preface": (4, _skip(4, "Ethernet")),
    "DSA tag": (18, _typed(18, 16)),
    "EDSA tag": (22, _typed(22, 20)),
}
