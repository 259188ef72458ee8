"""IPv4 and IPv6 one at a time: the same as by columns, and what the columns leave: AH, fragments' headers, IP in IP."""

from collections import Counter
from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_makers import block_of, ipv4, ipv6, tcp

from analyzer.limits import DEFAULT
from analyzer.packets import network
from analyzer.packets.carriage import Carriages
from analyzer.packets.side.internet import READERS
from analyzer.packets.side.layers import Walk
from analyzer.packets.side.sideroad import SideRoad

SEGMENT = tcp(b"payload")
V4 = ipv4(SEGMENT, source="1.2.3.4")
V6 = ipv6(SEGMENT, source="::1.2.3.4")


def walked(packet, **more):
    """Return (layers, low half of the source, payload of the innermost IP packet) or the reason why there is none."""
    skipped, carriages = Counter(), Carriages(DEFAULT)
    block, got = SideRoad(DEFAULT, skipped, carriages).walk(block_of([packet], link=101, **more), np.array([0]))
    if not len(got.row):
        return next(iter(skipped))
    layers = [layer.name for layer in carriages.layers[got.carriage[0]]]
    return layers, int(got.source_low[0]), block.data[got.start[0] : got.stop[0]].tobytes()


@pytest.mark.parametrize(("packet", "layers"), [
    (V4, []), (ipv4(V4, protocol=4), ["ipip"]), (ipv4(V6, protocol=41), ["6in4"]), (ipv6(V4, following=4), ["4in6"]),
    (ipv6(V6, following=41), ["6in6"]), (ipv4(ipv6(V4, following=4), protocol=41), ["6in4", "4in6"]),
    (ipv4(b"\4\4" + bytes(22) + V4, protocol=51), ["ipip"]), (ipv6(b"\4\4" + bytes(22) + V4, following=51), ["4in6"]),
    (ipv6(b"\x3c\0" + bytes(6) + b"\4\1" + bytes(14) + V4, following=0), ["4in6"]),
    (ipv6(b"\4\0\0\0\0\0\0\7" + V4, following=44), ["4in6"]), (ipv4(b"\6\0\0\0\x0a\0\0\x09" + SEGMENT, protocol=55, source="1.2.3.4"),
    ["minimal"]),
    (ipv4(b"\6\x80\0\0\x0a\0\0\x09\1\2\3\4" + SEGMENT, protocol=55), ["minimal"]),
])  # fmt: skip
def test_what_ip_carries(packet, layers):
    assert walked(packet) == (layers, 0x01020304, SEGMENT)


@pytest.mark.parametrize(("packet", "more", "reason"), [
    (ipv4(ipv4(SEGMENT, vihl=0x44), protocol=4), {}, "broken IP header"), (ipv4(V6, protocol=4), {}, "broken IP header"),
    (ipv4(V4, protocol=41), {}, "broken IP header"), (ipv4(V4[:12], protocol=4), {}, "broken IPv4 header"),
    (ipv6(b"\0\0" + bytes(6), following=0) * 1 + b"", {}, "broken IP header"), (ipv6(b"", following=59), {}, "no next header"),
    (ipv6(b"\x3c\0" + bytes(6), following=0, length=80), {"wire": [120]}, "cut before the end of the IP header"),
    (ipv6((b"\x3c\0" + bytes(6)) * 20, following=60), {}, "too many layers"),
    (ipv6(b"\6\xff" + bytes(6), following=60), {}, "cut before the end of the packet's headers"),
    (ipv4(b"\6\x80" + bytes(8), protocol=55), {}, "cut before the end of the minimal encapsulation header"),
    (ipv6(pack("!BBHI", 6, 0, 8, 1) + SEGMENT, following=44), {}, "IP fragment"), (ipv4(SEGMENT, fragment=1), {}, "IP fragment"),
])  # fmt: skip
def test_what_cannot_be_read_has_a_name(packet, more, reason):
    assert walked(packet, **more) == reason


@given(st.sampled_from([V4, V6, ipv4(SEGMENT, options=b"\1" * 9), ipv6(b"\6\1" + bytes(14) + SEGMENT, following=60)]),
       st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=3), st.integers(40, 80), st.integers(0, 200))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_the_columns_read_the_same(packet, flips, keep, wire):
    """Flipped and cut packets: what ``network`` ends in TCP or UDP with, so does the walk, byte for byte."""
    changed = bytearray(packet)
    for at, value in flips:
        changed[at % len(changed)] = value
    block = block_of([bytes(changed[:keep])], wire=[wire])
    end = block.offset + block.caplen
    reader = network.ipv4 if packet[0] >> 4 == 4 else network.ipv6
    fast = reader(block.data, np.arange(1), block.offset.copy(), end, np.maximum(end, block.offset + block.wirelen))
    walk = Walk()
    walk.begin(block.data.tobytes(), 0, wire)
    name = "IPv4" if packet[0] >> 4 == 4 else "IPv6"
    kind = READERS[name][1](walk) if len(block.data) >= READERS[name][0] else ""
    if not len(fast.row):
        assert kind == ""
    elif fast.protocol[0] == network.BROKEN:
        assert kind == "broken IP header"
    elif int(fast.protocol[0]) in {6, 17}:
        assert kind == {6: "TCP", 17: "UDP"}[int(fast.protocol[0])]
        assert (walk.at, walk.wire) == (fast.start[0], fast.wire_stop[0])
        assert max(walk.stop, walk.at) == max(fast.stop[0], walk.at)
        assert int.from_bytes(walk.source, "big") & (1 << 64) - 1 == fast.source_low[0]
        assert int.from_bytes(walk.target, "big") & (1 << 64) - 1 == fast.target_low[0]


def test_what_scapy_fragments():
    from scapy.layers.inet import IP, TCP, fragment
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6

    body = TCP(dport=443) / bytes(range(256)) / bytes(1000)
    for parts, whole in (
        (fragment(IP(src="1.2.3.4", dst="10.0.0.2") / body, fragsize=200), IP(src="1.2.3.4", dst="10.0.0.2") / body),
        (fragment6(IPv6(src="::1.2.3.4", dst="::1") / IPv6ExtHdrFragment(id=5) / body, 300), IPv6(src="::1.2.3.4", dst="::1") / body),
    ):
        frames = [bytes(part) for part in parts][::-1]
        side = SideRoad(DEFAULT, skipped := Counter(), Carriages(DEFAULT))
        block, got = side.walk(block_of(frames, link=101), np.arange(len(frames)))
        assert len(frames) > 4
        assert skipped == {"IP fragment": len(frames) - 1}
        assert got.row.tolist() == [len(frames) - 1]
        assert block.data[got.start[0] : got.stop[0]].tobytes() == bytes(type(whole)(bytes(whole))[TCP])
