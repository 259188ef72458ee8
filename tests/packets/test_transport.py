"""TCP columns against what scapy reads in the same bytes, and the count of every packet that is no TCP."""

from collections import Counter
from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_makers import block_of, ether, ipv4, ipv6, tcp

from analyzer.packets.network import IPV4_HIGH
from analyzer.packets.transport import segments

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


def address(high, low):
    return str(ip_address(low) if high == int(IPV4_HIGH) else ip_address((high << 64 | low).to_bytes(16, "big")))


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


NOT_TCP = [
    (ether(b"", 0x0806), "ARP"), (ether(b"", 0x8847), "MPLS"), (ether(b"", 0x8864), "PPPoE"), (ether(b"", 0x88CC), "LLDP"),
    (ether(b"", 0x1234), "EtherType 0x1234"), (ether(b"", 0x0026), "LLC"), (b"short", "not IP"), (b"", "not IP"),
    (ether(ipv4(b"", protocol=17)), "UDP"), (ether(ipv4(b"", protocol=1)), "ICMP"), (ether(ipv6(b"", following=58), 0x86DD), "ICMPv6"),
    (ether(ipv6(b"", following=59), 0x86DD), "IP protocol 59"), (ether(ipv4(b"", protocol=47)), "GRE"),
    (ether(ipv4(b"", protocol=250)), "IP protocol 250"),
    (ether(ipv4(tcp(), fragment=0x2000)), "IP fragment"), (ether(ipv4(tcp(), vihl=0x44)), "broken IP header"),
    (ether(ipv4(tcp())[:19]), "cut before the end of the IP header"),
    (ether(ipv6(tcp())[:39], 0x86DD), "cut before the end of the IP header"),
    (ether(ipv4(tcp()[:19])), "cut before the end of the TCP header"), (ether(ipv6(b""), 0x86DD), "cut before the end of the TCP header"),
    (ether(ipv4(tcp(b"data", offset=4))), "broken TCP header"), (ether(ipv6(tcp(offset=0)), 0x86DD), "broken TCP header"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "reason"), NOT_TCP)
def test_what_is_no_tcp_is_counted_by_reason(frame, reason):
    skipped = Counter()
    assert len(segments(block_of([frame]), skipped)) == 0
    assert skipped == {reason: 1}


def test_unread_link_types_are_counted():
    skipped = Counter()
    block = block_of([ether(ipv4(tcp()))] * 4)
    block.link = np.array([147, 1, 9, 147], np.int32)
    assert len(segments(block, skipped)) == 1
    assert skipped == {"link type 147": 2, "link type 9": 1}


@given(st.lists(st.one_of(st.sampled_from([frame for frame, _ in NOT_TCP]), built().map(lambda one: one[0]), st.binary(max_size=90),
                          st.tuples(built(), st.integers(0, 100)).map(lambda one: one[0][0][: one[1]])), max_size=12),
       st.lists(st.sampled_from([1, 1, 1, 101, 0, 113, 147]), min_size=12, max_size=12))  # fmt: skip
def test_every_packet_is_a_segment_or_skipped_exactly_once(frames, links):
    skipped = Counter()
    block = block_of(frames)
    block.link = np.array(links[: len(frames)], np.int32)
    packets = segments(block, skipped)
    assert len(packets) + skipped.total() == len(frames)
    assert (np.diff(packets.row) > 0).all(), "in order of capture, none twice"
    assert (packets.start <= packets.stop).all()
    assert (packets.start >= block.offset[packets.row]).all()
    assert (packets.stop <= (block.offset + block.caplen)[packets.row]).all()
    assert (packets.missing >= 0).all()


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
    assert len(segments(block_of([]), Counter())) == 0
