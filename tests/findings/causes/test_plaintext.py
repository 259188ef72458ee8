"""Servers that speak something else, STARTTLS and proxies that refuse."""

from __future__ import annotations

import pytest
import talk
from refusals import opened
from talk import CLIENT

from analyzer.findings.causes import causes

HELLO = talk.client_hello(extensions=[talk.SERVER_NAME])
ANSWERS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"), (b"SSH-2.0-x\r\n", "SSH"), (b"220 mail ESMTP\r\n", "SMTP or FTP"),
        (b"* BAD\r\n", "IMAP"),
    (b"-ERR what\r\n", "POP3"), (b"<html>no</html>", "HTTP"), (b"RFB 003.008\n", "VNC"), (b"\0\1\2\3rubbish", "something that is not TLS"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "protocol"), ANSWERS)
def test_what_it_speaks(answer, protocol):
    [first, *others] = causes(opened().client(HELLO).server(answer).one())
    assert (first.cause, first.certainty, others) == ("plaintext_server", "certain", [])
    assert protocol in first.sentence
    assert first.packets == (5,)


def test_a_greeting_before_the_hello():
    [first, *_] = causes(opened().server(b"220 mail ESMTP\r\n").client(HELLO).fin(CLIENT).one())
    assert first.cause == "plaintext_server"
    assert "smtp" in first.sentence


def test_a_client_that_complains():
    """OpenSSL says protocol_version of what is no record."""
    made = opened().client(HELLO).server(b"HTTP/1.1 400 Bad Request\r\n\r\n").client(talk.alert(70)).one()
    assert causes(made)[0].cause == "plaintext_server"


def test_refused_starttls():
    wire = opened().server(b"220 mail ESMTP\r\n").client(b"EHLO me\r\n").server(b"250 STARTTLS\r\n")
    wire.client(b"STARTTLS\r\n").server(b"454 no\r\n")
    [first, *_] = causes(wire.client(HELLO).fin(CLIENT).one())
    assert (first.cause, first.certainty) == ("starttls_refused", "certain")
    assert "454 no" in first.proof[0]


def test_a_proxy_that_refuses():
    wire = opened().client(b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n").server(b"HTTP/1.1 403 Forbidden\r\n\r\n").client(HELLO).fin(CLIENT)
    assert causes(wire.one())[0].cause == "proxy_refused"


def test_what_the_server_says_is_bounded():
    [first, *_] = causes(opened().client(HELLO).server(b"A" * 900).one())
    assert len(first.proof[0]) < 400
