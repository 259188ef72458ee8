"""Crypto stream: the CRYPTO frames of one sender, in any order and overlapping, put together into handshake messages.

Here lives: order, overlaps, what is missing, where messages end.  Here does not live: packets and frames (``tls.quic``), what
messages mean (``progress``).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.limits import Limits

__all__ = ["CryptoStream", "Whole"]

_HEADER = 4
"""Type and length of a handshake message (RFC 8446 section 4)."""


class Whole(NamedTuple):
    """A message that is there from its first byte to its last; ``time`` is that of its earliest packet."""

    code: int
    body: bytes
    packets: tuple[int, ...]
    time: int


class _Piece(NamedTuple):
    """Bytes of the stream from ``start`` up to ``end``."""

    start: int
    end: int
    data: bytes
    packet: int
    time: int


class CryptoStream:
    """Feed ``put`` with frames; ``messages`` gives what is whole.  The first copy of a byte wins."""

    __slots__ = ("_at", "_limits", "_marks", "_pieces", "_run", "_stopped", "conflict", "full", "repeated", "too_long")

    def __init__(self, limits: Limits) -> None:
        """Begin with no bytes."""
        self._limits = limits
        self._at = 0
        """Offset where the run ends: what comes next."""
        self._run = bytearray()
        """Bytes in order that are in no whole message yet."""
        self._marks: list[_Piece] = []
        """Which packets brought the run, in order of the stream, without their bytes."""
        self._pieces: list[_Piece] = []
        """What stands behind a gap, in order of the stream, no two of them overlapping."""
        self._stopped = False
        self.conflict: int | None = None
        """Offset of the first byte that was sent twice with different content."""
        self.repeated = 0
        """Bytes of the latest frame that had come before."""
        self.full = False
        """A limit was hit: bytes were given up."""
        self.too_long: int | None = None
        """Length of a message that is longer than the limit: the stream has stopped there."""

    def put(self, offset: int, data: bytes, packet: int, time: int) -> None:
        """Take the data of one CRYPTO frame."""
        end = offset + len(data)
        self.repeated = 0
        if self._stopped:
            return
        if end > self._limits.side_bytes:
            self.full = True
            return
        at = max(offset, self._at)
        if offset < self._at:
            self._compare(offset, data)
            self.repeated = min(self._at, end) - offset
        pieces = self._pieces
        here = bisect_right(pieces, at, key=_end)
        while at < end:
            if here < len(pieces) and pieces[here].start <= at:
                piece = pieces[here]
                stop = min(end, piece.end)
                if self.conflict is None and piece.data[at - piece.start : stop - piece.start] != data[at - offset : stop - offset]:
                    self.conflict = at
                self.repeated += stop - at
                at = piece.end
            else:
                stop = min(end, pieces[here].start) if here < len(pieces) else end
                if len(pieces) >= self._limits.side_segments:
                    self.full = True
                    break
                pieces.insert(here, _Piece(at, stop, data[at - offset : stop - offset], packet, time))
                at = stop
            here += 1
        self._join()

    def messages(self) -> Iterator[Whole]:
        """Give the messages that have become whole, each once."""
        run, at = self._run, 0
        while len(run) - at >= _HEADER:
            length = int.from_bytes(run[at + 1 : at + _HEADER], "big")
            if length > self._limits.message_bytes:
                self.too_long = length
                self.stop()
                return
            end = at + _HEADER + length
            if end > len(run):
                break
            base = self._at - len(run)
            marks = [mark for mark in self._marks if mark.start < base + end and mark.end > base + at]
            packets = tuple(sorted({mark.packet for mark in marks}))
            yield Whole(run[at], bytes(run[at + _HEADER : end]), packets, min(mark.time for mark in marks))
            at = end
        if at:
            del run[:at]
            base = self._at - len(run)
            self._marks = [mark for mark in self._marks if mark.end > base]

    def stop(self) -> None:
        """Read no further: what follows cannot be understood."""
        self._stopped = True
        for kept in (self._run, self._marks, self._pieces):
            kept.clear()

    @property
    def missing(self) -> int:
        """Bytes known to be missing: in front of what is held behind gaps, or at the end of a message that began."""
        if self._pieces:
            return self._pieces[-1].end - self._at - sum(len(piece.data) for piece in self._pieces)
        run = self._run
        return _HEADER + int.from_bytes(run[1:_HEADER], "big") - len(run) if len(run) >= _HEADER else len(run) and _HEADER - len(run)

    @property
    def beginning(self) -> tuple[int, int] | None:
        """Packet and time of the first bytes that are in no message, None where there are none."""
        held = self._marks[:1] if self._run else self._pieces[:1]
        return (held[0].packet, held[0].time) if held else None

    def _compare(self, offset: int, data: bytes) -> None:
        """Compare bytes that were sent again with the part of the run that is still there."""
        base = self._at - len(self._run)
        start, end = max(offset, base), min(offset + len(data), self._at)
        if self.conflict is None and start < end and self._run[start - base : end - base] != data[start - offset : end - offset]:
            self.conflict = start

    def _join(self) -> None:
        """Move the pieces that are next into the run."""
        count = 0
        for piece in self._pieces:
            if piece.start != self._at:
                break
            self._run += piece.data
            if self._marks and self._marks[-1].packet == piece.packet:
                self._marks[-1] = self._marks[-1]._replace(end=piece.end)
            else:
                self._marks.append(piece._replace(data=b""))
            self._at = piece.end
            count += 1
        del self._pieces[:count]


def _end(piece: _Piece) -> int:
    return piece.end
