"""Closes in the middle, captures that are cut or have one direction."""

from __future__ import annotations

import talk
from refusals import SUITES12, USUAL, certificate, flight, opened
from talk import CLIENT, SERVER, play

from analyzer.findings.causes import causes

HELLO = talk.client_hello(SUITES12, USUAL)


def words(made, verdict=None):
    return [one.cause for one in causes(made, verdict)]


def first(made):
    return causes(made)[0]


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
