"""NDJSON: one JSON object a line for each row of a table, written as handshakes end.

Here lives: rows → lines of JSON (also for ``json``).  Here does not live: what the columns mean (``facts``).
Lossless: times are ISO 8601 UTC with nanoseconds, absent is null, flags are true and false, lists are arrays.  No raw
control, bidi or zero-width character stands in the output whatever the wire said.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from analyzer.escapes import json_line
from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.facts.table import Row, Table
    from analyzer.reports.report import End, Options, Told

__all__ = ["Report", "encode", "row_encoder"]

_HOLD_BYTES = 1 << 16
_HOLD_SECONDS = 0.2
"""Lines are held back until one of these is reached: a write for each line would cost more than the line."""

_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """Return one JSON value as UTF-8.  A lone surrogate (a file name that is not UTF-8) stays as its escape, as Python reads it back."""
    try:
        return json_line(_encoder.encode(value))
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).replace("\x7f", "\\u007f").encode()


def row_encoder(table: Table) -> Callable[[Row], bytes]:
    """Return the function that makes one JSON object of one row of ``table``: by a struct made for it, twice as fast as a dict."""
    shape = msgspec.defstruct(table.name, [(column.name, object) for column in table.columns], gc=False)
    times = tuple(at for at, column in enumerate(table.columns) if column.kind == "time")

    def line(row: Row) -> bytes:
        cells = list(row)
        for at in times:
            if cells[at] is not None:
                cells[at] = iso(cells[at])
        return encode(shape(*cells))

    return line


class Report:
    """Lines of one table, as they come."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; nothing is written before the first row."""
        self._out = out
        self._table = options.table
        self._line = row_encoder(options.tables[options.table])
        self._held: list[bytes] = []
        self._bytes = 0
        self._since = 0.0

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        for row in told.rows(self._table):
            line = self._line(row)
            self._held.append(line)
            self._bytes += len(line)
        if self._bytes > _HOLD_BYTES or time.monotonic() - self._since > _HOLD_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the lines held back, whole."""
        if self._held:
            self._held.append(b"")
            self._out.write(b"\n".join(self._held))
            self._held, self._bytes = [], 0
            self._out.flush()
        self._since = time.monotonic()

    def end(self, end: End) -> None:
        """Write the last lines (``end`` itself has no place here: NDJSON is rows of one table only)."""
        del end
        self.flush()
