"""SMTP, LMTP, FTP and NNTP: the dialogs of their RFCs, and what servers and clients do besides."""

from __future__ import annotations

import pytest
from line_talk import HELLO, one, spoken, verdict

CLIENT, SERVER = 0, 1
EHLO = b"250-mail.imc.org offers a warm hug of welcome\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 DSN\r\n"
"""RFC 3207 section 5."""


def begun(offer=EHLO):
    return [(SERVER, b"220 mail.imc.org SMTP service ready\r\n"), (CLIENT, b"EHLO mail.example.com\r\n"), (SERVER, offer)]


def test_smtp_of_rfc_3207():
    preludes = spoken(*begun(), (CLIENT, b"STARTTLS\r\n"), (SERVER, b"220 Go ahead\r\n"))
    [prelude] = preludes.told
    assert verdict(prelude) == ("smtp", CLIENT, True, True, True)
    assert (prelude.greeting, prelude.answer) == (b"220 mail.imc.org SMTP service ready", b"220 Go ahead")
    assert (prelude.packets, prelude.start, prelude.end) == ([1, 2, 3, 4, 5], 10, 50)
    assert preludes.take(CLIENT, HELLO, 6, 60) == preludes.take(SERVER, HELLO, 7, 70) == 0
    assert preludes.told == [prelude]
    assert not preludes.settled
    assert not preludes.going


def test_tls_behind_the_request_in_one_segment_is_found():
    preludes = spoken(*begun())
    assert preludes.take(CLIENT, b"STARTTLS\r\n" + HELLO, 4, 40) == 10
    assert preludes.told[0].requested


@pytest.mark.parametrize("answer", [b"454 TLS not available due to temporary reason", b"501 Syntax error", b"554 5.7.3 no"])
def test_smtp_refusal_is_no_end_until_the_client_goes_on(answer):
    refused = [*begun(), (CLIENT, b"STARTTLS\r\n"), (SERVER, answer + b"\r\n")]
    preludes = spoken(*refused)
    assert verdict(preludes.told[0])[2:] == (True, True, False)
    assert preludes.told[0].answer == answer
    assert not preludes.settled
    again = spoken(*refused, (CLIENT, b"STARTTLS\r\n"), (SERVER, b"220 now\r\n"))
    assert (again.told[0].granted, again.told[0].answer) == (True, b"220 now")
    without = spoken(*refused, (CLIENT, b"MAIL FROM:<a@example.com>\r\n"), (SERVER, b"250 ok\r\n"))
    assert without.settled


def test_smtp_pipelined_and_in_more_lines():
    prelude = one((SERVER, b"220-a ESMTP\r\n220-mind the gap\r\n220 b\r\n"), (CLIENT, b"EHLO x\r\nNOOP\r\nSTARTTLS\r\n"),
                  (SERVER, EHLO + b"250 2.0.0 ok\r\n220-go\r\n220 on\r\n"))  # fmt: skip
    assert verdict(prelude) == ("smtp", CLIENT, True, True, True)
    assert (prelude.greeting, prelude.answer) == (b"220-a ESMTP", b"220 on")


@pytest.mark.parametrize("offer", [b"250-mail.imc.org\r\n250-XXXXXXXA\r\n250 DSN\r\n", b"250 mail.imc.org\r\n"])
def test_smtp_stripped_or_not_offered(offer):
    preludes = spoken(*begun(offer))
    assert preludes.told[0].offered is False
    assert spoken(*begun(offer), (CLIENT, b"AUTH PLAIN AHNlY3JldA==\r\n"), (SERVER, b"235 ok\r\n")).settled
    assert not spoken(*begun(offer), (CLIENT, b"MAIL FROM:<>\r\n"), (SERVER, b"530 Must issue a STARTTLS command first\r\n")).settled


def test_helo_tells_no_capabilities():
    prelude = one((SERVER, b"220 hi\r\n"), (CLIENT, b"HELO me\r\n"), (SERVER, b"250 hi\r\n"))
    assert verdict(prelude) == ("smtp", CLIENT, None, False, None)


def test_lmtp_of_rfc_2033():
    prelude = one((SERVER, b"220 foo.edu LMTP server ready\r\n"), (CLIENT, b"LHLO foo.edu\r\n"),
                  (SERVER, b"250-foo.edu\r\n250-PIPELINING\r\n250 SIZE\r\n"))  # fmt: skip
    assert verdict(prelude) == ("lmtp", CLIENT, False, False, None)


FEATURES = b"211-Extensions supported\r\n SIZE\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n211 END\r\n"
"""RFC 4217 section 6."""


def test_ftp_of_rfc_4217():
    prelude = one((SERVER, b"220\r\n"), (CLIENT, b"FEAT\r\n"), (SERVER, FEATURES), (CLIENT, b"AUTH TLS\r\n"), (SERVER, b"234\r\n"))
    assert verdict(prelude) == ("ftp", CLIENT, True, True, True)
    assert (prelude.greeting, prelude.answer) == (b"220", b"234")


@pytest.mark.parametrize("line", [b" AUTH SSL;TLS;", b" AUTH TLS-C;TLS-P;", b" auth ssl", b"211-AUTH TLS"])
def test_ftp_features_are_written_in_many_ways(line):
    told = one((SERVER, b"220 hello\r\n"), (CLIENT, b"FEAT\r\n"), (SERVER, FEATURES.replace(b" AUTH TLS", line)))
    assert told.offered is True
    assert one((SERVER, b"220 hello\r\n"), (CLIENT, b"FEAT\r\n"), (SERVER, FEATURES.replace(b"AUTH TLS", b"UTF8"))).offered is False


def test_ftp_tries_ssl_after_tls():
    turns = [(SERVER, b"220 (vsFTPd 3.0.3)\r\n"), (CLIENT, b"AUTH TLS\r\n"), (SERVER, b"530 Please login with USER and PASS.\r\n")]
    assert (one(*turns).granted, spoken(*turns).settled) == (False, False)
    assert one(*turns, (CLIENT, b"AUTH SSL\r\n"), (SERVER, b"234 ok\r\n")).granted is True
    login = [(CLIENT, b"USER me\r\n"), (SERVER, b"331 and?\r\n"), (CLIENT, b"PASS hunter2\r\n")]
    assert not spoken(*turns, *login).settled
    preludes = spoken(*turns, *login, (SERVER, b"230 welcome\r\n"))
    assert preludes.settled
    assert b"hunter2" not in repr(preludes.told).encode()


@pytest.mark.parametrize(
    ("greeting", "command", "protocol"),
    [
        (b"220 hello", b"EHLO x", "smtp"), (b"220 hello", b"USER x", "ftp"), (b"220 hello", b"AUTH TLS", "ftp"),
        (b"220 hello", b"FEAT", "ftp"), (b"220 hello", b"HELO x", "smtp"), (b"220 hello", b"LHLO x", "lmtp"),
        (b"220 ftp.example.com ESMTP", b"EHLO x", "smtp"), (b"220 mail", b"auth tls", "ftp"), (b"220 hello", b"QUIT", None),
        (b"220 hello", b"GET / HTTP/1.0", None), (b"220 FTP", b"", "ftp"), (b"220 x ESMTP y", b"", "smtp"),
        (b"220 ProFTPD Server", b"", "ftp"), (b"200 hello", b"MODE READER", "nntp"), (b"200 hello", b"QUIT", None),
        (b"200 InterNetNews NNRP server", b"", "nntp"),
    ],
)  # fmt: skip
def test_what_follows_tells_who_greeted(greeting, command, protocol):
    lines = [(SERVER, greeting + b"\r\n"), (CLIENT, command + b"\r\n")][: 2 if command else 1]
    for turns in (lines, lines[::-1]):
        assert [told.protocol for told in spoken(*turns).told] == ([protocol] if protocol else [])


CAPABILITIES = b"101 Capability list:\r\nVERSION 2\r\nREADER\r\nIHAVE\r\nSTARTTLS\r\nLIST ACTIVE NEWSGROUPS\r\n.\r\n"
"""RFC 4642 section 2.2.2."""


@pytest.mark.parametrize(
    ("answer", "granted"), [(b"382 Continue with TLS negotiation", True), (b"580 Can not initiate TLS negotiation", False),
                            (b"502 STARTTLS not allowed with active TLS layer", False), (b"483 No", False)],
)  # fmt: skip
def test_nntp_of_rfc_4642(answer, granted):
    prelude = one((SERVER, b"200 ready\r\n"), (CLIENT, b"CAPABILITIES\r\n"), (SERVER, CAPABILITIES), (CLIENT, b"STARTTLS\r\n"),
                  (SERVER, answer + b"\r\n"))  # fmt: skip
    assert verdict(prelude) == ("nntp", CLIENT, True, True, granted)
    assert prelude.answer == answer


def test_nntp_that_does_not_offer_and_is_used():
    turns = [(SERVER, b"201 hi\r\n"), (CLIENT, b"CAPABILITIES\r\n"), (SERVER, CAPABILITIES.replace(b"STARTTLS\r\n", b""))]
    assert one(*turns).offered is False
    assert spoken(*turns, (CLIENT, b"MODE READER\r\n"), (SERVER, b"200 r\r\n"), (CLIENT, b"GROUP a.b\r\n"),
                  (SERVER, b"211 1 2 3 a.b\r\n")).settled  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "answer", "protocol", "granted"),
    [(b"STARTTLS", b"220 2.0.0 Ready", "smtp", True), (b"STARTTLS", b"454 no", "smtp", False), (b"AUTH TLS", b"234 go", "ftp", True),
     (b"AUTH SSL", b"504 no", "ftp", False), (b"STARTTLS", b"382 go", "nntp", True), (b"STARTTLS", b"580 no", "nntp", False)],
)  # fmt: skip
def test_a_capture_that_joined_in_the_middle(request_, answer, protocol, granted):
    for before in ([], [(SERVER, b"what was said\r\nbefore"), (CLIENT, b"half a line\r\n")]):
        prelude = one(*before, (CLIENT, request_ + b"\r\n"), (SERVER, answer + b"\r\n"))
        assert verdict(prelude) == (protocol, CLIENT, None, True, granted)


def test_one_direction_alone():
    client = spoken((0, b"EHLO x\r\n"), (0, b"STARTTLS\r\n"))
    assert client.take(0, HELLO, 3, 30) == 0
    assert verdict(client.told[0]) == ("smtp", 0, None, True, None)
    server = spoken((0, b"220 x ESMTP\r\n"), (0, EHLO), (0, b"220 go\r\n"))
    assert server.take(0, HELLO, 4, 40) == 0
    assert verdict(server.told[0]) == ("smtp", 1, True, True, True)


def test_tls_where_plain_text_was_due():
    preludes = spoken((SERVER, b"220 x ESMTP\r\n"))
    assert preludes.take(CLIENT, HELLO, 2, 20) == 0
    assert verdict(preludes.told[0]) == ("smtp", CLIENT, None, False, None)
