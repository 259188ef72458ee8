"""Tape: the records of many whole streams, cut in lock-step — one numpy step reads the next header of every stream.

Here lives: finding record boundaries in columns.  Here does not live: streams that are not whole (``sender``), what a record
means (``conversation``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analyzer.handshakes.sender import Record
from analyzer.tls.records import HEADER, MAX_CIPHERTEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.packets.columns import Column
    from analyzer.streams.whole import Streams

__all__ = ["LONGEST", "Tape"]

LONGEST = 48
"""Records cut from one stream; a handshake that needs more takes the other road."""


class _Cut(NamedTuple):
    """Columns of the records found in one step."""

    stream: Column
    kind: Column
    version: Column
    begin: Column
    end: Column
    first: Column
    last: Column


class Tape:
    """All records of a batch's whole connections, in order of arrival.  ``records(group)`` gives those of one flow."""

    def __init__(self, streams: Streams) -> None:
        """Cut the streams."""
        groups = len(streams.closes)
        sound, cuts = _walk(streams)
        self.closes: list[int] = np.where(sound, streams.closes, -1).tolist()
        """Per group, the first row that closes the connection; -1: take the other road."""
        stream, kind, version, begin, end, first, last = (
            np.concatenate([getattr(cut, name) for cut in cuts]) if cuts else np.empty(0, np.int64) for name in _Cut._fields
        )
        group = stream >> 1
        order = np.lexsort((begin, streams.row[last], group))
        self._bounds = np.searchsorted(group[order], np.arange(groups + 1)).tolist()
        first, last = first[order], last[order]
        rows = streams.row
        between = [rows[a:b].tolist() if a != b else None for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        self._columns: list[list[Any]] = [
            rows[last].tolist(), (stream[order] & 1).tolist(), kind[order].tolist(), version[order].tolist(), rows[first].tolist(),
            (begin[order] - streams.first[first]).tolist(), (end[order] - streams.first[last]).tolist(), between,
        ]  # fmt: skip

    def records(self, group: int, data: list[bytes], packets: list[int], times: list[int]) -> Iterator[tuple[int, int, Record]]:
        """Give (row of its last byte, side, record) for one flow; the lists are the batch's columns."""
        low, high = self._bounds[group], self._bounds[group + 1]
        for last, side, kind, version, first, begin, end, between in zip(*[column[low:high] for column in self._columns], strict=True):
            if between is None:
                fragment, numbers = data[first][begin:end], (packets[first],)
            else:
                pieces = [data[row] for row in between]
                pieces[0] = pieces[0][begin:]
                fragment = b"".join([*pieces, data[last][:end]])
                numbers = (*dict.fromkeys([packets[row] for row in between]), packets[last])
            yield last, side, Record(kind, version, fragment, numbers, times[first])


def _walk(streams: Streams) -> tuple[Column, list[_Cut]]:
    """Read the headers of all streams, one of each per step; return per group whether all of them were sound, and the cuts."""
    data, position = streams.data, streams.begin.copy()
    live = np.arange(len(position))
    sound = np.ones(len(streams.closes), bool)
    cuts: list[_Cut] = []
    for _ in range(LONGEST):
        at = position[live]
        first = np.searchsorted(streams.last, at, side="right")
        here = at + HEADER <= streams.last[first]
        sound[streams.number[live[~here & (at + HEADER <= streams.end[live])]] >> 1] = False  # a header over two segments
        live, at, first = live[here], at[here], first[here]
        where = streams.start[first] + at - streams.first[first]
        kind, major, minor = data[where], data[where + 1], data[where + 2]
        length = data[where + 3].astype(np.int64) << 8 | data[where + 4]
        plausible = (kind >= 20) & (kind <= 24) & (major == 3) & (minor <= 4) & (length <= MAX_CIPHERTEXT)
        plausible &= (length > 0) | (kind == 23)
        sound[streams.number[live[~plausible]] >> 1] = False
        end = at + HEADER + length
        whole = plausible & (end <= streams.end[live])
        live, end = live[whole], end[whole]
        begin = at[whole] + HEADER
        version = major[whole].astype(np.int64) << 8 | minor[whole]
        last = np.searchsorted(streams.last, end - 1, side="right")
        cuts.append(_Cut(streams.number[live], kind[whole].astype(np.int64), version, begin, end, first[whole], last))
        position[live] = end
        live = live[end < streams.end[live]]
        if not len(live):
            break
    return sound, cuts
