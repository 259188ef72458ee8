"""The small registries of the protocol itself: versions, messages, alerts, extensions and what is listed inside them.

Here lives: tables of at most a few dozen rows, kept by hand, each with its source.  Here does not live: cipher suites, groups,
signature schemes (a file each), QUIC and services (``services``).  All functions give None for an unknown number.
"""

from __future__ import annotations

from analyzer.registry.generated.extensions import EXTENSIONS
from analyzer.registry.grease import GREASE_MODES, is_grease

__all__ = [
    "alert_level_name", "alert_name", "cached_information_type_name", "certificate_compression_name", "certificate_status_type_name",
    "certificate_type_name", "client_certificate_type_name", "compression_method_name", "content_type_name", "ec_curve_type_name",
    "ec_point_format_name", "extension_name", "extension_reference", "handshake_type_name", "heartbeat_mode_name", "hpke_aead_name",
    "hpke_kdf_name", "hpke_kem_name", "key_update_request_name", "max_fragment_length_name", "psk_mode_name", "server_name_type_name",
    "srtp_profile_name", "supplemental_data_type_name", "token_binding_parameter_name", "user_mapping_type_name", "version_name",
]  # fmt: skip

VERSIONS = {
    0x0002: "SSL 2.0", 0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3",
    0x0101: "TLCP 1.1",  # GB/T 38636-2020, before it GM/T 0024 ("GMTLS")
    0x0100: "DTLS 1.0 (OpenSSL pre 0.9.8f)", 0xFEFF: "DTLS 1.0", 0xFEFD: "DTLS 1.2", 0xFEFC: "DTLS 1.3",
    0x7E01: "TLS 1.3 (Google experiment 1)", 0x7E02: "TLS 1.3 (Google experiment 2)", 0x7E03: "TLS 1.3 (Google experiment 3)",
    0xFB17: "TLS 1.3 (Facebook draft 23)", 0xFB1A: "TLS 1.3 (Facebook draft 26)",
    **{0x7F00 + draft: f"TLS 1.3 (draft {draft})" for draft in range(29)},  # draft-ietf-tls-tls13 section 4.2.1
}  # fmt: skip
"""RFC 6101, 2246, 4346, 5246, 8446, 4347, 6347, 9147."""

CONTENT_TYPES = {
    20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data", 24: "heartbeat", 25: "tls12_cid", 26: "ACK",
    27: "return_routability_check",
}  # fmt: skip
"""IANA "TLS ContentType"."""

HANDSHAKE_TYPES = {
    -1: "change_cipher_spec",
    0: "hello_request", 1: "client_hello", 2: "server_hello", 3: "hello_verify_request", 4: "new_session_ticket",
    5: "end_of_early_data", 6: "hello_retry_request", 8: "encrypted_extensions", 9: "request_connection_id", 10: "new_connection_id",
    11: "certificate", 12: "server_key_exchange", 13: "certificate_request", 14: "server_hello_done", 15: "certificate_verify",
    16: "client_key_exchange", 17: "client_certificate_request", 20: "finished", 21: "certificate_url", 22: "certificate_status",
    23: "supplemental_data", 24: "key_update", 25: "compressed_certificate", 26: "ekt_key", 254: "message_hash",
    67: "next_protocol",  # draft-agl-tls-nextprotoneg-04
    203: "channel_id",  # draft-balfanz-tls-channelid-01: "encrypted_extensions", before TLS 1.3 took that name
    **dict(enumerate((
        "sslv2_error", "sslv2_client_hello", "sslv2_client_master_key", "sslv2_client_finished", "sslv2_server_hello",
        "sslv2_server_verify", "sslv2_server_finished", "sslv2_request_certificate", "sslv2_client_certificate",
    ), 256)),
}  # fmt: skip
"""IANA "TLS HandshakeType", without its suffix _RESERVED; -1 for ChangeCipherSpec, 256 + n for SSL 2.0 (draft-hickman-netscape-ssl-00)."""

ALERT_LEVELS = {1: "warning", 2: "fatal"}

ALERTS = {
    0: "close_notify", 1: "end_of_early_data", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
    22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    52: "too_many_cids_requested", 60: "export_restriction", 70: "protocol_version", 71: "insufficient_security",
    80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
    110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required", 117: "general_error",
    120: "no_application_protocol", 121: "ech_required",
}  # fmt: skip
"""IANA "TLS Alerts", without its suffix _RESERVED; 1 is draft-ietf-tls-tls13-20 and before."""

COMPRESSION_METHODS = {0: "null", 1: "DEFLATE", 64: "LZS"}  # RFC 3749, 3943
CERTIFICATE_COMPRESSION = {1: "zlib", 2: "brotli", 3: "zstd"}  # RFC 8879
EC_POINT_FORMATS = {0: "uncompressed", 1: "ansiX962_compressed_prime", 2: "ansiX962_compressed_char2"}  # RFC 8422
EC_CURVE_TYPES = {1: "explicit_prime", 2: "explicit_char2", 3: "named_curve"}  # RFC 8422
PSK_MODES = {0: "psk_ke", 1: "psk_dhe_ke", **dict.fromkeys(sorted(GREASE_MODES), "GREASE")}  # RFC 8446, 8701
CLIENT_CERTIFICATE_TYPES = {
    1: "rsa_sign", 2: "dss_sign", 3: "rsa_fixed_dh", 4: "dss_fixed_dh", 5: "rsa_ephemeral_dh", 6: "dss_ephemeral_dh",
    20: "fortezza_dms", 21: "gost_sign94", 22: "gost_sign01", 64: "ecdsa_sign", 65: "rsa_fixed_ecdh", 66: "ecdsa_fixed_ecdh",
    67: "gost_sign256", 68: "gost_sign512", 80: "ibc_params",
    238: "gost_sign256 (old)", 239: "gost_sign512 (old)",  # OpenSSL before RFC 9189
}  # fmt: skip
"""IANA "TLS ClientCertificateType Identifiers"; 21, 22 draft-chudov-cryptopro-cptls, 80 GB/T 38636."""
CERTIFICATE_STATUS_TYPES = {1: "ocsp", 2: "ocsp_multi"}  # RFC 6066, 6961
CERTIFICATE_TYPES = {0: "X509", 1: "OpenPGP", 2: "Raw Public Key", 3: "1609Dot2"}  # RFC 7250, 6091, 8902
SERVER_NAME_TYPES = {0: "host_name"}  # RFC 6066
MAX_FRAGMENT_LENGTHS = {1: "512", 2: "1024", 3: "2048", 4: "4096"}  # RFC 6066 section 4
HEARTBEAT_MODES = {1: "peer_allowed_to_send", 2: "peer_not_allowed_to_send"}  # RFC 6520
KEY_UPDATE_REQUESTS = {0: "update_not_requested", 1: "update_requested"}  # RFC 8446 section 4.6.3
CACHED_INFORMATION_TYPES = {1: "cert", 2: "cert_req"}  # RFC 7924
USER_MAPPING_TYPES = {64: "upn_domain_hint"}  # RFC 4681
SUPPLEMENTAL_DATA_TYPES = {0: "user_mapping_data", 16386: "authz_data"}  # RFC 4681, 5878
TOKEN_BINDING_PARAMETERS = {0: "rsa2048_pkcs1.5", 1: "rsa2048_pss", 2: "ecdsap256"}  # RFC 8471
HPKE_KEMS = {
    0x0010: "DHKEM(P-256, HKDF-SHA256)", 0x0011: "DHKEM(P-384, HKDF-SHA384)", 0x0012: "DHKEM(P-521, HKDF-SHA512)",
    0x0013: "DHKEM(CP-256, HKDF-SHA256)", 0x0014: "DHKEM(CP-384, HKDF-SHA384)", 0x0015: "DHKEM(CP-521, HKDF-SHA512)",
    0x0016: "DHKEM(secp256k1, HKDF-SHA256)", 0x0020: "DHKEM(X25519, HKDF-SHA256)", 0x0021: "DHKEM(X448, HKDF-SHA512)",
    0x0030: "X25519Kyber768Draft00", 0x0040: "ML-KEM-512", 0x0041: "ML-KEM-768", 0x0042: "ML-KEM-1024", 0x647A: "X-Wing",
}  # fmt: skip
"""IANA "HPKE KEM Identifiers" (RFC 9180)."""
HPKE_KDFS = {1: "HKDF-SHA256", 2: "HKDF-SHA384", 3: "HKDF-SHA512"}  # RFC 9180
HPKE_AEADS = {1: "AES-128-GCM", 2: "AES-256-GCM", 3: "ChaCha20Poly1305", 0xFFFF: "Export-only"}  # RFC 9180
SRTP_PROFILES = {
    0x0001: "SRTP_AES128_CM_HMAC_SHA1_80", 0x0002: "SRTP_AES128_CM_HMAC_SHA1_32", 0x0005: "SRTP_NULL_HMAC_SHA1_80",
    0x0006: "SRTP_NULL_HMAC_SHA1_32", 0x0007: "SRTP_AEAD_AES_128_GCM", 0x0008: "SRTP_AEAD_AES_256_GCM",
    0x0009: "DOUBLE_AEAD_AES_128_GCM_AEAD_AES_128_GCM", 0x000A: "DOUBLE_AEAD_AES_256_GCM_AEAD_AES_256_GCM",
    0x000B: "SRTP_ARIA_128_CTR_HMAC_SHA1_80", 0x000C: "SRTP_ARIA_128_CTR_HMAC_SHA1_32", 0x000D: "SRTP_ARIA_256_CTR_HMAC_SHA1_80",
    0x000E: "SRTP_ARIA_256_CTR_HMAC_SHA1_32", 0x000F: "SRTP_AEAD_ARIA_128_GCM", 0x0010: "SRTP_AEAD_ARIA_256_GCM",
}  # fmt: skip
"""IANA "DTLS-SRTP Protection Profiles"."""


def version_name(code: int) -> str | None:
    """Return "TLS 1.2", "SSL 3.0", "DTLS 1.0", "TLS 1.3 (draft 28)" …, "GREASE", or None."""
    return VERSIONS.get(code) or ("GREASE" if is_grease(code) else None)


def extension_name(code: int) -> str | None:
    """Return the name of an extension as IANA or its draft spells it, "GREASE", or None."""
    row = EXTENSIONS.get(code)
    if row:
        return row[0]
    return "GREASE" if is_grease(code) else None


def extension_reference(code: int) -> str | None:
    """Return the document that defines an extension, or None."""
    row = EXTENSIONS.get(code)
    return row[1] if row else None


def handshake_type_name(code: int) -> str | None:
    """Return the name of a handshake message: client_hello …; code -1 is ChangeCipherSpec, 256 + n a message of SSL 2.0."""
    return HANDSHAKE_TYPES.get(code)


def content_type_name(code: int) -> str | None:
    """Return the name of a record's content type."""
    return CONTENT_TYPES.get(code)


def alert_level_name(code: int) -> str | None:
    """Return "warning" or "fatal"."""
    return ALERT_LEVELS.get(code)


def alert_name(code: int) -> str | None:
    """Return the name of an alert's description, such as handshake_failure."""
    return ALERTS.get(code)


def compression_method_name(code: int) -> str | None:
    """Return the name of a compression method: null, DEFLATE, LZS."""
    return COMPRESSION_METHODS.get(code)


def certificate_compression_name(code: int) -> str | None:
    """Return the name of a certificate compression algorithm (RFC 8879), "GREASE", or None."""
    return CERTIFICATE_COMPRESSION.get(code) or ("GREASE" if is_grease(code) else None)


def ec_point_format_name(code: int) -> str | None:
    """Return the name of a point format of elliptic curves."""
    return EC_POINT_FORMATS.get(code)


def ec_curve_type_name(code: int) -> str | None:
    """Return how a ServerKeyExchange names its curve: named_curve, explicit_prime, explicit_char2."""
    return EC_CURVE_TYPES.get(code)


def psk_mode_name(code: int) -> str | None:
    """Return the name of a PskKeyExchangeMode, "GREASE" for the 8-bit GREASE values, or None."""
    return PSK_MODES.get(code)


def client_certificate_type_name(code: int) -> str | None:
    """Return the name of a ClientCertificateType of a CertificateRequest before TLS 1.3, such as rsa_sign."""
    return CLIENT_CERTIFICATE_TYPES.get(code)


def certificate_status_type_name(code: int) -> str | None:
    """Return "ocsp" or "ocsp_multi"."""
    return CERTIFICATE_STATUS_TYPES.get(code)


def certificate_type_name(code: int) -> str | None:
    """Return the name of a CertificateType (client_certificate_type, server_certificate_type, cert_type)."""
    return CERTIFICATE_TYPES.get(code)


def server_name_type_name(code: int) -> str | None:
    """Return "host_name"."""
    return SERVER_NAME_TYPES.get(code)


def max_fragment_length_name(code: int) -> str | None:
    """Return the length in bytes, as text."""
    return MAX_FRAGMENT_LENGTHS.get(code)


def heartbeat_mode_name(code: int) -> str | None:
    """Return the name of a HeartbeatMode."""
    return HEARTBEAT_MODES.get(code)


def key_update_request_name(code: int) -> str | None:
    """Return the name of a KeyUpdateRequest."""
    return KEY_UPDATE_REQUESTS.get(code)


def cached_information_type_name(code: int) -> str | None:
    """Return the name of a CachedInformationType."""
    return CACHED_INFORMATION_TYPES.get(code)


def user_mapping_type_name(code: int) -> str | None:
    """Return the name of a UserMappingType."""
    return USER_MAPPING_TYPES.get(code)


def supplemental_data_type_name(code: int) -> str | None:
    """Return the name of a SupplementalDataType."""
    return SUPPLEMENTAL_DATA_TYPES.get(code)


def token_binding_parameter_name(code: int) -> str | None:
    """Return the name of a Token Binding key parameter."""
    return TOKEN_BINDING_PARAMETERS.get(code)


def hpke_kem_name(code: int) -> str | None:
    """Return the name of an HPKE key encapsulation mechanism (ECHConfig)."""
    return HPKE_KEMS.get(code)


def hpke_kdf_name(code: int) -> str | None:
    """Return the name of an HPKE key derivation function (encrypted_client_hello)."""
    return HPKE_KDFS.get(code)


def hpke_aead_name(code: int) -> str | None:
    """Return the name of an HPKE cipher (encrypted_client_hello)."""
    return HPKE_AEADS.get(code)


def srtp_profile_name(code: int) -> str | None:
    """Return the name of a DTLS-SRTP protection profile (use_srtp)."""
    return SRTP_PROFILES.get(code)
