"""Clocks: the ticks of a pcapng interface as nanoseconds since 1970.

Here lives: if_tsresol and if_tsoffset (draft-ietf-opsawg-pcapng section 4.2).  Here does not live: where they stand in a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analyzer.capture.block import Column

__all__ = ["MICROSECONDS", "Clock"]

SECOND = 1_000_000_000
LATEST = (1 << 63) - 1
"""The last nanosecond an int64 holds, in the year 2262; later times, which only broken clocks give, are cut to it."""


class Clock(NamedTuple):
    """A tick is ``base ** -exponent`` seconds (base 2 or 10); ``offset`` seconds are added to every time."""

    base: int
    exponent: int
    offset: int = 0

    @classmethod
    def of(cls, resolution: int, offset: int = 0) -> Clock:
        """Return the clock of an if_tsresol byte: the top bit chooses base 2, the rest is the exponent."""
        return cls(2 if resolution & 0x80 else 10, resolution & 0x7F, offset)

    @property
    def resolution(self) -> float:
        """Seconds per tick."""
        return float(self.base) ** -self.exponent

    def nanoseconds(self, ticks: Column) -> Column:
        """Turn ticks (uint64) into nanoseconds since 1970 (int64), rounded down."""
        base, exponent, offset = self
        ticks_per_second = base**exponent
        if SECOND % ticks_per_second == 0:
            scale = SECOND // ticks_per_second
            times = np.minimum(ticks, np.uint64(LATEST // scale)).astype(np.int64) * scale
        elif base == 10:
            coarser = ticks_per_second // SECOND
            times = (ticks // np.uint64(coarser) if coarser < 1 << 64 else np.zeros_like(ticks)).astype(np.int64)
        elif exponent <= 34:  # a fraction of a second times 10**9 fits in 64 bits
            seconds = np.minimum(ticks >> np.uint64(exponent), np.uint64(LATEST // SECOND - 1)).astype(np.int64)
            fraction = (ticks & np.uint64(ticks_per_second - 1)) * np.uint64(SECOND) >> np.uint64(exponent)
            times = seconds * SECOND + fraction.astype(np.int64)
        else:  # no clock runs so fast; right all the same, one by one
            times = np.array([min(tick * SECOND >> exponent, LATEST) for tick in ticks.tolist()], np.int64)
        shift = max(-LATEST, min(offset * SECOND, LATEST))
        shifted: Column = np.minimum(times, LATEST - max(shift, 0)) + shift
        return shifted


MICROSECONDS = Clock(10, 6)
"""The clock of an interface that names none."""
