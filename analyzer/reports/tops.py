"""Tops: what is most frequent so far, and what was found, as a picture of lists that fits any screen.

Here lives: which lists, how many entries of each, one column of lists or two.  Here does not live: counting (``summary``, ``concerns``),
the lines above (``totals``).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from rich.cells import cell_len

from analyzer.escapes import terminal
from analyzer.facts.texts import place_text
from analyzer.reports.concerns import SEVERITY_STYLES
from analyzer.reports.gravest import MARKS
from analyzer.reports.overview import number, share
from analyzer.reports.paint import fit

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from analyzer.reports.concerns import Concerns
    from analyzer.reports.paint import Line
    from analyzer.reports.summary import Summary

__all__ = ["tops"]

_TWO = 110
"""From this width on the lists stand in two columns."""
_WIDEST = 80
"""A list grows no wider: a count should stand near its name."""
_PLACED = 60
"""From this width of a list on a server has its address beside its name."""
_BARRED = 44
"""From this width of a list on its shares are drawn too."""
_BAR, _GAP = 12, 4
_COUNT, _SHARE, _PLACE = 11, 6, 21
_FEWEST, _MOST = 2, 10
"""Entries of a list on a low and on a high screen."""

_COUNTS = (("Versions", "versions"), ("Cipher suites", "cipher_suites"), ("Groups", "groups"), ("Alerts", "alerts"))
"""Label -> what is counted."""


def _counted(label: str, counts: Counter[str], whole: int, most: int, width: int) -> list[Line]:
    """Return a list of the ``most`` frequent: name, count, share and bar in places that rest on ``width`` alone."""
    if not counts:
        return []
    bar = _BAR if width >= _BARRED else 0
    room = max(width - 2 - _COUNT - _SHARE - (bar + 2 if bar else 0), 1)
    lines: list[Line] = [[(label, "label")]]
    for name, count in heapq.nsmallest(most, counts.items(), key=lambda item: (-item[1], item[0])):
        line = [("  ", "plain"), (fit(name, room, "middle"), "plain"), (f"{number(count):>{_COUNT}}", "name")]
        line.append((f"{share(count, whole):>{_SHARE}}", "faint"))
        if bar:
            line.append(("  " + "█" * min(max(1, round(bar * count / whole)), bar), "bar"))
        lines.append(line)
    return lines


def _servers(summary: Summary, most: int, width: int) -> list[Line]:
    """Return the servers with most handshakes: name, address where there is room for it, count."""
    busiest = heapq.nlargest(most, summary.servers.values(), key=lambda one: one.handshakes)
    lines: list[Line] = [[("Servers", "label")]] if busiest else []
    place_room = _PLACE + 2 if width >= _PLACED else 0
    room = max(width - 2 - _COUNT - place_room, 1)
    for one in busiest:
        place = place_text(one.address, one.port)
        line = [("  ", "plain"), (fit(one.name or ("no name" if place_room else place), room, "middle"), "plain" if one.name else "faint")]
        if place_room:
            line.append(("  " + fit(place, _PLACE, "middle"), "faint"))
        lines.append([*line, (f"{number(one.handshakes):>{_COUNT}}", "name")])
    return lines


def _rules(concerns: Concerns, most: int, width: int) -> list[Line]:
    """Return the rules that found something, with how many handshakes each is about."""
    found = concerns.rules()
    room = max(width - 5 - _COUNT, 1)
    lines: list[Line] = [[("Findings", "label")]] if found else []
    for severity, title, count in found[:most]:
        style = SEVERITY_STYLES[severity]
        mark = (f"  {MARKS[severity]:2} ", style)
        lines.append([mark, (fit(title, room), "name" if style == "bad" else "plain"), (f"{number(count):>{_COUNT}}", style)])
    return lines


def tops(summary: Summary, concerns: Concerns, width: int, height: int) -> list[Line]:
    """Return at most ``height`` lines of ``width`` cells; what does not fit is left out from the end."""
    two = width >= _TWO
    part = min((width - _GAP) // 2 if two else width, _WIDEST)
    lists = 3 if two else 2 + len(_COUNTS)
    most = min(max(height // lists - 2, _FEWEST), _MOST)
    counts = []
    for label, name in _COUNTS:
        counted = summary.counts(name)
        whole = summary.handshakes if name == "alerts" else counted.total()
        counts.append(_counted(label, counted, whole, most, part))
    found, servers = _rules(concerns, most, part), _servers(summary, most, part)
    if not two:
        return _stacked([found, *counts[:-1], servers, counts[-1]], height)
    return _beside(_stacked(counts[:-1], height), _stacked([found, servers, counts[-1]], height), part)


def _stacked(lists: Iterable[list[Line]], height: int) -> list[Line]:
    """Return the lists below each other, an empty line between them."""
    lines: list[Line] = []
    for one in lists:
        if one:
            lines += [[], *one] if lines else one
    return lines[:height]


def _beside(left: list[Line], right: list[Line], width: int) -> list[Line]:
    """Return two columns of lines, the left one ``width`` cells wide."""
    lines: list[Line] = []
    for at in range(max(len(left), len(right))):
        line = left[at] if at < len(left) else []
        if at < len(right):
            used = sum(cell_len(terminal(text)) for text, _ in line)
            line = [*line, (" " * (width - used + _GAP), "plain"), *right[at]]
        lines.append(line)
    return lines
