"""Piped: a capture that somebody else makes, read live: standard input ("-") or a named pipe in the place of an interface.

Here lives: that catcher.  Here does not live: programs that we start (``programs``).
"""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.capture.live.request import Tally
from analyzer.errors import NoInterfaceError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Piped", "is_pipe"]

LOOK = 0.1
"""Seconds between two looks whether it is to stop: whoever writes at the other end is not ours to end."""


def is_pipe(interface: str) -> bool:
    """Tell whether what is named as an interface is standard input or a named pipe."""
    if interface == "-":
        return True
    try:
        return "/" in interface and stat.S_ISFIFO(Path(interface).stat().st_mode)
    except (OSError, ValueError):
        return False


class _Stoppable(io.RawIOBase):
    """Reads a descriptor until it ends or is told to end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waits = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        self.stopped = False

    def fileno(self) -> int:
        return self._descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        while not self.stopped:
            if not self._waits or select.select([self._descriptor], [], [], LOOK)[0]:
                data = os.read(self._descriptor, len(view))
                view[: len(data)] = data
                return len(data)
        return 0


class Piped:
    """A ``Catcher`` of standard input or a named pipe.  Raises NoInterfaceError where it cannot be opened."""

    name = "pipe"

    def __init__(self, interface: str) -> None:
        """Open it; a named pipe is opened whether or not somebody writes yet."""
        self._mine = interface != "-"
        if self._mine:
            try:
                descriptor = os.open(interface, os.O_RDONLY | os.O_NONBLOCK)
                os.set_blocking(descriptor, True)
            except OSError as error:
                raise NoInterfaceError(f"{interface}: cannot be opened: {error.strerror}") from None
        elif sys.__stdin__ is None:
            raise NoInterfaceError("-: standard input is closed")
        else:
            descriptor = sys.__stdin__.fileno()
        self._input = _Stoppable(descriptor)

    @property
    def input(self) -> io.RawIOBase:
        """The bytes as they come; EOF also after ``stop``."""
        return self._input

    def stop(self) -> None:
        """Read no more."""
        self._input.stopped = True

    def tally(self) -> Tally:
        """Return nothing: who made the capture may say in it what it lost."""
        return Tally()

    def ended(self) -> str | None:
        """Return nothing: that a pipe ends is no fault."""
        return None

    def close(self) -> None:
        """Read no more, and close what was opened here."""
        self.stop()
        if self._mine and not self._input.closed:
            self._input.close()
            os.close(self._input.fileno())
