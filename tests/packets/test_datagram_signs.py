"""Datagram signs: every built opening is one, in whatever company; noise never raises."""

from collections import Counter
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, datagrams, dtls, ether, ipv4, ipv6, quic, udp

from analyzer.packets.datagram_signs import openings

TYPES = [0, 1, 2, 3, 4, 8, 11, 12, 13, 14, 15, 16, 20, 22, 25]
"""HandshakeTypes that DTLS sends in plaintext (IANA TLS HandshakeType; 3 is HelloVerifyRequest)."""
COOKIE = bytes.fromhex("2112a442")


def opens(*payloads):
    """Return for each payload whether it is an opening."""
    found = openings(datagrams(block_of([ether(ipv4(udp(data), protocol=17)) for data in payloads]), Counter())).tolist()
    assert found == sorted(set(found))
    return [index in found for index in range(len(payloads))]


def channel(data, number=0x4000):
    """TURN's ChannelData (RFC 8656 section 12.4)."""
    return pack("!HH", number, len(data)) + data + bytes(-len(data) % 4)


def indication(data, method=0x0016):
    """TURN's Send or Data indication with an XOR-PEER-ADDRESS before the DATA attribute (RFC 8656 sections 11 and 18)."""
    body = pack("!HH", 0x12, 8) + bytes(8) + pack("!HH", 0x13, len(data)) + data + bytes(-len(data) % 4)
    return pack("!HH", method, len(body)) + COOKIE + bytes(12) + body


def capwap(data):
    """CAPWAP's DTLS header (RFC 5415 section 4.2)."""
    return b"\1\0\0\0" + data


DTLS = st.builds(dtls, st.sampled_from(TYPES), st.binary(max_size=60), version=st.sampled_from([0xFEFF, 0xFEFD, 0xFEFC, 0x0100]),
                 sequence=st.integers(0, 2**48 - 1))  # fmt: skip
V1 = [1, *range(0xFF000000, 0xFF000030), 0xFACEB001, 0xFACEB002, 0x0A0A0A0A, 0xFAFAFAFA, 0x1A2A3A4A]
QUIC = st.builds(quic, st.sampled_from(V1), st.integers(0, 1), st.binary(min_size=10, max_size=60), connection=st.binary(max_size=20))
V2 = st.builds(quic, st.just(0x6B3343CF), st.integers(1, 2), st.binary(min_size=10, max_size=60), connection=st.binary(max_size=20))
"""RFC 9369 section 3.2: Initial is 1, 0-RTT 2."""
NAMES = st.sampled_from([b"Q039", b"Q043", b"Q046", b"Q050", b"T050", b"T051"])
GOOGLE = st.builds(lambda name, kind: quic(int.from_bytes(name, "big"), kind), NAMES, st.integers(0, 3))
PUBLIC = st.builds(lambda flags, name, rest: bytes([flags]) + bytes(8) + b"Q0" + name + rest, st.sampled_from([0x09, 0x0D, 0x39]),
                   st.sampled_from([b"25", b"39", b"43"]), st.binary(min_size=4, max_size=30))  # fmt: skip
WRAPPED = st.builds(lambda wrap, inner: wrap(inner), st.sampled_from([channel, indication, capwap]), DTLS)
OPENINGS = st.one_of(DTLS, QUIC, V2, GOOGLE, PUBLIC, WRAPPED)


@given(st.lists(OPENINGS | st.binary(max_size=40).map(lambda data: (data,)), max_size=10))
def test_what_was_built_is_an_opening_whatever_stands_beside_it(payloads):
    told = opens(*(data[0] if isinstance(data, tuple) else data for data in payloads))
    assert all(one for one, data in zip(told, payloads, strict=True) if not isinstance(data, tuple))


@given(st.lists(st.binary(max_size=60), max_size=12), st.integers(14, 80))
def test_noise_never_raises(payloads, snap):
    opens(*payloads)
    frames = [ether(ipv6(udp(data), following=17), 0x86DD) for data in payloads]
    block = block_of([frame[: 60 + snap] for frame in frames], wire=[len(frame) for frame in frames])
    assert len(openings(datagrams(block, Counter()))) <= len(payloads)


@given(OPENINGS, st.integers(0, 60))
def test_a_cut_opening_is_one_while_its_header_is_there(payload, size):
    told = opens(payload[:size])
    assert told in ([False], [True])
    assert told == [False] or size >= 14


NOT = {
    "nothing": b"", "short": dtls()[:13], "application data": b"\x17" + dtls()[1:], "epoch 1": dtls(epoch=1), "no message type": dtls(99),
    "TLS": b"\x16\x03\x03" + dtls()[3:], "a record too long": dtls()[:11] + b"\x48" + dtls()[12:],
    "QUIC Handshake": quic(kind=2), "QUIC Retry": quic(kind=3), "QUIC v2 Handshake": quic(0x6B3343CF, 3),
    "QUIC v2 Retry": quic(0x6B3343CF, 0),
    "QUIC short header": b"\x40" + bytes(60), "QUIC of an unknown version": quic(0x12345678),
    "DNS": bytes.fromhex("1234010000010000000000000765") + b"xample\0\0\1\0\1", "STUN binding": pack("!HH", 1, 0) + COOKIE + bytes(12),
    "a channel with something else": channel(b"\x80" + bytes(40)), "an indication without the cookie": pack("!HH", 0x16, 0) + bytes(40),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT)
def test_what_is_none(name):
    assert opens(NOT[name]) == [False]


def test_version_negotiation_opens_nothing():
    """It answers: what it answers is the opening (RFC 9000 section 17.2.1)."""
    assert opens(quic(0)) == [False]


def test_the_initial_packets_of_the_rfcs():
    """RFC 9001 appendix A.2 and RFC 9369 appendix A.2: the protected first bytes of the client's Initial."""
    v1 = bytes.fromhex("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11")
    v2 = bytes.fromhex("d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485")
    server = bytes.fromhex("cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a")
    assert opens(v1, v2, server) == [True, True, True]


def test_what_scapy_writes_is_an_opening():
    pytest.importorskip("scapy.contrib.stun")
    from scapy.contrib.stun import STUN
    from scapy.layers.inet import IP, UDP

    inner = dtls(1, bytes(50))
    stun = bytes(STUN(stun_message_type=0x0016, attributes=[]))[:20]
    assert stun[4:8] == COOKIE
    frame = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=50_000, dport=3478) / (stun + pack("!HH", 0x13, len(inner)) + inner))
    assert openings(datagrams(block_of([frame], link=101), Counter())).tolist() == [0]
