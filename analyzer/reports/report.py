"""Report: what every output format is, and what the formats are told.

Here lives: the types and the one loop that walks a stream for all reports at once.  Here does not live: any one format, files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import msgspec

from analyzer.facts.table import Row, Table
from analyzer.findings.finding import severity_rank
from analyzer.findings.judge import Judge
from analyzer.findings.judging import Judging
from analyzer.findings.tables import JUDGED, JudgedBook
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
    """One handshake after another as rows of the tables; the rows of a table are made once for all the reports that ask.

    Rows of the tables of findings come with one of the handshakes after theirs, or at the end.
    """

    def __init__(
        self, tables: dict[str, Table], sources: list[Source], judging: Judging | None = None, *, judged: bool = False, opinions: bool = False
    ) -> None:
        """Start with the tables and the stream's list of sources, which may still grow.

        ``judged``: make findings too, by ``judging``; ``opinions``: ask OpenSSL and the Web PKI as well.  Raises TrustStoreError, PolicyError.
        """
        self._tables = tables
        self._sources = sources
        judging = judging or Judging()
        self._book = JudgedBook([source.name for source in sources], judging=judging)
        self.judge = Judge(judging, lambda: self._book.sources, opinions=opinions) if judged else None
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
        if self.judge is not None:
            self.judge.take(one, self.rows)

    def worse_than(self, severity: str) -> bool:
        """Whether something of this severity or graver was found."""
        worst = self.judge.worst if self.judge is not None else None
        return worst is not None and severity_rank(worst) <= severity_rank(severity)

    def finish(self) -> None:
        """Turn to what is known only at the end: the rows that are left of the tables of findings."""
        self.handshake = self._one = None
        self._rows = {}
        if self.judge is not None:
            self.judge.finish()

    def rows(self, table: str) -> list[Row]:
        """Return the rows of one table for this handshake or connection."""
        rows = self._rows.get(table)
        if rows is None:
            shape = self._tables[table]
            if table in JUDGED:
                rows = [] if self.judge is None else self.judge.rows(table)
            elif self.handshake is not None:
                rows = list(shape.rows(self.handshake.number, self.handshake, self._book))
            else:
                rows = [] if shape.plain is None or self._one is None else list(shape.plain(self._one, self._book))
            self._rows[table] = rows
        return rows


class Report(Protocol):
    """One output being written.  The order of calls is ``add`` per handshake, once more for what is known at the end, then ``end``."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin writing to ``out``."""

    def add(self, told: Told) -> None:
        """Tell one handshake, or one connection that came to none, or at the end neither: rows of tables of findings that are left."""

    def flush(self) -> None:
        """Hand on what is whole and was held back, for someone who reads along."""

    def end(self, end: End) -> None:
        """Write what is left."""


def tell(walk: Iterable[Handshake | Plain], told: Told, reports: list[Report]) -> None:
    """Walk the handshakes and tell each to all reports, and what is found at the end, however the walk ends."""
    try:
        for one in walk:
            told.take(one)
            for report in reports:
                report.add(told)
    finally:
        told.finish()
        for report in reports:
            report.add(told)
