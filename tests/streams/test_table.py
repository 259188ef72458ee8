"""Table: flows by their true five-tuple, opened, ended and told the same whatever the blocks were."""

from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import ACK, FIN, RST, SYN, block_of, cut, ether, hello, ipv4, ipv6, record, segments, tcp

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Layer
from analyzer.packets.sieve import LINGER, Sieve
from analyzer.packets.transport import Transport
from analyzer.streams.flow import DONE, WATCH
from analyzer.streams.table import Table
from analyzer.streams.whole import no_tape

SECOND = 10**9
CLOSING = record(b"\x01\x00", 21, 0x0303)
LAST = record(b"LINGER", 23, 0x0303)
ENOUGH = record(b"DONE", 23, 0x0303)


class Ear:
    """A Listener that writes everything down; bytes in what is said decide what it wants next."""

    weight = 0

    def reread(self, runs):
        self.again = runs

    def __init__(self, flow, told):
        self.flow, self.told = flow, told
        self.log = []

    def begins(self, data):
        return data[:1] == b"\x16"

    def side(self, side):
        return "client" if self.flow.ends[side][2] != 443 else "server"  # which end is the first is drawn afresh in each process

    def run(self, side, data, packet, time, lost):
        del time
        self.log.append((self.side(side), data, packet, lost))
        return DONE if b"DONE" in data else LINGER if b"LINGER" in data else WATCH

    def play(self, records, closes):
        for row, side, data, packet, time in records:
            if row > closes:
                break
            state = self.run(side, data, packet, time, 0)
            if state != WATCH:
                return row if state == LINGER else -1
        return -1

    def event(self, kind, side, packet, time):
        del time
        self.log.append((kind, self.side(side), packet))

    def late(self, side, data, packet, time):
        del time
        self.log.append(("late", self.side(side), data, packet))
        return WATCH if data[:1] == b"\x16" else LINGER

    def note(self, kind, side, detail, packet, time):
        del time, detail
        self.log.append((kind, self.side(side), packet))

    def hitch(self, *told):
        pass

    def confirm(self, time):
        pass

    def finish(self):
        port = next(end[2] for end in self.flow.ends if end[2] != 443)
        self.told.append((port, self.log))


class Reel:
    """The simplest of Tapes: the segments of whole connections as they are."""

    def __init__(self, streams):
        self.closes = streams.closes.tolist()
        self.said = {}
        for number, begin, end in zip(streams.number.tolist(), streams.begin.tolist(), streams.end.tolist(), strict=True):
            rows = streams.row[(streams.first >= begin) & (streams.last <= end)].tolist()
            self.said.setdefault(number // 2, []).extend((row, number % 2) for row in rows)

    def records(self, group, data, packets, times):
        return [(row, side, data[row], packets[row], times[row]) for row, side in sorted(self.said.get(group, []))]


@pytest.fixture(autouse=True, scope="module", params=[no_tape, Reel])
def _both_roads(request):
    """Run every test on the scalar road and on the one for whole connections: nobody may hear a difference."""
    Road.cut = staticmethod(request.param)


class Road:
    """Sieve and Table with Ears behind them; ``told`` is (client port, log) of each flow as it ends."""

    cut = staticmethod(no_tape)

    def __init__(self, **limits):
        self.told = []
        self.ears = []
        limits = msgspec.structs.replace(DEFAULT, **limits)
        self.sieve = Sieve(limits)
        self.table = Table(limits, self.sieve, self.listen, self.cut)

    def listen(self, flow):
        self.ears.append(Ear(flow, self.told))
        return self.ears[-1]

    def feed(self, *blocks):
        for block in blocks:
            picked, fresh = self.sieve.sift(segments(block, Counter()))
            for packets in picked:
                for _ in self.table.feed(packets, fresh):
                    pass
        return self

    def finish(self):
        self.table.finish()
        assert len(self.table) == 0
        assert not self.sieve._levels
        return self.told

    @property
    def ended(self):
        return [port for port, _ in self.told]


class Talk:
    """Writes the packets of one connection."""

    def __init__(self, port=40000, client=99, server=499):
        self.port, self.next = port, [client, server]

    def frame(self, side, data=b"", flags=ACK, *, at=None):
        seq = self.next[side] if at is None else at
        if at is None:
            self.next[side] = (seq + len(data) + (1 if flags & (SYN | FIN) else 0)) & 0xFFFFFFFF
        ports = {"source": self.port, "target": 443} if side == 0 else {"source": 443, "target": self.port}
        ends = {"source": f"10.0.0.{side + 1}", "target": f"10.0.0.{2 - side}"}
        return ether(ipv4(tcp(data, seq=seq, flags=flags, **ports), **ends))

    def opened(self):
        return [self.frame(0, flags=SYN), self.frame(1, flags=SYN | ACK), self.frame(0)]

    def whole(self, middle=()):
        """Return a connection with a handshake, and then the FINs."""
        frames = [*self.opened(), self.frame(0, hello()), self.frame(1, hello(kind=2)[:30]), self.frame(1, hello(kind=2)[30:])]
        frames += [self.frame(0, LAST), *middle, self.frame(1, b"bulk" * 20), self.frame(0, CLOSING)]
        return [*frames, self.frame(0, flags=FIN | ACK), self.frame(1, flags=FIN | ACK), self.frame(0)]


def whole_log(first=1):
    """Return what an Ear hears of ``Talk.whole`` whose packets are numbered from ``first``."""
    return [("syn", "client", first), ("syn_ack", "server", first + 1), ("client", hello(), first + 3, 0),
            ("server", hello(kind=2)[:30], first + 4, 0),
            ("server", hello(kind=2)[30:], first + 5, 0), ("client", LAST, first + 6, 0), ("late", "client", CLOSING, first + 8),
            ("fin", "client", first + 9), ("fin", "server", first + 10)]  # fmt: skip


SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=8)


def test_a_connection_is_told_and_ended_by_its_second_fin():
    road = Road().feed(block_of(Talk().whole()))
    assert road.told == [(40000, whole_log())]
    assert len(road.table) == 0


@given(SIZES)
def test_the_same_is_told_whatever_the_blocks(sizes):
    assert Road().feed(*cut(block_of(Talk().whole()), sizes)).finish() == [(40000, whole_log())]


@given(SIZES)
def test_a_five_tuple_used_twice_is_two_flows(sizes):
    block = block_of([*Talk().whole(), *Talk(client=7_000_000, server=9_000_000).whole()])
    assert Road().feed(*cut(block, sizes)).finish() == [(40000, whole_log()), (40000, whole_log(13))]


@given(SIZES)
def test_a_five_tuple_used_again_without_a_close_is_two_flows(sizes):
    first, second = Talk(), Talk(client=7_000_000, server=9_000_000)
    frames = [*first.opened(), first.frame(0, hello()), first.frame(1, hello(kind=2)), first.frame(0, LAST), *second.whole()]
    told = Road().feed(*cut(block_of(frames), sizes)).finish()
    assert [log[-1][2] for _, log in told] == [6, 17]
    assert told[1][1] == whole_log(7)


@given(SIZES)
def test_a_handshake_that_never_ended_and_a_second_use(sizes):
    first, second = Talk(), Talk(client=7_000_000, server=9_000_000)
    frames = [*first.opened(), first.frame(0, hello()), first.frame(1, flags=RST), *second.whole()]
    told = Road().feed(*cut(block_of(frames), sizes)).finish()
    assert [one[0] for one in told[0][1]] == ["syn", "syn_ack", "client", "rst"]
    assert told[1] == (40000, whole_log(6))


@given(SIZES)
def test_after_done_only_a_new_connection_is_heard(sizes):
    first, second = Talk(), Talk(client=7_000_000, server=9_000_000)
    frames = [*first.opened(), first.frame(0, hello()), first.frame(0, ENOUGH), *(first.frame(1, b"bulk") for _ in range(5)),
              first.frame(0, flags=FIN), *second.whole()]  # fmt: skip
    told = Road().feed(*cut(block_of(frames), sizes)).finish()
    enough = [("syn", "client", 1), ("syn_ack", "server", 2), ("client", hello(), 4, 0), ("client", ENOUGH, 5, 0)]
    assert [log for _, log in told if ("client", ENOUGH, 5, 0) in log] == [enough]
    assert told[-1] == (40000, whole_log(12))


def test_after_done_a_hello_in_the_same_block_opens_the_flow_again():
    talk = Talk()
    frames = [talk.frame(0, hello()), talk.frame(0, ENOUGH), talk.frame(1, b"bulk"), talk.frame(0, hello()), talk.frame(1, hello(kind=2))]
    told = Road().feed(block_of(frames)).finish()
    assert [one for _, log in told for one in log] == [("client", hello(), 1, 0), ("client", ENOUGH, 2, 0), ("client", hello(), 4, 0),
                                                      ("server", hello(kind=2), 5, 0)]  # fmt: skip


@given(SIZES)
def test_while_lingering_only_late_signs_are_told_whatever_the_blocks(sizes):
    talk = Talk()
    middle = [talk.frame(0, at=0)]
    frames = talk.whole(middle)
    told = Road().feed(*cut(block_of([*frames[:8], *[talk.frame(1, b"bulk", at=5000 + i) for i in range(5)], *frames[8:]]), sizes)).finish()
    assert [one[:2] for one in told[0][1]] == [one[:2] for one in whole_log()]


@given(SIZES)
def test_a_renegotiation_is_read_to_its_end(sizes):
    talk = Talk()
    frames = [*talk.opened(), talk.frame(0, hello()), talk.frame(0, LAST), talk.frame(1, b"bulk"),
              talk.frame(0, hello(80)[:40]), talk.frame(0, hello(80)[40:]),
              talk.frame(1, hello(90, 2)[:50]), talk.frame(1, hello(90, 2)[50:])]  # fmt: skip
    ((_, log),) = Road().feed(*cut(block_of(frames), sizes)).finish()
    assert log[4:] == [("late", "client", hello(80)[:40], 7), ("client", hello(80)[:40], 7, 0), ("client", hello(80)[40:], 8, 0),
                       ("server", hello(90, 2)[:50], 9, 0), ("server", hello(90, 2)[50:], 10, 0)]  # fmt: skip


@given(st.permutations(range(8)), SIZES)
def test_segments_out_of_order_across_blocks_give_the_same_streams(order, sizes):
    talk, message = Talk(), hello(200)
    syns = talk.opened()
    parts = [talk.frame(0, message[i * 30 : i * 30 + 30], at=100 + i * 30) for i in range(7)] + [talk.frame(1, hello(kind=2), at=500)]
    ((_, log),) = Road().feed(*cut(block_of([*syns, *(parts[i] for i in order)]), sizes)).finish()
    assert b"".join(one[1] for one in log if one[0] == "client") == message
    assert b"".join(one[1] for one in log if one[0] == "server") == hello(kind=2)
    assert all(one[3] == 0 for one in log if one[0] in {"client", "server"})


@given(st.lists(st.integers(0, 3), min_size=36, max_size=48), SIZES)
def test_many_flows_at_once_are_kept_apart(turns, sizes):
    waiting = [Talk(40000 + i, 1000 * i, 5000 * i).whole() for i in range(4)]
    frames = [waiting[turn].pop(0) for turn in [*turns, *[i for i in range(4) for _ in range(12)]] if waiting[turn]]
    told = Road().feed(*cut(block_of(frames), sizes)).finish()
    assert sorted(port for port, _ in told) == [40000, 40001, 40002, 40003]
    for _, log in told:
        assert [(one[0], *one[1:2]) for one in log] == [(one[0], *one[1:2]) for one in whole_log()]


def test_a_listener_is_asked_for_once_per_connection():
    road = Road().feed(block_of(Talk().whole(), time=[1_700_000_000 * SECOND + i for i in range(12)]))
    assert len(road.ears) == 1


def test_both_sides_heard_is_told_from_bare_acknowledgments_too():
    talk = Talk()
    road = Road()
    road.feed(block_of([talk.frame(0, hello())]))
    (flow,) = road.table._flows
    assert flow.heard in {1, 2}
    road.feed(block_of([talk.frame(1)]))
    assert flow.heard == 3


@pytest.mark.parametrize("first", [0, 1])
def test_a_flow_knows_what_its_first_segment_travelled_in_and_who_sent_it(first):
    """Read whole or segment by segment; what comes later by another way changes nothing."""
    transport = Transport(DEFAULT, Counter())
    flows = []

    def listen(flow):
        flows.append(flow)
        return Ear(flow, [])

    table = Table(DEFAULT, Sieve(DEFAULT), listen, Road.cut, transport.carriages.layers)
    frames = [frame[:12] + b"\x81\0\0" + bytes([5 if number == first else 6]) + frame[12:] for number, frame in enumerate(Talk().whole())]
    packets, _ = transport.read(block_of(frames[first:]))
    list(table.feed(packets, frozenset(packets.key.tolist())))
    assert {flow.carriage for flow in flows} == {(Layer("vlan", 5),)}
    assert {flow.ends[flow.opener][2] for flow in flows} == {443 if first else 40000}


def test_keys_that_collide_cost_no_truth(monkeypatch):
    from analyzer.packets import transport

    real = transport.flow_key
    monkeypatch.setattr(transport, "flow_key", lambda *columns: (np.full(len(columns[0]), 7, np.uint64), real(*columns)[1]))
    frames = [one for pair in zip(Talk(40000).whole(), Talk(40001).whole(), strict=True) for one in pair]
    told = Road().feed(block_of(frames)).finish()
    assert [(port, [one[0] for one in log]) for port, log in told if log] == [
        (port, [one[0] for one in whole_log()]) for port in (40000, 40001)
    ]


def test_ipv4_and_ipv6_with_the_same_numbers_are_two_flows():
    frames = [ether(ipv4(tcp(hello()))), ether(ipv6(tcp(hello())), 0x86DD)]
    assert len(Road().feed(block_of(frames)).finish()) == 2


# ------------------------------------------------------------------------------------------------ time and number


def at(second, *frames):
    return block_of(frames, time=[second * SECOND] * len(frames))


def test_idle_flows_are_ended_by_capture_time_even_if_nothing_is_watched():
    road = Road(flow_idle_seconds=60)
    road.feed(at(1000, Talk(1).frame(0, hello())), at(1030, Talk(2).frame(0, hello())), at(1061, Talk(9).frame(0, b"x")))
    assert road.ended == [1]
    road.feed(at(1089, ether(b"", 0x0806)))
    assert road.ended == [1]
    road.feed(at(1091, ether(b"", 0x0806)))
    assert road.ended == [1, 2]


def test_a_flow_that_speaks_is_not_idle():
    road, talk = Road(flow_idle_seconds=60), Talk(1)
    road.feed(*(at(1000 + 50 * i, talk.frame(0, hello())) for i in range(5)))
    assert road.ended == []
    assert len(road.ears) == 1


def test_a_closed_flow_is_kept_for_what_comes_late_and_then_told():
    road, talk = Road(), Talk()
    road.feed(at(1000, *talk.opened(), talk.frame(0, hello()[30:], at=130), talk.frame(0, hello()[:30], at=100), talk.frame(0, flags=RST)))
    road.feed(at(1004, talk.frame(1, hello(kind=2), at=500)))
    assert road.ended == []
    road.feed(at(1010, ether(b"", 0x0806)))
    assert road.ended == [40000]
    assert [one[0] for one in road.told[0][1]] == ["syn", "syn_ack", "client", "client", "rst", "server"]


def test_a_syn_after_a_long_silence_is_another_connection():
    road = Road(flow_idle_seconds=60)
    whole = block_of(
        [Talk().frame(0, flags=SYN), Talk(client=100).frame(0, hello()), Talk().frame(0, flags=SYN)], time=[SECOND, 2 * SECOND, 90 * SECOND]
    )
    assert [len(log) for _, log in road.feed(whole).finish()] == [2, 1]


def test_time_that_goes_back_ends_nothing():
    road = Road(flow_idle_seconds=60)
    road.feed(at(5000, Talk(1).frame(0, hello())), at(10, Talk(2).frame(0, hello())), at(5001, Talk(1).frame(0, hello(), at=500)))
    assert 1 not in road.ended


@pytest.mark.parametrize("split", [1, 100])
def test_past_the_limit_the_flow_idle_longest_is_ended(split):
    road = Road(flows=3)
    frames = [Talk(i).frame(0, hello()) for i in (1, 2, 3)]
    road.feed(*cut(block_of(frames), [split]))
    road.feed(block_of([Talk(1).frame(0, hello(), at=170)]), block_of([Talk(4).frame(0, hello()), Talk(5).frame(0, hello())]))
    assert road.ended == [2, 3]
    assert (len(road.table), road.table._budget.hits) == (3, {"flows": 2})
    road.finish()
    assert road.ended == [2, 3, 1, 4, 5]


def test_segments_of_flows_that_nobody_asked_for_open_nothing():
    road = Road()
    list(road.table.feed(segments(block_of(Talk().whole()), Counter()), frozenset()))
    assert len(road.table) == 0
    assert not road.ears


SAYINGS = st.sampled_from([b"", b"x", hello(), hello()[:9], LAST, CLOSING, ENOUGH, hello()[9:]])
FLAGS = st.sampled_from([ACK, SYN, SYN | ACK, FIN, RST, SYN | FIN, 0xFF])
SEGMENTS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 1), SAYINGS, FLAGS, st.integers(0, 2**32 - 1)), max_size=8)


@given(st.lists(SEGMENTS, max_size=6))
def test_nothing_raises_and_every_flow_ends_once(script):
    road = Road(flows=2, side_segments=3)
    for rows in script:
        road.feed(block_of([Talk(port).frame(side, data, flags, at=seq) for port, side, data, flags, seq in rows]))
        assert len(road.table) <= 2
    road.finish()
    assert len(road.told) <= len(road.ears), "an Ear whose tape did not do is replaced by another"


@given(SIZES)
def test_a_whole_connection_that_renegotiates_is_read_to_its_end(sizes):
    talk = Talk()
    again = hello(80)
    frames = [*talk.opened(), talk.frame(0, hello()), talk.frame(0, LAST), talk.frame(0, again[:40]), talk.frame(0, again[40:])]
    frames.append(talk.frame(1, flags=RST))
    ((_, log),) = Road().feed(*cut(block_of(frames), sizes)).finish()
    assert log[4:] == [("late", "client", again[:40], 6), ("client", again[:40], 6, 0), ("client", again[40:], 7, 0), ("rst", "server", 8)]


def test_a_renegotiation_that_ends_the_batch():
    talk = Talk()
    frames = [*talk.opened(), talk.frame(0, hello()), talk.frame(0, LAST), talk.frame(1, flags=FIN), talk.frame(0, hello(80), flags=FIN)]
    told = Road().feed(block_of(frames)).finish()
    assert [one[0] for one in told[0][1]] == ["syn", "syn_ack", "client", "client", "fin", "late", "client", "fin"]


def test_renegotiating_connections_stay_within_the_limit():
    road = Road(flows=2)
    for port in range(1, 6):
        talk = Talk(port)
        frames = [*talk.opened(), talk.frame(0, hello()), talk.frame(0, LAST), talk.frame(0, hello(80)), talk.frame(1, flags=RST)]
        road.feed(block_of(frames))
        assert len(road.table) <= 2
