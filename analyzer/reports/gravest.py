"""Gravest: what was found about one handshake, in a mark or a few words beside its row.

Here lives: the marks, which rows a finding is about, the gravest of several.  Here does not live: counting all of them (``concerns``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.findings.finding import COLUMNS, severity_rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.facts.table import Row

__all__ = ["MARKS", "Gravest", "about", "gravest"]

MARKS = {"critical": "!!", "high": "!", "medium": "*", "low": "-", "info": "."}
"""Severity -> what stands before a row: read without colour too."""

_PLACES = {column.name: at for at, column in enumerate(COLUMNS)}
_RULE, _SEVERE, _FIRST, _ALL = (_PLACES[name] for name in ("rule", "severity", "handshake", "handshakes"))


class Gravest(msgspec.Struct, frozen=True):
    """The gravest of ``count`` findings."""

    severity: str
    rule: str
    count: int = 1

    @property
    def words(self) -> str:
        """Say it in short: "high: weak-key", or "high +2: weak-key" where two more were found."""
        return f"{self.severity}{f' +{self.count - 1}' if self.count > 1 else ''}: {self.rule}"

    @property
    def short(self) -> str:
        """Say it beside a mark, which tells the severity: "weak-key", or "weak-key +2"."""
        return self.rule + (f" +{self.count - 1}" if self.count > 1 else "")


def about(row: Row) -> tuple[int, ...]:
    """Return the numbers of the handshakes that a row of the table findings is about (100 at most); none for other connections."""
    return tuple(row[_ALL] or (() if row[_FIRST] is None else (row[_FIRST],)))


def gravest(before: Gravest | None, rows: Iterable[Row]) -> Gravest | None:
    """Return the gravest of what was known ``before`` and of more rows of the table findings; the first of equals stays."""
    for row in rows:
        if before is None:
            before = Gravest(row[_SEVERE], row[_RULE])
        elif severity_rank(row[_SEVERE]) < severity_rank(before.severity):
            before = Gravest(row[_SEVERE], row[_RULE], before.count + 1)
        else:
            before = Gravest(before.severity, before.rule, before.count + 1)
    return before
