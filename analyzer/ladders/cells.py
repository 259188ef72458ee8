"""Cells: texts cut and wrapped to so many columns of a terminal, where a letter may be none, one or two cells wide.

Here lives: this measuring.  Here does not live: what the texts say (``phrases``), colours (``reports.paint``).  A text from anywhere is
escaped here, before it is measured: an escape is wider than what it stands for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from analyzer.escapes import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST", "Line", "Span", "beginning", "cell_len", "packed", "safe", "shortened", "width_of", "wrapped"]

Span = tuple[str, str]
"""A text and the name of its style, as ``reports.paint`` has them."""
Line = list[Span]

_WORD = re.compile(r" *[^ ]+ *")
_ITEM = re.compile(r"(?<=, )|(?<=,)(?=[A-Za-z0-9.]+=)")
"""Where a list goes on, and a distinguished name (RFC 4514)."""
MOST = 100_000
"""Characters of one text that are shown; what is longer (a field of megabytes) is cut with an ellipsis."""


def safe(text: str, limit: int = 1000) -> str:
    """Return a text from anywhere as a terminal may have it: nothing in it that cannot be seen; cut after ``limit`` characters."""
    return terminal(text, min(limit, MOST))


def width_of(line: Line) -> int:
    """Return the cells that a line takes."""
    return sum(cell_len(text) for text, _ in line)


def shortened(text: str, width: int) -> str:
    """Return a text in at most ``width`` cells, with an ellipsis at its end where something is left out."""
    if cell_len(text) <= width:
        return text
    return (beginning(text, width - 1) + "…") if width > 0 else ""


def wrapped(text: str, width: int, most: int | None = None, *, listed: bool = False) -> list[str]:
    """Return a text as lines of at most ``width`` cells (two at least), broken at blanks, and where there are none anywhere; [""] for none.

    ``listed``: it is a list or a distinguished name, and broken behind the commas of items that fit.  Of more than ``most`` lines the
    last one ends with an ellipsis.
    """
    lines: list[str] = []
    line, width = "", max(width, 2)
    for word in _items(text, width) if listed else _words(text):
        if cell_len(line) + cell_len(word.rstrip(" ")) <= width:
            line += word
            continue
        if line:
            lines.append(line)
        line = word
        while cell_len(line.rstrip(" ")) > width:
            lines.append(beginning(line, width))
            line = line[len(lines[-1]) :]
        if most is not None and len(lines) > most:
            break
    lines = [shown for one in [*lines, line] if (shown := one.strip(" "))] or [""]
    if most is not None and len(lines) > most:
        lines[most - 1 :] = [shortened(lines[most - 1], width - 1) + "…" if not lines[most - 1].endswith("…") else lines[most - 1]]
    return lines


def _words(text: str) -> list[str]:
    """Return words, each with the blanks behind it."""
    return _WORD.findall(text)


def _items(text: str, width: int) -> list[str]:
    """Return the items of a list, each with the comma and the blank behind it; of one that does not fit its words."""
    return [word for item in _ITEM.split(text) for word in ([item] if cell_len(item.rstrip(" ")) <= width else _words(item))]


def packed(spans: Sequence[Span], width: int) -> list[Line]:
    """Put short texts into lines of at most ``width`` cells, as many in one as fit, with a dot between; one that is longer is cut."""
    lines: list[Line] = []
    for text, style in spans:
        if lines and width_of(lines[-1]) + 3 + cell_len(text) <= width:
            lines[-1] += [(" · ", "faint"), (text, style)]
        else:
            lines.append([(shortened(text, width), style)])
    return lines


def beginning(text: str, width: int) -> str:
    """Return the beginning of a text that fits."""
    used = 0
    for at, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:at]
    return text
