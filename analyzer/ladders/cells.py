"""Cells: texts cut and wrapped to so many columns of a terminal, where a letter may be none, one or two cells wide.

Here lives: this measuring.  Here does not live: what the texts say (``phrases``), colours (``reports.paint``).  A text from anywhere is
escaped here, before it is measured: an escape is wider than what it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from analyzer.escapes import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST", "Line", "Span", "cell_len", "packed", "safe", "shortened", "width_of", "wrapped"]

Span = tuple[str, str]
"""A text and the name of its style, as ``reports.paint`` has them."""
Line = list[Span]

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
    return (_head(text, width - 1) + "…") if width > 0 else ""


def wrapped(text: str, width: int, most: int | None = None) -> list[str]:
    """Return a text as lines of at most ``width`` cells (two at least); [""] for none.

    It is broken behind the commas of a list whose items fit, else at blanks, and where there are none anywhere.  Of more than ``most``
    lines the last one ends with an ellipsis.
    """
    lines, line, width = [""], "", max(width, 2)
    for word in _words(text, width):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
        else:
            line = word
            lines.append("")
            while cell_len(line) > width:
                lines[-1], line = _head(line, width), line[len(_head(line, width)) :]
                lines.append("")
        lines[-1] = line
        if most is not None and len(lines) > most:
            break
    lines = [one for one in lines if one] or [""]
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], shortened(f"{lines[most - 1]} {lines[most]}", width)]
        if not lines[-1].endswith("…"):
            lines[-1] = shortened(lines[-1], width - 1) + "…" if cell_len(lines[-1]) >= width else lines[-1] + "…"
    return lines


def _words(text: str, width: int) -> list[str]:
    """Return what is kept in one line: items of a list, words of what is none or whose items are too long."""
    items = text.replace(", ", ",\n").split("\n")
    return [word for item in items for word in ([item] if len(items) > 1 and cell_len(item) <= width else item.split(" "))]


def packed(spans: Sequence[Span], width: int) -> list[Line]:
    """Put short texts into lines of at most ``width`` cells, as many in one as fit, with a dot between; one that is longer is cut."""
    lines: list[Line] = []
    for text, style in spans:
        if lines and width_of(lines[-1]) + 3 + cell_len(text) <= width:
            lines[-1] += [(" · ", "faint"), (text, style)]
        else:
            lines.append([(shortened(text, width), style)])
    return lines


def _head(text: str, width: int) -> str:
    """Return the beginning of a text that fits."""
    used = 0
    for at, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:at]
    return text
