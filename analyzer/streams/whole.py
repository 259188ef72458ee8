"""Whole: the connections of a batch that lie in it from SYN to close, in order and without a byte twice or missing.

Here lives: finding them, in columns, for all flows of a batch at once — most short connections are such.  They need no
reassembly: their streams are their segments one after another.  Here does not live: all other flows (``flow``, ``tcp``), which
take the scalar road to the same end; what the bytes mean (``handshakes.tape``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from analyzer.packets.columns import ACK, FIN, RST, SYN, Column, Packets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Streams", "Tape", "no_tape", "whole_streams"]

_MASK = 0xFFFF_FFFF


class Tape(Protocol):
    """What whole streams say, cut up for the listeners (``handshakes.tape``)."""

    closes: list[int]
    """Per group of the batch, the first row with a FIN or RST; -1 where the flow must take the scalar road."""

    def records(self, group: int, data: list[bytes], packets: list[int], times: list[int]) -> Iterator[Any]:
        """Give what ``Listener.play`` takes of one flow; the lists are the batch's columns."""


class _NoTape:
    def __init__(self, groups: int) -> None:
        self.closes = [-1] * groups

    def records(self, group: int, data: list[bytes], packets: list[int], times: list[int]) -> Iterator[Any]:  # noqa: ARG002 - as Tape
        return iter(())


def no_tape(streams: Streams) -> Tape:
    """Send every flow down the scalar road."""
    return _NoTape(len(streams.closes))


class Streams(NamedTuple):
    """The payloads of whole connections, one stream after another: stream ``2 * group + side``.

    Columns of segments with payload, sorted by stream: ``row`` (index in the batch), ``start`` (offset of the payload in
    ``data``), ``first`` and ``last`` (position of its first byte and behind its last, counted through all streams).
    Columns of streams: ``number`` (2 * group + side), ``begin`` and ``end`` (positions).
    ``closes`` per group of the batch: the first row with a FIN or RST; -1 where the group is not whole.
    """

    data: Column
    row: Column
    start: Column
    first: Column
    last: Column
    number: Column
    begin: Column
    end: Column
    closes: Column


def whole_streams(packets: Packets, bounds: Column) -> Streams:
    """Find the whole connections among the segments of a batch, which ``bounds`` (one more than groups) cuts into flows."""
    groups = len(bounds) - 1
    counts = np.diff(bounds)
    group = np.repeat(np.arange(groups), counts)
    side = (~packets.forward).astype(np.int64)
    size, flags, sequence = packets.stop - packets.start, packets.flags, packets.sequence
    syn = (flags & SYN) != 0
    answer = syn & ((flags & ACK) != 0)

    def many(mask: Column) -> Column:
        return np.bincount(group[mask], minlength=groups)

    first = np.minimum(bounds[:-1], max(len(packets) - 1, 0))
    opener = side[first] if len(packets) else first
    answers = np.full(groups, -1)
    answers[group[answer]] = side[answer]
    good = (counts > 0) & (many(syn) == 2) & (many(answer) == 1) & (answers == 1 - opener)
    if len(packets):
        good &= syn[first] & ~answer[first]
    closing = (flags & (FIN | RST)) != 0
    ended = (many((flags & RST) != 0) > 0) | ((many(closing & (side == 0)) > 0) & (many(closing & (side == 1)) > 0))
    odd = (packets.missing > 0) | ((size > 0) & ((flags & (SYN | RST)) != 0))
    good &= ended & (many(odd) == 0)

    rows = np.flatnonzero((size > 0) & good[group])
    stream = 2 * group[rows] + side[rows]
    order = np.argsort(stream, kind="stable")
    rows, stream, size = rows[order], stream[order], size[rows[order]]
    last = np.cumsum(size)
    begins = _begins(stream)
    position = last - size
    offset = position - np.repeat(position[begins], np.diff(np.append(begins, len(rows))))
    starts = np.zeros(2 * groups, np.int64)
    starts[2 * group[syn] + side[syn]] = sequence[syn] + 1
    good[group[rows[sequence[rows] != ((starts[stream] + offset) & _MASK)]]] = False

    keep = good[group[rows]]
    rows, stream, size = rows[keep], stream[keep], size[keep]
    last = np.cumsum(size)
    begins = _begins(stream)
    closes = np.full(groups, -1)
    shut = np.flatnonzero(closing & good[group])[::-1]
    closes[group[shut]] = shut
    return Streams(packets.block.data, rows, packets.start[rows], last - size, last, stream[begins], (last - size)[begins],
                   np.append(last[begins[1:] - 1], last[-1:]) if len(rows) else last, closes)  # fmt: skip


def _begins(stream: Column) -> Column:
    """Return where each stream's first row stands in a sorted column of stream numbers."""
    if not len(stream):
        return np.empty(0, np.int64)
    return np.concatenate(([0], np.flatnonzero(stream[1:] != stream[:-1]) + 1))
