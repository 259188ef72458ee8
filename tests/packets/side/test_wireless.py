"""802.11 data frames and their prefaces, as scapy builds them and by hand."""

from collections import Counter
from struct import pack

import numpy as np
import pytest
from packet_makers import block_of, ipv4, tcp

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Carriages
from analyzer.packets.side.sideroad import SideRoad

SEGMENT = tcp(b"payload")
SNAP = b"\xaa\xaa\3\0\0\0\x08\0" + ipv4(SEGMENT)
WHOLE = ([("802.11", None)], 0x0A000001, SEGMENT)


def dot11(body=SNAP, *, control=0x08, flags=1, extra=b"", fragment=0):
    return bytes([control, flags]) + bytes(20) + pack("<H", fragment) + extra + body



def walked(frame, link=1):
    """Return (layers, source, payload of the innermost IP packet) or the reason why there is none."""
    skipped, carriages = Counter(), Carriages(DEFAULT)
    block, got = SideRoad(DEFAULT, skipped, carriages).walk(block_of([bytes(frame)], link=link), np.array([0]))
    if not len(got.row):
        return next(iter(skipped))
    layers = [(layer.name, layer.id) for layer in carriages.layers[got.carriage[0]]]
    return layers, int(got.source_low[0]), block.data[got.start[0] : got.stop[0]].tobytes()


@pytest.mark.parametrize(("frame", "link"), [
    (dot11(), 105), (dot11(flags=2), 105), (dot11(flags=3, extra=bytes(6)), 105), (dot11(control=0x88, extra=bytes(2)), 105),
    (dot11(control=0x88, flags=0x81, extra=bytes(6)), 105), (dot11(control=0x88, flags=3, extra=bytes(8)), 105),
    (b"\0\0\x08\0\0\0\0\0" + dot11(), 127), (b"\0\0\x09\0\2\0\0\0\x10" + dot11() + b"FCS!", 127),
    (b"\0\0\x11\0\3\0\0\0" + bytes(8) + b"\x10" + dot11() + b"FCS!", 127),
    (b"\0\0\x19\0\3\0\0\x80\0\0\0\0" + bytes(4) + bytes(8) + b"\x20" + dot11(control=0x88, extra=bytes(4)), 127),
    (pack("<II", 0x44, 144) + bytes(136) + dot11(), 119), (pack(">II", 0x80211001, 64) + bytes(56) + dot11(), 119),
    (pack(">II", 0x80211001, 64) + bytes(56) + dot11(), 163),
    (pack("<BBHI", 0, 0, 32, 105) + pack("<HH", 2, 20) + bytes(8) + b"\1\0" + bytes(10) + dot11() + b"FCS!", 192),
    (pack("<BBHI", 0, 0, 8, 105) + dot11(), 192),
])  # fmt: skip
def test_data_frames(frame, link):
    assert walked(frame, link) == WHOLE


@pytest.mark.parametrize(("frame", "reason"), [
    (dot11(control=0x80), "802.11 management"), (dot11(control=0xD4), "802.11 control"), (dot11(control=0x48), "802.11 null data"),
    (dot11(flags=0x41), "802.11 encrypted"), (dot11(flags=5), "802.11 fragment"), (dot11(fragment=1), "802.11 fragment"),
    (dot11(control=0x0C), "802.11 extension"), (dot11(control=1), "broken 802.11 header"),
    (b"\x08\1" + bytes(20), "cut before the end of the 802.11 header"),
])  # fmt: skip
def test_other_frames_have_a_name(frame, reason):
    assert walked(frame, 105) == reason


def test_every_packet_of_an_aggregate_is_found():
    frames = [bytes(12) + pack("!H", len(SNAP)) + SNAP] * 3
    frames = [frame + bytes(-len(frame) % 4) for frame in frames[:-1]] + frames[-1:]
    skipped, carriages = Counter(), Carriages(DEFAULT)
    block = block_of([dot11(b"".join(frames), control=0x88, extra=b"\x80\0"), dot11()], link=105)
    block, got = SideRoad(DEFAULT, skipped, carriages).walk(block, np.arange(2))
    assert got.row.tolist() == [0, 0, 0, 1]
    assert [block.data[start:stop].tobytes() for start, stop in zip(got.start, got.stop, strict=True)] == [SEGMENT] * 4
    assert not skipped


def test_what_scapy_builds():
    from scapy.layers.dot11 import Dot11, Dot11QoS, RadioTap
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import LLC, SNAP

    packet = IP(src="10.0.0.1", dst="10.0.0.2") / TCP(dport=443) / b"payload"
    segment = bytes(IP(bytes(packet))[TCP])
    frame = Dot11(type=2, subtype=8, FCfield=1) / Dot11QoS() / LLC() / SNAP() / packet
    for preface, link in ((b"", 105), (bytes(RadioTap(present="TSFT+Flags+Rate+Channel", Flags=0)), 127)):
        assert walked(preface + bytes(frame), link) == ([("802.11", None)], 0x0A000001, segment)
