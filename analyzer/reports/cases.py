"""Cases: what a ticket is opened for — findings by rule and failures by cause, with what proves the first ones, in small memory.

Here lives: the gathering, and how a case is written in Markdown.  Here does not live: findings for a terminal (``concerns``), the whole
report (``markdown``), what may stand in Markdown (``gfm``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.escapes import markdown as code
from analyzer.facts.texts import place_text
from analyzer.findings.causes import CAUSES
from analyzer.findings.finding import SEVERITIES, severity_rank
from analyzer.reports.gfm import sentence
from analyzer.reports.overview import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Failures", "Findings"]

_RULES = 1_000
"""Rules that are told apart: there are some hundred, and a user's own policies add some."""
_FINDINGS, _FAILURES = 3, 5
"""Of a rule, or a cause, shown one by one: the first ones."""
_DETAIL, _FILTER = 300, 240
"""Characters of a detail, and of a display filter; a longer filter is left out, for a piece of it shows something else."""
_PACKETS = 8
"""Packets named of a finding."""


class _Case(msgspec.Struct):
    """What one rule found, or what failed of one cause."""

    name: str
    severity: str = ""
    title: str = ""
    advice: str = ""
    citation: str = ""
    found: int = 0
    count: int = 0
    """Handshakes and connections that it is about."""
    shown: list[tuple[str, str, str]] = []
    """The first, in Markdown: what it is, the capture of its packets, how to see them."""


class Findings:
    """Add rows of the table findings as dicts, then read the cases, the gravest first."""

    def __init__(self) -> None:
        self._cases: dict[str, _Case] = {}
        self.severities: Counter[str] = Counter()
        """Severity -> findings."""
        self.beyond = 0
        """Findings of rules past the cap."""

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Take rows in."""
        for row in rows:
            self.severities[row["severity"]] += 1
            case = self._cases.get(row["rule"])
            if case is None:
                if len(self._cases) >= _RULES:
                    self.beyond += 1
                    continue
                told = (row["severity"], row["title"], row["advice"] or "", row["citation"] or "")
                case = self._cases[row["rule"]] = _Case(row["rule"], *told, shown=[])
            if severity_rank(row["severity"]) < severity_rank(case.severity):
                case.severity = row["severity"]
            case.found += 1
            case.count += row["count"] or 1
            if len(case.shown) < _FINDINGS:
                case.shown.append(_finding(row))

    def words(self) -> str:
        """Return how many there are of each severity: "1 critical, 3 high"."""
        return ", ".join(f"{self.severities[name]:,} {name}" for name in SEVERITIES if self.severities[name])

    def told(self, *, captures: bool) -> Iterator[tuple[int, str]]:
        """Walk the cases in Markdown: (findings, text), the gravest first, then those about most handshakes; ``captures``: name these."""
        for case in sorted(self._cases.values(), key=lambda one: (severity_rank(one.severity), -one.count, one.name)):
            often = f" ({number(case.count)})" if case.count > 1 else ""
            lines = [f"### {case.severity}: {sentence(case.title)}{often}", ""]
            why = " ".join(filter(None, (sentence(case.advice), f"*{sentence(case.citation)}*" if case.citation else "")))
            lines += [why, ""] if why else []
            more = [f"- … {number(case.found - len(case.shown))} more: {code(case.name)}"] if case.found > len(case.shown) else []
            shown = [f"{what}{f' of {capture}' if captures and capture else ''}{how}" for what, capture, how in case.shown]
            yield case.found, "\n".join([*lines, *shown, *more, ""])


def _finding(row: dict[str, Any]) -> tuple[str, str, str]:
    """Write one finding with what proves it."""
    what = f"- {code(row['detail'] or row['title'], _DETAIL)}  \n  {code(row['finding'])}"
    packets = row["packets"] or ()
    if packets:
        more = f" and {number(len(packets) - _PACKETS)} more" if len(packets) > _PACKETS else ""
        what += f", {'packet' if len(packets) == 1 else 'packets'} {', '.join(map(str, packets[:_PACKETS]))}{more}"
    shown = row["display_filter"] if len(row["display_filter"] or "") <= _FILTER else None
    return what, code(row["source"] or "") if packets else "", f"  \n  {code(shown, _FILTER)}" if shown else ""


class Failures:
    """Add rows of the table handshakes as dicts, then read why they failed, the most frequent cause first."""

    def __init__(self) -> None:
        self._cases: dict[str, _Case] = {}
        """Cause (of a closed list) -> what failed of it."""

    def __bool__(self) -> bool:
        """Tell whether anything failed of a known cause."""
        return bool(self._cases)

    def add(self, row: dict[str, Any]) -> None:
        """Take a row in."""
        cause = row.get("cause")
        if cause is None:
            return
        case = self._cases.setdefault(cause, _Case(cause, title=CAUSES.get(cause, ""), shown=[]))
        case.count += 1
        if len(case.shown) < _FAILURES:
            server = row["server_name"] or (place_text(row["server"], row["server_port"]) if row["server"] else "")
            what = (f"  - handshake {row['handshake']}", code(server), code(row["why"] or "", _DETAIL))
            case.shown.append((" ".join(filter(None, what)), "", ""))

    def told(self) -> Iterator[tuple[int, str]]:
        """Walk the causes in Markdown: (handshakes, text)."""
        for case in sorted(self._cases.values(), key=lambda one: (-one.count, one.name)):
            more = [f"  - … {number(case.count - len(case.shown))} more"] if case.count > len(case.shown) else []
            head = f"- {code(case.name)} ({number(case.count, 'handshake')}): {sentence(case.title)}"
            yield case.count, "\n".join([head, *(what for what, _, _ in case.shown), *more])
