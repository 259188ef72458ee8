"""IP packets put together from their fragments (RFC 791, 815, 8200 4.5), in any order, with a bound on everything held.

Here lives: what is kept of unfinished packets and when it is given up.  Here does not live: how a fragment's header is read (``internet``).

First copy wins: of two fragments that claim the same bytes the one captured first is kept, and if their content differs that is noted
(RFC 5722 has hosts discard such IPv6 packets; hosts differ, and what was sent is what matters here).  A packet of which the capture
kept only part of a fragment is complete when all of it was sent: its bytes end where the first one is missing.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyzer.limits import Limits

__all__ = ["OVERLAP", "TOO_LONG", "Fragments", "Whole"]

LONGEST = 65535
"""Bytes that a packet can have."""
OVERHEAD = 200
"""Bytes that Python takes to hold a fragment, beside its own."""
OVERLAP = "IP fragments that overlap with different content"
TOO_LONG = "IP fragments past the longest packet"
"""What is noted."""

Key = tuple[object, ...]


class Whole(NamedTuple):
    """A packet put together: ``protocol`` of what it carries, its ``data`` up to the first missing byte, ``length`` on the wire.

    ``torn``: two fragments claimed the same bytes with different content.
    """

    protocol: int
    data: bytes
    length: int
    pieces: tuple[int, ...]
    torn: bool = False


class _Train:
    """The fragments of one packet so far; ``sent`` and ``known`` have a bit for each 8 bytes that were sent, that were captured."""

    __slots__ = ("held", "known", "parts", "pieces", "protocol", "sent", "time", "total")

    def __init__(self, time: int) -> None:
        self.time = time
        self.parts: list[tuple[int, bytes]] = []
        self.pieces: list[int] = []
        self.protocol = 0
        self.held = self.sent = self.known = 0
        self.total = -1


class Fragments:
    """All unfinished packets of a scan.  ``notes`` counts what was odd."""

    def __init__(self, limits: Limits, hits: Counter[str] | None = None) -> None:
        """Hold nothing; ``hits`` counts the packets given up to stay within a limit."""
        self._hits: Counter[str] = Counter() if hits is None else hits
        self.notes: Counter[str] = Counter()
        self._limits = limits
        self._patience = limits.fragment_seconds * 1_000_000_000
        self._trains: OrderedDict[Key, _Train] = OrderedDict()  # oldest first; a dict looks for its first key through all that were deleted
        self._held = 0

    def __len__(self) -> int:
        """Return the number of unfinished packets."""
        return len(self._trains)

    def add(
        self, key: Key, time: int, start: int, data: bytes, length: int, *, more: bool, protocol: int, pieces: tuple[int, ...]
    ) -> Whole | None:
        """Take one fragment: ``length`` bytes on the wire at ``start``, of which ``data`` was captured; return the packet it completes.

        ``key`` names the packet it is of, ``time`` is in ns, ``protocol`` is what its header says follows, ``pieces`` the
        packets that it came in itself.
        """
        self._expire(time)
        if more:
            length &= ~7  # all but the last are in units of 8 bytes; hosts cut off what is over
            data = data[:length]
        if start + length > LONGEST:
            self._drop(key)
            self.notes[TOO_LONG] += 1
            return None
        train = self._trains.get(key)
        if train is None:
            train = self._trains[key] = _Train(time)
        if not start or not train.parts:
            train.protocol = protocol
        self._keep(train, start, data, length, more=more, pieces=pieces)
        if train.total >= 0 and not ~train.sent & _units(0, train.total):
            self._drop(key)
            return self._whole(train)
        self._bound()
        return None

    def _keep(self, train: _Train, start: int, data: bytes, length: int, *, more: bool, pieces: tuple[int, ...]) -> None:
        if not more and train.total < 0:
            train.total = start + length
        known = _units(start, len(data) if len(data) == length else len(data) & ~7)
        if not known & ~train.known and train.held > 2 * LONGEST and not _units(start, length) & ~train.sent:
            return  # copies without end; the first ones are here
        train.sent |= _units(start, length)
        train.known |= known
        train.parts.append((start, data))
        train.pieces.extend(pieces)
        cost = len(data) + OVERHEAD + 8 * len(pieces)
        train.held += cost
        self._held += cost

    def _whole(self, train: _Train) -> Whole:
        """Write the fragments one over the other, the first one last."""
        total = train.total
        buffer = bytearray(total)
        for start, data in reversed(train.parts):
            if start < total:
                buffer[start : min(start + len(data), total)] = data[: total - start]
        overlap = sum(len(data) for _, data in train.parts) > total
        torn = overlap and any(buffer[start : start + len(data)] != data for start, data in train.parts)
        if torn:
            self.notes[OVERLAP] += 1
        missing = ~train.known & _units(0, total)
        end = total if not missing else ((missing & -missing).bit_length() - 1) * 8
        return Whole(train.protocol, bytes(buffer[:end]), total, tuple(train.pieces), torn)

    def _drop(self, key: Key) -> None:
        train = self._trains.pop(key, None)
        if train is not None:
            self._held -= train.held

    def _expire(self, now: int) -> None:
        """Give up what has waited too long."""
        while self._trains:
            key, train = next(iter(self._trains.items()))
            if now - train.time <= self._patience:
                break
            self._drop(key)

    def _bound(self) -> None:
        """Give up the oldest until what is held is within the limits."""
        limits = self._limits
        while (many := len(self._trains) > limits.fragments) or self._held > limits.fragment_bytes:
            self._hits["fragments" if many else "fragment_bytes"] += 1
            self._drop(next(iter(self._trains)))


def _units(start: int, length: int) -> int:
    """Return the bits of the 8-byte units from ``start`` on that ``length`` bytes touch."""
    return ((1 << ((length + 7) >> 3)) - 1) << (start >> 3)
