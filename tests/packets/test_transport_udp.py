"""UDP columns against what was built and what scapy reads and writes: lengths that lie, cut packets, fragments."""

from collections import Counter
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_makers import address, block_of, datagrams, ether, ipv4, ipv6, tcp, udp

from analyzer.limits import DEFAULT
from analyzer.packets.transport import Transport

V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).map(str)


@st.composite
def sent(draw):
    """Draw a frame with a datagram and what its columns must be."""
    data, ports = draw(st.binary(max_size=40)), (draw(st.integers(10_000, 30_000)), draw(st.integers(50_000, 65_535)))  # no tunnel's
    body = udp(data, source=ports[0], target=ports[1])
    if draw(st.booleans()):
        ends = draw(V4), draw(V4)
        frame = ether(ipv4(body, protocol=17, source=ends[0], target=ends[1], options=draw(st.binary(max_size=40))))
    else:
        ends = draw(V6), draw(V6)
        frame = ether(ipv6(body, following=17, source=ends[0], target=ends[1]), 0x86DD)
    return frame + bytes(max(0, 60 - len(frame))), (*ends, *ports, data)


def heard(found):
    columns = [getattr(found, name).tolist() for name in ("source_high", "source_low", "target_high", "target_low", "source_port",
                                                          "target_port", "start", "stop")]  # fmt: skip
    return [(address(sh, sl), address(th, tl), sp, tp, found.block.data[start:stop].tobytes())
            for sh, sl, th, tl, sp, tp, start, stop in zip(*columns, strict=True)]  # fmt: skip


@given(st.lists(sent(), max_size=8))
def test_datagrams_are_what_was_built(rows):
    skipped = Counter()
    found = datagrams(block_of([frame for frame, _ in rows]), skipped)
    assert heard(found) == [want for _, want in rows]
    assert found.row.tolist() == list(range(len(rows)))
    assert not found.missing.any()
    assert not skipped


@given(st.lists(sent(), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_datagrams_are_what_scapy_reads(rows):
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether

    read = []
    for frame, (*_, data) in rows:
        layers = Ether(frame)
        ip, inner = layers[IP] if IP in layers else layers[IPv6], layers[UDP]
        read.append((str(ip_address(ip.src)), str(ip_address(ip.dst)), inner.sport, inner.dport, bytes(inner.payload)[: inner.len - 8]))
        assert inner.len - 8 == len(data)
    assert heard(datagrams(block_of([frame for frame, _ in rows]), Counter())) == read


def test_datagrams_that_scapy_writes():
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    frames = [bytes(Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02") / IP(src="192.0.2.1", dst="198.51.100.7")
                    / UDP(sport=50_000 + i, dport=4433) / (b"x" * i)) for i in range(3)]  # fmt: skip
    assert heard(datagrams(block_of(frames), Counter())) == [("192.0.2.1", "198.51.100.7", 50_000 + i, 4433, b"x" * i) for i in range(3)]


@pytest.mark.parametrize(("length", "payload"), [
    (None, b"payload"), (0, b"payload"), (1, b"payload"), (7, b"payload"), (8, b""), (10, b"pa"), (16, b"payload"), (65535, b"payload"),
])  # fmt: skip
def test_a_length_of_0_or_past_its_packet_is_the_packets(length, payload):
    found = datagrams(block_of([ether(ipv4(udp(b"payload", length=length), protocol=17))]), Counter())
    assert heard(found)[0][4] == payload
    assert found.missing.tolist() == [0]


@given(st.lists(sent(), min_size=1, max_size=6), st.integers(14, 120))
def test_a_datagram_cut_by_the_snap_length_knows_what_is_missing(rows, snap):
    frames = [frame for frame, _ in rows]
    skipped = Counter()
    found = datagrams(block_of([frame[:snap] for frame in frames], wire=[len(frame) for frame in frames]), skipped)
    assert len(found) + skipped.total() == len(rows)
    for row, seen, missing in zip(found.row.tolist(), heard(found), found.missing.tolist(), strict=True):
        want = rows[row][1]
        assert seen[:4] == want[:4]
        assert want[4].startswith(seen[4])
        assert len(seen[4]) + missing == len(want[4])


def test_segments_and_datagrams_of_one_block():
    frames = [ether(ipv4(tcp(b"a"))), ether(ipv4(udp(b"b"), protocol=17)), ether(b"", 0x0806), ether(ipv6(udp(b"c"), following=17), 0x86DD),
              ether(ipv6(tcp(b"d")), 0x86DD)]  # fmt: skip
    skipped = Counter()
    packets, found = Transport(DEFAULT, skipped).read(block_of(frames))
    assert (packets.row.tolist(), found.row.tolist(), skipped) == ([0, 4], [1, 3], {"ARP": 1})
    assert [packets.block.data[a:b].tobytes() for a, b in zip(packets.start, packets.stop, strict=True)] == [b"a", b"d"]
    assert [one[-1] for one in heard(found)] == [b"b", b"c"]


def test_fragments_of_several_blocks_are_one_datagram():
    from scapy.layers.inet import IP, UDP, fragment
    from scapy.layers.l2 import Ether

    data = bytes(i % 251 for i in range(3000))
    pieces = fragment(IP(src="192.0.2.1", dst="198.51.100.7", id=7) / UDP(sport=50_000, dport=4433) / data, fragsize=1000)
    frames = [bytes(Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02") / piece) for piece in pieces]
    transport = Transport(DEFAULT, Counter())
    told_of = [heard(transport.read(block_of([frame], first=number))[1]) for number, frame in enumerate(frames, 1)]
    assert told_of == [[]] * (len(frames) - 1) + [[("192.0.2.1", "198.51.100.7", 50_000, 4433, data)]]
