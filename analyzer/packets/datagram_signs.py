"""Datagram signs: which UDP payloads look like the start of a DTLS or QUIC handshake, told from their first bytes.

Here lives: tests on whole columns.  They may say yes to noise (``handshakes.udp`` checks every length) and must never say no
to a hello.  Here does not live: TCP's signs (``signs``), reading DTLS and QUIC (``tls``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.network import rows_of

if TYPE_CHECKING:
    from analyzer.packets.columns import Column, Datagrams

__all__ = ["openings"]

_HANDSHAKE_TYPES = np.zeros(256, bool)
_HANDSHAKE_TYPES[[0, 1, 2, 3, 4, 8, 11, 12, 13, 14, 15, 16, 20, 22, 25]] = True
_DTLS_HEADER = 14
"""Bytes looked at: a record header and the first of the message's (RFC 6347 section 4.1)."""
_WRAPPED = 4
"""Bytes before DTLS in TURN's ChannelData (RFC 8656 section 12.4) and in CAPWAP's DTLS header (RFC 5415 section 4.2)."""

_U4 = np.dtype(">u4")
_V2 = 0x6B3343CF
_VERSIONS = (0, 0x6B, 0xFF, 0xFA, ord("Q"), ord("T"), *range(0x0A, 0x100, 0x10))
"""First byte of the versions of QUIC that are looked for."""


def openings(datagrams: Datagrams) -> Column:
    """Return the indices of datagrams that look like the start of a handshake, or name a version of Google's QUIC."""
    data, size = datagrams.block.data, datagrams.stop - datagrams.start
    filled = np.flatnonzero(size >= _DTLS_HEADER)
    start = datagrams.start[filled]
    kind = _KINDS.ravel()[data[start].astype(np.int64) << 8 | data[start + 1]]
    near = np.flatnonzero(kind)
    filled, start, kind = filled[near], start[near], kind[near]
    found = [filled[:0]]
    for number, fits in enumerate(_FITS, 1):
        rows = np.flatnonzero(kind == number)
        if len(rows):
            found.append(filled[rows[fits(data, start[rows], size[filled[rows]])]])
    return np.sort(np.concatenate(found))


# Tests of payloads by their first byte: (data, where each begins, how long it is) -> which fit.


def _dtls(data: Column, at: Column, size: Column) -> Column:
    """A plaintext handshake record: version 254.x, or OpenSSL's 1.0 before the standard; epoch 0; a known message type."""
    del size
    major, minor = data[at + 1], data[at + 2]
    version = ((major == 0xFE) & (minor >= 0xFC)) | ((major == 1) & (minor == 0))
    fits: Column = version & (data[at + 3] == 0) & (data[at + 4] == 0) & (data[at + 11] < 0x48) & _HANDSHAKE_TYPES[data[at + 13]]
    return fits


def _wrapped(data: Column, at: Column, size: Column) -> Column:
    """DTLS behind four bytes of TURN's ChannelData or of CAPWAP."""
    fits: Column = (size >= _DTLS_HEADER + _WRAPPED) & (data[at + _WRAPPED] == 22)
    fits[fits] = _dtls(data, at[fits] + _WRAPPED, size[fits])
    return fits


def _relayed(data: Column, at: Column, size: Column) -> Column:
    """A Send or Data indication (RFC 8656 section 17), whose DATA attribute may hold DTLS, by STUN's magic cookie (RFC 8489 section 5)."""
    del size
    fits: Column = rows_of(data, at + 4, _U4) == 0x2112A442
    return fits


def _public(data: Column, at: Column, size: Column) -> Column:
    """Google's QUIC up to Q043: flags that announce a version and an 8-byte connection id."""
    del size
    fits: Column = (data[at + 9] == ord("Q")) & (data[at + 10] == ord("0"))
    return fits


def _long(data: Column, at: Column, size: Column) -> Column:
    """Initial and 0-RTT packets of the versions that have TLS inside, and any of Google's that name themselves (RFC 9000 section 17.2)."""
    del size
    version = rows_of(data, at + 1, _U4).astype(np.int64)
    kind = data[at].astype(np.int64) >> 4 & 3
    kind = np.where(version == _V2, (kind - 1) & 3, kind)  # RFC 9369 section 3.2: types are shifted by one
    high = version >> 8
    ours = (version == 1) | (version == _V2) | (high == 0xFF0000) | (high == 0xFACEB0) | ((version & 0x0F0F0F0F) == 0x0A0A0A0A)
    google = ((version >> 24 == ord("Q")) | (version >> 24 == ord("T"))) & ((version >> 16 & 0xFF) == ord("0"))
    fits: Column = (ours & (kind <= 1)) | google
    return fits


_FITS = (_dtls, _wrapped, _relayed, _public, _long)
_KINDS = np.zeros((256, 256), np.uint8)
_KINDS[22, [1, 0xFE]] = 1
_KINDS[[1, *range(0x40, 0x50)]] = 2
_KINDS[0, [0x16, 0x17]] = 3
_KINDS[[first for first in range(0x80) if first & 0xC9 == 0x09]] = 4
_KINDS[np.ix_(range(0x80, 0x100), _VERSIONS)] = 5
"""First two bytes -> which of the tests above may hold, counted from 1."""
