"""Fact: one handshake message or alert in one packet, as plain values that two readers can be compared by.

Here lives: the type, and the fields with how each reader names them.  Here does not live: asking Wireshark (``wireshark``), telling
our own (``own``), comparing (``compare``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer import registry
from analyzer.tls.codes import (
    ALPN,
    EC_POINT_FORMATS,
    KEY_SHARE,
    KEY_SHARE_DRAFT,
    PSK_KEY_EXCHANGE_MODES,
    SERVER_NAME,
    SIGNATURE_ALGORITHMS,
    SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
)

if TYPE_CHECKING:
    from typing import Any

__all__ = ["ALERT", "FIELDS", "LISTED", "SSLV2", "Fact", "Listed", "Sides", "type_name"]

ALERT = -21
"""Type of an alert, which is no handshake message (its ContentType is 21)."""
SSLV2 = 256
"""Added to the type of a message in SSL 2.0 framing."""


Sides = tuple[str, tuple[str, int], tuple[str, int]]
"""One direction of one stream: tcp or udp, address and port of the sender, those of the receiver."""


class Fact(msgspec.Struct, kw_only=True):
    """What one reader says of one message.

    ``type`` is its HandshakeType, with SSLV2 added in SSL 2.0 framing, or ALERT; ``values`` has a plain value for each field that it has:
    int, hex text, text, or a tuple of these.
    """

    packet: int
    """Number of the packet that completes it, from 1."""
    sides: Sides
    type: int
    values: dict[str, Any]
    broken: bool = False
    """Its fields break their own lengths."""
    decrypted: bool = False
    """Wireshark had to decrypt it."""
    repeated: bool = False
    """It lies in a TCP segment that repeats an earlier one."""
    sequence: int | None = None
    """message_seq of DTLS, by which a message sent again is known (RFC 6347 section 4.2.2)."""


class Listed(msgspec.Struct, frozen=True):
    """A field that an extension holds: the extension's codes, Wireshark's names for it, and whether it is text."""

    codes: tuple[int, ...]
    leaves: tuple[str, ...]
    text: bool = False


LISTED: dict[str, Listed] = {
    "server_name": Listed((SERVER_NAME,), ("handshake.extensions_server_name",), text=True),
    "alpn": Listed((ALPN,), ("handshake.extensions_alpn_str",), text=True),
    "supported_versions": Listed((SUPPORTED_VERSIONS,), ("handshake.extensions.supported_version",)),
    "groups": Listed((SUPPORTED_GROUPS,), ("handshake.extensions_supported_group",)),
    "key_share_groups": Listed(
        (KEY_SHARE, KEY_SHARE_DRAFT),
        ("handshake.extensions_key_share_group", "handshake.extensions_key_share_selected_group"),
    ),
    "signature_schemes": Listed((SIGNATURE_ALGORITHMS,), ("handshake.sig_hash_alg",)),
    "point_formats": Listed((EC_POINT_FORMATS,), ("handshake.extensions_ec_point_format",)),
    "psk_modes": Listed((PSK_KEY_EXCHANGE_MODES,), ("extension.psk_ke_mode",)),
}
"""Fields of a hello's extensions; each value is a tuple, () where the extension is not there or holds nothing."""

FIELDS: dict[str, str] = {
    "message": "the message itself: both readers see it, in the same stream from the same sender",
    "packet": "number of the packet that completes it",
    "length": "bytes of its body",
    "record_version": "version in the header of its record",
    "version": "version in a hello",
    "random": "random of a hello, hex",
    "session_id": "session id of a hello, hex",
    "cookie": "cookie of DTLS, hex",
    "cipher_suites": "cipher suites offered",
    "cipher_suite": "cipher suite chosen",
    "extensions": "codes of a hello's extensions in order, GREASE left out",
    "server_name": "host name asked for",
    "alpn": "application protocols offered or chosen",
    "supported_versions": "versions offered or chosen",
    "groups": "groups offered",
    "key_share_groups": "groups of the key shares, or of the one that a HelloRetryRequest asks for",
    "signature_schemes": "signature schemes offered",
    "point_formats": "point formats of elliptic curves",
    "psk_modes": "PSK key exchange modes",
    "ja3": "JA3 of a ClientHello",
    "ja3s": "JA3S of a ServerHello",
    "certificates": "SHA-256 of each certificate, leaf first",
    "level": "level of an alert",
    "description": "description of an alert",
}
"""Field -> what it is, in the order in which they are told."""


def type_name(code: int) -> str:
    """Name a Fact's type."""
    return "alert" if code == ALERT else registry.handshake_type_name(code) or f"type {code}"
