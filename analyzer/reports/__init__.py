"""How it is told: one output format a file, all of them listed in FORMATS.

Here lives: the list.  Here does not live: what is told (``facts``), where it goes and who asked (``cli``).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

if TYPE_CHECKING:
    from analyzer.reports.report import Options, Report

__all__ = ["FORMATS", "LIVE_TEXT", "Format", "format_of"]


class Format(msgspec.Struct, frozen=True):
    """An output format.  ``module`` has the class ``Report``; ``streaming``: rows come out as handshakes end."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    doc: str
    streaming: bool = False
    always: tuple[str, ...] = ()
    """Tables that take judgement which it tells whatever it is asked for …"""
    beside: tuple[str, ...] = ()
    """… and which it tells beside the handshakes."""

    def tells(self, table: str) -> frozenset[str]:
        """Return the table that it is asked for and those that it tells without being asked, of those that take judgement."""
        return frozenset({table, *self.always, *(self.beside if table == "handshakes" else ())})

    def open(self, out: BinaryIO, options: Options) -> Report:
        """Begin a report of this format."""
        return cast("Report", importlib.import_module(self.module).Report(out, options))


JUDGED = ("findings", "rules", "readiness", "policy", "policies", "trust")
"""The tables that take judgement (``findings.tables.JUDGED``, which is too heavy to be asked at the start)."""

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", (".txt",), "analyzer.reports.text", "for people: a summary, then a row per handshake",
               beside=("findings", "readiness")),
        Format("json", (".json",), "analyzer.reports.json", "one object with every table", always=JUDGED),
        Format("sarif", (".sarif", ".sarif.json"), "analyzer.reports.sarif", "findings for code scanning (SARIF 2.1.0)",
               always=("findings", "rules")),
        Format("ndjson", (".ndjson", ".jsonl"), "analyzer.reports.ndjson", "a JSON object per row, as handshakes end", streaming=True),
        Format("csv", (".csv",), "analyzer.reports.csv", "a record per row, safe for spreadsheets", streaming=True),
    )
}  # fmt: skip
"""name -> format."""

LIVE_TEXT = Format(
    "text", (), "analyzer.reports.lines", "for people who read along: a line per handshake", streaming=True, beside=("findings",)
)
"""What text is while handshakes happen: no summary can stand first."""


def format_of(path: str) -> Format | None:
    """Return the format that the file's suffix names, the longest where several do; None where no format does."""
    named = [(suffix, one) for one in FORMATS.values() for suffix in one.suffixes if path.lower().endswith(suffix)]
    return max(named, key=lambda pair: len(pair[0]))[1] if named else None
