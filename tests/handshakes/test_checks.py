"""What two hellos say of each other."""

from __future__ import annotations

from struct import pack

import pytest
import talk
from talk import CLIENT, SERVER, full12, kinds, play


def answered(answer, suites=(0xC02F, 0x002F), extensions=(talk.SERVER_NAME,), version=0x0303):
    return play([(CLIENT, talk.client_hello(suites, extensions, version=version)), (SERVER, answer)]).one()


def test_a_suite_that_was_not_offered():
    [odd] = answered(talk.server_hello(0x0005)).anomalies
    assert (odd.kind, odd.sender, odd.detail) == ("cipher-suite-not-offered", SERVER, "0x0005")


def test_an_extension_that_was_not_offered():
    [odd] = answered(talk.server_hello(extensions=[talk.extension(23)])).anomalies
    assert (odd.kind, odd.layer, odd.detail) == ("extension-not-offered", "extension", "extension 23")


def test_extensions_that_a_server_may_send_unasked():
    """renegotiation_info answers the client's cipher suite 0x00ff (RFC 5746 section 3.6)."""
    assert kinds(answered(talk.server_hello(extensions=[talk.extension(0xFF01, b"\0")]), (0xC02F, 0x00FF))) == []


def test_an_extension_that_stands_twice():
    [odd] = answered(talk.server_hello(), extensions=[talk.SERVER_NAME, talk.extension(23), talk.SERVER_NAME]).anomalies
    assert (odd.kind, odd.sender, odd.detail) == ("duplicate-extension", CLIENT, "extension 0 stands 2 times in ClientHello")


def test_broken_messages_and_extensions_stay():
    made = answered(talk.handshake(talk.message(2, pack(">H", 0x0303) + bytes(20))), extensions=[talk.extension(10, b"\0\x09\0")])
    assert set(kinds(made)) == {"malformed-message", "malformed-extension"}
    assert made.client_hello.extensions[0].fault is not None


NEWER = talk.extension(43, talk.vector(pack(">HH", 0x0304, 0x0303), 1))


@pytest.mark.parametrize(
    ("tail", "answer", "offered", "extensions", "odd"),
    [
        (1, 0x0303, 0x0303, [NEWER], True),
        (1, 0x0303, 0x0303, [], False),  # what every server of TLS 1.3 says to a client of TLS 1.2 (RFC 8446 section 4.1.3)
        (0, 0x0302, 0x0303, [], True),
        (0, 0x0301, 0x0303, [NEWER], True),
        (0, 0x0301, 0x0301, [], False),
        (0, 0x0303, 0x0303, [NEWER], False),
        (2, 0x0303, 0x0303, [NEWER], False),
    ],
)
def test_a_downgrade_that_the_server_confesses(tail, answer, offered, extensions, odd):
    hello = talk.server_hello(0x002F, version=answer, random=b"\x22" * 24 + b"DOWNGRD" + bytes([tail]))
    assert kinds(answered(hello, extensions=extensions, version=offered)) == ["downgrade-sentinel"] * odd


def test_nothing_is_odd_in_a_full_handshake():
    assert kinds(play(full12()).one()) == []
