"""First bytes: which segments begin like a protocol that comes before TLS (STARTTLS, a proxy), told from a list of beginnings.

Here lives: the test on whole columns.  Here does not live: the list (``handshakes.preludes`` has it; ``pipeline`` hands it on).
It may say yes to noise, and to a segment too short to tell; letters count in both cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.packets.columns import Column, Packets

__all__ = ["FirstBytes"]

_LARGEST = 600
"""Bytes of a segment that is looked at behind its first byte: what begins so is a short request or greeting, bulk is not."""
_LITTLE = 5
"""A beginning of up to so many bytes is too little to say of bulk."""


class FirstBytes:
    """A set of beginnings: (offset, bytes), or (offset, bytes, first byte) where that is known too."""

    def __init__(self, beginnings: Iterable[tuple[int, bytes] | tuple[int, bytes, int]] = ()) -> None:
        """Sort the beginnings by offset."""
        self._bulk = np.zeros(256, bool)
        """First bytes of those by which a segment of any size may begin: enough to say of bulk."""
        pairs = np.zeros((256, 256), bool)
        self._sets: dict[int, _Set] = {}
        for offset, text, *known in beginnings:
            head = known[0] if known else None if offset else text[0]
            self._sets.setdefault(offset, _Set()).add(text, head)
            second = text[1 - offset] if len(text) > 1 - offset >= 0 else None
            pairs[np.ix_(_both(head), _both(second))] = True
            if not offset and len(text) > _LITTLE:
                self._bulk[_both(text[0])] = True
        self._likely: Column = pairs.ravel()
        """Whether the first two bytes of a segment, as one number, may be those of one."""
        self._alone: Column = np.any(pairs, axis=1)

    def __call__(self, packets: Packets, filled: Column, first: Column) -> list[Column]:
        """Return the rows among ``filled`` (segments with payload, whose first bytes are ``first``) that begin so, a list per offset."""
        data, found = packets.block.data, []
        start, size = packets.start[filled], packets.stop[filled] - packets.start[filled]
        likely = self._likely[first.astype(np.int64) << 8 | data[start + (size > 1)]]
        looked = np.flatnonzero((likely | ((size == 1) & self._alone[first])) & ((size <= _LARGEST) | self._bulk[first]))
        filled, first = filled[looked], first[looked]
        for offset, one in self._sets.items():
            rows = filled[one.heads[first]]
            start, stop = packets.start[rows] + offset, packets.stop[rows]
            if len(rows) and len(fits := one.fits(data, start, stop)):
                found.append(rows[fits])
        return found


def _both(byte: int | None) -> list[int]:
    """Return a byte in both cases, all bytes where it may be any."""
    return [*range(256)] if byte is None else [byte, bytes([byte]).swapcase()[0]]


class _Set:
    """The beginnings at one offset: two bytes are asked of a whole column, all of them of the few rows that are left."""

    def __init__(self) -> None:
        self.heads = np.zeros(256, bool)
        """First bytes of the segments that may hold one."""
        self._pairs = np.zeros((256, 256), bool)
        """Which two bytes one of them begins with."""
        self._words: tuple[bytes, ...] = ()
        self._parts: frozenset[bytes] = frozenset()
        """What is too short to say no; a lone 0 is a keep-alive's."""
        self._longest = 0

    def add(self, text: bytes, head: int | None) -> None:
        """Add one; ``head`` is the segment's first byte, None where it may be any."""
        self.heads[_both(head)] = True
        self._pairs[np.ix_(_both(text[0]), _both(text[1] if len(text) > 1 else None))] = True
        text = text.upper()
        self._words = (*self._words, text)
        self._parts |= {text[:size] for size in range(1, len(text))} - {b"\0"}
        self._longest = max(self._longest, len(text))

    def fits(self, data: Column, start: Column, stop: Column) -> Column:
        """Return the indices of the payloads, from ``start`` to ``stop``, that begin with one of them, as far as they go."""
        second = data[np.minimum(start + 1, np.maximum(stop - 1, 0))]
        first = data[np.minimum(start, np.maximum(stop - 1, 0))]
        near = np.flatnonzero((start < stop) & (self._pairs[first, second] | (stop - start == 1)))
        ends = np.minimum(stop, start + self._longest)[near]
        texts = [data[low:high].tobytes().upper() for low, high in zip(start[near].tolist(), ends.tolist(), strict=True)]
        found: Column = near[[text.startswith(self._words) or text in self._parts for text in texts]] if texts else near
        return found
