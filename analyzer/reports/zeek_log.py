"""What one of Zeek's logs is: its path, its columns with their types, and what a line of it is made of.

Here lives: the types Column and Log.  Here does not live: any one log (``zeek_ssl``, ``zeek_x509``), how it is written (``zeek``,
``zeek_json``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.facts.table import Table
    from analyzer.reports.report import Told

__all__ = ["Column", "Log", "cells"]


class Column(msgspec.Struct, frozen=True):
    """A column: its name and type are Zeek's, ``value`` gets it of a record, None where it is unset.

    time is an int, ns since 1970; bool, count and port, string, addr and vectors are what they are in Python.
    """

    name: str
    type: str
    value: Callable[[Any], Any]
    wire: bool = False
    """Its text is that of bytes (``facts.texts.wire_text``), which has the escapes that Zeek has."""


class Log(msgspec.Struct, frozen=True):
    """A log.  ``records(tables)`` begins one: a function from what is told to the records of its lines."""

    path: str
    columns: tuple[Column, ...]
    records: Callable[[dict[str, Table]], Callable[[Told], Iterable[Any]]]


def cells(log: Log, record: Any) -> list[Any]:
    """Return the values of a line, in the order of the columns."""
    return [column.value(record) for column in log.columns]
