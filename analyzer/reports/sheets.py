r"""Sheets of an Excel workbook: rows that become cells within Excel's limits, as XlsxWriter writes them, in flat memory.

Here lives: what a text, a number, a flag and a date are in a cell, widths, where rows wait, the file.  Here does not live: which tables
stand in it (``xlsx``).

A text is typed as text: none is ever a formula or a link, and one that would become a formula when it is edited is marked as quoted
(``quotePrefix``).  Characters that cannot be seen are shown as on a terminal.  Excel's limits: 32,767 UTF-16 units in a cell (a longer text
ends with a word about its cut), whole numbers of 53 bits (one past them is text), 1,048,576 rows in a sheet.  XlsxWriter writes numbers
with 16 digits: one that is not whole is read back within 1e-15 of itself.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import tempfile
import weakref
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.escapes import terminal
from analyzer.reports.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xlsxwriter import Workbook

    Write = Callable[["Sheet", int, Any], int]
    """Writes a value into a column of the sheet's last row; returns about the characters that it takes.  Raises OSError."""

__all__ = ["ROWS", "Book", "Sheet"]

_CELL = 32_767
"""UTF-16 units of a cell."""
ROWS = 1_048_576
"""Rows of a sheet, its header among them."""
_EXACT = 1 << 53
_LEAST, _MOST = 2.2250738585072014e-308, 9.99999999999999e307
"""Between them, and their negatives, are the numbers that Excel has; and zero."""
_WIDTHS = (9, 60)
"""The narrowest and the widest column, in characters."""
_LOOKED_AT = 100
"""Rows by which a column's width is judged."""
_SHORT = 64
"""Characters of texts that are worth remembering: names of versions, suites, hosts."""

_MILLISECONDS_A_DAY = 86_400_000
_EPOCH = 25_569
"""1970-01-01 as Excel counts days."""
_DATES = range(-2_203_891_200_000, 253_402_300_800_000)
"""Milliseconds since 1970 that Excel has a date for: from 1900-03-01, before which its days are off by one, to the year 9999."""
_DATE_SHOWN = "yyyy-mm-dd hh:mm:ss.000"

_FORMULA = frozenset("=+-@")
_ESCAPES = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_CHAINED = re.compile("_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_").search
"""Escapes that share an underscore (ECMA-376 part 1, section 22.9.2.19)."""

_OPTIONS = {
    "constant_memory": True,
    "use_zip64": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class _Shown(msgspec.Struct, frozen=True):
    """A text as a cell can hold it."""

    text: str
    cut: bool = False
    quoted: bool = False
    """A formula, were it typed."""
    pieces: tuple[str, ...] = ()
    """Where it must be handed over in pieces: XlsxWriter would take the whole for markup or escape it wrongly."""


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _fitted(value: str) -> tuple[str, bool]:
    """Return the text as a cell can hold it, and whether it was cut."""
    shown = terminal(value[:_CELL], _CELL)
    if len(value) <= _CELL and (len(shown) <= _CELL // 2 or _units(shown) <= _CELL):
        return shown, False
    word = f"… (cut: {len(value):,} characters in all)"
    room = _CELL - len(word)
    kept = shown[:room]
    while (over := _units(kept) - room) > 0:
        kept = kept[: -((over + 1) // 2)]
    return kept + word, True


def _pieces(shown: str) -> tuple[str, ...]:
    """Return the text in three pieces or more, none of which holds an escape; nothing where it may be handed over whole.

    Without shared strings XlsxWriter writes what begins as a rich text and ends as one does as it is, as markup; and of two escapes that
    share an underscore it escapes only the first.  The pieces of a rich text it escapes one by one.
    """
    if not ((shown.startswith("<r>") and shown.endswith("</r>")) or _CHAINED(shown)):
        return ()
    places = sorted({0, 1, 2, *(found.end() for found in _ESCAPES.finditer(shown)), len(shown)})
    return tuple(shown[begin:end] for begin, end in pairwise(places))


def _shown(value: str) -> _Shown:
    text, cut = _fitted(value)
    return _Shown(text, cut, text.lstrip(" \"'")[:1] in _FORMULA, _pieces(text))


_short = lru_cache(1 << 14)(_shown)


class Sheet:
    """A sheet that grows, row by row.  ``rows`` counts those beside the header."""

    def __init__(self, book: Book, name: str, header: Sequence[str]) -> None:
        """Begin with the header, which stays in sight."""
        self._book = book
        self._sheet = book.whole.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._widths = [len(word) + 4 for word in header]
        self.rows = 0
        for place, word in enumerate(header):
            self._sheet.write_string(0, place, word, book.bold)

    def add(self, row: Sequence[Any], made: Sequence[tuple[int, Write]]) -> None:
        """Add a row; ``made`` is for each column the place of its value in the row and what writes it.  None is empty.  Raises OSError."""
        self.rows += 1
        measured = self.rows <= _LOOKED_AT
        for column, (place, write) in enumerate(made):
            if (value := row[place]) is not None:
                width = write(self, column, value)
                if measured and width > self._widths[column]:
                    self._widths[column] = width

    def text(self, place: int, value: str, on_cut: Callable[[], Any] | None = None) -> int:
        """Write a text; ``on_cut`` is called where it had to be cut."""
        shown = _short(value) if len(value) <= _SHORT else _shown(value)
        style = self._book.quoted if shown.quoted else None
        if shown.pieces:
            self._sheet.write_rich_string(self.rows, place, *shown.pieces, *([style] if style else ()))
        else:
            self._sheet.write_string(self.rows, place, shown.text, style)
        if shown.cut and on_cut is not None:
            on_cut()
        return len(shown.text)

    def integer(self, place: int, value: int) -> int:
        """Write a whole number; one that Excel would round is text."""
        if not -_EXACT <= value <= _EXACT:
            return self.text(place, str(value))
        self._sheet.write_number(self.rows, place, value)
        return len(str(value))

    def number(self, place: int, value: float) -> int:
        """Write a number; one that Excel cannot hold (infinity) is text."""
        if value and not _LEAST <= abs(value) <= _MOST:
            return self.text(place, repr(value))
        self._sheet.write_number(self.rows, place, value)
        return len(repr(value))

    def flag(self, place: int, value: object) -> int:
        """Write true or false."""
        self._sheet.write_boolean(self.rows, place, bool(value))
        return len("FALSE")

    def date(self, place: int, ns: int) -> int:
        """Write a time as Excel has dates, UTC, to the millisecond; nothing for one that Excel does not know."""
        milliseconds = ns // 1_000_000
        if milliseconds in _DATES:
            self._sheet.write_number(self.rows, place, milliseconds / _MILLISECONDS_A_DAY + _EPOCH, self._book.dated)
        return len(_DATE_SHOWN)

    def end(self) -> None:
        """Put a filter into each cell of the header, and give the columns their widths."""
        least, most = _WIDTHS
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, min(max(width, least), most))
        self._sheet.autofilter(0, 0, self.rows, len(self._widths) - 1)


class Book:
    """The workbook.  Its rows wait in files of a folder that is removed with it, whatever happens."""

    def __init__(self, out: BinaryIO, version: str) -> None:
        """Begin without sheets.  Raises OSError."""
        from xlsxwriter import Workbook  # noqa: PLC0415 - heavy, and only this format needs it

        folder = tempfile.TemporaryDirectory(prefix="tlsscan-", ignore_cleanup_errors=True)
        self._sink = Sink(out)
        self.whole = Workbook(self._sink, {**_OPTIONS, "tmpdir": folder.name})
        self._remove = weakref.finalize(self, _remove, self.whole, folder)
        self.whole.set_properties({"author": f"tlsscan {version}", "created": dt.datetime(1980, 1, 1, tzinfo=dt.UTC)})
        self.bold = self.whole.add_format({"bold": True})
        self.dated = self.whole.add_format({"num_format": _DATE_SHOWN})
        self.quoted = self.whole.add_format({"quote_prefix": True})

    def end(self) -> None:
        """Write the file.  Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415 - as above

        try:
            self.whole.close()
        except FileCreateError as failed:
            raise failed.args[0] from None
        finally:
            self._sink.leave()
            self._remove()


def _remove(whole: Workbook, folder: tempfile.TemporaryDirectory[str]) -> None:
    """Remove what waits: closed first, for not every system removes open files."""
    for sheet in whole.worksheets():
        with contextlib.suppress(OSError):  # it flushes, on a disk that may be full
            sheet.row_data_fh.close()
    folder.cleanup()
