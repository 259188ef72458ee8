"""Signs: which segments look like the start of a handshake, or like its late events, told from their first bytes.

Here lives: tests on whole columns.  They may say yes to noise (``handshakes`` reads every length before it believes) and must
never say no to a hello.  Here does not live: reading TLS (``tls``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.columns import FIN, RST, SYN, Column, Packets

if TYPE_CHECKING:
    from analyzer.packets.first_bytes import FirstBytes

__all__ = ["handshake_records", "hellos", "late_signs"]

_TYPES = np.zeros(256, bool)
_TYPES[[0, 1, 2, 4, 6, 11, 12, 13, 14, 16, 22, 25]] = True
"""Handshake types that a plaintext record can begin with: a flow is watched from the first of them that is seen."""
_V2_TYPES = np.zeros(256, bool)
_V2_TYPES[[1, 4]] = True
"""SSL 2.0 client_hello and server_hello."""


def _byte(packets: Packets, rows: Column, index: int, otherwise: int) -> tuple[Column, Column]:
    """Return byte ``index`` of each row's payload (int64) and which rows have it; the others get ``otherwise``."""
    at = packets.start[rows] + index
    there = at < packets.stop[rows]
    value = np.full(len(rows), otherwise, np.int64)
    value[there] = packets.block.data[at[there]]
    return value, there


def hellos(packets: Packets, beginnings: FirstBytes | None = None) -> Column:
    """Return the indices of segments whose payload begins like a handshake record; a prefix that fits counts as one.

    Records (RFC 8446 section 5.1): type 22, version 3.0 to 3.4, a sane length, a plaintext handshake type, a message length
    that could be; a lone ChangeCipherSpec; SSL 2.0 hellos by header, type and version (RFC 5246 appendix E.2).  ``beginnings`` are
    those of the protocols that may come before TLS.
    """
    filled = np.flatnonzero(packets.stop > packets.start)
    first = packets.block.data[packets.start[filled]]
    found = [_records(packets, filled[first == 22]), _changes(packets, filled[first == 20]),
             _version_2(packets, filled[(first & 0x80) != 0], 2), _version_2(packets, filled[first < 0x10], 3)]  # fmt: skip
    if beginnings is not None:
        more = beginnings(packets, filled, first)
        if more:
            return np.unique(np.concatenate(found + more))
    return np.sort(np.concatenate(found))


def _records(packets: Packets, rows: Column) -> Column:
    if not len(rows):
        return rows
    major, _ = _byte(packets, rows, 1, 3)
    minor, _ = _byte(packets, rows, 2, 1)
    high, _ = _byte(packets, rows, 3, 0)
    low, _ = _byte(packets, rows, 4, 0)
    kind, _ = _byte(packets, rows, 5, 1)
    size, _ = _byte(packets, rows, 6, 0)
    size[(high == 0) & (low == 1)] = 0  # of a record of one byte the message's size is in the records that follow
    fits = (major == 3) & (minor <= 4) & (high <= 0x48) & _TYPES[kind] & (size <= 3)
    found: Column = rows[fits]
    return found


def _changes(packets: Packets, rows: Column) -> Column:
    if not len(rows):
        return rows
    fits = np.ones(len(rows), bool)
    for index, want in ((1, 3), (3, 0), (4, 1), (5, 1)):
        value, there = _byte(packets, rows, index, want)
        fits &= there & (value == want)
    found: Column = rows[fits]
    return found


def _version_2(packets: Packets, rows: Column, header: int) -> Column:
    """SSL 2.0 records have a header of 2 bytes (high bit set) or 3 (padding follows)."""
    if not len(rows):
        return rows
    kind, there = _byte(packets, rows, header, 0)
    fits = there & _V2_TYPES[kind]
    rows, kind = rows[fits], kind[fits]
    client = kind == 1
    major, _ = _byte(packets, rows, header + 1, 3)
    minor, there = _byte(packets, rows, header + 2, 2)
    ssl2 = (major == 0) & (minor == 2)
    client_fits = client & (ssl2 | ((major == 3) & (minor <= 4)))
    certificate_type = minor <= 1  # a server hello's: session id hit, certificate type, then the version
    v_major, _ = _byte(packets, rows, header + 3, 0)
    v_minor, _ = _byte(packets, rows, header + 4, 2)
    found: Column = rows[client_fits | (~client & there & (major <= 1) & certificate_type & (v_major == 0) & (v_minor == 2))]
    return found


def late_signs(packets: Packets, rows: Column) -> Column:
    """Return those of ``rows`` that matter after a handshake: SYN, FIN, RST, alerts, also as a last record, handshake records, heartbeats.

    An alert is 7 bytes in plaintext, 2 + 16 (or 8) + 5 and an explicit nonce under an AEAD, a few blocks under CBC: looked for
    by its record header at the start and at the usual distances from the end.
    """
    matters = (packets.flags[rows] & (SYN | FIN | RST)) != 0
    filled = np.flatnonzero(packets.stop[rows] > packets.start[rows])
    data, start, stop = packets.block.data, packets.start[rows[filled]], packets.stop[rows[filled]]
    first = data[start]
    matters[filled[(first == 21) | (first == 22) | (first == 24)]] = True
    for kind, size in TAILS:
        at = stop - size - 5
        near = np.flatnonzero(data[np.maximum(at, start)] == kind)
        near = near[at[near] >= start[near]]
        here = at[near]
        hit = (data[here + 1] == 3) & (data[here + 3] == 0) & (data[here + 4] == size)
        matters[filled[near[hit]]] = True
    found: Column = rows[matters]
    return found


def handshake_records(packets: Packets, rows: Column) -> Column:
    """Return those of ``rows`` whose payload begins with the header of a handshake record: after a handshake, a renegotiation."""
    long = rows[packets.stop[rows] - packets.start[rows] > 5]
    data, start = packets.block.data, packets.start[long]
    begins: Column = long[(data[start] == 22) & (data[start + 1] == 3) & (data[start + 2] <= 4)]
    return begins


TAILS = ((23, 19), (21, 26), (21, 2), (21, 32), (21, 48), (21, 18))
"""(content type, length) of the records that close a connection: TLS 1.3 alert; TLS 1.2 GCM, plain, CBC with SHA-1, with
SHA-256, ChaCha20."""
