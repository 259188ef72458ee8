"""What comes before TLS: recognised from its first bytes, in any segmentation, one after the other; never in noise."""

from __future__ import annotations

import random
from functools import cache

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from talk import CLIENT, client_hello, turns

from analyzer.handshakes.dialogs.dialog import Row, begins
from analyzer.handshakes.prelude import Prelude
from analyzer.handshakes.preludes import FIRST_BYTES, OPENING, ROWS, Preludes, _signs, starts
from analyzer.limits import DEFAULT

HELLO = client_hello()

DIALOGS = {
    "smtp": [(1, b"220 a ESMTP\r\n"), (0, b"EHLO b\r\n"), (1, b"250-a\r\n250-STARTTLS\r\n250 x\r\n"), (0, b"STARTTLS\r\n"),
             (1, b"220 go\r\n")],
    "lmtp": [(1, b"220 a LMTP\r\n"), (0, b"LHLO b\r\n"), (1, b"250-a\r\n250 STARTTLS\r\n"), (0, b"STARTTLS\r\n"), (1, b"220 go\r\n")],
    "ftp": [(1, b"220 hi\r\n"), (0, b"FEAT\r\n"), (1, b"211-x\r\n AUTH TLS\r\n211 y\r\n"), (0, b"AUTH TLS\r\n"), (1, b"234 go\r\n")],
    "nntp": [(1, b"200 hi\r\n"), (0, b"CAPABILITIES\r\n"), (1, b"101 x\r\nSTARTTLS\r\n.\r\n"), (0, b"STARTTLS\r\n"), (1, b"382 go\r\n")],
    "imap": [(1, b"* OK hi\r\n"), (0, b"a CAPABILITY\r\n"), (1, b"* CAPABILITY IMAP4rev1 STARTTLS\r\na OK x\r\n"), (0, b"b STARTTLS\r\n"),
             (1, b"b OK go\r\n")],
    "pop3": [(1, b"+OK hi\r\n"), (0, b"CAPA\r\n"), (1, b"+OK x\r\nSTLS\r\n.\r\n"), (0, b"STLS\r\n"), (1, b"+OK go\r\n")],
    "managesieve": [(1, b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK\r\n'), (0, b"STARTTLS\r\n"), (1, b"OK go\r\n")],
    "xmpp": [(0, b"<?xml version='1.0'?><stream:stream to='a' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>"),
             (1, b"<stream:stream id='1' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>"),
             (1, b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
             (0, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), (1, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")],
    "irc": [(0, b"CAP LS 302\r\n"), (1, b":a CAP * LS :tls\r\n"), (0, b"STARTTLS\r\n"), (1, b":a 670 * :go\r\n")],
}  # fmt: skip
"""protocol -> its shortest dialog that offers, asks for and grants TLS."""


def fed(said, preludes=None):
    preludes = preludes or Preludes(DEFAULT)
    for packet, (side, data) in enumerate(said, 1):
        assert preludes.take(side, data, packet, packet * 10) == len(data)
    return preludes


def shown(preludes):
    return [msgspec.structs.replace(prelude, packets=[], start=0, end=0) for prelude in preludes.told]


def full(protocol):
    return [(protocol, True, True, True)]


def verdicts(preludes):
    return [(prelude.protocol, prelude.offered, prelude.requested, prelude.granted) for prelude in preludes.told]


@st.composite
def cut(draw, said):
    """The same turns in other segments."""
    pieces = []
    for side, data in said:
        at = sorted(draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=6)))
        pieces += [(side, data[a:b]) for a, b in zip([0, *at], [*at, len(data)], strict=True) if a < b]
    return pieces


@pytest.mark.parametrize("protocol", DIALOGS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_segmentation_does_not_matter(protocol, data):
    said = DIALOGS[protocol]
    preludes = fed(data.draw(cut(said)))
    assert verdicts(preludes) == full(protocol)
    assert shown(preludes) == shown(fed(said))
    assert preludes.take(0, HELLO, 90, 900) == preludes.take(1, HELLO, 91, 910) == 0


@pytest.mark.parametrize("protocol", DIALOGS)
def test_byte_by_byte_and_from_the_other_side(protocol):
    said = [(1 - side, bytes([byte])) for side, data in DIALOGS[protocol] for byte in data]
    preludes = fed(said)
    assert verdicts(preludes) == full(protocol)
    assert preludes.told[0].client_side == 1
    assert (preludes.told[0].start, preludes.told[0].packets[0]) == (10, 1)
    assert len(preludes.told[0].packets) <= DEFAULT.messages


@pytest.mark.parametrize("protocol", DIALOGS)
def test_turns_captured_in_the_wrong_order(protocol):
    said = DIALOGS[protocol]
    for at in range(len(said) - 1):
        if (protocol == "pop3" and not at) or protocol == "managesieve":  # a reply that nobody asked for is the greeting there
            continue
        assert verdicts(fed([*said[:at], said[at + 1], said[at], *said[at + 2 :]])) == full(protocol), at


@pytest.mark.parametrize("protocol", DIALOGS)
def test_tls_behind_the_last_word_is_found_at_its_offset(protocol):
    *before, (side, last) = DIALOGS[protocol]
    preludes = fed(before)
    assert preludes.take(side, last + HELLO, 9, 90) == len(last)
    assert verdicts(preludes) == full(protocol)


@pytest.mark.parametrize("protocol", DIALOGS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_never_raises(protocol, data):
    said = [(side, bytearray(text)) for side, text in data.draw(cut(DIALOGS[protocol]))]
    for _ in range(data.draw(st.integers(1, 4))):
        _, text = said[data.draw(st.integers(0, len(said) - 1))]
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    preludes = Preludes(DEFAULT)
    for packet, (side, text) in enumerate(said):
        assert 0 <= preludes.take(side, bytes(text), packet, packet) <= len(text)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 32), st.lists(st.tuples(st.integers(0, 1), st.integers(1, 80)), max_size=12))
def test_noise_is_not_recognised(seed, sizes):
    noise, preludes = random.Random(seed), Preludes(DEFAULT)  # hypothesis' own bytes take words out of our source
    for packet, (side, size) in enumerate(sizes):
        data = noise.randbytes(size)
        assert 0 <= preludes.take(side, data, packet, packet) <= len(data)
    assert preludes.told == []


@given(st.lists(st.tuples(st.integers(0, 1), st.binary(min_size=1, max_size=80)), max_size=12))
@example([(0, b"\r\n\r\n\0\r\nQUIT\n"), (1, b"\0")])
def test_any_bytes_never_raise(said):
    preludes = Preludes(DEFAULT)
    for packet, (side, data) in enumerate(said):
        assert 0 <= preludes.take(side, data, packet, packet) <= len(data)


def test_half_a_sign_that_was_none_comes_back():
    preludes = Preludes(DEFAULT)
    assert preludes.take(0, b"22", 1, 1) == 2
    assert preludes.going
    assert preludes.back(0) == b""
    assert preludes.take(0, b"\x80x", 2, 2) == 2
    assert not preludes.going
    assert [preludes.back(0), preludes.back(0)] == [b"22", b""]


WORDS = st.sampled_from([
    b"220 ", b"250-", b"STARTTLS", b"EHLO a", b"\r\n", b"\n", b"+OK", b"* OK ", b"a1 ", b"<", b">", b"CAP LS", b":a 001", b'"SIEVE"', b"OK",
    b".", b"\x16", b"\x16\3\1", b"200 ", b"AUTH TLS", b"<stream:stream ", b"{9}", b"\xff",
])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), WORDS), max_size=40))
def test_words_in_any_order_never_raise(said):
    preludes = Preludes(DEFAULT)
    for packet, (side, data) in enumerate(said):
        assert 0 <= preludes.take(side, data, packet, packet) <= len(data)


@pytest.mark.parametrize("line", [b"x", b"\n", b"a b c\r\n", b"220 hello\r\n", b"+OK\r\n", b"<a>", b"\0"])
def test_endless_text_costs_bounded_work_and_memory(line):
    preludes = Preludes(DEFAULT)
    text = (line * (1 << 16))[: 1 << 16]
    for packet in range(16):
        assert preludes.take(packet & 1, text, packet, packet) == len(text)
    assert preludes.settled
    [stage] = preludes._stages
    assert max(stage._looked) <= DEFAULT.looks
    assert max(map(len, stage._pending)) <= OPENING
    for dialog in stage._candidates.values():
        assert len(msgspec.json.encode(repr(vars(dialog)))) < 100_000


def test_a_line_without_an_end_is_kept_in_part():
    preludes = fed([(1, b"220 hello ESMTP\r\n"), (0, b"EHLO " + b"x" * 100_000), (0, b"\r\n"), (1, b"250 ok\r\n")])
    assert verdicts(preludes) == [("smtp", False, False, None)]
    assert max(map(len, preludes._stages[0].dialog._parts)) <= 8192


def test_an_http_request_is_left_alone():
    said = (0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (1, b"HTTP/1.1 200 OK\r\n\r\n"), (0, b"MOVE /x HTTP/1.1\r\n\r\n")
    assert fed(said).told == []


def test_one_after_the_other(monkeypatch):
    monkeypatch.setattr("analyzer.handshakes.preludes.ROWS", [*ROWS, Row(begins(b"HOP\n"), None, _Hop)])
    monkeypatch.setattr("analyzer.handshakes.preludes._signs", cache(_signs.__wrapped__))
    said = [(0, b"HOP\n"), *DIALOGS["smtp"]]
    for turns_ in (said, [(side, bytes([byte])) for side, data in said for byte in data]):
        preludes = fed(turns_)
        assert [prelude.protocol for prelude in preludes.told] == ["hop", "smtp"]
        assert verdicts(preludes)[1:] == full("smtp")
        assert preludes.take(0, HELLO, 90, 900) == preludes.take(1, HELLO, 91, 910) == 0
    assert [prelude.protocol for prelude in fed([(0, b"HOP\nHOP\nCAP LS\r\n")]).told] == ["hop", "hop", "irc"]
    assert Preludes(DEFAULT).take(0, b"HOP\n" + HELLO, 1, 1) == 4
    chain = Preludes(DEFAULT)
    assert chain.take(0, b"HOP\n" * (DEFAULT.preludes + 5), 1, 1) == 4 * DEFAULT.preludes
    assert len(chain.told) == DEFAULT.preludes


class _Hop:
    """A protocol of one word, of the client alone."""

    def __init__(self, client_side):
        self.prelude = Prelude(protocol="hop", client_side=client_side, packets=[])
        self.sure, self.settled, self.framing = None, False, None
        self.heard = b""

    def take(self, side, data):
        if side or self.heard == b"HOP\n":
            return 0
        before = len(self.heard)
        self.heard = (self.heard + data)[:4]
        self.sure = self.heard == b"HOP\n" or None
        return 4 - before if self.sure else None


@pytest.mark.parametrize("name", ["smtp", "imap", "pop3", "ftp", "xmpp"])
def test_samples_of_real_stacks(name):
    preludes, behind = Preludes(DEFAULT), []
    for packet, (sender, data) in enumerate(turns(f"starttls-{name}"), 1):
        side = 0 if sender == CLIENT else 1
        if data[0] == 22:
            behind.append((side, preludes.take(side, data, packet, packet)))
            if len(behind) == 2:
                break
        else:
            assert preludes.take(side, data, packet, packet) == len(data)
    assert behind == [(0, 0), (1, 0)]
    [prelude] = preludes.told
    assert (prelude.protocol, prelude.client_side, prelude.requested, prelude.granted) == (name, 0, True, True)


@pytest.mark.parametrize("protocol", DIALOGS)
def test_first_bytes_pick_each_from_its_start(protocol):
    for side in (0, 1):
        first = next(data for sender, data in DIALOGS[protocol] if sender == side)
        assert starts(first) or protocol == "imap"
        if (protocol, side) not in {("imap", 0), ("irc", 1)}:  # a tag and a server's name may be anything; the other side picks those
            assert any(first.upper()[at : at + len(text)] == text.upper() for at, text in FIRST_BYTES), first
    assert not starts(b"GET / HTTP/1.1\r\n")
