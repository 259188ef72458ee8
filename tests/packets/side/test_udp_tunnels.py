"""Tunnels in UDP: what is one is walked, what is not is plain UDP."""

from collections import Counter
from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, ether, ipv4, ipv6, tcp

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Carriages
from analyzer.packets.side.sideroad import TUNNEL_PORTS, SideRoad

SEGMENT = tcp(b"payload")
IP = ipv4(SEGMENT, source="1.2.3.4")
ETHER = ether(IP)
SIX = ipv6(SEGMENT, source="2001:0:102:304::1.2.3.4")


def udp(port, data, *, source=5000):
    return ether(ipv4(pack("!4H", source, port, 8 + len(data), 0) + data, protocol=17))


def dot11(control):
    return control + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0" + IP


def gtp(body, *, flags=0x30, kind=255, length=None):
    return pack("!BBHI", flags, kind, len(body) if length is None else length, 7) + body



def walked(frame):
    """Return (layers, source, payload of the innermost IP packet) or the reason why there is none."""
    skipped, carriages = Counter(), Carriages(DEFAULT)
    block, got = SideRoad(DEFAULT, skipped, carriages).walk(block_of([bytes(frame)]), np.array([0]))
    if not len(got.row):
        return next(iter(skipped))
    layers = [(layer.name, layer.id) for layer in carriages.layers[got.carriage[0]]]
    return layers, int(got.source_low[0]), block.data[got.start[0] : got.stop[0]].tobytes()


TUNNELS = [
    (4789, pack("!II", 0x0800_0000, 42 << 8) + ETHER, [("vxlan", 42)]), (8472, pack("!II", 0x0800_0000, 42 << 8) + ETHER, [("vxlan", 42)]),
    (4789, pack("!II", 0x8800_1234, 42 << 8) + ETHER, [("vxlan", 42)]), (4790, pack("!II", 0x0C00_0001, 42 << 8) + IP, [("vxlan-gpe", 42)]),
    (4790, pack("!II", 0x0C00_0003, 42 << 8) + ETHER, [("vxlan-gpe", 42)]),
    (4790, pack("!IIII", 0x0C00_0004, 42 << 8, 0x0FC2_0103, 5 << 8) + ETHER, [("vxlan-gpe", 42), ("nsh", 5)]),
    (6081, pack("!II", 0x6558, 42 << 8) + ETHER, [("geneve", 42)]), (6081, pack("!II", 0x0240_0800, 42 << 8) + bytes(8) + IP,
    [("geneve", 42)]),
    (2152, gtp(IP), [("gtp-u", 7)]), (2152, gtp(bytes(4) + IP, flags=0x32), [("gtp-u", 7)]),
    (2152, gtp(b"\0\0\0\x85\1\0\1\0" + IP, flags=0x34), [("gtp-u", 7)]),
    (2152, gtp(b"\0\0\0\x85\1\0\1\xc0\2" + bytes(6) + b"\0" + IP, flags=0x36), [("gtp-u", 7)]),
    (1701, pack("!HHH", 2, 5, 6) + b"\xff\3\0\x21" + IP, [("l2tp", 6)]), (1701, pack("!HHH", 2, 5, 6) + b"\0\x21" + IP, [("l2tp", 6)]),
    (1701, pack("!HHHHHHH", 0x4A02, 18 + len(IP), 5, 6, 1, 1, 2) + bytes(2) + b"\0\x21" + IP, [("l2tp", 6)]),
    (1701, pack("!HHI", 3, 0, 8) + ETHER, [("l2tp", 8)]), (4754, pack("!HH", 0, 0x0800) + IP, [("gre", None)]),
    (6635, pack("!I", 9 << 12 | 0x1FF) + IP, [("mpls", 9)]), (37008, b"\1\0\0\1\0\x0a\1x\1" + ETHER, [("tzsp", None)]),
    (37008, b"\1\0\0\x12\1" + dot11(b"\x08\1"), [("tzsp", None), ("802.11", None)]),
    (5247, pack("!II", 2 << 19 | 1 << 9, 0) + ETHER, [("capwap", None)]),
    (5247, pack("!II", 2 << 19 | 1 << 9 | 0x100, 0) + dot11(b"\x08\1"), [("capwap", None), ("802.11", None)]),
    (5247, pack("!II", 2 << 19 | 1 << 9 | 0x100, 0) + dot11(b"\1\x08"), [("capwap", None), ("802.11", None)]),
    (3544, SIX, [("teredo", None)]), (3544, bytes(8) + SIX, [("teredo", None)]), (3544, b"\0\1\0\0" + bytes(9) + SIX, [("teredo", None)]),
    (3544, b"\0\1\2\3" + bytes(14) + bytes(8) + SIX, [("teredo", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("port", "data", "layers"), TUNNELS)
def test_tunnels(port, data, layers):
    source = 0x01020304
    assert walked(udp(port, data)) == (layers, source, SEGMENT)
    assert walked(udp(5000, data, source=port)) == (layers, source, SEGMENT)
    assert walked(udp(443, data))[0] == []


@pytest.mark.parametrize(("port", "data"), [
    (4789, pack("!II", 0x0000_0000, 42 << 8) + ETHER), (4789, pack("!II", 0x0800_0000, 42 << 8 | 1) + ETHER),
    (4789, pack("!II", 0x0800_0000, 42 << 8) + ether(IP, 0x4321)), (4789, pack("!II", 0x0800_0000, 42 << 8)), (4789, b""),
    (6081, pack("!II", 0x4000_6558, 42 << 8) + ETHER), (6081, pack("!II", 0x3F00_6558, 42 << 8) + ETHER),
    (6081, pack("!II", 0x0000_1234, 42 << 8) + ETHER), (2152, gtp(IP, kind=1)), (2152, gtp(IP, flags=0x50)),
    (2152, gtp(b"\0\0\0\x85\0\0\1\0" + IP, flags=0x34)), (2152, gtp(IP, length=999)), (2152, gtp(b"text")), (2152, gtp(b"", flags=0x37)),
    (1701, pack("!HHH", 0xC802, 20, 5) + bytes(14)), (1701, pack("!HHH", 2, 5, 6) + b"abcdefgh"),
    (1701, pack("!HHHH", 0x4002, 999, 5, 6) + IP),
    (1701, pack("!HHI", 3, 0, 0) + ETHER), (3544, ipv6(SEGMENT)), (3544, SIX[:-1]), (3544, b"\0\1\xff\xff"),
    (4754, pack("!HH", 1, 0x880B) + IP),
    (6635, pack("!I", 9 << 12 | 0x1FF) + b"text" * 9), (6635, bytes(80)), (37008, b"\1\0\0\1" + bytes(40)),
    (37008, b"\1\0\0\x99\1" + ETHER),
    (37008, b"\1\0\0\1\0\x0a"), (5247, pack("!II", 0x0110_0000, 0) + ETHER), (5247, pack("!II", 2 << 19 | 0x80, 0) + ETHER),
    (4789, b"\xc0\0\0\0\1\x08" + bytes(1200)), (6081, b"\x16\xfe\xfd" + bytes(60)), (2152, b"\x16\xfe\xfd" + bytes(60)),
    (1701, b"\x16\xfe\xfd" + bytes(60)), (1701, b"\x40\x12" + bytes(60)),
])  # fmt: skip
def test_what_fails_a_check_is_plain_udp(port, data):
    got = walked(udp(port, data))
    assert (got[0], got[2]) == ([], pack("!4H", 5000, port, 8 + len(data), 0) + data)


@given(st.sampled_from(sorted(TUNNEL_PORTS)), st.binary(max_size=80))
def test_noise_on_a_tunnels_port_is_udp(port, data):
    got = walked(udp(port, data))
    if isinstance(got, tuple) and not got[0]:
        assert got[2] == pack("!4H", 5000, port, 8 + len(data), 0) + data


def test_a_udp_length_of_0_is_a_jumbograms():
    data = pack("!II", 0x0800_0000, 42 << 8) + ETHER
    assert walked(ether(ipv4(pack("!4H", 1, 4789, 0, 0) + data, protocol=17)))[0] == [("vxlan", 42)]


def test_what_scapy_builds():
    from scapy.contrib.geneve import GENEVE
    from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
    from scapy.layers import inet
    from scapy.layers.l2 import Ether
    from scapy.layers.l2tp import L2TP
    from scapy.layers.ppp import PPP
    from scapy.layers.vxlan import VXLAN

    packet = inet.IP(src="1.2.3.4", dst="10.0.0.2") / inet.TCP(dport=443) / b"payload"
    segment = bytes(inet.IP(bytes(packet))[inet.TCP])
    around = Ether() / inet.IP(src="10.0.0.1", dst="10.0.0.2")
    for frame, layers in (
        (around / inet.UDP(dport=4789) / VXLAN(vni=5) / Ether() / packet, [("vxlan", 5)]),
        (around / inet.UDP(dport=6081) / GENEVE(vni=5) / Ether() / packet, [("geneve", 5)]),
        (around / inet.UDP(dport=2152) / GTP_U_Header(teid=5) / packet, [("gtp-u", 5)]),
        (around / inet.UDP(dport=2152) / GTP_U_Header(teid=5) / GTPPDUSessionContainer(QFI=9) / packet, [("gtp-u", 5)]),
        (around / inet.UDP(dport=1701) / L2TP(session_id=5, tunnel_id=1) / PPP() / packet, [("l2tp", 5)]),
        (around / inet.UDP(dport=4789) / VXLAN(vni=5, flags=8) / around / inet.UDP(dport=2152) / GTP_U_Header(teid=6) / packet,
        [("vxlan", 5), ("gtp-u", 6)]),
    ):
        assert walked(frame) == (layers, 0x01020304, segment), frame.summary()
