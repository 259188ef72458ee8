"""Outputs: where reports go.  A file is written beside its place and renamed when whole: there is never half a report.

Here lives: opening, keeping and dropping output files.  Here does not live: what stands in them (``reports``).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Outputs"]


class Outputs:
    """The files of one run: ``keep`` puts all of them in their places, leaving without it drops them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._files: list[tuple[BinaryIO, Path | None, Path]] = []

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Drop what was not kept."""
        for file, part, _ in self._files:
            with contextlib.suppress(OSError):
                file.close()
            if part is not None:
                with contextlib.suppress(OSError):
                    part.unlink()
        self._files.clear()

    def open(self, path: str) -> BinaryIO:
        """Open ``path`` for writing; "-" is standard output; a device or pipe is written to as it is.

        Raises click.BadParameter where the place cannot be written to.
        """
        if path == "-":
            if sys.stdout is None:  # closed by the shell: >&-
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            return sys.stdout.buffer
        try:
            named = Path(path)
            before = named.stat() if named.exists() else None
            place = named.resolve()
            if before is not None and not stat.S_ISREG(before.st_mode):
                part = None
                file: BinaryIO = named.open("wb")
            else:
                part = place.with_name(f".{place.name[:50]}.{os.getpid()}.{len(self._files)}.part")
                file = part.open("xb")
        except OSError as error:
            raise click.BadParameter(f"{path}: {error.strerror}", param_hint="--output") from error
        self._files.append((file, part, place))
        if part is not None and before is not None:
            part.chmod(stat.S_IMODE(before.st_mode))
        return file

    def keep(self) -> None:
        """Put every file in its place, whole on disk.  Raises OSError where one cannot be; none is half written."""
        for file, part, _ in self._files:
            file.flush()
            if part is not None:
                os.fsync(file.fileno())
            file.close()
        for _, part, place in self._files:
            if part is not None:
                part.replace(place)
        self._files.clear()
