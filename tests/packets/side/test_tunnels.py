"""Tunnels over IP: GRE with all its fields, ERSPAN, PPTP, WCCP, EtherIP, L2TPv3, NSH."""

from collections import Counter
from struct import pack

import numpy as np
import pytest
from packet_makers import block_of, ether, ipv4, ipv6, tcp

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Carriages
from analyzer.packets.side.sideroad import SideRoad

SEGMENT = tcp(b"payload")
IP = ipv4(SEGMENT, source="1.2.3.4")
ETHER = ether(IP)


def gre(flags, protocol, body):
    return ether(ipv4(pack("!HH", flags, protocol) + body, protocol=47))



def walked(frame):
    """Return (layers, source, payload of the innermost IP packet) or the reason why there is none."""
    skipped, carriages = Counter(), Carriages(DEFAULT)
    block, got = SideRoad(DEFAULT, skipped, carriages).walk(block_of([bytes(frame)]), np.array([0]))
    if not len(got.row):
        return next(iter(skipped))
    layers = [(layer.name, layer.id) for layer in carriages.layers[got.carriage[0]]]
    return layers, int(got.source_low[0]), block.data[got.start[0] : got.stop[0]].tobytes()


@pytest.mark.parametrize(("frame", "layers"), [
    (gre(0, 0x0800, IP), [("gre", None)]), (gre(0x8000, 0x0800, bytes(4) + IP), [("gre", None)]),
    (gre(0x2000, 0x0800, b"\0\0\0\x05" + IP), [("gre", 5)]), (gre(0x1000, 0x0800, bytes(4) + IP), [("gre", None)]),
    (gre(0xB000, 0x6558, bytes(4) + b"\0\0\0\x06" + bytes(4) + ETHER), [("gre", 6)]),
    (gre(0x4000, 0x0800, bytes(4) + b"\0\2\0\4abcd\0\0\0\0" + IP), [("gre", None)]),
    (gre(0, 0x8847, pack("!I", 9 << 12 | 0x1FF) + IP), [("gre", None), ("mpls", 9)]), (gre(0, 0x880B, b"\xff\3\0\x21" + IP),
    [("gre", None)]),
    (gre(0, 0x883E, IP), [("gre", None)]), (gre(0, 0x883E, bytes(4) + IP), [("gre", None)]),
    (gre(0, 0x88BE, ETHER), [("gre", None), ("erspan", None)]),
    (gre(0x1000, 0x88BE, bytes(4) + b"\x10\0\0\x64" + bytes(4) + ETHER), [("gre", None), ("erspan", 100)]),
    (gre(0x1000, 0x22EB, bytes(4) + b"\x20\0\0\x64" + bytes(8) + ETHER), [("gre", None), ("erspan", 100)]),
    (gre(0x1000, 0x22EB, bytes(4) + b"\x20\0\0\x64" + bytes(7) + b"\1" + bytes(8) + ETHER), [("gre", None), ("erspan", 100)]),
    (gre(0x1000, 0x22EB, bytes(4) + b"\x20\0\0\x64" + bytes(6) + b"\x08\0" + IP), [("gre", None), ("erspan", 100)]),
    (gre(0x3001, 0x880B, pack("!HHI", 2 + len(IP), 77, 1) + b"\0\x21" + IP + b"more"), [("gre", 77), ("ppp", None)]),
    (gre(0x3081, 0x880B, pack("!HHII", 4 + len(IP), 77, 1, 1) + b"\xff\3\0\x21" + IP), [("gre", 77), ("ppp", None)]),
    (gre(0, 0x894F, pack("!II", 0x0FC2_0101, 0x2A << 8 | 255) + IP), [("gre", None), ("nsh", 42)]),
    (ether(pack("!II", 0x0FC6_0103, 0x2A << 8 | 255) + bytes(16) + ETHER, 0x894F), [("nsh", 42)]),
    (ether(ipv4(b"\x30\0" + ETHER, protocol=97)), [("etherip", None)]),
    *[(ether(ipv4(b"\0\0\0\x07" + bytes(cookie) + ETHER, protocol=115)), [("l2tp", 7)]) for cookie in (0, 4, 8, 12)],
    (ether(ipv4(b"\0\0\0\x07" + b"\xff\3\0\x21" + IP, protocol=115)), [("l2tp", 7)]),
    (ether(ipv4(pack("!I", 9 << 12 | 0x1FF) + IP, protocol=137)), [("mpls", 9)]),
    (ether(ipv6(pack("!HH", 0, 0x0800) + IP, following=47), 0x86DD), [("gre", None)]),
])  # fmt: skip
def test_tunnels(frame, layers):
    assert walked(frame) == (layers, 0x01020304, SEGMENT)


@pytest.mark.parametrize(("frame", "reason"), [
    (gre(2, 0x0800, IP), "broken GRE header"), (gre(1, 0x0800, IP), "broken GRE header"),
    (gre(0x2001, 0x880B, bytes(4)), "GRE acknowledgment"),
    (gre(0xB000, 0x0800, b""), "broken GRE header"), (gre(0x4000, 0x0800, bytes(4) + b"\0\1\0\xff"), "broken GRE header"),
    (gre(0, 0x2001, bytes(20)), "NHRP"), (gre(0, 0x4242, b""), "GRE protocol 0x4242"), (gre(0, 0, b""), "GRE protocol 0x0000"),
    (ether(ipv4(b"\x20\0" + ETHER, protocol=97)), "broken EtherIP header"), (ether(ipv4(bytes(12), protocol=115)), "L2TPv3 control"),
    (ether(ipv4(b"\0\0\0\1" + bytes(60), protocol=115)), "L2TPv3 payload"), (ether(b"\x80" + bytes(20), 0x894F), "broken NSH header"),
    (ether(pack("!II", 0x0FC2_0107, 0), 0x894F), "NSH protocol 7"),
])  # fmt: skip
def test_what_cannot_be_read_has_a_name(frame, reason):
    assert walked(frame) == reason


def test_a_tunnels_ends_are_those_of_the_packet_around_it():
    carriages = Carriages(DEFAULT)
    frame = ether(ipv4(pack("!HH", 0, 0x6558) + ether(ipv4(ipv4(tcp()), protocol=4, source="9.9.9.9")), protocol=47))
    SideRoad(DEFAULT, Counter(), carriages).walk(block_of([frame]), np.array([0]))
    assert [(layer.source, layer.target) for layer in carriages.layers[1]] == [(b"\x0a\0\0\1", b"\x0a\0\0\2"), (b"\x09" * 4, b"\x0a\0\0\2")]


def test_what_scapy_builds():
    from scapy.contrib.erspan import ERSPAN_II
    from scapy.contrib.nsh import NSH
    from scapy.layers import inet
    from scapy.layers.l2 import GRE, Ether
    from scapy.layers.ppp import PPP

    packet = inet.IP(src="1.2.3.4", dst="10.0.0.2") / inet.TCP(dport=443) / b"payload"
    segment = bytes(inet.IP(bytes(packet))[inet.TCP])
    around = Ether() / inet.IP(src="10.0.0.1", dst="10.0.0.2")
    for frame, layers in (
        (around / GRE(chksum_present=1, key_present=1, seqnum_present=1, key=99) / packet, [("gre", 99)]),
        (around / GRE(proto=0x88BE, seqnum_present=1) / ERSPAN_II(session_id=12) / Ether() / packet, [("gre", None), ("erspan", 12)]),
        (around / GRE(proto=0x880B) / PPP() / packet, [("gre", None)]),
        (Ether(type=0x894F) / NSH(spi=7, nextproto=3, mdtype=1) / Ether() / packet, [("nsh", 7)]),
    ):
        assert walked(frame) == (layers, 0x01020304, segment), frame.summary()
