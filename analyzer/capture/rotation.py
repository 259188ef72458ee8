"""Rotation: when a file that is kept is full, and the files that follow each other then, as dumpcap's ring buffer names them.

Here lives: reading "10MB" and "1h", names, files that are whole before they have their names.  Here does not live: what stands in them
(``keeping``), files that grow in place (``growing``).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import re
import secrets
from typing import TYPE_CHECKING

import msgspec

from analyzer.capture.clocks import SECOND
from analyzer.capture.growing import Growing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Ring", "Rotation", "rotation_of"]

SIZES: dict[str, int] = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}  # fmt: skip
"""Unit, in small letters -> bytes."""
TIMES: dict[str, int] = {"s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86_400}
"""Unit -> seconds."""
LEAST, MOST = 1 << 10, 1 << 62
"""Bytes of a file: one of less is hardly more than its header; and what a number may come to."""
MOST_SECONDS = 366 * 86_400
"""Seconds of a file: a year."""
STEM = 180
"""Bytes of a name before its number and time: a name has 255 in all."""

_TEXT = re.compile(r"\s*([0-9]{1,18})\s*([A-Za-z]*)\s*")


class Rotation(msgspec.Struct, frozen=True):
    """When the next file is begun: before one has more than ``size`` bytes, or once it is ``seconds`` old; one of them is None."""

    size: int | None = None
    seconds: int | None = None


def rotation_of(text: str) -> Rotation:
    """Read "10MB", "500kB", "1GiB" (bytes) or "60s", "5min", "1h", "1d" (time).  Raises ValueError that says what is wrong."""
    found = _TEXT.fullmatch(text)
    units = "kB, MB, GB, KiB, MiB, GiB or s, min, h, d"
    if found is None:
        raise ValueError(f"{text!r} is no size and no time: a whole number and a unit ({units}), as 100MB or 1h")
    number, unit = int(found[1]), found[2].lower()
    if not unit:
        raise ValueError(f"{text!r} has no unit: {units}")
    if unit == "m":
        raise ValueError(f"{text!r} may be minutes ({number}min) or megabytes ({number}MB)")
    if unit in SIZES:
        size = number * SIZES[unit]
        if not LEAST <= size <= MOST:
            raise ValueError(f"{text!r} is too {'small' if size < LEAST else 'large'}: a file has 1KiB or more")
        return Rotation(size=size)
    if unit in TIMES:
        seconds = number * TIMES[unit]
        if not 1 <= seconds <= MOST_SECONDS:
            raise ValueError(f"{text!r} is too {'short' if seconds < 1 else 'long'}: a file takes from a second to a year")
        return Rotation(seconds=seconds)
    raise ValueError(f"{text!r}: {found[2]!r} is no unit: {units}")


class Ring:
    """Files ``name_00001_20261128123000.pcapng``, ``name_00002_…`` (number, local time of the start), each whole before it has its name.

    What is being written stands beside them as a hidden file that ends in ``.part``.  A file is begun by what is first written to it, so
    that there is none without a handshake.  ``files`` counts those that are in their places.
    """

    eager = False
    """It begins when there is something to write (see ``keeping.Sink``)."""

    def __init__(self, path: Path, rotation: Rotation) -> None:
        """Name files after ``path``.  Raises OSError where its folder is none or cannot be written to."""
        self.files = 0
        self._path, self._rotation = path, rotation
        self._number = 0
        self._file: Growing | None = None
        self._part: Path | None = None
        self._size = self._start = self._now = 0
        if not path.parent.is_dir():
            code = errno.ENOTDIR if path.parent.exists() else errno.ENOENT
            raise OSError(code, os.strerror(code), str(path))
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def full(self, size: int, now: int) -> bool:
        """Tell whether the file has to end before ``size`` more bytes at the time ``now`` (ns); also where the clock was set far back."""
        self._now = now
        if self._file is None:
            return False
        if self._rotation.seconds is not None:
            return not -self._rotation.seconds <= (now - self._start) // SECOND < self._rotation.seconds
        return self._size + size > (self._rotation.size or 0)

    def write(self, data: bytes) -> None:
        """Write all of it to the file that is open, or to a new one.  Raises OSError with the name; then nothing of it is there."""
        if self._file is None:
            self._begin()
        assert self._file is not None
        self._file.write(data)
        self._size += len(data)

    def turn(self) -> None:
        """End the file: on disk, then in its place.  Raises OSError with the name."""
        file, part, self._file, self._part = self._file, self._part, None, None
        if file is None or part is None:
            return
        try:
            file.close()
        finally:
            if self._size and part.exists():
                try:
                    part.rename(self._place())
                except OSError as error:
                    raise OSError(error.errno, error.strerror, str(self._path)) from error
                self.files += 1
            else:
                with contextlib.suppress(OSError):
                    part.unlink()

    close = turn

    def _begin(self) -> None:
        """Open a new hidden file."""
        self._part = self._path.with_name(f".{self._stem()[:50]}.{secrets.token_hex(8)}.part")
        self._number += 1
        self._size, self._start = 0, self._now
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self._file = Growing(os.open(self._part, flags, 0o666), str(self._path))
        except OSError as error:
            self._part = None
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def _place(self) -> Path:
        """Return the name of the file that was begun last; one that somebody else has taken is passed over."""
        while True:
            place = self._path.with_name(f"{self._stem()}_{self._number:05}_{_local(self._start)}{self._path.suffix or '.pcapng'}")
            if not place.exists():
                return place
            self._number += 1

    def _stem(self) -> str:
        return self._path.stem.encode("utf-8", "surrogateescape")[:STEM].decode("utf-8", "ignore") or "capture"


def _local(time: int) -> str:
    """Return a time (ns) as YYYYMMDDhhmmss of the local clock; one that no calendar has as that of 1970."""
    try:
        return dt.datetime.fromtimestamp(time // SECOND).astimezone().strftime("%Y%m%d%H%M%S")
    except (ValueError, OverflowError, OSError):
        return "19700101000000"
