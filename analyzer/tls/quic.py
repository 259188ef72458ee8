"""QUIC packets: their headers, which nobody hides, and the frames of opened Initial packets (RFC 8999, RFC 9000 sections 12 and 17).

Here lives: cutting a datagram into packets, cutting a payload into frames, telling QUIC from other datagrams.  Here does not live: what
versions differ in (``quic_versions``), keys (``quic_keys``), connections (``handshakes.quic``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from analyzer.tls.quic_parameters import varint
from analyzer.tls.quic_versions import HANDSHAKE, INITIAL, NEGOTIATION, ONE_RTT, RETRY, ZERO_RTT, edition
from analyzer.tls.reader import Malformed, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FIXED", "Close", "Crypto", "Packet", "frames", "google", "packets", "speaks"]

_LONG, FIXED = 0x80, 0x40
"""Bits of a packet's first byte: a long header, and the one that is always set unless peers agreed otherwise (RFC 9287)."""
_LONGEST_ID = 20
"""Bytes of a connection id (RFC 9000 section 17.2)."""
_LEAST = 20
"""Bytes that a protected packet has at least from its packet number on: four for the number and the sample of its protection."""
_TAG = 16


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One packet ``data[at:end]`` of a datagram.

    ``kind`` is one of ``quic_versions``; ``number_at`` where its packet number begins (the token of a Retry, the versions of a
    Version Negotiation, the connection id of a one_rtt packet); ``whole`` is False where the capture cut it off.
    """

    kind: str
    version: int
    destination: bytes
    source: bytes
    token: bytes
    at: int
    number_at: int
    end: int
    length: int
    """Protected bytes from ``number_at`` on as the header says; 0 where it does not say."""
    whole: bool = True
    versions: tuple[int, ...] = ()
    """What a Version Negotiation packet offers."""


def packets(data: bytes, missing: int = 0) -> Iterator[Packet]:
    """Cut a datagram into its coalesced packets (RFC 9000 section 12.2); what is no packet that can be read ends it.

    ``missing`` bytes of the datagram's end are not in the capture.
    """
    at, size = 0, len(data)
    while at < size:
        if not data[at] & _LONG:
            if size - at > _TAG and any(data[at:]):  # else it is padding of the datagram's own
                yield Packet(ONE_RTT, 0, b"", b"", b"", at, at + 1, size, 0, not missing)
            return
        try:
            packet = _long(Reader(data, at), missing)
        except Malformed:
            return
        if packet is None:
            return
        yield packet
        at = packet.end


def _long(reader: Reader, missing: int) -> Packet | None:
    data, at, size = reader.data, reader.at, reader.end
    first, version = reader.u8(), reader.u32()
    destination, source = reader.opaque(1), reader.opaque(1)
    if len(destination) > _LONGEST_ID or len(source) > _LONGEST_ID:
        return None
    if version == 0:
        body = reader.at
        versions = tuple(int.from_bytes(data[here : here + 4], "big") for here in range(body, size - 3, 4))
        return Packet(NEGOTIATION, 0, destination, source, b"", at, body, size, 0, not missing and (size - body) % 4 == 0, versions)
    known = edition(version)
    if known is None:
        return None
    kind = known.types[first >> 4 & 3]
    if kind is RETRY:
        token = data[reader.at : max(reader.at, size - _TAG)]
        return Packet(RETRY, version, destination, source, token, at, reader.at, size, 0, not missing)
    token = reader.take(varint(reader)) if kind is INITIAL else b""
    length = varint(reader)
    end = reader.at + length
    if length < _LEAST or end > size + missing:
        return None
    return Packet(kind, version, destination, source, token, at, reader.at, min(end, size), length, end <= size)


def speaks(data: bytes, missing: int = 0) -> bool:
    """Tell whether a datagram begins with a QUIC long header of a version that can be read, its lengths in order."""
    if len(data) < 7 or not data[0] & _LONG or data[5] > _LONGEST_ID:
        return False
    try:
        packet = _long(Reader(data), missing)
    except Malformed:
        return False
    if packet is None:
        return False
    if packet.kind is NEGOTIATION:
        return packet.whole and any(edition(version) is not None for version in packet.versions)
    if not data[0] & FIXED:
        return False
    if packet.kind is RETRY:
        return packet.whole and packet.end - packet.number_at > _TAG
    return packet.kind in {INITIAL, ZERO_RTT, HANDSHAKE}


_GOOGLE = re.compile(rb"[QT]0\d\d")
_READ = frozenset({b"T050", b"T051"})


def google(data: bytes) -> str | None:
    """Return the name of Google's QUIC before the IETF's ("Google QUIC Q043") where a datagram says its version and it is not read.

    Up to Q043 a public header says by its bits whether a connection id of eight bytes and a version follow; from Q046 on the
    version stands where QUIC's long header has it.
    """
    if not data:
        return None
    first = data[0]
    if first & _LONG:
        at = 1
    elif first & 1 and not first & 0xC2:  # a version, and no public reset
        at = 9 if first & 8 else 1
    else:
        return None
    name = data[at : at + 4]
    return f"Google QUIC {name.decode('ascii')}" if _GOOGLE.fullmatch(name) and name not in _READ else None


# ------------------------------------------------------------------------------------------------ frames


class Crypto(msgspec.Struct, frozen=True, gc=False):
    """A CRYPTO frame (RFC 9000 section 19.6)."""

    offset: int
    data: bytes


class Close(msgspec.Struct, frozen=True, gc=False):
    """A CONNECTION_CLOSE frame (RFC 9000 section 19.19); ``error`` 0x100 to 0x1ff is a TLS alert (RFC 9001 section 4.8)."""

    error: int
    reason: bytes


_PADDING = re.compile(rb"[\0\1]*")
"""PADDING and PING, any number of them."""
_ACK, _ACK_ECN, _CRYPTO, _CLOSE, _CLOSE_APPLICATION = 2, 3, 6, 0x1C, 0x1D


_GOOGLE_CRYPTO, _GOOGLE_ACK = 8, 0x40
_WIDTHS = (1, 2, 4, 6)


def frames(payload: bytes, *, google: bool = False, cut: bool = False) -> Iterator[Crypto | Close]:
    """Give the CRYPTO and CONNECTION_CLOSE frames of an Initial's payload; ends at what is none of its frames.

    Of a payload that the capture ``cut`` off, the last CRYPTO frame gives what is there of it.  ``google``: T050 and T051 number
    CRYPTO 8 and have Google's own ACK.
    """
    crypto = _GOOGLE_CRYPTO if google else _CRYPTO
    reader = Reader(payload)
    try:
        while True:
            padding = _PADDING.match(payload, reader.at)
            assert padding is not None
            reader.at = padding.end()
            if not reader.left:
                return
            if google and payload[reader.at] & 0xC0 == _GOOGLE_ACK:
                _pass_google_ack(reader)
                continue
            kind = varint(reader)
            if kind == crypto:
                offset, length = varint(reader), varint(reader)
                yield Crypto(offset, reader.take(min(length, reader.left) if cut else length))
            elif kind in {_ACK, _ACK_ECN}:
                _pass_ack(reader, counts=kind == _ACK_ECN)
            elif kind in {_CLOSE, _CLOSE_APPLICATION}:
                error = varint(reader)
                if kind == _CLOSE:
                    varint(reader)
                yield Close(error, reader.take(varint(reader)))
            else:
                return
    except Malformed:
        return


def _pass_ack(reader: Reader, *, counts: bool) -> None:
    """Step over an ACK frame (RFC 9000 section 19.3)."""
    varint(reader), varint(reader)
    ranges = varint(reader)
    varint(reader)
    if 2 * ranges > reader.left:
        raise Malformed("length", reader.at)
    for _ in range(2 * ranges + 3 * counts):
        varint(reader)


def _pass_google_ack(reader: Reader) -> None:
    """Step over an ACK frame of Google's QUIC, whose type is 01nu llmm: more blocks, width of the largest number, width of a block."""
    kind = reader.u8()
    width = _WIDTHS[kind & 3]
    reader.skip(_WIDTHS[kind >> 2 & 3] + 2)  # largest number, delay
    blocks = reader.u8() if kind & 0x20 else 0
    reader.skip(width + blocks * (1 + width))
    stamps = reader.u8()
    if stamps:
        reader.skip(5 + 3 * (stamps - 1))
