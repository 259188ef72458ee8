"""Keys that differ and bytes that are wrong."""

from __future__ import annotations

import pytest
import talk
from refusals import USUAL, flight, refused, versions
from talk import CLIENT, SERVER

from analyzer.findings.causes import causes

PSK = talk.extension(41, talk.vector(talk.vector(b"sensor-7") + bytes(4)) + talk.vector(talk.vector(b"b" * 32, 1)))


@pytest.mark.parametrize("description", [20, 51])
def test_a_psk_suite(description):
    """PSK-AES128-CBC-SHA256: the client's Finished does not hold under the server's key."""
    server = (SERVER, talk.server_hello(0x00AE, [USUAL[4]]) + talk.handshake(talk.DONE))
    client = (CLIENT, talk.handshake(talk.message(16, talk.vector(b"sensor-7"))) + talk.CCS + talk.FINISHED)
    [first, *_] = causes(refused(description, suites=[0x00AE], before=(server, client)))
    assert first.cause == "wrong_psk"
    assert "PSK identity" in first.proof[1]


def test_a_client_that_has_nothing_but_psk_suites():
    """The identity is not even sent yet: most probably the server has no pre-shared keys."""
    assert [one.cause for one in causes(refused(40, suites=[0x00AE, 0x008C]))][:2] == ["no_shared_cipher_suite", "wrong_psk"]


@pytest.mark.parametrize("description", [47, 51])
def test_a_binder_that_does_not_verify(description):
    extensions = (versions(0x0304), talk.SHARE, *USUAL[:3], talk.extension(45, b"\1\1"), PSK)
    assert causes(refused(description, suites=[0x1301], extensions=extensions))[0].cause == "wrong_psk"


def test_what_was_changed_on_the_way():
    [first, *_] = causes(refused(51, CLIENT, before=(flight(b"leaf"),)))
    assert (first.cause, first.certainty) == ("tampered", "likely")


def test_a_violation_that_we_see_too():
    """The server chose a suite that was not offered."""
    [first, *_] = causes(refused(47, CLIENT, before=((SERVER, talk.server_hello(0x0035)),)))
    assert first.cause == "protocol_violation"
    assert "cipher-suite-not-offered (0x0035)" in first.sentence
    assert first.packets == (6, 5)


def test_a_violation_that_only_the_peer_sees():
    [first, *_] = causes(refused(10, CLIENT, before=(flight(b"leaf"),)))
    assert (first.cause, first.sentence) == ("protocol_violation",
        "The client says that the server broke the protocol (unexpected_message).")


def test_a_downgrade():
    """RFC 8446 section 4.1.3: a server of TLS 1.3 that is made to speak TLS 1.2 says so in its random."""
    answer = (SERVER, talk.server_hello(0xC02F, [USUAL[4]], random=b"\x22" * 24 + b"DOWNGRD\x01"))
    [first, *_] = causes(refused(47, CLIENT, extensions=(versions(0x0304, 0x0303), *USUAL), before=(answer,)))
    assert first.cause == "downgraded"
    assert first.packets == (6, 5, 4)
