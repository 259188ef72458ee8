"""What is said between two UDP ends: several attempts, other protocols, hostile bytes, and when nothing more matters."""

from __future__ import annotations

import dtls_talk as dt
import msgspec
import pytest
import talk
from dtls_talk import CCS, CLIENT, COOKIE, FINISHED, SERVER, Line, hand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from talk import kinds, types

from analyzer.limits import DEFAULT
from analyzer.streams.flow import DONE, WATCH

OTHER = dt.client_hello(random=b"\x55" * 32, extensions=[talk.SERVER_NAME])


def second():
    """Another handshake on the same ports, a resumption."""
    return [(CLIENT, hand(OTHER, 0)), (SERVER, hand(dt.server_hello(random=b"\x66" * 32), 0) + CCS + FINISHED), (CLIENT, CCS + FINISHED)]


def test_one_after_another():
    first, other = Line().play([*dt.full(), *second()]).read()
    assert (first.number, first.outcome, first.renegotiation) == (1, "complete", False)
    assert (other.number, other.outcome, other.renegotiation) == (2, "complete", False)
    assert types(other) == [1, 2, -1, None, -1, None]
    assert other.client_hello.random == b"\x55" * 32
    assert kinds(first) == kinds(other) == []


def test_the_first_is_judged_as_it_stands():
    first, other = Line().play([*dt.full()[:4], (CLIENT, dt.data()), *second()]).read()
    assert (first.outcome, other.outcome) == ("cut", "complete")
    tries = Line().play([*dt.full()[:1], *second()[:1]]).read()
    assert [made.outcome for made in tries] == ["unanswered", "unanswered"]


def test_what_the_first_sealed_does_not_count_for_the_second():
    turns = [*dt.full(), second()[0], (SERVER, dt.data()), (CLIENT, dt.data())]
    first, other = Line().play(turns).read()
    assert (first.outcome, other.outcome, other.events) == ("complete", "unanswered", [])
    newer = Line().play([*dt.full13(), second()[0], (SERVER, dt.unified(3, bytes(40)))]).read()
    assert [made.outcome for made in newer] == ["complete", "unanswered"]


def test_a_hello_in_fragments_begins_another_attempt():
    size = len(OTHER) - 4
    pieces = [(CLIENT, hand(OTHER, 0, at, at + 30)) for at in range(0, size, 30)]
    _, other = Line().play([*dt.full(), *pieces[::-1]]).read()
    assert other.client_hello.random == b"\x55" * 32
    assert len(other.packets) == len(pieces)


def test_another_attempt_whose_first_hello_is_lost():
    again = dt.client_hello(b"d" * 20, random=b"\x55" * 32)
    first, other = Line().play([*dt.full(), (CLIENT, hand(again, 1)), (SERVER, hand(dt.ANSWER, 1))]).read()
    assert (types(first)[-1], types(other), kinds(other)) == (None, [1, 2], ["gap", "gap"])


def test_the_sides_may_change_roles():
    turns = [(1 - side, data) for side, data in second()]
    first, other = Line().play([*dt.full(), *turns]).read()
    assert (first.client, first.server) == (other.server, other.client)
    assert (first.outbound, other.outbound) == (True, False)
    assert other.outcome == "complete"


def test_a_hello_that_comes_back_is_no_attempt_of_the_server():
    """As some relays answer; the client refuses it (unexpected_message)."""
    made = Line().play([dt.full()[0], (SERVER, dt.full()[0][1]), (CLIENT, dt.record(21, b"\2\x0a"))]).one()
    assert (made.outcome, made.client.port, types(made), kinds(made)) == ("failed", 50000, [1], ["unexpected-message"])


def test_servers_alone():
    answers = [(SERVER, hand(dt.ANSWER, 0)), (SERVER, hand(dt.server_hello(random=b"\x66" * 32), 0))]
    assert [types(made) for made in Line().play(answers).read()] == [[2], [2]]


def test_a_renegotiation_is_hidden():
    """RFC 5746: all of it, its ChangeCipherSpec too, is sealed by the keys before it; then the epoch counts on."""
    inner = [(CLIENT, dt.record(22, bytes(200), epoch=1)), (SERVER, dt.record(22, bytes(900), epoch=1)),
             (CLIENT, dt.record(20, bytes(25), epoch=1) + dt.record(22, bytes(48), epoch=2)),
             (SERVER, dt.record(20, bytes(25), epoch=1) + dt.record(22, bytes(48), epoch=2))]  # fmt: skip
    first, other = Line().play([*dt.full(), dt.full()[4], *inner, (CLIENT, dt.data(epoch=2))]).read()
    assert (first.outcome, first.renegotiation, other.outcome, other.renegotiation) == ("complete", False, "complete", True)
    assert types(other) == [None, None, -1, None, -1, None]
    assert (other.version, other.client, kinds(other)) == (first.version, first.client, [])
    again = Line().play([*dt.full(), inner[0], *second()]).read()
    assert [(made.outcome, made.renegotiation) for made in again] == [("complete", False), ("unanswered", True), ("complete", False)]


def test_other_protocols_on_the_same_ports():
    """RFC 7983: STUN, ZRTP, TURN channels, RTP and RTCP beside DTLS."""
    stun, zrtp, channel = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), b"\x10" + bytes(20), b"\x40\0\0\4abcd"
    others = [stun, zrtp, channel, b"\x80\x60" + bytes(80), b"\xc8" + bytes(30), b""]
    turns = [turn for one in dt.full() for turn in [one, *[(side, data) for data in others for side in (0, 1)]]]
    assert talk.facts(Line().play(turns).one()) == talk.facts(Line().play(dt.full()).one())


def test_watched_until_it_is_over():
    line = Line()
    for side, data in dt.full():
        assert line.say(side, data).wants == WATCH
    for _ in range(31):
        assert line.say(CLIENT, dt.data()).wants == WATCH
    assert [line.say(CLIENT, dt.data()).wants for _ in range(2)] == [DONE, DONE]
    assert line.one().outcome == "complete"


def test_its_close_is_enough():
    line = Line().play(dt.full())
    assert line.say(SERVER, dt.sealed_alert()).wants == DONE


def test_after_a_failure_what_is_sent_again_is_passed_over():
    line = Line().play(dt.full()[:3]).say(SERVER, dt.record(21, b"\2\x28"))
    assert line.wants == WATCH
    assert len(line.play(dt.full()[2:3] * 3).read()) == 1


def test_patience_has_an_end():
    line = Line(msgspec.structs.replace(DEFAULT, patience_bytes=100, side_bytes=2000))
    assert line.say(CLIENT, b"\x80" * 60).wants == WATCH
    assert line.say(CLIENT, b"\x80" * 60).wants == DONE
    long = Line(msgspec.structs.replace(DEFAULT, side_bytes=2000)).play(dt.full()[:1])
    assert long.wants == WATCH
    assert long.say(CLIENT, bytes(2000)).wants == DONE


def test_attempts_are_bounded():
    line = Line(msgspec.structs.replace(DEFAULT, messages=5))
    for number in range(20):
        line.say(CLIENT, hand(dt.client_hello(random=number.to_bytes(32, "big")), 0))
    assert len(line.read()) == 6


def test_fragments_that_never_become_a_message_are_bounded_and_nothing():
    line = Line(msgspec.structs.replace(DEFAULT, side_bytes=1000))
    for number in range(100):
        line.say(CLIENT, hand(talk.certificate_message(bytes(5000)), number, 100, 200))
    assert line.read() == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_finish_emits_once(count):
    line = Line().play(dt.full())
    for _ in range(count):
        line.association.finish()
    assert len(line.told) == 1


@given(st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=100), st.integers(0, 50)), max_size=20))
def test_random_bytes_are_no_handshake(datagrams):
    line = Line()
    for side, data, missing in datagrams:
        line.say(side, data, missing=missing)
    assert line.read() == []


TURNS = [*dt.full(), *second(), *dt.full13()]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_damaged_datagrams_in_any_order_never_raise(data):
    line = Line()
    for side, whole in data.draw(st.permutations(TURNS)):
        some = bytearray(whole)
        for _ in range(data.draw(st.integers(0, 3))):
            some[data.draw(st.integers(0, len(some) - 1))] = data.draw(st.integers(0, 255))
        cut = data.draw(st.sampled_from([0, 0, 0, 5, 40]))
        line.say(side, bytes(some[: len(some) - cut]), missing=data.draw(st.sampled_from([0, cut])))
    for made in line.read():
        assert len(made.seen) <= DEFAULT.messages
        assert made.seen or made.alerts or made.events


def test_the_cookie_is_no_part_of_the_session_id():
    """A session id and a cookie in one hello (RFC 6347 section 4.2.1)."""
    hello = dt.client_hello(COOKIE, session=b"s" * 32)
    read = Line().say(CLIENT, hand(hello, 1)).one().client_hello
    assert (read.session_id, read.cookie, read.cipher_suites) == (b"s" * 32, COOKIE, (0xC02F, 0x002F))
