"""What TLS 1.3 hides: sizes by RFC 8446 sections 4.4.2, 4.4.4 and 5.2, and what JSSE adds."""

from __future__ import annotations

import pytest
import talk
from talk import ANSWER13, CCS, CLIENT, FINISHED13, HELLO13, SERVER, play

from analyzer.findings.causes import causes

ALERT, PADDED = 2 + 1 + 16, 2 + 16 + 1 + 16
EMPTY = 4 + 4 + 1 + 16
"""A Certificate message without a certificate: header, context's length, list's length."""
TURNS = [(CLIENT, HELLO13), (SERVER, ANSWER13 + CCS + talk.data(700) + talk.data(FINISHED13))]
PADS = [(CLIENT, HELLO13), (SERVER, ANSWER13 + CCS + talk.data(700) + talk.data(FINISHED13 + 16))]


@pytest.mark.parametrize("size", [ALERT, PADDED])
def test_the_client_refuses(size):
    [first, *others] = causes(play([*TURNS, (CLIENT, CCS + talk.data(size))]).one())
    assert (first.cause, first.certainty, first.inferred) == ("certificate_refused", "likely", True)
    assert {one.cause for one in others} >= {"certificate_unknown_ca", "certificate_expired", "certificate_name"}
    assert {one.certainty for one in others} == {"possible"}


@pytest.mark.parametrize(
    ("turns", "sizes", "cause"),
    [
        (TURNS, [EMPTY, FINISHED13], "client_certificate_missing"),
        (TURNS, [8 + FINISHED13], "client_certificate_missing"),
        (TURNS, [900, 290, FINISHED13], "client_certificate_refused"),
        (TURNS, [FINISHED13], "refused"),
        (PADS, [EMPTY, FINISHED13], "client_certificate_missing"),
        (TURNS, [EMPTY + 16, FINISHED13 + 16], "client_certificate_missing"),
        (TURNS, [FINISHED13 + 16], "refused"),
    ],
)
def test_the_server_refuses(turns, sizes, cause):
    alert = PADDED if turns is PADS else ALERT
    [first, *_] = causes(play([*turns, (CLIENT, CCS + b"".join(map(talk.data, sizes))), (SERVER, talk.data(alert))]).one())
    assert (first.cause, first.inferred) == (cause, True)
    assert first.certainty != "certain"


def test_a_resumption_shows_no_certificate():
    answer = talk.server_hello(0x1301, [talk.TLS13, talk.SHARED, talk.extension(41, b"\0\0")], session=b"s" * 32)
    [first, *_] = causes(play([(CLIENT, HELLO13), (SERVER, answer + CCS + talk.data(90)), (CLIENT, CCS + talk.data(ALERT))]).one())
    assert first.cause == "tampered"


def test_a_client_that_leaves():
    [first, *_] = causes(play(TURNS).fin(CLIENT).one())
    assert (first.cause, first.certainty, first.inferred) == ("certificate_refused", "possible", True)


def test_a_server_that_breaks_off():
    wire = play([(CLIENT, HELLO13), (SERVER, ANSWER13 + CCS + talk.data(40) + talk.data(ALERT))]).fin(SERVER)
    assert causes(wire.one())[0].cause == "internal_error"


def test_a_late_refusal():
    """Complete as far as the wire shows; but the server left without a word after a certificate."""
    made = play([*TURNS, (CLIENT, CCS + talk.data(900) + talk.data(290) + talk.data(FINISHED13))]).fin(SERVER).one()
    assert made.outcome == "complete"
    [first, *_] = causes(made)
    assert (first.cause, first.certainty, first.inferred) == ("client_certificate_refused", "possible", True)


@pytest.mark.parametrize("said", [talk.data(200), b""])
def test_no_late_refusal(said):
    """The server spoke, or no certificate was shown."""
    flight = [900, 290, FINISHED13] if said else [FINISHED13]
    made = play([*TURNS, (CLIENT, CCS + b"".join(map(talk.data, flight))), (SERVER, said)]).fin(SERVER).one()
    assert (made.outcome, causes(made)) == ("complete", ())


def test_a_renegotiation_that_is_refused():
    again = (CLIENT, talk.record(22, bytes(200)))
    one, two = play([*talk.full12(), again, (SERVER, talk.record(21, bytes(26)))]).read()
    assert (causes(one), two.renegotiation) == ((), True)
    assert causes(two)[0].cause == "insecure_renegotiation"


def test_an_alert_behind_a_change_cipher_spec():
    made = play([*talk.full12()[:3], (SERVER, talk.CCS + talk.record(21, bytes(26)))]).one()
    assert [one.cause for one in causes(made)] == ["refused"]
