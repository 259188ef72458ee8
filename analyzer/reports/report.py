"""Report: what every output format is, and what the formats are told.

Here lives: the types and the one loop that walks a stream for all reports at once.  Here does not live: any one format, files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import msgspec

from analyzer.facts.table import Book, Row, Table
from analyzer.handshakes.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.handshakes.prelude import Plain
    from analyzer.scanning import Counters, Source

__all__ = ["End", "Options", "Report", "Told", "tell"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may ask of a report.  ``tables`` are all tables, ``table`` is the one that a one-table format writes."""

    tables: dict[str, Table]
    table: str = "handshakes"
    width: int = 240
    """Columns of text; the same wherever the output is no terminal."""
    color: bool = False
    version: str = ""
    """Of tlsscan."""
    registry: str = ""
    """Date of the names of numbers."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the walk is over."""

    sources: list[Source]
    counters: Counters
    interrupted: bool = False


class Told:
    """One handshake after another as rows of the tables; the rows of a table are made once for all the reports that ask."""

    def __init__(self, tables: dict[str, Table], sources: list[Source]) -> None:
        """Start with the tables and the stream's list of sources, which may still grow."""
        self._tables = tables
        self._sources = sources
        self._book = Book([source.name for source in sources])
        self._rows: dict[str, list[Row]] = {}
        self.handshake: Any = None
        self._one: Any = None

    def take(self, one: Handshake | Plain) -> None:
        """Turn to the next handshake, or to a connection that came to none (then ``handshake`` is None)."""
        self.handshake = one if isinstance(one, Handshake) else None
        self._one = one
        self._rows = {}
        if len(self._book.sources) != len(self._sources):
            self._book.sources[:] = [source.name for source in self._sources]

    def rows(self, table: str) -> list[Row]:
        """Return the rows of one table for this handshake or connection."""
        rows = self._rows.get(table)
        if rows is None:
            shape = self._tables[table]
            if self.handshake is not None:
                rows = list(shape.rows(self.handshake.number, self.handshake, self._book))
            else:
                rows = [] if shape.plain is None else list(shape.plain(self._one, self._book))
            self._rows[table] = rows
        return rows


class Report(Protocol):
    """One output being written.  The order of calls is ``add`` per handshake, then ``end``; neither closes the file."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin writing to ``out``."""

    def add(self, told: Told) -> None:
        """Tell one handshake, or one connection that came to none."""

    def flush(self) -> None:
        """Hand on what is whole and was held back, for someone who reads along."""

    def end(self, end: End) -> None:
        """Write what is left."""


def tell(walk: Iterable[Handshake | Plain], told: Told, reports: list[Report]) -> None:
    """Walk the handshakes and tell each to all reports."""
    for one in walk:
        told.take(one)
        for report in reports:
            report.add(told)
