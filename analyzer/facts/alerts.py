"""The alerts table: one row an alert, read or encrypted.

Here lives: its columns and rows.  Here does not live: which one failed the handshake (``ending``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
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
    Column("sender", "text", "client or server."),
    Column("level", "text", "warning or fatal; null where it is encrypted or no known level."),
    Column("level_code", "int", "AlertLevel."),
    Column("description", "text", "Name of the alert, IANA's spelling; null where it is encrypted or in no registry."),
    Column("description_code", "int", "AlertDescription."),
    Column("encrypted", "flag", "It cannot be read."),
)


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:
    """Give one row for each alert."""
    for alert in handshake.alerts:
        level, description = alert.level, alert.description
        yield (
            number,
            source_text(alert.packet, book.sources),
            packet_number(alert.packet),
            alert.time,
            alert.sender,
            None if level is None else registry.alert_level_name(level),
            level,
            None if description is None else registry.alert_name(description),
            description,
            description is None,
        )


TABLE = Table(name="alerts", doc="One row for each alert.", columns=COLUMNS, rows=rows)
