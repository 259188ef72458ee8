"""IMAP, POP3 and ManageSieve: the dialogs of their RFCs, and what servers and clients do besides."""

from __future__ import annotations

import pytest
from line_talk import HELLO, one, spoken, verdict

CLIENT, SERVER = 1, 0


IMAP = [(SERVER, b"* OK ready\r\n"), (CLIENT, b"a001 CAPABILITY\r\n"),
        (SERVER, b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na001 OK CAPABILITY completed\r\n")]  # fmt: skip
"""RFC 2595 section 3.1."""


def test_imap_of_rfc_2595():
    preludes = spoken(*IMAP, (CLIENT, b"a002 STARTTLS\r\n"), (SERVER, b"a002 OK Begin TLS negotiation now\r\n"))
    assert verdict(preludes.told[0]) == ("imap", CLIENT, True, True, True)
    assert (preludes.told[0].greeting, preludes.told[0].answer) == (b"* OK ready", b"a002 OK Begin TLS negotiation now")
    assert preludes.take(CLIENT, HELLO, 6, 60) == 0


@pytest.mark.parametrize("verdict_", [b"NO", b"BAD"])
def test_imap_refused(verdict_):
    turns = [*IMAP, (CLIENT, b"a2 starttls\r\n"), (SERVER, b"a2 " + verdict_ + b" not now\r\n")]
    preludes = spoken(*turns)
    assert verdict(preludes.told[0]) == ("imap", CLIENT, True, True, False)
    assert not preludes.settled
    login = (CLIENT, b"a3 LOGIN joe hunter2\r\n")
    assert not spoken(*turns, login, (SERVER, b"a3 NO [PRIVACYREQUIRED] no\r\n")).settled
    gone_on = spoken(*turns, login, (SERVER, b"a3 OK in\r\n"))
    assert gone_on.settled
    assert b"hunter2" not in repr(gone_on.told).encode()


@pytest.mark.parametrize("greeting", [b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi", b"* OK [CAPABILITY IMAP4rev1] hi"])
def test_imap_capabilities_stand_in_the_greeting(greeting):
    prelude = one((SERVER, greeting + b"\r\n"), (CLIENT, b"1 LOGIN a b\r\n"))
    assert verdict(prelude) == ("imap", CLIENT, b"STARTTLS" in greeting, False, None)


def test_imap_pipelined():
    prelude = one(IMAP[0], (CLIENT, b"a CAPABILITY\r\nb STARTTLS\r\n"),
                  (SERVER, b"* CAPABILITY IMAP4rev1 STARTTLS\r\na OK done\r\nb OK go\r\n"))  # fmt: skip
    assert verdict(prelude) == ("imap", CLIENT, True, True, True)


POP3 = [(SERVER, b"+OK ready\r\n"), (CLIENT, b"CAPA\r\n"), (SERVER, b"+OK Capability list follows\r\nTOP\r\nSTLS\r\nUSER\r\n.\r\n")]


@pytest.mark.parametrize(("answer", "granted"), [(b"+OK Begin TLS negotiation", True), (b"-ERR Command not permitted", False)])
def test_pop3_of_rfc_2595(answer, granted):
    preludes = spoken(*POP3, (CLIENT, b"STLS\r\n"), (SERVER, answer + b"\r\n"))
    assert verdict(preludes.told[0]) == ("pop3", CLIENT, True, True, granted)
    assert (preludes.told[0].greeting, preludes.told[0].answer) == (b"+OK ready", answer)
    assert not preludes.settled


def test_pop3_without():
    capabilities = POP3[2][1].replace(b"STLS\r\n", b"")
    turns = [*POP3[:2], (SERVER, capabilities), (CLIENT, b"USER joe\r\n"), (SERVER, b"+OK\r\n"), (CLIENT, b"PASS hunter2\r\n")]
    assert not spoken(*turns).settled
    preludes = spoken(*turns, (SERVER, b"+OK 2 messages\r\n"))
    assert preludes.settled
    assert verdict(preludes.told[0]) == ("pop3", CLIENT, False, False, None)
    assert b"hunter2" not in repr(preludes.told).encode()


def test_redis_is_no_pop3():
    assert spoken((CLIENT, b"*1\r\n$4\r\nPING\r\n"), (SERVER, b"+OK\r\n"), (CLIENT, b"*1\r\n"), (SERVER, b"+OK\r\n")).told == []


SIEVE = (b'"IMPLEMENTATION" "Example1 ManageSieved v001"\r\n"SASL" "DIGEST-MD5 GSSAPI"\r\n"SIEVE" "fileinto vacation"\r\n'
         b'"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "ready"\r\n')  # fmt: skip
"""RFC 5804 section 1.7."""


@pytest.mark.parametrize(("answer", "granted"), [(b'OK "Begin TLS negotiation now."', True), (b'NO (TRYLATER) "no"', False)])
def test_managesieve_of_rfc_5804(answer, granted):
    preludes = spoken((SERVER, SIEVE), (CLIENT, b"STARTTLS\r\n"), (SERVER, answer + b"\r\n"))
    assert verdict(preludes.told[0]) == ("managesieve", CLIENT, True, True, granted)
    assert (preludes.told[0].greeting, preludes.told[0].answer) == (b'"IMPLEMENTATION" "Example1 ManageSieved v001"', answer)
    assert not preludes.settled


def test_managesieve_without():
    preludes = spoken((SERVER, SIEVE.replace(b'"STARTTLS"\r\n', b"")), (CLIENT, b'AUTHENTICATE "PLAIN" "AHVzZXIAcGFzcw=="\r\n'),
                      (SERVER, b"OK\r\n"))  # fmt: skip
    assert preludes.settled
    assert verdict(preludes.told[0]) == ("managesieve", CLIENT, False, False, None)
    assert b"AHVz" not in repr(preludes.told).encode()


@pytest.mark.parametrize(
    ("request_", "answer", "protocol", "granted"),
    [(b"x7 STARTTLS", b"x7 OK go", "imap", True), (b". STARTTLS", b". BAD what", "imap", False), (b"STLS", b"+OK go", "pop3", True),
     (b"STLS", b"-ERR no", "pop3", False), (b"STARTTLS", b"OK", "managesieve", True), (b"STARTTLS", b'NO "n"', "managesieve", False)],
)  # fmt: skip
def test_a_capture_that_joined_in_the_middle(request_, answer, protocol, granted):
    for before in ([], [(SERVER, b"what was said\r\nbefore"), (CLIENT, b"half a line\r\n")]):
        prelude = one(*before, (CLIENT, request_ + b"\r\n"), (SERVER, answer + b"\r\n"))
        assert verdict(prelude) == (protocol, CLIENT, None, True, granted)


@pytest.mark.parametrize("said", [b"* OK hi\r\nb OK go\r\n", b"+OK POP3\r\n+OK go\r\n", SIEVE + b'OK "go"\r\n'])
def test_the_server_alone(said):
    preludes = spoken((SERVER, said))
    assert preludes.take(SERVER, HELLO, 2, 20) == 0
    assert preludes.told[0].granted is True
