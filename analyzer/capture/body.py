"""Body: several captures as one body of traffic, in order of time.

Rotated files are read one after the other without copying anything; captures that overlap in time (two taps, two
directions) are merged packet by packet.  A single capture keeps the order of its file, whatever its times say.

Here lives: which files, in which order, and the merge.  Here does not live: reading one of them (``reading``).
"""

from __future__ import annotations

import glob
import os
import re
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from analyzer.capture.block import Block
from analyzer.capture.reading import Capture
from analyzer.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.capture.source import Source

__all__ = ["Expanded", "Readable", "blocks", "expand", "join"]

LEAST_BLOCK = 64 << 10
"""Bytes of a Block that each of very many overlapping captures still gets."""
OPEN_FILES = 64
"""Overlapping captures beyond this many give their file descriptors back between Blocks."""


class Readable(Protocol):
    """A ``reading.Capture`` or ``memory.Packets``."""

    source: Source
    index: int
    block_bytes: int

    def __iter__(self) -> Iterator[Block]:
        """Walk the Blocks, once."""
        ...

    def peek(self) -> int | None:
        """Return the time of the first packet."""
        ...

    def park(self) -> None:
        """Give back what is scarce."""
        ...

    def close(self) -> None:
        """End reading."""
        ...


class Expanded(NamedTuple):
    """What the caller's inputs come to."""

    inputs: list[Any]
    """Paths, "-", bytes and file objects, one for each capture."""
    skipped: list[tuple[str, str]]
    """(file, why) of files in the given folders that are no captures or cannot be read."""


def expand(inputs: Any) -> Expanded:
    """Turn folders (read to their depths) and patterns that no shell has expanded into files, in natural order (2 before 10).

    A file that the caller named is taken unseen: ``Capture`` raises if it is none.  Raises CaptureError for a folder without
    captures and a pattern that matches nothing.
    """
    single = isinstance(inputs, str | bytes | bytearray | memoryview | os.PathLike) or hasattr(inputs, "read")
    found: list[Any] = []
    skipped: list[tuple[str, str]] = []
    for given in [inputs] if single else inputs:
        if isinstance(given, bytes | bytearray | memoryview) or hasattr(given, "read") or given == "-":
            found.append(given)
            continue
        name = os.fsdecode(given)
        names = [name]
        if not Path(name).exists() and glob.has_magic(name):
            names = sorted(glob.glob(name, recursive=True), key=natural)  # noqa: PTH207 - Path.glob takes no absolute patterns
            if not names:
                raise CaptureError(f"{name}: no file matches")
        for path in names:
            found += _folder(path, skipped) if Path(path).is_dir() else [path]
    return Expanded(_once(found), skipped)


def natural(name: str) -> list[tuple[int, str]]:
    """Key for sorting names as people count: a.pcap2 before a.pcap10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _folder(folder: str, skipped: list[tuple[str, str]]) -> list[str]:
    names = [os.path.join(root, name) for root, _, files in os.walk(folder) for name in files]  # noqa: PTH118 - os.walk's own strings
    found = []
    for name in sorted(names, key=natural):
        if not Path(name).is_file():
            continue  # a FIFO or a socket would be waited for
        try:
            Capture(name).peek()
        except CaptureError as error:
            skipped.append((name, str(error)))
        else:
            found.append(name)
    if not found:
        raise CaptureError(f"{folder}: a folder without captures")
    return found


def _once(inputs: list[Any]) -> list[Any]:
    """Drop files that are named twice (a folder and a file in it)."""
    seen: set[str] = set()
    kept = []
    for given in inputs:
        if isinstance(given, str) and given != "-":
            place = os.path.realpath(given)
            if place in seen:
                continue
            seen.add(place)
        kept.append(given)
    return kept


def blocks(captures: Iterable[Readable]) -> Iterator[Block]:
    """Walk the Blocks of all captures in order of time; each Source is whole when the walk is.  Raises CaptureError as ``Capture``.

    To learn of inputs that are no captures before the walk begins, call ``peek`` on each.
    """
    every = list(captures)
    if len(every) == 1:
        yield from every[0]
        return
    try:
        yield from _merge(every)
    finally:
        for capture in every:
            capture.close()


def _merge(every: list[Readable]) -> Iterator[Block]:
    block_bytes = max((capture.block_bytes for capture in every), default=0)
    # A capture without packets is read too: it may have damage or comments.
    firsts = [(-(1 << 63) if first is None else first, capture) for capture in every for first in [capture.peek()]]
    waiting = deque(sorted(firsts, key=lambda pair: (pair[0], pair[1].index)))
    fronts: list[_Front] = []
    while waiting or fronts:
        # Up to the horizon nothing can come any more that is not at hand.
        horizon = min((front.last for front in fronts), default=None)
        while waiting and (horizon is None or waiting[0][0] <= horizon):
            front = _Front(waiting.popleft()[1], max(block_bytes // (len(fronts) + 1), LEAST_BLOCK))
            if front.load():
                fronts.append(front)
                horizon = front.last if horizon is None else min(horizon, front.last)
        fronts.sort(key=lambda front: front.capture.index)
        if len(fronts) == 1:
            yield fronts[0].all()
        elif fronts:
            assert horizon is not None
            yield join([piece for front in fronts if (piece := front.until(horizon)) is not None])
        share = max(block_bytes // max(len(fronts), 1), LEAST_BLOCK)
        for front in [front for front in fronts if front.done]:
            front.capture.block_bytes = share
            if not front.load():
                fronts.remove(front)
            elif len(fronts) > OPEN_FILES:
                front.capture.park()


class _Front:
    """An open capture and what is left of its Block."""

    def __init__(self, capture: Readable, block_bytes: int) -> None:
        self.capture = capture
        capture.block_bytes = block_bytes
        self._blocks = iter(capture)
        self._block: Block | None = None
        self._sorted = False
        self._at = 0
        self._times: Any = None
        self.next = self.last = 0
        """Times of the first and last packet that are left."""

    @property
    def done(self) -> bool:
        return self._block is None

    def load(self) -> bool:
        """Take the next Block; return False at the end."""
        self._block = next(self._blocks, None)
        if self._block is None:
            return False
        self._sorted, self._at = False, 0
        self.next, self.last = int(self._block.time.min()), int(self._block.time.max())
        return True

    def all(self) -> Block:
        """Return all that is left: a whole Block as the file has it."""
        block, self._block = self._block, None
        assert block is not None
        return block.take(slice(self._at, None)) if self._at else block

    def until(self, horizon: int) -> Block | None:
        """Return the packets with times up to ``horizon``, in order of time."""
        block = self._block
        assert block is not None
        if self.next > horizon:
            return None
        if not self._sorted:
            if (np.diff(block.time) < 0).any():
                block = self._block = block.take(np.argsort(block.time, kind="stable"))
            self._sorted = True
        stop = int(np.searchsorted(block.time, horizon, "right"))
        piece = block.take(slice(self._at, stop))
        self._at = stop
        if stop == len(block):
            self._block = None
        else:
            self.next = int(block.time[stop])
        return piece


def join(pieces: list[Block]) -> Block:
    """Make one Block of several, in order of time; at the same time the earlier capture comes first."""
    if len(pieces) == 1:
        return pieces[0]
    data, offsets, base = [], [], 0
    for piece in pieces:
        low, high = int(piece.offset.min()), int((piece.offset + piece.caplen).max())
        data.append(piece.data[low:high])
        offsets.append(piece.offset + (base - low))
        base += high - low
    names = ("caplen", "wirelen", "time", "link", "interface", "packet")
    columns = (np.concatenate([getattr(piece, name) for piece in pieces]) for name in names)
    joined = Block(np.concatenate(data), np.concatenate(offsets), *columns)
    return joined.take(np.argsort(joined.time, kind="stable"))
