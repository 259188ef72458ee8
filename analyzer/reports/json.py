"""JSON: one documented object with everything that was seen (its schema: ``schema``).

Here lives: the order of that object and how it is put together in flat memory.  Here does not live: rows → JSON (``ndjson``).
What is known last stands first (sources, counters, summary), so each table waits in a file of its own, in memory while small.
"""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.reports.ndjson import encode, row_encoder
from analyzer.reports.summary import Summary
from analyzer.times import iso

if TYPE_CHECKING:
    from analyzer.reports.report import End, Options, Told
    from analyzer.scanning import Source

__all__ = ["Report", "source_facts"]

_SPOOL_BYTES = 4 << 20
"""A table larger than this waits on disk."""


def source_facts(source: Source) -> dict[str, Any]:
    """Return a source as JSON has it: its own fields, times as ISO 8601."""
    facts: dict[str, Any] = msgspec.to_builtins(source)
    return facts | {name: iso(facts[name]) for name in ("first", "last") if facts[name] is not None}


class Report:
    """One object; nothing is written before the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin a waiting file for each table."""
        self._out = out
        self._options = options
        self._summary = Summary(options.tables)
        self._lines = {name: row_encoder(table) for name, table in options.tables.items()}
        self._waiting = {
            name: tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed in end, or with the report
            for name in options.tables
        }

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        self._summary.add(told)
        for name, line in self._lines.items():
            waiting = self._waiting[name]
            for row in told.rows(name):
                waiting.write((b",\n" if waiting.tell() else b"\n") + line(row))

    def flush(self) -> None:
        """Do nothing: no part of the object is whole before the end."""

    def end(self, end: End) -> None:
        """Write the object."""
        head = {
            "tlsscan": self._options.version,
            "registry": self._options.registry,
            "interrupted": end.interrupted,
            "sources": [source_facts(source) for source in end.sources],
            "counters": msgspec.to_builtins(end.counters),
            "summary": self._summary.facts(),
        }
        self._out.write(b"{\n" + b",\n".join(encode(name) + b": " + encode(value) for name, value in head.items()))
        for name, waiting in self._waiting.items():
            self._out.write(b",\n" + encode(name) + b": [")
            waiting.seek(0)
            shutil.copyfileobj(waiting, self._out, 1 << 20)
            self._out.write(b"\n]")
            waiting.close()
        self._out.write(b"\n}\n")
        self._out.flush()
