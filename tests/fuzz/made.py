"""Seeds that no sample has: packets on rare links and in tunnels, parts of certificates, messages of old and rare kinds, by hand.

Here lives: headers and DER byte by byte.  Here does not live: what comes from the samples (``seeds``).
"""

from __future__ import annotations

import zlib
from functools import partial
from struct import pack

import brotli
from scripts import SYN, tcp_packet, text

from analyzer.packets.side.sideroad import CARRYING, CARRYING_ETHERTYPES, TUNNEL_PORTS

# ---- packets: whatever stands before, an IPv4 packet with a SYN comes in the end

IP = tcp_packet(0, 1000, SYN, b"")
IP6 = pack(">IHBB", 6 << 28, 20, 6, 64) + bytes(15) + b"\1" + bytes(15) + b"\2" + IP[20:]
SNAP = b"\xaa\xaa\3\0\0\0\x08\0"
FRAME = bytes(12) + b"\x08\0"
AIR = b"\x08\1\0\0" + bytes(20)
HEADS = {
    "nothing": b"", "family": b"\2\0\0\0", "family big": b"\0\0\0\2", "PPP": b"\xff\3\0\x21", "short PPP": b"\x21",
    "PPP MPLS": b"\2\x81\0\0\1\x40",
    "SNAP": SNAP, "frame": FRAME, "SLL": bytes(14) + b"\x08\0", "SLL2": b"\x08\0" + bytes(18), "HDLC": b"\x0f\0\x08\0",
    "label": b"\0\0\x01\x40",
    "labels": b"\0\0\0\x40\0\0\1\x40", "labelled frame": b"\0\0\1\x40" + bytes(4) + FRAME, "VLAN": b"\0\7\x08\0", "802.11": AIR + SNAP,
    "QoS": b"\x88\1" + AIR[2:] + b"\0\0" + SNAP, "four addresses": b"\x08\3" + AIR[2:] + bytes(6) + SNAP,
    "frame relay": b"\x18\x41\3\0\x80\0\0\0\x08\0",
    "aggregate": b"\x88\1" + AIR[2:] + b"\x80\0" + bytes(12) + pack(">H", len(SNAP + IP)) + SNAP,
    "radiotap": b"\0\0\x08\0" + bytes(4) + AIR + SNAP,
    "PPI": b"\0\0\x08\0\x69\0\0\0" + AIR + SNAP, "Token Ring": bytes(14) + SNAP, "PPPoE": b"\x11\0\0\1" + pack(">H", 42) + b"\0\x21",
    "ERF": bytes(8) + b"\2\0" + pack(">HHH", 80, 0, 60) + b"\0\0" + FRAME, "GRE": b"\0\0\x08\0", "GRE key": b"\x20\0\x08\0" + bytes(4),
    "GRE all": b"\xb0\0\x65\x58" + bytes(12) + FRAME, "GRE PPP": b"\x30\x81\x88\x0b" + pack(">H", 42) + bytes(6) + b"\0\x21",
    "ERSPAN": b"\x10\0\x88\xbe" + bytes(4) + b"\x10\7" + bytes(6) + FRAME,
    "ERSPAN 3": b"\x10\0\x22\xeb" + bytes(4) + b"\x20\7" + bytes(10) + FRAME,
    "VXLAN": b"\x08" + bytes(7) + FRAME, "GPE": b"\x0c\0\0\1" + bytes(4), "GPE NSH": b"\x0c\0\0\4" + bytes(4) + b"\0\2\2\1" + bytes(4),
    "Geneve": bytes(2) + b"\x65\x58" + bytes(4) + FRAME, "Geneve option": b"\1\0\x08\0" + bytes(4) + bytes(4),
    "GTP": b"\x30\xff\0\x28" + bytes(4),
    "GTP extended": b"\x34\xff\0\x30" + bytes(4) + bytes(3) + b"\x85\1\0\0\0", "L2TP": b"\0\2\0\1\0\2\xff\3\0\x21",
    "L2TP long": b"\x4a\2" + pack(">H", 60) + bytes(12) + b"\0\x21", "L2TPv3": b"\0\0\0\1" + FRAME, "minimal": b"\6\0\0\0\1\2\3\4",
    "EtherIP": b"\x30\0" + FRAME, "authentication": b"\4\4" + bytes(22), "hop by hop": b"\6\0" + bytes(6),
    "fragment": b"\6\0\0\1" + bytes(4),
    "routing": b"\6\0\0\0\0\0\0\0", "NSH": b"\0\2\2\1" + bytes(4), "TZSP": b"\1\0\0\1\1" + FRAME,
    "CAPWAP": b"\0\x10\2\0" + bytes(4) + AIR + SNAP,
    "PBB": bytes(4) + bytes(12) + b"\x08\0", "DSA": bytes(12) + b"\x40\0\0\1\x08\0", "zeros": bytes(8), "many zeros": bytes(16),
}  # fmt: skip
"""What may stand between an outer header and an IP packet."""


def _udp(port, body):
    return pack(">HHHH", port, port, 8 + len(body), 0) + body


def _ip(protocol, body, *, more=False, place=0):
    return pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 9, more << 13 | place, 64, protocol, 0) + b"\x0a\0\0\1\x0a\0\0\2" + body


def _ip6(protocol, body):
    return pack(">IHBB", 6 << 28, len(body), protocol, 64) + bytes(15) + b"\1" + bytes(15) + b"\2" + body


def packets(links, told):
    """Seeds of the target ``packets``; ``links`` are the link types in the order in which it numbers them.

    Of all that may stand in all places the first one of a kind is taken: ``told`` says what was read of packets.
    """
    found = {}
    for seed in _everywhere(links):
        found.setdefault(told(seed), seed)
    return [*found.values()]


def _everywhere(links):
    bodies = [IP6, *(head + IP for head in HEADS.values())]
    places = [(bytes((number,)), bytes) for number in range(len(links))]
    ethernet, raw = (bytes((links.index(link),)) for link in (1, 101))
    places += [(ethernet, lambda body, kind=kind: bytes(12) + pack(">H", kind) + body) for kind in sorted(CARRYING_ETHERTYPES)]
    places += [(raw, partial(make, protocol)) for protocol in sorted(CARRYING) for make in (_ip, _ip6)]
    places += [(raw, lambda body, port=port: _ip(17, _udp(port, body))) for port in sorted(TUNNEL_PORTS)]
    for link, place in places:
        for body in bodies:
            yield link + text(place(body))
    for protocol, whole in ((6, IP[20:]), (17, _udp(4789, HEADS["VXLAN"] + IP)), (47, HEADS["GRE"] + IP)):
        parts = [_ip(protocol, whole[:16], more=True), _ip(protocol, whole[16:], place=2)]
        for order in (parts, parts[::-1], [parts[0], *parts]):
            yield raw + b"".join(map(text, order))


# ---- DER


def tlv(tag, *parts):
    body = b"".join(parts)
    size = bytes((len(body),)) if len(body) < 128 else b"\x82" + pack(">H", len(body))
    return bytes((tag,)) + size + body


def oid(dotted):
    first, second, *others = map(int, dotted.split("."))
    body = b""
    for number in (first * 40 + second, *others):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, number & 0x7F | 0x80)
        body += bytes(groups)
    return tlv(6, body)


NAME = tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.3"), tlv(0x0C, "é".encode()))), tlv(0x31, tlv(0x30, oid("2.5.4.6"), tlv(0x13, b"DE"))))
NAMES = b"".join((
    tlv(0x82, b"example.org"), tlv(0x81, b"a@example.org"), tlv(0x86, b"http://e/"), tlv(0x87, b"\x7f\0\0\1"), tlv(0x87, bytes(16)),
    tlv(0xA4, NAME), tlv(0x88, b"\x2a\3"), tlv(0xA0, oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xA0, tlv(0x0C, b"user"))), tlv(0xA3, NAME),
))  # fmt: skip
SUBTREES = tlv(0x30, tlv(0x82, b".org")) + tlv(0x30, tlv(0x87, bytes(8))) + tlv(0x30, tlv(0x87, bytes(32)))
QUALIFIER = tlv(0x30, oid("1.3.6.1.5.5.7.2.1"), tlv(0x16, b"http://p/")) + tlv(0x30, oid("1.3.6.1.5.5.7.2.2"), tlv(0x30, tlv(0x0C, b"no")))
VALUES = {
    "2.5.29.14": tlv(4, b"key"), "2.5.29.15": tlv(3, b"\5\xa0"), "2.5.29.17": tlv(0x30, NAMES), "2.5.29.18": tlv(0x30, NAMES),
    "2.5.29.19": tlv(0x30, b"\1\1\xff", b"\2\1\3"), "2.5.29.30": tlv(0x30, tlv(0xA0, SUBTREES), tlv(0xA1, SUBTREES)),
    "2.5.29.31": tlv(0x30, tlv(0x30, tlv(0xA0, tlv(0xA0, NAMES)), tlv(0x81, b"\7\x80"), tlv(0xA2, NAMES))),
    "2.5.29.32": tlv(0x30, tlv(0x30, oid("2.23.140.1")), tlv(0x30, oid("2.5.29.32.0"), tlv(0x30, QUALIFIER))),
    "2.5.29.33": tlv(0x30, tlv(0x30, oid("1.2.3"), oid("1.2.4"))), "2.5.29.35": tlv(0x30, tlv(0x80, b"key"), tlv(0xA1, NAMES),
    tlv(0x82, b"\1")),
    "2.5.29.36": tlv(0x30, b"\x80\1\0\x81\1\1"), "2.5.29.37": tlv(0x30, oid("1.3.6.1.5.5.7.3.1"), oid("2.5.29.37.0")),
    "2.5.29.54": b"\2\1\0",
    "1.3.6.1.5.5.7.1.1": tlv(0x30, tlv(0x30, oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://o/")),
    tlv(0x30, oid("1.3.6.1.5.5.7.48.2"), NAMES)),
    "1.3.6.1.5.5.7.1.24": tlv(0x30, b"\2\1\5\2\1\x11"),
    "1.3.6.1.4.1.11129.2.4.2": tlv(4, b"\0\x33\0\x31\0" + bytes(40) + b"\0\0\4\3\0\4abcd"),
    "1.3.6.1.4.1.11129.2.4.3": b"\5\0", "2.16.840.1.113730.1.1": tlv(3, b"\6\xc0"), "2.16.840.1.113730.1.13": tlv(0x16, b"comment"),
    "1.2.3.4": b"\4\0",
}  # fmt: skip
POINT = b"\0\4" + bytes(64)
FIELD = tlv(0x30, oid("1.2.840.10045.1.1"), tlv(2, b"\x7f" * 32))
CURVE = tlv(0x30, b"\2\1\1", FIELD, tlv(0x30, tlv(4, b"a"), tlv(4, b"b")), tlv(4, b"\2c"))
KEYS = (
    (oid("1.2.840.113549.1.1.1") + b"\5\0", b"\0" + tlv(0x30, tlv(2, b"\x7f" * 64), b"\2\3\1\0\1")),
    (oid("1.2.840.10045.2.1") + CURVE, POINT),
    (oid("1.2.840.10045.2.1") + oid("1.2.840.10045.3.1.7"), POINT), (oid("1.3.101.112"), bytes(33)), (oid("1.3.101.111"), bytes(57)),
    (oid("1.2.840.10040.4.1") + tlv(0x30, tlv(2, b"\x7f" * 64), b"\2\1\3\2\1\3"), b"\0" + b"\2\1\5"),
    (oid("1.2.643.7.1.1.1.1") + tlv(0x30, oid("1.2.643.2.2.36.0"), oid("1.2.643.7.1.1.2.2")), b"\0" + tlv(4, bytes(64))),
    (oid("1.2.840.113549.1.1.10") + tlv(0x30, tlv(0xA0, tlv(0x30, oid("2.16.840.1.101.3.4.2.1"))),
    tlv(0xA2, b"\2\1\x20")), b"\0" + bytes(9)),
)  # fmt: skip
PSS = tlv(0x30, oid("1.2.840.113549.1.1.10"), tlv(0x30, tlv(0xA0, tlv(0x30, oid("2.16.840.1.101.3.4.2.1"))), tlv(0xA2, b"\2\1\x20")))
DATES = (tlv(0x30, tlv(0x17, b"250101000000Z"), tlv(0x18, b"20500101000000Z")),
         tlv(0x30, tlv(0x17, b"2501010000+0100"), tlv(0x18, b"2050010100Z")))  # fmt: skip


def _certificate(algorithm, dates, key, extensions):
    spki = tlv(0x30, tlv(0x30, key[0]), tlv(3, key[1]))
    listed = b"".join(tlv(0x30, oid(name), b"\1\1\xff", tlv(4, value)) for name, value in extensions)
    return tlv(0x30, tlv(0x30, b"\xa0\3\2\1\2", b"\2\1\7", algorithm, NAME, dates, NAME, spki, tlv(0xA3, tlv(0x30, listed))), algorithm,
               tlv(3, bytes(9)))  # fmt: skip


def _ocsp():
    answer = tlv(0x30, tlv(0x30, tlv(0x30, oid("1.3.14.3.2.26")), tlv(4, b"n"), tlv(4, b"k"), b"\2\1\7"))
    states = (b"\x80\0", tlv(0xA1, tlv(0x18, b"20250101000000Z"), tlv(0xA0, b"\x0a\1\1")), b"\x82\0")
    moments = tlv(0x18, b"20250101000000Z") + tlv(0xA0, tlv(0x18, b"20250102000000Z"))
    listed = b"".join(tlv(0x30, answer[2:], state, moments) for state in states)
    for by in (tlv(0xA1, NAME), tlv(0xA2, tlv(4, b"k"))):
        body = tlv(0x30, tlv(0x30, by, tlv(0x18, b"20250101000000Z"), tlv(0x30, listed)), PSS, tlv(3, bytes(9)))
        yield tlv(0x30, b"\x0a\1\0", tlv(0xA0, tlv(0x30, oid("1.3.6.1.5.5.7.48.1.1"), tlv(4, body))))
    yield tlv(0x30, b"\x0a\1\6")


def x509():
    """Seeds of the target ``x509``."""
    found = [b"e" + oid(name) + tlv(4, value) for name, value in VALUES.items()]
    for number, key in enumerate(KEYS):
        some = [*VALUES.items()][number::4]
        found += [kind + _certificate(PSS, dates, key, some) for kind in (b"c", b"i") for dates in DATES]
    found += [b"o" + answer for answer in _ocsp()]
    indefinite = b"\x30\x80" + tlv(6, b"\x55\x1d\x11") + b"\x24\x80" + tlv(4, b"a") + b"\0\0\0\0"
    return [*found, b"c" + indefinite, b"e" + indefinite[2:]]


# ---- messages: type, version, key exchange, body (as the target ``messages`` takes them)


def messages():
    """Seeds of the target ``messages``."""
    entry = b"\0\0\3abc" + b"\0\x0a" + b"\0\5\0\6\1\0\0\2ok"
    listed = b"\0\0\0" + len(entry).to_bytes(1, "big") + entry
    found = [b"\x0b\4\0" + listed, b"\x0b\3\0\0\0\6\0\0\3abc", b"\x0b\0\0\0\0\0"]
    for algorithm, packed in ((1, zlib.compress(listed)), (2, brotli.compress(listed)), (3, bytes(9)), (9, b"x")):
        found.append(b"\x19\4\0" + pack(">H", algorithm) + len(listed).to_bytes(3, "big") + len(packed).to_bytes(3, "big") + packed)
    found += [b"\x16" + bytes((version,)) + b"\0\1\0\0\2ok" for version in (3, 4)] + [b"\x16\3\0\2\0\0\5\0\0\2ok"]
    found += [b"\x0d\3\0\2\1\x40\0\4\4\3\4\1\0\4\0\2\x30\0", b"\x0d\4\0\0\0\x08\0\x0d\0\4\0\2\4\3", b"\x0d\1\0\1\1\0\4\0\2\x30\0"]
    found += [b"\x04\4\0" + bytes(8) + b"\1\0\0\2ok\0\x08\0\x2a\0\4\0\0\1\0", b"\x04\3\0" + bytes(4) + b"\0\2ok"]
    found += [b"\x18\4\0\1", b"\x03\3\0\xfe\xff\2ok"]
    old = (b"", b"\0\2\0\3\0\4\0\0\x10" + bytes(40), b"\0\1" * 30)
    return [*found, *(bytes((code, 255, 0)) + body for code in range(10) for body in old)]
