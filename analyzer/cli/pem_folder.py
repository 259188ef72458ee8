"""A folder of PEM files: each certificate, each chain, and an index that says which file is whose.

Here lives: writing each file whole or not at all, and never over another.  Here does not live: what stands in a file and its name
(``analyzer.reports.pem``), which there are (``analyzer.reports.inventory``).

The index tells of the last run that wrote to the folder; an ``index.csv`` that is none of ours is left alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.reports import pem
from analyzer.reports.inventory import COLUMNS
from analyzer.reports.listing import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from analyzer.reports.inventory import Inventory

__all__ = ["INDEX", "PemFolder"]

INDEX = "index.csv"
_HEADER = ",".join(column.name for column in COLUMNS).encode() + b"\r\n"
_REFUSED = 5
"""Files named that could not be written; the rest is counted."""


class PemFolder:
    """The folder of one run."""

    def __init__(self, path: str) -> None:
        """Begin with nothing written."""
        self._path = Path(path)
        self._is_new = False
        self._new = self._there = self._other = 0
        self.refused: list[str] = []
        """What could not be written, a line each."""
        self.told = ""
        """What was written, in a line."""

    def make(self) -> None:
        """Make the folder if it is not there.  Raises click.ClickException where it cannot be, or cannot be written to."""
        reason = None if self._path.is_dir() else self._made()
        if reason is None and not os.access(self._path, os.W_OK | os.X_OK):
            reason = os.strerror(errno.EACCES)
        if reason is not None:
            raise click.ClickException(f"{self._path}: cannot be written: {reason}")

    def _made(self) -> str | None:
        """Make the folder; return why it cannot be."""
        try:
            self._path.mkdir(parents=True)
        except FileExistsError:
            return "there is a file of this name"
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            return getattr(error, "strerror", None) or str(error)
        self._is_new = True
        return None

    def leave(self) -> None:
        """Take the folder away again where it was made and nothing came into it."""
        if self._is_new:
            with contextlib.suppress(OSError):
                self._path.rmdir()

    def write(self, inventory: Inventory) -> None:
        """Write every file.  One that cannot be is told in ``refused``; after a full disk or the like nothing more is tried."""
        try:
            for name, content in _contents(inventory):
                self._keep(name, content)
            self._index(lambda out: records(out, inventory, files=True))
        except OSError as error:
            self.refused.append(f"{self._path}: cannot be written: {error.strerror or error}")
        if self._other > _REFUSED:
            self.refused.append(f"and {self._other - _REFUSED} more files that are there with another content")
        for what, count in inventory.left_out.items():
            self.refused.append(f"{count} more {what} found no room and are not written")
        self.told = f"{self._path}: {self._new} files written" + (f", {self._there} were there" if self._there else "")

    def _keep(self, name: str, content: bytes) -> None:
        """Write one file, unless it is there."""
        place = self._path / name
        if not _holds(place, content):
            with self._part() as part:
                part.write_bytes(content)
                if _put(part, place):
                    self._new += 1
                    return
            if not _holds(place, content):
                self._refuse(name)
                return
        self._there += 1

    def _refuse(self, name: str) -> None:
        self._other += 1
        if self._other <= _REFUSED:
            self.refused.append(f"{self._path / name}: is there with another content, and stays")

    def _index(self, write: Callable[[BinaryIO], None]) -> None:
        """Write the index, in the place of an earlier one of ours."""
        place = self._path / INDEX
        with self._part() as part:
            with part.open("wb") as out:
                write(out)
            if _ours(place):
                part.replace(place)
            elif not _put(part, place):
                self._refuse(INDEX)

    @contextlib.contextmanager
    def _part(self) -> Iterator[Path]:
        """Give the name of an unfinished file, which is gone afterwards."""
        part = self._path / f".{secrets.token_hex(8)}.part"
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)


def _contents(inventory: Inventory) -> Iterator[tuple[str, bytes]]:
    """Walk the files: name, content."""
    for entry in inventory.entries():
        yield inventory.file(entry), pem.block(inventory.der(entry)).encode()
    for name, chain in inventory.chains():
        yield name, "".join(pem.block(inventory.der(entry)) for entry in chain).encode()


def _put(part: Path, place: Path) -> bool:
    """Give a whole file its name; False where something has it, however it came there."""
    try:
        os.link(part, place)
    except FileExistsError:
        return False
    except (OSError, NotImplementedError, AttributeError):  # a file system, or a system, without links
        if os.path.lexists(place):
            return False
        part.rename(place)
    return True


def _holds(place: Path, content: bytes) -> bool:
    """Tell whether a file has this content; a pipe or device is never opened."""
    try:
        status = place.stat()
        return stat.S_ISREG(status.st_mode) and status.st_size == len(content) and place.read_bytes() == content
    except OSError:
        return False


def _ours(place: Path) -> bool:
    """Tell whether an index is one that a run of ours wrote."""
    try:
        if not stat.S_ISREG(place.lstat().st_mode):
            return False
        with place.open("rb") as file:
            return file.readline(1 << 14) == _HEADER
    except OSError:
        return False
