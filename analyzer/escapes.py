r"""What the wire wrote, made safe to show: one function for each medium.

Here lives: which characters are never shown as they are, and the escape of the terminal (messages and logs too), of a CSV cell, of
a line of JSON, of HTML, SVG, Markdown and Mermaid, of Zeek's logs, and of a file's name; what becomes of letters that an encoding does not
have.  Here does not live: any layout.  A character that cannot be seen, or that moves what can be seen, becomes ``\u{202e}``.
"""

from __future__ import annotations

import hashlib
import html as entities
import json
import re
import unicodedata

__all__ = [
    "ZEEK_EMPTY",
    "ZEEK_UNSET",
    "csv_cell",
    "encoded",
    "file_name",
    "html",
    "json_line",
    "markdown",
    "mermaid",
    "svg",
    "terminal",
    "zeek",
]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal obeys or cannot draw: controls, formats (bidi, zero-width, tags), lone surrogates,
private and unassigned characters, line and paragraph separators."""

_PLAIN = re.compile("[ -~…→←⇒⇐·█µ✗─═╌│║▶◀▷◁]*", re.ASCII).fullmatch
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
_FORMULA_INSIDE = re.compile(";(?=[ \"']*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet would begin a formula: at one of these signs or its full-width twin, behind blanks and quotes, at the start
of a cell; or behind a semicolon, which separates cells in half of the world (OWASP, CSV injection)."""

_ORNAMENTS = {
    "…": ".", "→": ">", "←": "<", "⇒": "}", "⇐": "{", "·": "-", "█": "#", "µ": "u", "✗": "x",
    "─": "-", "═": "=", "╌": ".", "│": "|", "║": "#", "▶": ">", "◀": "<", "▷": ">", "◁": "<",
}  # fmt: skip
"""Our own characters -> what stands for them, as wide, where an encoding does not have them."""

_MARKDOWN = re.compile("[`|]|^ | $")
_MERMAID = re.compile(r"[^A-Za-z0-9 .,:_()/=+'·…→-]")
_MERMAID_WORD = re.compile(r"\b(?=(?:end|wrap|nowrap)\b)(\w)", re.IGNORECASE)
"""Characters that may mean something to mermaid, and words that it takes for its own."""

_NO_NAME = re.compile("[^A-Za-z0-9._-]")
_NAME_BYTES = 100
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, whatever their suffix."""
_OWN_NAME = re.compile(r"(?![.-])[a-z0-9._-]*[a-z0-9_-](?<![0-9a-f]{32})")
"""A text that may be a name as it is: none that begins as an option or a hidden file does, or ends as our own names do."""


ZEEK_EMPTY, ZEEK_UNSET = "(empty)", "-"
"""What Zeek writes for a text of no characters, and for what is not there."""
_ZEEK_PLAIN = re.compile(r"[!-+.-\[\]-~][ -+.-\[\]-~]*").fullmatch
"""Most texts: printable ASCII without backslash, comma or hyphen."""


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


def encoded(text: str, encoding: str, *, as_json: bool = False) -> bytes:
    r"""Return ``text`` in an encoding that may not have all of it: such a letter becomes ``\u{e9}``, or the escape that JSON has for it.

    A terminal that does not speak UTF-8 would take bytes of it for controls (0x9B begins a sequence as ESC does).
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_one_encoded(character, encoding, as_json=as_json) for character in text)


def _one_encoded(character: str, encoding: str, *, as_json: bool) -> bytes:
    try:
        return character.encode(encoding)
    except UnicodeEncodeError:
        escape = _json_escape(character) if as_json else _ORNAMENTS.get(character) or f"\\u{{{ord(character):x}}}"
        return escape.encode(encoding)


def csv_cell(text: str) -> str:
    """Return ``text`` safe for a spreadsheet: hidden characters (NUL, tab, CR, LF too) shown, a formula defused by a ``'`` before it."""
    shown = _visible(text)
    if ";" in shown:
        shown = _FORMULA_INSIDE.sub(";'", shown)
    return f"'{shown}" if shown.lstrip(" \"'")[:1] in _FORMULA else shown


def html(text: str) -> str:
    """Return ``text`` safe between tags of HTML and in an attribute's quotes."""
    return entities.escape(_visible(text))


def svg(text: str) -> str:
    """Return ``text`` safe between tags of SVG and in an attribute's quotes; what XML has no place for is hidden, and so shown."""
    return entities.escape(_visible(text))


def markdown(text: str, limit: int = 100) -> str:
    r"""Return ``text`` as a code span of Markdown, of at most about ``limit`` characters; of no text none.

    In a sentence escapes would keep it from being markup, but GitHub looks for @mentions, #123, addresses and commits in what is shown,
    when the escapes are gone; not so in code.  Within code nothing can be escaped, so what would end the span, or a cell of a table, is
    told by number: a backtick is ``\u{60}``, a bar ``\u{7c}``, a blank at the ends ``\u{20}``.
    """
    shown = _MARKDOWN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", terminal(text[: limit + 1], limit + 1))
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return f"`{shown}`" if shown else ""


def file_name(text: str) -> str:
    """Return a name for a file that ``text`` from the wire gave: one component of a path on every system, at most 100 bytes.

    Other characters than letters and digits of ASCII, ``.``, ``_`` and ``-`` become ``_``, and a hash at the end tells apart what
    was changed: no two texts share a name, also where case does not count.
    """
    if len(text) <= _NAME_BYTES and _OWN_NAME.fullmatch(text) and not _RESERVED.fullmatch(text):
        return text
    piece = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    stem = _NO_NAME.sub("_", text[: _NAME_BYTES - len(piece) - 2]).lstrip(".-")
    return f"{'_' if _RESERVED.fullmatch(stem) else ''}{stem}-{piece}" if stem else piece


def mermaid(text: str, limit: int = 120) -> str:
    """Return ``text`` as one line of a Mermaid diagram that means itself; cut after ``limit`` characters.

    What could mean something to mermaid (``;`` ``#`` ``%`` ``<`` ``{`` ``$`` …) is told by its number, as mermaid has it:
    ``#59;``; so is the first letter of a word that mermaid takes for its own.  Letters of all scripts stay.
    """
    shown = _MERMAID.sub(_numbered, terminal(text, limit))
    return _MERMAID_WORD.sub(lambda found: f"#{ord(found[1])};", shown)


def _numbered(found: re.Match[str]) -> str:
    character = found[0]
    return character if character.isalpha() and not character.isascii() else f"#{ord(character)};"


def zeek(text: str, *, wire: bool = False, inside: bool = False) -> str:
    r"""Return ``text`` as a field of Zeek's ASCII logs, or with ``inside`` as an item of a vector: ``\xNN`` as Zeek writes it.

    ``wire``: it has escapes of its own for backslashes (``facts.texts.wire_text``).
    """
    if _ZEEK_PLAIN(text):
        return _octets(text[0]) + text[1:] if text == ZEEK_EMPTY else text
    if text == ZEEK_UNSET:
        return _octets(text)
    if not text:
        return ZEEK_EMPTY
    shown = []
    for character in text:
        if character == "\\":
            shown.append(character if wire else "\\\\")
        elif (inside and character == ",") or not character.isprintable():
            shown.append(_octets(character))
        else:
            shown.append(character)
    return "".join(shown)


def _octets(text: str) -> str:
    return "".join(f"\\x{octet:02x}" for octet in text.encode("utf-8", "surrogatepass"))


def json_line(encoded: bytes) -> bytes:
    """Return UTF-8 JSON with DEL, C1 controls, U+2028/2029, bidi and zero-width characters as JSON escapes: the same value."""
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded
    return _JSON_HIDDEN.sub(lambda found: _json_escape(found[0]), encoded.decode()).encode()


def _json_escape(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
