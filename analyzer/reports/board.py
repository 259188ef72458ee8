"""Board: a live capture as a picture: totals above, the last handshakes below, the newest at the bottom.

Here lives: what is kept for the picture, in bounded memory, and the picture for a screen of any size.  Here does not live: the lines above
(``totals``), lists of what is most frequent (``tops``), columns (``layout``), the terminal (``cli.screen``).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from analyzer.reports.concerns import Concerns
from analyzer.reports.gravest import Gravest, about, gravest
from analyzer.reports.layout import Layout, handshake_cells, of_handshakes
from analyzer.reports.paint import Paint
from analyzer.reports.summary import Summary
from analyzer.reports.tops import tops
from analyzer.reports.totals import Status, head
from analyzer.times import clock

if TYPE_CHECKING:
    from analyzer.facts.table import Row
    from analyzer.reports.report import Options, Told

__all__ = ["KEPT", "VIEWS", "Board", "Status"]

KEPT = 500
"""Handshakes kept to be shown: no screen has more lines."""
OPEN = 100_000
"""Handshakes of open connections of which it is known that they were counted, 200 bytes each; one beyond is counted twice if told again."""
VIEWS = ("rows", "summary")
_TOLD = {"rows": (), "summary": ("versions",)}
"""View -> lines of the head that stand in its lists."""

_NOTED = 14
"""Lines of a screen from which a line is kept free for a note."""
_HEADED = 6
"""Lines of a screen from which the columns have names."""


class _Shown(msgspec.Struct):
    """A handshake that may be on the screen."""

    cells: list[str]
    found: Gravest | None = None
    line: str | None = None
    """As it is painted for the present width; None where that must be done anew."""


class Board:
    """Add handshakes and what was found, and ask for pictures.  ``summary`` and ``concerns`` count all of them."""

    def __init__(self, options: Options, view: str = "rows") -> None:
        """Begin with nothing seen; ``view``: "rows" (totals, then the last handshakes) or "summary" (totals and what is most frequent)."""
        self._names = [column.name for column in options.tables["handshakes"].columns]
        self._judged = "findings" in options.tables
        self._color = options.color
        self._view = view
        self.summary = Summary(options.tables)
        self.concerns = Concerns()
        self._shown: dict[int, _Shown] = {}
        self._open: dict[int, str] = {}
        """Number of a handshake that may be told again -> its outcome as it was counted."""
        self._note = ""
        self._paint = Paint(0, color=options.color, least=0)
        self._layout = Layout((), {}, 0)
        self.changes = 0
        """Grows with whatever a picture would show anew."""

    def add(self, told: Told) -> None:
        """Tell one handshake, what was found, or both; one that is told again, when its connection is over, is not counted again."""
        if told.handshake is None:
            self.summary.add(told)
        for row in told.rows("handshakes") if told.handshake is not None else ():
            named = dict(zip(self._names, row, strict=True))
            self._count(told, named["handshake"], named["outcome"])
            self._show(named["handshake"], _Shown(handshake_cells(named)))
            self.changes += 1
        if self._judged and (found := told.rows("findings")):
            self.concerns.add(found)
            self._mark(found)
            self.changes += 1

    def _count(self, told: Told, number: int, outcome: str) -> None:
        """Count a handshake, or only how it turned out otherwise than it was told before."""
        before = self._open.pop(number, None)
        if before is None:
            self.summary.add(told)
        elif before != outcome:
            counts = self.summary.counts("outcomes")
            counts[outcome] += 1
            counts[before] -= 1
            if not counts[before]:
                del counts[before]
        if told.handshake.open:
            self._open[number] = outcome
            if len(self._open) > OPEN:
                del self._open[next(iter(self._open))]

    def _show(self, number: int, shown: _Shown) -> None:
        """Keep a row, in its old place where it has one."""
        if number in self._shown:
            shown.found = self._shown[number].found
        self._shown[number] = shown
        if len(self._shown) > KEPT:
            del self._shown[next(iter(self._shown))]

    def _mark(self, found: list[Row]) -> None:
        """Note what was found with the rows that are still kept."""
        for row in found:
            for number in about(row):
                if (shown := self._shown.get(number)) is not None:
                    shown.found = gravest(shown.found, [row])
                    shown.line = None

    def note(self, text: str, at: int | None = None) -> None:
        """Show a line that must be seen, with its time (ns since 1970 UTC; now), until the next one."""
        self._note = f"{clock(time.time_ns() if at is None else at)[:8]}  {text}"
        self.changes += 1

    def lines(self, width: int, height: int, status: Status) -> list[str]:
        """Return a picture: at most ``height`` lines, none wider than ``width`` cells, painted and escaped."""
        if width < 1 or height < 1:
            return []
        self._fit(width)
        above = [self._paint.text(line) for line in head(status, self.summary, self.concerns, width, height, _TOLD[self._view])]
        if self._note or height >= _NOTED:
            above.append(self._paint.text([(self._note, "warn")]))
        if self._view == "summary":
            left = height - len(above)
            return (above + [self._paint.text(line) for line in tops(self.summary, self.concerns, width, left)])[:height]
        if height >= _HEADED:
            above.append(self._layout.header(self._paint))
        left = height - len(above)
        return (above + self._rows(left))[:height]

    def last(self, width: int, count: int) -> list[str]:
        """Return the names of the columns and the last ``count`` handshakes; nothing where none was shown."""
        if self._view != "rows" or not self._shown or width < 1:
            return []
        self._fit(width)
        return [self._layout.header(self._paint), *self._rows(count)]

    def _fit(self, width: int) -> None:
        """Turn to lines of ``width`` cells."""
        if width != self._paint.width:
            self._paint = Paint(width, color=self._color, least=0)
            self._layout = of_handshakes(width, marks=True, findings=self._judged)
            for shown in self._shown.values():
                shown.line = None

    def _rows(self, count: int) -> list[str]:
        """Return the lines of the last ``count`` handshakes, painted once each."""
        lines = []
        for shown, _ in zip(reversed(self._shown.values()), range(count), strict=False):
            if shown.line is None:
                shown.line = self._layout.handshake(self._paint, shown.cells, shown.found)
            lines.append(shown.line)
        return lines[::-1]
