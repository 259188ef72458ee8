"""Phrases: what the terminal's ladder says of a rung — spans of time, sizes, packets, steps.

Here lives: these words.  Here does not live: where they stand (``lifelines``, ``listing``), how wide they are (``cells``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.cells import safe
from analyzer.times import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["Numbers", "lasted", "names", "offset", "sizes", "steps", "telling", "thought"]

_UNITS = ((1_000, 1, "ns"), (999_500, 1_000, "µs"), (999_500_000, 1_000_000, "ms"))
_MINUTE = 60_000_000_000
_FLIGHT = "flight "
_NAME = 200
"""Characters of a name, or of a telling field, that are looked at."""
_SHOWN_RECORDS = 4


def lasted(ns: int) -> str:
    """Return a span of time with three digits that mean something: 850 ns, 34.0 µs, 1.23 ms, 12.3 s, 2 h 3 min."""
    if ns < 0:
        return "-" + lasted(-ns)
    for above, unit, name in _UNITS:
        if ns < above:
            return f"{_digits(ns / unit)} {name}" if unit > 1 else f"{ns} {name}"
    return f"{_digits(ns / 1e9)} s" if ns < _MINUTE else span(ns)


def _digits(value: float) -> str:
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}"


def offset(ns: int) -> str:
    """Return the time since the first rung in seconds, to the microsecond, as Wireshark shows it; below zero where a clock was set."""
    return f"{'-' if ns < 0 else ''}{abs(ns) // 1_000_000_000}.{abs(ns) % 1_000_000_000 // 1000:06d}"


def sizes(rung: Rung) -> list[str]:
    """Return the size of a rung and the records that it came in, as far as they are known, the more important first."""
    if rung.length is None:
        return []
    told = [f"{rung.length:,} byte{'' if rung.length == 1 else 's'}"]
    if len(rung.records) > 1:
        shown = " + ".join(f"{length:,}" for length in rung.records[:_SHOWN_RECORDS])
        told.append(f"in {len(rung.records)} records ({shown}{' + …' if len(rung.records) > _SHOWN_RECORDS else ''})")
    elif rung.records and rung.records[0] != rung.length:
        told.append(f"in a record of {rung.records[0]:,}")
    return told


def names(rung: Rung) -> str:
    """Return the name of a rung: in brackets where it is told from place and size alone."""
    name = safe(rung.name, _NAME)
    return f"({name})" if rung.guessed else name


def telling(rung: Rung) -> list[str]:
    """Return the telling fields, each as "label value"."""
    return [safe(f"{label} {text}" if label else text, _NAME) for label, text in rung.telling]


def thought(rung: Rung) -> str:
    """Return how long the sender took to answer, and what of it was the network's; "" where that is not known."""
    if rung.thought is None:
        return ""
    if rung.network is None:
        return f"{rung.sender} and network {lasted(rung.thought)}"
    own = max(rung.thought - rung.network, 0)
    return ", ".join(f"{whose} {lasted(ns)}" for whose, ns in ((rung.sender, own), ("network", rung.network)) if ns)


def steps(rungs: Iterable[Rung]) -> tuple[str, list[str]]:
    """Return the heading of the column of steps ("step", "flight") and what stands in it for each rung, "" for what has none."""
    told = [rung.step or "" for rung in rungs]
    flights = any(told) and all(step.startswith(_FLIGHT) for step in told if step)
    return "flight" if flights else "step", [safe(step.removeprefix(_FLIGHT) if flights else step, 20) for step in told]


class Numbers:
    """Packet numbers of rungs: with a letter for their capture where they are from several."""

    def __init__(self, ladder: Ladder) -> None:
        """Look at which captures they are from."""
        sources = sorted({rung.source for rung in ladder.rungs if rung.source is not None and rung.packet is not None})
        self.captures: Sequence[tuple[str, str]] = [(_letter(at), source) for at, source in enumerate(sources)] if len(sources) > 1 else ()
        """(letter, name of the capture) where there are several."""
        self._letters = {source: f"{letter}:" for letter, source in self.captures}

    def of(self, rung: Rung) -> str:
        """Return "12", "12-14", or "" for what did not come."""
        if rung.packet is None:
            return ""
        last = "" if rung.last_packet in (None, rung.packet) else f"-{rung.last_packet}"
        return f"{self._letters.get(rung.source or '', '')}{rung.packet}{last}"


def _letter(at: int) -> str:
    """Return a, b … z, then numbers."""
    return chr(ord("a") + at) if at < 26 else str(at)
