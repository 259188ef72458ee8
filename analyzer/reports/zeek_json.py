"""Zeek's logs as its ASCII writer makes them with ``LogAscii::use_json``: a JSON object a line, fields that are unset left out.

Here lives: the JSON of each of Zeek's types.  Here does not live: the columns (``zeek_ssl``, ``zeek_x509``), tabs (``zeek``).
Times are numbers: seconds since 1970, to the microsecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from analyzer.reports.held import Lines
from analyzer.reports.ndjson import encode
from analyzer.reports.zeek import LOGS
from analyzer.reports.zeek_log import cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.reports.report import Options, Told

__all__ = ["Report"]


def seconds(ns: int) -> float:
    """Return a time as seconds since 1970; whole microseconds, towards zero as in ``zeek``."""
    return (-1 if ns < 0 else 1) * (abs(ns) // 1000) / 1_000_000


class Report(Lines):
    """Lines of one log, as they come."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; nothing is written before the first record."""
        super().__init__(out)
        self._log = LOGS[options.table]
        self._records = self._log.records(options.tables)
        self._times = {at for at, column in enumerate(self._log.columns) if column.type == "time"}

    def lines(self, told: Told) -> Iterator[bytes]:
        """Give the records of one handshake."""
        for record in self._records(told):
            values = [
                seconds(value) if at in self._times and value is not None else value for at, value in enumerate(cells(self._log, record))
            ]
            yield encode({column.name: value for column, value in zip(self._log.columns, values, strict=True) if value is not None})
