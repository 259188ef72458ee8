"""Text: the report for people — what was captured, how it went and what was found, then a row per handshake.

Here lives: the layout.  Here does not live: counting (``summary``), what stands in a row (``cells``), fitting columns (``grid``),
colours and escapes (``paint``).
For another table than handshakes the rows of that table stand alone, with as many of its columns as fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from analyzer.reports.cells import HANDSHAKE_COLUMNS, table_cell, table_columns
from analyzer.reports.concerns import Concerns
from analyzer.reports.grid import Grid
from analyzer.reports.overview import overview
from analyzer.reports.paint import Paint
from analyzer.reports.summary import Summary

if TYPE_CHECKING:
    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]


class Report:
    """The whole report, written at the end; until then only counts and short rows are kept."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin counting."""
        self._out = out
        self._options = options
        self._paint = Paint(options.width, color=options.color)
        self._table = options.tables[options.table]
        self._names = [column.name for column in self._table.columns]
        self._summary = Summary(options.tables) if options.table == "handshakes" else None
        self._concerns = Concerns()
        self._sums: list[tuple[str, list[tuple[str, str]]]] = []
        self._grid = Grid([column for column, _ in HANDSHAKE_COLUMNS] if self._summary else table_columns(self._table))

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        if self._summary:
            self._summary.add(told)
            self._concerns.add(told.rows("findings") if "findings" in self._options.tables else ())
            if told.over:
                self._sums = list(told.sums())
            for row in told.rows("handshakes"):
                named = dict(zip(self._names, row, strict=True))
                self._grid.add([cell(named) for _, cell in HANDSHAKE_COLUMNS], order=named["handshake"])
            return
        for row in told.rows(self._table.name):
            self._grid.add([table_cell(column, value) for column, value in zip(self._table.columns, row, strict=True)])

    def flush(self) -> None:
        """Do nothing: the summary stands first."""

    def end(self, end: End) -> None:
        """Write the report."""
        if self._summary:
            for line in overview(self._summary, self._concerns, self._sums, end, self._options, self._paint.width):
                self._out.write(self._paint.line(line))
        if self._grid.rows:
            dropped = self._grid.write(self._out, self._paint)
            if dropped and not self._summary:
                self._out.write(self._paint.line([(f"columns without room: {', '.join(dropped)}", "faint")]))
        self._out.flush()
