"""Grid: rows of text as columns that fit any width: columns drop by priority, values shorten, nothing wraps.

Here lives: choosing and sizing columns.  Here does not live: what the columns hold (``text``).  The rows wait in a file
(in memory while small) until the widest value of each column is known, so a million rows cost no memory.
"""

from __future__ import annotations

import tempfile
from array import array
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from rich.cells import cell_len

from analyzer.escapes import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analyzer.reports.paint import Paint

__all__ = ["Grid", "GridColumn", "joined", "widths"]

_GAP = 2
_SPOOL_BYTES = 4 << 20


class GridColumn(msgspec.Struct, frozen=True):
    """A column: it is shown with at least ``least`` cells or not at all, and grows to ``most``; ``rank`` 0 is kept longest."""

    header: str
    rank: int
    least: int
    most: int
    where: str = "end"
    """Where a value is shortened: end, middle, or cut."""
    right: bool = False
    style: str | Callable[[str], str] = "plain"
    instead: int | None = None
    """Where this cell is empty and the column with this number is not shown, its cell stands here."""


def widths(columns: Sequence[GridColumn], natural: Sequence[int], width: int) -> dict[int, int]:
    """Return column number -> cells for the columns that fit ``width``; ``natural`` is the widest value of each.

    A wider place shows all that a narrower one does: the first column in rank that finds no room ends the choice.  What
    is left then goes to the columns in rank, as far as their values need it.
    """
    wanted = [max(min(found, column.most), cell_len(column.header)) for column, found in zip(columns, natural, strict=True)]
    by_rank = sorted(range(len(columns)), key=lambda at: (columns[at].rank, at))
    chosen: dict[int, int] = {}
    left = width + _GAP
    for at in by_rank:
        least = min(columns[at].least, wanted[at])
        if natural[at] and least + _GAP > left:
            break
        if natural[at]:
            chosen[at] = least
            left -= least + _GAP
    for at, least in list(chosen.items()):
        chosen[at] += min(wanted[at] - least, left)
        left -= chosen[at] - least
    return dict(sorted(chosen.items()))


def joined(
    paint: Paint, columns: Sequence[GridColumn], cells: Sequence[str], chosen: Mapping[int, int], styles: Mapping[int, str], gap: int = _GAP
) -> str:
    """Return one row: the chosen cells in the order of ``chosen``, in the columns' own styles where ``styles`` has no other.

    Each cell is escaped and fitted by ``paint.cell``, so the line fits as it is.
    """
    out = []
    for at, width in chosen.items():
        column, cell = columns[at], cells[at]
        if not cell and column.instead is not None and column.instead not in chosen:
            cell = cells[column.instead]
        style = styles.get(at) or (column.style if isinstance(column.style, str) else column.style(cell))
        out.append(paint.cell(cell, width, column.where, column.right, style))
    return (" " * gap).join(out).rstrip(" ")


class Grid:
    """Add rows, then write them."""

    def __init__(self, columns: Sequence[GridColumn]) -> None:
        """Begin with no rows."""
        self._columns = columns
        self._natural = [0] * len(columns)
        self._waiting = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed where the rows are written
        self._encode = msgspec.json.Encoder().encode
        self._starts = array("q")
        self._orders = array("q")

    @property
    def rows(self) -> int:
        """Number of rows added."""
        return len(self._starts)

    def add(self, cells: Sequence[str], order: int = 0) -> None:
        """Add one row of text from anywhere, it is escaped here; rows are written by ``order``, those of one order as they came."""
        shown = [terminal(cell, 300) for cell in cells]
        self._natural = [max(widest, cell_len(cell)) for widest, cell in zip(self._natural, shown, strict=True)]
        self._starts.append(self._waiting.tell())
        self._orders.append(order)
        self._waiting.write(self._encode(shown) + b"\n")

    def write(self, out: BinaryIO, paint: Paint) -> list[str]:
        """Write a header and all rows; return the headers of the columns that found no room."""
        chosen = widths(self._columns, self._natural, paint.width)
        out.write(self._line(paint, [column.header for column in self._columns], chosen, "label"))
        decode = msgspec.json.Decoder(list[str]).decode
        for at in sorted(range(self.rows), key=self._orders.__getitem__):
            self._waiting.seek(self._starts[at])
            out.write(self._line(paint, decode(self._waiting.readline()), chosen))
        self._waiting.close()
        return [column.header for at, column in enumerate(self._columns) if self._natural[at] and at not in chosen]

    def _line(self, paint: Paint, cells: list[str], chosen: dict[int, int], style: str | None = None) -> bytes:
        """Join the chosen cells."""
        styles = dict.fromkeys(chosen, style) if style else {}
        return (joined(paint, self._columns, cells, chosen, styles) + "\n").encode()
