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

_WIDTH = 4
"""Bytes compared; a longer beginning is cut to them, a shorter one stands for all that may follow."""
_LARGEST = 600
"""Bytes of a segment that is looked at behind its first byte: what begins so is a short request or greeting, bulk is not."""
_CASE = np.uint32(0x20202020)
"""The bit that tells capitals from small letters, set on both sides of the comparison."""


class FirstBytes:
    """A set of beginnings: (offset, bytes) pairs."""

    def __init__(self, beginnings: Iterable[tuple[int, bytes]] = ()) -> None:
        """Sort the beginnings by offset."""
        by_offset: dict[int, list[bytes]] = {}
        for offset, text in beginnings:
            by_offset.setdefault(offset, []).append(text[:_WIDTH])
        self._sets = [(offset, _Set(texts)) for offset, texts in sorted(by_offset.items())]

    def __call__(self, packets: Packets, filled: Column, first: Column) -> list[Column]:
        """Return the rows among ``filled`` (segments with payload, whose first bytes are ``first``) that begin so, a list per offset."""
        data = packets.block.data
        found = []
        small: Column | None = None
        for offset, one in self._sets:
            if not offset:
                rows = filled[one.first[first]]
            else:
                if small is None:
                    small = filled[packets.stop[filled] - packets.start[filled] <= _LARGEST]
                rows = small[packets.stop[small] - packets.start[small] > offset]
                rows = rows[one.first[data[packets.start[rows] + offset]]]
            if len(rows):
                found.append(rows[one.fits(data, packets.start[rows] + offset, packets.stop[rows])])
        return found


class _Set:
    """The beginnings at one offset."""

    def __init__(self, texts: list[bytes]) -> None:
        self.first = np.zeros(256, bool)
        """Which bytes one of them begins with."""
        keys: dict[int, set[int]] = {}
        for text in texts:
            self.first[[text[0], bytes([text[0]]).swapcase()[0]]] = True
            mask = int.from_bytes(b"\xff" * len(text) + bytes(_WIDTH - len(text)), "big")
            keys.setdefault(mask, set()).add((int.from_bytes(text.ljust(_WIDTH, b"\0"), "big") | int(_CASE)) & mask)
        self._keys = [(np.uint32(mask), np.array(sorted(some), np.uint32)) for mask, some in keys.items()]

    def fits(self, data: Column, start: Column, stop: Column) -> Column:
        """Tell which of the payloads from ``start`` to ``stop`` begin with one of them, as far as they go."""
        value = np.zeros(len(start), np.uint32)
        for index in range(_WIDTH):
            byte = np.where(start + index < stop, data[np.minimum(start + index, len(data) - 1)], 0).astype(np.uint32)
            value = value << np.uint32(8) | byte
        size = stop - start
        found = (size < _WIDTH) & ((size > 1) | (value > 0))  # too short to say no; a lone 0 is a keep-alive's
        for mask, keys in self._keys:
            found |= np.isin((value | _CASE) & mask, keys)
        return found
