"""Packets and Datagrams: taking and joining keeps every column's meaning."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, cut, datagrams, ether, ipv4, segments, tcp, udp

from analyzer.packets.columns import join


def told(packets):
    """Return each segment as (packet id, time, sequence, payload, key)."""
    block = packets.block
    columns = zip(packets.row, packets.sequence, packets.start, packets.stop, packets.key, strict=True)
    return [(int(block.packet[row]), int(block.time[row]), int(seq), block.data[start:stop].tobytes(), int(key))
            for row, seq, start, stop, key in columns]  # fmt: skip


def made(payloads):
    return block_of([ether(ipv4(tcp(data, seq=i, source=1000 + i))) for i, data in enumerate(payloads)])


def test_take_by_mask_and_by_indices_shares_the_block():
    packets = segments(made([b"a", b"bb", b"", b"dddd"]), Counter())
    all_of = told(packets)
    assert told(packets.take(np.array([True, False, False, True]))) == [all_of[0], all_of[3]]
    assert told(packets.take(np.array([2, 0]))) == [all_of[2], all_of[0]]
    assert packets.take(np.array([1])).block is packets.block
    assert len(packets.take(np.array([], np.int64))) == 0


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=12), st.integers(1, 11), st.data())
def test_joined_segments_are_the_segments(payloads, size, data):
    parts = [segments(block, Counter()) for block in cut(made(payloads), [size])]
    parts = [part.take(np.array(sorted(data.draw(st.sets(st.integers(0, len(part) - 1)))), np.int64)) for part in parts]
    whole = parts[0]
    for part in parts[1:]:
        whole = join(whole, part)
    assert told(whole) == [one for part in parts for one in told(part)]


def test_join_keeps_no_bytes_beside_its_packets():
    block = made([b"x" * 1000] * 9)
    first, second = (segments(block.take(slice(i, i + 1)), Counter()) for i in (3, 7))
    joined = join(first, second)
    assert len(joined.block.data) == 2 * len(ether(ipv4(tcp(b"x" * 1000))))
    assert told(joined) == told(first) + told(second)


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=12), st.data())
def test_some_datagrams_are_these_datagrams_with_the_block_shared(payloads, data):
    frames = [ether(ipv4(udp(payload, source=1000 + i), protocol=17), tags=[(0x8100, 5)] * (i % 2)) for i, payload in enumerate(payloads)]
    found = datagrams(block_of(frames), Counter())
    rows = data.draw(st.lists(st.integers(0, len(payloads) - 1), unique=True))
    some = found.take(np.array(rows, np.int64))
    assert some.block is found.block
    assert len(some) == len(rows)
    assert [some.block.data[a:b].tobytes() for a, b in zip(some.start, some.stop, strict=True)] == [payloads[row] for row in rows]
    assert some.source_port.tolist() == [1000 + row for row in rows]
    assert some.carriage.tolist() == [row % 2 for row in rows]
    mask = np.isin(np.arange(len(payloads)), rows)
    assert found.take(mask).source_port.tolist() == [1000 + row for row in sorted(rows)]
