"""Gathering: findings by rule, in small memory: how grave, how many, and the first of each.

Here lives: the counting.  Here does not live: how it is told (``concerns`` for a terminal, ``cases`` for Markdown).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from analyzer.findings.finding import SEVERITIES, severity_rank

__all__ = ["Gathered", "Group"]


class Group(msgspec.Struct):
    """What one rule found."""

    rule: str
    severity: str
    """The gravest of its findings."""
    title: str
    findings: int = 0
    count: int = 0
    """Handshakes and connections that they are about."""
    examples: list[Any] = []
    """What is kept of the first; who gathers fills it."""


class Gathered:
    """Take findings, then read the groups."""

    def __init__(self, most: int) -> None:
        """``most`` rules are told apart: there are some hundred, and a user's own policies add some."""
        self._most = most
        self._groups: dict[str, Group] = {}
        self.severities: Counter[str] = Counter()
        """Severity -> findings."""
        self.beyond = 0
        """Findings of rules past the cap."""

    def take(self, rule: str, severity: str, title: str, count: int) -> Group | None:
        """Count a finding that is about ``count`` things; return its group, None past the cap."""
        self.severities[severity] += 1
        group = self._groups.get(rule)
        if group is None:
            if len(self._groups) >= self._most:
                self.beyond += 1
                return None
            group = self._groups[rule] = Group(rule, severity, title)
        if severity_rank(severity) < severity_rank(group.severity):
            group.severity = severity
        group.findings += 1
        group.count += count
        return group

    def by_severity(self) -> list[tuple[str, str]]:
        """Return how many there are of each severity, the gravest first: (severity, "2 critical")."""
        return [(name, f"{self.severities[name]:,} {name}") for name in SEVERITIES if self.severities[name]]
