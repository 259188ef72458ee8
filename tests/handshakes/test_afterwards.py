"""The first application data behind a handshake, whatever road, segments and blocks; all else is the same."""

from __future__ import annotations

import msgspec
import pytest
import talk
from talk import CCS, CLIENT, FINISHED13, SERVER, full12, full13

from analyzer import stream
from analyzer.limits import DEFAULT
from analyzer.streams.afterwards import SEGMENTS

SMALL = msgspec.structs.replace(DEFAULT, block_packets=3)
SLICED = msgspec.structs.replace(DEFAULT, batch_segments=4)


def read(packets, limits=DEFAULT, *, data=True, link=talk.RAW):
    return [made for _, made in stream(packets, limits=limits, link=link, data=data)]


def found(made):
    """(sender, packet, length) of its data."""
    return [(event.sender, event.packet, event.length) for event in made.events if event.kind == "application_data"]


def without(made):
    """A handshake without what only the option tells."""
    return msgspec.structs.replace(made, events=[event for event in made.events if event.kind != "application_data"])


def numbered(wire):
    """Data of both sides behind a full handshake: what is found by packet numbers."""
    return wire.client(talk.data(40)).server(talk.data(900))


@pytest.mark.parametrize("limits", [DEFAULT, SMALL, SLICED])
@pytest.mark.parametrize("close", [True, False])
def test_both_sides_data_is_found_on_both_roads(limits, close):
    """A connection that is closed comes from a tape where one block has all of it."""
    wire = numbered(talk.play(full12()))
    last = len(wire.packets)
    if close:
        wire.fin(CLIENT).fin(SERVER)
    [made] = read(wire.packets, limits)
    assert found(made) == [(CLIENT, last - 1, 40), (SERVER, last, 900)]
    [plain] = read(wire.packets, limits, data=False)
    assert found(plain) == []
    assert without(made) == plain


@pytest.mark.parametrize("sizes", [(1,), (4,), (7, 1, 30), (2000,)])
def test_data_in_the_segment_of_a_finished_and_in_pieces(sizes):
    turns = full12()
    server, last = turns[-1]
    wire = talk.play(turns[:-1]).say(server, last + talk.data(300), sizes).say(CLIENT, talk.data(44), sizes)
    for packets in (wire.packets, wire.fin(CLIENT).fin(SERVER).packets):
        for limits in (DEFAULT, SMALL):
            [made] = read(packets, limits)
            assert [(sender, length) for sender, _, length in found(made)] == [(SERVER, 300), (CLIENT, 44)]


def test_tls13_shows_the_clients_data_behind_the_servers_and_no_alert_for_it():
    """A sealed alert has 19 bytes (RFC 8446 sections 5.2 and 6)."""
    turns = [*full13()[:2], (CLIENT, CCS + talk.data(FINISHED13)), (SERVER, talk.data(250))]
    wire = talk.play([*turns, (CLIENT, talk.data(19))])
    assert [sender for sender, *_ in found(read(wire.packets)[0])] == [SERVER]
    wire = talk.play([*turns, (CLIENT, talk.data(45))])
    assert found(read(wire.packets)[0])[1:] == [(CLIENT, len(wire.packets), 45)]


def test_what_stands_where_bytes_are_lost_is_found_by_its_header():
    wire = talk.play(full12()).gap(CLIENT, 10).client(talk.data(50))
    assert found(read(wire.packets)[0]) == [(CLIENT, len(wire.packets), 50)]


def test_no_more_is_looked_at_than_is_said():
    """Nothing but the middle of something, in too many segments."""
    wire = talk.play(full12()).gap(CLIENT, 10)
    for _ in range(SEGMENTS):
        wire.client(b"\xff" * 20)
    wire.client(talk.data(50))
    assert found(read(wire.packets)[0]) == []


def test_a_record_that_is_none_ends_it():
    wire = talk.play(full12()).client(b"GET / HTTP/1.1\r\n\r\n" + talk.data(30)).client(talk.data(30))
    assert found(read(wire.packets)[0]) == []


def test_a_failed_handshake_has_no_data():
    wire = talk.play([*full12()[:1], (SERVER, talk.alert(40)), (CLIENT, talk.data(60))])
    assert found(read(wire.packets)[0]) == []


@pytest.mark.parametrize("name", [path.stem for path in sorted(talk.SAMPLES.glob("*.pcapng"))])
def test_all_else_is_the_same(name):
    path = str(talk.SAMPLES / f"{name}.pcapng")
    plain = read(path, data=False)
    for limits in (DEFAULT, SMALL):
        told = read(path, limits)
        assert [without(one) for one in told] == [without(one) for one in read(path, limits, data=False)]
        for one, other in zip(told, plain, strict=True) if limits is DEFAULT else ():
            assert set(found(other)) <= set(found(one))


@pytest.mark.parametrize(
    ("name", "number", "sizes"),
    [("tls12-ecdhe-rsa", 1, (30, 30)), ("tls12-resume-ticket", 2, (30, 30)), ("ssl30-rsa", 1, (32, 32)), ("tls11-ecdhe", 1, (52, 52))],
)
def test_the_data_of_the_samples_is_that_of_tshark(name, number, sizes):
    """Lengths of the first records of type 23, as tshark -T fields -e tls.record.length shows them."""
    made = {one.number: one for one in read(str(talk.SAMPLES / f"{name}.pcapng"))}[number]
    assert [(sender, length) for sender, _, length in found(made)] == [(CLIENT, sizes[0]), (SERVER, sizes[1])]
