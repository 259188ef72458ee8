"""Reading: messages over many records, of unknown types, longer than the limit."""

from __future__ import annotations

import msgspec
import pytest
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


def lengths(made, code):
    """The lengths of the records of a message."""
    return next(seen.records for seen in made.seen if seen.code == code)


def test_the_records_that_a_message_came_in():
    flight = talk.server_hello_message() + talk.message(11, bytes(3) + bytes(700)) + talk.DONE
    records = [flight[:90], flight[90:500], flight[500:]]
    made = Wire().open().client(HELLO).server(*[talk.record(22, one) for one in records]).one()
    hello = len(talk.server_hello_message())
    assert lengths(made, 1) == ()  # a record of its own
    assert lengths(made, 2) == (90,)
    assert lengths(made, 11) == (90, 410, len(records[2]))
    assert lengths(made, 14) == (len(records[2]),)
    assert hello < 90


def test_hitches_are_kept_with_their_packets():
    wire = Wire().open().client(HELLO)
    wire.segment(talk.CLIENT, talk.PSH_ACK, HELLO, sequence=wire.at[talk.CLIENT] - len(HELLO))
    made = wire.server(talk.server_hello()).gap(talk.SERVER, 300).server(talk.record(22, talk.DONE)).one()
    assert [(one.kind, one.sender, one.length) for one in made.hitches] == [
        ("again", "client", len(HELLO)), ("early", "server", len(talk.record(22, talk.DONE))), ("lost", "server", 300),
    ]  # fmt: skip
    assert [one.packet for one in made.hitches] == [5, 7, 7]


def test_hitches_are_bounded():
    limits = msgspec.structs.replace(DEFAULT, messages=5)
    wire = Wire().open().client(HELLO)
    for _ in range(20):
        wire.segment(talk.CLIENT, talk.PSH_ACK, HELLO, sequence=wire.at[talk.CLIENT] - len(HELLO))
    assert len(wire.read(limits)[0].hitches) == 5


@pytest.mark.parametrize("packets", [1, 2, 3, 4, 1000])
def test_how_far_each_side_is(packets):
    """From the SYN to the ACK, whatever the blocks are, and on the road of whole connections too."""
    limits = msgspec.structs.replace(DEFAULT, block_packets=packets)
    wire = Wire().open().client(HELLO)
    assert [(made.connect, made.confirm) for made in wire.read(limits)] == [(talk.MS, talk.MS)]
    wire.server(talk.server_hello()).client(talk.record(21, b"\2\x28")).fin(talk.CLIENT).fin(talk.SERVER)
    assert [(made.connect, made.confirm) for made in wire.read(limits)] == [(talk.MS, talk.MS)]


def test_a_client_that_says_nothing_at_once_has_no_distance():
    wire = Wire()
    for sender, flags in ((talk.CLIENT, talk.SYN), (talk.SERVER, talk.SYN | talk.ACK)):
        wire.segment(sender, flags)
        wire.at[sender] += 1
    made = wire.server(b"220 x\r\n").client(HELLO).one()
    assert (made.connect, made.confirm) == (talk.MS, None)
