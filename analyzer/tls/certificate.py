"""Certificate: the fields of the messages around certificates, and unpacking compressed ones (RFC 8879).

Here lives: Certificate, CertificateRequest, CertificateStatus, CertificateVerify in the shapes of each version.  Here does
not live: their types (``messages``), what DER holds (the room ``x509``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.tls.codes import has_signature_scheme, is_tls13
from analyzer.tls.extensions import Extension  # noqa: TC001 - msgspec can be asked for the types of fields
from analyzer.tls.hello import Fields, read_extensions
from analyzer.tls.reader import BOUNDS, Bounds, Malformed, Reader
from analyzer.tls.shapes import opaque, u16s, vector

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

__all__ = [
    "CertificateEntry", "certificate", "certificate_request", "certificate_status", "certificate_verify", "fill_first_fit", "uncompress",
]  # fmt: skip


class CertificateEntry(msgspec.Struct, frozen=True, gc=False):
    """One certificate of a chain; ``extensions`` only in TLS 1.3."""

    data: bytes
    extensions: tuple[Extension, ...] = ()


def fill_first_fit(reader: Reader, fields: Fields, *fillers: Callable[[Reader, Fields], None]) -> None:
    """Fill ``fields`` by the first filler that fits all bytes; where none fits, by the first."""
    start = reader.at
    for filler in fillers:
        reader.at, reader.lapse = start, None
        found: Fields = {}
        try:
            filler(reader, found)
            reader.done()
        except Malformed:
            continue
        fields.update(found)
        return
    reader.at, reader.lapse = start, None
    fillers[0](reader, fields)


def certificate(reader: Reader, fields: Fields, version: int | None) -> None:
    """RFC 5246 section 7.4.2 or RFC 8446 section 4.4.2; where the version is unknown the lengths tell which.

    A raw public key (RFC 7250) as the only entry of a TLS 1.2 message has its length where a list has that of the list.
    """
    data, at = reader.data, reader.at
    if is_tls13(version) or (version is None and _lengths_say_tls13(data[at : reader.end])):
        _certificate_13(reader, fields)
        return
    inner = reader.sub(3)
    start = inner.at
    chain: list[CertificateEntry] = []
    try:
        while inner.at < inner.end:
            chain.append(CertificateEntry(inner.opaque(3)))
            _bounded(chain, inner)
    except Malformed:
        if chain or data[start : start + 1] != b"\x30":  # a SubjectPublicKeyInfo is a DER SEQUENCE
            raise
        inner.at = start
        chain.append(CertificateEntry(inner.rest()))
    finally:
        fields["chain"] = tuple(chain)


def _lengths_say_tls13(body: bytes) -> bool:
    if int.from_bytes(body[:3], "big") == len(body) - 3:
        return False
    context = body[0] if body else 0
    return len(body) >= 4 + context and int.from_bytes(body[1 + context : 4 + context], "big") == len(body) - 4 - context


def _certificate_13(reader: Reader, fields: Fields) -> None:
    fields["request_context"] = reader.opaque(1)
    inner = reader.sub(3)
    chain: list[CertificateEntry] = []
    try:
        while inner.at < inner.end:
            data = inner.opaque(3)
            entry: Fields = {}
            try:
                read_extensions(inner, "certificate", entry)
            finally:
                chain.append(CertificateEntry(data, entry.get("extensions", ())))
            _bounded(chain, inner)
    finally:
        fields["chain"] = tuple(chain)


_SMALL = 1 << 16
"""Bytes that a compressed certificate may unpack to whatever its ratio."""


def _bounded(items: Sized, reader: Reader) -> None:
    """Raise Malformed where more items are to come than the reader's bounds allow."""
    if len(items) >= reader.bounds.items and reader.left:
        raise Malformed("limit", reader.at)


_TYPES = opaque(1)
_SCHEMES = u16s(least=0)
_AUTHORITIES = vector(opaque(2), width=2)


def _request_10(reader: Reader, fields: Fields) -> None:
    fields["certificate_types"] = tuple(_TYPES(reader))
    fields["authorities"] = _AUTHORITIES(reader)


def _request_12(reader: Reader, fields: Fields) -> None:
    fields["certificate_types"] = tuple(_TYPES(reader))
    fields["signature_schemes"] = _SCHEMES(reader)
    fields["authorities"] = _AUTHORITIES(reader)


def _request_13(reader: Reader, fields: Fields) -> None:
    fields["request_context"] = reader.opaque(1)
    read_extensions(reader, "certificate_request", fields)
    for extension in fields["extensions"]:
        if extension.value is not None and extension.code in _REQUESTED:
            fields[_REQUESTED[extension.code]] = extension.value


_REQUESTED = {13: "signature_schemes", 47: "authorities"}
"""Extensions of a TLS 1.3 request that were fields of their own before."""


def certificate_request(reader: Reader, fields: Fields, version: int | None) -> None:
    """RFC 8446 section 4.3.2, RFC 5246 section 7.4.4, RFC 2246 section 7.4.4; where the version is unknown what fits first."""
    if version is None:
        fill_first_fit(reader, fields, _request_12, _request_10, _request_13)
    elif is_tls13(version):
        _request_13(reader, fields)
    elif has_signature_scheme(version):
        _request_12(reader, fields)
    else:
        _request_10(reader, fields)


def certificate_status(reader: Reader, fields: Fields) -> None:
    """RFC 6066 section 8 (one response) and RFC 6961 section 2.2 (a list of them)."""
    fields["status_type"] = status_type = reader.u8()
    if status_type == 2:
        inner = reader.sub(3)
        responses: list[bytes] = []
        try:
            while inner.left:
                responses.append(inner.opaque(3))
                _bounded(responses, inner)
        finally:
            fields["responses"] = tuple(responses)
    else:
        fields["responses"] = (reader.opaque(3),)


def _verify_12(reader: Reader, fields: Fields) -> None:
    fields["signature_scheme"] = reader.u16()
    fields["signature"] = reader.opaque(2)


def _verify_10(reader: Reader, fields: Fields) -> None:
    fields["signature_scheme"] = None
    fields["signature"] = reader.opaque(2)


def certificate_verify(reader: Reader, fields: Fields, version: int | None) -> None:
    """RFC 8446 section 4.4.3; before TLS 1.2 without an algorithm."""
    if version is None:
        fill_first_fit(reader, fields, _verify_12, _verify_10)
    elif has_signature_scheme(version):
        _verify_12(reader, fields)
    else:
        _verify_10(reader, fields)


def uncompress(algorithm: int, compressed: bytes, length: int, bounds: Bounds = BOUNDS) -> bytes:
    """Unpack a certificate message (RFC 8879 section 4): 1 zlib, 2 brotli, 3 zstd.  Never makes more than ``length`` bytes.

    Raises Malformed: "limit" where ``length`` passes the bounds, "value" for an unknown algorithm, "unpack" where the bytes
    are damaged or do not give exactly ``length`` bytes.
    """
    if length > min(bounds.unpacked, max(bounds.ratio * len(compressed), _SMALL)):
        raise Malformed("limit", 2)
    unpack = _UNPACK.get(algorithm)
    if unpack is None:
        raise Malformed("value", 0)
    try:
        unpacked = unpack(compressed, length)
    except Exception as error:  # three libraries, each with errors of its own; all mean the same here
        raise Malformed("unpack", 8) from error
    if len(unpacked) != length:
        raise Malformed("unpack", 8)
    return unpacked


def _zlib(compressed: bytes, length: int) -> bytes:
    import zlib  # noqa: PLC0415 - heavy for a start-up that may never need it

    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(compressed, length + 1)  # one more, so that a longer one shows
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError
    return unpacked


def _brotli(compressed: bytes, length: int) -> bytes:
    import brotli  # noqa: PLC0415 - heavy for a start-up that may never need it

    unpacker = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    feed = compressed
    while size <= length and not unpacker.is_finished():
        part = unpacker.process(feed, output_buffer_limit=length + 1 - size)
        if not part and unpacker.can_accept_more_data():
            break
        feed = b""
        parts.append(part)
        size += len(part)
    if not unpacker.is_finished():
        raise ValueError
    return b"".join(parts)


def _zstd(compressed: bytes, length: int) -> bytes:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - in the stdlib from 3.14 on
    except ImportError:
        from backports import zstd  # noqa: PLC0415 - heavy for a start-up that may never need it
    # 8 MiB is the window that RFC 8878 section 3.1.1.1.2 asks everyone to support; more would let a frame claim memory.
    unpacker: Any = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})
    unpacked: bytes = unpacker.decompress(compressed, length + 1)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError
    return unpacked


_UNPACK: dict[int, Callable[[bytes, int], bytes]] = {1: _zlib, 2: _brotli, 3: _zstd}
