r"""Excel: a workbook with a sheet for each table, and one before them that says what there is.

Here lives: rows → cells, what the overview says.  Here does not live: cells and sheets as Excel has them (``sheets``), counting
(``summary``).

A time is ISO 8601 text with nanoseconds in its own column, which sorts, and a date as Excel has them, UTC, to the millisecond, in the
column behind it ("start (date)").  Lists are joined as in CSV: with one space, a space inside an item is ``\u{20}``.  Any other structure
is JSON, absent is an empty cell, characters that cannot be seen are shown as on a terminal, a number that is not whole has 16 digits (it is
within 1e-15 of itself): for what a program reads, SQLite and Parquet are the lossless formats.  A table with more rows than a sheet holds
goes on in "messages (2)"; the overview counts what was cut or left.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.facts.texts import place_text
from analyzer.reports.concerns import Concerns
from analyzer.reports.json import source_facts
from analyzer.reports.ndjson import encode
from analyzer.reports.sheets import ROWS, Book, Sheet
from analyzer.reports.summary import Summary
from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.facts.table import Column, Row, Table
    from analyzer.reports.report import End, Options, Told
    from analyzer.reports.sheets import Write

__all__ = ["Report"]

_SHEETS = 16
"""Sheets of one table: 16 million rows, which is past what Excel opens; those that follow are counted."""
_DATE = " (date)"

TEXTS: dict[str, Callable[[Any], str]] = {
    "text": str,
    "time": iso,
    "texts": lambda value: " ".join(item.replace(" ", "\\u{20}") for item in value),
    "ints": lambda value: " ".join(map(str, value)),
    "data": lambda value: encode(value).decode(),
}
"""Kind of column -> what stands in a cell of text."""
CELLS: dict[str, Write] = {"int": Sheet.integer, "float": Sheet.number, "flag": Sheet.flag}
"""Kind of column -> what writes its cell, where it is no text."""


class _Table:
    """The sheets of one table."""

    def __init__(self, book: Book, table: Table) -> None:
        """Begin the first one."""
        self._book = book
        self._name = table.name
        self._header: list[str] = []
        self._made: list[tuple[int, Write]] = []
        self.cut: Counter[str] = Counter()
        """Column -> cells that were cut."""
        for place, column in enumerate(table.columns):
            self._header.append(column.name)
            self._made.append((place, CELLS.get(column.kind) or _text(column, self.cut)))
            if column.kind == "time":
                self._header.append(column.name + _DATE)
                self._made.append((place, Sheet.date))
        self.sheets = [Sheet(book, self._name, self._header)]
        self.rows = 0
        self.left_out = 0

    def add(self, row: Row) -> None:
        """Add a row.  Raises OSError."""
        if self.sheets[-1].rows >= ROWS - 1:
            if len(self.sheets) >= _SHEETS:
                self.left_out += 1
                return
            self.sheets.append(Sheet(self._book, f"{self._name} ({len(self.sheets) + 1})", self._header))
        self.rows += 1
        self.sheets[-1].add(row, self._made)


def _text(column: Column, cut: Counter[str]) -> Write:
    """Return what writes a cell of text, and counts those that were cut."""
    words, name = TEXTS[column.kind], column.name
    return lambda sheet, at, value: sheet.text(at, words(value), lambda: cut.update((name,)))


def _told(sheet: Sheet, column: int, value: Any) -> int:
    """Write a value of the overview."""
    if isinstance(value, int) and not isinstance(value, bool):
        return sheet.integer(column, value)
    return sheet.text(column, _word(value))


class Report:
    """One workbook; nothing is written before the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin the sheets.  Raises OSError."""
        self._out = out
        self._options = options
        self._summary = Summary(options.tables)
        self._concerns = Concerns()
        self._book = Book(out, options.version)
        self._first = Sheet(self._book, "overview", ("section", "name", "value"))
        self._tables = {name: _Table(self._book, table) for name, table in options.tables.items()}

    def add(self, told: Told) -> None:
        """Tell one handshake.  Raises OSError."""
        self._summary.add(told)
        if "findings" in self._tables:
            self._concerns.add(told.rows("findings"))
        for name, table in self._tables.items():
            for row in told.rows(name):
                table.add(row)

    def flush(self) -> None:
        """Do nothing: the workbook is whole at the end."""

    def end(self, end: End) -> None:
        """Write the workbook.  Raises OSError."""
        for row in self._overview(end):
            self._first.add(row, ((0, Sheet.text), (1, Sheet.text), (2, _told)))
        for sheet in (self._first, *(sheet for table in self._tables.values() for sheet in table.sheets)):
            sheet.end()
        self._book.end()
        self._out.flush()

    def _overview(self, end: End) -> Iterator[tuple[str, str, Any]]:
        """Walk what the overview says: (section, name, value)."""
        yield "report", "tlsscan", self._options.version
        yield "report", "names of numbers as of", self._options.registry
        yield "report", "interrupted", end.interrupted
        for name, table in self._tables.items():
            yield "rows", name, table.rows
        for name, table in self._tables.items():
            for column, count in sorted(table.cut.items()):
                yield "cells that were cut: more than Excel holds", f"{name}.{column}", count
            if table.left_out:
                yield "rows that were left out: more than Excel holds", name, table.left_out
        for place, source in enumerate(end.sources, 1):
            yield from _flat(f"capture {place}", source_facts(source))
        yield from _flat("packets", msgspec.to_builtins(end.counters))
        for severity, count in self._concerns.severities.most_common():
            yield "findings", severity, count
        facts = self._summary.facts()
        servers = facts.pop("servers")
        del facts["expiries"]
        yield from _flat("summary", facts)
        for server in servers:
            address = place_text(server["address"], server["port"])
            yield "summary: servers", f"{server['name']} {address}" if server["name"] else address, server["handshakes"]


def _flat(section: str, facts: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Walk what is known of something; what is counted by name has a section of its own, behind the rest."""
    for name, value in facts.items():
        if value is not None and not isinstance(value, dict):
            yield section, name, value
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from ((f"{section}: {name}", key, count) for key, count in value.items())


def _word(value: Any) -> str:
    """Return a value as a text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else encode(value).decode()
