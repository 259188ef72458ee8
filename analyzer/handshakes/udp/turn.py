"""TURN: what a relay's packets carry, so that DTLS inside of them can be read.

Here lives: ChannelData and the Send and Data indications (RFC 8656 sections 11 and 12.4), and CAPWAP's header before DTLS (RFC 5415 section
4.2), which is as short.  Here does not live: whether what they carry is DTLS (``tls.dtls``).
"""

from __future__ import annotations

__all__ = ["unwrap"]

_INDICATIONS = frozenset({0x0016, 0x0017})
_COOKIE = bytes.fromhex("2112a442")
_STUN_HEADER = 20
"""Type, length, magic cookie, transaction id (RFC 8489 section 5)."""
_DATA = 0x0013
_CHANNELS = range(0x40, 0x50)
"""First byte of the channel numbers 0x4000 to 0x4fff."""
_CAPWAP_DTLS = b"\1\0\0\0"


def unwrap(data: bytes) -> bytes | None:
    """Return what a UDP payload carries for somebody else, None where it is no such envelope.

    Where the capture cut the envelope, what is left of its content is returned.
    """
    if len(data) < 5:
        return None
    if data[0] in _CHANNELS:
        length = data[2] << 8 | data[3]
        padded = len(data) - 4 - length  # on UDP the sender may pad to four bytes
        return data[4 : 4 + length] if padded <= 3 else None
    if data[:4] == _CAPWAP_DTLS:
        return data[4:]
    if data[4:8] == _COOKIE and data[0] << 8 | data[1] in _INDICATIONS:
        return _attribute(data)
    return None


def _attribute(data: bytes) -> bytes | None:
    """The value of a STUN message's DATA attribute; each is padded to four bytes (RFC 8489 section 14)."""
    at = _STUN_HEADER
    while at + 4 <= len(data):
        kind, length = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        if kind == _DATA:
            return data[at + 4 : at + 4 + length]
        at += 4 + (length + 3 & ~3)
    return None
