"""Reading: messages over many records, of unknown types, longer than the limit."""

from __future__ import annotations

import msgspec
import talk
from talk import Wire, full12, kinds, types

from analyzer.limits import DEFAULT

HELLO = full12()[0][1]


def test_a_message_of_no_known_type():
    made = Wire().open().client(HELLO).server(talk.server_hello() + talk.handshake(talk.message(99, b"?"))).one()
    assert kinds(made) == ["unknown-message"]


def test_a_message_that_is_too_long():
    made = Wire().open().client(HELLO).server(talk.server_hello() + talk.record(22, b"\x0b\xff\xff\xff" + bytes(100))).one()
    assert kinds(made) == ["message-too-long"]


def test_what_follows_a_message_that_is_too_long_is_read():
    limits = msgspec.structs.replace(DEFAULT, message_bytes=5000)
    flight = talk.server_hello_message() + talk.message(11, bytes(40_000)) + talk.DONE
    wire = Wire().open().client(HELLO)
    for at in range(0, len(flight), 9000):
        wire.server(talk.record(22, flight[at : at + 9000]))
    [made] = wire.read(limits)
    assert (types(made), kinds(made)) == ([1, 2, 14], ["message-too-long"])


def test_a_certificate_that_never_ends_stays_within_the_limits():
    limits = msgspec.structs.replace(DEFAULT, message_bytes=5000)
    wire = Wire().open().client(HELLO).server(talk.server_hello() + talk.record(22, b"\x0b\x00"))
    for _ in range(20):
        wire.server(talk.record(22, b"\xff" * 1000))
    [made] = wire.read(limits)
    assert types(made) == [1, 2]
    assert "message-too-long" in kinds(made)
