"""Extensions: a block of extensions in, a tuple of Extension out; one that is unknown or broken is kept, never dropped.

Here lives: the type, the walk over a block, the memory of bodies that come again.  Here does not live: what a body holds
(``extension_table``).
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from analyzer.tls import quick
from analyzer.tls.extension_table import TABLE
from analyzer.tls.reader import BOUNDS, Fault, Malformed, Reader

__all__ = ["WHERE", "Extension", "read_block", "read_each", "read_extension"]

WHERE: dict[str, str] = {
    "client_hello": "client_hello",
    "server_hello": "server",
    "encrypted_extensions": "server",
    "hello_retry_request": "hello_retry_request",
    "certificate": "certificate",
    "certificate_request": "certificate_request",
    "new_session_ticket": "new_session_ticket",
}
"""Message that carries extensions -> column of the table that says their shapes."""

_SHAPES = {where: {code: getattr(row, column) for code, row in TABLE.items() if getattr(row, column)} for where, column in WHERE.items()}
_RANDOM = frozenset(code for code, row in TABLE.items() if not row.memo)

# Real clients repeat themselves: an extension is read once per distinct bytes.  Bounds: 7 messages * 2048 entries * 512
# bytes; a memory that is full is emptied, which costs a few microseconds and cannot be provoked into more.
_MEMO_ENTRIES = 2048
_MEMO_BYTES = 512
_MEMO: dict[str, dict[bytes, Extension]] = {where: {} for where in WHERE}

_HEADER = struct.Struct(">HH").unpack_from
_ONCE: dict[str, frozenset[int]] = {where: _RANDOM | quick.EXTENSIONS.get(where, {}).keys() for where in WHERE}
"""Extensions that are new in each message: nothing is gained by remembering them."""
_QUICK: dict[str, dict[int, Any]] = {where: quick.EXTENSIONS.get(where, {}) for where in WHERE}


class Extension(msgspec.Struct, frozen=True, gc=False):
    """One extension as it stood: ``value`` is what the table's shape made of ``body`` (None where unknown or broken)."""

    code: int
    body: bytes
    value: Any = None
    fault: Fault | None = None


def read_extension(code: int, body: bytes, where: str) -> Extension:
    """Read one extension of a message (a key of WHERE).  Never raises: ``fault`` says where the body breaks its shape.

    ``value`` is None where the body breaks off; it stays where bytes are left over or a vector is too short.

    An unknown code, or one that has no shape in this message, gives ``value`` None without a fault.
    """
    shape = _SHAPES[where].get(code)
    if shape is None:
        return Extension(code, body)
    short_cut = _QUICK[where].get(code)
    if short_cut is not None:
        value = short_cut(body)
        if value is not None:
            return Extension(code, body, value)
    reader = Reader(body)
    try:
        value = shape(reader)
    except Malformed as malformed:
        return Extension(code, body, None, Fault(malformed.reason, malformed.at))
    return Extension(code, body, value, reader.fault())


def read_each(data: bytes, at: int, end: int, where: str, found: list[Extension], most: int = BOUNDS.items) -> int:
    """Read extensions one after another from ``data[at:end]`` into ``found`` and return where they end; may raise Malformed.

    More than ``most`` are not read.
    """
    memo, once = _MEMO[where], _ONCE[where]
    while at + 4 <= end:
        code, length = _HEADER(data, at)
        after = at + 4 + length
        if after > end:
            raise Malformed("length", at + 2)
        if len(found) == most:
            raise Malformed("limit", at)
        raw = data[at:after]
        extension = memo.get(raw)
        if extension is None:
            extension = read_extension(code, raw[4:], where)
            if length <= _MEMO_BYTES and code not in once:
                if len(memo) >= _MEMO_ENTRIES:
                    memo.clear()
                memo[raw] = extension
        found.append(extension)
        at = after
    return at


def read_block(reader: Reader, where: str, found: list[Extension]) -> None:
    """Read ``Extension extensions<0..2^16-1>`` into ``found``; raises Malformed where the block itself breaks off.

    A block whose length passes its parent is read as far as it goes before that is raised.
    """
    start = reader.skip(2)
    data, at = reader.data, start + 2
    stop = at + int.from_bytes(data[start:at], "big")
    end = min(stop, reader.end)
    at = read_each(data, at, end, where, found, reader.bounds.items)
    if stop > reader.end:
        raise Malformed("length", start)
    if at != end:
        raise Malformed("cut", at)
    reader.at = end
