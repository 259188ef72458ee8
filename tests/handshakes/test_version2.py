"""SSL 2.0 framing: a hello for TLS in it, and whole conversations (Hickman's draft, 1995)."""

from __future__ import annotations

from struct import pack

import pytest
import talk
from talk import CLIENT, SERVER, Wire, kinds, play, types


def framed(body, padding=None):
    return pack(">H", 0x8000 | len(body)) + body if padding is None else pack(">HB", len(body) + padding, padding) + body + bytes(padding)


def hello(version=0x0002, specs=b"\x01\x00\x80\x07\x00\xc0"):
    return framed(pack(">BHHHH", 1, version, len(specs), 0, 16) + specs + b"c" * 16)


SERVER_HELLO = framed(pack(">BBBHHHH", 4, 0, 1, 2, 3, 3, 16) + b"DER" + b"\x01\x00\x80" + b"i" * 16)
MASTER_KEY = framed(b"\x02\x01\x00\x80\x00\x00\x00\x04\x00\x00keyy")
SEALED = framed(b"\xee" * 33)
FULL = [(CLIENT, hello()), (SERVER, SERVER_HELLO), (CLIENT, MASTER_KEY), (SERVER, SEALED), (CLIENT, SEALED), (SERVER, SEALED)]


@pytest.mark.parametrize("size", [7, 1460])
def test_a_conversation_in_ssl_2(size):
    made = play(FULL, Wire(size=size).open()).one()
    assert (made.framing, made.version, made.cipher_suite) == ("sslv2", 2, 0x010080)
    assert made.server_chain == (b"DER",)
    assert types(made)[:3] == [257, 260, 258]
    assert made.outcome == "complete"
    assert kinds(made) == []


def test_three_byte_headers():
    sealed = framed(b"\xee" * 32, 6)
    made = play([*FULL[:3], (SERVER, sealed), (CLIENT, sealed), (SERVER, sealed)]).one()
    assert made.outcome == "complete"


def test_an_error_ends_it():
    made = play([(CLIENT, hello()), (SERVER, SERVER_HELLO), (CLIENT, framed(b"\0\0\1"))]).one()
    assert (made.outcome, types(made)) == ("failed", [257, 260, 256])


@pytest.mark.parametrize("size", [1, 3, 11, 1460])
def test_a_hello_that_is_answered_in_tls(size):
    answer = talk.server_hello(0x002F, None, version=0x0301) + talk.handshake(talk.CERTIFICATE, talk.DONE)
    turns = [(CLIENT, hello(0x0301, b"\0\0\x2f\0\0\x35")), (SERVER, answer), *talk.full12()[2:]]
    made = play(turns, Wire(size=size).open()).one()
    assert (made.framing, made.version, made.cipher_suite, made.outcome) == ("tls", 0x0301, 0x002F, "complete")
    assert made.client_hello.sslv2
    assert types(made, CLIENT) == [257, 16, -1, None]
    assert kinds(made) == []


def test_a_hello_that_is_answered_by_an_alert():
    made = play([(CLIENT, hello(0x0301, b"\0\0\x2f")), (SERVER, talk.alert(70))]).one()
    assert (made.outcome, made.alerts[0].description) == ("failed", 70)


def test_a_hello_without_answer():
    assert play([(CLIENT, hello())]).one().outcome == "unanswered"


def test_only_the_server():
    made = play(FULL).only(SERVER).one()
    assert (made.framing, made.server_chain) == ("sslv2", (b"DER",))
