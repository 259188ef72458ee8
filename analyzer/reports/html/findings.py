"""The findings of the page: a row for each, its evidence in chunks, the gravest also as plain HTML.

Here lives: rows of the tables findings and rules → columns, details and what the template lists.  Here does not live: finding.
"""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Any

from analyzer.findings.finding import SEVERITIES, severity_rank
from analyzer.reports.html.chunks import Chunks
from analyzer.reports.html.columns import LONGEST, Columns, Shown, TextRoom
from analyzer.reports.html.rooms import Room
from analyzer.reports.html.values import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analyzer.facts.table import Row, Table

__all__ = ["Findings"]

MOST_FINDINGS = 150_000
"""Rows of findings, some 40 bytes each while they are gathered."""
MOST_LISTED = 200
"""Findings that stand in the page as plain HTML: what a browser without script, and a printer, shows."""
MOST_RULES = 1_000
"""Rules that are told apart: there are some hundred, and a user's own policies add some."""

_COLUMNS = (
    Shown("severity", doc="; ".join(f"{name}: {meaning}" for name, meaning in SEVERITIES.items()) + ".", usual=True),
    Shown("title", doc="What is wrong, in general.", usual=True, link="finding"),
    Shown("detail", doc="What is wrong here.", usual=True),
    Shown("rule", doc="The rule that found it."),
    Shown("handshake", "int", "Number of the first handshake that shows it.", usual=True, link="handshake"),
    Shown("count", "int", "How many handshakes or connections it is about.", usual=True),
    Shown("certificate", doc="Subject of the certificate that it is about.", usual=True),
    Shown("finding", doc="Its name, as tlsscan slice takes it."),
    Shown("certificate_place", "int", inner=True),
    Shown("chunk", inner=True),
)
_TELLING = frozenset({"critical", "high", "medium"})
_EVIDENCE = ("time", "source", "packet_sources", "display_filter")
_LISTED = ("finding", "rule", "severity", "title", "detail", "advice", "citation", "handshake", "count", "certificate")
_OF_RULE = ("advice", "citation", "severity", "title")


class Findings:
    """Add rows as they come, then read the table and the list, and write the evidence."""

    def __init__(self, tables: Mapping[str, Table], room: TextRoom) -> None:
        """Start with none."""
        self.columns = Columns(_COLUMNS, room)
        self.room = Room(MOST_FINDINGS)
        self.details = Chunks("evidence")
        self.severities: Counter[str] = Counter()
        self._kinds = {column.name: column.kind for column in tables["findings"].columns} if "findings" in tables else {}
        self._rule_names = [column.name for column in tables["rules"].columns] if "rules" in tables else []
        self._gravest: list[tuple[int, int, dict[str, Any]]] = []
        self._number = 0
        self.rules: dict[str, dict[str, Any]] = {}
        """Name -> what all findings of a rule share."""

    def rows(self, told: Iterable[Row]) -> Iterable[dict[str, Any]]:
        """Walk rows of the table findings as dicts."""
        for row in told:
            yield dict(zip(self._kinds, row, strict=True))

    def add(self, row: Mapping[str, Any], certificate: str | None, place: int | None) -> None:
        """Take one finding; ``certificate`` and ``place`` are the name and the row of the certificate that it is about."""
        severity = row["severity"]
        self.severities[severity] += 1
        self._number += 1
        if row["rule"] not in self.rules and len(self.rules) < MOST_RULES:
            self.rules[row["rule"]] = {name: cell(row[name], "text") for name in _OF_RULE if row[name] is not None}
        if not self.room.take(telling=severity in _TELLING):
            return
        facts = {name: cell(row[name], self._kinds[name]) for name in _EVIDENCE}
        if row["detail"] and len(row["detail"]) > LONGEST:
            facts["detail"] = cell(row["detail"], "text")
        if row["handshakes"] and row["handshakes"] != [row["handshake"]]:
            facts["handshakes"] = row["handshakes"]  # numbers, which become links
        chunk = self.details.add(row["finding"], facts)
        cells = {**row, "certificate": certificate, "certificate_place": place, "chunk": chunk}
        self.columns.add([cells[one.name] for one in _COLUMNS])
        self._list(severity, facts | {"certificate_name": certificate, "packets": cell(row["packets"], "ints")}, row)

    def _list(self, severity: str, facts: dict[str, Any], row: Mapping[str, Any]) -> None:
        """Keep the gravest, the first of equals."""
        key = (-severity_rank(severity), -self._number)
        if len(self._gravest) >= MOST_LISTED and key <= self._gravest[0][:2]:
            return
        shown = {name: row[name] for name in _LISTED} | facts
        (heapq.heappush if len(self._gravest) < MOST_LISTED else heapq.heapreplace)(self._gravest, (*key, shown))

    def listed(self) -> list[dict[str, Any]]:
        """Return what the template lists, the gravest first."""
        return [shown for _, _, shown in sorted(self._gravest, key=lambda one: one[:2], reverse=True)]

    def asked(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """Return rows of the table rules as dicts, the gravest first, and of those with findings first."""
        told = [dict(zip(self._rule_names, row, strict=True)) for row in rows]
        return sorted(told, key=lambda one: (not one["failed"], severity_rank(one["severity"]), one["rule"]))
