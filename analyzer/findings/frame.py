"""Frame: many things of one kind as columns of numpy arrays, which the rules compare whole.

Here lives: columns made when they are first asked for, and what is known.  Here does not live: what the columns are
(``derived``, ``facts``), any rule.  No pandas: a report pays for findings in microseconds a handshake.
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

Derived = tuple[str, "Callable[[Any], Any]", "str | None"]
"""Kind of a column, the function that makes its value, and of what: another column's value, or None: the thing (a Handshake …)."""


def _integers(values: list[Any]) -> Array:
    try:
        return np.array([ABSENT if value is None else value for value in values], dtype=np.int64)
    except OverflowError:
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
        self._factors: dict[str, tuple[list[Any], Array]] = {}
        self._masks: dict[str, Mask] = {}

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
        if place:
            return self.rows[at][place[0]]
        kind, make, of = self._derived[name]
        if kind not in _MAKERS and name in self._arrays:
            return self._arrays[name][at]
        return make(self.things[at] if of is None else self.cell(of, at))

    def known(self, *names: str) -> Mask:
        """Return where all of these columns are known."""
        mask = self.all()
        for name in names:
            known = self._masks.get(name)
            if known is None:
                kind = self._places[name][1] if name in self._places else self._derived[name][0]
                array = self[name]
                self._masks[name] = known = _KNOWN[kind](array) if kind in _KNOWN else ~_IS_NONE(array).astype(bool)
            mask &= known
        return mask

    def true(self, name: str) -> Mask:
        """Return where a flag is known and set."""
        mask: Mask = self[name] == 1
        return mask

    def each(self, name: str, tell: Callable[[Any], Any], kind: type = bool) -> Array:
        """Return what ``tell`` says of a column's values, asked once for each distinct one; of null the zero of ``kind``."""
        distinct, places = self._distinct(name)
        told: Array = np.array([kind() if value is None or value == ABSENT else tell(value) for value in distinct], dtype=kind)
        return told[places] if len(told) else np.zeros(0, dtype=kind)

    def _distinct(self, name: str) -> tuple[list[Any], Array]:
        """Return the distinct values of a column (of any order), and the place among them of each row's."""
        known = self._factors.get(name)
        if known is None:
            seen: dict[Any, int] = {}
            places = [seen.setdefault(value, len(seen)) for value in self[name].tolist()]
            self._factors[name] = known = [*seen], np.array(places, dtype=np.int64)
        return known

    def all(self) -> Mask:
        """Return all rows."""
        return np.ones(len(self), dtype=bool)

    def _values(self, name: str) -> tuple[str, list[Any]]:
        place = self._places.get(name)
        if place is not None:
            return place[1], [row[place[0]] for row in self.rows]
        kind, make, of = self._derived[name]
        return kind, [make(one) for one in (self.things if of is None else self[of].tolist())]
