"""Table: what one table of facts is — its columns with types and meanings, and how a handshake becomes rows of it.

Here lives: the types Column, Table and Book.  Here does not live: any one table (each has its own file), output formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.prelude import Plain

__all__ = ["Book", "Column", "Row", "Table"]

Row = tuple[Any, ...]
"""One row: plain Python values in the order of the table's columns; None is absent; times are int ns since 1970 UTC."""


class Column(msgspec.Struct, frozen=True):
    """A column: ``kind`` is one of int, float, text, flag, time, texts (list of str), ints (list of int), data (JSON value)."""

    name: str
    kind: str
    doc: str


class Book(msgspec.Struct):
    """What rows need to know beyond the handshake: names of the sources, and which certificates already have a row."""

    sources: list[str]
    certificates_told: set[str] = msgspec.field(default_factory=set)


class Table(msgspec.Struct, frozen=True):
    """A table of facts: ``rows(number, handshake, book)`` gives one handshake's rows, cheap, with no side effects but on ``book``."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    rows: Callable[[int, Handshake, Book], Iterable[Row]]
    plain: Callable[[Plain, Book], Iterable[Row]] | None = None
    """Gives the rows of a connection that came to no handshake; None where the table has none for it."""
