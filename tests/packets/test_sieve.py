"""Sieve: what a watched flow says is let through once and in order, whatever the blocks; the rest falls, and memory is bounded."""

from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import ACK, FIN, SYN, block_of, cut, ether, hello, ipv4, record, segments, tcp

from analyzer.limits import DEFAULT
from analyzer.packets import sieve as sieve_file
from analyzer.packets.sieve import COLUMNS, LINGER, WATCH, Sieve

DATA = b"not a hello"


def frame(flow, data=b"", *, back=False, flags=ACK, seq=0):
    """Return a segment of flow number ``flow`` (its source port)."""
    if back:
        return ether(ipv4(tcp(data, source=443, target=flow, flags=flags, seq=seq), source="10.0.0.2", target="10.0.0.1"))
    return ether(ipv4(tcp(data, source=flow, target=443, flags=flags, seq=seq)))


def key_of(flow):
    return int(segments(block_of([frame(flow)]), Counter()).key[0])


def told(packets):
    """Return (packet id, flow, payload) of each segment."""
    flow = np.where(packets.target_port == 443, packets.source_port, packets.target_port).tolist()
    numbers = packets.block.packet[packets.row].tolist()
    spans = zip(packets.start.tolist(), packets.stop.tolist(), strict=True)
    return [(number, port, packets.block.data[a:b].tobytes()) for number, port, (a, b) in zip(numbers, flow, spans, strict=True)]


class Road:
    """A sieve with the simplest of tables behind it: every fresh flow is watched."""

    def __init__(self, **limits):
        self.skipped = Counter()
        self.sieve = Sieve(msgspec.structs.replace(DEFAULT, **limits))

    def feed(self, block, watch=True):
        picked, fresh = self.sieve.sift(segments(block, self.skipped))
        if watch:
            for key in fresh:
                self.sieve.set(key, WATCH)
        return [one for part in picked for one in told(part)]


def test_nothing_is_picked_without_a_hello():
    road = Road()
    assert road.feed(block_of([frame(1, flags=SYN), frame(1, DATA), ether(b"", 0x0806)])) == []
    assert road.skipped == {"ARP": 1}


def test_all_of_a_flow_is_picked_from_its_block_and_older_ones():
    road = Road()
    whole = block_of([frame(1, flags=SYN), frame(2, DATA), frame(1, back=True, flags=SYN | ACK), frame(1), frame(1, hello()),
                      frame(2, DATA), frame(1, DATA, back=True), frame(2, hello())])  # fmt: skip
    seen = [road.feed(block) for block in cut(whole, [1])]
    assert [[number for number, _, _ in one] for one in seen] == [[], [], [], [], [1, 3, 4, 5], [], [7], [2, 6, 8]]


SCRIPT = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([b"", DATA, hello(), hello(kind=2), hello()[30:]]), st.booleans(),
                            st.sampled_from([ACK, ACK, SYN, FIN])), min_size=1, max_size=25)  # fmt: skip


@given(SCRIPT, st.lists(st.integers(1, 25), min_size=1, max_size=6))
def test_any_blocks_yield_the_same_segments(script, sizes):
    whole = block_of([frame(flow, data, back=back, flags=flags) for flow, data, back, flags in script])
    says_hello = {flow for flow, data, _, _ in script if data[:1] == b"\x16"}
    want = [(i + 1, flow, data) for i, (flow, data, _, _) in enumerate(script) if flow in says_hello]
    road = Road()
    got = [one for block in cut(whole, sizes) for one in road.feed(block)]
    for flow in says_hello:  # between flows the order is of no account
        assert [one for one in got if one[1] == flow] == [one for one in want if one[1] == flow]
    assert len(got) == len(want)


def test_levels():
    road = Road()
    road.feed(block_of([frame(1, hello())]))
    closing = record(b"\x01\x00", 21, 0x0303)
    later = [frame(1, DATA), frame(1, closing), frame(1, DATA, back=True), frame(1, flags=FIN)]
    assert len(road.feed(block_of(later))) == 4
    road.sieve.set(key_of(1), LINGER)
    assert [data for _, _, data in road.feed(block_of(later))] == [closing, b""]
    road.sieve.set(key_of(1), 0)
    assert road.feed(block_of(later)) == []
    road.sieve.set(key_of(1), 0)
    assert road.feed(block_of(later)) == []
    assert all((counts == 0).all() for counts in road.sieve._counts.values())
    assert not road.sieve._levels


RENEGOTIATES = bytes.fromhex("1603030040") + bytes(64)  # an encrypted handshake record


@pytest.mark.parametrize("again", [frame(1, flags=SYN), frame(1, hello()), frame(1, RENEGOTIATES)])
def test_a_lingering_flow_that_begins_anew_is_picked_whole_from_there_on(again):
    road = Road()
    road.feed(block_of([frame(1, hello())]))
    road.sieve.set(key_of(1), LINGER)
    block = block_of([frame(2, DATA), again, frame(1, hello()[:20]), frame(1, hello()[20:]), frame(1, DATA, back=True)])
    assert [number for number, _, _ in road.feed(block)] == [2, 3, 4, 5]


def test_a_finished_flow_is_watched_again_on_a_new_hello_and_old_segments_come_once():
    road = Road()
    road.feed(block_of([frame(1, flags=SYN)]))
    assert [number for number, _, _ in road.feed(block_of([frame(1, hello())], first=2))] == [1, 2]
    road.sieve.set(key_of(1), 0)
    road.feed(block_of([frame(1, flags=SYN)], first=3))
    assert [number for number, _, _ in road.feed(block_of([frame(1, hello())], first=4))] == [3, 4]


def slot_sharers():
    """Return two flows whose keys share a slot of the sieve's tables."""
    ports = np.arange(1, 65536)
    block = block_of([frame(int(port)) for port in ports])
    slots = sieve_file._slots(segments(block, Counter()).key)
    order = np.argsort(slots, kind="stable")
    twin = np.flatnonzero(slots[order][1:] == slots[order][:-1])[0]
    return int(ports[order[twin]]), int(ports[order[twin + 1]])


def test_a_flow_that_shares_a_slot_with_a_watched_one_loses_nothing():
    one, other = slot_sharers()
    for level in (WATCH, LINGER):
        road = Road()
        road.feed(block_of([frame(one, hello())]))
        road.sieve.set(key_of(one), level)
        assert road.feed(block_of([frame(other, flags=SYN), frame(other, DATA), frame(one, DATA, flags=FIN)], first=2)) == [(4, one, DATA)]
        assert [number for number, _, _ in road.feed(block_of([frame(other, hello())], first=5))] == [2, 3, 5]


@pytest.mark.parametrize("late", [False, True])
def test_a_lingering_flow_that_shares_a_slot_with_a_watched_one_gives_late_signs_only(late):
    """What is picked, and so the order of what is told, does not depend on the hash."""
    one, other = slot_sharers()
    road = Road()
    for level, flow in ((LINGER, one), (WATCH, other)):
        road.feed(block_of([frame(flow, hello())]))
        road.sieve.set(key_of(flow), level)
    end = [frame(one, flags=ACK | FIN)] if late else []
    picked = road.feed(block_of([frame(one, DATA), frame(other, DATA), *end]))
    assert [(flow, data) for _, flow, data in picked] == [(other, DATA), *[(one, b"")] * late]


def test_two_watched_flows_may_share_a_slot():
    one, other = slot_sharers()
    road = Road()
    road.feed(block_of([frame(one, hello()), frame(other, hello())]))
    both = block_of([frame(one, DATA), frame(other, DATA)])
    assert [flow for _, flow, _ in road.feed(both)] == [one, other]
    road.sieve.set(key_of(one), 0)
    assert [flow for _, flow, _ in road.feed(both)] == [other]
    road.sieve.set(key_of(other), 0)
    assert road.feed(both) == []


def test_the_attic_is_bounded_and_leaves_syns_behind():
    road = Road(attic_bytes=5000)
    road.feed(block_of([frame(1, b"early", flags=SYN, seq=77), frame(1, DATA)]))
    for i in range(30):
        road.feed(block_of([frame(2 + i, b"x" * 1000)]))
        assert road.sieve._attic_bytes <= 5000
        kept = sum(int(part.block.caplen.sum()) for part in road.sieve._attic)
        assert kept < road.sieve._attic_bytes <= kept + 5 * 2 * COLUMNS, "columns weigh too"
    picked, _ = road.sieve.sift(segments(block_of([frame(1, hello())], first=99), Counter()))
    assert [one for part in picked for one in told(part)] == [(1, 1, b""), (99, 1, hello())]
    assert (picked[0].sequence.tolist(), picked[0].missing.tolist()) == ([77], [5]), "a SYN's data is let go, and it says so"


def test_syns_are_bounded():
    road = Road(attic_bytes=1, syns=50)
    for i in range(100):
        road.feed(block_of([frame(1000 + 10 * i + j, flags=SYN) for j in range(10)]))
        assert road.sieve._syn_count == sum(len(part) for part in road.sieve._syns) <= 60
    assert road.feed(block_of([frame(1001, hello())])) == [(1, 1001, hello())], "forgotten"
    assert len(road.feed(block_of([frame(1985, hello())]))) == 2, "remembered"


def test_thousands_of_tiny_blocks_make_few_entries():
    road = Road(attic_bytes=200_000)
    whole = block_of([frame(1 + i % 5000, flags=SYN if i % 3 == 0 else ACK) for i in range(8000)])
    for block in cut(whole, [1]):
        road.feed(block)
    assert len(road.sieve._attic) < 40
    assert len(road.sieve._syns) < 40
    memory = sum(len(part.block.data) for part in road.sieve._attic)
    assert memory <= 200_000


@given(st.lists(st.lists(st.binary(max_size=80), max_size=5), max_size=5))
def test_noise_never_raises(blocks):
    road = Road()
    for frames in blocks:
        road.feed(block_of([ether(ipv4(data)) for data in frames]))
