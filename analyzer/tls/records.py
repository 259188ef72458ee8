"""Records: the five bytes before every piece of TLS, and whether bytes look like them.

Here lives: the record header and its length law (RFC 8446 section 5).  Here does not live: putting messages together from
records (``handshakes``), SSL 2.0 records (``sslv2``).
"""

from __future__ import annotations

import struct

from analyzer.tls.codes import ALERT, CHANGE_CIPHER_SPEC, CLIENT_HELLO, HANDSHAKE, HANDSHAKE_TYPES

__all__ = [
    "HEADER", "MAX_CIPHERTEXT", "MAX_CIPHERTEXT_13", "MAX_PLAINTEXT", "looks_like_client_hello", "looks_like_record", "plausible_header",
    "read_header",
]  # fmt: skip

HEADER = 5
"""Bytes of a record header."""
MAX_PLAINTEXT = 1 << 14
"""Longest fragment of a record that is not encrypted (RFC 8446 section 5.1)."""
MAX_CIPHERTEXT = MAX_PLAINTEXT + 2048
"""Longest encrypted fragment up to TLS 1.2 (RFC 5246 section 6.2.3)."""
MAX_CIPHERTEXT_13 = MAX_PLAINTEXT + 256
"""Longest encrypted fragment of TLS 1.3 (RFC 8446 section 5.2)."""

_LONGEST_MESSAGE = 1 << 19
"""A handshake message longer than this is taken for something else: post-quantum chains have about 60 KB."""

_HEADER = struct.Struct(">BHH").unpack_from


def read_header(data: bytes, at: int = 0) -> tuple[int, int, int] | None:
    """Return (content type, version, length of the fragment) of the record at ``at``, None where fewer than 5 bytes are there."""
    if len(data) - at < HEADER:
        return None
    header: tuple[int, int, int] = _HEADER(data, at)
    return header


def plausible_header(content_type: int, version: int, length: int) -> bool:
    """Tell whether a header can stand before a record: known type, SSL 3.0 to TLS 1.3, a length that any version allows.

    Only application data may be empty (RFC 8446 section 5.1).
    """
    return (
        20 <= content_type <= 24 and 0x0300 <= version <= 0x0304 and length <= MAX_CIPHERTEXT and (length > 0 or content_type == 23)
    )  # fmt: skip


def looks_like_record(data: bytes, at: int = 0) -> bool:
    """Tell whether the bytes from ``at`` on, as many as there are, can be the start of a record.  No bytes at all: no.

    Of a handshake record that is not encrypted the message's type and length are looked at too, where they are there; an
    encrypted one has no such sign, so that a handshake record in the middle of a stream may fail here.
    """
    count = len(data) - at
    if count <= 0 or not CHANGE_CIPHER_SPEC <= data[at] <= 24:
        return False
    if (count >= 2 and data[at + 1] != 3) or (count >= 3 and data[at + 2] > 4):
        return False
    if count < HEADER:
        return count < 4 or data[at + 3] <= MAX_CIPHERTEXT >> 8
    content_type: int = data[at]
    length = data[at + 3] << 8 | data[at + 4]
    if not plausible_header(content_type, data[at + 1] << 8 | data[at + 2], length):
        return False
    if content_type == CHANGE_CIPHER_SPEC:
        return length == 1
    if content_type == ALERT:  # two bytes, or encrypted; a plain one begins with its level
        return length > 2 or (length == 2 and (count == HEADER or data[at + HEADER] in {1, 2}))
    if content_type == HANDSHAKE:
        return _message_is_sane(data, at + HEADER, length)
    return True


def _message_is_sane(data: bytes, at: int, length: int) -> bool:
    if len(data) > at and data[at] not in HANDSHAKE_TYPES:
        return False
    return len(data) < at + 4 or length < 4 or int.from_bytes(data[at + 1 : at + 4], "big") <= _LONGEST_MESSAGE


def looks_like_client_hello(data: bytes, at: int = 0) -> bool | None:
    """Tell whether a record with a ClientHello starts at ``at``; None where more bytes are needed to say so.

    Looks at the record header, the message's header, its version and, where they are there, the length of the session id.
    """
    if not looks_like_record(data, at):
        return None if len(data) <= at else False
    if data[at] != HANDSHAKE:
        return False
    seen = data[at + HEADER : at + HEADER + 39]
    if not seen:
        return None
    if seen[0] != CLIENT_HELLO:
        return False
    if len(seen) >= 4 and int.from_bytes(seen[1:4], "big") < 38:  # version, random and three empty vectors
        return False
    if len(seen) >= 5 and seen[4] not in {3, 0x7F}:
        return False
    if len(seen) < 6:
        return None
    return len(seen) < 39 or seen[38] <= 32
