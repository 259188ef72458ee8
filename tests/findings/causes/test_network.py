"""Closes, resets, silence, cut captures."""

from __future__ import annotations

import pytest
import talk
from refusals import SUITES12, USUAL, certificate, flight, groups, opened, versions
from talk import CLIENT, SERVER, play

from analyzer.findings.causes import causes

HELLO = talk.client_hello(SUITES12, USUAL)
LARGE = talk.client_hello([0x1301], [versions(0x0304), groups(0x11EC, 29), talk.SERVER_NAME, talk.extension(51, talk.vector(
    b"\x11\xec" + talk.vector(b"k" * 1216) + b"\0\x1d" + talk.vector(b"k" * 32)) ), talk.extension(21, bytes(400))])  # fmt: skip


def words(made, verdict=None):
    return [one.cause for one in causes(made, verdict)]


def first(made):
    return causes(made)[0]


@pytest.mark.parametrize(("hello", "rst", "cause"), [(HELLO, True, "reset_after_hello"), (HELLO, False, "closed_after_hello"),
                                                     (LARGE, True, "reset_after_split_hello")])  # fmt: skip
def test_the_server_goes(hello, rst, cause):
    wire = opened().client(hello)
    made = (wire.rst(SERVER) if rst else wire.fin(SERVER).fin(CLIENT)).one()
    assert first(made).cause == cause
    assert first(made).certainty == "likely"


def test_the_packets_of_a_split_hello_are_told():
    told = first(opened().client(LARGE).rst(SERVER).one())
    assert "in packets 4 to 5" in told.proof[0]
    assert "post-quantum" in told.sentence
    assert told.packets == (5, 6)


@pytest.mark.parametrize(("hello", "cause"), [(HELLO, "no_answer"), (LARGE, "silence_after_split_hello")])
def test_silence(hello, cause):
    told = first(opened().client(hello).wait(3 * 10**9).fin(CLIENT).one())
    assert told.cause == cause
    assert "gave up after 3 s" in told.sentence


def test_a_client_that_does_not_wait():
    assert words(opened().client(HELLO).fin(CLIENT).one())[0] == "closed_by_client"


def test_a_client_that_left_before_the_answer():
    made = opened().client(HELLO).fin(CLIENT).server(flight(b"leaf")[1]).one()
    assert first(made).sentence == "The client closed the connection before the server's answer came."


def test_one_direction_only():
    assert words(opened().client(HELLO).only(CLIENT).one())[0] == "one_direction"
    assert words(play(talk.full12()).only(SERVER).one())[0] == "one_direction"
    server = opened().client(HELLO).server(flight(b"leaf")[1]).only(SERVER).one()
    assert words(server) == ["one_direction"]


def test_a_capture_that_ends():
    told = first(opened().client(HELLO).server(flight(b"leaf")[1]).one())
    assert told.cause == "cut_capture"
    assert "server_hello_done in packet 5" in told.sentence


def test_bytes_that_are_missing():
    told = first(opened().client(HELLO).server(talk.server_hello()).gap(SERVER, 700).server(talk.handshake(talk.DONE)).one())
    assert told.cause == "cut_capture"
    assert "700 bytes of the server" in told.sentence


def test_a_client_that_says_nothing():
    wire = opened().client(HELLO).server(flight(certificate(issuer="Lab CA"))[1]).wait(10**9).fin(CLIENT)
    assert words(wire.one())[0] == "closed_by_client"
    wire = opened().client(HELLO).server(flight(certificate(issuer="Lab CA", ends=-1))[1]).wait(10**9).fin(CLIENT)
    assert words(wire.one())[:2] == ["certificate_expired", "closed_by_client"]
    assert first(wire.one()).certainty == "possible"


def test_a_server_that_says_nothing():
    client = b"".join(map(talk.handshake, (talk.CLIENT_KEY,)))
    assert words(opened().client(HELLO).server(flight(b"leaf")[1]).client(client).rst(SERVER).one())[0] == "closed_by_server"
    asked = flight(b"leaf", more=(talk.REQUEST,))[1]
    empty = talk.handshake(talk.certificate_message())
    assert words(opened().client(HELLO).server(asked).client(empty, client).rst(SERVER).one())[0] == "client_certificate_missing"


def test_canceled():
    wire = opened().client(HELLO).server(flight(b"leaf")[1]).client(talk.alert(90, 1), talk.alert(0, 1)).fin(CLIENT)
    assert words(wire.one())[0] == "user_canceled"
