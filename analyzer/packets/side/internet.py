"""IPv4 and IPv6 one packet at a time, for the side road: what ``network`` does by columns, and what it leaves.

Here lives: RFC 791 with options, RFC 8200 with extension headers, AH, fragments' headers, IP in IP (RFC 2003, 2473, 4213), minimal
encapsulation (RFC 2004).  Here does not live: fragments put together (``fragments``), other tunnels (``tunnels``).
"""

from __future__ import annotations

from analyzer.packets.network import AUTHENTICATION, FRAGMENT, MAX_EXTENSION_HEADERS, WALKED
from analyzer.packets.side.layers import Fragment, Readers, Walk, protocol_name

__all__ = ["READERS"]

BROKEN = "broken IP header"
CUT = "cut before the end of the IP header"


def _by_version(walk: Walk) -> str:
    """Raw IP: the first nibble says which."""
    return {4: "IPv4", 6: "IPv6"}.get(walk.data[walk.at] >> 4, "not IP")


def _ipv4(walk: Walk) -> str:
    data, at = walk.data, walk.at
    first = data[at]
    header = (first & 15) * 4
    room = walk.wire - at
    # segmentation offload leaves 0: the frame says how long it is, and a packet that says it is longer than its frame lies
    length = min(data[at + 2] << 8 | data[at + 3] or room, room)
    if first >> 4 != 4 or header < 20 or length < header:
        return BROKEN
    walk.narrow(length)
    walk.source, walk.target = data[at + 12 : at + 16], data[at + 16 : at + 20]
    walk.at = at + header
    walk.protocol, walk.ttl = data[at + 9], data[at + 8]
    fragment = data[at + 6] << 8 | data[at + 7]
    if fragment & 0x3FFF:
        walk.fragment = Fragment(4, data[at + 4] << 8 | data[at + 5], (fragment & 0x1FFF) * 8, bool(fragment & 0x2000))
        return "IP fragment"
    return _payload(walk) if walk.protocol == AUTHENTICATION else protocol_name(walk.protocol)


def _ipv6(walk: Walk) -> str:
    data, at = walk.data, walk.at
    if data[at] >> 4 != 6:
        return BROKEN
    length = data[at + 4] << 8 | data[at + 5]
    if length:  # 0: a jumbogram or offload
        walk.narrow(40 + length)
    walk.source, walk.target = data[at + 8 : at + 24], data[at + 24 : at + 40]
    walk.at = at + 40
    walk.protocol, walk.ttl = data[at + 6], data[at + 7]
    return _payload(walk)


def _payload(walk: Walk) -> str:
    """Step over the extension headers at ``at``, of which ``protocol`` is the first, to what the packet carries."""
    data, at, kind = walk.data, walk.at, walk.protocol
    for _ in range(MAX_EXTENSION_HEADERS):
        if kind not in WALKED:
            walk.at = at
            return protocol_name(kind)
        if at + 8 > walk.stop:
            return CUT if at + 8 <= walk.wire else BROKEN
        if kind == FRAGMENT:
            offset = data[at + 2] << 8 | data[at + 3]
            if offset & 0xFFF9:  # otherwise "atomic" (RFC 6946): offset 0 and no more to come is a whole packet
                walk.at, walk.protocol = at + 8, data[at]
                walk.fragment = Fragment(6, int.from_bytes(data[at + 4 : at + 8], "big"), offset & 0xFFF8, bool(offset & 1))
                return "IP fragment"
            step = 8
        else:
            step = (data[at + 1] + 2) * 4 if kind == AUTHENTICATION else (data[at + 1] + 1) * 8
        kind = data[at]
        at += step
    return "too many layers"


def _ip_in_ip(walk: Walk) -> str:
    walk.tunnel("ipip" if len(walk.source) == 4 else "4in6")
    return "IPv4"


def _ipv6_in_ip(walk: Walk) -> str:
    walk.tunnel("6in4" if len(walk.source) == 4 else "6in6")
    return "IPv6"


def _minimal(walk: Walk) -> str:
    """RFC 2004: the protocol, a bit that says whether the source was replaced, the addresses that were."""
    at, data = walk.at, walk.data
    replaced = data[at + 1] & 0x80
    if walk.stop - at < (12 if replaced else 8):
        return "cut before the end of the minimal encapsulation header"
    walk.tunnel("minimal")
    walk.target = data[at + 4 : at + 8]
    if replaced:
        walk.source = data[at + 8 : at + 12]
    walk.at = at + (12 if replaced else 8)
    return protocol_name(data[at])


READERS: Readers = {
    "IP": (1, _by_version),
    "IPv4": (20, _ipv4),
    "IPv6": (40, _ipv6),
    "IP payload": (0, _payload),
    "IPv4 in IP": (0, _ip_in_ip),
    "IPv6 in IP": (0, _ipv6_in_ip),
    "minimal encapsulation": (8, _minimal),
}
