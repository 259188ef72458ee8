"""Times and spans for people and programs.

Here lives: nanoseconds since 1970 UTC → text.  Here does not live: which column is a time (``facts``).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["clock", "iso", "iso_seconds", "span"]

_CYCLE = 146_097 * 86_400
"""Seconds of the 400 years after which the Gregorian calendar repeats: with it any integer is a date, year 0 too."""
_ANCHOR = datetime(2000, 1, 1, tzinfo=UTC)
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@lru_cache(4096)
def _second(seconds: int) -> str:
    """Seconds since 1970 → "2026-01-01T00:00:00"."""
    cycle, within = divmod(seconds - int(_ANCHOR.timestamp()), _CYCLE)
    moment = _ANCHOR + timedelta(seconds=within)
    year = moment.year + 400 * cycle
    return (f"{year:04d}" if year >= 0 else f"-{-year:04d}") + moment.strftime("-%m-%dT%H:%M:%S")


def iso(ns: int) -> str:
    """Return the ISO 8601 UTC time with nanoseconds: 2026-01-01T00:00:00.123456789Z (RFC 3339 for the years 0 to 9999)."""
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{_second(seconds)}.{rest:09d}Z"


def iso_seconds(ns: int) -> str:
    """Return the time to the second, for people: 2026-01-01 00:00:00."""
    return _second(ns // 1_000_000_000).replace("T", " ")


def clock(ns: int) -> str:
    """Return the time of day to the millisecond: 00:00:00.123."""
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{_second(seconds)[-8:]}.{rest // 1_000_000:03d}"


def span(ns: int) -> str:
    """Return a duration in its two largest units ("2 d 3 h", "10 min 3 s"), below a minute as seconds ("1.234 s")."""
    if abs(ns) < 60_000_000_000:
        return f"{ns / 1e9:.3f} s"
    rest = abs(ns) // 1_000_000_000
    parts: list[str] = []
    for size, unit in _SPANS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}")
    return ("-" if ns < 0 else "") + " ".join(parts[:2])
