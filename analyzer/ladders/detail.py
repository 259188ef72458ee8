"""Detail: every field of a message with its value and its bytes, as lines (``tlsscan show -v``).

Here lives: how they are aligned and wrapped.  Here does not live: which fields there are (``reading``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.cells import MOST, Line, cell_len, safe, shortened, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.ladders.ladder import Field

__all__ = ["detail"]

_DEPTH = 2
"""Cells that a step deeper takes; past ``_DEEPEST`` steps it goes no further to the right."""
_DEEPEST = 8
_NAMES = 32
"""Cells that a name takes at most before its value stands in a line of its own."""
_BLOCKS = (32, 16, 8, 4, 2, 1)
"""Bytes in a line, the most that fit."""


def detail(fields: Sequence[Field], width: int) -> Iterator[Line]:
    """Give the lines of all fields of a message, at most ``width`` cells each: name, value, bytes as offset and hex."""
    column = 0
    for field in fields:
        indent = _DEPTH * min(max(field.depth, 0), _DEEPEST)
        name = _name(field)
        if indent + cell_len(name) <= _NAMES:
            column = max(column, indent + cell_len(name))
    column = min(column, _NAMES, width // 2)
    for field in fields:
        yield from _field(field, width, column)


def _name(field: Field) -> str:
    name = safe(field.name, 200)
    return f"{name} ({field.code})" if field.code is not None else name


def _field(field: Field, width: int, column: int) -> Iterator[Line]:
    indent = " " * min(_DEPTH * min(max(field.depth, 0), _DEEPEST), width // 2)
    name = shortened(_name(field), width - len(indent))
    values = wrapped(safe(field.value, MOST), width - column - 2, listed=True)
    under = " " * (column + 2)
    if not field.value:
        yield [(indent, "plain"), (name, "label")]
    elif len(indent) + cell_len(name) <= column:
        yield [(indent, "plain"), (name, "label"), (" " * (column + 2 - len(indent) - cell_len(name)), "plain"), (values[0], "plain")]
        yield from ([(under, "plain"), (value, "plain")] for value in values[1:])
    else:
        yield [(indent, "plain"), (name, "label")]
        yield from ([(under, "plain"), (value, "plain")] for value in values)
    if field.fault is not None:
        for line in wrapped(f"! {safe(field.fault)}", width - len(indent) - _DEPTH):
            yield [(indent + " " * _DEPTH, "plain"), (line, "bad")]
    if field.data:
        yield from _bytes(safe(field.data, MOST), width, indent + " " * _DEPTH)


def _bytes(data: str, width: int, indent: str) -> Iterator[Line]:
    """Give the bytes in lines: the offset of the first of a line, then pairs of hex digits; what is over ``MOST`` digits is said."""
    whole, rest, indent = data.removesuffix("…"), data.endswith("…"), indent[: max(width - 9, 0)]
    size = next((block for block in _BLOCKS if len(indent) + 6 + 3 * block <= width), 1)
    for at in range(0, len(whole), 2 * size):
        pairs = " ".join(whole[place : place + 2] for place in range(at, min(at + 2 * size, len(whole)), 2))
        yield [(indent, "plain"), (f"{at // 2:04x}  ", "faint"), (pairs, "faint")]
    if rest:
        yield [(indent, "plain"), ("… more bytes than are shown", "warn")]
