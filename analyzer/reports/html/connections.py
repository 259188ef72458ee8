"""Connections that came to no handshake: what the page says of those that spoke of TLS, or to a proxy, and then did not.

Here lives: rows of the table preludes → what the template lists.  Here does not live: preludes of handshakes (``handshakes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.facts.texts import place_text
from analyzer.reports.html.values import ranges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.facts.table import Table
    from analyzer.reports.report import Told

__all__ = ["Connections"]

MOST = 200
"""Rows that are listed, the first ones; the others are counted."""
_PLAIN = ("protocol", "result", "target", "answer", "source")


class Connections:
    """Add what is told, then read the list."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """Start with none."""
        self._names = [column.name for column in tables["preludes"].columns]
        self.listed: list[dict[str, str]] = []
        self.count = 0

    def add(self, told: Told) -> None:
        """Take the rows of a connection that came to no handshake."""
        if told.handshake is not None or told.over:
            return
        for row in told.rows("preludes"):
            self.count += 1
            if len(self.listed) < MOST:
                self.listed.append(_shown(dict(zip(self._names, row, strict=True))))


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    places = {side: place_text(row[side], row.get(f"{side}_port")) if row.get(side) else "" for side in ("client", "server")}
    return {name: row.get(name) or "" for name in _PLAIN} | places | {"packets": ranges(row.get("packets") or ())}
