"""QUIC versions: what each of them does its own way, as one table.

Here lives: salts and labels of the Initial keys, the numbers of the packet types, the keys of the Retry tag.  Here does not live:
packets (``quic``), the keys themselves (``quic_keys``).
"""

from __future__ import annotations

import msgspec

__all__ = ["COMPATIBLE", "HANDSHAKE", "INITIAL", "NEGOTIATION", "ONE_RTT", "RETRY", "V1", "V2", "ZERO_RTT", "Edition", "edition"]

INITIAL, ZERO_RTT, HANDSHAKE, RETRY = "initial", "zero_rtt", "handshake", "retry"
NEGOTIATION, ONE_RTT = "version_negotiation", "one_rtt"
"""Kinds of packet (RFC 9000 section 17)."""

V1, V2, V2_DRAFT = 0x00000001, 0x6B3343CF, 0x709A50C4

_FIRST = (INITIAL, ZERO_RTT, HANDSHAKE, RETRY)
_SECOND = (RETRY, INITIAL, ZERO_RTT, HANDSHAKE)
"""Long packet types by number: RFC 9000 section 17.2, RFC 9369 section 3.2."""

_SALT_22 = bytes.fromhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")
_SALT_23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
_SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_V2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
_SALT_V2_DRAFT = bytes.fromhex("a707c203a59b47184a1d62ca570406ea7ae3e5d3")
_SALT_T050 = bytes.fromhex("7ff579e5acd072915580304c43a2367c60488310")
_SALT_T051 = bytes.fromhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d")
_ALL = (_SALT_29, _SALT_V1, _SALT_23, _SALT_22)
"""Tried in turn where the version does not say which: reserved versions (RFC 9000 section 15), Facebook's mvfst."""

_RETRY_25 = (bytes.fromhex("4d32ecdb2a2133c841e4043df27d4430"), bytes.fromhex("4d1611d05513a552c587d575"))
_RETRY_29 = (bytes.fromhex("ccce187ed09a09d05728155a6cb96be1"), bytes.fromhex("e54930f97f2136f0530a8c1c"))
_RETRY_V1 = (bytes.fromhex("be0c690b9f66575a1d766b54e368c84e"), bytes.fromhex("461599d35d632bf2239825bb"))
_RETRY_V2 = (bytes.fromhex("8fb4b01b56ac48e260fbcbcead7ccc92"), bytes.fromhex("d86969bc2d7c6d9990efb04a"))


class Edition(msgspec.Struct, frozen=True, gc=False):
    """What a version has of its own.

    ``salts`` are those that may make its Initial keys (RFC 9001 section 5.2), ``label`` begins the labels of its keys, ``types``
    names its long packet types by number, ``retry`` is key and nonce of the Retry tag (RFC 9001 section 5.8), None where unknown.
    ``google`` says that its frames are Google's.
    """

    salts: tuple[bytes, ...]
    label: bytes = b"quic"
    types: tuple[str, str, str, str] = _FIRST
    retry: tuple[bytes, bytes] | None = None
    google: bool = False


_DRAFT_22, _DRAFT_23, _DRAFT_25 = Edition((_SALT_22,)), Edition((_SALT_23,)), Edition((_SALT_23,), retry=_RETRY_25)
_DRAFT_29, _VERSION_1 = Edition((_SALT_29,), retry=_RETRY_29), Edition((_SALT_V1,), retry=_RETRY_V1)
_ANY = Edition(_ALL)

_EDITIONS: dict[int, Edition] = {
    V1: _VERSION_1,
    V2: Edition((_SALT_V2,), b"quicv2", _SECOND, _RETRY_V2),
    V2_DRAFT: Edition((_SALT_V2_DRAFT,), b"quicv2", _SECOND),
    0xFF000016: _DRAFT_22,
    **dict.fromkeys(range(0xFF000017, 0xFF000019), _DRAFT_23),
    **dict.fromkeys(range(0xFF000019, 0xFF00001D), _DRAFT_25),
    **dict.fromkeys(range(0xFF00001D, 0xFF000021), _DRAFT_29),
    **dict.fromkeys(range(0xFF000021, 0xFF000023), _VERSION_1),
    0x54303530: Edition((_SALT_T050,), google=True),  # "T050", Google's QUIC with TLS 1.3
    0x54303531: Edition((_SALT_T051,), google=True),  # "T051"
    0xFACEB001: Edition((_SALT_22, *_ALL)),
    **dict.fromkeys((0xFACEB002, 0xFACEB003, 0xFACEB00E, 0xFACEB00F, 0xFACEB010, 0xFACEB011, 0xFACEB013), Edition((_SALT_23, *_ALL))),
}

COMPATIBLE = (V1, V2, V2_DRAFT)
"""Versions that a server may change between without a new Initial of the client's (RFC 9369 section 4.1)."""


def edition(version: int) -> Edition | None:
    """Return what a version has of its own, None where it cannot be read; reserved versions (0x?a?a?a?a) are tried."""
    known = _EDITIONS.get(version)
    return _ANY if known is None and version & 0x0F0F0F0F == 0x0A0A0A0A else known
