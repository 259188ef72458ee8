"""Arrows: one rung of a ladder drawn — the line from side to side, its head, its signs, what is written on it.

Here lives: how each kind of rung is told apart, by lines and signs and never by colour alone.  Here does not live: colours
(``ladder.css``), heights (``placing``), the lifelines and the columns beside them (``lanes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.ladders.drawing.ink import Piece, cut, element, label, line, measure, path, rect, rich, safe, title
from analyzer.ladders.drawing.placing import CLIENT_X, INNER, MIDDLE, SERVER_X

if TYPE_CHECKING:
    from analyzer.ladders.drawing.placing import Place
    from analyzer.ladders.ladder import Rung
    from analyzer.ladders.words import Wording

__all__ = ["Look", "draw", "key_class", "kind_of", "look", "padlock", "sign"]

_NAME_SIZE, _SMALL_NAME = 15.0, 13.0
_END = 7
"""How far from the middle of a lifeline an arrow ends, pixels."""
_LINE = 17.0


class Look(msgspec.Struct, frozen=True):
    """How a kind of rung is drawn."""

    head: str = "full"
    """full, open (a thin one), cross (it did not come), none (no arrow at all)."""
    reach: float = 1.0
    """How far it gets on its way to the other side."""
    sign: str = ""
    """Before its name: warning, again, lost; and a padlock where it is encrypted."""
    small: bool = False
    """Its name is written small: it is not what one looks at a handshake for."""
    meaning: str = ""
    """For the legend, where it does not explain itself."""


LOOKS: dict[str, Look] = {
    "tcp": Look(head="open", small=True),
    "prelude": Look(),
    "message": Look(),
    "sealed": Look(),
    "alert": Look(sign="warning", meaning="an alert"),
    "data": Look(small=True),
    "quic": Look(head="open"),
    "loss": Look(head="cross", reach=0.62, sign="lost", small=True, meaning="not in the capture"),
    "again": Look(head="open", sign="again", small=True, meaning="sent again, or out of order"),
    "oddity": Look(head="none", sign="oddity", small=True, meaning="something odd"),
    "missing": Look(head="cross", reach=0.38, small=True, meaning="did not come"),
}
"""kind of a rung -> its look; classes of ``ladder.css`` have the same names."""


_CALM = Look(small=True)
"""An alert that ends no handshake."""


def kind_of(rung: Rung, outcome: str) -> str:
    """Return the kind as which a rung is drawn: its own, or "calm".

    Calm are alerts that only close (RFC 8446 section 6.1), and those that nobody can read in a handshake that went well.
    """
    if rung.kind == "alert" and (rung.name.endswith("close_notify") or (rung.encrypted and outcome == "complete")):
        return "calm"
    return rung.kind if rung.kind in LOOKS else "message"


def look(kind: str) -> Look:
    """Return how what ``kind_of`` says is drawn."""
    return LOOKS.get(kind, _CALM)


_KEYS = (("early", "0-RTT"), ("handshake traffic", "Handshake"), ("application", "1-RTT", "session"))
"""Words in the names of keys: their colour is the same in all ladders, others share one."""


def key_class(name: str) -> str:
    """Return the class of what is encrypted with keys of that name."""
    return f"keys{next((at for at, words in enumerate(_KEYS) if any(word in name for word in words)), len(_KEYS))}"


def draw(place: Place, words: Wording, outcome: str) -> str:
    """Draw one rung, with all that is known of it where the pointer rests."""
    rung = place.rung
    kind = kind_of(rung, outcome)
    shape = look(kind)
    sealed = f" locked {key_class(words.keys(rung))}" if rung.encrypted and rung.kind != "missing" else ""
    parts = [title(safe(words.sentence(rung), 1200))]
    if shape.head != "none":
        parts.append(_line(rung, place.arrow, shape, sealed=bool(sealed)))
    parts.append(_name(rung, place.name if shape.head != "none" else place.name + 6, shape))
    y = place.arrow + 16
    for pieces in place.fields:
        parts.append(rich(MIDDLE, y, pieces, "field", "middle"))
        y += _LINE
    for text in place.notes:
        parts.append(label(MIDDLE, y, text, "note", "middle"))
        y += _LINE
    return element("g", "".join(parts), class_=f"rung {kind}{sealed}")


def _line(rung: Rung, y: float, shape: Look, *, sealed: bool) -> str:
    """Draw the line and its head."""
    right = rung.sender != "server"
    start, way = (CLIENT_X + _END, 1) if right else (SERVER_X - _END, -1)
    end = start + way * (SERVER_X - CLIENT_X - 2 * _END) * shape.reach
    parts: list[str] = []
    if sealed:  # a pipe around the line
        left = min(start, end)
        parts.append(rect(left, y - 4, abs(end - start), 8, "pipe", 4))
    if shape.head == "cross":
        parts.append(line(start, y, end - way * 7, y, "shaft"))
        parts.append(path(f"M{end - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10", "cross"))
        return "".join(parts)
    parts.append(line(start, y, end - way * (9 if shape.head == "full" else 1), y, "shaft"))
    if shape.head == "full":
        parts.append(path(f"M{end:.1f} {y:.1f}l{-way * 13} -6.5v13z", "head"))
    else:
        parts.append(path(f"M{end - way * 9:.1f} {y - 5:.1f}l{way * 9} 5l{-way * 9} 5", "tip"))
    return "".join(parts)


def _name(rung: Rung, y: float, shape: Look) -> str:
    """Write its name in the middle, with its signs before it; in brackets where it is told from place and size alone."""
    size = _SMALL_NAME if shape.small else _NAME_SIZE
    signs = [name for name in (shape.sign, "padlock" if rung.encrypted and rung.kind != "missing" else "") if name]
    room = INNER - 18 * len(signs)
    text = cut(safe(f"({rung.name})" if rung.guessed else rung.name), room, size, bold=True)
    pieces: list[Piece] = [("missing: ", "label")] if rung.kind == "missing" else []
    pieces.append((text, ""))
    if not signs:
        return rich(MIDDLE, y, pieces, "name small" if shape.small else "name", "middle")
    # The true width of a text depends on the reader's fonts: so the text begins at its signs, and its middle is only about the middle
    left = MIDDLE - (measure(text, size, bold=True) + 18 * len(signs)) / 2
    drawn = [sign(name, left + 18 * at, y - 12) for at, name in enumerate(signs)]
    return "".join(drawn) + rich(left + 18 * len(signs), y, pieces, "name small" if shape.small else "name")


def sign(name: str, x: float, y: float) -> str:
    """Draw a sign, 14 pixels square, its upper left corner at a place."""
    if name == "padlock":
        return padlock(x, y)
    if name == "again":
        return path(f"M{x + 11.5:.1f} {y + 4.5:.1f}a5 5 0 1 0 .5 4.5m0 -8v4h-4", "stroke")
    if name == "lost":
        return rect(x + 1, y + 1, 12, 12, "dashes", 2) + label(x + 7, y + 11.5, "?", "mark", "middle")
    if name == "oddity":
        return path(f"M{x + 7:.1f} {y:.1f}l7 7l-7 7l-7 -7z", "blot") + label(x + 7, y + 11.3, "!", "mark", "middle")
    return path(f"M{x + 7:.1f} {y:.1f}l7.5 13h-15z", "blot") + label(x + 7, y + 11.8, "!", "mark", "middle")


def padlock(x: float, y: float) -> str:
    """Draw a padlock, 12 by 14 pixels, its upper left corner at a place."""
    shackle = path(f"M{x + 3:.1f} {y + 6:.1f}v-2.5a3 3 0 0 1 6 0v2.5", "shackle")
    return shackle + rect(x + 1, y + 6, 10, 7.5, "lock", 1.5)
