"""SOCKS 4, 4a and 5.  Requests built from RFC 1928, RFC 1929 and the two older memos, replies as real servers send them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.socks import Socks4, Socks5
from analyzer.handshakes.prelude import Target

ADDRESS = bytes([93, 184, 216, 119])
FOUR = b"\x04\x01\x01\xbb" + ADDRESS + b"alice\0"
FOUR_A = b"\x04\x01\x01\xbb\0\0\0\x01\0www.example.com\0"
GRANTED4 = bytes.fromhex("005a99b40ab49cf9")


def request(kind, host, command=1):
    return struct.pack("BBBB", 5, command, 0, kind) + host + struct.pack(">H", 443)


NAME = request(3, b"\x0fwww.example.com")
OK = bytes.fromhex("050000010000000001bb")
LOGIN = b"\x01\x05alice\x06secret"


@given(cuts)
def test_socks4(sizes):
    found = carried(Socks4, [(C, FOUR), (S, GRANTED4), (C, TLS), (S, TLS)], sizes)
    expected = (True, False, None, [len(FOUR), 8], "socks4", None, True, True, b"", b"request granted", Target(address=ADDRESS, port=443))
    assert found[:11] == expected
    found = carried(Socks4, [(C, FOUR_A), (S, GRANTED4), (C, TLS), (S, TLS)], sizes)
    assert (found[4], found[10], found[3]) == ("socks4a", Target(name=b"www.example.com", port=443), [len(FOUR_A), 8])


def test_socks4_refused_bind_and_one_side():
    dialog, _ = heard(Socks4, (C, FOUR), (S, b"\0\x5b" + bytes(6)))
    assert (dialog.sure, dialog.prelude.granted, dialog.prelude.answer) == (True, False, b"request rejected or failed")
    dialog, _ = heard(Socks4, (C, b"\x04\x02" + FOUR[2:]), (S, GRANTED4))
    assert (dialog.sure, dialog.prelude.requested, dialog.settled) == (True, False, True)
    assert heard(Socks4, (C, FOUR))[0].sure is None
    assert heard(Socks4, (C, FOUR[:8] + b"\x01\x02\0"))[0].sure is False  # a user id is text
    assert heard(Socks4, (C, FOUR), (C, TLS))[0].sure
    preludes, ends = told((C, FOUR), (C, TLS))
    assert ([one.protocol for one in preludes.told], ends[C]) == (["socks4"], len(FOUR))


@given(cuts)
def test_socks5(sizes):
    turns = [(C, b"\x05\x01\0"), (S, b"\x05\0"), (C, NAME), (S, OK), (C, TLS), (S, TLS)]
    target = Target(name=b"www.example.com", port=443)
    expected = (True, False, None, [3 + len(NAME), 12], "socks5", None, True, True, b"", b"succeeded", target)
    assert carried(Socks5, turns, sizes)[:11] == expected
    logged = [(C, b"\x05\x02\0\x02"), (S, b"\x05\x02"), (C, LOGIN), (S, b"\x01\0"), (C, NAME), (S, OK), (C, TLS), (S, TLS)]
    found = carried(Socks5, logged, sizes)
    assert (found[3], found[7]) == ([4 + len(LOGIN + NAME), 14], True)


@pytest.mark.parametrize(("kind", "host", "target"), [
    (1, ADDRESS, Target(address=ADDRESS, port=443)),
    (3, b"\x04a.io", Target(name=b"a.io", port=443)),
    (4, bytes(range(16)), Target(address=bytes(range(16)), port=443)),
])  # fmt: skip
def test_addresses(kind, host, target):
    dialog, _ = heard(Socks5, (C, b"\x05\x01\0" + request(kind, host)), (S, b"\x05\0" + OK))
    assert (dialog.sure, dialog.prelude.target) == (True, target)


@given(st.integers(1, 255))
def test_refused(code):
    turns = [(C, b"\x05\x01\0"), (S, b"\x05\0"), (C, NAME), (S, bytes([5, code]) + OK[2:])]
    dialog, _ = heard(Socks5, *turns)
    assert (dialog.prelude.granted, dialog.prelude.answer) == (False, dialog.prelude.answer or None)
    if code == 5:
        assert dialog.prelude.answer == b"Connection refused"


def test_a_login_refused_and_what_is_no_tls():
    dialog, _ = heard(Socks5, (C, b"\x05\x01\x02"), (S, b"\x05\x02"), (C, LOGIN), (S, b"\x01\x01"))
    assert (dialog.sure, dialog.prelude.granted, dialog.prelude.answer) == (True, False, b"user name and password refused")
    assert b"secret" not in repr(dialog.prelude).encode()
    for command in (2, 3):
        dialog, _ = heard(Socks5, (C, b"\x05\x01\0"), (S, b"\x05\0"), (C, request(1, ADDRESS, command)), (S, OK))
        assert (dialog.sure, dialog.prelude.requested, dialog.settled) == (True, False, True)
    dialog, _ = heard(Socks5, (C, b"\x05\x01\x01"), (S, b"\x05\x01"), (C, b"\x01\x01\0\x04abcd"))
    assert dialog.settled


def test_a_greeting_alone_is_not_believed():
    assert heard(Socks5, (C, b"\x05\x01\0"), (S, b"\x05\0"))[0].sure is None
    assert heard(Socks5, (C, b"\x05\x01\0"), (S, b"\x05\x02"))[0].sure is False  # a method that was not listed
    assert heard(Socks5, (C, b"\x05\x02\0\0"))[0].sure is False
    assert heard(Socks5, (C, b"\x05\x01\0" + request(3, b"\x03a\0b")))[0].sure is False


def test_a_protocol_behind_it():
    mail = [(S, b"220 mail.example ESMTP\r\n"), (C, b"EHLO me\r\n"), (S, b"250-mail.example\r\n250 STARTTLS\r\n"), (C, b"STARTTLS\r\n"),
            (S, b"220 go\r\n"), (C, TLS), (S, TLS)]  # fmt: skip
    preludes, ends = told((C, b"\x05\x01\0"), (S, b"\x05\0"), (C, NAME), (S, OK), *mail)
    assert [(one.protocol, one.granted) for one in preludes.told] == [("socks5", True), ("smtp", True)]
    assert ends[C] == 3 + len(NAME) + 19


test_junk4, test_damage4 = strict(Socks4, [(C, FOUR), (S, GRANTED4), (C, TLS)], [(C, FOUR_A), (S, GRANTED4)])
LOGGED = [(C, b"\x05\x02\0\x02"), (S, b"\x05\x02"), (C, LOGIN), (S, b"\x01\0"), (C, NAME), (S, OK), (C, TLS)]
test_junk5, test_damage5 = strict(Socks5, LOGGED)
