"""Concerns: what was found, gathered by rule for a person: the gravest first, how often, where for example, and what to type next.

Here lives: its lines.  Here does not live: finding (``findings``), the gathering (``gathering``), the rest of the overview (``overview``),
colours (``paint``).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from analyzer.escapes import terminal
from analyzer.findings.finding import COLUMNS, SEVERITIES, severity_rank
from analyzer.reports.gathering import Gathered, Group
from analyzer.reports.paint import Line, fit, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyzer.facts.table import Row

__all__ = ["SEVERITY_STYLES", "Concerns"]

SEVERITY_STYLES: dict[str, str] = {"critical": "bad", "high": "bad", "medium": "warn", "low": "plain", "info": "faint"}
"""Severity -> style of ``paint``."""

RULES = 1000
"""Rules that are told apart: there are some hundred, and a user's own policies add some."""
GROUPS = 12
"""Rules shown; the rest is counted."""
EXAMPLES = 2
"""Details shown of a rule: the first ones."""
_DETAIL = 300
"""Characters kept of a detail: no line shows more."""
_INDENT = 2
_SEVERITY = max(map(len, SEVERITIES))
_NARROW = 60
"""Below this width a finding's name stands on a line of its own."""
_PLACES = {column.name: at for at, column in enumerate(COLUMNS)}
_RULE, _TITLE, _SEVERE, _DETAILED, _NAME, _COUNT = (
    _PLACES[name] for name in ("rule", "title", "severity", "detail", "finding", "count")
)


class Concerns(Gathered):
    """Add rows of the table findings (in the order of ``finding.COLUMNS``), then read the lines; an example is a (name, detail)."""

    def __init__(self) -> None:
        super().__init__(RULES)

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return bool(self.severities)

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows in."""
        for row in rows:
            group = self.take(row[_RULE], row[_SEVERE], row[_TITLE], row[_COUNT])
            if group is not None and len(group.examples) < EXAMPLES:
                group.examples.append((row[_NAME], (row[_DETAILED] or "")[:_DETAIL]))

    def rules(self) -> list[tuple[str, str, int]]:
        """Return (severity, title, handshakes and connections) of each rule that found something, the gravest first, then the most."""
        return [(one.severity, one.title, one.count) for one in self._ordered()]

    def _ordered(self) -> list[Group]:
        return sorted(self._groups.values(), key=lambda one: (severity_rank(one.severity), -one.count))

    def words(self) -> list[tuple[str, str]]:
        """Return how many there are of each severity, the gravest first, as styled words: "2 critical"."""
        return [(words, SEVERITY_STYLES[name]) for name, words in self.by_severity()]

    def lines(self, width: int) -> Iterator[Line]:
        """Walk the lines, none wider than ``width``: the rules that found something, the gravest first, then those that found most."""
        ordered = self._ordered()
        for group in ordered[:GROUPS]:
            yield from _told(group, width)
        rest = ordered[GROUPS:]
        if rest or self.beyond:
            findings = sum(one.findings for one in rest) + self.beyond
            yield [(shorten(f"… and {_number(len(rest), 'more rule')} with {_number(findings, 'finding')}", width, "end"), "faint")]
        if ordered:
            yield from _wrapped("tlsscan slice CAPTURE NAME -o FILE cuts the packets of one out; --table findings lists all.", width)


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _told(group: Group, width: int) -> Iterator[Line]:
    """Walk the lines of one rule: what and how often, then the first details, each with its name."""
    style = SEVERITY_STYLES[group.severity]
    often = f" ({group.count:,})" if group.count > 1 else ""
    room = max(width - _SEVERITY - 2 - cell_len(often), 8)
    yield [
        (fit(group.severity, _SEVERITY), style), ("  ", "plain"), (shorten(terminal(group.title), room, "end"), "name"), (often, style),
    ]  # fmt: skip
    yield from _examples(group.examples, width)
    more = group.findings - len(group.examples)
    if more:
        name = f"all of them: {group.rule}"
        yield [(" " * (_SEVERITY + 2), "plain"), (shorten(f"… {more:,} more; {name}", max(width - _SEVERITY - 2, 8), "middle"), "faint")]


def _examples(examples: Sequence[tuple[str, str]], width: int) -> Iterator[Line]:
    """Walk the lines of details: a detail with its name at the end, or below it where there is little room."""
    left = _SEVERITY + 2 if width >= _NARROW else _INDENT
    blank, room = (" " * left, "plain"), max(width - left, 8)
    for name, detail in examples:
        shown, text = terminal(name), terminal(detail)
        space = room - cell_len(shown) - 2
        if width >= _NARROW and space >= 20 and text:
            yield [blank, (shorten(text, space, "end"), "plain"), ("  ", "plain"), (shown, "faint")]
            continue
        if text:
            yield [blank, (shorten(text, room, "end"), "plain")]
        yield [blank, (shorten(shown, room, "middle"), "faint")]


def _wrapped(text: str, width: int) -> Iterator[Line]:
    for part in textwrap.wrap(text, max(width, 8)):
        yield [(part, "faint")]
