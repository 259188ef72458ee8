"""The anomalies table: one row each oddity on the wire, as it was seen.

Here lives: its columns and rows.  Here does not live: the kinds (``handshakes.anomaly``), whether they matter (``findings``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.capture.block import packet_number
from analyzer.facts.table import Column, Table
from analyzer.facts.texts import source_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake

__all__ = ["TABLE"]

COLUMNS = (
    Column("handshake", "int", "Number of the handshake."),
    Column("source", "text", "The capture that holds it."),
    Column("packet", "int", "Number of its packet in that capture."),
    Column("time", "time", "Time of that packet."),
    Column("kind", "text", "What it is: a name of the closed list analyzer.handshakes.anomaly.KINDS."),
    Column("layer", "text", "ip, tcp, record, message, extension or quic."),
    Column("sender", "text", "client or server; null where it is neither's."),
    Column("detail", "text", "The particulars, in words."),
)


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:
    """Give one row for each anomaly."""
    for anomaly in handshake.anomalies:
        yield (
            number,
            source_text(anomaly.packet, book.sources),
            packet_number(anomaly.packet),
            anomaly.time,
            anomaly.kind,
            anomaly.layer,
            anomaly.sender,
            anomaly.detail,
        )


TABLE = Table(name="anomalies", doc="One row for each oddity on the wire.", columns=COLUMNS, rows=rows)
