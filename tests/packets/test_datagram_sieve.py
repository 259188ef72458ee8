"""Datagram sieve: an exchange that is watched, or opens, is let through whole; all else falls, whatever the blocks."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, cut, datagrams, dtls, ether, ipv4, quic, udp

from analyzer.packets import datagram_sieve
from analyzer.packets.datagram_sieve import DatagramSieve

PLAIN = b"nothing that opens anything"


def frame(port, data=b"", *, back=False):
    """Return a datagram of exchange number ``port``, its client's port."""
    if back:
        return ether(ipv4(udp(data, source=4433, target=port), protocol=17, source="10.0.0.2", target="10.0.0.1"))
    return ether(ipv4(udp(data, source=port, target=4433), protocol=17))


def sift(sieve, block):
    """Return what comes through as (packet id, client port, payload, opens), and the keys and directions by packet id."""
    found, keys, forwards, opens = sieve.sift(datagrams(block, Counter()))
    assert len(found) == len(keys) == len(forwards) == len(opens)
    ports = np.where(found.target_port == 4433, found.source_port, found.target_port).tolist()
    ids = found.block.packet[found.row].tolist()
    data = [found.block.data[a:b].tobytes() for a, b in zip(found.start, found.stop, strict=True)]
    ways = zip(keys.tolist(), forwards.tolist(), strict=True)
    return list(zip(ids, ports, data, opens.tolist(), strict=True)), dict(zip(ids, ways, strict=True))


def key_of(port):
    """Return what the sieve is told of an exchange: its key, and its ports."""
    return sift(DatagramSieve(), block_of([frame(port, dtls())]))[1][1][0], port ^ 4433


def test_without_an_opening_nothing_comes_through():
    assert sift(DatagramSieve(), block_of([frame(1, PLAIN), frame(2, PLAIN, back=True), frame(3)]))[0] == []


@pytest.mark.parametrize("watched", [False, True])
def test_an_opening_comes_through_and_says_so(watched):
    sieve = DatagramSieve()
    if watched:
        sieve.watch(*key_of(9))
    told, _ = sift(sieve, block_of([frame(1, PLAIN), frame(2, dtls()), frame(3, quic()), frame(4, PLAIN)]))
    assert told == [(2, 2, dtls(), True), (3, 3, quic(), True)]


def test_both_directions_have_one_key_and_opposite_ways():
    _, ways = sift(DatagramSieve(), block_of([frame(1, dtls()), frame(1, dtls(2), back=True), frame(2, dtls())]))
    assert ways[1][0] == ways[2][0] != ways[3][0]
    assert ways[1][1] != ways[2][1]


def test_a_watched_exchange_comes_through_until_it_is_dropped():
    sieve = DatagramSieve()
    block = block_of([frame(1, PLAIN), frame(1, PLAIN, back=True), frame(2, PLAIN), frame(1, dtls())])
    sieve.watch(*key_of(1))
    assert sift(sieve, block)[0] == [(1, 1, PLAIN, False), (2, 1, PLAIN, False), (4, 1, dtls(), True)]
    sieve.watch(*key_of(2))
    assert [number for number, *_ in sift(sieve, block)[0]] == [1, 2, 3, 4]
    sieve.drop(*key_of(1))
    assert 3 in [number for number, *_ in sift(sieve, block)[0]]
    sieve.drop(*key_of(2))
    assert sift(sieve, block_of([frame(1, PLAIN), frame(2, PLAIN)]))[0] == []


@pytest.mark.parametrize("watched", [False, True])
def test_an_exchange_that_opens_in_a_block_comes_through_whole_in_that_block(watched):
    """The flights of QUIC and DTLS behind their first are no openings, and small captures are one block."""
    sieve = DatagramSieve()
    if watched:
        sieve.watch(*key_of(9))
    block = block_of([frame(1, dtls()), frame(2, PLAIN), frame(1, dtls(epoch=1), back=True), frame(1, PLAIN)])
    told = [(number, opens) for number, port, _, opens in sift(sieve, block)[0] if port == 1]
    assert told == [(1, True), (3, False), (4, False)]


SCRIPT = st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.sampled_from([PLAIN, dtls(), quic(), b"", dtls(epoch=1)])), max_size=14)


@given(SCRIPT, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_whatever_the_blocks_all_of_an_exchange_is_heard_from_its_opening_on(script, sizes):
    sieve, watched, heard = DatagramSieve(), set(), []
    block = block_of([frame(port, data, back=back) for port, back, data in script])
    for part in cut(block, sizes):
        told, ways = sift(sieve, part)
        for number, port, data, opens in told:
            if opens and port not in watched:
                watched.add(port)
                sieve.watch(ways[number][0], port ^ 4433)
            if port in watched:
                heard.append((number, port, data, opens))
    want, open_ = [], set()
    for number, (port, _, data) in enumerate(script, 1):
        opens = data in (dtls(), quic())
        open_ |= {port} if opens else set()
        if port in open_:
            want.append((number, port, data, opens))
    assert heard == want


def test_two_exchanges_in_one_slot_are_counted_apart(monkeypatch):
    monkeypatch.setattr(datagram_sieve, "_slots", lambda key: np.zeros(len(key), np.int64))
    sieve = DatagramSieve()
    low = (1, 2)  # keys whose slot is 0
    for key in low:
        sieve.watch(key, 1 ^ 4433)
    assert len(sift(sieve, block_of([frame(1, PLAIN)]))[0]) == 1
    sieve.drop(low[0], 1 ^ 4433)
    assert len(sift(sieve, block_of([frame(1, PLAIN)]))[0]) == 1
    sieve.drop(low[1], 1 ^ 4433)
    assert len(sift(sieve, block_of([frame(1, PLAIN)]))[0]) == 0


def test_an_empty_block():
    sieve = DatagramSieve()
    assert sift(sieve, block_of([]))[0] == []
    sieve.watch(1, 1)
    assert sift(sieve, block_of([]))[0] == []
