"""TCP columns against what scapy reads in the same bytes, carriages, and the count of every packet that is neither TCP nor UDP."""

from collections import Counter
from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_makers import address, block_of, ether, ipv4, ipv6, segments, tcp, udp

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import DIRECT, Layer
from analyzer.packets.side.sideroad import LINK_LAYERS
from analyzer.packets.transport import Transport

V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).map(str)
PORT = st.integers(0, 65535)


@st.composite
def built(draw):
    """Draw a frame and what its columns must be."""
    data = draw(st.binary(max_size=40))
    fields = {"source": draw(PORT), "target": draw(PORT), "seq": draw(st.integers(0, 2**32 - 1)), "ack": draw(st.integers(0, 2**32 - 1)),
              "flags": draw(st.integers(0, 255)), "options": draw(st.binary(max_size=40))}  # fmt: skip
    segment = tcp(data, **fields)
    tags = draw(st.lists(st.sampled_from([0x8100, 0x88A8]), max_size=2))
    if draw(st.booleans()):
        source, target = draw(V4), draw(V4)
        frame = ether(ipv4(segment, source=source, target=target, options=draw(st.binary(max_size=40))), tags=tags)
    else:
        source, target = draw(V6), draw(V6)
        frame = ether(ipv6(segment, source=source, target=target), 0x86DD, tags=tags)
    padding = bytes(max(0, 60 - len(frame)))
    want = (source, target, fields["source"], fields["target"], fields["seq"], fields["ack"], fields["flags"], data)
    return frame + padding, want


def told(packets):
    columns = [getattr(packets, name).tolist() for name in ("source_high", "source_low", "target_high", "target_low",
                                                            "source_port", "target_port",
                                                            "sequence", "acknowledgment", "flags", "start", "stop")]  # fmt: skip
    return [(address(sh, sl), address(th, tl), sp, tp, seq, ack, flags, packets.block.data[start:stop].tobytes())
            for sh, sl, th, tl, sp, tp, seq, ack, flags, start, stop in zip(*columns, strict=True)]  # fmt: skip


@given(st.lists(built(), max_size=8))
def test_columns_are_what_was_built(rows):
    skipped = Counter()
    packets = segments(block_of([frame for frame, _ in rows]), skipped)
    assert told(packets) == [want for _, want in rows]
    assert packets.row.tolist() == list(range(len(rows)))
    assert not packets.missing.any()
    assert not skipped


@given(st.lists(built(), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_columns_are_what_scapy_reads(rows):
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether
    from scapy.packet import Padding

    read = []
    for frame, _ in rows:
        layers = Ether(frame)
        ip = layers[IP] if IP in layers else layers[IPv6]
        inner = layers[TCP]
        data = bytes(inner.payload)
        data = data[: len(data) - len(layers[Padding].load)] if Padding in layers and data.endswith(layers[Padding].load) else data
        read.append(
            (str(ip_address(ip.src)), str(ip_address(ip.dst)), inner.sport, inner.dport, inner.seq, inner.ack, int(inner.flags) & 255, data)
        )
    assert told(segments(block_of([frame for frame, _ in rows]), Counter())) == read


@given(st.lists(built(), min_size=1, max_size=6), st.integers(20, 120))
def test_snap_length_is_counted_as_missing(rows, snap):
    frames = [frame for frame, _ in rows]
    skipped = Counter()
    packets = segments(block_of([frame[:snap] for frame in frames], wire=[len(frame) for frame in frames]), skipped)
    assert len(packets) + skipped.total() == len(rows)
    for row, seen, missing in zip(packets.row.tolist(), told(packets), packets.missing.tolist(), strict=True):
        want = rows[row][1]
        assert seen[:7] == want[:7]
        assert want[7].startswith(seen[7])
        assert len(seen[7]) + missing == len(want[7])


NEITHER = [
    (ether(b"", 0x0806), "ARP"), (ether(b"", 0x8863), "PPPoE discovery"), (ether(b"", 0x88CC), "LLDP"), (ether(b"", 0x888E), "EAPOL"),
    (ether(b"", 0x1234), "EtherType 0x1234"), (b"short", "not IP"), (b"", "not IP"),
    (ether(ipv4(b"", protocol=1)), "ICMP"), (ether(ipv6(b"", following=58), 0x86DD), "ICMPv6"),
    (ether(ipv6(b"", following=59), 0x86DD), "no next header"), (ether(ipv4(b"", protocol=132)), "SCTP"),
    (ether(ipv4(b"", protocol=250)), "IP protocol 250"), (ether(ipv4(tcp(), vihl=0x44)), "broken IP header"),
    (ether(ipv4(tcp())[:19]), "cut before the end of the IP header"),
    (ether(ipv6(tcp())[:39], 0x86DD), "cut before the end of the IP header"),
    (ether(ipv4(tcp()[:19])), "cut before the end of the TCP header"), (ether(ipv6(b""), 0x86DD), "cut before the end of the TCP header"),
    (ether(ipv4(tcp(b"data", offset=4))), "broken TCP header"), (ether(ipv6(tcp(offset=0)), 0x86DD), "broken TCP header"),
    (ether(ipv4(udp()[:7], protocol=17)), "cut before the end of the UDP header"),
    (ether(ipv6(b"", following=17), 0x86DD), "cut before the end of the UDP header"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "reason"), NEITHER)
def test_what_is_neither_is_counted_by_reason(frame, reason):
    skipped = Counter()
    packets, found = Transport(DEFAULT, skipped).read(block_of([frame]))
    assert len(packets) == len(found) == 0
    assert skipped == {reason: 1}


SIDE = [
    ether(b"", 0x8847), ether(b"", 0x8864), ether(b"", 0x0026), ether(b"\xaa\xaa\3", 0x0003), ether(ipv4(b"", protocol=47)),
    ether(ipv4(b"", protocol=4)), ether(ipv6(b"", following=41), 0x86DD), ether(ipv4(tcp(), fragment=0x2000)),
    ether(ipv4(tcp(), fragment=3)), ether(ipv6(b"\6\0\0\1\0\0\0\7" + tcp(), following=44), 0x86DD), ether(ipv4(b"", protocol=51)),
    ether(ipv4(tcp()), tags=[0x8100] * 9)[:44],
]  # fmt: skip


@pytest.mark.parametrize("frame", SIDE)
def test_what_the_side_road_cannot_finish_is_counted_once_under_a_name(frame):
    skipped = Counter()
    packets, found = Transport(DEFAULT, skipped).read(block_of([frame]))
    assert len(packets) == len(found) == 0
    ((reason, count),) = skipped.items()
    assert reason
    assert count == 1


def test_unread_link_types_are_counted():
    assert not LINK_LAYERS & {148, 189, 9999}
    skipped = Counter()
    block = block_of([ether(ipv4(tcp()))] * 5)
    block.link = np.array([148, 1, 9999, 148, 189], np.int32)
    assert len(segments(block, skipped)) == 1
    assert skipped == {"link type 148": 2, "link type 9999": 1, "USB": 1}


def sane(found, block):
    """Check what holds for segments and datagrams alike."""
    assert (np.diff(found.row) >= 0).all(), "in order of capture"
    assert (found.start <= found.stop).all()
    assert (found.missing >= 0).all()
    inside = found.block is block
    if inside:
        assert (found.start >= block.offset[found.row]).all()
        assert (found.stop <= (block.offset + block.caplen)[found.row]).all()
    assert (found.start >= 0).all()
    assert (found.stop <= len(found.block.data)).all()


TUNNELS = st.sampled_from([1701, 2152, 3544, 4754, 4789, 5247, 6081, 6635, 8472, 37008])
UDPS = st.builds(lambda data, ports, length: ether(ipv4(udp(data, source=ports[0], target=ports[1], length=length), protocol=17)),
                 st.binary(max_size=60), st.tuples(TUNNELS | PORT, TUNNELS | PORT), st.none() | st.integers(0, 0xFFFF))  # fmt: skip
CARRIED = st.builds(lambda outer, inner: outer(inner), st.sampled_from([
    lambda inner: ether(ipv4(inner[14:], protocol=4)), lambda inner: ether(ipv4(bytes.fromhex("00006558") + inner, protocol=47)),
    lambda inner: ether(ipv4(udp(bytes.fromhex("0800000000000700") + inner, target=4789), protocol=17)),
    lambda inner: ether(bytes.fromhex("00001140") + inner[14:], 0x8847),
]), built().map(lambda one: one[0]) | UDPS)  # fmt: skip
FRAMES = st.one_of(st.sampled_from([frame for frame, _ in NEITHER] + SIDE), built().map(lambda one: one[0]), UDPS, CARRIED,
                   st.binary(max_size=90))  # fmt: skip
CUT = st.tuples(FRAMES, st.integers(0, 110)).map(lambda one: one[0][: one[1]])


LINKS = st.lists(st.sampled_from([1, 1, 1, 1, 101, 0, 9, 50, 113, 147, 276, 9999]), min_size=12, max_size=12)


@given(st.lists(FRAMES | CUT, max_size=12), LINKS)
@settings(deadline=None)
def test_every_packet_is_a_segment_a_datagram_or_skipped_exactly_once(frames, links):
    skipped = Counter()
    block = block_of(frames)
    block.link = np.array(links[: len(frames)], np.int32)
    packets, found = Transport(DEFAULT, skipped).read(block)
    assert len(packets) + len(found) + skipped.total() == len(frames)
    rows = [*packets.row.tolist(), *found.row.tolist()]
    assert len(set(rows)) == len(rows), "none twice"
    sane(packets, block)
    sane(found, block)


@given(st.lists(st.binary(max_size=120), max_size=8), st.lists(st.sampled_from(sorted(LINK_LAYERS)), min_size=8, max_size=8))
@settings(deadline=None)
def test_noise_on_any_link_is_told_or_counted(frames, links):
    """A frame of 802.11 may hold several packets: each row is told, or counted."""
    skipped = Counter()
    block = block_of(frames)
    block.link = np.array(links[: len(frames)], np.int32)
    packets, found = Transport(DEFAULT, skipped).read(block)
    assert len({*packets.row.tolist(), *found.row.tolist()}) + skipped.total() >= len(frames)
    sane(packets, block)
    sane(found, block)


# ------------------------------------------------------------------------------------------------ carriages


TAGS = st.lists(st.tuples(st.sampled_from([0x8100, 0x88A8]), st.integers(0, 0xFFFF)), max_size=4)


@given(st.lists(st.tuples(TAGS, st.booleans()), max_size=6))
def test_vlans_are_the_carriage_in_their_order_and_tag_0_is_none(rows):
    transport = Transport(DEFAULT, Counter())
    frames = [ether(ipv4(udp(b"x"), protocol=17) if is_udp else ipv4(tcp(b"x")), tags=tags) for tags, is_udp in rows]
    packets, found = transport.read(block_of(frames))
    told_of = dict(zip([*packets.row.tolist(), *found.row.tolist()], [*packets.carriage.tolist(), *found.carriage.tolist()], strict=True))
    assert len(told_of) == len(rows)
    for row, (tags, _) in enumerate(rows):
        want = tuple(Layer("vlan", control & 0xFFF) for _, control in tags if control & 0xFFF)
        assert transport.carriages.layers[told_of[row]] == want
        assert (told_of[row] == DIRECT) == (not want)
    assert not transport.carriages._hits


def test_a_vlan_has_one_number_in_all_blocks_and_both_directions():
    transport = Transport(DEFAULT, Counter())
    frame, other = (ether(ipv4(tcp()), tags=[(0x8100, vlan)]) for vlan in (5, 6))
    numbers = [transport.read(block_of(frames))[0].carriage.tolist() for frames in ([frame, other, frame], [other, frame])]
    assert numbers == [[1, 2, 1], [2, 1]]


def test_the_same_ends_in_two_vlans_are_one_flow():
    frames = [ether(ipv4(tcp()), tags=tags) for tags in ((), [(0x8100, 5)], [(0x8100, 6)])]
    packets = segments(block_of(frames), Counter())
    assert len(set(packets.key.tolist())) == 1
    assert packets.source_port.tolist() == [40000] * 3


def test_a_tunnel_is_the_carriage_and_its_inner_ends_are_the_packets():
    """VXLAN (RFC 7348) around a TCP segment: what scapy writes."""
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.l2 import Dot1Q, Ether
    from scapy.layers.vxlan import VXLAN

    ether_ = {"src": "00:00:5e:00:53:01", "dst": "00:00:5e:00:53:02"}
    inner = Ether(**ether_) / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=50_000, dport=443, flags="PA", seq=7) / b"data"
    frame = Ether(**ether_) / Dot1Q(vlan=9) / IP(src="192.0.2.1", dst="198.51.100.7") / UDP(sport=1234, dport=4789)
    frame = frame / VXLAN(vni=77, flags="Instance") / inner
    skipped = Counter()
    transport = Transport(DEFAULT, skipped)
    packets, found = transport.read(block_of([bytes(frame)]))
    assert told(packets) == [("10.0.0.1", "10.0.0.2", 50_000, 443, 7, 0, 0x18, b"data")]
    assert len(found) == skipped.total() == 0
    want = (Layer("vlan", 9), Layer("vxlan", 77, ip_address("192.0.2.1").packed, ip_address("198.51.100.7").packed))
    assert transport.carriages.layers[int(packets.carriage[0])] == want


def test_options_longer_than_the_segment_leave_no_payload():
    packets = segments(block_of([ether(ipv4(tcp(b"data", offset=15)))]), Counter())
    assert packets.start.tolist() == packets.stop.tolist()
    assert packets.missing.tolist() == [0]


def test_both_directions_of_a_flow_share_a_key():
    there = ether(ipv4(tcp(source=1, target=2), source="10.0.0.1", target="10.0.0.2"))
    back = ether(ipv4(tcp(source=2, target=1), source="10.0.0.2", target="10.0.0.1"))
    other = ether(ipv6(tcp(source=2, target=1)), 0x86DD)
    packets = segments(block_of([there, other, back]), Counter())
    assert packets.key[0] == packets.key[2] != packets.key[1]
    assert packets.forward[0] != packets.forward[2]


def test_an_empty_block():
    packets, found = Transport(DEFAULT, Counter()).read(block_of([]))
    assert len(packets) == len(found) == 0
