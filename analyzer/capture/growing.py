"""Growing: a file that grows in place by whole writes, and never keeps half of one.

Here lives: writing all of some bytes or none of them, cutting off what a full disk tore, closing what somebody else tore before.
Here does not live: what is written (``keeping``, reports), which files may be written to (``cli.outputs``).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Growing"]


class Growing:
    """A descriptor that is written to; a regular file holds whole writes only, whatever happens (but for a kill in the middle of one).

    ``name`` stands in errors.  ``replaces``: what the file held is replaced by the first write, and stays if there is none.  ``made``: the
    path of a file that was made for this; it goes again if nothing is written.  ``appends``: the descriptor appends, others may too.
    """

    eager = True
    """It begins at once (see ``keeping.Sink``)."""

    def __init__(self, descriptor: int, name: str, *, replaces: bool = False, made: Path | None = None, appends: bool = False) -> None:
        self.name = name
        self._descriptor = descriptor
        self._replaces, self._made, self._appends = replaces, made, appends or _appends(descriptor)
        self._regular = stat.S_ISREG(os.fstat(descriptor).st_mode)

    def write(self, data: bytes) -> None:
        """Write all of it.  Raises OSError with the file's name; then nothing of it stands in a regular file."""
        view, done = memoryview(data), 0
        try:
            if not self._regular:
                while done < len(view):
                    done += os.write(self._descriptor, view[done:])
                return
            begin = 0 if self._appends else os.lseek(self._descriptor, 0, os.SEEK_CUR)
            try:
                while done < len(view):
                    done += os.write(self._descriptor, view[done:])
                if self._replaces:
                    os.ftruncate(self._descriptor, begin + done)
                    self._replaces = False
            except BaseException:
                self._cut(begin, done)
                raise
            if done:
                self._made = None
        except OSError as error:
            raise self._named(error) from error

    def _cut(self, begin: int, done: int) -> None:
        """Take back what was written of one write; where others append, only if they have not done so since."""
        with contextlib.suppress(OSError):
            if self._appends:
                end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
                if done and os.fstat(self._descriptor).st_size == end:
                    os.ftruncate(self._descriptor, end - done)
            elif done or not self._replaces:
                os.ftruncate(self._descriptor, begin)
                os.lseek(self._descriptor, begin, os.SEEK_SET)

    def torn(self) -> bool:
        """Tell whether the file's last line has no end: a program that was killed, or a disk that was full, tore it."""
        with contextlib.suppress(OSError):  # it may be written to and not read
            size = os.fstat(self._descriptor).st_size if self._regular else 0
            return size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"
        return False

    def full(self, size: int, now: int) -> bool:
        """Return False: it is one file (see ``keeping.Sink``)."""
        del size, now
        return False

    def turn(self) -> None:
        """Do nothing, as above."""

    def close(self) -> None:
        """Put it on disk and close it; a file that was made and never written to goes.  Idempotent.  Raises OSError with the name."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return
        try:
            if self._regular and self._made is None:
                os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # some file systems cannot
                raise self._named(error) from error
        finally:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            if self._made is not None:
                with contextlib.suppress(OSError):
                    self._made.unlink()

    def _named(self, error: OSError) -> OSError:
        return OSError(error.errno, error.strerror, self.name)


def _appends(descriptor: int) -> bool:
    """Tell whether whoever opened it (a shell's >>) had it append: then it has no place of its own to go back to."""
    try:
        import fcntl  # noqa: PLC0415 - not everywhere
    except ImportError:
        return False
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)
