"""Spread: how long it took — times as a histogram on a logarithmic axis, with the median and the time that 95 % stay within.

Here lives: bins, ticks and the drawing.  Here does not live: what is timed (``facts``), the figure around it (``canvas``).
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from analyzer.reports.plots.canvas import SIZE, WIDTH, counted, figure, line, nothing, rectangle, text, width_of
from analyzer.times import span

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["spread"]

_TOP = 48
_HIGH = 90
_FLOOR = _TOP + _HIGH
_MINUTE = 60_000.0
_DAY = 86_400_000.0
_BEYOND = 1e200
"""No time is so long; powers of ten above it are no floats."""
_LONGEST = 1e15
"""Milliseconds (30,000 years) above which a time is told as a power of ten."""
_FINE = ((2, 10), (5, 5), (12, 2))
"""Decades -> bars for each, one beyond: about twenty bars in all."""
_MOST_TICKS = 6


def spread(values_ms: Sequence[float], *, title: str) -> str:
    """Draw times in milliseconds.  Those that are zero or below, or no numbers, have no place on the axis: that is told, never silent."""
    values = sorted(value for value in values_ms if 0 < value < _BEYOND)
    off = len(values_ms) - len(values)
    if not values:
        return nothing(title, f"no time above zero ({counted(off)} at zero or below)." if off else "no times.")
    low, high = math.floor(math.log10(values[0])), math.ceil(math.log10(values[-1]))
    high = max(high, low + 1)
    fine = next((bars for decades, bars in _FINE if high - low <= decades), 1)
    counts = [0] * ((high - low) * fine)
    for value in values:
        counts[min(int((math.log10(value) - low) * fine), len(counts) - 1)] += 1
    scale = WIDTH / (high - low)
    highest, wide = max(counts), WIDTH / len(counts)
    body = [line(0, _TOP, WIDTH, _TOP), text(0, _TOP - 3, f"most in a bar: {counted(highest)}", "value", size=10)]
    for at, count in enumerate(counts):
        if count:
            tall = max(_HIGH * (count / highest), 1)
            ends = f"{_shown(10 ** (low + at / fine))} to {_shown(10 ** (low + (at + 1) / fine))}"
            broad = max(wide - 1, 0.5)
            x = min(at * wide + 0.5, WIDTH - broad)  # of hundreds of decades a bar is narrower than it can be drawn
            body.append(rectangle(x, _FLOOR - tall, broad, tall, "c0", f"{ends}: {counted(count)}"))
    body.append(line(0, _FLOOR, WIDTH, _FLOOR, "axis"))
    step = -(-(high - low) // _MOST_TICKS)
    for decade in range(low, high + 1, step):
        x = (decade - low) * scale
        label = _tick(10.0**decade)
        wide_label = width_of(label, 10)
        body += [
            line(x, _FLOOR, x, _FLOOR + 4, "axis"),
            text(min(max(x - wide_label / 2, 0), WIDTH - wide_label), _FLOOR + 15, label, "label", size=10),
        ]
    median, within = statistics.median(values), values[math.ceil(0.95 * len(values)) - 1]
    # the median's words stand left of its line and below those of the other one: so no line goes through words
    marks = ((within, f"95 % within {_shown(within)}", 11, False), (median, f"median {_shown(median)}", 26, True))
    for value, label, y, left in marks:
        x = min(max((math.log10(value) - low) * scale, 0), WIDTH)
        wide_label = width_of(label) + 4
        end = x >= wide_label and (left or x + wide_label > WIDTH)
        body += [line(x, y - SIZE + 3, x, _FLOOR, "axis", dashed=True), text(x - 4 if end else x + 4, y, label, "value", end=end)]
    note = f" {counted(off)} at zero or below have no place on this axis." if off else ""
    if off:
        body.append(text(0, _FLOOR + 31, note.strip(), size=10))
    told = (
        f"{counted(len(values))} times from {_shown(values[0])} to {_shown(values[-1])}, "
        f"median {_shown(median)}, 95 % within {_shown(within)}.{note}"
    )
    return figure(_FLOOR + (36 if off else 20), title, told, "".join(body))


def _tick(ms: float) -> str:
    """Return a power of ten of milliseconds in one number."""
    if ms < 1000:
        return f"{ms:g} ms"
    return f"{ms / 1000:g} s" if ms < _DAY else f"{round(ms / _DAY, 1):,g} d" if ms < _LONGEST else _shown(ms)


def _shown(ms: float) -> str:
    """Return milliseconds for people in three digits: 0.12 ms, 12.3 ms, 1.23 s, 10 min 3 s."""
    if ms >= _LONGEST:
        return f"{ms / 1000:.0e} s"
    if ms >= _MINUTE:
        return span(int(ms * 1_000_000))
    return f"{ms:.3g} ms" if ms < 1000 else f"{ms / 1000:.3g} s"
