"""Outputs: where reports go.  A file is written beside its place and renamed when whole: there is never half a report.

Here lives: opening, keeping and dropping output files, standard output and its encoding.  Here does not live: what stands in them
(``reports``).
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import re
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from analyzer.reports.escapes import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Any, Self

__all__ = ["Outputs", "forget_stdout"]

_DESCRIPTORS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_LINKS = 40
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,4})")
"""Names of what is open already: opened anew it would lose its place, and what a shell's >> had kept before it."""


class Outputs:
    """The files of one run: ``keep`` puts all of them in their places, leaving without it drops them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._files: list[tuple[BinaryIO, Path | None, Path]] = []
        self._parts: list[Path] = []
        """Unfinished files, noted before they are made: a signal may come between two steps."""

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Drop what was not kept."""
        for file, _, _ in self._files:
            with contextlib.suppress(OSError):
                file.close()
        for part in self._parts:
            with contextlib.suppress(OSError):  # it is in its place
                part.unlink()
        self._files.clear()

    def open(self, path: str, name: str, captures: Iterable[Any] = ()) -> BinaryIO:
        """Open ``path`` for a report of the format ``name``; "-" is standard output; a device or pipe is written to as it is.

        Raises click.ClickException where the place cannot be written to, or is one of the captures.
        """
        if path == "-":
            return _stdout(name)
        try:
            self._open(path, captures)
        except (OSError, RuntimeError) as error:  # until Python 3.13 a loop of links is a RuntimeError
            reason = error.strerror if isinstance(error, OSError) else "a loop of links"
            raise click.ClickException(f"{path}: cannot be written: {reason}") from error
        return self._files[-1][0]

    def _open(self, path: str, captures: Iterable[Any]) -> None:
        named = Path(path)
        place = named.resolve()
        if (descriptor := _descriptor(path)) is not None:
            self._files.append((os.fdopen(os.dup(descriptor), "wb"), None, place))
            return
        before = named.stat() if named.exists() else None
        if before is not None and not stat.S_ISREG(before.st_mode):
            self._files.append((named.open("wb"), None, place))
            return
        if before is not None and not os.access(place, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        if before is not None and any(_same(before, capture) for capture in captures):
            raise OSError(errno.EINVAL, "it is one of the captures")
        part = place.with_name(f".{place.name[:50]}.{secrets.token_hex(8)}.part")
        self._parts.append(part)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._files.append((os.fdopen(os.open(part, flags, 0o666 if before is None else 0o600), "wb"), part, place))
        if before is not None:  # what was private is so at no time less
            with contextlib.suppress(OSError, AttributeError):  # only root may give a file to somebody else
                os.chown(part, before.st_uid, before.st_gid)
            part.chmod(before.st_mode & 0o777)

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
        self._parts.clear()


def _descriptor(path: str) -> int | None:
    """Return the number of the open file that a path, or the link there, is a name of."""
    for _ in range(_LINKS):
        if path in _DESCRIPTORS:
            return _DESCRIPTORS[path]
        if found := _DESCRIPTOR.fullmatch(path):
            return int(found[1])
        if not os.path.islink(path):  # noqa: PTH114 - a Path would take "/dev/fd/../x" apart
            break
        path = os.path.join(os.path.dirname(path), os.readlink(path))  # noqa: PTH115, PTH118, PTH120 - as above
    return None


def _same(status: os.stat_result, capture: Any) -> bool:
    """Tell whether a capture is the file of this status; what has no name, or is gone, is none."""
    try:
        return isinstance(capture, str) and os.path.samestat(status, os.stat(capture))  # noqa: PTH116 - one call a capture
    except OSError:
        return False


def _stdout(name: str) -> BinaryIO:
    """Return standard output; what it cannot take as UTF-8 goes there in its own encoding (text always, data only to a terminal)."""
    if sys.stdout is None:  # closed by the shell: >&-
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    utf8 = codecs.lookup(sys.stdout.encoding or "utf-8").name == "utf-8"
    if utf8 or not (name == "text" or sys.stdout.isatty()):
        return sys.stdout.buffer
    return cast("BinaryIO", _Recoded(sys.stdout.buffer, sys.stdout.encoding, as_json=name in {"json", "ndjson", "sarif"}))


class _Recoded:
    """Takes UTF-8, in any pieces, and writes another encoding."""

    def __init__(self, file: BinaryIO, encoding: str, *, as_json: bool) -> None:
        self._file = file
        self._encoding = encoding
        self._as_json = as_json
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data: bytes) -> int:
        """Write what the bytes complete."""
        self._file.write(encoded(self._decoder.decode(data), self._encoding, as_json=self._as_json))
        return len(data)

    def flush(self) -> None:
        """Hand it on."""
        self._file.flush()


def forget_stdout() -> None:
    """Let standard output lead nowhere, so that the interpreter's own last flush cannot fail, or wait."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
