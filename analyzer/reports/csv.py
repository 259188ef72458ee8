r"""CSV: a header and one record for each row of a table (RFC 4180: CRLF, quotes doubled, UTF-8).

Here lives: rows → records.  Here does not live: which characters are defused (``escapes``).
A list is its items joined with one space (a space inside an item is written ``\u{20}``), any other structure is JSON,
absent is an empty cell, a flag is true or false, a time is ISO 8601.  Cells are made safe for spreadsheets, so CSV
is for looking and counting: JSON and NDJSON are the lossless formats.
"""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer.escapes import csv_cell
from analyzer.reports.ndjson import encode
from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyzer.facts.table import Column, Row
    from analyzer.reports.report import End, Options, Told

__all__ = ["CELLS", "Records", "Report"]


def _texts(value: list[str]) -> str:
    return csv_cell(" ".join(item.replace(" ", "\\u{20}") for item in value))


CELLS: dict[str, Callable[[Any], Any]] = {
    "int": int,
    "float": float,
    "text": csv_cell,
    "flag": lambda value: "true" if value else "false",
    "time": iso,
    "texts": _texts,
    "ints": lambda value: " ".join(map(str, value)),
    "data": lambda value: csv_cell(encode(value).decode()),
}
"""Kind of column -> what a value that is there becomes."""


class Records:
    """Writes a header, then records.  It never closes ``out``, unlike a TextIOWrapper."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        """Write nothing yet."""
        self._columns = columns
        self._cells = [CELLS[column.kind] for column in columns]
        self._writer = csv.writer(codecs.getwriter("utf-8")(out, "backslashreplace"))

    def head(self) -> None:
        """Write the header."""
        self._writer.writerow([column.name for column in self._columns])

    def row(self, row: Row) -> None:
        """Write a record."""
        self._writer.writerow(["" if value is None else cell(value) for cell, value in zip(self._cells, row, strict=True)])


class Report:
    """Records of one table, as they come."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; the header waits for the first row or the end, for an input may be no capture."""
        table = options.tables[options.table]
        self._table = options.table
        self._out = out
        self._records = Records(out, table.columns)
        self._begun = False

    def _begin(self) -> None:
        if not self._begun:
            self._records.head()
            self._begun = True

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        self._begin()
        for row in told.rows(self._table):
            self._records.row(row)

    def flush(self) -> None:
        """Hand the records on."""
        self._out.flush()

    def end(self, end: End) -> None:
        """Write the last records."""
        del end
        self._begin()
        self._out.flush()
