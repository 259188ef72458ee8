"""Records and fragments of DTLS, built from RFC 6347 section 4, RFC 9146 section 4 and RFC 9147 section 4."""

from __future__ import annotations

from struct import pack

import pytest
import talk
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls import codes
from analyzer.tls.dtls import SEALED, begins, read_fragments, read_records, sealed13, speaks

HELLO = pack(">H", 0xFEFD) + b"\x11" * 32 + b"\0\0" + talk.vector(pack(">H", 0xC02F)) + b"\1\0"
FRAGMENT = b"\1" + len(HELLO).to_bytes(3, "big") + b"\0\0" + bytes(3) + len(HELLO).to_bytes(3, "big") + HELLO


def record(kind, body, epoch=0, version=0xFEFD, sequence=5):
    return pack(">BHHHIH", kind, version, epoch, sequence >> 32, sequence & 0xFFFFFFFF, len(body)) + body


OPENING = record(22, FRAGMENT)


def brief(records):
    return [(one.kind, one.version, one.epoch, one.fragment, one.whole) for one in records]


def test_records_of_a_datagram():
    data = record(22, b"abc", version=0xFEFF) + record(20, b"\1") + record(23, b"z" * 20, epoch=1, sequence=1 << 40)
    assert brief(read_records(data)) == [(22, 0xFEFF, 0, b"abc", True), (20, 0xFEFD, 0, b"\1", True), (23, 0xFEFD, 1, b"z" * 20, True)]


def test_what_follows_the_last_record_is_passed_over():
    assert brief(read_records(record(20, b"\1") + b"\0\1\0\0!\x12\xa4B")) == [(20, 0xFEFD, 0, b"\1", True)]
    assert read_records(record(20, b"\1", version=0x0303)) == []
    assert read_records(record(22, b"abc")[:-1]) == []


def test_a_datagram_that_the_capture_cut():
    data = record(20, b"\1") + record(22, b"abcdef")
    assert brief(read_records(data[:-2], missing=2))[1:] == [(22, 0xFEFD, 0, b"abcd", False)]
    assert brief(read_records(data[:-2], missing=1)) == [(20, 0xFEFD, 0, b"\1", True)]
    assert brief(read_records(record(22, b"abc"), missing=30)) == [(22, 0xFEFD, 0, b"abc", True)]


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("length", [False, True])
@pytest.mark.parametrize("cid", [b"", b"id", bytes(range(8))])
def test_the_unified_header(wide, length, cid):
    bits = 0x20 | bool(cid) << 4 | wide << 3 | length << 2 | 2
    data = bytes([bits]) + cid + bytes(1 + wide) + (b"\0\x20" if length else b"") + b"s" * 32
    after = record(20, b"\1") if length else b""
    first, *rest = read_records(data + after, cid=len(cid))
    assert brief([first]) == [(SEALED, codes.DTLS13, 2, b"s" * 32, True)]
    assert len(rest) == length


def test_a_unified_header_with_an_id_of_unknown_length_takes_the_rest():
    [one] = read_records(b"\x3f" + b"id" + b"\0\1\0\x20" + b"s" * 32)
    assert (one.kind, one.epoch) == (SEALED, 3)


def test_a_record_with_a_connection_id():
    """RFC 9146 figure 1: the id stands between the sequence number and the length."""
    data = pack(">BHHHI", 25, 0xFEFD, 1, 0, 3) + b"12345678" + b"\0\x05hello"
    assert brief(read_records(data + record(20, b"\1"), cid=8)) == [(25, 0xFEFD, 1, b"hello", True), (20, 0xFEFD, 0, b"\1", True)]
    [one] = read_records(data)
    assert one.kind == 25


def test_fragments_of_a_record():
    two = b"\x0e\0\0\0\0\1" + bytes(6) + b"\x10\0\0\5\0\2\0\0\1\0\0\3abc"
    [done, key], sound = read_fragments(two)
    assert sound
    assert (done.code, done.length, done.sequence, done.offset, done.data) == (14, 0, 1, 0, b"")
    assert (key.code, key.length, key.sequence, key.offset, key.data) == (16, 5, 2, 1, b"abc")


@pytest.mark.parametrize(
    "bad",
    [
        b"\x10\0\0\5\0\2\0\0\3\0\0\3abc",  # leaves its message
        b"\x10\0\0\5\0\2\0\0\0\0\0\4abc",  # leaves its record
        b"\x63\0\0\3\0\2\0\0\0\0\0\3abc",  # of no type that there is
        b"\x10\0\0\3\0\2\0\0\0\0\0\3abc!",  # bytes behind it
    ],
)
def test_what_is_no_fragment(bad):
    assert not read_fragments(bad)[1]
    assert not begins(record(22, bad))


def test_a_fragment_that_the_capture_cut():
    [one], sound = read_fragments(b"\x10\0\0\5\0\2\0\0\0\0\0\5abc", whole=False)
    assert sound
    assert (one.length, one.data) == (5, b"abc")


@pytest.mark.parametrize("version", [0xFEFF, 0xFEFD, 0x0100])
def test_a_hello_begins(version):
    assert begins(record(22, FRAGMENT, version=version))
    assert speaks(record(22, FRAGMENT, version=version) + b"\x2e rest")


@pytest.mark.parametrize(
    ("data", "which"),
    [
        (record(20, b"\1"), True),
        (record(20, b"\1\0\0", version=0x0100), True),  # OpenSSL's DTLS before the standard numbers its ChangeCipherSpec
        (record(20, b"\1\0\0"), False),
        (record(21, b"\2\x28"), True),
        (record(21, b"\5\x28"), False),
        (record(21, bytes(26), epoch=1), True),
        (record(22, bytes(48), epoch=1), True),
        (record(22, b"\xff" * 48), False),
        (record(23, b"plain"), False),
        (record(23, bytes(40), epoch=1), True),
        (record(24, b"\1\0\0" + bytes(16)), True),
        (record(26, b"\0\x10" + bytes(16)), True),
        (record(26, b"\0\x11" + bytes(17)), False),
        (pack(">BHHHI", 25, 0xFEFD, 1, 0, 3) + b"id" + talk.vector(bytes(40)), True),
        (record(27, bytes(20), epoch=1), False),
        (record(22, FRAGMENT, version=0x0303), False),
        (OPENING[:-1], False),
        (OPENING[:12], False),
        (b"", False),
        (talk.client_hello(), False),
        (b"\x16\xfe\xfd" + bytes(8) + b"\x40\x01" + bytes(0x4001), False),
    ],
)
def test_what_speaks_dtls(data, which):
    assert speaks(data) == which
    assert not (begins(data) and data[0] != 22)


def test_a_client_hello_is_looked_into():
    odd_version = FRAGMENT[:12] + b"\x55" + FRAGMENT[13:]
    long_session = FRAGMENT[:46] + b"\x21" + FRAGMENT[47:]
    short = b"\1\0\0\2\0\0\0\0\0\0\0\2\xfe\xfd"
    assert not any(begins(record(22, body)) for body in (odd_version, long_session, short))
    assert begins(record(22, FRAGMENT[:9] + b"\0\0\x04" + FRAGMENT[12:16]))


def test_sealed_datagrams_of_an_association():
    assert sealed13(b"\x2e\0\1\0\x20" + bytes(32))
    assert sealed13(b"\x22\1" + bytes(30))
    assert not sealed13(b"\x2e\0\1\0\x20" + bytes(31))  # leaves its datagram
    assert not sealed13(b"\x2e\0\1\0\5" + bytes(31))  # too short to hide its number (RFC 9147 section 4.2.3)
    assert not sealed13(b"\x80\x60" + bytes(40))  # RTP
    assert not sealed13(b"")


@given(st.binary(max_size=80), st.integers(0, 20), st.none() | st.integers(0, 20))
def test_any_bytes_are_read(data, missing, cid):
    for one in read_records(data, missing=missing, cid=cid):
        assert len(one.fragment) <= len(data)
        read_fragments(one.fragment, whole=one.whole)
    assert speaks(data) in {True, False}
    assert sealed13(data) in {True, False}
    assert not begins(data)


@given(st.data(), st.none() | st.integers(0, 20))
def test_any_flip_and_cut_of_a_datagram_is_read(data, cid):
    whole = bytearray(OPENING + b"\x3e" + bytes(40))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    some = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found = read_records(some, cid=cid)
    assert sum(len(one.fragment) for one in found) <= len(some)
    assert not begins(some) or speaks(some)
