"""quic_versions: the table against aioquic's and what versions are reserved."""

import pytest

from analyzer.tls.quic_versions import HANDSHAKE, INITIAL, RETRY, V1, V2, ZERO_RTT, edition


@pytest.mark.parametrize("version", [V1, V2])
def test_salts_are_aioquics(version):
    crypto = pytest.importorskip("aioquic.quic.crypto")
    salt = {V1: "INITIAL_SALT_VERSION_1", V2: "INITIAL_SALT_VERSION_2"}[version]
    assert edition(version).salts == (getattr(crypto, salt),)


@pytest.mark.parametrize("version", [V1, V2])
def test_packet_types_are_aioquics(version):
    packet = pytest.importorskip("aioquic.quic.packet")
    table = {V1: packet.PACKET_LONG_TYPE_DECODE_VERSION_1, V2: packet.PACKET_LONG_TYPE_DECODE_VERSION_2}[version]
    kinds = {packet.QuicPacketType.INITIAL: INITIAL, packet.QuicPacketType.ZERO_RTT: ZERO_RTT, packet.QuicPacketType.HANDSHAKE: HANDSHAKE,
             packet.QuicPacketType.RETRY: RETRY}  # fmt: skip
    assert {number: kinds[kind] for number, kind in table.items()} == dict(enumerate(edition(version).types))


def test_drafts_have_the_salts_of_their_time():
    salts = [edition(0xFF000000 + draft).salts[0][:2].hex() for draft in range(22, 35)]
    assert salts == ["7fbc"] + ["c3ee"] * 6 + ["afbf"] * 4 + ["3876"] * 2


def test_drafts_without_a_tag_on_retry_have_no_key_for_it():
    assert [edition(0xFF000000 + draft).retry is None for draft in (22, 24, 25, 28, 29, 34)] == [True, True, False, False, False, False]


@pytest.mark.parametrize("version", [0x0A0A0A0A, 0xBABABABA, 0x1A2A3A4A])
def test_reserved_versions_are_tried_with_every_salt(version):
    assert len(edition(version).salts) == 4


@pytest.mark.parametrize("version", [0, 2, 0xFF000015, 0xFF000023, 0x51303530, 0x0A0A0A0B, 0xFACEB0FF])
def test_what_cannot_be_read_has_no_edition(version):
    assert edition(version) is None


def test_googles_versions_are_told_apart_by_their_frames():
    assert [edition(int.from_bytes(name, "big")).google for name in (b"T050", b"T051")] == [True, True]
    assert not edition(V1).google
