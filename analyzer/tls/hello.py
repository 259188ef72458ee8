"""Hello: the fields of ClientHello, ServerHello and their kin, read one after another into a dict.

Here lives: the shapes of the hellos from SSL 3.0 to TLS 1.3 and its drafts.  Here does not live: their types
(``messages``), extensions (``extensions``), SSL 2.0 (``sslv2``).  Each function leaves in ``fields`` what it read before
the bytes broke off (Malformed).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from analyzer.tls import quick
from analyzer.tls.codes import HELLO_RETRY_RANDOM, TLS13, TLS13_DRAFT
from analyzer.tls.extensions import Extension, read_block, read_each
from analyzer.tls.reader import BOUNDS, Malformed

if TYPE_CHECKING:
    from analyzer.tls.reader import Reader

__all__ = ["client_hello", "draft_hello_retry", "encrypted_extensions", "hello_verify", "read_extensions", "server_hello",
           "usual_client_hello", "usual_server_hello"]  # fmt: skip

Fields = dict[str, Any]

_SUITES: dict[bytes, tuple[int, ...]] = {}
"""Cipher suite lists that came before; at most 2048 lists of 512 bytes, then emptied."""


def _cipher_suites(reader: Reader) -> tuple[int, ...]:
    at = reader.at
    raw = reader.opaque(2)
    suites = _SUITES.get(raw)
    if suites is None:
        suites = struct.unpack_from(f">{len(raw) >> 1}H", raw)
        if len(raw) & 1:
            reader.note("odd", at)
        elif len(raw) <= 512:
            if len(_SUITES) >= 2048:
                _SUITES.clear()
            _SUITES[raw] = suites
    return suites


def read_extensions(reader: Reader, where: str, fields: Fields, name: str = "extensions") -> None:
    """Read a block of extensions into ``fields[name]``; what was read stays there when it breaks off."""
    found: list[Extension] = []
    try:
        read_block(reader, where, found)
    finally:
        fields[name] = tuple(found)


def usual_client_hello(body: bytes, most: int = BOUNDS.items) -> Fields | None:
    """Return the fields of a ClientHello of the usual form, None where it is not: then ``client_hello`` reads it."""
    front = quick.client_hello(body, _SUITES)
    return front and _with_extensions(*front, body, "client_hello", most)


def usual_server_hello(body: bytes, most: int = BOUNDS.items) -> Fields | None:
    """Return the fields of a ServerHello of the usual form, None where it is not: then ``server_hello`` reads it."""
    front = quick.server_hello(body)
    if front is None or front[0]["random"] == HELLO_RETRY_RANDOM:
        return None
    return _with_extensions(*front, body, "server_hello", most)


def _with_extensions(fields: Fields, at: int, body: bytes, where: str, most: int) -> Fields | None:
    found: list[Extension] = []
    try:
        if read_each(body, at, len(body), where, found, most) != len(body):
            return None
    except Malformed:
        return None
    fields["extensions"] = tuple(found)
    return fields


def client_hello(reader: Reader, fields: Fields) -> None:
    """RFC 8446 section 4.1.2; with the cookie that DTLS before 1.3 puts after the session id (RFC 6347 section 4.2.1)."""
    fields["version"] = version = reader.u16()
    fields["random"] = reader.take(32)
    fields["session_id"] = reader.opaque(1)
    if version >> 8 == 0xFE or version == 0x0100:
        fields["cookie"] = reader.opaque(1)
    fields["cipher_suites"] = _cipher_suites(reader)
    fields["compression_methods"] = tuple(reader.opaque(1))
    if reader.at < reader.end:
        read_extensions(reader, "client_hello", fields)


def server_hello(reader: Reader, fields: Fields) -> None:
    """RFC 8446 section 4.1.3; TLS 1.3 drafts before 22 have neither session id nor compression and say 0x7fXX."""
    fields["version"] = version = reader.u16()
    fields["random"] = random = reader.take(32)
    # Draft 14's servers say 0x0304, which no server of the RFC does here; then the lengths must agree.
    after = reader.data[reader.at + 2 : reader.at + 4]
    short = version >> 8 == TLS13_DRAFT >> 8 or (version == TLS13 and int.from_bytes(after, "big") == reader.left - 4)
    if not short:
        fields["session_id"] = reader.opaque(1)
    fields["cipher_suite"] = reader.u16()
    if not short:
        fields["compression_method"] = reader.u8()
    if reader.at < reader.end:
        read_extensions(reader, "hello_retry_request" if random == HELLO_RETRY_RANDOM else "server_hello", fields)


def draft_hello_retry(reader: Reader, fields: Fields) -> None:
    """Message type 6 of the TLS 1.3 drafts 16 to 21; from draft 19 on with a cipher suite."""
    fields["version"] = version = reader.u16()
    if version >= TLS13_DRAFT + 19:
        fields["cipher_suite"] = reader.u16()
    read_extensions(reader, "hello_retry_request", fields)


def hello_verify(reader: Reader, fields: Fields) -> None:
    """RFC 6347 section 4.2.1."""
    fields["version"] = reader.u16()
    fields["cookie"] = reader.opaque(1)


def encrypted_extensions(reader: Reader, fields: Fields) -> None:
    """RFC 8446 section 4.3.1."""
    read_extensions(reader, "encrypted_extensions", fields)
