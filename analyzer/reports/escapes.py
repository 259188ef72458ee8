r"""What the wire wrote, made safe to show: one function for each medium.

Here lives: which characters are never shown as they are, and the escape of the terminal, of a CSV cell and of a line of
JSON.  Here does not live: any layout.  A character that cannot be seen, or that moves what can be seen, becomes ``\u{202e}``.
"""

from __future__ import annotations

import json
import re
import unicodedata

__all__ = ["csv_cell", "json_line", "terminal"]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal obeys or cannot draw: controls, formats (bidi, zero-width, tags), lone surrogates,
private and unassigned characters, line and paragraph separators."""

_PLAIN = re.compile("[ -~…→·█]*", re.ASCII).fullmatch
"""Most texts by far, and our own ornaments: nothing in them to look at twice."""

_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols that are drawn as nothing: Hangul fillers and the empty Braille pattern."""

_MARKS = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 2
"""Vietnamese and pointed Hebrew need two combining marks on a letter; a tower of them paints over other lines."""

_JSON_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""JSON stays lossless and readable: of what JSON itself lets through only controls, bidi and zero-width characters are escaped."""

_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""A spreadsheet runs a cell that starts with one of these, or with its full-width twin (OWASP, CSV injection)."""


def _visible(text: str) -> str:
    r"""Write every hidden character as ``\u{hex}``."""
    if _PLAIN(text):
        return text
    out: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        hidden = category in _HIDDEN or character in _BLANKS or (category == "Zs" and character != " ")
        if hidden or marks > _MARKS_IN_A_ROW or (marks and not out):
            out.append(f"\\u{{{ord(character):x}}}")
        else:
            out.append(character)
    return "".join(out)


def terminal(text: str, limit: int = 1000) -> str:
    """Return ``text`` safe for a terminal: no control, bidi or zero-width character, no tower of marks; cut after ``limit`` characters."""
    return _visible(text) if len(text) <= limit else _visible(text[:limit]) + "…"


def csv_cell(text: str) -> str:
    """Return ``text`` safe for a spreadsheet: hidden characters (NUL, tab, CR, LF too) shown, a formula defused by a leading ``'``."""
    shown = _visible(text)
    return "'" + shown if shown[:1] in _FORMULA and shown else shown


def json_line(encoded: bytes) -> bytes:
    """Return UTF-8 JSON with DEL, C1 controls, U+2028/2029, bidi and zero-width characters as JSON escapes: the same value."""
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded
    return _JSON_HIDDEN.sub(lambda found: _json_escape(found[0]), encoded.decode()).encode()


def _json_escape(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
