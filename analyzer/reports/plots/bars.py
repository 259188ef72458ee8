"""Bars: how many of each — counts as horizontal bars, the longest first.

Here lives: the drawing.  Here does not live: counting (``summary``), the figure around it (``canvas``).
A name stands above its bar and not beside it, so that the names of cipher suites need not be cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.escapes import terminal
from analyzer.reports.overview import share
from analyzer.reports.plots.canvas import WIDTH, counted, figure, nothing, rectangle, text, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bars"]

_ROW = 32
_BAR = 8
_GAP = 8
_SHARE = 46
"""Room for the share, the widest of which is ">99 %"."""
_TOLD = 60
"""Characters of a name that the words of the figure tell."""


def bars(rows: Sequence[tuple[str, int]], *, title: str, unit: str = "handshakes", most: int = 12) -> str:
    """Draw (name, count) rows, the ``most`` frequent ones; what is left is one row, "other", at the end.  ``unit``: what is counted."""
    total = sum(max(count, 0) for _, count in rows)
    if not total:
        return nothing(title, f"no {unit} to count.")
    shown = sorted(((name, count) for name, count in rows if count > 0), key=lambda row: -row[1])
    if len(shown) > most:
        rest = shown[most:]
        shown = [*shown[:most], (f"other ({counted(len(rest))} more)", sum(count for _, count in rest))]
    longest = max(count for _, count in shown)
    beside = max(width_of(counted(count)) for _, count in shown) + _SHARE + _GAP
    body, told = [], []
    for at, (name, count) in enumerate(shown):
        top = at * _ROW
        part = share(count, total)
        body += [
            text(0, top + 11, name),
            rectangle(0, top + 16, max((WIDTH - beside) * (count / longest), 1), _BAR, "c0", f"{name}: {counted(count)} {unit}, {part}"),
            text(WIDTH - _SHARE, top + 24, counted(count), "value", end=True),
            text(WIDTH, top + 24, part, "value", end=True),
        ]
        told.append(f"{terminal(name, _TOLD)} {counted(count)} ({part})")
    return figure(len(shown) * _ROW, title, f"{counted(total)} {unit}: {', '.join(told)}.", "".join(body))
