"""What links carry: each header as scapy builds it, or by the bytes of its document."""

from collections import Counter
from struct import pack

import numpy as np
import pytest
from packet_makers import block_of, ether, ipv4, ipv6, tcp

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Carriages
from analyzer.packets.side.sideroad import SideRoad

SEGMENT = tcp(b"payload")
IP = ipv4(SEGMENT)
PLAIN = ([], 0x0A000001, SEGMENT)


def walked(frame, link=1):
    """Return (layers, source, payload of the innermost IP packet) or the reason why there is none."""
    skipped, carriages = Counter(), Carriages(DEFAULT)
    block, got = SideRoad(DEFAULT, skipped, carriages).walk(block_of([bytes(frame)], link=link), np.array([0]))
    if not len(got.row):
        return next(iter(skipped))
    layers = [(layer.name, layer.id) for layer in carriages.layers[got.carriage[0]]]
    return layers, int(got.source_low[0]), block.data[got.start[0] : got.stop[0]].tobytes()


@pytest.mark.parametrize(("frame", "link"), [
    (ether(IP), 1), (b"\2\0\0\0" + IP, 0), (b"\0\0\0\2" + IP, 108), (IP, 12), (IP, 14), (IP, 101), (IP, 228),
    (b"\xff\3\0\x21" + IP, 9), (b"\0\x21" + IP, 9), (b"\x21" + IP, 9), (b"\xff\3\x21" + IP, 9), (b"\xff\3\0\x21" + IP, 50),
    (b"\x0f\0\x08\0" + IP, 50), (b"\x0f\0\x08\0" + IP, 104), (b"\x8f\0\x08\0" + IP, 104),
    (b"\0\x03\0\x21" + IP, 166), (b"\1\xff\x03\0\x21" + IP, 166),
    (b"\x18\x41\3\xcc" + IP, 107), (b"\x18\x41\x08\0" + IP, 107), (b"\x18\x41\3\0\x80\0\0\0\x08\0" + IP, 107),
    (b"\x18\x40\x41\3\xcc" + IP, 107),
    (bytes(2) + b"\0\1" + bytes(10) + b"\x08\0" + IP, 113), (b"\x08\0" + bytes(6) + b"\0\1" + bytes(10) + IP, 276),
    (b"\x3d\2" + bytes(62) + IP, 117), (b"\2\0\0\0\5\0\x0a\0x\0\0\0" + pack("<HH", 4 + len(IP), 9) + IP, 239),
    (b"\2\0\0\0" + pack(">HH", 8, 1) + bytes(4) + pack(">HH", 4 + len(IP), 9) + IP, 239),
    (bytes(13) + b"\xaa\xaa\3\0\0\0\x08\0" + IP, 10), (bytes(14) + b"\xaa\xaa\3\0\0\0\x08\0" + IP, 6),
    (bytes(8) + b"\x80" + bytes(5) + b"\x06\0\0\0\0\0\xaa\xaa\3\0\0\0\x08\0" + IP, 6), (b"\xaa\xaa\3\0\0\0\x08\0" + IP, 100),
    (bytes(8) + b"\2\0" + pack("!HHH", 0, 0, 14 + len(IP)) + bytes(2) + ether(IP), 197),
    (bytes(8) + b"\x82\0" + pack("!HHH", 0, 0, 14 + len(IP)) + bytes(8) + bytes(2) + ether(IP), 197),
    (bytes(16) + b"\x08\0" + IP, 138), (bytes(16) + b"\x08\0" + IP, 284), (bytes(4) + ether(IP), 282),
    (ether(b"\xaa\xaa\3\0\0\0\x08\0" + IP, 8 + len(IP)), 1), (ether(b"\6\6\3" + IP, 3 + len(IP)), 1),
    (ether(b"\xaa\xaa\3\0\0\xf8\x08\0" + IP + bytes(9), 8 + len(IP)), 1), (ether(IP, 0x0800, tags=()) + bytes(6), 1),
])  # fmt: skip
def test_links(frame, link):
    assert walked(frame, link) == PLAIN


@pytest.mark.parametrize(("frame", "link", "layers"), [
    (ether(IP, tags=(0x8100, 0x88A8, 0x9100)), 1, [("vlan", 7)] * 3), (bytes(12) + b"\x81\0\x60\0\x08\0" + IP, 1, []),
    (bytes(12) + b"\x81\0\0\5" + pack("!H", 8 + len(IP)) + b"\xaa\xaa\3\0\0\0\x08\0" + IP, 1, [("vlan", 5)]),
    (ether(b"\x20\x01\x02\x03" + ether(IP), 0x88E7), 1, [("pbb", 0x010203)]),
    (ether(b"\1\1\0\1\0\x2a\x08\0" + IP, 0x8909), 1, [("cmd", 42)]),
    (b"\x11\0\0\x07" + pack("!H", 2 + len(IP)) + b"\0\x21" + IP, 51, [("pppoe", 7)]),
    (ether(bytes(4) + b"", 0x8847)[:14] + pack("!II", 100 << 12 | 255, 200 << 12 | 0x1FF) + IP, 1, [("mpls", 100), ("mpls", 200)]),
    (ether(pack("!I", 16 << 12 | 0x1FF) + ipv6(SEGMENT), 0x8848), 1, [("mpls", 16)]),
    (ether(pack("!I", 16 << 12 | 0x1FF) + bytes(4) + ether(IP), 0x8847), 1, [("mpls", 16)]),
    (ether(pack("!I", 16 << 12 | 0x1FF) + ether(IP), 0x8847), 1, [("mpls", 16)]),
    (ether(pack("!I", 16 << 12 | 0x1FF) + b"\x45" + b"\xff" * 11 + b"\x08\0" + IP, 0x8847), 1, [("mpls", 16)]),
])  # fmt: skip
def test_tags_and_labels(frame, link, layers):
    got = walked(frame, link)
    assert (got[0], got[2]) == (layers, SEGMENT)


@pytest.mark.parametrize(("frame", "link", "reason"), [
    (ether(b"\x42\x42\3" + bytes(30), 33), 1, "LLC"), (ether(b"\xaa\xaa\3\0\0\x0c\x20\0" + bytes(30), 38), 1, "SNAP"),
    (ether(b"\x11\x09\0\0\0\0", 0x8863), 1, "PPPoE discovery"), (ether(b"\x11\x09\0\0\0\0", 0x8864), 1, "PPPoE discovery"),
    (ether(b"\x21\0\0\1\0\0", 0x8864), 1, "broken PPPoE header"), (b"\xff\3\xc0\x21ab", 9, "PPP control"),
    (b"\xff\3\0\xfdab", 9, "PPP compressed"), (b"\xff\3", 9, "cut before the end of the PPP header"),
    (b"\x01\x11zz", 9, "PPP protocol 0x0001"),
    (bytes(2) + b"\3\x38" + bytes(12), 113, "Netlink"), (bytes(14) + b"\0\x0c" + bytes(4), 113, "Linux protocol 12"),
    (b"\x18\x41\3\x81" + bytes(9), 107, "Frame Relay NLPID 0x81"), (bytes(9), 107, "broken Frame Relay header"),
    (b"\2\0\0\0\0\0\0\0\0", 239, "NFLOG without packet"), (bytes(8) + b"\5" + bytes(30), 197, "ERF type 5"),
    (ether(pack("!I", 13 << 12 | 0x1FF) + b"\x10\0\0\7" + bytes(30), 0x8847), 1, "MPLS associated channel"),
    (ether(pack("!I", 16 << 12 | 0x1FF) + b"\x90" + bytes(30), 0x8847), 1, "MPLS payload"),
    (ether(b"\1\x09\0\0\0\0\0\0", 0x8909), 1, "broken CMD header"), (bytes(30), 220, "USB"),
])  # fmt: skip
def test_what_is_not_ip_has_a_name(frame, link, reason):
    assert walked(frame, link) == reason


def test_what_scapy_builds():
    from scapy.contrib.mpls import MPLS
    from scapy.layers import inet
    from scapy.layers.l2 import LLC, SNAP, CookedLinux, Dot1AD, Dot1Q, Dot3, Ether, Loopback
    from scapy.layers.ppp import HDLC, PPP, PPPoE

    packet = inet.IP(src="10.0.0.1", dst="10.0.0.2") / inet.TCP(dport=443) / b"payload"
    segment = bytes(inet.IP(bytes(packet))[inet.TCP])
    for frame, link, layers in (
        (Ether() / Dot1AD(vlan=11) / Dot1Q(vlan=12) / packet, 1, [("vlan", 11), ("vlan", 12)]),
        (Dot3() / LLC() / SNAP() / packet, 1, []),
        (CookedLinux() / packet, 113, []),
        (Loopback() / packet, 0, []),
        (HDLC() / PPP() / packet, 9, []),
        (Ether() / PPPoE(sessionid=9) / PPP() / packet, 1, [("pppoe", 9)]),
        (Ether() / MPLS(label=3000, s=0) / MPLS(label=17, s=1) / packet, 1, [("mpls", 3000), ("mpls", 17)]),
    ):
        assert walked(frame, link) == (layers, 0x0A000001, segment), frame.summary()
