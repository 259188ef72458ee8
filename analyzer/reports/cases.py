"""Cases: what a ticket is opened for — findings by rule and failures by cause, with what proves the first ones, in small memory.

Here lives: how a case is written in Markdown, and the gathering of failures.  Here does not live: that of findings (``gathering``),
findings for a terminal (``concerns``), the whole report (``markdown``), what may stand in Markdown (``gfm``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.escapes import markdown as code
from analyzer.facts.texts import place_text
from analyzer.findings.causes import CAUSES
from analyzer.findings.finding import severity_rank
from analyzer.reports.concerns import RULES
from analyzer.reports.gathering import Gathered
from analyzer.reports.gfm import sentence
from analyzer.reports.overview import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Failures", "Findings"]

_RULES = RULES
"""Rules that are told apart, as for a terminal."""
_FINDINGS, _FAILURES = 3, 5
"""Of a rule, or a cause, shown one by one: the first ones."""
_DETAIL, _FILTER = 300, 240
"""Characters of a detail, and of a display filter; a longer filter is left out, for a piece of it shows something else."""
_PACKETS = 8
"""Packets named of a finding."""


class Findings(Gathered):
    """Add rows of the table findings as dicts, then read the cases, the gravest first.

    An example is (what it is, the capture of its packets, how to see them), in Markdown.
    """

    def __init__(self) -> None:
        super().__init__(_RULES)
        self._says: dict[str, str] = {}
        """Rule -> what to change, and who says so, in Markdown."""

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Take rows in."""
        for row in rows:
            case = self.take(row["rule"], row["severity"], row["title"], row["count"] or 1)
            if case is None:
                continue
            if case.rule not in self._says:
                citation = f"*{sentence(row['citation'])}*" if row["citation"] else ""
                self._says[case.rule] = " ".join(filter(None, (sentence(row["advice"] or ""), citation)))
            if len(case.examples) < _FINDINGS:
                case.examples.append(_finding(row))

    def words(self) -> str:
        """Return how many there are of each severity: "1 critical, 3 high"."""
        return ", ".join(words for _, words in self.by_severity())

    def told(self, *, captures: bool) -> Iterator[tuple[int, str]]:
        """Walk the cases in Markdown: (findings, text), the gravest first, then those about most handshakes; ``captures``: name these."""
        for case in sorted(self._groups.values(), key=lambda one: (severity_rank(one.severity), -one.count, one.rule)):
            often = f" ({number(case.count)})" if case.count > 1 else ""
            lines = [f"### {case.severity}: {sentence(case.title)}{often}", ""]
            why, left = self._says[case.rule], case.findings - len(case.examples)
            lines += [why, ""] if why else []
            more = [f"- … {number(left)} more: {code(case.rule)}"] if left else []
            shown = [f"{what}{f' of {capture}' if captures and capture else ''}{how}" for what, capture, how in case.examples]
            yield case.findings, "\n".join([*lines, *shown, *more, ""])


def _finding(row: dict[str, Any]) -> tuple[str, str, str]:
    """Write one finding with what proves it."""
    what = f"- {code(row['detail'] or row['title'], _DETAIL)}  \n  {code(row['finding'])}"
    packets = row["packets"] or ()
    if packets:
        more = f" and {number(len(packets) - _PACKETS)} more" if len(packets) > _PACKETS else ""
        what += f", {'packet' if len(packets) == 1 else 'packets'} {', '.join(map(str, packets[:_PACKETS]))}{more}"
    shown = row["display_filter"] if len(row["display_filter"] or "") <= _FILTER else None
    return what, code(row["source"] or "") if packets else "", f"  \n  {code(shown, _FILTER)}" if shown else ""


class _Failure(msgspec.Struct):
    """What failed of one cause."""

    cause: str
    count: int = 0
    """Handshakes."""
    shown: list[str] = []
    """The first, in Markdown."""


class Failures:
    """Add rows of the table handshakes as dicts, then read why they failed, the most frequent cause first."""

    def __init__(self) -> None:
        self._cases: dict[str, _Failure] = {}
        """Cause (of a closed list) -> what failed of it."""

    def __bool__(self) -> bool:
        """Tell whether anything failed of a known cause."""
        return bool(self._cases)

    def add(self, row: dict[str, Any]) -> None:
        """Take a row in."""
        cause = row.get("cause")
        if cause is None:
            return
        case = self._cases.setdefault(cause, _Failure(cause, shown=[]))
        case.count += 1
        if len(case.shown) < _FAILURES:
            server = row["server_name"] or (place_text(row["server"], row["server_port"]) if row["server"] else "")
            what = (f"  - handshake {row['handshake']}", code(server), code(row["why"] or "", _DETAIL))
            case.shown.append(" ".join(filter(None, what)))

    def told(self) -> Iterator[tuple[int, str]]:
        """Walk the causes in Markdown: (handshakes, text)."""
        for case in sorted(self._cases.values(), key=lambda one: (-one.count, one.cause)):
            more = [f"  - … {number(case.count - len(case.shown))} more"] if case.count > len(case.shown) else []
            head = f"- {code(case.cause)} ({number(case.count, 'handshake')}): {sentence(CAUSES.get(case.cause, ''))}"
            yield case.count, "\n".join([head, *case.shown, *more])
