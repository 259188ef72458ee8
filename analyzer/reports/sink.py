"""Sink: where a library writes a file of ours — counted, for a pipe does not know its place, and never closed by who writes.

Here lives: what is handed on until the report is given up.  Here does not live: what is written, who opened it.
"""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["Sink"]


class Sink:
    """An output that is written from one end to the other."""

    closed = False

    def __init__(self, out: BinaryIO) -> None:
        """Hand on to ``out``."""
        self._out: BinaryIO | None = out
        self._at = 0

    def write(self, data: bytes) -> int:
        """Write it, unless the sink was left: a writer that failed still writes its end.  Raises OSError."""
        if self._out is not None:
            self._out.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        """Return how much was written."""
        return self._at

    def flush(self) -> None:
        """Do nothing: the report flushes."""

    def close(self) -> None:
        """Do nothing: whoever opened it closes it."""

    def leave(self) -> None:
        """Write nothing from now on."""
        self._out = None
