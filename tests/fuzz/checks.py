"""What must hold of everything that was read, whatever the bytes were.

Here lives: limits small enough to be hit, checks of Handshakes, of rows and of lines of JSON.  Here does not live: the targets.
"""

from __future__ import annotations

import re
import zlib

import msgspec

from analyzer.facts.frames import BUT, NEVER_NULL
from analyzer.findings.judging import Judging
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.handshakes.anomaly import KINDS
from analyzer.handshakes.handshake import OUTCOMES, Handshake
from analyzer.limits import DEFAULT
from analyzer.reports.ndjson import row_encoder
from analyzer.x509.trust import Judge, TrustStore

SMALL = msgspec.structs.replace(
    DEFAULT, block_bytes=1 << 12, attic_bytes=1 << 11, packet_bytes=1 << 16, flows=3, patience_bytes=1 << 11, syns=4, side_bytes=1 << 12,
    side_segments=6, message_bytes=1 << 12, messages=12, anomalies=6, carriages=8, fragments=3, fragment_bytes=1 << 12, layers=8,
    unpacked_certificate_bytes=1 << 13,
)  # fmt: skip
"""Each limit can be reached by an input of a few hundred bytes."""

RAW = re.compile(rb"[\0-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xef\xbb\xbf")
"""Controls, line separators, bidi and zero-width characters in UTF-8."""

IN_64_BITS = range(-(1 << 63), 1 << 63)
KINDS_OF_VALUES = {
    "int": lambda value: type(value) is int and value in IN_64_BITS, "float": lambda value: type(value) in {int, float},
    "text": lambda value: type(value) is str, "flag": lambda value: type(value) is bool, "time": lambda value: type(value) is int,
    "texts": lambda value: type(value) is list and all(type(item) is str for item in value),
    "ints": lambda value: type(value) is list and all(type(item) is int for item in value), "data": lambda _: True,
}  # fmt: skip
"""Kind of a column -> whether a value is of it."""

_LINES = {name: row_encoder(table) for name, table in TABLES.items()}


def harmless(line):
    """Check JSON: nothing in it moves a cursor."""
    if not (line.isascii() and line.decode().isprintable()):  # quick for most
        found = RAW.search(line)
        assert found is None, found


_OWN = [name for name in TABLES if name not in JUDGED]
"""Tables whose rows come with their handshake."""
_NOBODY = TrustStore("none", ())


def sound(name, table, row):
    """Check that the values of a row are of the kinds that its columns promise."""
    for column, value in zip(table.columns, row, strict=True):
        if value is None:
            assert column.name not in NEVER_NULL or (name, column.name) in BUT, (name, column.name)
        else:
            assert KINDS_OF_VALUES[column.kind](value), (name, column.name, value)


def line(name, row):
    """Return a row of a table as a line of JSON."""
    return _LINES[name](row)


def told(one, pick=0):
    """Make rows of a Handshake or a Plain, as lines of JSON, and check them.

    ``pick``, a number that the input's bytes decide (``lot``), says of which tables: for the sake of speed of none more often than not.
    """
    book, lines = JudgedBook(["a"], judging=Judging(trust_store=("none",)), trust=Judge(_NOBODY)), []
    for name in _OWN if pick == 0 else [_OWN[0], _OWN[pick % len(_OWN)]] if pick < 16 else ():
        for row in rows_of(TABLES[name], one, book):
            sound(name, TABLES[name], row)
            lines.append(line(name, row))
    harmless(b"".join(lines))


def lot(data, among):
    """Return a number below ``among`` that any change of the bytes changes: what costs much is done for some inputs only."""
    return zlib.crc32(data) % among


def facts(one):
    """Return what of a Handshake or a Plain may not depend on how the capture was cut into Blocks.

    All but its number, and which segment of its flow came first: a flow that is opened anew begins with its hello within a Block,
    and in another Block with what the attic still has of it.
    """
    if isinstance(one, Handshake):
        return msgspec.structs.replace(one, number=0, outbound=True, carriage=())
    return msgspec.structs.replace(one, outbound=True, carriage=())


def settled(made, packets, limits=SMALL):
    """Check a Handshake that is over: ``packets`` are the numbers that there are, from 1."""
    assert made.outcome in OUTCOMES
    assert made.packets or made.anomalies, made.outcome
    assert all(1 <= packet <= packets for packet in made.packets), made.packets
    assert all(anomaly.kind in KINDS for anomaly in made.anomalies)
    assert len(made.anomalies) <= limits.anomalies + 1
    assert len(made.seen) <= limits.messages + 2, len(made.seen)
    assert all(1 <= seen.packet <= packets and 1 <= seen.last_packet <= packets for seen in made.seen)
    assert all(count > 0 for count in made.lost.values())
