"""Batch: segments of many flows in order of flows, parted by network."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from packet_makers import ACK, SYN, block_of, ether, ipv4, segments, tcp

from analyzer.streams.batch import Batch, network_of


def frame(port, data=b"", *, back=False, seq=0, ack=0, flags=ACK, tags=()):
    ports, ends = {"source": port, "target": 443}, {"source": "10.0.0.1", "target": "10.0.0.2"}
    if back:
        ports, ends = {"source": 443, "target": port}, {"source": "10.0.0.2", "target": "10.0.0.1"}
    return ether(ipv4(tcp(data, seq=seq, ack=ack, flags=flags, **ports), **ends), tags=tags)


def nothing(_key, _ends):
    return []


def batch_of(frames, **more):
    return Batch(segments(block_of(frames, **more), Counter()), nothing, 64, several=False)


def said(batch):
    return [[batch.rows.data[row] for row in range(group.start, group.stop)] for _, group in batch.groups]


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=12))
def test_groups_are_the_flows_in_the_order_of_their_first_segments(turns):
    batch = batch_of([frame(port, bytes([number + 1]), back=back) for number, (port, back) in enumerate(turns)])
    want = {}
    for number, (port, _) in enumerate(turns):
        want.setdefault(port, []).append(bytes([number + 1]))
    assert said(batch) == list(want.values())
    for (_, group), port in zip(batch.groups, want, strict=True):
        assert sorted(end[2] for end in group.ends) == sorted((port, 443))
        sides = {back for one, back in turns if one == port}
        assert group.heard.bit_count() == len(sides) == len(group.ways)
        assert not group.parted
    assert not batch.several


def test_bare_acknowledgments_say_nothing():
    batch = batch_of([frame(1), frame(1, b"x"), frame(1, back=True), frame(2)])
    assert said(batch) == [[b"x"], []]
    assert batch.edges.tolist()[-1] == 1


def test_networks_part_a_five_tuple_and_leave_the_others():
    one, two = [(0x8100, 5)], [(0x8100, 6)]
    frames = [
        frame(1, flags=SYN, seq=99, tags=one), frame(2, b"other", tags=one), frame(1, flags=SYN, seq=2**31, tags=two),
        frame(1, b"a", seq=100, tags=one), frame(1, b"b", seq=2**31 + 1, tags=two), frame(1, b"c", seq=101, tags=one),
    ]  # fmt: skip
    batch = batch_of(frames)
    assert batch.several
    assert said(batch) == [[b"", b"a", b"c"], [b"other"], [b"", b"b"]]
    assert [group.parted for _, group in batch.groups] == [True, False, True]
    assert len({group.ways for _, group in batch.groups if group.ends == batch.groups[0][1].ends}) == 2
    assert len({group.key for _, group in batch.groups}) == 2


def test_interface_capture_and_carriage_make_the_network():
    def network(frames, first=1, **more):
        return network_of(segments(block_of(frames, first=first, **more), Counter()), several=False)

    plain, tagged = frame(1, b"x"), frame(1, b"x", tags=[0x8100])
    assert network([plain]) is None
    seen = [network([plain], interface=3), network([plain], first=1 << 40), network([tagged])]
    assert len({int(column[0]) for column in seen}) == 3
    block = segments(block_of([plain]), Counter())
    assert network_of(block, several=True).tolist() == [0], "where others were seen, the first network is one of them"
