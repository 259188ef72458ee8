r"""SQLite: a database with every table, and with what the columns mean.

Here lives: rows → records, indexes, the tables that say what the others are.  Here does not live: columns (``findings.tables``), whose
names and meanings these are.

====== ====================================================================================================================
int    INTEGER; past 64 bits TEXT, hexadecimal (0x…), which SQLite leaves as it is
float  REAL
text   TEXT; a lone surrogate (a file name that is not UTF-8), which UTF-8 has no bytes for, is written ``\udcff``
flag   INTEGER, 0 or 1
time   TEXT, ISO 8601 UTC with nanoseconds: it sorts, SQLite's date functions read it, and no digit is lost
texts  TEXT that holds a JSON array: ``json_each`` walks it, and JSON has an escape for a lone surrogate
ints   the same
data   TEXT that holds JSON
====== ====================================================================================================================

Absent is NULL.  Beside the tables stand ``about`` (version, registry, counters …), ``sources`` (the captures), ``columns`` (what each
column means, its kind, and the column that it refers to), ``tables``.  Rows stand as handshakes ended.

The database grows in a temporary file without journal, for nobody reads it before it is whole, and is copied out at the end.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.reports.json import source_facts
from analyzer.reports.ndjson import encode
from analyzer.reports.schema import schema
from analyzer.reports.summary import Summary
from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analyzer.facts.table import Row
    from analyzer.reports.report import End, Options, Told

__all__ = ["APPLICATION_ID", "USER_VERSION", "Report"]

APPLICATION_ID = 0x746C7373
"""What ``file`` and SQLite's header know the database by: "tlss"."""
USER_VERSION = 1
"""Of the shape described above; columns and tables may be added without a new one."""

_INT64 = range(-(1 << 63), 1 << 63)

_INDEXED = ("handshake", "sha256", "certificate", "server_name", "rule", "ja4")
"""Columns that people look things up by."""
_REFERS: dict[str, tuple[str, str]] = {
    "handshake": ("handshakes", "handshake"),
    "sha256": ("certificates", "sha256"),
    "certificate": ("certificates", "sha256"),
    "rule": ("rules", "rule"),
    "source": ("sources", "name"),
}
"""Name of a column -> the table and column that its values are of."""

TYPES: dict[str, str] = {"int": "INTEGER", "float": "REAL", "flag": "INTEGER"}
"""Kind of column -> its type where it is not TEXT."""

_PRAGMAS = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "page_size = 4096",
    "encoding = 'UTF-8'",
    f"application_id = {APPLICATION_ID}",
    f"user_version = {USER_VERSION}",
)
"""Nobody reads it before it is whole, and what a crash leaves is thrown away."""

_SOURCE_KINDS = {"packets": "int", "bytes": "int", "dropped": "int", "comments": "texts", "interfaces": "data"}


def _json(value: Any) -> str:
    return encode(value).decode()


CELLS: dict[str, Callable[[Any], Any]] = {
    "int": lambda value: value if value in _INT64 else hex(value),
    "flag": int,
    "time": iso,
    "texts": _json,
    "ints": _json,
    "data": _json,
}
"""Kind of column -> what a value that is there becomes; what is not here stays as it is."""


def _quoted(name: str) -> str:
    return f'"{name}"'


def _storable(row: Sequence[Any]) -> list[Any]:
    """Return a row whose texts UTF-8 has bytes for."""
    return [cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) else cell for cell in row]


@contextlib.contextmanager
def _as_system_error() -> Iterator[None]:
    """Raise what SQLite says of a disk as the system's error that it is."""
    try:
        yield
    except sqlite3.Error as error:
        full = "full" in str(error)
        raise OSError(errno.ENOSPC if full else errno.EIO, f"the temporary database: {error}") from error


class _Target:
    """A table of the database that is being filled."""

    def __init__(self, database: sqlite3.Connection, name: str, columns: Sequence[tuple[str, str]]) -> None:
        """Make the table: ``columns`` are (name, kind)."""
        shaped = ", ".join(f"{_quoted(column)} {TYPES.get(kind, 'TEXT')}" for column, kind in columns)
        database.execute(f"CREATE TABLE {_quoted(name)} ({shaped})")
        self._database = database
        self._insert = f"INSERT INTO {_quoted(name)} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours, quoted
        self._made = [(at, CELLS[kind]) for at, (_, kind) in enumerate(columns) if kind in CELLS]

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        before = self._database.total_changes
        try:
            self._database.executemany(self._insert, map(self._cells, rows))
        except UnicodeEncodeError:  # rare; the rows before it are in
            rest = rows[self._database.total_changes - before :]
            self._database.executemany(self._insert, (_storable(self._cells(row)) for row in rest))

    def _cells(self, row: Row) -> Sequence[Any]:
        cells = list(row)
        for at, made in self._made:
            if cells[at] is not None:
                cells[at] = made(cells[at])
        return cells


class Report:
    """One database; nothing is written before the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin a temporary database.  Raises OSError where there can be none."""
        self._out = out
        self._options = options
        self._summary = Summary(options.tables)
        self._folder = tempfile.TemporaryDirectory(prefix="tlsscan-")
        self._path = Path(self._folder.name, "report.sqlite")
        with _as_system_error():
            self._database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            for pragma in _PRAGMAS:
                self._database.execute(f"PRAGMA {pragma}")
            self._database.execute("BEGIN")
            self._targets = {
                name: _Target(self._database, name, [(column.name, column.kind) for column in table.columns])
                for name, table in options.tables.items()
            }

    def __del__(self) -> None:
        """Give up the temporary database, where the end never came."""
        with contextlib.suppress(AttributeError):  # it never began
            self._database.close()
            self._folder.cleanup()

    def add(self, told: Told) -> None:
        """Tell one handshake.  Raises OSError."""
        self._summary.add(told)
        with self._guarded():
            for name, target in self._targets.items():
                if rows := told.rows(name):
                    target.add(rows)

    def flush(self) -> None:
        """Do nothing: the database is whole at the end."""

    def end(self, end: End) -> None:
        """Write what the tables mean, the indexes, then all of it to its place.  Raises OSError."""
        with self._guarded():
            self._describe(end)
            for table in self._options.tables.values():
                for column in table.columns:
                    if column.name in _INDEXED:
                        name = f"{table.name}_{column.name}"
                        self._database.execute(f"CREATE INDEX {_quoted(name)} ON {_quoted(table.name)} ({_quoted(column.name)})")
            self._database.execute("COMMIT")
            self._database.close()
        try:
            with self._path.open("rb") as whole:
                shutil.copyfileobj(whole, self._out, 1 << 20)
            self._out.flush()
        finally:
            self._folder.cleanup()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Remove the temporary database as soon as it fails."""
        try:
            with _as_system_error():
                yield
        except OSError:
            self._database.close()
            self._folder.cleanup()
            raise

    def _describe(self, end: End) -> None:
        """Fill the tables that say what the others are."""
        about = {
            "tlsscan": self._options.version,
            "registry": self._options.registry,
            "interrupted": "true" if end.interrupted else "false",
            "counters": _json(msgspec.to_builtins(end.counters)),
            "summary": _json(self._summary.facts()),
        }
        _Target(self._database, "about", [("name", "text"), ("value", "text")]).add(list(about.items()))
        kinds = {name: _SOURCE_KINDS.get(name, "text") for name in _source_docs()}
        facts = [source_facts(source) for source in end.sources]
        _Target(self._database, "sources", list(kinds.items())).add([tuple(one[name] for name in kinds) for one in facts])
        meanings: list[Row] = []
        for table in self._options.tables.values():
            for place, column in enumerate(table.columns):
                refers = _REFERS.get(column.name)
                if refers is not None and (refers[0] == table.name or refers[0] not in self._known()):
                    refers = None
                meanings.append((table.name, place, column.name, column.kind, refers and ".".join(refers), column.doc))
        meanings += [("sources", place, name, kinds[name], None, doc) for place, (name, doc) in enumerate(_source_docs().items())]
        shape = [("table", "text"), ("position", "int"), ("column", "text"), ("kind", "text"), ("refers_to", "text"), ("doc", "text")]
        _Target(self._database, "columns", shape).add(meanings)
        tables = [(table.name, table.doc) for table in self._options.tables.values()]
        _Target(self._database, "tables", [("table", "text"), ("doc", "text")]).add(tables)

    def _known(self) -> Iterable[str]:
        return {*self._options.tables, "sources"}


def _source_docs() -> dict[str, str]:
    """Return the fields of a source and what they mean."""
    fields = schema({})["properties"]["sources"]["items"]["properties"]
    return {name: shape.get("description", name) for name, shape in fields.items()}
