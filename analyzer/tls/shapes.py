"""Shapes: the presentation language of RFC 8446 section 3 as functions that compose.

Here lives: numbers, vectors, structs and choices as values ``Reader -> value``.  Here does not live: any one message or
extension.  A table row elsewhere says ``vector(u16, width=2)`` and nothing more.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from analyzer.tls.reader import Malformed, Reader

__all__ = [
    "Shape", "choice", "empty", "fixed", "first_fit", "one_of", "opaque", "record", "rest", "u8", "u16", "u24", "u32", "u64",
    "u8s", "u16s", "vector",
]  # fmt: skip

Shape = Callable[[Reader], Any]

u8: Shape = Reader.u8
u16: Shape = Reader.u16
u24: Shape = Reader.u24
u32: Shape = Reader.u32
u64: Shape = Reader.u64
rest: Shape = Reader.rest


def empty(reader: Reader) -> bool:  # noqa: ARG001 - a shape takes a reader; this one is an extension whose presence is its meaning
    """Read nothing; True says that it was there."""
    return True


def fixed(count: int) -> Shape:
    """``opaque [count]``."""
    return lambda reader: reader.take(count)


def opaque(width: int, least: int = 0) -> Shape:
    """``opaque <least..2^(8*width)-1>`` as bytes."""

    def read(reader: Reader) -> bytes:
        at = reader.at
        data = reader.opaque(width)
        if len(data) < least:
            reader.note("short", at)
        return data

    return read


def u8s(width: int = 1, least: int = 1) -> Shape:
    """``uint8 <least..>`` as a tuple of numbers."""
    read = opaque(width, least)
    return lambda reader: tuple(read(reader))


def u16s(width: int = 2, least: int = 1) -> Shape:
    """``uint16 <least*2..>`` as a tuple of numbers."""

    def read(reader: Reader) -> tuple[int, ...]:
        at = reader.at
        length = reader.length(width)
        if length & 1:
            reader.note("odd", at)
        if length < 2 * least:
            reader.note("short", at)
        values: tuple[int, ...] = struct.unpack_from(f">{length >> 1}H", reader.data, reader.at)
        reader.at += length
        return values

    return read


def vector(item: Shape, width: int, least: int = 0) -> Shape:
    """Items of any shape behind one length of ``width`` bytes, as a tuple; ``least`` counts items (the bounds allow only so many)."""

    def read(reader: Reader) -> tuple[Any, ...]:
        at = reader.at
        inner = reader.sub(width)
        most = reader.bounds.items + 1
        values = []
        while inner.at < inner.end:
            before = inner.at
            values.append(item(inner))
            if inner.at == before:  # an item without bytes would never end
                raise Malformed("value", before)
            if len(values) == most:
                raise Malformed("limit", before)
        if len(values) < least:
            reader.note("short", at)
        return tuple(values)

    return read


def record(make: Callable[..., Any], *fields: Shape) -> Shape:
    """Fields one after another, handed to ``make``."""
    return lambda reader: make(*[field(reader) for field in fields])


def choice(shapes: dict[int, Shape], number: Shape = u8, other: Shape | None = None) -> Shape:
    """Return a shape that a leading number selects: its value is (number, value); ``other`` reads the numbers not listed."""

    def read(reader: Reader) -> tuple[int, Any]:
        at = reader.at
        which = number(reader)
        shape = shapes.get(which, other)
        if shape is None:
            raise Malformed("value", at)
        return which, shape(reader)

    return read


def first_fit(*shapes: Shape) -> Shape:
    """Return the first shape that fits all bytes that are left; where none fits, what the first says about it."""

    def read(reader: Reader) -> Any:
        at = reader.at
        for shape in shapes:
            reader.at, (reader.root or reader).lapse = at, None
            try:
                value = shape(reader)
            except Malformed:
                continue
            if reader.at == reader.end:
                return value
        reader.at, (reader.root or reader).lapse = at, None
        return shapes[0](reader)

    return read


def one_of(shape: Shape) -> Shape:
    """Return a vector's shape with its single item taken out (an answer that a list of exactly one carries)."""

    def read(reader: Reader) -> Any:
        at = reader.at
        values = shape(reader)
        if len(values) != 1:
            raise Malformed("value", at)
        return values[0]

    return read
