"""Datagram signs: which UDP payloads look like the start of a DTLS or QUIC handshake, told from their first bytes.

Here lives: tests on whole columns.  They may say yes to noise (``handshakes.datagrams`` checks every length) and must never say no
to a hello.  Here does not live: TCP's signs (``signs``), reading DTLS and QUIC (``tls``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.packets.columns import Column, Datagrams

__all__ = ["openings"]

_HANDSHAKE_TYPES = np.zeros(256, bool)
_HANDSHAKE_TYPES[[0, 1, 2, 3, 4, 8, 11, 12, 13, 14, 15, 16, 20, 22, 25]] = True
_DTLS_HEADER = 14
"""Bytes looked at: a record header and the first of the message's (RFC 6347 section 4.1)."""
_WRAPPED = 4
"""Bytes before DTLS in TURN's ChannelData (RFC 8656 section 12.4) and in CAPWAP's DTLS header (RFC 5415 section 4.2)."""
_STUN_METHODS = (0x0016, 0x0017)
"""Send and Data indications (RFC 8656 section 17), whose DATA attribute may hold DTLS."""

_LONG = 0x80
_V2 = 0x6B3343CF


def openings(datagrams: Datagrams) -> Column:
    """Return the indices of datagrams that look like the start of a handshake, or name a version of Google's QUIC."""
    data, size = datagrams.block.data, datagrams.stop - datagrams.start
    filled = np.flatnonzero(size >= _DTLS_HEADER)
    start = datagrams.start[filled]
    first = data[start]
    found = [_dtls(data, start, filled, np.flatnonzero(first == 22), 0)]
    wrapped = np.flatnonzero(((first & 0xF0) == 0x40) | (first == 1))
    if len(wrapped):
        room = wrapped[size[filled[wrapped]] >= _DTLS_HEADER + _WRAPPED]
        found.append(_dtls(data, start, filled, room, _WRAPPED))
    low = np.flatnonzero(first == 0)
    if len(low):
        method = _number(data, start[low], 2)
        cookie = _number(data, start[low] + 4, 4) == 0x2112A442  # RFC 8489 section 5
        found.append(filled[low[np.isin(method, _STUN_METHODS) & cookie]])
    long = np.flatnonzero(first >= _LONG)
    if len(long):
        found.append(filled[long[_quic(first[long].astype(np.int64), _number(data, start[long] + 1, 4))]])
    public = np.flatnonzero(((first & 0xC9) == 0x09) & (data[start + 9] == ord("Q")) & (data[start + 10] == ord("0")))
    found.append(filled[public])  # Google's QUIC up to Q043: flags with version and an 8-byte connection id
    return np.sort(np.concatenate(found))


def _number(data: Column, at: Column, size: int) -> Column:
    value = np.zeros(len(at), np.int64)
    for index in range(size):
        value = value << 8 | data[at + index]
    return value


def _dtls(data: Column, start: Column, filled: Column, rows: Column, skip: int) -> Column:
    """A plaintext handshake record: version 254.x, or OpenSSL's 1.0 before the standard; epoch 0; a known message type."""
    at = start[rows] + skip
    major, minor = data[at + 1], data[at + 2]
    version = ((major == 0xFE) & (minor >= 0xFC)) | ((major == 1) & (minor == 0))
    fits = (data[at] == 22) & version & (data[at + 3] == 0) & (data[at + 4] == 0) & (data[at + 11] < 0x48) & _HANDSHAKE_TYPES[data[at + 13]]
    found: Column = filled[rows[fits]]
    return found


def _quic(first: Column, version: Column) -> Column:
    """Initial and 0-RTT packets of the versions that have TLS inside, and any of Google's that name themselves (RFC 9000 section 17.2)."""
    kind = first >> 4 & 3
    kind = np.where(version == _V2, (kind - 1) & 3, kind)  # RFC 9369 section 3.2: types are shifted by one
    high = version >> 8
    ours = (version == 1) | (version == _V2) | (high == 0xFF0000) | (high == 0xFACEB0) | ((version & 0x0F0F0F0F) == 0x0A0A0A0A)
    google = ((version >> 24 == ord("Q")) | (version >> 24 == ord("T"))) & ((version >> 16 & 0xFF) == ord("0"))
    found: Column = (ours & (kind <= 1)) | google
    return found
