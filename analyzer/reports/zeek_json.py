"""Zeek's logs as its ASCII writer makes them with ``LogAscii::use_json``: a JSON object a line, fields that are unset left out.

Here lives: the JSON of each of Zeek's types.  Here does not live: the columns (``zeek_ssl``, ``zeek_x509``), tabs (``zeek``).
Times are numbers: seconds since 1970, to the microsecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from analyzer.reports.held import Held
from analyzer.reports.ndjson import encode
from analyzer.reports.zeek import LOGS
from analyzer.reports.zeek_log import cells

if TYPE_CHECKING:
    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]


def seconds(ns: int) -> float:
    """Return a time as seconds since 1970; whole microseconds, towards zero as in ``zeek``."""
    return (-1 if ns < 0 else 1) * (abs(ns) // 1000) / 1_000_000


class Report:
    """Lines of one log, as they come."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; nothing is written before the first record."""
        self._log = LOGS[options.table]
        self._records = self._log.records(options.tables)
        self._times = {at for at, column in enumerate(self._log.columns) if column.type == "time"}
        self._held = Held(out)

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        for record in self._records(told):
            values = [
                seconds(value) if at in self._times and value is not None else value for at, value in enumerate(cells(self._log, record))
            ]
            line = {column.name: value for column, value in zip(self._log.columns, values, strict=True) if value is not None}
            self._held.put([encode(line)])

    def flush(self) -> None:
        """Hand the lines on."""
        self._held.flush()

    def end(self, end: End) -> None:
        """Write the last lines."""
        del end
        self._held.flush()
