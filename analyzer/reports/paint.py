"""Paint: text with named styles → the bytes of a line for a terminal or a plain file.

Here lives: the styles, clipping a line to a width, shortening a text.  Here does not live: what is written (``text``, ``grid``).
Every line passes the escape for terminals here, so that no text from the wire can get round it.
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style

from analyzer.escapes import terminal
from analyzer.ladders.cells import beginning, shortened

__all__ = ["STYLES", "Line", "Paint", "fit", "shorten"]

Line = list[tuple[str, str]]
"""Spans: text and the name of its style."""

STYLES: dict[str, Style] = {
    "plain": Style.null(),
    "title": Style(bold=True),
    "label": Style(bold=True, color="cyan"),
    "name": Style(bold=True),
    "faint": Style(dim=True),
    "bar": Style(color="cyan"),
    "good": Style(color="green"),
    "odd": Style(color="magenta"),
    "warn": Style(color="yellow"),
    "bad": Style(bold=True, color="red"),
}
"""Only the terminal's own sixteen colours: its owner chose them to be read on a light or a dark ground."""


class Paint:
    """Lines of at most ``width`` cells, with or without colour."""

    def __init__(self, width: int, *, color: bool, least: int = 20) -> None:
        """Remember the width, not less than ``least``, and whether to colour."""
        self.width = max(width, least)
        self._system = ColorSystem.STANDARD if color else None
        self.cell = lru_cache(8192)(self._cell)
        """``cell(text, width, where, right, style)``: a painted cell of a grid; most rows repeat most values."""

    def _cell(self, text: str, width: int, where: str, right: bool, style: str) -> str:
        return self.span(fit(text, width, where, right=right), style)

    def span(self, text: str, style: str) -> str:
        """Return text in its style."""
        return STYLES[style].render(text, color_system=self._system) if self._system and style != "plain" else text

    def line(self, spans: Line) -> bytes:
        """Return one line of UTF-8 with its end; what does not fit is cut with an ellipsis."""
        return (self.text(spans) + "\n").encode()

    def text(self, spans: Line) -> str:
        """Return one line as text, without its end."""
        left, out = self.width, []
        shown = [(terminal(text), style) for text, style in spans]
        total = sum(cell_len(text) for text, _ in shown)
        for text, style in shown:
            part = text if total <= self.width else shorten(text, left, "end")
            left -= cell_len(part)
            if part:
                out.append(self.span(part, style))
            if part != text:
                break
        return "".join(out).rstrip(" ")


def shorten(text: str, width: int, where: str) -> str:
    """Return ``text`` in at most ``width`` cells, an ellipsis at its "end" or in its "middle" where something is left out.

    With "cut" nothing says so: the end of a time of day is not missed.
    """
    if where == "cut":
        return beginning(text, width)
    if where == "end" or width < 2 or cell_len(text) <= width:
        return shortened(text, width)
    tail = beginning(text[::-1], (width - 1) // 2)[::-1]
    return beginning(text, width - 1 - cell_len(tail)) + "…" + tail


def fit(text: str, width: int, where: str = "end", *, right: bool = False) -> str:
    """Return ``text``, escaped, in exactly ``width`` cells."""
    text = shorten(terminal(text), width, where)
    blank = " " * (width - cell_len(text))
    return blank + text if right else text + blank
