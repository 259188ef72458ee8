"""The road while somebody waits: each handshake is told when it is over, and at the end everything is as in a file."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest
import talk
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import Capture, from_packets
from analyzer.capture.block import Block
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.pipeline import Counters, handshakes

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.pcapng"))
MS = 1_000_000


def live(blocks, limits=DEFAULT):
    """Walk the road live; return [(time on the wire, open, copy of the handshake)] and what was told of other connections."""
    now, told, plain = [0], [], []

    def clock():
        for block in blocks:
            now[0] = block.now or now[0]
            yield block

    for one in handshakes(clock(), limits, Counters(), live=True):
        if isinstance(one, Handshake):
            told.append((now[0], one.open, msgspec.structs.replace(one, packets=[*one.packets], anomalies=[*one.anomalies])))
        else:
            plain.append(one)
    return told, plain


def chopped(blocks, rng, quiet=400 * MS):
    """Blocks of a few packets, and ticks of 50 ms between those that are apart in time, and behind the last."""
    before = None
    for whole in blocks:
        at = 0
        while at < len(whole):
            stop = min(at + rng.randint(1, 6), len(whole))
            while stop - at > 1 and whole.time[stop - 1] - whole.time[at] > 40 * MS:  # nobody waits longer for a Block to fill
                stop -= 1
            part = whole.take(slice(at, stop))
            first = int(part.time.min())
            while before is not None and first - before > 50 * MS:
                before += 50 * MS
                yield Block.tick(before)
                if first - before > 10_000 * MS:
                    before = first - 5_000 * MS
            yield part
            before = part.now if before is None else max(before, part.now)
            at = stop
    for _ in range(quiet // (50 * MS) if before is not None else 0):
        before += 50 * MS
        yield Block.tick(before)


def as_in_a_file(path):
    return {one.number: one for one in handshakes(Capture(path), DEFAULT, Counters()) if isinstance(one, Handshake)}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_at_the_end_everything_is_as_in_a_file(path):
    told, _ = live(chopped(Capture(path), random.Random(path.stem)))
    ended = {one.number: one for _, still_open, one in told if not still_open}
    assert ended == as_in_a_file(path)
    assert Counter(one.number for _, still_open, one in told if not still_open) == Counter(dict.fromkeys(ended, 1))
    assert max(Counter(one.number for _, still_open, one in told if still_open).values(), default=1) == 1


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_is_told_early_is_what_the_file_says_but_for_its_close(path):
    told, _ = live(chopped(Capture(path), random.Random(path.stem)))
    whole = as_in_a_file(path)
    for _, still_open, one in told:
        if still_open:
            assert one.outcome == whole[one.number].outcome
            assert [seen.code for seen in one.seen] == [seen.code for seen in whole[one.number].seen][: len(one.seen)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_it_is_told_soon_after_its_last_packet(path):
    told, _ = live(chopped(Capture(path), random.Random(path.stem)))
    first = {}
    for now, _, one in told:
        first.setdefault(one.number, (now, one))
    for now, one in first.values():
        if one.outcome in {"complete", "failed"}:
            round_trip = (one.connect or 0) * 3 // 2
            assert now - one.end <= 300 * MS + round_trip, "a TLS 1.3 server gets the time to refuse"


@pytest.mark.parametrize("name", ["tls12-renegotiation", "tls12-fragmented", "dtls12-fragmented", "quic-retry", "tds"])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_cut_of_a_sample_tells_the_same(name, seed):
    path = SAMPLES[0].with_name(f"{name}.pcapng")
    frames = [data for block in Capture(path) for data in block]
    packets = [(talk.START + at * MS // 2, frame) for at, frame in enumerate(frames)]  # close together: a Block may hold any of them
    whole = {one.number: one for one in handshakes(from_packets(packets), DEFAULT, Counters()) if isinstance(one, Handshake)}
    told, _ = live(chopped(from_packets(packets), random.Random(seed)))
    assert {one.number: one for _, still_open, one in told if not still_open} == whole


FULL = talk.full12()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.booleans())
def test_any_cut_into_blocks_tells_the_same(seed, connections, closing):
    rng = random.Random(seed)
    packets = []
    for index in range(connections):
        wire = talk.Wire((bytes([192, 0, 2, 9]), 20_000 + index), first=(index << 20, 5), start=talk.START + rng.randrange(500) * MS)
        one = talk.play(FULL, wire.open())
        if closing:
            one.fin(talk.CLIENT)
            one.fin(talk.SERVER)
        packets += one.packets
    packets.sort(key=lambda packet: packet[0])
    whole = {one.client.port: one for one in handshakes(from_packets(packets, talk.RAW), DEFAULT, Counters())}
    told, _ = live(chopped(from_packets(packets, talk.RAW), rng))
    ended = {one.client.port: one for _, still_open, one in told if not still_open}
    assert {port: (one.outcome, one.closed, one.packets) for port, one in ended.items()} == {
        port: (one.outcome, one.closed, one.packets) for port, one in whole.items()
    }
    early = {one.client.port for _, still_open, one in told if still_open}
    assert early == (set() if closing else set(whole))


def test_a_connection_that_closes_in_the_middle_is_told_at_once():
    wire = talk.Wire((bytes([192, 0, 2, 9]), 20_000), first=(1, 5), start=talk.START).open()
    talk.play(FULL[:1], wire)
    wire.rst(talk.SERVER)
    told, _ = live(chopped(from_packets(wire.packets, talk.RAW), random.Random(1)))
    (now, still_open, one), (_, later_open, _) = told
    assert (still_open, later_open, one.outcome) == (True, False, "unanswered")
    assert now - wire.packets[-1][0] <= 250 * MS


def test_what_comes_late_behind_a_close_still_counts():
    wire = talk.Wire((bytes([192, 0, 2, 9]), 20_000), first=(1, 5), start=talk.START).open()
    talk.play(FULL[:1], wire)
    late = wire.packets.pop()  # the hello itself
    wire.rst(talk.SERVER)
    wire.packets.append((wire.packets[-1][0] + 2000 * MS, late[1]))
    told, _ = live(chopped(from_packets(wire.packets, talk.RAW), random.Random(1), quiet=6000 * MS))
    of_file = [one for one in handshakes(from_packets(wire.packets, talk.RAW), DEFAULT, Counters()) if isinstance(one, Handshake)]
    assert [one.outcome for _, still_open, one in told if not still_open] == [one.outcome for one in of_file]


def test_a_half_done_handshake_is_cut_at_the_end():
    wire = talk.Wire((bytes([192, 0, 2, 9]), 20_000), first=(1, 5), start=talk.START).open()
    talk.play(FULL[:3], wire)
    told, _ = live(chopped(from_packets(wire.packets, talk.RAW), random.Random(1)))
    assert [(still_open, one.outcome) for _, still_open, one in told] == [(False, "cut")]
