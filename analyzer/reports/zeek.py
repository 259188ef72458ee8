r"""Zeek's logs as it writes them itself: a header, then a line a record, tabs between the fields (ASCII writer).

Here lives: the header, the text of each of Zeek's types.  Here does not live: what Zeek escapes (``escapes``), the columns (``zeek_ssl``,
``zeek_x509``), JSON (``zeek_json``).
``#open`` is the time of the first record and ``#close`` that of the last packet, not the wall clock: a capture gives the same bytes
each time.  Octets that would end a field, and characters that cannot be seen, are written as ``\xNN``, a backslash twice, as Zeek does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer.escapes import ZEEK_EMPTY, ZEEK_UNSET, zeek
from analyzer.reports.held import Held
from analyzer.reports.zeek_log import cells
from analyzer.reports.zeek_ssl import LOG as SSL
from analyzer.reports.zeek_x509 import LOG as X509
from analyzer.times import iso_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.reports.report import End, Options, Told

__all__ = ["LOGS", "Report", "seconds"]

LOGS = {"handshakes": SSL, "certificates": X509}
"""Table that a report is asked for -> the log that tells the same."""


def seconds(ns: int) -> str:
    """Return a time as seconds since 1970 with six digits."""
    microseconds = abs(ns) // 1000
    return f"{'-' if ns < 0 and microseconds else ''}{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


TEXTS: dict[str, Callable[[Any], str]] = {
    "time": seconds,
    "string": zeek,
    "addr": str,
    "port": str,
    "count": str,
    "bool": lambda value: "T" if value else "F",
    "vector[string]": lambda value: ",".join(zeek(item, inside=True) for item in value) if value else ZEEK_EMPTY,
    "vector[addr]": lambda value: ",".join(value) if value else ZEEK_EMPTY,
}
"""Type -> the text of a value that is set."""


def _wire(text: str) -> str:
    return zeek(text, wire=True)


def _stamp(ns: int) -> str:
    """Return a time as the header has it: 2026-01-01-00-00-00."""
    return re.sub("[ :]", "-", iso_seconds(ns))


class Report:
    """Lines of one log, as they come."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; the header waits for the first record or the end, for an input may be no capture."""
        self._log = LOGS[options.table]
        self._records = self._log.records(options.tables)
        self._texts = [_wire if column.wire else TEXTS[column.type] for column in self._log.columns]
        self._held = Held(out)
        self._opened: int | None = None

    def _open(self, at: int) -> None:
        if self._opened is not None:
            return
        self._opened = at
        head = ["#separator \\x09", "#set_separator\t,", f"#empty_field\t{ZEEK_EMPTY}", f"#unset_field\t{ZEEK_UNSET}",
                f"#path\t{self._log.path}", f"#open\t{_stamp(at)}"]  # fmt: skip
        for word, values in (("#fields", [one.name for one in self._log.columns]), ("#types", [one.type for one in self._log.columns])):
            head.append("\t".join([word, *values]))
        self._held.put(line.encode() for line in head)

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        for record in self._records(told):
            values = cells(self._log, record)
            self._open(values[0])
            fields = [ZEEK_UNSET if value is None else text(value) for text, value in zip(self._texts, values, strict=True)]
            self._held.put(["\t".join(fields).encode()])

    def flush(self) -> None:
        """Hand the lines on."""
        self._held.flush()

    def end(self, end: End) -> None:
        """Write the last lines and the end's."""
        self._open(min((source.first for source in end.sources if source.first is not None), default=0))
        last = max((source.last for source in end.sources if source.last is not None), default=self._opened or 0)
        self._held.put([f"#close\t{_stamp(last)}".encode()])
        self._held.flush()
