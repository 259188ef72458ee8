"""Inputs: the bytes of a file, a pipe or an object, as they come.

Here lives: opening, reading, and knowing whether more can be had without waiting.  Here does not live: what the bytes are.
"""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from pathlib import Path
from typing import Any, Protocol

__all__ = ["File", "Handle", "Input", "Pipe", "open_input", "reopenable"]


class Input(Protocol):
    """Bytes in order, read once."""

    @property
    def live(self) -> bool:
        """True where bytes come when somebody sends them, so that waiting for a full room would hold back what is there."""
        ...

    def readinto(self, room: memoryview) -> int:
        """Fill a part of ``room`` or all of it, wait only where nothing is there yet; 0 is the end.  Raises OSError."""
        ...

    def ready(self, seconds: float) -> bool:
        """Tell whether more (or the end) can be had within so many seconds; asked only where ``live``."""
        ...

    def left(self) -> int | None:
        """Return how many bytes are still to come, None where that is not known."""
        ...

    def park(self) -> None:
        """Give back what is scarce (the file descriptor) until the next read, where that can be done."""
        ...

    def close(self) -> None:
        """End reading."""
        ...


class File:
    """A regular file.  It can be parked: closed, and opened again where it stood."""

    live = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._at = 0
        self._file: io.FileIO | None = None
        self._identity: tuple[int, int] | None = None
        self._open()

    def readinto(self, room: memoryview) -> int:  # noqa: D102 - as Input
        got = self._open().readinto(room) or 0
        self._at += got
        return got

    def ready(self, seconds: float) -> bool:  # noqa: ARG002, D102 - as Input; a file never lets one wait
        return True

    def left(self) -> int | None:  # noqa: D102 - as Input
        return max(os.fstat(self._open().fileno()).st_size - self._at, 0)

    def park(self) -> None:  # noqa: D102 - as Input
        self.close()

    def close(self) -> None:  # noqa: D102 - as Input
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> io.FileIO:
        if self._file is None:
            self._file = io.FileIO(self._path)
            status = os.fstat(self._file.fileno())
            identity = (status.st_dev, status.st_ino)
            if self._identity not in {None, identity}:
                raise OSError("another file has taken its name")
            self._identity = identity
            if self._at:
                self._file.seek(self._at)
        return self._file


class Pipe:
    """A FIFO, a terminal, a socket: what comes when it comes."""

    live = True

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._poll: Any = None
        if hasattr(select, "poll"):  # not on Windows; there nothing is waited for, and Blocks are as small as they come
            self._poll = select.poll()
            self._poll.register(file.fileno(), select.POLLIN)

    def readinto(self, room: memoryview) -> int:  # noqa: D102 - as Input
        return self._file.readinto(room) or 0

    def ready(self, seconds: float) -> bool:  # noqa: D102 - as Input
        return bool(self._poll and self._poll.poll(seconds * 1000))

    def left(self) -> int | None:  # noqa: D102 - as Input
        return None

    def park(self) -> None:
        """Do nothing: a pipe cannot be opened twice."""

    def close(self) -> None:  # noqa: D102 - as Input
        self._file.close()


class Handle:
    """A binary file object of the caller, who closes it."""

    def __init__(self, file: Any) -> None:
        # Short reads where the object has them: readinto of a buffered pipe would wait until all of the room is full.
        self._into = getattr(file, "readinto1", None) or getattr(file, "readinto", None)
        self._read = getattr(file, "read1", None) or file.read
        self.live = not _seekable(file)

    def readinto(self, room: memoryview) -> int:  # noqa: D102 - as Input
        if self._into is not None:
            return self._into(room) or 0
        data = self._read(len(room)) or b""
        if isinstance(data, str):
            raise OSError("opened as text, not as bytes")
        room[: len(data)] = data
        return len(data)

    def ready(self, seconds: float) -> bool:  # noqa: ARG002, D102 - as Input; of an unknown object only the next read can tell
        return False

    def left(self) -> int | None:  # noqa: D102 - as Input
        return None

    def park(self) -> None:
        """Do nothing: the object is the caller's."""

    def close(self) -> None:
        """Do nothing: the object is the caller's."""


def open_input(what: Any) -> Input:
    """Open a path, "-" (standard input), bytes, or a binary file object; a Pipe is open already.  Raises OSError."""
    if isinstance(what, Pipe):
        return what
    if isinstance(what, bytes | bytearray | memoryview):
        return Handle(io.BytesIO(what))
    if hasattr(what, "read"):
        return Handle(what)
    if what == "-":
        descriptor = sys.__stdin__.fileno() if sys.__stdin__ else 0
        file = io.FileIO(descriptor, closefd=False)
        return Handle(file) if stat.S_ISREG(os.fstat(descriptor).st_mode) else Pipe(file)
    path = os.fsdecode(what)
    return File(path) if stat.S_ISREG(Path(path).stat().st_mode) else Pipe(io.FileIO(path))


def reopenable(what: Any) -> bool:
    """Tell whether an input can be opened a second time and be the same: a regular file named by its path, or bytes."""
    if isinstance(what, bytes | bytearray | memoryview):
        return True
    if hasattr(what, "read") or what == "-":
        return False
    try:
        return stat.S_ISREG(Path(os.fsdecode(what)).stat().st_mode)
    except (OSError, ValueError):
        return False


def _seekable(file: Any) -> bool:
    try:
        return bool(file.seekable())
    except (AttributeError, OSError, ValueError):
        return False
