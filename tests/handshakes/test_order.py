"""The tables of order, held against RFC 5246 figures 1 and 2 and RFC 6347 figure 1."""

from __future__ import annotations

from itertools import pairwise

import pytest
import talk
from talk import CCS, CLIENT, FINISHED, SERVER, full12, kinds, play

from analyzer.handshakes.handshake import Seen
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC, FIRST, allowed, put_in_place, sender_of

LEGAL = [
    (CLIENT, [FIRST, 1, 16, CHANGE_CIPHER_SPEC]),
    (CLIENT, [FIRST, 1, 11, 16, 15, CHANGE_CIPHER_SPEC]),
    (CLIENT, [FIRST, 1, 11, 16, CHANGE_CIPHER_SPEC]),
    (CLIENT, [FIRST, 1, CHANGE_CIPHER_SPEC]),
    (CLIENT, [FIRST, 1, 1]),
    (SERVER, [FIRST, 2, 11, 12, 13, 14, 4, CHANGE_CIPHER_SPEC]),
    (SERVER, [FIRST, 2, 11, 14, CHANGE_CIPHER_SPEC]),
    (SERVER, [FIRST, 2, 11, 22, 12, 14, CHANGE_CIPHER_SPEC]),
    (SERVER, [FIRST, 2, 12, 14, CHANGE_CIPHER_SPEC]),
    (SERVER, [FIRST, 2, 4, CHANGE_CIPHER_SPEC]),
    (SERVER, [FIRST, 2, CHANGE_CIPHER_SPEC]),
    (SERVER, [FIRST, 0, 2]),
    (SERVER, [FIRST, 6, 2]),
    (SERVER, [FIRST, 3, 3, 2]),  # DTLS's HelloVerifyRequest, RFC 6347 section 4.2.1
]
ILLEGAL = [
    (CLIENT, FIRST, 16),
    (CLIENT, 1, 15),
    (CLIENT, 16, 11),
    (SERVER, FIRST, 11),
    (SERVER, 2, 20),
    (SERVER, 14, 11),
    (SERVER, 12, 11),
    (SERVER, 4, 14),
    (SERVER, 3, 11),
    (SERVER, 2, 3),
]


@pytest.mark.parametrize(("sender", "codes"), LEGAL)
def test_what_the_protocol_allows(sender, codes):
    assert all(allowed(sender, before, code) for before, code in pairwise(codes))


@pytest.mark.parametrize(("sender", "before", "code"), [case for case in ILLEGAL if case[2] != 20])
def test_what_it_does_not_allow(sender, before, code):
    assert not allowed(sender, before, code)


def test_unknown_types_pass():
    assert allowed(SERVER, 2, 99)


@pytest.mark.parametrize(
    ("flight", "after"),
    [
        (talk.handshake(talk.CERTIFICATE), "at the start"),
        (talk.server_hello() + talk.handshake(talk.DONE, talk.CERTIFICATE), "after type 14"),
    ],
)
def test_disorder_is_named(flight, after):
    made = play([(CLIENT, talk.client_hello()), (SERVER, flight)]).one()
    [odd] = made.anomalies
    assert (odd.kind, odd.sender) == ("unexpected-message", SERVER)
    assert odd.detail == f"type 11 from the server {after}"


def test_early_change_cipher_spec():
    """CVE-2014-0224: a ChangeCipherSpec before the key exchange; what follows it counts as encrypted."""
    turns = [*full12()[:2], (CLIENT, CCS), (CLIENT, talk.handshake(talk.CLIENT_KEY) + CCS + FINISHED)]
    made = play(turns).one()
    assert [seen.code for seen in made.seen if seen.sender == CLIENT][:2] == [1, -1]
    assert made.outcome == "cut"


def test_order_is_not_judged_behind_a_gap():
    wire = play(full12()[:1]).gap(SERVER, len(talk.server_hello())).server(talk.handshake(talk.CERTIFICATE))
    assert kinds(wire.one()) == ["gap"]


def test_messages_that_tell_their_sender():
    """As RFC 5246 figure 1 and RFC 6347 figure 1 draw them."""
    assert [sender_of(code) for code in (1, 15, 16)] == [CLIENT] * 3
    assert [sender_of(code) for code in (0, 2, 3, 4, 6, 12, 13, 14, 22)] == [SERVER] * 9
    assert [sender_of(code) for code in (11, 20, 23, 99, CHANGE_CIPHER_SPEC)] == [None] * 5


def test_what_came_late_is_put_in_its_place():
    def seen(code, sender=CLIENT):
        return Seen(sender, code, 0, 1, 1, 0, None)

    for before, code, after in [
        ([1, CHANGE_CIPHER_SPEC, None], 16, [1, 16, CHANGE_CIPHER_SPEC, None]),
        ([1, None], CHANGE_CIPHER_SPEC, [1, CHANGE_CIPHER_SPEC, None]),
        ([1, CHANGE_CIPHER_SPEC], None, [1, CHANGE_CIPHER_SPEC, None]),
        ([], 1, [1]),
    ]:
        shown = [seen(one) for one in [*before, code]]
        put_in_place(shown, len(before))
        assert [one.code for one in shown] == after
    others = [seen(None, SERVER), seen(1)]
    put_in_place(others, 1)
    put_in_place(others, 2)
    assert [one.code for one in others] == [None, 1]
