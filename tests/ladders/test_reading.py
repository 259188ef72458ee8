"""A handshake as a ladder: for every sample, and whatever happens to its packets."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
import talk
from hypothesis import given, settings
from hypothesis import strategies as st

import analyzer
from analyzer.capture import Capture, blocks
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Event, Handshake, Seen
from analyzer.ladders import KINDS
from analyzer.ladders.reading import RUNGS, ladder
from analyzer.ladders.telling import LONGEST

SAMPLES = {path.stem: path for path in sorted(talk.SAMPLES.glob("*.pcapng"))}
SMALL = [name for name, path in SAMPLES.items() if path.stat().st_size < 20_000]


def ladders(capture, **options):
    """Each handshake of a capture with its ladder."""
    walk = analyzer.stream(capture, link=options.pop("link", 1))
    return [(made, ladder(made, [source.name for source in walk.sources], **options)) for _, made in walk]


def check(made, drawn):
    """What holds for every ladder."""
    spoken = [rung for rung in drawn.rungs if rung.kind in {"message", "sealed"} and "token of the Retry" not in (rung.note or "")]
    for sender in (talk.CLIENT, talk.SERVER):
        wanted = [(seen.code is None, seen.time) for seen in made.seen if seen.sender == sender]
        own = [rung for rung in spoken if rung.sender == sender]
        assert [(rung.kind == "sealed" or "followed by a MAC" in (rung.note or ""), rung.time) for rung in own] == wanted
    spans = [span for rung in drawn.rungs for span in (rung.after, rung.thought, rung.network) if span is not None]
    assert all(span >= 0 for span in spans)
    assert all(span is None or span >= 0 for span in msgspec.structs.astuple(drawn.pace)[:-1])
    for rung in drawn.rungs:
        assert rung.kind in KINDS
        assert rung.sender in {CLIENT, SERVER}
        assert rung.network is None or rung.network <= rung.thought
        assert (rung.time is None) == (rung.kind == "missing")
        assert rung.epoch is None or 0 <= rung.epoch < len(drawn.epochs)
        assert (rung.kind in {"message", "sealed"}) <= (rung.epoch is not None)
        assert len(rung.telling) <= 6
        assert all(label and 0 < len(text) <= LONGEST for label, text in rung.telling)
    assert drawn.ending.endswith(".")
    assert drawn.taught
    msgspec.json.encode(drawn)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_has_its_ladders_in_order(name):
    for made, drawn in ladders(SAMPLES[name], fields=True):
        check(made, drawn)
        packets = [rung.packet for rung in drawn.rungs if rung.packet is not None]
        assert packets == sorted(packets)
        times = [rung.time for rung in drawn.rungs if rung.time is not None]
        assert times == sorted(times)
        assert drawn.pace.total >= max(drawn.pace.client or 0, drawn.pace.server or 0)


@cache
def packets_of(name):
    """The packets of a sample, (time, bytes), and their link type."""
    rows = [(row[0], row[1], row[2]) for block in blocks([Capture(str(SAMPLES[name]), 0)])
            for row in zip(block.time.tolist(), block, block.link.tolist(), strict=True)]  # fmt: skip
    return [(time, bytes(data)) for time, data, _ in rows], rows[0][2]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SMALL), st.data())
def test_any_packets_in_any_order_give_a_ladder(name, data):
    """Packets left out, twice, late, cut short, with times that jump."""
    packets, link = packets_of(name)
    order = data.draw(st.lists(st.integers(0, len(packets) - 1), max_size=60))
    rows = [packets[index] for index in (order or range(len(packets)))]
    cut = data.draw(st.integers(0, len(rows)))
    jump = data.draw(st.integers(-(10**12), 10**12))
    short = data.draw(st.sampled_from([None, 60, 100, 200]))
    told = [(time + (jump if index > cut else 0), one[:short], len(one)) for index, (time, one) in enumerate(rows)]
    for made, drawn in ladders(told, link=link, fields=True):
        check(made, drawn)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 400), max_size=30), st.lists(st.integers(1, 400), max_size=30))
def test_any_segments_give_the_same_rungs(one, other):
    (client, hello), (server, flight) = talk.full12()[:2]
    wire = talk.Wire().open().say(client, hello, one).say(server, flight, other).fin(talk.CLIENT)
    [(made, drawn)] = ladders(wire.packets, link=talk.RAW)
    check(made, drawn)
    names = [rung.name for rung in drawn.rungs if rung.kind == "message"]
    assert names[:2] == ["ClientHello", "ServerHello"]
    assert names[-1] == "ServerHelloDone"


def made_of(*seen, **fields):
    """A handshake of these messages."""
    ends = {CLIENT: Endpoint(bytes(4), 1), SERVER: Endpoint(bytes(16), 2)}
    return Handshake(**ends, seen=list(seen), **fields)


def test_what_is_beyond_the_cap_is_counted():
    events = [Event("fin", CLIENT, number, number) for number in range(RUNGS + 7)]
    drawn = ladder(made_of(events=events, closed="fin", outcome="complete"), ["one"])
    assert (len(drawn.rungs), drawn.left_out) == (RUNGS, 7)


def test_captures_are_put_in_order_by_time():
    """Packet ids of several captures do not follow time."""
    second = 1 << 40 | 5
    seen = [Seen(CLIENT, 1, 10, second, second, 100, None), Seen(SERVER, 2, 10, 9, 9, 200, None)]
    drawn = ladder(made_of(*seen, packets=[9, second], outcome="cut"), ["a", "b"])
    rungs = [(rung.name, rung.source, rung.packet) for rung in drawn.rungs if rung.kind == "message"]
    assert rungs == [("ClientHello", "b", 5), ("ServerHello", "a", 9)]


def test_messages_of_one_sender_stand_in_the_order_of_its_stream():
    """A Certificate that came before the ServerHello's late packet is the later message."""
    seen = [Seen(SERVER, 2, 10, 7, 7, 200, None), Seen(SERVER, 11, 10, 6, 6, 100, None)]
    drawn = ladder(made_of(*seen, packets=[6, 7], outcome="cut"), [])
    rungs = [(rung.name, rung.after) for rung in drawn.rungs if rung.kind == "message"]
    assert rungs == [("ServerHello", None), ("Certificate", None)]
    assert drawn.server == "[::]:2"
