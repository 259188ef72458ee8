"""First bytes: every segment that begins like one of the list is told, in either case, at its offset, cut short or not."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, ether, hello, ipv4, segments, tcp

from analyzer.handshakes.preludes import FIRST_BYTES
from analyzer.packets.first_bytes import FirstBytes
from analyzer.packets.signs import hellos


def told(beginnings, *payloads):
    """Return which of the payloads begin so."""
    packets = segments(block_of([ether(ipv4(tcp(data))) for data in payloads]), Counter())
    filled = np.flatnonzero(packets.stop > packets.start)
    found = FirstBytes(beginnings)(packets, filled, packets.block.data[packets.start[filled]])
    rows = np.concatenate([np.empty(0, np.int64), *found]).tolist()
    return [row in rows for row in range(len(payloads))]


def test_no_beginnings_tell_nothing():
    assert told([], b"", b"EHLO", b"x") == [False] * 3


@pytest.mark.parametrize("text", [b"EHLO a", b"ehlo a", b"eHlO", b"EHLOx"])
def test_letters_count_in_both_cases(text):
    assert told([(0, b"EHLO")], text, text[1:], b" " + text) == [True, False, False]
    assert told([(0, b"ehlo")], text) == [True]


def test_a_longer_beginning_is_told_by_its_first_bytes_and_a_shorter_one_by_all_that_follows():
    assert told([(0, b"CONNECT ")], b"CONNECT a:443", b"CONN", b"CON-", b"PUT /") == [True, True, False, False]
    assert told([(0, b"\x05")], b"\x05\1\0", b"\x05anything at all", b"\x04\1") == [True, True, False]
    assert told([(0, b"AB"), (0, b"XYZ")], b"ABzz", b"xyzz", b"XYww", b"A" * 4) == [True, True, False, False]


def test_at_an_offset():
    assert told([(4, b"\x72")], b"....\x72...", b"....\x73...", b"....", b"\x72......", b"....\x72") == [True, False, False, False, True]
    assert told([(0, b"AB"), (4, b"CD")], b"ABxxxx", b"xxxxCDxx", b"ABxxCDxx", b"xxxxxx..") == [True, True, True, False]


def test_a_large_segment_is_only_looked_at_in_its_first_bytes():
    """And only where these are six at least: two of encrypted bulk are often those of some protocol."""
    beginnings = [(4, b"CD"), (0, b"ABCDEF"), (0, b"\5\1")]
    large = [text + bytes(9000) for text in (b"xxxxCD", b"abcdefg", b"\5\1")]
    assert told(beginnings, *large) == [False, True, False]
    assert told(beginnings, *[text[:500] for text in large]) == [True, True, True]


def test_a_known_first_byte_is_asked():
    assert told([(2, b"\2\1", 0x30)], b"\x30\x0c\2\1\1", b"\x31\x0c\2\1\1") == [True, False]


def test_a_segment_too_short_to_tell_may_begin_so():
    assert told([(0, b"EHLO")], b"E", b"e", b"EH", b"X") == [True, True, True, False]
    assert told([(4, b"SMB2")], b"....S", b"....SM", b"....X", b"....") == [True, True, False, False]


def test_a_keep_alives_lone_zero_is_none():
    """RFC 9293 section 3.8.4: some systems send one garbage byte, mostly 0."""
    beginnings = [(0, b"\0\0\0\x08"), (0, b"\0\x0c")]
    assert told(beginnings, b"\0", b"\0\0", b"\0\x0cxx", b"\0\x0dxx") == [False, True, True, False]
    assert told(FIRST_BYTES, b"\0") == [False]


TEXT = st.binary(min_size=1, max_size=6)
BEGINNINGS = st.lists(st.tuples(st.integers(0, 5), TEXT), max_size=6)


@given(BEGINNINGS, st.lists(st.binary(max_size=12), max_size=8), st.data())
def test_what_begins_so_is_never_missed(beginnings, payloads, data):
    want = [False] * len(payloads)
    if beginnings:
        for _ in range(3):
            offset, text = data.draw(st.sampled_from(beginnings))
            if text.strip(b"\0"):
                payloads.append(data.draw(st.binary(min_size=offset, max_size=offset)) + text + data.draw(st.binary(max_size=5)))
                want.append(True)
    found = told(beginnings, *payloads)
    assert all(one for one, must in zip(found, want, strict=True) if must)


@given(BEGINNINGS, st.lists(st.binary(max_size=12), max_size=8))
def test_what_begins_otherwise_is_not_told_unless_it_is_too_short(beginnings, payloads):
    for one, data in zip(told(beginnings, *payloads), payloads, strict=True):
        fits = any(_alike(data[offset : offset + len(text[:4])], text[:4]) for offset, text in beginnings if len(data) > offset)
        short = any(0 < len(data) - offset < 4 for offset, _ in beginnings)
        assert not one or fits or short


def _alike(data, text):
    """Bytes that differ in the bit of the case at most: all that the comparison promises."""
    return len(data) == len(text) and all(a | 0x20 == b | 0x20 for a, b in zip(data, text, strict=True))


GREETINGS = [
    b"220 mail.example ESMTP\r\n", b"* OK IMAP4rev1\r\n", b"+OK POP3 ready\r\n", b"EHLO x\r\n", b"CONNECT a.example:443 HTTP/1.1\r\n",
    b"<?xml version='1.0'?><stream:stream>", b"\x05\x01\x00", b"\x04\x01\x01\xbb\xc0\0\2\1x\0", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", b"\0\0\0\x08\x04\xd2\x16\x2f", b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\x0b\0\0\0",
    b"\x12\x01\x00\x2f\0\0\1\0", b"\x4a\0\0\0\x0a8.0.32\0", bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337"),
]  # fmt: skip
"""What SMTP, IMAP, POP3, HTTP CONNECT, XMPP, SOCKS, PROXY, PostgreSQL, RDP, TDS, MySQL and LDAP begin with (their RFCs and manuals)."""


@pytest.mark.parametrize("said", GREETINGS)
def test_the_list_of_the_road_knows_real_greetings(said):
    assert told(FIRST_BYTES, said) == [True]


def test_signs_take_the_beginnings_beside_the_hellos():
    packets = segments(block_of([ether(ipv4(tcp(data))) for data in (b"EHLO a", b"bulk", hello(), b"")]), Counter())
    assert hellos(packets).tolist() == [2]
    assert hellos(packets, FirstBytes([(0, b"EHLO"), (0, b"EHL")])).tolist() == [0, 2]
