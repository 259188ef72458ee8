"""The walk as a whole: each row an entry or counted once, fragments in tunnels, the Block's data, the road's contract."""

import random
from collections import Counter
from ipaddress import ip_address
from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from packet_makers import block_of, ether, ipv4, ipv6, tcp

from analyzer.limits import DEFAULT
from analyzer.packets import network
from analyzer.packets.carriage import Carriages, Layer
from analyzer.packets.side import sideroad
from analyzer.packets.side.sideroad import CARRYING, CARRYING_ETHERTYPES, LINK_LAYERS, READERS, TUNNEL_PORTS, SideRoad, carries

A, B = ip_address("10.0.0.1").packed, ip_address("10.0.0.2").packed


class Road:
    """A SideRoad with what it counts at hand."""

    def __init__(self, limits=DEFAULT):
        self.skipped, self.carriages = Counter(), Carriages(limits)
        self.side = SideRoad(limits, self.skipped, self.carriages)

    def walk(self, frames, *, rows=None, **more):
        """Return (protocol, source, target, payload, missing, layers) of what was found, after the checks that always hold."""
        before, block = self.skipped.total(), block_of(frames, **more)
        rows = np.arange(len(block)) if rows is None else np.array(rows)
        new, got = self.side.walk(block, rows)
        assert len(set(got.row.tolist())) + self.skipped.total() - before == len(rows)
        assert (got.start <= got.stop).all()
        assert (got.stop <= got.wire_stop).all()
        assert (got.stop <= len(new.data)).all()
        assert new.data[: len(block.data)].tobytes() == block.data.tobytes()
        assert all(getattr(got, name).dtype == (np.uint64 if "_high" in name or "_low" in name else np.int64) for name in got.__slots__)
        columns = (got.protocol, got.source_high, got.source_low, got.target_high, got.target_low, got.start, got.stop, got.wire_stop,
                   got.carriage)  # fmt: skip
        return [(protocol, address(sh, sl), address(th, tl), new.data[start:stop].tobytes(), wire - stop, self.carriages.layers[carriage])
                for protocol, sh, sl, th, tl, start, stop, wire, carriage in zip(*(c.tolist() for c in columns), strict=True)]  # fmt: skip


def address(high, low):
    return str(ip_address(low)) if high == int(network.IPV4_HIGH) else str(ip_address(high << 64 | low))


def udp(data, *, source=5000, target=443):
    return pack("!4H", source, target, 8 + len(data), 0) + data


def vxlan(frame, vni=9):
    return udp(pack("!II", 0x0800_0000, vni << 8) + frame, target=4789)


def fragmented(packet, size, *, source=A, target=B):
    """Return the fragments of an IPv4 packet without options."""
    body, parts = packet[20:], []
    for at in range(0, len(body), size):
        more = 0x2000 if at + size < len(body) else 0
        parts.append(ipv4(body[at : at + size], protocol=packet[9], fragment=more | at // 8, source=str(ip_address(source)),
                          target=str(ip_address(target))))  # fmt: skip
    return parts


def test_plain_packets_are_what_the_columns_read():
    frames = [ether(ipv4(tcp(b"four"))), ether(ipv6(udp(b"six"), following=17), 0x86DD), ether(ipv4(udp(b"q"), protocol=17),
    tags=(0x8100,))]
    road = Road()
    assert road.walk(frames) == [
        (6, "10.0.0.1", "10.0.0.2", tcp(b"four"), 0, ()),
        (17, "2001:db8::1", "2001:db8::2", udp(b"six"), 0, ()),
        (17, "10.0.0.1", "10.0.0.2", udp(b"q"), 0, (Layer("vlan", 7),)),
    ]
    assert not road.skipped


def test_only_the_rows_asked_for_are_walked_and_the_block_is_the_same():
    road, block = Road(), block_of([ether(ipv4(tcp()))] * 3)
    new, got = road.side.walk(block, np.array([2]))
    assert new is block
    assert got.row.tolist() == [2]
    new, got = road.side.walk(block, np.empty(0, np.int64))
    assert new is block
    assert got.row.tolist() == got.carriage.tolist() == []


def test_snap_length_is_told_from_padding_in_a_tunnel():
    frame = ether(ipv4(vxlan(ether(ipv4(tcp(b"x" * 100)) + bytes(6))), protocol=17))
    assert Road().walk([frame])[0][3:5] == (tcp(b"x" * 100), 0)
    assert Road().walk([frame[:-36]], wire=[len(frame)])[0][3:5] == (tcp(b"x" * 70), 30)


@given(st.integers(1, 30), st.randoms(use_true_random=False), st.booleans())
@settings(deadline=None)
def test_fragments_in_any_order_in_and_around_a_tunnel(units, shuffled, outside):
    inner = ipv4(tcp(bytes(range(200)), source=1234), source="192.168.0.1", target="192.168.0.2")
    if outside:
        packets = fragmented(ipv4(vxlan(ether(inner)), protocol=17), units * 8)
    else:
        packets = [ipv4(vxlan(ether(part)), protocol=17) for part in
                   fragmented(inner, units * 8, source=ip_address("192.168.0.1").packed,
                   target=ip_address("192.168.0.2").packed)]  # fmt: skip
    shuffled.shuffle(packets)
    road = Road()
    assert road.walk([ether(packet) for packet in packets]) == [
        (6, "192.168.0.1", "192.168.0.2", tcp(bytes(range(200)), source=1234), 0, (Layer("vxlan", 9, A, B),))
    ]
    assert road.skipped == Counter({"IP fragment": len(packets) - 1} if len(packets) > 1 else {})
    assert road.side.pieces(len(packets)) == (tuple(range(1, len(packets) + 1)) if len(packets) > 1 else ())
    assert road.side.pieces(1 if len(packets) > 1 else 99) == ()


def test_fragments_are_remembered_from_block_to_block():
    road, parts = Road(), [ether(part) for part in fragmented(ipv4(tcp(b"x" * 64)), 24)]
    assert road.walk(parts[:2]) == []
    assert [found[3] for found in road.walk(parts[2:], first=3)] == [tcp(b"x" * 64)]
    assert road.side.pieces(4) == (1, 2, 3, 4)


def test_pieces_in_pieces():
    """Fragments of a tunnel's packet that holds a fragment: all packets are named."""
    inner = fragmented(ipv4(tcp(b"y" * 100)), 80)
    outer = [part for one, number in zip(inner, (1, 2), strict=True)
             for part in fragmented(ipv4(one, protocol=4, source=f"10.9.0.{number}"), 56, source=bytes((10, 9, 0, number)))]  # fmt: skip
    road = Road()
    found = road.walk([ether(part) for part in outer])
    assert [entry[3] for entry in found] == []  # the two halves travelled in different tunnels: not one packet
    outer = [part for one in inner for part in fragmented(ipv4(one, protocol=4), 56)]
    road = Road()
    found = road.walk([ether(part) for part in outer])
    assert [entry[3] for entry in found] == [tcp(b"y" * 100)]
    assert road.side.pieces(len(outer)) == tuple(range(1, len(outer) + 1))


def test_frames_that_hold_fragments_are_shown_as_they_come():
    """Fragments of a tunnel's packet that holds a fragment too, and packets beside them that are whole."""
    inner = fragmented(ipv4(tcp(b"y" * 100)), 80)
    parts = [part for one in inner for part in fragmented(ipv4(one, protocol=4), 56)]
    frames = [ether(ipv4(vxlan(ether(ipv4(tcp()))), protocol=17)), *map(ether, parts[:2]), ether(b"", 0x0806), *map(ether, parts[2:])]
    road, shown = Road(), []
    road.side.on_fragment = lambda block, row: shown.append(bytes(block.data[block.offset[row] :][: block.caplen[row]]))
    assert len(road.walk(frames)) == 2
    assert shown == [ether(part) for part in parts]


def test_an_ipv6_fragments_extension_headers_are_walked_behind_it():
    body = bytes([6, 0]) + bytes(6) + tcp(b"z" * 40)
    parts = [ether(ipv6(pack("!BBHI", 60, 0, at | (at + 32 < len(body)), 77) + body[at : at + 32], following=44), 0x86DD)
             for at in range(0, len(body), 32)]  # fmt: skip
    assert [found[3] for found in Road().walk(parts[::-1])] == [tcp(b"z" * 40)]


def test_overlays_do_not_mix():
    parts = fragmented(ipv4(tcp(b"x" * 16)), 24)
    frames = [ether(ipv4(vxlan(ether(part), vni), protocol=17)) for vni, part in ((1, parts[0]), (2, parts[1]))]
    assert Road().walk(frames) == []


def test_pieces_are_forgotten_before_they_fill_memory():
    road = Road(replace(DEFAULT, fragments=10))
    frames = [ether(part) for _ in range(50) for part in fragmented(ipv4(tcp(b"x" * 16)), 24)]
    assert len(road.walk(frames)) == 50
    assert len(road.side._whole) == 10
    assert road.side.pieces(100) == (99, 100)
    assert road.side.pieces(2) == ()


@pytest.mark.parametrize(("frame", "link", "reason"), [
    (ether(b"", 0x0806), 1, "ARP"), (ether(b"", 0x1234), 1, "EtherType 0x1234"), (ether(b"abc", 3), 1, "LLC"),
    (ether(ipv4(b"", protocol=1)), 1, "ICMP"), (ether(ipv4(b"", protocol=250)), 1, "IP protocol 250"), (b"", 1, "broken Ethernet header"),
    (ether(ipv4(tcp(), vihl=0x44)), 1, "broken IP header"), (b"\x50", 101, "not IP"), (b"", 9999, "link type 9999"), (b"x", 189, "USB"),
    (ether(ipv4(tcp(), fragment=0x2000)), 1, "IP fragment"), (ether(ipv4(b"ab", protocol=47)), 1, "broken GRE header"),
    (ether(ipv4(b"\0\0\x12\x34", protocol=47)), 1, "GRE protocol 0x1234"), (ether(bytes(4) * 20, 0x8847), 1, "too many layers"),
    (bytes(12) + b"\x81\0\0\1" * 20 + b"\x08\0" + ipv4(tcp()), 1, "too many layers"),
])  # fmt: skip
def test_what_yields_nothing_is_counted_by_reason(frame, link, reason):
    road = Road()
    assert road.walk([frame], link=link) == []
    assert road.skipped == {reason: 1}


def test_a_carriage_has_no_more_layers_than_the_limit():
    labels = b"".join(pack("!I", label << 12 | (label == 7) << 8 | 9) for label in range(8))
    packet = labels + ipv4(labels + ipv4(tcp()), protocol=137)
    for protocol in (6, 44):  # kept by an end, and by a fragment
        road = Road(replace(DEFAULT, layers=20))
        inner = ipv4(tcp(), fragment=0x2000 if protocol == 44 else 0)
        assert road.walk([ether(labels + ipv4(labels + ipv4(labels + inner, protocol=137), protocol=137), 0x8847)]) == []
        assert road.skipped == {"too many layers": 1}
        assert len(road.carriages.layers) == 1
    assert len(Road().walk([ether(packet, 0x8847)])) == 1


def test_a_cut_header_is_told_from_a_broken_one():
    road = Road()
    assert road.walk([ether(ipv4(b"\x20", protocol=47))], wire=[60]) == []
    road.walk([ether(ipv4(b"\x20\0\x08\0", protocol=47, length=40))], wire=[60])
    assert road.skipped == {"broken GRE header": 2}
    road.walk([ether(ipv4(b"\x20", protocol=47, length=40))], wire=[60])
    assert road.skipped["cut before the end of the GRE header"] == 1


def test_the_names_of_the_wire_do_not_fill_memory():
    road = Road()
    road.walk([ether(b"", kind) for kind in range(0xA000, 0xA000 + 2 * DEFAULT.names)])
    assert len(road.skipped) == DEFAULT.names + 1
    assert road.skipped["other"] == DEFAULT.names


def test_fragments_that_never_complete_are_counted_and_bounded():
    road = Road(replace(DEFAULT, fragments=50))
    frames = [ether(ipv4(tcp(), fragment=0x2000, source=f"10.1.{i >> 8}.{i & 255}")) for i in range(5000)]
    assert road.walk(frames) == []
    assert len(road.side._fragments) == 50
    assert road.skipped == {"IP fragment": 5000}


SEEDS = [
    (ether(ipv4(vxlan(ether(ipv4(tcp(b"x" * 20)))), protocol=17), tags=(0x8100, 0x88A8)), 1),
    (ether(pack("!II", 100 << 12 | 64, 200 << 12 | 0x1FF) + ipv6(tcp(), following=6), 0x8847), 1),
    (ether(pack("!BBHHH", 0x11, 0, 5, 42, 0x21) + ipv4(tcp()), 0x8864), 1),
    (ether(ipv4(pack("!HHII", 0x3000, 0x88BE, 1, 0x1000_0001) + bytes(4) + ether(ipv4(tcp())), protocol=47)), 1),
    (ether(ipv4(udp(pack("!BBHIHBB", 0x34, 255, 48, 7, 0, 0, 0x85) + b"\1\0\0\0" + ipv4(tcp()), target=2152), protocol=17)), 1),
    (bytes(2) + pack("<HII", 9, 2, 0x10)[:7] + b"\x88\1" + bytes(24) + b"\xaa\xaa\3\0\0\0\x08\0" + ipv4(tcp()), 127),
    (b"\2\0\0\0" + pack("<HHI", 8, 1, 0) + pack("<HH", 44, 9) + ipv4(tcp()), 239), (b"\xff\3\0\x21" + ipv4(tcp()), 9),
]  # fmt: skip


@given(st.sampled_from(SEEDS), st.integers(0, 200), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4), st.data())
@settings(max_examples=400, deadline=None)
def test_cut_and_flipped_packets_are_an_entry_or_counted(seed, keep, flips, draw):
    frame, link = bytearray(seed[0]), seed[1]
    for at, value in flips:
        frame[at % len(frame)] = value
    Road().walk([bytes(frame[:keep])], link=link, wire=[draw.draw(st.sampled_from([0, keep, len(frame), 70_000]))])


@given(st.binary(max_size=120), st.sampled_from(sorted(LINK_LAYERS)))
@settings(max_examples=400, deadline=None)
def test_any_bytes_on_any_link_are_an_entry_or_counted(data, link):
    Road().walk([data], link=link)


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_reader_survives_any_bytes(name):
    """Each row of the table alone, with no less than the bytes that it asks for: it returns a name and does not walk backwards."""
    noise = random.Random(name)
    need, read = READERS[name]
    walk = sideroad.Walk()
    for size in range(need, need + 60):
        for fill in (bytes(size), b"\xff" * size, noise.randbytes(size), noise.randbytes(size), noise.randbytes(size)):
            walk.begin(fill, 0, size + 5)
            walk.source = walk.target = A
            walk.protocol = 60
            assert isinstance(read(walk), str)
            assert walk.at >= 0
            assert walk.stop <= walk.wire or walk.stop <= size


def test_what_the_columns_leave_to_the_side_road():
    assert {4, 41, 44, 47, 51, 97, 115, 137} <= CARRYING
    assert not CARRYING & {6, 17, 1, 50, 58, 132}
    assert {0x8847, 0x8864, 0x88E7, 0x8909, 0x894F} <= CARRYING_ETHERTYPES
    assert carries(np.array([-1, 0, 3, 0x5FF, 0x600, 0x0806, 0x8847, 0x8863, 0x88CC])).tolist() == [False, True, True, True, False, False,
    True,
                                                                                                  False, False]  # fmt: skip
    assert {4789, 6081, 2152, 1701, 3544} <= TUNNEL_PORTS
    assert {0, 1, 9, 101, 105, 113, 127, 239, 276} <= LINK_LAYERS
