"""Messages put together from fragments: any order, any overlap, and what stays missing."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.udp.flights import Flights, Pieces
from analyzer.limits import DEFAULT
from analyzer.tls.dtls import Fragment

BODY = bytes(range(200))
VERSION = 0xFEFD


def piece(sequence, start=0, stop=None, body=BODY, code=11):
    return Fragment(code, len(body), sequence, start, body[start:stop])


def put(flights, *fragments):
    """Feed fragments, packet by packet; return (message_seq, body, packets) of what comes out."""
    told = [whole for number, one in enumerate(fragments, 1) for whole in flights.take(one, number, number * 10, VERSION)]
    return [(one.sequence, one.body, one.packets) for one in told]


def test_a_message_in_one_piece():
    [one] = Flights(DEFAULT).take(piece(0), 7, 70, VERSION)
    assert (one.code, one.sequence, one.body, one.packets, one.time, one.version) == (11, 0, BODY, (7,), 70, VERSION)


def test_an_empty_message():
    assert put(Flights(DEFAULT), piece(0, body=b"", code=14)) == [(0, b"", (1,))]


def test_fragments_in_any_order_and_twice():
    pieces = [piece(0, 150), piece(0, 0, 60), piece(0, 0, 60), piece(0, 50, 160)]
    assert put(Flights(DEFAULT), *pieces) == [(0, BODY, (1, 2, 4))]


def test_messages_wait_for_their_turn():
    flights = Flights(DEFAULT)
    assert put(flights, piece(2), piece(1)) == []
    assert [sequence for sequence, _, _ in put(flights, piece(0))] == [0, 1, 2]
    assert flights.told(2)
    assert not flights.told(3)


def test_what_is_missing_is_named_and_may_come_late():
    flights = Flights(DEFAULT)
    put(flights, piece(0), piece(3), piece(4, 0, 150))
    assert [one.sequence for one in flights.give_up()] == [3]
    torn = "message_seq 4 (type 11): 50 of 200 bytes"
    assert list(flights.missing()) == [("message_seq 1", 2, 20), ("message_seq 2", 2, 20), (torn, 3, 30)]
    assert put(flights, piece(2), piece(2)) == [(2, BODY, (1,))]
    assert [text for text, _, _ in flights.missing()] == ["message_seq 1", torn]


def test_first_copy_wins_and_the_conflict_is_kept():
    flights = Flights(DEFAULT)
    other = bytes(200)
    assert put(flights, piece(0, 0, 100), piece(0, 50, 200, other)) == [(0, BODY[:100] + other[100:], (1, 2))]
    assert flights.torn == [0]


def test_a_message_sent_again_differently():
    flights = Flights(DEFAULT)
    put(flights, piece(0), piece(1), piece(2))
    assert put(flights, piece(0, 10, 90), piece(1, 0, 10, bytes(200)), piece(2, 0, 0, b"", 14)) == []
    assert flights.torn == [1, 2]


def test_fragments_of_one_message_that_tell_of_two():
    flights = Flights(DEFAULT)
    assert put(flights, piece(0, 0, 50), piece(0, 50, None, BODY, 12), piece(0, 50, None, BODY + b"x"), piece(0, 50)) == [(0, BODY, (1, 4))]
    assert flights.torn == [0]


def test_a_server_may_count_anew():
    flights = Flights(DEFAULT)
    put(flights, piece(0, code=3))
    flights.restart(0)
    assert [sequence for sequence, _, _ in put(flights, piece(0, code=2), piece(1))] == [0, 1]


def test_a_hello_in_the_place_of_one_that_was_told():
    flights, other = Flights(DEFAULT), bytes(200)
    put(flights, piece(0, code=1))
    assert flights.again(piece(0, 0, 100, other, 1), 5, 50, VERSION) is None
    assert flights.again(piece(0, 0, 100, BODY, 1), 6, 60, VERSION) is None  # torn: the beginning of another one
    assert flights.again(piece(0, 100, None, BODY, 1), 7, 70, VERSION).body == BODY
    assert flights.again(piece(0, 0, None, other, 1), 8, 80, VERSION).packets == (8,)


def test_limits_hold():
    small = msgspec.structs.replace(DEFAULT, message_bytes=100, side_bytes=250, side_segments=4, messages=8)
    flights = Flights(small)
    assert put(flights, piece(0)) == []
    assert flights.full
    assert flights.again(piece(0), 1, 1, VERSION) is None
    flights = Flights(small)
    assert put(flights, *(piece(number, body=BODY[:100]) for number in range(4))) == [(0, BODY[:100], (1,)), (1, BODY[:100], (2,))]
    assert flights.full
    apart = Flights(small)
    assert put(apart, *(piece(0, at, at + 1, BODY[:100]) for at in range(0, 100, 2))) == []
    assert next(apart.missing())[0] == "message_seq 0 (type 11): 96 of 100 bytes"
    assert put(Flights(small), piece(8, body=b"abc")) == []


def test_what_was_told_is_forgotten_when_the_handshake_is_over():
    flights = Flights(DEFAULT)
    put(flights, piece(0))
    flights.forget()
    assert put(flights, piece(0, 0, 10, bytes(200))) == []
    assert flights.torn == []


@given(st.data())
def test_any_cut_order_and_doubling(data):
    bodies = data.draw(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
    pieces = []
    for sequence, body in enumerate(bodies):
        ends = sorted({0, len(body), *data.draw(st.lists(st.integers(0, len(body)), max_size=5))})
        pieces += [piece(sequence, start, stop, body) for start, stop in pairwise(ends)] or [piece(sequence, 0, 0, body)]
        start = data.draw(st.integers(0, len(body)))
        pieces.append(piece(sequence, start, data.draw(st.integers(start, len(body))), body))  # overlaps
    told = put(Flights(DEFAULT), *data.draw(st.permutations(pieces + data.draw(st.lists(st.sampled_from(pieces), max_size=4)))))
    assert [(sequence, body) for sequence, body, _ in told] == list(enumerate(bodies))


@given(st.lists(st.tuples(st.integers(0, 40), st.binary(max_size=12)), max_size=40))
def test_pieces_hold_what_came_first(puts):
    """Against the plain way: one byte after another."""
    pieces, expected = Pieces(Fragment(11, 60, 0, 0, b""), 0, VERSION), {}
    for number, (offset, data) in enumerate(puts):
        before = len(expected)
        for at, byte in enumerate(data, offset):
            expected.setdefault(at, byte)
        assert pieces.add(offset, data, number, 512) == len(expected) - before
    held = {start + at: byte for start, part in zip(pieces.starts, pieces.parts, strict=True) for at, byte in enumerate(part)}
    assert held == expected


def test_the_records_that_brought_it_and_what_is_said_again():
    flights, repeats = Flights(DEFAULT), []
    found = []
    for number, one in enumerate((piece(0, 0, 60), piece(0, 0, 60), piece(0, 60), piece(0, 60)), 1):
        found += flights.take(one, number, number * 10, VERSION, 12 + len(one.data))
        repeats.append(flights.repeats)
    assert [whole.records for whole in found] == [(72, 152)]
    assert repeats == [False, True, False, True]
