"""How it is told: one output format a file, all of them listed in FORMATS.

Here lives: the list.  Here does not live: what is told (``facts``), where it goes and who asked (``cli``).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.reports.report import Options, Report

__all__ = ["EVERY", "FORMATS", "JUDGED", "LIVE_TEXT", "Format", "format_of"]


class Format(msgspec.Struct, frozen=True):
    """An output format.  ``module`` has the class ``Report``; ``streaming``: rows come out as handshakes end."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    doc: str
    streaming: bool = False
    holds: str = "one table"
    """What one file of it holds: one table (``--table``), every table, or which part of them."""
    kind: str = "text"
    """text, json (whole or by lines) or binary, which is nothing for a terminal."""
    always: tuple[str, ...] = ()
    """Tables that take judgement which it tells whatever it is asked for …"""
    beside: tuple[str, ...] = ()
    """… and which it tells beside the handshakes."""
    tables: tuple[str, ...] = ()
    """The tables of which ``--table`` may name one, where it does not have all of them."""
    folder: tuple[tuple[str, str], ...] = ()
    """What stands in a folder of it: (name of the file, its table); (EVERY,) for each table by its name; () where it is one file only."""
    schema: str = ""
    """Where its shape is described: a document of ours, or who defined it."""
    needs: str = ""
    """A package that it needs and that is no dependency of tlsscan, for its size; the extra of the format's name brings it."""

    def tells(self, table: str) -> frozenset[str]:
        """Return the table that it is asked for and those that it tells without being asked, of those that take judgement."""
        return frozenset({table, *self.always, *(self.beside if table == "handshakes" else ())})

    def files(self, tables: Iterable[str]) -> list[tuple[str, str]]:
        """Return what stands in a folder of it: (name of the file, its table)."""
        return [(f"{table}{self.suffixes[0]}", table) for table in tables] if self.folder == EVERY else list(self.folder)

    def open(self, out: BinaryIO, options: Options) -> Report:
        """Begin a report of this format."""
        return cast("Report", importlib.import_module(self.module).Report(out, options))


JUDGED = ("findings", "rules", "readiness", "policy", "policies", "trust")
"""The tables that take judgement (``findings.tables.JUDGED``, which is too heavy to be asked at the start)."""

EVERY = (("*", "*"),)
"""Every table has a file of its own, by its name."""

_TABLES = "docs/tlsscan.schema.json"
_ZEEK = (("ssl.log", "handshakes"), ("x509.log", "certificates"))

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", (".txt",), "analyzer.reports.text", "for people: a summary, then a row per handshake",
               beside=("findings", "readiness"), holds="a summary and one table"),
        Format("html", (".html", ".htm"), "analyzer.reports.html", "for people: one page with everything, for a browser", always=JUDGED,
               holds="every table"),
        Format("markdown", (".md", ".markdown"), "analyzer.reports.markdown", "for tickets and pull requests",
               beside=("findings", "readiness"), schema="GitHub Flavored Markdown", holds="a summary and one table"),
        Format("json", (".json",), "analyzer.reports.json", "one object with every table", always=JUDGED, schema=_TABLES,
               holds="every table", kind="json"),
        Format("ndjson", (".ndjson", ".jsonl"), "analyzer.reports.ndjson", "a JSON object per row, as handshakes end", streaming=True,
               folder=EVERY, schema=_TABLES, kind="json"),
        Format("csv", (".csv",), "analyzer.reports.csv", "a record per row, safe for spreadsheets", streaming=True, folder=EVERY,
               schema=_TABLES),
        Format("parquet", (".parquet",), "analyzer.reports.parquet", "columns with their types (Apache Parquet)", folder=EVERY,
               schema=_TABLES, needs="pyarrow", kind="binary"),
        Format("xlsx", (".xlsx",), "analyzer.reports.xlsx", "a workbook with a sheet per table (Excel)", always=JUDGED,
               schema=_TABLES, holds="every table", kind="binary"),
        Format("sqlite", (".sqlite", ".sqlite3", ".db"), "analyzer.reports.sqlite", "a database with every table (SQLite)", always=JUDGED,
               schema=_TABLES, holds="every table", kind="binary"),
        Format("sarif", (".sarif", ".sarif.json"), "analyzer.reports.sarif", "findings for code scanning (SARIF 2.1.0)",
               always=("findings", "rules"), schema="OASIS SARIF 2.1.0, errata 01", holds="findings and rules", kind="json"),
        Format("zeek", (".log",), "analyzer.reports.zeek", "Zeek's ssl.log and x509.log, tab-separated", streaming=True, folder=_ZEEK,
               tables=("handshakes", "certificates"), schema="Zeek's SSL::Info, X509::Info"),
        Format("zeek-json", (".log.json",), "analyzer.reports.zeek_json", "Zeek's ssl.log and x509.log as JSON lines", streaming=True,
               folder=_ZEEK, tables=("handshakes", "certificates"), schema="Zeek's SSL::Info, X509::Info", kind="json"),
        Format("eve", (".eve.json",), "analyzer.reports.eve", "tls events as Suricata's EVE has them, as JSON lines", streaming=True,
               schema="Suricata's EVE JSON, event_type tls", holds="handshakes", kind="json"),
        Format("ecs", (".ecs.ndjson", ".ecs.json"), "analyzer.reports.ecs", "events of the Elastic Common Schema, as JSON lines",
               streaming=True, schema="Elastic Common Schema, field sets tls, x509, network", holds="handshakes", kind="json"),
        Format("cbom", (".cdx.json", ".cbom.json"), "analyzer.reports.cbom", "what cryptography is used (CycloneDX 1.6 CBOM)",
               schema="CycloneDX 1.6", holds="what cryptography was seen", kind="json"),
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
