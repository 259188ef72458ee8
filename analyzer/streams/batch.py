"""Batch: picked segments of many flows, put in order of their flows.

Here lives: grouping by the true five-tuple and, where several networks use it, by connection.  Here does not live: the segments as lists
(``rows``), which networks are one (``networks``), flows (``table``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.capture.block import SOURCE_SHIFT
from analyzer.packets.columns import ACK, FIN, RST, SYN, Column, Packets
from analyzer.streams.networks import Line, part
from analyzer.streams.rows import Rows, Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.packets.columns import Datagrams
    from analyzer.streams.flow import End, Flow

__all__ = ["Batch", "Group", "network_of"]

_HEARD = {1: frozenset((0,)), 2: frozenset((1,)), 3: frozenset((0, 1))}
"""The ways (network << 1 | side) of a flow on the only network there is, by the sides that have a segment."""
_SOURCE, _INTERFACE = 44, 32
"""A network is a number made of the capture, the interface and the carriage that a packet came by."""


class Group(NamedTuple):
    """The segments of one flow: rows ``start`` to ``stop`` of the batch's Rows.

    ``heard`` says which sides have a segment (bit 0, bit 1), ``flow`` which open flow they belong to where ``networks`` has decided that;
    ``parted`` says that it has.
    """

    key: int
    ends: tuple[End, End]
    way: Way
    heard: int
    start: int
    stop: int
    ways: frozenset[int]
    flow: Flow | None
    parted: bool


class Batch:
    """``groups`` are in the order of their first segments; ``rows`` has the segments that say something, ``packets`` their columns."""

    def __init__(self, packets: Packets, known: Callable[[int, tuple[End, End]], list[Flow]], most: int, *, several: bool) -> None:
        """``known`` gives the open flows of a key and five-tuple; at most ``most`` of one five-tuple are told apart.

        ``several``: more than one network was seen before.
        """
        order = np.argsort(packets.key, kind="stable")
        packets = packets.take(order)
        begins, ends = _groups(packets)
        keys = packets.key[begins].tolist()
        lines: list[Line | None] = [None] * len(begins)
        network = network_of(packets, several=several)
        self.several = network is not None
        """More than one network was seen."""
        if network is not None:
            shuffle, begins, groups, lines = _parted(packets, network, begins, keys, ends, known, most)
            order, packets, network = order[shuffle], packets.take(shuffle), network[shuffle]
            keys, ends = [keys[group] for group in groups], [ends[group] for group in groups]
        speaks = (packets.stop > packets.start) | (packets.missing > 0) | ((packets.flags & (SYN | FIN | RST)) != 0)
        self.packets = packets.take(np.flatnonzero(speaks))
        self.rows = Rows(self.packets)
        self.edges = np.concatenate(([0], np.cumsum(speaks)))[[*begins.tolist(), len(packets)]]
        """Where the rows of each group begin, in order of their keys, and behind the last: a column, one longer than the groups."""
        self.confirms: dict[int, int] = {}
        """Row of a SYN/ACK -> time of the very next segment of its connection, where the other side sent it."""
        self.unconfirmed: set[int] = set()
        """Rows of SYN/ACKs that are the last segments of their connections here."""
        self._firsts = packets.flags[begins] & SYN, packets.forward[begins], packets.block.time[packets.row[begins]]
        self._confirm(packets, begins, speaks)
        edges = self.edges.tolist()
        carriages, openers = packets.carriage[begins].tolist(), (~packets.forward[begins]).tolist()
        heard = np.bitwise_or.reduceat(np.where(packets.forward, 1, 2), begins).tolist()
        ways = _ways(packets, network, begins) if network is not None else [_HEARD[sides] for sides in heard]
        self.groups = [
            (group, Group(keys[group], ends[group], (carriages[group], int(openers[group])), heard[group], edges[group], edges[group + 1],
                          ways[group], None if (line := lines[group]) is None else line.flow, line is not None))
            for group in np.argsort(order[begins], kind="stable").tolist()
        ]  # fmt: skip
        """(number in order of keys, Group)"""

    def _confirm(self, packets: Packets, begins: Column, speaks: Column) -> None:
        """Find the ACKs that end TCP's handshakes, which say nothing else and so are no rows."""
        answers = np.flatnonzero((packets.flags & (SYN | ACK)) == SYN | ACK)
        if not len(answers):
            return
        begin = np.zeros(len(packets) + 1, bool)
        begin[begins] = begin[-1] = True
        row = np.cumsum(speaks) - 1
        last = begin[answers + 1]
        self.unconfirmed.update(row[answers[last]].tolist())
        answers = answers[~last]
        follow = answers + 1
        good = (packets.forward[follow] != packets.forward[answers]) & ((packets.flags[follow] & SYN) == 0)
        times = packets.block.time[packets.row[follow[good]]]
        self.confirms = dict(zip(row[answers[good]].tolist(), times.tolist(), strict=True))

    def confirmed(self, number: int, side: int) -> int | None:
        """Return the time of a group's first segment, where it is this side's and no SYN."""
        syn, forward, time = self._firsts
        return None if syn[number] or forward[number] == bool(side) else int(time[number])


def _groups(packets: Packets) -> tuple[Column, list[tuple[End, End]]]:
    """Cut segments sorted by key into runs of one true five-tuple; return the first row and the ends of each."""
    forward = packets.forward
    columns = []
    for near, far in (("source", "target"), ("target", "source")):
        names = [(f"{near}_{part}", f"{far}_{part}") for part in ("high", "low", "port")]
        columns += [np.where(forward, getattr(packets, one), getattr(packets, other)) for one, other in names]
    changed = packets.key[1:] != packets.key[:-1]
    for column in columns:
        changed |= column[1:] != column[:-1]
    begins = np.concatenate(([0], np.flatnonzero(changed) + 1))
    lists = [column[begins].tolist() for column in columns]
    first, second = zip(*lists[:3], strict=True), zip(*lists[3:], strict=True)
    return begins, list(zip(first, second, strict=True))


def network_of(packets: Packets | Datagrams, *, several: bool) -> Column | None:
    """Return the number of the network that each segment or datagram came by; None where it is 0 and no other was seen (``several``)."""
    block, row = packets.block, packets.row
    network = packets.carriage | block.interface[row].astype(np.int64) << _INTERFACE | (block.packet[row] >> SOURCE_SHIFT) << _SOURCE
    return network if several or network.any() else None


def _by_side(packets: Packets, network: Column, begins: Column) -> list[tuple[list[int], list[int]]]:
    """Return for each side the lowest and the highest network of each group; the highest is -1 where the side is silent."""
    found = []
    for mine in (packets.forward, ~packets.forward):
        low = np.minimum.reduceat(np.where(mine, network, np.iinfo(np.int64).max), begins).tolist()
        found.append((low, np.maximum.reduceat(np.where(mine, network, -1), begins).tolist()))
    return found


@lru_cache(1 << 12)
def _pair(first: int, second: int) -> frozenset[int]:
    return frozenset(way for way in (first << 1, second << 1 | 1) if way >= 0)


def _ways(packets: Packets, network: Column, begins: Column) -> list[frozenset[int]]:
    """Return the ways of each group."""
    bounds = [*begins.tolist(), len(packets)]
    (low, high), (other_low, other_high) = _by_side(packets, network, begins)
    found = []
    for group, (a, b, c, d) in enumerate(zip(low, high, other_low, other_high, strict=True)):
        if (b < 0 or a == b) and (d < 0 or c == d):
            found.append(_pair(b, d))
        else:
            rows = slice(bounds[group], bounds[group + 1])
            found.append(frozenset((network[rows] << 1 | ~packets.forward[rows]).tolist()))
    return found


def _parted(
    packets: Packets, network: Column, begins: Column, keys: list[int], ends: list[tuple[End, End]],
    known: Callable[[int, tuple[End, End]], list[Flow]], most: int,
) -> tuple[Column | slice, Column, list[int], list[Line | None]]:  # fmt: skip
    """Part the groups whose segments came by several networks, or by another one than their flow, into connections.

    Return the new order of the segments, where the new groups begin, the old group of each, and its Line (None where nothing
    had to be decided).
    """
    bounds = [*begins.tolist(), len(packets)]
    labels = np.zeros(len(packets), np.int64)
    lines_of: dict[int, list[Line]] = {}
    (low, high), (other_low, other_high) = _by_side(packets, network, begins)
    for group, (a, b, c, d) in enumerate(zip(low, high, other_low, other_high, strict=True)):
        flows = known(keys[group], ends[group])
        if (b < 0 or a == b) and (d < 0 or c == d):
            ways = _pair(b, d)
            if (b == d or b < 0 or d < 0) if not flows else len(flows) == 1 and ways <= flows[0].ways:
                continue
        rows = slice(bounds[group], bounds[group + 1])
        lines = lines_of[group] = [Line(flow) for flow in flows]
        columns = (network[rows] << 1 | ~packets.forward[rows], packets.sequence[rows], packets.acknowledgment[rows], packets.flags[rows],
                   packets.stop[rows] - packets.start[rows] + packets.missing[rows])  # fmt: skip
        labels[rows] = part(zip(*(column.tolist() for column in columns), strict=True), lines, most)
    number = np.repeat(np.arange(len(begins)), np.diff(bounds))
    shuffle: Column | slice = slice(None)
    if labels.any():
        shuffle = np.lexsort((labels, number))
        number, labels = number[shuffle], labels[shuffle]
        begins = np.concatenate(([0], np.flatnonzero((number[1:] != number[:-1]) | (labels[1:] != labels[:-1])) + 1))
    groups = number[begins].tolist()
    chosen = zip(groups, labels[begins].tolist(), strict=True)
    return shuffle, begins, groups, [lines_of[group][label] if group in lines_of else None for group, label in chosen]
