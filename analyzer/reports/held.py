"""Held: lines that are handed on together, for a write for each line would cost more than the line.

Here lives: how many lines wait, and for how long; a report that is nothing but lines.  Here does not live: what a line says.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.reports.report import End, Told

__all__ = ["Held", "Lines"]

_HOLD_BYTES = 1 << 16
_HOLD_SECONDS = 0.2
"""Lines wait until one of these is reached."""


class Held:
    """Lines on their way to an output; the first does not wait."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin with none."""
        self._out = out
        self._lines: list[bytes] = []
        self._bytes = 0
        self._since = 0.0

    def put(self, lines: Iterable[bytes]) -> None:
        """Add lines, without their ends."""
        for line in lines:
            self._lines.append(line)
            self._bytes += len(line)
        if self._bytes > _HOLD_BYTES or time.monotonic() - self._since > _HOLD_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the lines that wait, whole."""
        if self._lines:
            self._lines.append(b"")
            self._out.write(b"\n".join(self._lines))
            self._lines, self._bytes = [], 0
            self._out.flush()
        self._since = time.monotonic()


class Lines:
    """A report that is lines, as they come; nothing is written before the first, and nothing behind the last."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin with none."""
        self._held = Held(out)

    def lines(self, told: Told) -> Iterable[bytes]:
        """Give the lines of one handshake, without their ends."""
        raise NotImplementedError

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        self._held.put(self.lines(told))

    def flush(self) -> None:
        """Hand on the lines that wait, whole."""
        self._held.flush()

    def end(self, end: End) -> None:
        """Write the last lines (``end`` itself has no place here)."""
        del end
        self._held.flush()
