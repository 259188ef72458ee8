"""Table: all flows that are being followed, keyed on the true five-tuple.

Here lives: grouping segments by flow, opening and ending flows, idle time and the cap on their number.  Here does not live:
which segments come (``packets.sieve``), what a flow does with them (``flow``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analyzer.limits import DEFAULT
from analyzer.packets.columns import ACK, FIN, RST, SYN, Packets
from analyzer.packets.signs import hellos, late_signs
from analyzer.streams.flow import DONE, LINGER, WATCH, End, Flow, Listener
from analyzer.streams.tcp import Side
from analyzer.streams.whole import Streams, Tape, no_tape, whole_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.limits import Limits
    from analyzer.packets.carriage import Layer
    from analyzer.packets.sieve import Sieve

__all__ = ["Table"]

_NOTHING = (Side(DEFAULT), Side(DEFAULT))
"""What a connection whose records come from a tape has to put in order; it is only asked what it has."""


class Table:
    """Feed it what the sieve picked; it opens a Flow with its Listener for each new five-tuple and tells the sieve when to stop."""

    def __init__(self, limits: Limits, sieve: Sieve, listen: Callable[[Flow], Listener], cut: Callable[[Streams], Tape] = no_tape,
                 carriages: Sequence[tuple[Layer, ...]] = ((),)) -> None:  # fmt: skip
        """``listen`` is called once for each new flow, ``cut`` once for the whole connections of each batch."""
        self._cut = cut
        self._carriages = carriages
        self._limits = limits
        self._sieve = sieve
        self._listen = listen
        self._flows: OrderedDict[tuple[End, End], Flow] = OrderedDict()
        self._swept = 0
        self.overflowed = 0
        """Flows closed early because there were more than the limit."""

    def __len__(self) -> int:
        """Return the number of flows followed now."""
        return len(self._flows)

    def feed(self, packets: Packets, fresh: frozenset[int]) -> Iterator[None]:
        """Take picked segments; ``fresh`` are the keys of flows to be opened if they are not there yet.

        Pauses after each flow, so that what ended is told while it is warm.
        """
        if len(packets):
            yield from self._feed(packets, fresh)
        if len(packets.block):
            self._sweep(int(packets.block.time.max()))
            yield

    def finish(self) -> None:
        """End all flows, oldest first."""
        for flow in list(self._flows.values()):
            self._end(flow)

    # ------------------------------------------------------------------------------------------------ inside

    def _feed(self, packets: Packets, fresh: frozenset[int]) -> Iterator[None]:
        order = np.argsort(packets.key, kind="stable")
        packets = packets.take(order)
        begins, keys, ends = _groups(packets)
        ways = list(zip(packets.carriage[begins].tolist(), (~packets.forward[begins]).tolist(), strict=True))
        heard = _heard(packets, begins)
        speaks = (packets.stop > packets.start) | (packets.missing > 0) | ((packets.flags & (SYN | FIN | RST)) != 0)
        spoken = packets.take(np.flatnonzero(speaks))
        rows = _Rows(spoken)
        edges = np.concatenate(([0], np.cumsum(speaks)))[[*begins, len(packets)]]
        bounds = edges.tolist()
        tape = self._cut(whole_streams(spoken, edges))
        for group in np.argsort(order[begins], kind="stable").tolist():
            flow = self._flows.get(ends[group])
            if flow is None:
                if keys[group] not in fresh:
                    continue
                if tape.closes[group] >= 0 and self._play(tape, group, keys[group], ends[group], ways[group], heard[group], rows, bounds):
                    yield
                    continue
                flow = self._open(keys[group], ends[group], ways[group])
            else:
                self._flows.move_to_end(flow.ends)
            flow.heard |= heard[group]
            self._follow(flow, rows, bounds[group], bounds[group + 1])
            yield

    def _play(self, tape: Tape, group: int, key: int, ends: tuple[End, End], way: Way, heard: int, rows: _Rows, bounds: list[int]) -> bool:
        """Take a connection that is whole in this batch; return False where its records do not tell a handshake to its end."""
        flow = self._new(key, ends, way, _NOTHING)
        flow.heard = heard
        index, stop = bounds[group], bounds[group + 1]
        for kind in ("syn", "syn_ack"):
            while not rows.flags[index] & SYN:
                index += 1
            flow.listener.event(kind, rows.side[index], rows.packet[index], rows.time[index])
            index += 1
        over = flow.listener.play(tape.records(group, rows.data, rows.packet, rows.time), tape.closes[group])
        if over < 0:
            del flow.listener
            return False
        flow.state = LINGER
        index = over
        while flow.state == LINGER and not flow.closed and (index := rows.next_late(index + 1)) < stop:
            flow.late(rows.side[index], rows.sequence[index], rows.flags[index], rows.data[index], rows.packet[index], rows.time[index])
        if flow.state != WATCH:
            flow.finish()
        else:  # it renegotiates: from here on it is a flow like others
            flow.last = rows.time[index]
            self._add(flow)
            self._follow(flow, rows, index + 1, stop)
        return True

    def _new(self, key: int, ends: tuple[End, End], way: Way, sides: tuple[Side, Side] | None = None) -> Flow:
        flow = Flow(key, ends, None, self._limits, sides)  # type: ignore[arg-type] # the listener needs the flow first
        flow.carriage, flow.opener = self._carriages[way[0]], way[1]
        flow.listener = self._listen(flow)
        return flow

    def _open(self, key: int, ends: tuple[End, End], way: Way) -> Flow:
        flow = self._new(key, ends, way)
        self._add(flow)
        return flow

    def _add(self, flow: Flow) -> None:
        self._flows[flow.ends] = flow
        self._sieve.set(flow.key, WATCH)
        if len(self._flows) > self._limits.flows:
            self.overflowed += 1
            self._end(next(iter(self._flows.values())))

    def _end(self, flow: Flow) -> None:
        del self._flows[flow.ends]
        self._sieve.set(flow.key, DONE)
        flow.finish()

    def _follow(self, first: Flow, rows: _Rows, index: int, stop: int) -> None:
        """Give a flow its segments of one batch, in order of capture."""
        flow: Flow | None = first
        state = first.state
        heard = first.heard
        idle = self._limits.flow_idle_seconds * 10**9
        flags_of, side_of, sequence_of, packet_of, time_of = rows.flags, rows.side, rows.sequence, rows.packet, rows.time
        missing_of, data_of = rows.missing, rows.data
        if state != WATCH:
            index = rows.next_late(index)
        while index < stop:
            flags, side, sequence, time = flags_of[index], side_of[index], sequence_of[index], time_of[index]
            if flags & SYN and not flags & ACK and (flow is None or 0 < flow.last < time - idle or flow.begins_anew(side, sequence)):
                if flow is not None:
                    self._end(flow)
                flow = self._open(first.key, first.ends, rows.way(index))
                flow.begins_anew(side, sequence)
                flow.heard, state = heard, WATCH
            elif flow is None and index in rows.hellos:
                flow = self._open(first.key, first.ends, rows.way(index))
                flow.heard, state = heard, WATCH
            if flow is not None:
                flow.last = time
                if state == WATCH:
                    flow.segment(side, sequence, flags, data_of[index], missing_of[index], packet_of[index], time)
                else:
                    flow.late(side, sequence, flags, data_of[index], packet_of[index], time)
                if flow.state != state:
                    state = flow.state
                    self._sieve.set(flow.key, state)
                    if state != WATCH:
                        flow.rest()
                if state == DONE or (state == LINGER and flow.closed):
                    self._end(flow)
                    flow = None
            index += 1
            if state != WATCH:
                index = rows.next_late(index)

    def _sweep(self, now: int) -> None:
        """End flows that are idle, or closed and quiet; at most once per second of capture time."""
        idle = self._limits.flow_idle_seconds * 10**9
        if -idle < now - self._swept < 10**9:  # a little back: what the sieve fetched from earlier
            return
        self._swept = now
        closed_idle = self._limits.closed_idle_seconds * 10**9
        for flow in [f for f in self._flows.values() if now - f.last > (min(closed_idle, idle) if f.closed else idle)]:
            self._end(flow)


Way = tuple[int, int]
"""Of a flow's first segment: the number of its carriage, and the side that sent it."""


class _Rows:
    """The columns of one batch as Python lists: reading numpy's items one by one is slow."""

    def __init__(self, packets: Packets) -> None:
        self._packets, block = packets, packets.block
        most = 2 * int((packets.stop - packets.start).sum()) > len(block.data)  # then one copy of all costs less than many views
        view = block.data.tobytes() if most else memoryview(block.data)  # type: ignore[arg-type] # numpy arrays are buffers
        bounds = zip(packets.start.tolist(), packets.stop.tolist(), strict=True)
        self.data = [bytes(view[start:stop]) if stop > start else b"" for start, stop in bounds]
        self._late = late_signs(packets, np.arange(len(packets))).tolist()
        self.side = (~packets.forward).astype(np.int64).tolist()
        self.flags, self.sequence, self.missing = packets.flags.tolist(), packets.sequence.tolist(), packets.missing.tolist()
        self.packet, self.time = block.packet[packets.row].tolist(), block.time[packets.row].tolist()

    def way(self, index: int) -> Way:
        """Return how one segment travelled."""
        return int(self._packets.carriage[index]), self.side[index]

    @cached_property
    def hellos(self) -> frozenset[int]:
        """Return the rows that look like the start of a handshake."""
        return frozenset(hellos(self._packets).tolist())

    def next_late(self, index: int) -> int:
        """Return the first row from ``index`` on that has a late sign (or the number of rows)."""
        found = bisect_left(self._late, index)
        return self._late[found] if found < len(self._late) else len(self.flags)


def _heard(packets: Packets, begins: list[int]) -> list[int]:
    """Tell for each run which sides have a segment in it: 1, 2, or 3 for both."""
    found: list[int] = np.bitwise_or.reduceat(np.where(packets.forward, 1, 2), begins).tolist()
    return found


def _groups(packets: Packets) -> tuple[list[int], list[int], list[tuple[End, End]]]:
    """Cut segments sorted by key into runs of one true five-tuple; return (first row, key, ends) of each."""
    forward = packets.forward
    columns = []
    for near, far in (("source", "target"), ("target", "source")):
        for part in ("high", "low", "port"):
            name = "{}_" + part
            columns.append(np.where(forward, getattr(packets, name.format(near)), getattr(packets, name.format(far))))
    changed = packets.key[1:] != packets.key[:-1]
    for column in columns:
        changed |= column[1:] != column[:-1]
    begins = np.concatenate(([0], np.flatnonzero(changed) + 1))
    lists = [column[begins].tolist() for column in columns]
    first, second = zip(*lists[:3], strict=True), zip(*lists[3:], strict=True)
    return begins.tolist(), packets.key[begins].tolist(), list(zip(first, second, strict=True))
