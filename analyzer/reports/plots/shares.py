"""Shares: what part of the traffic each kind had as time went on — stacked shares by time bin, and below them how many there were.

Here lives: bins of round length, the drawing.  Here does not live: who is counted in which series, the figure around it (``canvas``).
Each band is named beside its last bin, in the order of the stack, so that no colour is needed to tell them apart.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from analyzer.escapes import terminal
from analyzer.reports.overview import share
from analyzer.reports.plots.canvas import WIDTH, counted, figure, line, nothing, rectangle, text, units, width_of
from analyzer.times import iso_seconds, span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["edges", "over_time"]

SECOND = 1_000_000_000
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)
"""Lengths of a bin, seconds; beyond a day it is doubled."""

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

_KINDS = 8
"""Series that are told apart, as there are colours; the rarest of more are one, "other"."""
_MOST_BINS = 240
"""More are put together: a bar needs a pixel."""
_LEFT, _RIGHT = 40, 232
_HIGH = 140
_TOP = 6
_FLOOR = _TOP + _HIGH
_STRIP = 28
_STEP = 15
"""Between the names of two bands."""


def edges(first: int, last: int, most: int = 60) -> list[int]:
    """Return the ends of at most ``most`` bins of one round length from before ``first`` to after ``last``, all ns since 1970 UTC.

    n bins have n + 1 ends; a time t is in bin (t - edges[0]) // (edges[1] - edges[0]).
    """
    first, last = min(first, last), max(first, last)
    steps = iter(STEPS)
    seconds = 0
    while True:
        seconds = next(steps, seconds * 2)
        step = seconds * SECOND
        begin, end = first // step * step, (last // step + 1) * step
        if (end - begin) // step <= max(most, 2):
            return list(range(begin, end + 1, step))


def over_time(series: Mapping[str, Sequence[int]], edges: Sequence[int], *, title: str) -> str:
    """Draw counts by kind and bin as shares of each bin; ``edges``: the n + 1 ends of the n bins, ns since 1970 UTC."""
    bins = max(len(edges) - 1, 0)
    kinds = _kinds({name: [max(count, 0) for count in [*counts[:bins], *[0] * (bins - len(counts))]] for name, counts in series.items()})
    together = -(-bins // _MOST_BINS)
    if together > 1:
        kinds = {name: [sum(counts[at : at + together]) for at in range(0, bins, together)] for name, counts in kinds.items()}
    sums = [sum(counts) for counts in zip(*kinds.values(), strict=True)]
    total = sum(sums)
    if not total:
        return nothing(title, "nothing to count.")
    beside = all(width_of(name, 11) <= WIDTH - _RIGHT - 28 - width_of("100 %", 11) for name in kinds)
    right = _RIGHT if beside else WIDTH
    wide = (right - _LEFT) / len(sums)
    body = []
    for percent in (0, 50, 100):
        y = _FLOOR - _HIGH * percent / 100
        body += [line(_LEFT, y, right, y), text(_LEFT - 4, y + 4, f"{percent} %", "value", end=True, size=10)]
    below = [0] * len(sums)
    last = max(at for at, count in enumerate(sums) if count)
    labels = []
    for color, (name, counts) in enumerate(kinds.items()):
        marks = []
        for at, (count, under, whole) in enumerate(zip(counts, below, sums, strict=True)):
            if count:
                tall = _HIGH * (count / whole)
                top = _FLOOR - _HIGH * (under / whole) - tall
                marks.append(_bar(_LEFT + at * wide, top, wide, max(tall - 0.7, 0.4)))
        middle = _FLOOR - _HIGH * ((below[last] + counts[last] / 2) / sums[last])
        labels.append((middle, color, name, sum(counts), counts[last] > 0))
        below = [under + count for under, count in zip(below, counts, strict=True)]
        body.append(f'<path class="c{color}" d="{"".join(marks)}"/>')
    begin, end = edges[0], edges[-1]
    bottom = _FLOOR + 14 + _STRIP + 14
    length = _length((edges[1] - begin) * together)
    most = f"at most {counted(max(sums))} a bar"
    body += [*_strip(sums, wide, right), text(_LEFT, bottom, iso_seconds(begin), size=10)]
    if beside:
        body += _named(labels, total, _LEFT + (last + 1) * wide)
        body += [
            text(WIDTH, _FLOOR + 22, most, end=True, size=10, room=WIDTH - _RIGHT),
            text(right, bottom + 13, f"to {iso_seconds(end)} UTC", end=True, size=10),
            text(WIDTH, bottom, f"bars of {length}", end=True, size=10),
        ]
        bottom += 18
    else:
        body += [
            text(right, bottom, f"to {iso_seconds(end)} UTC", end=True, size=10),
            text(_LEFT, bottom + 13, f"bars of {length}, {most}", size=10),
            *_listed(labels, total, bottom + 13),
        ]
        bottom += 18 + _STEP * len(labels)
    told = ", ".join(_told(name, counts, sums, total) for name, counts in kinds.items())
    words = f"Shares from {iso_seconds(begin)} to {iso_seconds(end)} UTC in {len(sums)} bins of {length}, {counted(total)} in all: {told}."
    return figure(bottom, title, words, "".join(body))


def _length(ns: int) -> str:
    """Return the length of a bin in the largest unit that it is a multiple of."""
    whole = next(((size, unit) for size, unit in _UNITS if ns and ns % (size * SECOND) == 0), None)
    return f"{counted(ns // (whole[0] * SECOND))} {whole[1]}" if whole else span(ns)


def _kinds(series: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Return the series that hold anything, in their order; of more than there are colours the rarest as one."""
    kinds = {name: list(counts) for name, counts in series.items() if any(counts)}
    if len(kinds) <= _KINDS:
        return kinds
    kept = set(sorted(kinds, key=lambda name: -sum(kinds[name]))[: _KINDS - 1])
    rest = [counts for name, counts in kinds.items() if name not in kept]
    named = {name: counts for name, counts in kinds.items() if name in kept}
    return named | {f"other ({counted(len(rest))} more)": [sum(column) for column in zip(*rest, strict=True)]}


def _bar(x: float, y: float, wide: float, high: float) -> str:
    """Return a rectangle as a part of a path, with a gap to its neighbour where there is room for one."""
    gap = 1 if wide > 3 else 0
    return f"M{units(x)} {units(y)}h{units(wide - gap)}v{high:.2f}H{units(x)}z"


def _named(labels: list[tuple[float, int, str, int, bool]], total: int, start: float) -> list[str]:
    """Name the bands beside the last bin, from bottom to top, each as near to its band as the others let it."""
    floor = _FLOOR + 2.0
    places = []
    for at, (middle, *_) in enumerate(labels):
        above = (len(labels) - 1 - at) * _STEP
        floor = max(min(middle, floor), _TOP + 4 + above)
        places.append(floor)
        floor -= _STEP
    body = []
    for (middle, color, name, count, there), y in zip(labels, places, strict=True):
        value = share(count, total)
        if there:
            way = f"M{units(start)} {units(middle)}H{_RIGHT}L{_RIGHT + 8} {units(y)}"
            body.append(f'<path class="grid" fill="none" stroke="currentColor" d="{way}"/>')
        body += [
            rectangle(_RIGHT + 10, y - 4, 8, 8, f"c{color}"),
            text(_RIGHT + 22, y + 4, name, room=WIDTH - _RIGHT - 28 - width_of(value, 11), size=11),
            text(WIDTH, y + 4, value, "value", end=True, size=11),
        ]
    return body


def _listed(labels: list[tuple[float, int, str, int, bool]], total: int, top: float) -> list[str]:
    """Name the bands below each other, the uppermost first: their names are too long to stand beside."""
    body = []
    for row, (_, color, name, count, _) in enumerate(reversed(labels), 1):
        y, value = top + row * _STEP, share(count, total)
        body += [
            rectangle(0, y - 8, 8, 8, f"c{color}"),
            text(12, y, name, room=WIDTH - 20 - width_of(value, 11), size=11),
            text(WIDTH, y, value, "value", end=True, size=11),
        ]
    return body


def _strip(sums: list[int], wide: float, right: float) -> list[str]:
    """Draw how many there were in each bin."""
    top, most = _FLOOR + 12, max(sums)
    heights = [max(_STRIP * (count / most), 1) if count else 0 for count in sums]
    marks = [_bar(_LEFT + at * wide, top + _STRIP - tall, wide, tall) for at, tall in enumerate(heights) if tall]
    return [
        f'<path class="c7" d="{"".join(marks)}"/>',
        line(_LEFT, top + _STRIP, right, top + _STRIP, "axis"),
    ]


def _told(name: str, counts: list[int], sums: list[int], total: int) -> str:
    """Tell one series in words: its share of all, and how it went from the first bin that holds anything to the last."""
    parts = [share(count, whole) for count, whole in zip(counts, sums, strict=True) if whole]
    went = "" if len(parts) == 1 or len(set(parts)) == 1 else f", {parts[0]} in the first and {parts[-1]} in the last"
    turns = sum(one != other for one, other in pairwise(parts))
    return f"{terminal(name, 60)} {counted(sum(counts))} ({share(sum(counts), total)}{went if turns else ''})"
