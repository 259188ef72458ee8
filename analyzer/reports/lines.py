"""Lines: for people who read along: one line of text a handshake as it ends, in columns that never move.

Here lives: when a line is written, and what is said of findings that come later than their row.  Here does not live: the columns
(``cells``), their widths (``layout``), colours and escapes (``paint``), totals (``text``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.findings.finding import COLUMNS
from analyzer.reports.cells import table_cell
from analyzer.reports.concerns import SEVERITY_STYLES
from analyzer.reports.gravest import Gravest, about, gravest
from analyzer.reports.layout import LONGEST, handshake_cells, of_handshakes, of_table
from analyzer.reports.paint import Paint
from analyzer.times import clock

if TYPE_CHECKING:
    from analyzer.facts.table import Row
    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]

HELD = 1000
"""Rows held back at most, if nobody flushes before."""

_PLACES = {column.name: at for at, column in enumerate(COLUMNS)}
_NAME, _SEVERE, _DETAIL, _TITLE, _TIME = (_PLACES[name] for name in ("finding", "severity", "detail", "title", "time"))


class _Held(msgspec.Struct):
    """A handshake whose line is not written yet: what is found until then can stand in it."""

    cells: list[str]
    found: Gravest | None = None


class Report:
    """Lines of one table as they come, a header before the first; widths rest on ``options.width`` alone.

    A handshake that is told again, because it turned out otherwise, has another line.
    """

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; the header is written by the first ``flush``."""
        self._out = out
        self._paint = Paint(options.width, color=options.color)
        self._table = options.tables[options.table]
        self._names = [column.name for column in self._table.columns]
        self._handshakes = options.table == "handshakes"
        self._judged = self._handshakes and "findings" in options.tables
        if self._handshakes:
            self._layout = of_handshakes(self._paint.width, marks=False, findings=self._judged)
        else:
            self._layout = of_table(self._table, self._paint.width)
        self._begun = False
        self._held: dict[Any, _Held] = {}
        """Number of a handshake, or for another table of a row, -> what is written next."""
        self._late: list[Row] = []

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        for row in told.rows(self._table.name):
            if self._handshakes:
                named = dict(zip(self._names, row, strict=True))
                held = self._held.setdefault(named["handshake"], _Held([]))
                held.cells = handshake_cells(named)
            else:
                cells = [table_cell(column, value)[:LONGEST] for column, value in zip(self._table.columns, row, strict=True)]
                self._held[len(self._held)] = _Held(cells)
        if self._judged:
            for row in told.rows("findings"):
                self._find(row)
        if len(self._held) + len(self._late) >= HELD:
            self.flush()

    def _find(self, row: Row) -> None:
        """Put a finding in the lines that it is about, or, where they are written or have no room for it, in one of its own."""
        waiting = [self._held[number] for number in about(row) if number in self._held] if self._layout.shows_findings else []
        for held in waiting:
            held.found = gravest(held.found, [row])
        if not waiting:
            self._late.append(row)

    def flush(self) -> None:
        """Write the lines held back, whole."""
        lines = [] if self._begun else [self._layout.header(self._paint)]
        for held in self._held.values():
            draw = self._layout.handshake(self._paint, held.cells, held.found) if self._handshakes else None
            lines.append(self._layout.row(self._paint, held.cells) if draw is None else draw)
        lines += map(self._later, self._late)
        if lines:
            self._begun = True
            self._held, self._late = {}, []
            self._out.write("".join(f"{line}\n" for line in lines).encode())
            self._out.flush()

    def _later(self, row: Row) -> str:
        """Return the line of a finding whose row is written already: it begins where the next column does."""
        time = "" if row[_TIME] is None else clock(row[_TIME])
        width = next(iter(self._layout.chosen.values())) if self._paint.width < 60 else 12
        style = SEVERITY_STYLES[row[_SEVERE]]
        said = (row[_DETAIL] or row[_TITLE] or "")[:LONGEST]
        return self._paint.text(
            [(f"{time[:width]:{width}} → ", "faint"), (f"{row[_SEVERE]}: {row[_NAME][:LONGEST]}", style), (f"  {said}", "plain")]
        )

    def end(self, end: End) -> None:
        """Write the last lines (``end`` itself has no place here: the summary is the text report's)."""
        del end
        self.flush()
