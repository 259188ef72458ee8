"""Outputs: where reports go.  A file is written beside its place and renamed when whole: there is never half a report.

What a live run adds to as it goes (``grow``, ``ring``, ``append``) is in its place from the start, and whole after each write.

Here lives: opening, keeping and dropping output files, standard output and its encoding.  Here does not live: what stands in them
(``reports``, ``capture.keeping``), writing whole or not at all (``capture.growing``), when a file is full (``capture.rotation``).
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
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

import click

from analyzer.escapes import encoded
from analyzer.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Any, Self

    from analyzer.capture.growing import Growing
    from analyzer.capture.rotation import Ring, Rotation

__all__ = ["Outputs", "forget_stdout"]

_DESCRIPTORS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_LINKS = 40
Sink = TypeVar("Sink", "Growing", "Ring")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,4})")
"""Names of what is open already: opened anew it would lose its place, and what a shell's >> had kept before it."""


class Outputs:
    """The files of one run: ``keep`` puts all of them in their places, leaving without it drops them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._files: list[tuple[BinaryIO, Path | None, Path]] = []
        self._parts: list[Path] = []
        """Unfinished files, noted before they are made: a signal may come between two steps."""
        self._grown: list[tuple[Growing | Ring, Path | None]] = []
        """What is in its place as it grows; None where that is no file."""
        self._folders: list[Path] = []
        """Folders that were made for files of this run."""

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
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):  # something of it was kept, or somebody else put something there
                folder.rmdir()
        for sink, _ in self._grown:
            with contextlib.suppress(OSError):
                sink.close()

    def folder(self, path: str) -> None:
        """Make a folder, and those above it, where there is none; they are taken away again if nothing of this run comes to stand there.

        Raises click.ClickException where it cannot be made.
        """
        with _refusing(path):
            missing = [place for place in (Path(path), *Path(path).parents) if not place.exists()]
            for place in reversed(missing):
                self._folders.append(place)
                place.mkdir()

    def open(self, path: str, name: str, captures: Iterable[Any] = ()) -> BinaryIO:
        """Open ``path`` for a report of the format ``name``; "-" is standard output; a device or pipe is written to as it is.

        Raises click.ClickException where the place cannot be written to, or is one of the captures.
        """
        if path == "-":
            return _stdout(name)
        with _refusing(path):
            self._open(path, captures)
        return self._files[-1][0]

    def grow(self, path: str, captures: Iterable[Any] = ()) -> Growing:
        """Open ``path`` for a capture file that grows in its place (``-w``); "-" is standard output.

        What the file holds stays until the first write.  Raises click.ClickException as ``open``, where it is another output of this
        run, and where it would be a terminal.
        """
        from analyzer.capture.growing import Growing  # noqa: PLC0415 - only a live run needs it

        with _refusing(path):
            descriptor = 1 if path == "-" else _descriptor(path)
            if descriptor == 1 and sys.stdout is None:  # closed by the shell: >&-
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            if descriptor is not None and os.isatty(descriptor):
                raise click.ClickException("packets are no text for a terminal: name a file with -w, or lead standard output to one")
            if descriptor is not None:
                return self._grows(Growing(os.dup(descriptor), "standard output" if path == "-" else path))
            place, before = self._free(path, captures)
            made = None if before is not None else place
            flags = os.O_WRONLY | (os.O_CREAT if made else 0) | getattr(os, "O_BINARY", 0)
            return self._grows(Growing(os.open(place, flags, 0o666), path, replaces=before is not None, made=made), place)

    def ring(self, path: str, rotation: Rotation) -> Ring:
        """Name files after ``path``, one after the other (``-w`` with ``--rotate``).

        Raises click.ClickException where there can be none.
        """
        from analyzer.capture.rotation import Ring  # noqa: PLC0415 - only a live run needs it

        with _refusing(path):
            named = Path(path)
            if path == "-" or _descriptor(path) is not None or (named.exists() and not named.is_file()):
                raise OSError(errno.EINVAL, "files that follow each other need a file's name")
            return self._grows(Ring(named, rotation))

    def append(self, path: str, captures: Iterable[Any] = ()) -> BinaryIO:
        """Open ``path`` for lines that are added to it (``--append``); it is made if it is not there, and others may append to it too.

        Each flush is one write of whole lines, behind the end of a line that was torn before.  Nothing of it is ever dropped.
        Raises click.ClickException as ``grow``.
        """
        from analyzer.capture.growing import Growing  # noqa: PLC0415 - only a live run needs it

        with _refusing(path):
            descriptor, place = 1 if path == "-" else _descriptor(path), None
            if descriptor is not None:
                descriptor = os.dup(descriptor)
            else:
                place, _ = self._free(path, captures)
                try:
                    descriptor = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
                except PermissionError:  # it may be written to and not read
                    descriptor = os.open(place, os.O_WRONLY | os.O_APPEND)
            return cast("BinaryIO", _Lines(self._grows(Growing(descriptor, path, appends=True), place)))

    def _free(self, path: str, captures: Iterable[Any]) -> tuple[Path, os.stat_result | None]:
        """Return the place of a file to be written to in place, and what is there; refuse captures and other outputs of this run."""
        named = Path(path)
        place = named.resolve()
        before = named.stat() if named.exists() else None
        if before is None or stat.S_ISREG(before.st_mode):
            self._only(place, before, [*(other for _, other in self._grown), *(other for _, _, other in self._files)])
        if before is not None and any(_same(before, capture) for capture in captures):
            raise OSError(errno.EINVAL, "it is one of the captures")
        return place, before

    @staticmethod
    def _only(place: Path, before: os.stat_result | None, others: Iterable[Path | None]) -> None:
        """Refuse a place that has an output already, by this name or another one."""
        if any(other == place or (before is not None and _same(before, str(other))) for other in others if other is not None):
            raise OSError(errno.EINVAL, "it is another output of this run")

    def _grows(self, sink: Sink, place: Path | None = None) -> Sink:
        """Note it, so that it is closed."""
        self._grown.append((sink, place))
        return sink

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
        self._only(place, before, [other for _, other in self._grown])
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

    def drop(self, file: BinaryIO) -> None:
        """Give up one of the files: it could not be written, and the others can."""
        for one in [one for one in self._files if one[0] is file]:
            self._files.remove(one)
            with contextlib.suppress(OSError):
                file.close()
            if one[1] is not None:
                with contextlib.suppress(OSError):
                    one[1].unlink()

    def keep(self) -> None:
        """Put every file in its place, whole on disk.  Raises OSError where one cannot be; none is half written.

        What grew in its place is closed last.
        """
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
        for sink, _ in self._grown:
            sink.close()


@contextlib.contextmanager
def _refusing(path: str) -> Iterator[None]:
    """Turn an error of the system into one line about the option's value."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # until Python 3.13 a loop of links is a RuntimeError
        reason = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise click.ClickException(f"{path}: cannot be written: {reason}") from error


class _Lines:
    """Takes lines in any pieces, and hands on whole ones when it is flushed."""

    def __init__(self, file: Growing) -> None:
        self._file = file
        self._held = bytearray()
        self._looked = False

    def write(self, data: bytes) -> int:
        """Hold it until it is flushed."""
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Write the whole lines that are held, with one call.  Raises OSError; then none of them is written."""
        whole = self._held.rfind(b"\n") + 1
        if not whole:
            return
        lines = bytes(self._held[:whole])
        del self._held[:whole]
        torn, self._looked = not self._looked and self._file.torn(), True
        self._file.write(b"\n" + lines if torn else lines)


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
    return cast("BinaryIO", _Recoded(sys.stdout.buffer, sys.stdout.encoding, as_json=name in FORMATS and FORMATS[name].kind == "json"))


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
