from struct import pack

import numpy as np
from capture_writers import START, enhanced, interface, pcap_header, pcap_record, section, simple
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import index
from analyzer.capture.index import Layout, plain, walk
from analyzer.capture.pcap import MAGICS, Pcap
from analyzer.capture.pcapng import Pcapng
from analyzer.capture.source import Source
from analyzer.limits import DEFAULT

MOST = 100_000
PCAP = Layout("<", 8, 16, 16, 16, MOST)

# Bytes that look like records: whole ones inside packets, and headers whose lengths lie.
words = st.tuples(st.integers(START, START + 70_000), st.integers(0, 999_999), st.integers(0, 300), st.integers(0, 300))
header = words.map(lambda four: pack("<IIII", *four))
lie = st.builds(lambda c: pack("<IIII", START, 1, c, c), st.sampled_from([0, 1, 15, 16, 4000, MOST, MOST + 1, 2**31, 2**32 - 1]))
record = st.builds(pcap_record, st.binary(max_size=80), st.integers(START, START + 70_000))
payload = st.lists(header | lie | record | st.binary(max_size=200), max_size=6).map(b"".join)
piece = st.builds(pcap_record, payload, st.integers(START, START + 70_000), st.integers(0, 10**6)) | lie


def both(data, layout, quarry):
    """The plain walk and the one in lanes, with lanes so short that a test's few bytes make many."""
    array = np.frombuffer(data, np.uint8)
    offsets, end = plain(memoryview(data), 0, len(data), layout)
    kept = index.LANE_BYTES, index.FEWEST_LANES, index.STRAGGLERS
    index.LANE_BYTES, index.FEWEST_LANES, index.STRAGGLERS = 256, 1, 2
    try:
        found, there = walk(array, layout, quarry)
    finally:
        index.LANE_BYTES, index.FEWEST_LANES, index.STRAGGLERS = kept
    return (offsets, end), (found.tolist(), there)


def pcap_quarry(data, layout=PCAP):
    reader = Pcap(Source("x"), 0, DEFAULT)
    reader._open(pcap_header(), *MAGICS[pcap_header()[:4]])
    return reader._quarry(memoryview(data), 0, layout)


@settings(max_examples=150, deadline=None)
@given(st.lists(piece, min_size=1, max_size=12), st.integers(1, 12), st.binary(max_size=40))
def test_lanes_find_what_the_plain_walk_finds(pieces, times, tail):
    data = b"".join(pieces) * times + tail
    want, got = both(data, PCAP, pcap_quarry(data))
    assert got == want


@settings(max_examples=50, deadline=None)
@given(st.lists(st.builds(pcap_record, payload), min_size=1, max_size=12), st.integers(1, 12), st.integers(0, 2**32))
def test_wrong_guesses_cost_time_and_never_truth(pieces, times, seed):
    data = b"".join(pieces) * times
    rng = np.random.default_rng(seed)

    class Liar(index.Quarry):
        pass

    quarry = Liar((b"",), 0, lambda _: bool(rng.integers(0, 3) == 0))
    want, got = both(data, PCAP, quarry)
    assert got == want


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=150), min_size=1, max_size=30), st.integers(1, 10), st.binary(max_size=30), st.booleans())
def test_pcapng_blocks_too(payloads, times, tail, nest):
    blocks = [enhanced(enhanced(data) * 2 if nest else data) if i % 5 else simple(data) for i, data in enumerate(payloads)]
    data = section() + interface() + b"".join(blocks) * times + tail
    reader = Pcapng(Source("x"), 0, DEFAULT)
    want, got = both(data, Layout("<", 4, 0, 12, 12, MOST), reader._quarry(memoryview(data)))
    assert got == want


def test_lengths_of_nothing_do_not_stand_still():
    data = bytes(20_000)
    want, got = both(data, Layout("<", 4, 0, 12, 12, MOST), index.Quarry((b"\0",), 0, lambda _: True))
    assert got == want == ([], 0)


def test_large_chunk_goes_in_lanes():
    rng = np.random.default_rng(1)
    payloads = [rng.bytes(n) for n in rng.integers(0, 1500, 500).tolist()]
    data = b"".join(pcap_record(payload, START + i // 100) for i, payload in enumerate(payloads)) * 10
    assert len(data) > index.FEWEST_LANES * index.LANE_BYTES
    quarry = pcap_quarry(data)
    assert walk(np.frombuffer(data, np.uint8), PCAP, quarry)[0].tolist() == plain(memoryview(data), 0, len(data), PCAP)[0]
