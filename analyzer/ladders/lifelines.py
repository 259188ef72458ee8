"""Lifelines: the rungs of a ladder as arrows between two lines, the client's at the left and the server's at the right.

Here lives: the columns beside the lifelines, arrows, what stands under or beside an arrow.  Here does not live: which characters a kind
of rung is drawn with (``marks``), words (``phrases``), head and foot (``text``), the list for narrow places (``listing``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.cells import Line, cell_len, packed, safe, shortened, width_of, wrapped
from analyzer.ladders.detail import detail
from analyzer.ladders.marks import ENCRYPTED, Mark, mark_of
from analyzer.ladders.phrases import Numbers, lasted, names, offset, sizes, steps, telling, thought

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["LEAST", "Lifelines"]

LEAST = 30
"""Cells between the lifelines, and with them; with less there is no room for a name and its size."""
_MOST = 110
"""Longer arrows only tire the eye."""
_BESIDE = 44
"""With so many cells left at the right of arrows of ``_NEAR`` cells, what else is known stands beside the arrow and not under it."""
_NEAR = 76
_GAP, _HANGING = 2, 2
_SINCE = 60
"""Cells between the lifelines that are left when the time since the rung before gets a column of its own."""
_TEXT_LINES, _NOTE_LINES = 3, 6
_INDENT = 4
_WAIT = 20
"""A pause is drawn where it is at least a twentieth of the whole …"""
_WAIT_NS = 1_000_000
"""… and a millisecond."""


class Lifelines:
    """One ladder at one width.  ``fits``: whether there is room for it; ``lines``: the lines."""

    def __init__(self, ladder: Ladder, width: int) -> None:
        """Choose the columns."""
        rungs = ladder.rungs
        self._ladder, self._width = ladder, width
        self._numbers = Numbers(ladder)
        self._heading, self._steps = steps(rungs)
        self._start = next((rung.time for rung in rungs if rung.time is not None), 0)
        self._offsets = [offset(rung.time - self._start) if rung.time is not None else "" for rung in rungs]
        self._packets = [self._numbers.of(rung) for rung in rungs]
        self._since = [f"+{lasted(rung.after)}" if rung.after else "" for rung in rungs]
        self._step_width = _column(self._heading, self._steps) if any(self._steps) else 0
        self._time_width = _column("seconds", self._offsets)
        self._packet_width = _column("packet", self._packets)
        room = width - self._packet_width - _GAP - self._time_width - _GAP - (self._step_width + _GAP if self._step_width else 0)
        since = _column("since", self._since) + _GAP
        self._since_width = since - _GAP if room - since >= _SINCE else 0
        room -= since if self._since_width else 0
        self._beside = room - _NEAR - _GAP if room - _NEAR - _GAP >= _BESIDE else 0
        self._area = _NEAR if self._beside else min(room, _MOST)
        self.fits = self._area >= LEAST
        self._bars = {"client": "│", "server": "│"}
        self._epochs: dict[str, int | None] = {"client": None, "server": None}

    def lines(self) -> Iterator[Line]:
        """Give the lines, from top to bottom."""
        inner = self._area - 2
        yield self._row(self._margin(self._heading, "seconds", "since", "label"), _ends("client", "server", self._area), "packet", "label")
        yield self._row(self._margin(), self._barred([(" " * inner, "plain")]), "")
        for at, rung in enumerate(self._ladder.rungs):
            yield from self._rung(at, rung)
        yield self._row(self._margin(), self._barred([(" " * inner, "plain")]), "")

    def _rung(self, at: int, rung: Rung) -> Iterator[Line]:
        """Draw one rung: a pause before it, the arrow, what is known of it."""
        for text in self._pause(rung):
            yield self._row(self._margin(), self._barred(_centred(text, self._area - 2)), "")
        keys = self._keys(rung)
        mark, room = mark_of(rung), self._beside or self._area - 2 - 2 * _INDENT
        notes = wrapped(safe(rung.note), room, _NOTE_LINES) if rung.note else ()
        more = [*_beneath(self._said(rung, keys), room), *([(text, "odd")] for text in notes)]
        arrow = _arrow(rung, mark, self._area - 2) if mark.line else _statement(rung, mark, self._area - 2)
        beside = more.pop(0) if self._beside and more else []
        yield self._row(self._margin(self._steps[at], self._offsets[at], self._since[at]), self._barred(arrow), self._packets[at],
                        beside=beside)  # fmt: skip
        inner = self._area - 2
        block = max((width_of(line) for line in more), default=0)
        indent = _INDENT if rung.sender == "client" else max(inner - _INDENT - block, 0)
        for line in more:
            if self._beside:
                yield self._row(self._margin(), self._barred([(" " * inner, "plain")]), "", beside=line)
            else:
                filled = [(" " * indent, "plain"), *line]
                yield self._row(self._margin(), self._barred([*filled, (" " * (inner - width_of(filled)), "plain")]), "")
        for line in detail(rung.fields, self._width - _INDENT):
            yield [(" " * _INDENT, "plain"), *line]

    def _said(self, rung: Rung, keys: str) -> list[tuple[str, str]]:
        """Return the telling fields, and with which keys its sender begins to send."""
        return [*((text, "plain") for text in telling(rung)), *([(f"with {keys}", "bar")] if keys else [])]

    def _pause(self, rung: Rung) -> list[str]:
        """Return what is said of the time before a rung, in lines, where it was long."""
        if rung.after is None:
            return []
        longest = max(rung.after, rung.thought or 0)
        if longest < _WAIT_NS or longest * _WAIT < (self._ladder.pace.total or 0):
            return []
        parts = [part for part in (lasted(rung.after), thought(rung)) if part]
        joined = ": ".join(parts)
        return [joined] if cell_len(joined) <= self._area - 4 else parts

    def _keys(self, rung: Rung) -> str:
        """Return the name of the keys that a rung is the first of its sender to be sent with; change its lifeline."""
        if rung.epoch is None or rung.kind == "missing" or rung.sender not in self._bars:
            return ""
        self._bars[rung.sender] = ENCRYPTED if rung.encrypted else "│"
        before, self._epochs[rung.sender] = self._epochs[rung.sender], rung.epoch
        if rung.epoch == before or not 0 <= rung.epoch < len(self._ladder.epochs):
            return ""
        epoch = self._ladder.epochs[rung.epoch]
        return safe(epoch.name, 200) if rung.encrypted or not epoch.readable or before is not None else ""

    def _margin(self, step: str = "", time: str = "", since: str = "", style: str = "faint") -> Line:
        """Return the columns at the left."""
        line: Line = [(f"{_left(step, self._step_width)}{' ' * _GAP}", "label")] if self._step_width else []
        line.append((f"{time:>{self._time_width}}{' ' * _GAP}", style))
        if self._since_width:
            line.append((f"{since:>{self._since_width}}{' ' * _GAP}", style))
        return line

    def _barred(self, inner: Line) -> Line:
        """Put the lifelines around what stands between them."""
        client, server = (self._bars[side] for side in ("client", "server"))
        styles = ["bar" if bar == ENCRYPTED else "plain" for bar in (client, server)]
        return [(client, styles[0]), *inner, (server, styles[1])]

    def _row(self, margin: Line, area: Line, packets: str, style: str = "faint", beside: Line | None = None) -> Line:
        """Join the columns of one line."""
        line = [*margin, *area]
        if packets or beside:
            line.append((f"{' ' * _GAP}{packets:<{self._packet_width}}", style))
        return [*line, (" " * _GAP, "plain"), *beside] if beside else line


def _beneath(said: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Put texts into lines, as many in one as fit; one that is longer has lines of its own."""
    lines: list[Line] = []
    short: list[tuple[str, str]] = []
    for text, style in said:
        if cell_len(text) <= width:
            short.append((text, style))
            continue
        first, *more = wrapped(text, width - _HANGING, _TEXT_LINES, listed=True)
        lines += [*packed(short, width), [(first, style)], *([(" " * _HANGING + line, style)] for line in more)]
        short = []
    return [*lines, *packed(short, width)]


def _column(heading: str, values: Sequence[str]) -> int:
    return max(cell_len(heading), *(cell_len(value) for value in values), 0)


def _left(text: str, width: int) -> str:
    text = shortened(text, width)
    return text + " " * (width - cell_len(text))


def _ends(left: str, right: str, width: int) -> Line:
    return [(left + " " * (width - len(left) - len(right)) + right, "label")]


def _centred(text: str, width: int) -> Line:
    text = shortened(text, width)
    before = (width - cell_len(text)) // 2
    return [(" " * before, "plain"), (text, "warn"), (" " * (width - before - cell_len(text)), "plain")]


def _label(rung: Rung, mark: Mark, width: int) -> Line:
    """Return name, size and records in at most ``width`` cells: what does not fit is left out from the end."""
    name = shortened(f"{mark.sign} {names(rung)}" if mark.sign else names(rung), width)
    line: Line = [(name, mark.style)]
    for text in sizes(rung):
        if width_of(line) + 2 + cell_len(text) <= width:
            line.append((f", {text}" if len(line) == 1 else f" {text}", "faint"))
    return line


def _arrow(rung: Rung, mark: Mark, width: int) -> Line:
    """Return an arrow with its label, in exactly ``width`` cells; the label is at its beginning, where it was sent."""
    label = _label(rung, mark, width - 8)
    style = mark.style if mark.style != "name" else "plain"
    line = mark.line * (width - width_of(label) - 5)
    if rung.sender == "client":
        return [(mark.line * 2 + " ", style), *label, (f" {line}{mark.right}", style)]
    return [(f"{mark.left}{line} ", style), *label, (" " + mark.line * 2, style)]


def _statement(rung: Rung, mark: Mark, width: int) -> Line:
    """Return what has no arrow, at the side that it is about."""
    label = _label(rung, mark, width - 4)
    blank = " " * (width - width_of(label) - 2)
    return [("  ", "plain"), *label, (blank, "plain")] if rung.sender == "client" else [(blank, "plain"), *label, ("  ", "plain")]
