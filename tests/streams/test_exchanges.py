"""Exchanges: opened by an opening only, heard in order, ended once — by DONE, by silence, by the cap, or by the end."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, cut, datagrams, dtls, ether, ipv4, ipv6, udp

from analyzer.limits import DEFAULT
from analyzer.packets.datagram_sieve import DatagramSieve
from analyzer.streams.exchange import Exchange
from analyzer.streams.exchanges import Exchanges
from analyzer.streams.flow import DONE, WATCH

SECOND = 10**9
HELLO, MORE, ENOUGH = dtls(), b"more of it", dtls(body=b"DONE")


class Ear:
    """A Hearer that writes everything down; bytes in what is said decide when it has heard enough."""

    def __init__(self, exchange, told):
        self.exchange, self.told, self.log = exchange, told, []

    def datagram(self, side, data, packet, time, missing):
        assert self.exchange.last == time
        assert self.exchange.heard >> side & 1
        self.log.append(("client" if self.exchange.ends[side][2] != 443 else "server", data, packet, missing))
        return DONE if b"DONE" in data else WATCH

    def finish(self):
        self.told.append((next(end[2] for end in self.exchange.ends if end[2] != 443), self.log))


class Road:
    """DatagramSieve and Exchanges with Ears behind them; ``told`` is (client port, log) of each exchange as it ends."""

    def __init__(self, **limits):
        self.told, self.ears = [], []
        self.sieve = DatagramSieve()
        self.exchanges = Exchanges(msgspec.structs.replace(DEFAULT, **limits), self.sieve, self.hear)

    def hear(self, exchange):
        self.ears.append(Ear(exchange, self.told))
        return self.ears[-1]

    def feed(self, *blocks):
        for block in blocks:
            for _ in self.exchanges.feed(*self.sieve.sift(datagrams(block, Counter()))):
                pass
        return self

    def finish(self):
        self.exchanges.finish()
        assert len(self.exchanges) == 0
        assert not self.sieve._counts.any()
        assert self.sieve._watched == 0
        return self.told

    @property
    def ended(self):
        return [port for port, _ in self.told]


def frame(port, data=MORE, *, back=False, tags=()):
    ends = {"source": 443, "target": port} if back else {"source": port, "target": 443}
    addresses = {"source": "10.0.0.2", "target": "10.0.0.1"} if back else {}
    return ether(ipv4(udp(data, **ends), protocol=17, **addresses), tags=tags)


def at(second, *frames):
    return block_of(frames, time=[second * SECOND] * len(frames))


SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(SIZES)
def test_both_sides_are_heard_in_order_whatever_the_blocks(sizes):
    frames = [frame(1, HELLO), frame(1, dtls(3), back=True), frame(1, HELLO), frame(1, dtls(2), back=True), frame(1, dtls(16))]
    told = Road().feed(*cut(block_of(frames), sizes)).finish()
    assert told == [(1, [("client", HELLO, 1, 0), ("server", dtls(3), 2, 0), ("client", HELLO, 3, 0), ("server", dtls(2), 4, 0),
                         ("client", dtls(16), 5, 0)])]  # fmt: skip


def test_only_an_opening_opens():
    road = Road().feed(block_of([frame(1), frame(2, HELLO)]), block_of([frame(1), frame(2), frame(3, back=True)]))
    assert len(road.ears) == len(road.exchanges) == 1
    assert road.finish() == [(2, [("client", HELLO, 2, 0), ("client", MORE, 2, 0)])]


def test_an_answer_may_open_too():
    """The client's hello was before the capture."""
    road = Road().feed(block_of([frame(1, dtls(2), back=True)]))
    (ear,) = road.ears
    assert ear.log == [("server", dtls(2), 1, 0)]
    assert ear.exchange.ends[ear.exchange.opener][2] == 443


def test_what_an_exchange_knows():
    road = Road().feed(block_of([frame(1, HELLO, tags=[(0x8100, 5)])]))
    (ear,) = road.ears
    exchange = ear.exchange
    assert isinstance(exchange, Exchange)
    assert (exchange.carriage, exchange.ends[exchange.opener][2], exchange.heard) == (1, 1, 1 << exchange.opener)
    road.feed(block_of([frame(1, back=True, tags=[(0x8100, 6)])], first=7))
    assert (exchange.carriage, exchange.heard, exchange.last) == (1, 3, 7_000_000)


@given(st.integers(14, 40))
def test_what_the_snap_length_cut_is_told(kept):
    whole = frame(1, dtls(body=bytes(40)))
    head = len(whole) - len(dtls(body=bytes(40)))
    ((_, log),) = Road().feed(block_of([whole[: head + kept]], wire=[len(whole)])).finish()
    assert log == [("client", dtls(body=bytes(40))[:kept], 1, 65 - kept)]


def test_done_ends_it_at_once_and_only_an_opening_opens_it_again():
    road = Road().feed(block_of([frame(1, HELLO), frame(1, ENOUGH)]))
    assert (road.ended, len(road.exchanges)) == ([1], 0)
    road.feed(block_of([frame(1), frame(1, back=True)]))
    assert len(road.ears) == 1
    road.feed(block_of([frame(1, HELLO)], first=9))
    assert road.finish() == [(1, [("client", HELLO, 1, 0), ("client", ENOUGH, 2, 0)]), (1, [("client", HELLO, 9, 0)])]


def test_done_in_the_midst_of_a_block():
    road = Road().feed(block_of([frame(1, HELLO), frame(1, ENOUGH), frame(1), frame(1, HELLO), frame(1, ENOUGH), frame(1)]))
    assert [[one[1:3] for one in log] for _, log in road.finish()] == [[(HELLO, 1), (ENOUGH, 2)], [(HELLO, 4), (ENOUGH, 5)]]


def test_an_idle_exchange_is_ended_by_capture_time_even_if_nothing_is_said():
    road = Road(flow_idle_seconds=60)
    road.feed(at(1000, frame(1, HELLO)), at(1030, frame(2, HELLO)), at(1061, ether(b"", 0x0806)))
    assert road.ended == [1]
    road.feed(at(1089, ether(b"", 0x0806)))
    assert road.ended == [1]
    road.feed(at(1091, ether(b"", 0x0806)))
    assert road.ended == [1, 2]


def test_an_exchange_that_speaks_is_not_idle():
    road = Road(flow_idle_seconds=60)
    road.feed(at(1000, frame(1, HELLO)), *(at(1000 + 50 * i, frame(1, back=bool(i % 2))) for i in range(1, 6)))
    assert road.ended == []
    assert len(road.ears[0].log) == 6


def test_time_that_goes_back_ends_nothing():
    road = Road(flow_idle_seconds=60)
    road.feed(at(5000, frame(1, HELLO)), at(10, frame(2, HELLO)), at(5001, frame(1)))
    assert 1 not in road.ended


@pytest.mark.parametrize("split", [1, 100])
def test_past_the_limit_the_exchange_idle_longest_is_ended(split):
    road = Road(flows=3)
    road.feed(*cut(block_of([frame(port, HELLO) for port in (1, 2, 3)]), [split]))
    road.feed(block_of([frame(1)]), block_of([frame(4, HELLO), frame(5, HELLO)]))
    assert road.ended == [2, 3]
    assert (len(road.exchanges), road.exchanges._budget.hits) == (3, {"flows": 2})
    road.finish()
    assert road.ended == [2, 3, 1, 4, 5]


def test_a_limit_of_one():
    road = Road(flows=1).feed(block_of([frame(1, HELLO), frame(2, HELLO), frame(1, HELLO)]))
    assert road.ended == [1, 2]
    assert [len(ear.log) for ear in road.ears] == [1, 1, 1]


def test_feed_pauses_after_each_datagram_so_that_what_ended_is_told_while_it_is_warm():
    road = Road()
    walk = road.exchanges.feed(*road.sieve.sift(datagrams(block_of([frame(1, ENOUGH), frame(2, HELLO), frame(3, ENOUGH)]), Counter())))
    next(walk)
    assert (road.ended, len(road.ears)) == ([1], 1)
    next(walk)
    assert (road.ended, len(road.ears)) == ([1], 2)
    assert len(list(walk)) == 2
    assert road.ended == [1, 3]


def test_the_end_tells_the_oldest_first():
    road = Road().feed(block_of([frame(3, HELLO), frame(1, HELLO), frame(2, HELLO), frame(3)]))
    road.feed(block_of([frame(1, HELLO)]))
    road.finish()
    assert [*road.ended[-1:], len(road.ended)] == [1, 3]


def test_an_exchange_and_its_hearer_are_free_once_it_ended():
    """Without a cycle: the collector runs rarely while captures are read."""
    import gc
    import weakref

    gc.disable()
    try:
        road = Road().feed(block_of([frame(1, ENOUGH)]))
        gone = weakref.ref(road.ears.pop())
        assert gone() is None
    finally:
        gc.enable()


def test_ipv4_and_ipv6_with_the_same_numbers_are_two_exchanges():
    frames = [ether(ipv4(udp(HELLO), protocol=17)), ether(ipv6(udp(HELLO), following=17), 0x86DD)]
    assert len(Road().feed(block_of(frames)).finish()) == 2


def test_keys_that_collide_cost_no_truth(monkeypatch):
    import numpy as np

    from analyzer.packets import datagram_sieve

    real = datagram_sieve.flow_key
    monkeypatch.setattr(datagram_sieve, "flow_key", lambda *columns: (np.full(len(columns[0]), 7, np.uint64), real(*columns)[1]))
    road = Road().feed(block_of([frame(1, HELLO)]), block_of([frame(2), frame(1), frame(2, HELLO), frame(2, back=True)]))
    assert sorted((port, [one[1] for one in log]) for port, log in road.finish()) == [(1, [HELLO, MORE]), (2, [HELLO, MORE])]


SAYINGS = st.sampled_from([b"", MORE, HELLO, HELLO[:20], ENOUGH, dtls(epoch=1)])
ROWS = st.lists(st.tuples(st.integers(1, 4), st.booleans(), SAYINGS, st.integers(0, 500)), max_size=8)


@given(st.lists(ROWS, max_size=6))
def test_nothing_raises_and_every_exchange_ends_once(script):
    road = Road(flows=2, flow_idle_seconds=60)
    for rows in script:
        frames, times = [frame(port, data, back=back) for port, back, data, _ in rows], [second * SECOND for *_, second in rows]
        road.feed(block_of(frames, time=times))
        assert len(road.exchanges) <= 2
    road.finish()
    assert len(road.told) == len(road.ears)
    assert all(log[0][1] in (HELLO, ENOUGH, HELLO[:20]) for _, log in road.told), "opened by an opening only"
