"""Text: a ladder as lines for a terminal of any width: head, rungs, and at the foot where the time went and what the signs mean.

Here lives: head and foot, and which shape the rungs take.  Here does not live: the rungs (``lifelines``, ``listing``), colours and the
bytes of a line (``reports.paint``, which escapes them once more).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.cells import Line, cell_len, packed, safe, wrapped
from analyzer.ladders.lifelines import Lifelines
from analyzer.ladders.listing import listing
from analyzer.ladders.marks import ENCRYPTED, legend
from analyzer.ladders.phrases import Numbers, lasted
from analyzer.ladders.words import FLIGHTS, WITHIN, shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.ladders.ladder import Epoch, Ladder

__all__ = ["NARROW", "WIDEST", "lines"]

NARROW = 60
"""Below so many cells the rungs are a list."""
LEAST, WIDEST = 20, 240
"""Wider places are not filled."""
_STYLES = {"complete": "good", "one_sided": "good", "cut": "warn", "failed": "bad", "refused": "bad"}
_NO_KEYS = "plaintext"
_LABEL = 8
_PARTS = 28
"""Cells of a part of the time with its share, without its bar."""
_BAR = 30
"""Cells of the bar of a whole handshake."""


def lines(ladder: Ladder, width: int) -> list[Line]:
    """Return the drawing, each line as (text, style) pairs of at most ``width`` cells, styles as ``reports.paint.STYLES`` names them.

    A ladder that was read with its fields has all of them under their messages.  Texts from the wire are escaped.
    """
    width = min(max(width, LEAST), WIDEST)
    drawn = Lifelines(ladder, width)
    shown = width >= NARROW and drawn.fits
    rungs = drawn.lines() if shown else listing(ladder, width)
    return [*_head(ladder, width), [], *rungs, *_foot(ladder, width, drawn=shown)]


def _head(ladder: Ladder, width: int) -> Iterator[Line]:
    """Say who spoke with whom, what was agreed, and how it ended."""
    number = f"#{ladder.number}  "
    ends = f"{safe(ladder.client, 100)} → {safe(ladder.server, 100)}"
    name = safe(ladder.server_name, 300) if ladder.server_name else ""
    if cell_len(number) + cell_len(ends) + 2 + cell_len(name) <= width:
        yield [(number, "name"), (ends, "plain"), ("  ", "plain"), (name, "title")]
    else:
        for at, text in enumerate(wrapped(ends, width - len(number), 3)):
            yield [(number if not at else " " * len(number), "name"), (text, "plain")]
        for text in wrapped(name, width - len(number), 4) if name else ():
            yield [(" " * len(number), "plain"), (text, "title")]
    said: Line = [(safe(text, 100), "plain") for text in (ladder.version, ladder.cipher_suite, ladder.group) if text]
    yield from packed([*said, (safe(ladder.outcome, 100), _STYLES.get(ladder.outcome, "warn"))], width)
    for text in wrapped(safe(ladder.ending), width) if ladder.ending else ():
        yield [(text, "plain")]


def _foot(ladder: Ladder, width: int, *, drawn: bool) -> Iterator[Line]:
    """Say what was left out, where the time went, what steps, keys, signs and letters mean."""
    if ladder.left_out:
        yield from _labelled("left out", [f"{ladder.left_out:,} more, past the most that is drawn"], width, "warn")
    yield []
    yield from _time(ladder, width)
    if ladder.taught:
        yield from _labelled("steps", [safe(ladder.taught)], width)
    used = sorted({rung.epoch for rung in ladder.rungs if rung.epoch is not None and 0 <= rung.epoch < len(ladder.epochs)})
    told = [ladder.epochs[at] for at in used]
    yield from _labelled("keys", [_epoch(epoch) for epoch in told if epoch.name != _NO_KEYS], width)
    signs = [f"{sign} {meaning}" for sign, meaning in legend(ladder, drawn=drawn)]
    if drawn and any(rung.encrypted for rung in ladder.rungs):
        signs.insert(0, f"{ENCRYPTED} a side that encrypts")
    for at, line in enumerate(packed([(sign, "faint") for sign in signs], width - _LABEL - 2)):
        yield [(f"{'' if at else 'signs':<{_LABEL}}  ", "label"), *line]
    yield from _labelled("packets", [f"{letter}: {safe(source, 300)}" for letter, source in Numbers(ladder).captures], width)


def _epoch(epoch: Epoch) -> str:
    name, doc = safe(epoch.name, 200), safe(epoch.doc)
    return f"{name}: {doc}" if doc else name


def _time(ladder: Ladder, width: int) -> Iterator[Line]:
    """Say where the time went, with bars."""
    pace = ladder.pace
    if pace.total is None:
        return
    said = [lasted(pace.total)] if pace.total > 0 else []
    if pace.round_trip is not None:
        said.append(f"round trip {lasted(pace.round_trip)}")
    if pace.where:
        said.append(f"captured {safe(pace.where, 100)}")
    yield from _labelled("time", [" · ".join(said)] if said else [], width)
    parts = shares(ladder)
    for name, value in parts if pace.total > 0 else ():
        if width < _LABEL + _PARTS:
            yield from _labelled("", [f"{name} {lasted(value)}"], width, "plain")
            continue
        share = min(max(value / pace.total, 0.0), 1.0)
        bar = "█" * round(share * min(_BAR, width - _LABEL - _PARTS))
        yield [(f"{'':<{_LABEL}}  {name:<7} {lasted(value):>9}", "plain"), (f" {share:>4.0%}  ", "faint"), (bar, "bar")]
    if parts and parts[-1][0] == FLIGHTS and pace.total > 0:
        yield from _labelled("", [WITHIN], width)


def _labelled(label: str, texts: Sequence[str], width: int, style: str = "faint") -> Iterator[Line]:
    """Give texts wrapped beside their label."""
    first = True
    for text in texts:
        for line in wrapped(text, width - _LABEL - 2):
            yield [(f"{label if first else '':<{_LABEL}}  ", "label"), (line, style)]
            first = False
