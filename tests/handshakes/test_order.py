"""The tables of order, held against RFC 5246 figures 1 and 2."""

from __future__ import annotations

from itertools import pairwise

import pytest
import talk
from talk import CCS, CLIENT, FINISHED, SERVER, full12, kinds, play

from analyzer.handshakes.order import CHANGE_CIPHER_SPEC, FIRST, allowed

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
