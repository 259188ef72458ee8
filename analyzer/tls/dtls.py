"""DTLS: the records of a datagram, the fragments of a record, and whether bytes look like them.

Here lives: the headers of DTLS 1.0 to 1.3 and their length law (RFC 6347 section 4, RFC 9146 section 4, RFC 9147 section 4).  Here
does not live: putting messages together from fragments (``handshakes.flights``), what they mean (``handshakes.dtls``).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FRAGMENT_HEADER", "HEADER", "SEALED", "DtlsRecord", "Fragment", "begins", "read_fragments", "read_records", "sealed13", "speaks",
]  # fmt: skip

HEADER = 13
"""Bytes of a DTLSPlaintext header: type, version, epoch, sequence number of 48 bits, length (RFC 6347 section 4.1)."""
FRAGMENT_HEADER = 12
"""Bytes of a handshake header: type, length, message_seq, fragment_offset, fragment_length (RFC 6347 section 4.2.2)."""
SEALED = 0x20
"""Stands for the content type of a record with DTLS 1.3's unified header, which hides it (RFC 9147 section 4)."""

_VERSIONS = frozenset({codes.DTLS10_OPENSSL, codes.DTLS10, codes.DTLS12, codes.DTLS13})
_TYPES = frozenset(range(codes.CHANGE_CIPHER_SPEC, codes.ACK + 1))
_LONGEST_MESSAGE = 1 << 18
"""A handshake message longer than this is taken for something else."""
_MAX_FRAGMENT = (1 << 14) + 2048
_SHORTEST_SEALED = 16
"""RFC 9147 section 4.2.3: there are always 16 bytes to encrypt the sequence number with."""

_RECORD: Callable[..., tuple[int, ...]] = struct.Struct(">BHHHIH").unpack_from
_FRAGMENT: Callable[..., tuple[int, ...]] = struct.Struct(">BBHHBHBH").unpack_from


class DtlsRecord(msgspec.Struct, frozen=True, gc=False):
    """One record: ``fragment`` is what its header covers (its beginning, where ``whole`` is False: the capture cut the datagram).

    Of a unified header ``epoch`` has the low two bits only, and ``version`` is DTLS 1.3.
    """

    kind: int
    version: int
    epoch: int
    fragment: bytes
    whole: bool = True


class Fragment(msgspec.Struct, frozen=True, gc=False):
    """One fragment of a handshake message: ``data`` stands at ``offset`` of a body of ``length`` bytes."""

    code: int
    length: int
    sequence: int
    offset: int
    data: bytes


def read_records(data: bytes, *, missing: int = 0, cid: int | None = None) -> list[DtlsRecord]:
    """Return the records of a datagram, up to the first bytes that are none (RFC 6347 section 4.1.1: never over two datagrams).

    ``missing`` bytes of the datagram's end are not in the capture; ``cid`` is the length of the connection id that the receiver asked
    for, None where that is not known: then a record with one takes what is left of the datagram.
    """
    records: list[DtlsRecord] = []
    at, size = 0, len(data)
    while at < size:
        first = data[at]
        if first >> 5 == 1:
            start, length, epoch = _unified(data, at, cid)
            kind, version = SEALED, codes.DTLS13
        elif size - at >= HEADER and first in _TYPES:
            kind, version, epoch, _, _, length = _RECORD(data, at)
            start = at + HEADER
            if kind == codes.TLS12_CID:
                start, length = _with_cid(data, at, cid)
            if version not in _VERSIONS or length > _MAX_FRAGMENT:
                break
        else:
            break
        end = size + missing if length < 0 else start + length
        if start > size or end > size + missing:
            break
        records.append(DtlsRecord(kind, version, epoch, data[start:end], end <= size))
        at = end
    return records


def _with_cid(data: bytes, at: int, cid: int | None) -> tuple[int, int]:
    """RFC 9146 section 4: the id stands before the length; a length of -1 says "what is left"."""
    if cid is None:
        return at + HEADER, -1
    start = at + HEADER + cid
    return start, int.from_bytes(data[start - 2 : start], "big")


def _unified(data: bytes, at: int, cid: int | None) -> tuple[int, int, int]:
    """RFC 9147 section 4, figure 3: bits 001CSLEE.  Returns where the fragment starts, its length (-1: what is left), the epoch."""
    bits = data[at]
    start = at + 1
    if bits & 0x10:
        if cid is None:
            return start, -1, bits & 3
        start += cid
    start += 2 if bits & 8 else 1
    if not bits & 4:
        return start, -1, bits & 3
    return start + 2, int.from_bytes(data[start : start + 2], "big"), bits & 3


def read_fragments(data: bytes, *, whole: bool = True) -> tuple[list[Fragment], bool]:
    """Return the fragments of a plaintext handshake record, and whether its bytes were those and nothing else.

    Of a record that is not ``whole`` the last fragment may be the beginning of what its header says.
    """
    fragments: list[Fragment] = []
    at, size = 0, len(data)
    while size - at >= FRAGMENT_HEADER:
        code, high, low, sequence, offset_high, offset_low, count_high, count_low = _FRAGMENT(data, at)
        length, offset, count = high << 16 | low, offset_high << 16 | offset_low, count_high << 16 | count_low
        start = at + FRAGMENT_HEADER
        end = start + count
        if code not in codes.HANDSHAKE_TYPES or offset + count > length or (end > size and whole):
            return fragments, False
        fragments.append(Fragment(code, length, sequence, offset, data[start:end]))
        at = end
    return fragments, at >= size or not whole


def speaks(data: bytes) -> bool:
    """Tell whether a datagram begins with a DTLS record: its header, and what of its content every such record has."""
    if len(data) < HEADER or data[0] not in _TYPES:
        return False
    kind, version, epoch, _, _, length = _RECORD(data)
    if version not in _VERSIONS:
        return False
    if kind == codes.TLS12_CID:  # where its length stands only the association knows
        return epoch > 0 and len(data) > HEADER + _SHORTEST_SEALED
    if length > _MAX_FRAGMENT or HEADER + length > len(data):
        return False
    if epoch:
        return length > 0
    body = data[HEADER : HEADER + length]
    if kind == codes.HANDSHAKE:
        fragments, sound = read_fragments(body)
        return sound and bool(fragments) and all(_sane(fragment) for fragment in fragments)
    if kind == codes.ALERT:
        return length == 2 and body[0] in {1, 2}
    if kind == codes.CHANGE_CIPHER_SPEC:
        return body[:1] == b"\1" and (length == 1 or (length == 3 and version == codes.DTLS10_OPENSSL))
    if kind == codes.ACK:  # a list of record numbers, RFC 9147 section 7
        return length >= 2 and body[0] << 8 | body[1] == length - 2 and length % 16 == 2
    return kind == codes.HEARTBEAT and length >= 3


def begins(data: bytes) -> bool:
    """Tell whether a datagram begins with a plaintext record of handshake messages."""
    return data[:1] == b"\x16" and data[3:5] == b"\0\0" and speaks(data)


def sealed13(data: bytes) -> bool:
    """Tell whether a datagram of an association that is known begins with a record of DTLS 1.3's unified header."""
    if not data or data[0] >> 5 != 1:
        return False
    start, length, _ = _unified(data, 0, 0 if data[0] & 0x10 else None)
    if data[0] & 0x10:  # the length stands behind an id that only the association can measure
        return len(data) - start >= _SHORTEST_SEALED
    return len(data) - start >= _SHORTEST_SEALED and (length < 0 or _SHORTEST_SEALED <= length <= len(data) - start)


def _sane(fragment: Fragment) -> bool:
    """Whether a fragment can be one of a real message; of a ClientHello the version and the session id's length are looked at."""
    if fragment.length > _LONGEST_MESSAGE or (fragment.length and not fragment.data):
        return False
    if fragment.code != codes.CLIENT_HELLO:
        return True
    if fragment.length < 42:  # version, random and four vectors, of them one suite and one compression method
        return False
    front = fragment.data[: 35 - fragment.offset] if fragment.offset < 35 else b""
    if fragment.offset:
        return True
    return front[:1] in {b"\xfe", b"\x01", b"\x03"} and (len(front) < 35 or front[34] <= 32)
