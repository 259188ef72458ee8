"""Where the records of a chunk begin, found for hundreds of stretches at once.

A record's place is known only from the length of the one before it, which looks like a loop per packet.  Instead the chunk is
cut into lanes; in each a first record is guessed, and all lanes walk in lock-step, one numpy gather a step.  A guess proves
itself: a lane is right only if the lane before it, itself right, lands exactly on its first record.  Where one does not, the
stretch is walked plainly from the landing until it meets a lane again.  So the answer is that of the plain walk, always.

Here lives: walking over records that carry their own length.  Here does not live: what else a record holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.capture.block import Column

__all__ = ["Layout", "Quarry", "hunt", "plain", "walk"]

LANE_BYTES = 32 << 10
"""Shortest lane: some dozens of packets, so that a lock-step serves many of them."""
MOST_LANES = 256
FEWEST_LANES = 48
"""With fewer, the plain walk is as fast."""
STRAGGLERS = 16
"""A step costs about as much as 16 packets walked plainly: when so few lanes still run, they finish plainly."""
TRIES = 64
"""Places looked at for a lane's first record; bytes made to look like needles can cost no more than this."""
WINDOW = 4096
"""Bytes copied at a time to search them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of record says how long it is: size = the u32 at ``length_at`` + ``extra``, between ``least`` and ``most``.

    ``also_at``: where a second length stands, of which the smaller counts (pcap 2.3, whose writers disagreed on the order).
    ``header``: bytes that must be there before a record can be judged (> length_at + 4).
    """

    order: str
    length_at: int
    extra: int
    header: int
    least: int
    most: int
    also_at: int | None = None


@dataclass(frozen=True, slots=True)
class Quarry:
    """What gives a record away: ``needles`` stand ``at`` bytes into it, and then ``likely(offset)`` looks closer."""

    needles: tuple[bytes, ...]
    at: int
    likely: Callable[[int], bool]


def hunt(view: memoryview, low: int, high: int, quarry: Quarry) -> int:
    """Return where the first record in ``low <= offset < high`` seems to begin, or -1."""
    tries = TRIES
    for needle in quarry.needles:
        for start in range(low + quarry.at, high + quarry.at, WINDOW):
            text = bytes(view[start : min(start + WINDOW, high + quarry.at) + len(needle) - 1])
            found = text.find(needle)
            while found >= 0:
                if quarry.likely(start + found - quarry.at):
                    return start + found - quarry.at
                tries -= 1
                if not tries:
                    return -1
                found = text.find(needle, found + 1)
    return -1


def plain(view: memoryview, start: int, stop: int, layout: Layout) -> tuple[list[int], int]:
    """Walk record by record from ``start`` while before ``stop``; return their offsets and where the walk stands.

    It stands before ``stop`` only in front of a record that is not whole or whose length is out of bounds.
    """
    at, extra, least, most, also = layout.length_at, layout.extra, layout.least, layout.most, layout.also_at
    number = Struct(layout.order + "I").unpack_from
    size_of_data = len(view)
    last = min(stop - 1, size_of_data - layout.header)
    offsets: list[int] = []
    found = offsets.append
    here = start
    while here <= last:
        size = number(view, here + at)[0] + extra
        if also is not None:
            size = min(size, number(view, here + also)[0] + extra)
        beyond = here + size
        if not least <= size <= most or beyond > size_of_data:
            break
        found(here)
        here = beyond
    return offsets, here


def walk(data: Column, layout: Layout, quarry: Quarry | None, start: int = 0) -> tuple[Column, int]:
    """Return the offsets (int64) of the whole, well-sized records from ``start`` on, and where the first other one would begin."""
    view = data.data
    size = len(data)
    lanes = min((size - start) // LANE_BYTES, MOST_LANES)
    if quarry is None or lanes < FEWEST_LANES:
        offsets, end = plain(view, start, size, layout)
        return np.array(offsets, np.int64), end

    bounds = np.linspace(start, size - layout.header, lanes + 1).astype(np.int64).tolist()
    starts = [start]
    starts += [first for low, high in pairwise(bounds[1:]) if (first := hunt(view, low, high, quarry)) >= 0]
    columns = _Lengths(data, layout)
    offsets_found = _stitch(_lock_step(columns, starts, size - layout.header + 1), starts, view, layout)
    if not len(offsets_found):
        return offsets_found, start

    # A lane walks over broken records without a look; whatever follows the first of them is void.
    sizes = columns.sizes(offsets_found)
    broken = (sizes < layout.least) | (sizes > layout.most) | (offsets_found + sizes > size)
    if broken.any():
        first = int(broken.argmax())
        return offsets_found[:first], int(offsets_found[first])
    return offsets_found, int(offsets_found[-1] + sizes[-1])


class _Lengths:
    """The record sizes of a chunk, gathered at any offsets."""

    def __init__(self, data: Column, layout: Layout) -> None:
        def words(at: int) -> Column:
            # One u32 at every byte: a view whose items overlap.
            return np.ndarray((len(data) - layout.header + 1,), layout.order + "u4", data, at, (1,))

        self.words = words(layout.length_at)
        self.also = None if layout.also_at is None else words(layout.also_at)
        self.extra = layout.extra
        self.least = layout.least

    def raw(self, offsets: Column) -> Column:
        raw: Column = self.words[offsets]
        return raw if self.also is None else np.minimum(raw, self.also[offsets], out=raw)

    def sizes(self, offsets: Column) -> Column:
        sizes = self.raw(offsets).astype(np.int64)
        sizes += self.extra
        return sizes


def _lock_step(lengths: _Lengths, starts: list[int], end: int) -> tuple[Column, Column]:
    """Walk all lanes at once; return the places (row = step, column = lane) and each lane's stop (the next lane's start)."""
    here = np.array(starts, np.int64)
    stops = np.append(here[1:], end)
    last, extra, floor = end - 1, lengths.extra, max(lengths.least - lengths.extra, 0)
    rows = [here]
    while True:
        for _ in range(8):
            step = lengths.raw(np.minimum(here, last))
            here = here + np.maximum(step, floor, out=step)  # a length of nothing must not stand still
            here += extra
            rows.append(here)
        running = np.count_nonzero(here < stops)
        if not running or (running < STRAGGLERS and len(rows) > 2 * STRAGGLERS):
            return np.array(rows), stops


def _stitch(walked: tuple[Column, Column], starts: list[int], view: memoryview, layout: Layout) -> Column:
    """Join the lanes that prove right; walk plainly between those that do not."""
    places, stops = walked
    inside = places < stops
    inside[-1] = False  # where the lane stands, not yet a record of it
    counts = np.count_nonzero(inside, axis=0)
    landings = places[counts, np.arange(len(stops))]
    lanes = len(starts)
    wrong = np.flatnonzero(landings[:-1] != stops[:-1]).tolist()
    if landings[-1] < stops[-1]:
        wrong.append(lanes - 1)
    if not wrong:
        return places.T[inside.T]

    pieces = []
    at = np.array(starts, np.int64)
    lane = 0
    for bad in wrong:
        if bad < lane:  # its lane was skipped over
            continue
        pieces.append(places.T[lane : bad + 1][inside.T[lane : bad + 1]])
        here = int(landings[bad])
        lane = bad + 1
        while True:
            lane = max(lane, int(np.searchsorted(at, here)))
            stop = starts[lane] if lane < lanes else len(view)
            if here == stop and lane < lanes:
                break
            offsets, there = plain(view, here, stop, layout)
            pieces.append(np.array(offsets, np.int64))
            if there < stop or lane >= lanes:
                return np.concatenate(pieces)
            here = there
    pieces.append(places.T[lane:][inside.T[lane:]])
    return np.concatenate(pieces)
