"""Marks: by which lines, arrow heads and signs the terminal's ladder tells kinds of rungs apart, without colour too.

Here lives: the table, and what each of them means, for the legend.  Here does not live: where a rung stands (``lifelines``,
``listing``).  Each character has one of ASCII that stands for it where an encoding does not have it (``escapes.encoded``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["ENCRYPTED", "Mark", "legend", "mark_of"]


class Mark(msgspec.Struct, frozen=True):
    """How a kind of rung looks."""

    line: str
    """What its arrow is made of; "" for what has no arrow."""
    style: str
    """Of its name."""
    sign: str = ""
    """Before its name."""
    right: str = "▶"
    """Head of an arrow to the server …"""
    left: str = "◀"
    """… and to the client."""
    doc: str = ""
    """What sign and line mean, for the legend; "" for what explains itself."""
    near: tuple[str, str] = ("→", "←")
    """What stands for the arrow in a list: to the server, to the client."""


_PLAIN, _SEALED, _THIN, _NOTHING = "─", "═", "╌", "·"
ENCRYPTED = "║"
"""The lifeline of a side that encrypts."""

_MARKS: dict[str, Mark] = {
    "tcp": Mark(_THIN, "faint", right="▷", left="◁"),
    "prelude": Mark(_PLAIN, "odd"),
    "message": Mark(_PLAIN, "name"),
    "sealed": Mark(_SEALED, "name", near=("⇒", "⇐")),
    "alert": Mark(_PLAIN, "warn", "!", doc="an alert, or something odd"),
    "data": Mark(_PLAIN, "label"),
    "quic": Mark(_THIN, "odd", right="▷", left="◁"),
    "loss": Mark(_NOTHING, "warn", "?", right="?", left="?", doc="not in the capture"),
    "again": Mark(_THIN, "odd", "~", right="▷", left="◁", doc="sent again, or out of order"),
    "oddity": Mark("", "odd", "!", doc="an alert, or something odd"),
    "missing": Mark(_NOTHING, "bad", "✗", right="✗", left="✗", doc="did not come"),
}
_SEALED_MARK = _MARKS["sealed"]


def mark_of(rung: Rung) -> Mark:
    """Return how a rung looks; a kind that is new looks as a message does."""
    mark = _MARKS.get(rung.kind, _MARKS["message"])
    if rung.encrypted and mark.line == _PLAIN:
        return msgspec.structs.replace(mark, line=_SEALED, near=_SEALED_MARK.near)
    return mark


def legend(ladder: Ladder, *, drawn: bool) -> list[tuple[str, str]]:
    """Return (sign, meaning) for what a ladder shows and does not explain itself; ``drawn``: with arrows, else as a list."""
    told: dict[str, str] = {}
    if any(rung.encrypted for rung in ladder.rungs):
        told["═▶" if drawn else "⇒"] = "encrypted"
    if any(rung.guessed for rung in ladder.rungs):
        told["(name)"] = "encrypted: told by its place and size"
    for rung in ladder.rungs:
        mark = mark_of(rung)
        if mark.sign and mark.doc:
            told.setdefault(mark.sign, mark.doc)
    return list(told.items())
