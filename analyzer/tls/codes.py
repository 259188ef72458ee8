"""Codes: the numbers that the code branches on, as plain ints.

Here lives: a number as soon as a line of code compares with it, and the tests on versions.  Here does not live: names of
numbers for people (``registry``), numbers that nothing branches on.
"""

from __future__ import annotations

__all__ = ["has_signature_scheme", "is_grease", "is_tls13", "speaks_tls13", "tls_of"]

# ContentType, RFC 8446 section 5.1
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
TLS12_CID, ACK = 25, 26
"""Of DTLS: a record with a connection id (RFC 9146 section 3), acknowledgement (RFC 9147 section 7)."""

# HandshakeType, IANA "TLS HandshakeType"
HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST = 0, 1, 2, 3
NEW_SESSION_TICKET, END_OF_EARLY_DATA, HELLO_RETRY_REQUEST, ENCRYPTED_EXTENSIONS = 4, 5, 6, 8
REQUEST_CONNECTION_ID, NEW_CONNECTION_ID = 9, 10
CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 11, 12, 13, 14
CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, CLIENT_CERTIFICATE_REQUEST, FINISHED = 15, 16, 17, 20
CERTIFICATE_URL, CERTIFICATE_STATUS, SUPPLEMENTAL_DATA, KEY_UPDATE = 21, 22, 23, 24
COMPRESSED_CERTIFICATE, EKT_KEY, NEXT_PROTOCOL, CHANNEL_ID, MESSAGE_HASH = 25, 26, 67, 203, 254

HANDSHAKE_TYPES = frozenset((0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26, 67, 203, 254))
"""Every type that is or was in use (203 is the channel ID draft's EncryptedExtensions)."""

# ProtocolVersion
SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
DTLS10_OPENSSL, DTLS10, DTLS12, DTLS13 = 0x0100, 0xFEFF, 0xFEFD, 0xFEFC
TLS13_DRAFT = 0x7F00
"""Drafts of TLS 1.3 say 0x7f00 + their number."""

# AlertLevel and AlertDescription, RFC 8446 section 6
WARNING, FATAL = 1, 2
CLOSE_NOTIFY, USER_CANCELED, NO_RENEGOTIATION = 0, 90, 100

# ExtensionType, IANA "TLS ExtensionType Values"
SERVER_NAME, STATUS_REQUEST, SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS, HEARTBEATS = 0, 5, 10, 11, 13, 15
ALPN, SIGNED_CERTIFICATE_TIMESTAMP, PADDING, SESSION_TICKET, KEY_SHARE_DRAFT, PRE_SHARED_KEY = 16, 18, 21, 35, 40, 41
EARLY_DATA, SUPPORTED_VERSIONS, COOKIE, PSK_KEY_EXCHANGE_MODES, KEY_SHARE, QUIC_TRANSPORT_PARAMETERS = 42, 43, 44, 45, 51, 57
COMPRESS_CERTIFICATE, CERTIFICATE_AUTHORITIES = 27, 47
CONNECTION_ID_DRAFT, CONNECTION_ID = 53, 54
ENCRYPTED_CLIENT_HELLO, RENEGOTIATION_INFO, ENCRYPTED_SERVER_NAME = 65037, 65281, 65486

# SignalingCipherSuiteValues: offered, never chosen
EMPTY_RENEGOTIATION_INFO_SCSV, FALLBACK_SCSV = 0x00FF, 0x5600

HELLO_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest": the random that makes a ServerHello one (RFC 8446 section 4.1.3)."""
DOWNGRADE_TLS12 = b"DOWNGRD\x01"
DOWNGRADE_TLS11 = b"DOWNGRD\x00"
"""Last eight bytes of a ServerHello's random from a server that could speak a newer version (RFC 8446 section 4.1.3)."""


_TLS13_SHAPES = frozenset((TLS13, DTLS13, 0xFB17, 0xFB1A, 0x7E01, 0x7E02, 0x7E03))
"""TLS 1.3 and what its makers ran before it under numbers of their own: Facebook's 0xfb17 and 0xfb1a, Google's 0x7e01 to 0x7e03."""


_TLS_OF = {DTLS10_OPENSSL: TLS11, DTLS10: TLS11, DTLS12: TLS12, DTLS13: TLS13}
"""DTLS counts downwards, 1.0 is TLS 1.1 on datagrams, and 0x0100 is what OpenSSL said before 1.0 was fixed (RFC 6347 section 1)."""

_TLS13_SUITES = 0x13
"""First byte of the suites that only TLS 1.3 has (RFC 8446 appendix B.4)."""


def tls_of(version: int) -> int:
    """Return the version of TLS that a DTLS version is made of, so that versions can be compared; all others are returned as they are."""
    return _TLS_OF.get(version, version)


def is_tls13(version: int | None) -> bool:
    """Tell whether messages of this negotiated version have TLS 1.3's shapes (drafts and DTLS 1.3 too)."""
    return version in _TLS13_SHAPES or (version is not None and version >> 8 == TLS13_DRAFT >> 8)


def speaks_tls13(version: int | None, suite: int | None) -> bool:
    """Tell whether TLS 1.3 was agreed on; experiments under numbers not listed here show it by a suite that only it has."""
    if is_tls13(version):
        return True
    return version is not None and version > TLS13 and version >> 8 != DTLS12 >> 8 and suite is not None and suite >> 8 == _TLS13_SUITES


def has_signature_scheme(version: int) -> bool:
    """Tell whether a signature of this version says its algorithm (TLS 1.2 and newer, RFC 5246 section 4.7)."""
    return version in {TLS12, DTLS12} or is_tls13(version)


def is_grease(number: int) -> bool:
    """Tell whether a 16-bit number is one of RFC 8701 section 2 (0x0a0a, 0x1a1a … 0xfafa)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF
