"""Ink: the few elements of SVG that a ladder is drawn with, and how wide a text is.

Here lives: making elements, measuring, cutting and wrapping texts.  Here does not live: where anything stands (``placing``), how it
looks (``ladder.css``).  Every text that is drawn goes through ``escapes`` here, whatever it is.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from analyzer.escapes import svg, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Piece", "cut", "element", "flow", "label", "line", "measure", "path", "rect", "rich", "safe", "title", "wrap"]

Piece = tuple[str, str]
"""A text, safe, and the class that it is drawn in."""

MOST = 300
"""Characters of one text that are looked at: no line of the picture holds more, and titles need no megabytes."""
_GROUPS = {
    0.30: " ',.IJijl·", 0.37: "-/:;\\f|!()[]rt", 0.52: '"*_`szL', 0.62: "?cFPTYaekovxy", 0.66: "$0123456789EKSbdghnpqu{}",
    0.74: "ABCRVXZDGHNU", 0.83: "&OQw#+<=>^~", 0.87: "M→", 1.0: "%m@W…—",
}  # fmt: skip
_EM = {character: width for width, group in _GROUPS.items() for character in group}
"""How wide a character is, as a part of the font's size, in DejaVu Sans: hardly any other font for screens is wider."""
_SMALL, _LARGE, _WIDE = 0.68, 0.85, 1.1
"""The same of others: small letters, all else, what takes two cells in East Asia."""
_BOLD = 1.12


def safe(text: str, limit: int = MOST) -> str:
    """Return a text from anywhere with what cannot be seen shown, cut after ``limit`` characters: ``label`` takes such."""
    return terminal(text, limit)


def _em(character: str) -> float:
    known = _EM.get(character)
    if known is not None:
        return known
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return _WIDE
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0.0
    return _SMALL if character.islower() else _LARGE


def measure(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is at most, in pixels, in letters of ``size`` pixels."""
    return sum(_em(character) for character in text) * size * (_BOLD if bold else 1.0)


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return a text in at most ``width`` pixels, with an ellipsis where something is left out."""
    if measure(text, size, bold=bold) <= width:
        return text
    room = width - measure("…", size, bold=bold)
    for at, character in enumerate(text):
        room -= measure(character, size, bold=bold)
        if room < 0:
            return text[:at].rstrip() + "…"
    return text


def wrap(text: str, width: float, size: float, most: int) -> list[str]:
    """Return a text in at most ``most`` lines, broken at blanks; a word that is too long is cut, and so is the last line."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        line = rest.pop(0)
        if len(lines) == most - 1:
            return [*lines, cut(" ".join([line, *rest]), width, size)]
        while rest and measure(f"{line} {rest[0]}", size) <= width:
            line += " " + rest.pop(0)
        lines.append(cut(line, width, size))
    return lines


def flow(fields: Sequence[tuple[str, str]], width: float, size: float, most: int) -> list[list[Piece]]:
    """Return (label, text) pairs, safe, as at most ``most`` lines of pieces, as many in one as fit, with an ellipsis for what does not."""
    lines: list[list[Piece]] = []
    room = 0.0
    for at, (name, text) in enumerate(fields):
        head = f"{name} " if name else ""
        shown = cut(text, width - measure(head, size), size)
        needed = measure(head + shown, size)
        pieces = [(head, "label"), (shown, "value")] if head else [(shown, "value")]
        if lines and needed + measure(" · ", size) <= room:
            lines[-1] += [(" · ", "label"), *pieces]
            room -= needed + measure(" · ", size)
        elif len(lines) < most:
            lines.append(pieces)
            room = width - needed
        else:
            lines[-1].append((f" · … {len(fields) - at} more", "label"))
            break
    return lines


def element(name: str, inner: str = "", **attributes: float | str) -> str:
    """Return an element; an attribute's ``_`` stands for ``-``, ``class_`` for class; numbers are rounded to a tenth of a pixel."""
    told = "".join(f' {key.strip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items() if value != "")
    return f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>"


def _value(value: float | str) -> str:
    return svg(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def label(x: float, y: float, text: str, class_: str = "", anchor: str = "") -> str:
    """Return a line of text; ``anchor``: start (else), middle, end."""
    return element("text", svg(text), x=x, y=y, class_=class_, text_anchor=anchor) if text else ""


def rich(x: float, y: float, pieces: Sequence[Piece], class_: str = "", anchor: str = "") -> str:
    """Return a line of text of several pieces, each in its own class; blanks between them stay, which some programs else drop."""
    inner = "".join(element("tspan", svg(text), class_=of) if of else svg(text) for text, of in pieces)
    return element("text", inner, x=x, y=y, class_=class_, text_anchor=anchor, **{"xml:space": "preserve"})


def title(text: str) -> str:
    """Return what is shown where the pointer rests, the whole of a text that was cut."""
    return element("title", svg(text)) if text else ""


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str, radius: float | str = "") -> str:
    """Return a rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, rx=radius, class_=class_)


def path(data: str, class_: str) -> str:
    """Return a path; its data are ours."""
    return element("path", d=data, class_=class_)
