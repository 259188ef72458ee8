"""quic: packets of the RFCs' appendices and of aioquic, frames by hand from RFC 9000 section 19."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.quic import Close, Crypto, frames, google, packets, speaks
from analyzer.tls.quic_versions import HANDSHAKE, INITIAL, NEGOTIATION, ONE_RTT, RETRY, V1, V2, ZERO_RTT

CLIENT_ID, SERVER_ID = bytes.fromhex("8394c8f03e515708"), bytes.fromhex("f067a5502a4262b5")


def integer(value):
    """RFC 9000 section 16."""
    size = next(size for size in range(4) if value < 1 << 8 * (1 << size) - 2)
    return (value | size << 8 * (1 << size) - 2).to_bytes(1 << size, "big")


def long(number, body=bytes(40), *, version=V1, destination=CLIENT_ID, source=SERVER_ID, token=None):
    """A long header (RFC 9000 section 17.2) before ``body``; ``number`` is that of the packet type."""
    head = bytes([0xC0 | number << 4]) + pack(">I", version) + bytes([len(destination)]) + destination + bytes([len(source)]) + source
    return head + (b"" if token is None else integer(len(token)) + token) + integer(len(body)) + body


def negotiation(*versions, first=0x80):
    return bytes([first, 0, 0, 0, 0, 8]) + CLIENT_ID + b"\x08" + SERVER_ID + b"".join(pack(">I", version) for version in versions)


@pytest.mark.parametrize(
    ("version", "types"),
    [(V1, (INITIAL, ZERO_RTT, HANDSHAKE)), (V2, (RETRY, INITIAL, ZERO_RTT, HANDSHAKE)), (0xFF00001D, (INITIAL, ZERO_RTT, HANDSHAKE))],
)
def test_types_by_version(version, types):
    for number, kind in enumerate(types):
        data = long(number, version=version, token=b"token" if kind is INITIAL else None)
        [packet] = packets(data)
        assert (packet.kind, packet.version, packet.destination, packet.source) == (kind, version, CLIENT_ID, SERVER_ID)
        assert (packet.at, packet.end) == (0, len(data))
        if kind is not RETRY:
            assert (packet.number_at, packet.length, packet.token) == (len(data) - 40, 40, b"token" if kind is INITIAL else b"")


def test_a_retry_is_its_token_and_tag():
    data = bytes.fromhex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba")  # RFC 9001 appendix A.4
    [packet] = packets(data)
    assert (packet.kind, packet.destination, packet.source, packet.token, packet.end) == (RETRY, b"", SERVER_ID, b"token", len(data))
    assert speaks(data)


def test_version_negotiation():
    data = negotiation(V2, 0x1A2A3A4A, V1)
    [packet] = packets(data)
    assert (packet.kind, packet.versions, packet.destination, packet.source) == (NEGOTIATION, (V2, 0x1A2A3A4A, V1), CLIENT_ID, SERVER_ID)
    assert speaks(data)
    assert not speaks(negotiation(0xDEADBEEF, 0x51303433))
    assert not speaks(data[:-1])


def test_coalesced_packets_are_cut_apart():
    parts = [long(0, token=b""), long(2), long(1), b"\x41" + CLIENT_ID + bytes(30)]
    data, at = b"".join(parts), 0
    found = list(packets(data))
    assert [packet.kind for packet in found] == [INITIAL, HANDSHAKE, ZERO_RTT, ONE_RTT]
    for packet, part in zip(found, parts, strict=True):
        assert data[packet.at : packet.end] == part
        at += len(part)


def test_padding_behind_a_packet_is_no_packet():
    assert [packet.kind for packet in packets(long(0, token=b"") + bytes(16))] == [INITIAL]


def test_what_the_capture_cut_off_is_told():
    data = long(0, bytes(1200), token=b"")
    [packet] = packets(data[:600], missing=len(data) - 600)
    assert (packet.whole, packet.end, packet.length) == (False, 600, 1200)
    assert list(packets(data[:600])) == []
    assert not speaks(data[:600])
    assert speaks(data[:600], len(data) - 600)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_headers_are_read_as_aioquic_reads_them(kind):
    aioquic = pytest.importorskip("aioquic.quic.packet")
    buffer = pytest.importorskip("aioquic.buffer")
    data = long(kind, bytes(70), destination=b"d" * 20, source=b"", token=b"t" * 100 if kind == 0 else None)
    theirs = aioquic.pull_quic_header(buffer.Buffer(data=data))
    [packet] = packets(data)
    assert packet.kind == theirs.packet_type.name.lower()
    assert (packet.destination, packet.source, packet.token) == (theirs.destination_cid, theirs.source_cid, theirs.token)
    assert packet.end == theirs.packet_length


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xc0", b"\x40" + bytes(100), long(0, version=0xDEADBEEF, token=b""), long(0, bytes(19), token=b""), long(0, token=b"")[:-1],
        b"\xc0\0\0\0\1\x15" + bytes(100), b"\x80" + long(0, token=b"")[1:], bytes(1200), b"\xff" * 1200,
        bytes.fromhex("16fefd0000000000000000") + bytes(100),
    ],
)  # fmt: skip
def test_what_is_no_quic_does_not_speak_it(data):
    assert not speaks(data)


@given(st.binary(max_size=200), st.integers(0, 2000))
def test_random_bytes_never_raise(data, missing):
    ends = 0
    for packet in packets(data, missing):
        assert packet.at == ends < packet.end <= len(data)
        ends = packet.end
    speaks(data, missing)
    google(data)
    for cut in (False, True):
        for mark in (False, True):
            list(frames(data, google=mark, cut=cut))


@given(st.integers(0, 60), st.integers(1, 255), st.integers(0, 1300))
def test_flipped_and_cut_headers_never_raise(at, flip, length):
    data = bytearray(long(0, bytes(100), token=b"token") + long(2))
    data[at] ^= flip
    list(packets(bytes(data[:length])))
    speaks(bytes(data[:length]))


# ---- Google's QUIC


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x0d" + CLIENT_ID + b"Q043" + b"\1" + bytes(100), "Google QUIC Q043"),
        (b"\x09" + CLIENT_ID + b"Q035" + b"\1" + bytes(100), "Google QUIC Q035"),
        (b"\xc3Q046\x50" + CLIENT_ID + bytes(100), "Google QUIC Q046"),
        (b"\xc3Q050\x08" + CLIENT_ID + b"\0" + bytes(100), "Google QUIC Q050"),
        (b"\xc3T050\x08" + CLIENT_ID + b"\0" + bytes(100), None),
        (b"\x0c" + CLIENT_ID + b"Q043" + bytes(100), None),  # no version bit
        (b"\x0b" + CLIENT_ID + b"Q043" + bytes(100), None),  # a public reset
        (b"\x0d" + CLIENT_ID + b"Qxyz" + bytes(100), None),
        (long(0, token=b""), None),
        (b"", None),
    ],
)
def test_googles_own_versions_are_named(data, name):
    assert google(data) == name


# ---- frames


def crypto(offset, data, kind=6):
    return bytes([kind]) + integer(offset) + integer(len(data)) + data


def close(error, reason=b"", kind=0x1C):
    return bytes([kind]) + integer(error) + (b"\6" if kind == 0x1C else b"") + integer(len(reason)) + reason


ACK = b"\2" + integer(70000) + integer(5000) + integer(2) + integer(3) + integer(1) + integer(0) + integer(7) + integer(1)
ACK_ECN = b"\3" + ACK[1:] + integer(1) + integer(200) + integer(0)


def test_frames_of_an_initial():
    payload = bytes(5) + b"\1" + ACK + crypto(0, b"abc") + ACK_ECN + crypto(70000, b"d" * 100) + bytes(300) + close(0x128, b"why") + b"\1\0"
    assert list(frames(payload)) == [Crypto(0, b"abc"), Crypto(70000, b"d" * 100), Close(0x128, b"why")]
    assert list(frames(close(5, kind=0x1D))) == [Close(5, b"")]


def test_frames_end_at_what_an_initial_cannot_hold():
    assert list(frames(crypto(0, b"a") + b"\x08" + crypto(1, b"b"))) == [Crypto(0, b"a")]
    assert list(frames(crypto(0, b"a") + crypto(1, b"bcd")[:-1])) == [Crypto(0, b"a")]
    assert list(frames(crypto(0, b"a") + crypto(1, b"bcd")[:-1], cut=True)) == [Crypto(0, b"a"), Crypto(1, b"bc")]
    assert list(frames(b"\2\0\0" + integer(1 << 40) + b"\0" + crypto(0, b"a"))) == []


def test_frames_of_googles_t051():
    acks = b"\x40\1\0\0\1\0", b"\x65" + b"\0\1" + b"\0\0" + b"\1" + b"\0\1" + b"\1\0\1" + b"\2" + bytes(5) + bytes(3)
    for ack in acks:
        assert list(frames(ack + crypto(0, b"abc", 8) + bytes(50), google=True)) == [Crypto(0, b"abc")]
    assert list(frames(crypto(0, b"abc", 8))) == []


def test_many_small_frames_are_read_in_one_go():
    assert list(frames(b"\0\1" * 30000 + crypto(0, b"a"))) == [Crypto(0, b"a")]
