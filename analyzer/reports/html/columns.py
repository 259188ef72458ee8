"""A table of the page as columns: numbers, and each distinct text once.

Here lives: how rows become columns in small memory, and their shape in the page.  Here does not live: which columns there are
(``page``), how they are shown (``table.js``).
"""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.reports.html.values import text
from analyzer.reports.ndjson import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["LONGEST", "Columns", "Shown", "TextRoom"]

LONGEST = 200
"""Characters of one text in a table; the view of its row has more."""
_EXACT = float(1 << 53)
_ABSENT = math.nan
BEYOND = "(left out: too many different texts)"


class Shown(msgspec.Struct, frozen=True):
    """A column of a table of the page.  ``kind``: text, flag (a text too: yes, no), int, float, or time (ns in, microseconds out)."""

    name: str
    kind: str = "text"
    doc: str = ""
    usual: bool = False
    """It is shown unless the reader chooses otherwise."""
    inner: bool = False
    """It is for the script alone: which chunk has the rest, which certificates were shown."""
    link: str = ""
    """Of which kind of thing the cell names one: handshake, certificate, server."""


class TextRoom(msgspec.Struct):
    """How many characters of distinct texts the tables of one page may hold together; what comes past it is counted."""

    left: int
    beyond: int = 0

    def take(self, length: int) -> bool:
        """Tell whether there is room, and take it."""
        if length > self.left:
            self.beyond += 1
            return False
        self.left -= length
        return True


class _Texts:
    """Codes of texts: 0 is absent, 1 is one that had no room."""

    def __init__(self, room: TextRoom) -> None:
        self.codes = array("I")
        self._room = room
        self._known: dict[str, int] = {}
        self._texts: list[str] = []

    def add(self, value: str | None) -> None:
        self.codes.append(0 if value is None else self._code(value))

    def put(self, place: int, value: str) -> None:
        self.codes[place] = self._code(value)

    def _code(self, value: str) -> int:
        value = value[: LONGEST + 1]
        code = self._known.get(value)
        if code is None:
            shown = text(value, LONGEST)
            if not self._room.take(len(shown) + 8):
                return 1
            code = self._known[value] = len(self._texts) + 2
            self._texts.append(shown)
        return code

    def values(self) -> Iterator[str | None]:
        texts = [None, BEYOND, *self._texts]
        return (texts[code] for code in self.codes)

    def told(self) -> dict[str, Any]:
        return {"texts": [None, BEYOND, *self._texts], "rows": self.codes.tolist()}


class _Numbers:
    """Numbers, absent ones as NaN; times are told as differences, which are shorter."""

    def __init__(self, kind: str) -> None:
        self.values = array("d")
        self._kind = kind

    def add(self, value: float | None) -> None:
        if value is not None and self._kind == "time":
            value = value // 1000
        if value is None or not -_EXACT < value < _EXACT:
            value = _ABSENT
        self.values.append(value)

    def put(self, place: int, value: float) -> None:
        self.values[place] = value if -_EXACT < value < _EXACT else _ABSENT

    def told(self) -> dict[str, Any]:
        if self._kind == "float":
            return {"rows": [None if math.isnan(value) else round(value, 3) for value in self.values]}
        rows = [None if math.isnan(value) else int(value) for value in self.values]
        if self._kind != "time":
            return {"rows": rows}
        before, steps = 0, []
        for value in rows:
            steps.append(None if value is None else value - before)
            before = before if value is None else value
        return {"steps": steps}


class Columns:
    """Rows of one table, kept as columns: four or eight bytes a cell."""

    def __init__(self, columns: Sequence[Shown], room: TextRoom) -> None:
        """Start without rows; ``room`` is shared by the tables of a page."""
        self.shown = tuple(columns)
        self._stores = [_Texts(room) if one.kind in {"text", "flag"} else _Numbers(one.kind) for one in self.shown]
        self._at = {one.name: store for one, store in zip(self.shown, self._stores, strict=True)}
        self.length = 0

    def add(self, cells: Sequence[Any]) -> int:
        """Take a row, its cells in the order of the columns (flags as bool); return its place."""
        for one, store, value in zip(self.shown, self._stores, cells, strict=True):
            told: Any = ("yes" if value else "no") if one.kind == "flag" and value is not None else value
            store.add(told)
        self.length += 1
        return self.length - 1

    def put(self, name: str, place: int, value: Any) -> None:
        """Set a cell that is known later than its row."""
        self._at[name].put(place, value)

    def numbers(self, name: str) -> array[float]:
        """Return the values of a column of numbers; absent ones are NaN, times are microseconds."""
        store = self._at[name]
        assert isinstance(store, _Numbers)
        return store.values

    def texts(self, name: str) -> Iterator[str | None]:
        """Walk the values of a column of texts, as they are shown."""
        store = self._at[name]
        assert isinstance(store, _Texts)
        return store.values()

    def pieces(self) -> Iterator[bytes]:
        """Give the table as the page has it, as JSON in pieces: one column at a time is a list of Python's."""
        yield b'{"length":%d,"columns":[' % self.length
        for place, (one, store) in enumerate(zip(self.shown, self._stores, strict=True)):
            yield (b"," if place else b"") + encode(msgspec.structs.asdict(one) | store.told())
        yield b"]}"
