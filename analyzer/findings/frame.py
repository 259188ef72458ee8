"""Frame: many things of one kind as columns of numpy arrays, which the rules compare whole.

Here lives: columns made when they are first asked for, and what is known.  Here does not live: what the columns are (``subjects``, ``facts``),
any rule.  No pandas: a report pays for findings in microseconds a handshake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyzer.facts.table import Column, Row

__all__ = ["ABSENT", "Array", "Derived", "Frame", "Mask"]

Array = np.ndarray[Any, Any]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

ABSENT = -(1 << 63)
"""Stands for null in columns of integers and times; rules say what they need and see only rows where it is known."""

_INT64 = range(-(1 << 63) + 1, 1 << 63)

Derived = tuple[str, "Callable[[Any], Any]"]
"""Kind of a column and the function that makes its value of one thing (a Handshake, a Certificate …)."""


def _integers(values: list[Any]) -> Array:
    return np.array([ABSENT if value is None or value not in _INT64 else value for value in values], dtype=np.int64)


def _objects(values: list[Any]) -> Array:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


_MAKERS: dict[str, Callable[[list[Any]], Array]] = {
    "int": _integers,
    "time": _integers,
    "flag": lambda values: np.array([-1 if value is None else int(value) for value in values], dtype=np.int8),
    "float": lambda values: np.array([np.nan if value is None else value for value in values], dtype=np.float64),
}
"""Kind of column -> how its array is made; of all others an array of objects (None is null)."""
_KNOWN: dict[str, Callable[[Array], Mask]] = {
    "int": lambda array: array != ABSENT,
    "time": lambda array: array != ABSENT,
    "flag": lambda array: array >= 0,
    "float": lambda array: ~np.isnan(array),
}
_IS_NONE = np.frompyfunc(lambda value: value is None, 1, 1)


class Frame:
    """Rows of a table beside the things that they were made of.

    ``frame[name]`` is the array of a column: int64 for int and time (``ABSENT`` is null), int8 for flag (1, 0, -1 is null), float64, else
    objects.  ``things[i]`` is what row i was made of, ``rows[i]`` the row.
    """

    def __init__(self, columns: Sequence[Column], rows: Sequence[Row], things: Sequence[Any], derived: dict[str, Derived]) -> None:
        self.rows, self.things = rows, things
        self._places = {column.name: (place, column.kind) for place, column in enumerate(columns)}
        self._derived = derived
        self._arrays: dict[str, Array] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __getitem__(self, name: str) -> Array:
        """Return a column; KeyError for a name that is none."""
        array = self._arrays.get(name)
        if array is None:
            kind, values = self._values(name)
            self._arrays[name] = array = _MAKERS.get(kind, _objects)(values)
        return array

    def cell(self, name: str, at: int) -> Any:
        """Return one value as it stands in its row, None for null."""
        place = self._places.get(name)
        return self.rows[at][place[0]] if place else self._derived[name][1](self.things[at])

    def known(self, *names: str) -> Mask:
        """Return where all of these columns are known."""
        mask = np.ones(len(self), dtype=bool)
        for name in names:
            kind = self._places[name][1] if name in self._places else self._derived[name][0]
            array = self[name]
            mask &= _KNOWN[kind](array) if kind in _KNOWN else ~_IS_NONE(array).astype(bool)
        return mask

    def true(self, name: str) -> Mask:
        """Return where a flag is known and set."""
        return self[name] == 1

    def each(self, name: str, tell: Callable[[Any], Any], kind: type = bool) -> Array:
        """Return what ``tell`` says of a column's values, asked once for each distinct one; of null the zero of ``kind``."""
        known: dict[Any, Any] = {None: kind(), ABSENT: kind()}
        told = []
        for value in self[name].tolist():
            answer = known.get(value)
            if answer is None:
                known[value] = answer = tell(value)
            told.append(answer)
        return np.array(told, dtype=kind)

    def all(self) -> Mask:
        """Return all rows."""
        return np.ones(len(self), dtype=bool)

    def _values(self, name: str) -> tuple[str, list[Any]]:
        place = self._places.get(name)
        if place is not None:
            return place[1], [row[place[0]] for row in self.rows]
        kind, make = self._derived[name]
        return kind, [make(thing) for thing in self.things]
