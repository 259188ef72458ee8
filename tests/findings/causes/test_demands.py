"""Extended master secret, secure renegotiation, long primes."""

from __future__ import annotations

import pytest
import talk
from refusals import RENEGOTIATION, SUITES12, USUAL, flight, refused
from talk import CLIENT, SERVER

from analyzer.findings.causes import causes


def test_a_server_that_demands_the_extended_master_secret():
    [first, *_] = causes(refused(71, extensions=(*USUAL[:3], RENEGOTIATION)))
    assert first.cause == "missing_ems"
    assert first.proof[1] == "no extended_master_secret in the client's hello in packet 4"


def test_a_session_that_forgot_it():
    hello = talk.client_hello(SUITES12, [*USUAL[:3], RENEGOTIATION], session=b"s" * 32)
    for description in (40, 47):
        made = talk.play([(CLIENT, hello), (SERVER, talk.alert(description))]).one()
        assert causes(made)[0].cause == "missing_ems"


def test_a_client_that_demands_it():
    [first, *_] = causes(refused(71, CLIENT, before=(flight(b"leaf", extensions=[RENEGOTIATION]),)))
    assert first.cause == "missing_ems"
    assert "server's hello" in first.proof[1]


def test_a_server_without_secure_renegotiation():
    [first, *_] = causes(refused(40, CLIENT, before=(flight(b"leaf", extensions=[USUAL[3]]),)))
    assert first.cause == "insecure_renegotiation"


@pytest.mark.parametrize(("bits", "cause"), [(512, "small_dh_key"), (1024, "small_dh_key")])
def test_a_small_prime(bits, cause):
    key = talk.message(12, talk.vector((1 << bits - 1 | 1).to_bytes(bits // 8,
        "big")) + talk.vector(b"\2") + talk.vector(b"\3" * (bits // 8)))
    answer = (SERVER, talk.server_hello(0x0033, [RENEGOTIATION, USUAL[3]]) + b"".join(
        map(talk.handshake, (talk.certificate_message(b"leaf"), key, talk.DONE))))  # fmt: skip
    for description in (40, 71):
        [first, *_] = causes(refused(description, CLIENT, before=(answer,)))
        assert first.cause == cause
        assert f"{bits} bits" in first.sentence


def test_a_long_prime_is_not_small():
    key = talk.message(12, talk.vector(b"\xff" * 384) + talk.vector(b"\2") + talk.vector(b"\3" * 384))
    answer = (SERVER, talk.server_hello(0x0033, [RENEGOTIATION,
        USUAL[3]]) + talk.handshake(talk.certificate_message(b"leaf")) + talk.handshake(key))
    assert "small_dh_key" not in {one.cause for one in causes(refused(40, CLIENT, before=(answer,)))}
