"""Cells of rows as the page has them: safe to show, small, and of a bounded size.

Here lives: one cell → a JSON value.  Here does not live: which columns are told (``page``), how the wire's characters are shown
(``escapes``).  The page's script shows texts as they come: what is hidden in them was made visible here, once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analyzer.escapes import terminal
from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LONGEST", "MOST", "cell", "ranges", "text"]

LONGEST = 2000
"""Characters of one text in a view of one thing: a screen full of it; it ends in … where there was more."""
MOST = 200
"""Items of one list: as many are read by nobody."""
_DEEPEST = 12
"""Levels of nested data; what extensions hold has six."""
_EXACT = 1 << 53
"""Integers up to here are exact in JavaScript; larger ones are told as text."""


def text(value: str, limit: int = LONGEST) -> str:
    """Return a text of the wire with its hidden characters shown, cut after ``limit`` characters."""
    return terminal(value, limit)


def ranges(numbers: Sequence[int]) -> str:
    """Return numbers of packets as people write them: 1-4, 7.  Those past the first thousands are counted."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans[:MOST])
    return shown + (f" … {len(spans) - MOST} more" if len(spans) > MOST else "")


def cell(value: Any, kind: str) -> Any:
    """Return a cell of a column of this kind; None stays None."""
    if value is None or isinstance(value, bool):
        return value
    if kind == "time":
        return iso(value)
    if kind == "ints":
        return ranges(value)
    return _plain(value, 0)


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return round(value, 3) if math.isfinite(value) else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -_EXACT < value < _EXACT else str(value)
    if isinstance(value, (dict, list, tuple)):
        return "…" if depth >= _DEEPEST else _nested(value, depth + 1)
    return value if value is None or isinstance(value, bool) else text(str(value))


def _nested(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        told = {text(str(name)): _plain(one, depth) for name, one in items[:MOST]}
        return told | ({"…": f"{len(items) - MOST} more"} if len(items) > MOST else {})
    shown = [_plain(one, depth) for one in value[:MOST]]
    return [*shown, f"… {len(value) - MOST} more"] if len(value) > MOST else shown
