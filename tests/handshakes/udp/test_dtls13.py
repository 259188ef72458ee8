"""DTLS 1.3 behind its encryption, by epochs and lengths worked out by hand from RFC 9147."""

from __future__ import annotations

import dtls_talk as dt
import pytest
import talk
from dtls_talk import CLIENT, SERVER, Line, hand, unified
from talk import kinds, types

ALERT = 2 + 1 + 16
ACK = 2 + 16 + 1 + 16
OFFER, ANSWER, *REST = dt.full13()
FLIGHT = REST[:2]


def line(*turns):
    return Line().play(turns)


def sealed(made):
    return [(seen.sender, seen.length, seen.guess) for seen in made.seen if seen.code is None]


def test_a_full_handshake():
    made = Line().play(dt.full13()).one()
    assert (made.version, made.cipher_suite, made.outcome, made.closed) == (0xFEFC, 0x1301, "complete", None)
    assert types(made)[:2] == [1, 2]
    assert sealed(made) == [
        (talk.SERVER, 80, "encrypted extensions …"), (talk.SERVER, 700, None), (talk.SERVER, dt.FINISHED13, None),
        (talk.CLIENT, ACK, None), (talk.CLIENT, dt.FINISHED13, "finished"),
    ]  # fmt: skip
    assert [(event.kind, event.sender) for event in made.events] == [("application_data", talk.SERVER)]
    assert kinds(made) == []


def test_a_retry_is_one_handshake():
    """RFC 9147 section 5.1: the cookie travels in a HelloRetryRequest now."""
    retry = dt.server_hello(0x1301, [dt.CHOSEN, talk.SELECTED], random=talk.RETRY)
    cookie = talk.extension(44, talk.vector(b"c"))
    again = dt.client_hello(suites=[0x1301, 0xC02F], extensions=[talk.SERVER_NAME, dt.VERSIONS, talk.SHARE, cookie])
    made = line(OFFER, (SERVER, hand(retry, 0)), (CLIENT, hand(again, 1)), (SERVER, hand(dt.ANSWER13, 1)), *REST).one()
    assert (types(made)[:4], made.outcome, kinds(made)) == ([1, 2, 1, 2], "complete", [])
    assert made.hello_retry is not None
    assert len(made.client_hellos) == 2


def test_the_client_s_finished_is_the_last_word_that_can_be_seen():
    assert line(OFFER, ANSWER, *FLIGHT, (CLIENT, unified(2, bytes(dt.FINISHED13)))).one().outcome == "complete"
    assert line(OFFER, ANSWER, *FLIGHT, (CLIENT, unified(3, bytes(50)))).one().outcome == "complete"
    assert line(OFFER, ANSWER, *FLIGHT, (CLIENT, unified(2, bytes(ACK)))).one().outcome == "cut"
    assert line(OFFER, ANSWER, *FLIGHT, (SERVER, unified(3, bytes(50)))).one().outcome == "cut"  # it may speak first


def test_a_finished_in_one_record_with_a_certificate():
    turns = [OFFER, ANSWER, *FLIGHT, (CLIENT, unified(2, bytes(900))), (SERVER, unified(3, bytes(ACK)))]
    assert line(*turns).one().outcome == "complete"


def test_refused_by_the_client():
    made = line(OFFER, ANSWER, *FLIGHT, (CLIENT, unified(2, bytes(ALERT)))).one()
    assert (made.outcome, [(alert.sender, alert.description) for alert in made.alerts]) == ("failed", [(talk.CLIENT, None)])


def test_an_empty_ack_is_no_alert():
    """RFC 9147 section 7.1 lets it be sent to ask for what is missing; then more follows."""
    made = line(OFFER, ANSWER, (CLIENT, unified(2, bytes(ALERT))), *REST).one()
    assert (made.outcome, made.alerts) == ("complete", [])


def test_refused_by_the_server_after_the_client_s_finished():
    made = line(OFFER, ANSWER, *FLIGHT, (CLIENT, unified(2, bytes(dt.FINISHED13))), (SERVER, unified(3, bytes(ALERT)))).one()
    assert (made.outcome, made.alerts[0].sender) == ("failed", talk.SERVER)


@pytest.mark.parametrize(("side", "name"), [(CLIENT, talk.CLIENT), (SERVER, talk.SERVER)])
def test_closed(side, name):
    made = Line().play([*dt.full13(), (side, unified(3, bytes(ALERT)))]).one()
    assert (made.outcome, made.closed, made.closed_by) == ("complete", "close_notify", name)


def test_refused_in_the_plain():
    made = line(OFFER, (SERVER, dt.record(21, b"\2\x46"))).one()
    assert (made.outcome, made.alerts[0].description) == ("failed", 70)


def test_one_direction():
    turns = dt.full13()
    client = line(*[turn for turn in turns if turn[0] == CLIENT], (CLIENT, unified(3, bytes(ALERT)))).one()
    assert (client.version, client.outcome, client.closed) == (0xFEFC, "complete", "close_notify")
    server = line(*[turn for turn in turns if turn[0] == SERVER], (SERVER, unified(3, bytes(ALERT)))).one()
    assert (server.version, server.outcome, server.closed) == (0xFEFC, "one_sided", "close_notify")


def test_early_data_is_not_the_client_s_finished():
    hello = dt.client_hello(suites=[0x1301], extensions=[dt.VERSIONS, talk.SHARE, talk.extension(42)])
    early = (CLIENT, hand(hello, 0) + unified(1, bytes(300)))
    assert line(early, ANSWER, *FLIGHT).one().outcome == "cut"
    made = line(early, ANSWER, *REST).one()
    assert (made.outcome, made.events[0].length) == ("complete", 300)


def test_connection_ids_of_sealed_records():
    ids = [talk.extension(54, talk.vector(cid, 1)) for cid in (b"", b"server")]
    offer = dt.client_hello(suites=[0x1301], extensions=[dt.VERSIONS, talk.SHARE, ids[0]])
    answer = dt.server_hello(0x1301, [dt.CHOSEN, talk.SHARED, ids[1]])
    two = unified(2, bytes(600), cid=b"server") + unified(2, bytes(dt.FINISHED13), cid=b"server")
    made = line((CLIENT, hand(offer, 0)), (SERVER, hand(answer, 0) + unified(2, bytes(90))), (CLIENT, two)).one()
    assert made.connection_ids == {talk.CLIENT: b"", talk.SERVER: b"server"}
    assert sealed(made)[1:] == [(talk.CLIENT, 600, None), (talk.CLIENT, dt.FINISHED13, "finished")]


def test_sealed_records_without_a_handshake_are_nothing():
    assert line(*REST).read() == []


def test_dtls_12_has_no_such_records():
    made = line(*dt.full()[:4], (CLIENT, unified(2, bytes(dt.FINISHED13)))).one()
    assert sealed(made) == []
