"""Golden values from the RFCs; agreement with Wireshark where it is installed, differences listed with their reason."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import registry
from analyzer.registry import protocol
from analyzer.registry.generated.extensions import EXTENSIONS

GOLDEN = [
    ("version_name", 0x0002, "SSL 2.0"), ("version_name", 0x0300, "SSL 3.0"), ("version_name", 0x0303, "TLS 1.2"),
    ("version_name", 0x0304, "TLS 1.3"), ("version_name", 0x7F1C, "TLS 1.3 (draft 28)"), ("version_name", 0x7F1D, None),
    ("version_name", 0xFB1A, "TLS 1.3 (Facebook draft 26)"), ("version_name", 0xFEFF, "DTLS 1.0"), ("version_name", 0xFEFD, "DTLS 1.2"),
    ("version_name", 0xFEFC, "DTLS 1.3"), ("version_name", 0x0100, "DTLS 1.0 (OpenSSL pre 0.9.8f)"), ("version_name", 0x7A7A, "GREASE"),
    ("content_type_name", 22, "handshake"), ("content_type_name", 25, "tls12_cid"), ("content_type_name", 99, None),
    ("handshake_type_name", 1, "client_hello"), ("handshake_type_name", 2, "server_hello"), ("handshake_type_name", 24, "key_update"),
    ("handshake_type_name", 25, "compressed_certificate"), ("handshake_type_name", 254, "message_hash"),
    ("handshake_type_name", -1, "change_cipher_spec"), ("handshake_type_name", 257, "sslv2_client_hello"),
    ("handshake_type_name", 260, "sslv2_server_hello"), ("handshake_type_name", 264, "sslv2_client_certificate"),
    ("handshake_type_name", 7, None), ("alert_name", 0, "close_notify"), ("alert_name", 40, "handshake_failure"),
    ("alert_name", 48, "unknown_ca"), ("alert_name", 70, "protocol_version"), ("alert_name", 116, "certificate_required"),
    ("alert_name", 120, "no_application_protocol"), ("alert_name", 121, "ech_required"), ("alert_name", 2, None),
    ("alert_level_name", 2, "fatal"), ("extension_name", 0, "server_name"),
    ("extension_name", 16, "application_layer_protocol_negotiation"),
    ("extension_name", 43, "supported_versions"), ("extension_name", 51, "key_share"), ("extension_name", 57, "quic_transport_parameters"),
    ("extension_name", 34, "delegated_credential"), ("extension_name", 13172, "next_protocol_negotiation"),
    ("extension_name", 17613, "application_settings"), ("extension_name", 65037, "encrypted_client_hello"),
    ("extension_name", 65281, "renegotiation_info"), ("extension_name", 0xFFCE, "encrypted_server_name"),
    ("extension_name", 0xFAFA, "GREASE"), ("extension_name", 9999, None), ("extension_reference", 0, "RFC6066"),
    ("extension_reference", 9999, None), ("compression_method_name", 1, "DEFLATE"), ("certificate_compression_name", 2, "brotli"),
    ("ec_point_format_name", 0, "uncompressed"), ("ec_curve_type_name", 3, "named_curve"), ("psk_mode_name", 1, "psk_dhe_ke"),
    ("psk_mode_name", 0x2A, "GREASE"), ("psk_mode_name", 0x0A, None), ("client_certificate_type_name", 64, "ecdsa_sign"),
    ("client_certificate_type_name", 67, "gost_sign256"), ("certificate_status_type_name", 1, "ocsp"),
    ("certificate_type_name", 2, "Raw Public Key"), ("hpke_kem_name", 0x20, "DHKEM(X25519, HKDF-SHA256)"),
    ("hpke_kdf_name", 1, "HKDF-SHA256"), ("hpke_aead_name", 3, "ChaCha20Poly1305"), ("srtp_profile_name", 7, "SRTP_AEAD_AES_128_GCM"),
    ("key_update_request_name", 1, "update_requested"), ("heartbeat_mode_name", 1, "peer_allowed_to_send"),
    ("max_fragment_length_name", 2, "1024"), ("server_name_type_name", 0, "host_name"), ("cached_information_type_name", 1, "cert"),
    ("token_binding_parameter_name", 2, "ecdsap256"), ("user_mapping_type_name", 64, "upn_domain_hint"),
    ("supplemental_data_type_name", 16386, "authz_data"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "code", "name"), GOLDEN)
def test_golden(function, code, name):
    assert getattr(registry, function)(code) == name


@given(st.integers())
def test_any_number_is_answered(code):
    for name in protocol.__all__:
        assert getattr(protocol, name)(code) != ""


def test_every_function_has_a_golden_value():
    assert {row[0] for row in GOLDEN} == set(protocol.__all__)


def test_no_two_numbers_share_a_name():
    for table in (protocol.VERSIONS, protocol.ALERTS, protocol.CONTENT_TYPES, {code: row[0] for code, row in EXTENSIONS.items()}):
        assert len(set(table.values())) == len(table)


DIFFERENT_IN_WIRESHARK = {
    "extension_name": {
        34: "RFC 9345 section 4.1.1: delegated_credential", 40: "key_share (draft)", 46: "ticket_early_data_info (draft)",
        17513: "number of old Chromes", 30031: "channel_id (old)", 65445: "quic_transport_parameters (draft)",
    },
    "content_type_name": {25: "tls12_cid in RFC 9146"},
    "version_name": {0x0101: "GB/T 38636 calls it TLCP"},
    "handshake_type_name": {67: "NextProtocol in draft-agl-tls-nextprotoneg-04", 21: "certificate_url in RFC 6066"},
}  # fmt: skip
FIELDS = {
    "tls.handshake.extension.type": "extension_name", "tls.alert_message.desc": "alert_name", "tls.handshake.type": "handshake_type_name",
    "tls.record.content_type": "content_type_name", "tls.handshake.extensions.supported_version": "version_name",
    "tls.extension.psk_ke_mode": "psk_mode_name", "tls.compress_certificate.algorithm": "certificate_compression_name",
    "tls.handshake.extensions_ec_point_format": "ec_point_format_name", "dtls.use_srtp.protection_profile": "srtp_profile_name",
    "tls.alert_message.level": "alert_level_name",
}  # fmt: skip


def plain(name):
    """A name without what only looks: Wireshark writes "Client Hello", IANA client_hello."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@pytest.mark.parametrize(("field", "function"), FIELDS.items())
def test_agrees_with_wireshark(wireshark, field, function):
    rows = wireshark[field]
    assert rows
    look_up, different = getattr(registry, function), DIFFERENT_IN_WIRESHARK.get(function, {})
    handshake_types = [name for _, name in rows]
    # one field for SSL 2.0 and later: where a number comes twice, the first set is SSL 2.0's
    if function == "handshake_type_name":
        start = handshake_types.index("Hello Request")
        sslv2, rows = rows[:start], rows[start:]
        assert [plain(look_up(256 + code)) for code, _ in sslv2] == [plain(f"sslv2{name}") for _, name in sslv2]
    for code, name in rows:
        ours = look_up(code)
        assert ours is not None, (code, name)
        if "GREASE" in name:
            assert ours == "GREASE"
        elif code not in different:
            assert plain(ours) in plain(name) or plain(name) in plain(ours), (code, name, ours)
