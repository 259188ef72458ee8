"""HTTP CONNECT.  Requests from RFC 9110 section 9.3.6, answers as real proxies send them."""

from __future__ import annotations

import socket

import pytest
import talk
from hypothesis import given
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.proxies import Connect
from analyzer.handshakes.prelude import Target

REQUEST = b"CONNECT server.example.com:443 HTTP/1.1\r\nHost: server.example.com:443\r\n\r\n"
LOGGED = REQUEST[:-2] + b"Proxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n"
GRANTED = b"HTTP/1.0 200 Connection established\r\nProxy-agent: Apache/2.4.41\r\n\r\n"
ASKS = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\ncontent-length: 20\r\n\r\n<p>HTTP/1.1 200 OK\r\n"
CHUNKED = b"HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<br>\n\r\n0\r\n\r\n"
TARGET = Target(name=b"server.example.com", port=443)


@given(cuts)
def test_granted(sizes):
    turns = [(C, REQUEST), (S, GRANTED), (C, TLS), (S, TLS)]
    answer = b"HTTP/1.0 200 Connection established"
    expected = (True, False, None, [len(REQUEST), len(GRANTED)], "connect", None, True, True, b"", answer, TARGET)
    assert carried(Connect, turns, sizes)[:11] == expected


@given(cuts)
def test_a_second_try_with_credentials(sizes):
    for asks in (ASKS, CHUNKED):
        turns = [(C, REQUEST), (S, asks), (C, LOGGED), (S, GRANTED), (C, TLS), (S, TLS)]
        found = carried(Connect, turns, sizes)
        assert (found[3], found[7], found[10]) == ([len(REQUEST + LOGGED), len(asks + GRANTED)], True, TARGET)
        preludes, _ = told(*turns, sizes=sizes)
        assert len(preludes.told) == 1
        assert b"YWxpY2U6c2VjcmV0" not in repr(preludes.told).encode()


def test_refused():
    refused = [(C, REQUEST), (S, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")]
    dialog, _ = heard(Connect, *refused)
    assert (dialog.prelude.granted, dialog.prelude.answer, dialog.settled) == (False, b"HTTP/1.1 403 Forbidden", False)
    assert heard(Connect, *refused, (C, b"GET / HTTP/1.1\r\n\r\n"))[0].settled
    assert heard(Connect, *refused, (C, TLS))[1][C] == len(REQUEST)


def test_an_interim_answer_is_none():
    dialog, ends = heard(Connect, (C, REQUEST), (S, b"HTTP/1.1 100 Continue\r\n\r\n" + GRANTED + TLS))
    assert (dialog.prelude.granted, ends[S]) == (True, 25 + len(GRANTED))


@pytest.mark.parametrize(("text", "target"), [
    (b"example.com:80", Target(name=b"example.com", port=80)),
    (b"192.0.2.7:8443", Target(address=bytes([192, 0, 2, 7]), port=8443)),
    (b"[2001:db8::1]:443", Target(address=socket.inet_pton(socket.AF_INET6, "2001:db8::1"), port=443)),
    (b"example.com", Target(name=b"example.com")),
    (b"anna:secret@example.com:443", Target(name=b"example.com", port=443)),
    (b"example.com:99999", Target(name=b"example.com:99999")),
    (b"b\xc3\xbccher.example:443".replace(b"\xc3\xbc", b"xn"), Target(name=b"bxncher.example", port=443)),
])  # fmt: skip
def test_targets(text, target):
    dialog, _ = heard(Connect, (C, b"CONNECT " + text + b" HTTP/1.0\r\n\r\n"))
    assert dialog.prelude.target == target


@given(cuts)
def test_a_header_with_a_ticket(sizes):
    request = REQUEST[:-2] + b"Proxy-Authorization: Negotiate " + b"Y" * 60_000 + b"\r\n\r\n"
    _, ends = heard(Connect, (C, request + TLS), sizes=[5000, 1400, *sizes])
    assert ends[C] == len(request)


def test_proxies_in_a_row_and_a_protocol_behind_them():
    second = REQUEST.replace(b"server", b"second")
    preludes, ends = told((C, REQUEST), (S, GRANTED), (C, second), (S, GRANTED), (C, TLS), (S, TLS))
    assert [one.target.name for one in preludes.told] == [b"server.example.com", b"second.example.com"]
    assert ends == [len(REQUEST + second), 2 * len(GRANTED)]
    mail = [(S, b"220 mail.example ESMTP\r\n"), (C, b"EHLO me\r\n"), (S, b"250-mail.example\r\n250 STARTTLS\r\n"), (C, b"STARTTLS\r\n"),
            (S, b"220 go\r\n"), (C, TLS), (S, TLS)]  # fmt: skip
    preludes, _ = told((C, REQUEST), (S, GRANTED), *mail)
    assert [(one.protocol, one.granted) for one in preludes.told] == [("connect", True), ("smtp", True)]


def test_the_sample():
    preludes, _ = told(*[(C if sender == talk.CLIENT else S, data) for sender, data in talk.turns("connect-proxy")])
    assert [(one.target, one.granted, one.packets) for one in preludes.told] == [(Target(name=b"shop.example", port=443), True, [1, 2])]


test_junk, test_damage = strict(Connect, [(C, REQUEST), (S, ASKS), (C, LOGGED), (S, GRANTED), (C, TLS)])
