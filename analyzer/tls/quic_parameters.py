"""QUIC transport parameters (RFC 9000 section 18), the extension that TLS carries for QUIC.

Here lives: the list of parameters, in its RFC form and in that of the drafts before 27.  Here does not live: QUIC packets.
"""

from __future__ import annotations

import msgspec

from analyzer.tls.reader import Malformed, Reader
from analyzer.tls.shapes import first_fit

__all__ = ["TransportParameter", "draft_transport_parameters", "transport_parameters", "varint"]

_INTEGERS = frozenset((0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0E, 0x20, 0x0F739BBC1B666D05, 0x0F739BBC1B666D11))
"""Parameters whose value is a varint: RFC 9000 section 18.2, 0x20 of RFC 9221, the multipath drafts' limits."""
_FLAGS = frozenset((0x0C, 0x2AB2))
"""Parameters whose presence is their meaning: disable_active_migration, grease_quic_bit (RFC 9287)."""


class TransportParameter(msgspec.Struct, frozen=True, gc=False):
    """One parameter: ``value`` is an int, True or the bytes, by what ``id`` is known to hold."""

    id: int
    value: int | bool | bytes


def varint(reader: Reader) -> int:
    """Read a variable-length integer (RFC 9000 section 16)."""
    first = reader.u8()
    value = first & 0x3F
    for byte in reader.take((1 << (first >> 6)) - 1):
        value = value << 8 | byte
    return value


def _parameter(number: int, body: bytes) -> TransportParameter:
    if number in _FLAGS and not body:
        return TransportParameter(number, value=True)
    if number in _INTEGERS:
        inner = Reader(body)
        try:
            value = varint(inner)
            inner.done()
        except Malformed:
            return TransportParameter(number, body)  # kept as bytes: the list itself is sound
        return TransportParameter(number, value)
    return TransportParameter(number, body)


def _rfc(reader: Reader) -> tuple[TransportParameter, ...]:
    found = []
    while reader.left:
        number = varint(reader)
        at = reader.at
        length = varint(reader)
        if length > reader.left:
            raise Malformed("length", at)
        found.append(_parameter(number, reader.take(length)))
    return tuple(found)


def _draft(reader: Reader) -> tuple[TransportParameter, ...]:
    inner = reader.sub(2)
    found = []
    while inner.left:
        found.append(_parameter(inner.u16(), inner.opaque(2)))
    return tuple(found)


transport_parameters = _rfc
"""Tuple of TransportParameter in order of the wire."""
draft_transport_parameters = first_fit(_draft, _rfc)
"""The same for the drafts' code, which had 16-bit numbers and lengths before draft 27 and the RFC's form from then on."""
