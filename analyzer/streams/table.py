"""Table: all flows that are being followed, keyed on the true five-tuple and the network.

Here lives: opening and ending flows, idle time, the caps on their number and on what they hold.  Here does not live: which segments come
(``packets.sieve``), grouping them by flow (``batch``), what a flow does with them (``flow``).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from analyzer.limits import DEFAULT
from analyzer.packets.columns import ACK, FIN, RST, SYN, Packets
from analyzer.streams.afterwards import Onlookers
from analyzer.streams.batch import Batch
from analyzer.streams.budget import Budget
from analyzer.streams.doubts import Doubted
from analyzer.streams.flow import DONE, LINGER, WATCH, End, Flow, Listener
from analyzer.streams.settling import Settling
from analyzer.streams.tcp import Side
from analyzer.streams.whole import Streams, Tape, no_tape, whole_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.limits import Limits
    from analyzer.packets.carriage import Carriages, Layer
    from analyzer.packets.sieve import Sieve
    from analyzer.streams.batch import Group
    from analyzer.streams.rows import Way

__all__ = ["Table"]

_NOTHING = (Side(DEFAULT), Side(DEFAULT))
"""What a connection whose records come from a tape has to put in order; it is only asked what it has."""


class Table:
    """Feed it what the sieve picked; it opens a Flow with its Listener for each new five-tuple and tells the sieve when to stop."""

    def __init__(self, limits: Limits, sieve: Sieve, listen: Callable[[Flow], Listener], cut: Callable[[Streams], Tape] = no_tape,
                 carriages: Carriages | Sequence[tuple[Layer, ...]] = ((),), budget: Budget | None = None, *,
                 curious: bool = False) -> None:  # fmt: skip
        """``listen`` is called once for each new flow, ``cut`` once for the whole connections of each batch.

        ``curious``: show flows what they say behind their handshakes, too (``look_on``).
        """
        self._onlookers = Onlookers() if curious else None
        self._budget = budget or Budget(limits)
        self._budget.join(self)
        self._cut = cut
        self._carriages = carriages
        self._limits = limits
        self._sieve = sieve
        self._listen = listen
        self._flows: OrderedDict[Flow, None] = OrderedDict()
        """All of them, the one idle longest first."""
        self._keyed: dict[int, list[Flow]] = {}
        """The same by their keys; those that share one have one five-tuple in several networks, or (by chance) two."""
        self._swept = 0
        self.expired = 0
        """How many ended because they were silent for too long."""
        self._several = False
        self._settling: Settling[Flow] = Settling(limits)

    def __len__(self) -> int:
        """Return the number of flows followed now."""
        return len(self._flows)

    def feed(self, packets: Packets, fresh: frozenset[int]) -> Iterator[None]:
        """Take picked segments; ``fresh`` are the keys of flows to be opened if they are not there yet.

        Pauses after each flow, so that what ended is told while it is warm.
        """
        most = self._limits.batch_segments
        for begin in range(0, len(packets), most):
            yield from self._feed(packets.take(slice(begin, begin + most)) if len(packets) > most else packets, fresh)
        if len(packets.block):
            self._sweep(int(packets.block.time[-1]))
            yield

    def look_on(self, packets: Packets) -> None:
        """Curious: show all segments of a block, before it is fed, to the flows whose handshakes were over before it."""
        onlookers = self._onlookers
        if onlookers is None or not len(packets := packets.take(onlookers.pick(packets))):
            return
        batch = Batch(packets, self._known, self._limits.networks, several=self._several)
        for _, group in batch.groups:
            flow = group.flow or next(iter(self._known(group.key, group.ends)), None)
            if flow is not None:
                for index in range(group.start, group.stop):
                    onlookers.show(flow, batch.rows, index)

    def settle(self, now: int) -> None:
        """Live: let flows that fell silent tell what is over; ``now`` is the time on the wire (ns)."""
        self._sweep(now)
        for flow in self._settling.silent(self._flows, now):
            self._settling.later(flow, flow.listener.settle(now))

    def finish(self) -> None:
        """End all flows, oldest first."""
        for flow in list(self._flows):
            self._end(flow)

    def oldest(self) -> int | None:
        """Return the time of the last segment of the flow idle longest, None where there are fewer than two flows."""
        return next(iter(self._flows)).last if len(self._flows) > 1 else None

    def close_oldest(self, limit: str) -> None:
        """End the flow idle longest early, to stay within a limit, and report it."""
        self._close(limit, next(iter(self._flows)))

    # ------------------------------------------------------------------------------------------------ inside

    def _feed(self, packets: Packets, fresh: frozenset[int]) -> Iterator[None]:
        batch = Batch(packets, self._known, self._limits.networks, several=self._several)
        self._several = batch.several
        rows = batch.rows
        tape = self._cut(whole_streams(batch.packets, batch.edges))
        for number, group in batch.groups:
            flow = group.flow
            if not group.parted and group.key in self._keyed:
                flow = next(iter(self._known(group.key, group.ends)), None)
            if flow is None or flow not in self._flows:
                if group.key not in fresh and not (group.parted and rows.opens(group.start, group.stop)):
                    continue
                if tape.closes[number] >= 0 and self._play(tape, number, group, batch):
                    yield
                    continue
                flow = self._open(group.key, group.ends, group.way, group.ways)
            self._flows.move_to_end(flow)
            if not group.ways <= flow.ways:
                flow.ways |= group.ways
            flow.heard |= group.heard
            if flow.answers >= 0:
                confirmed, flow.answers = batch.confirmed(number, flow.answers), -1
                if confirmed is not None:
                    flow.listener.confirm(confirmed)
            self._follow(flow, batch, group.start, group.stop)
            yield

    def _known(self, key: int, ends: tuple[End, End]) -> list[Flow]:
        return [flow for flow in self._keyed.get(key, ()) if flow.ends == ends]

    def _play(self, tape: Tape, number: int, group: Group, batch: Batch) -> bool:
        """Take a connection that is whole in this batch; return False where its records do not tell a handshake to its end."""
        rows = batch.rows
        flow = self._new(group.key, group.ends, group.way, group.ways, _NOTHING)
        flow.heard = group.heard
        index, stop = group.start, group.stop
        for kind in ("syn", "syn_ack"):
            while not rows.flags[index] & SYN:
                index += 1
            flow.listener.event(kind, rows.side[index], rows.packet[index], rows.time[index])
            index += 1
        if index - 1 in batch.confirms:
            flow.listener.confirm(batch.confirms[index - 1])
        over = flow.listener.play(tape.records(number, rows.data, rows.packet, rows.time), tape.closes[number])
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
            self._follow(flow, batch, index + 1, stop)
        return True

    def _new(self, key: int, ends: tuple[End, End], way: Way, ways: frozenset[int], sides: tuple[Side, Side] | None = None) -> Flow:
        flow = Flow(key, ends, None, self._limits, sides)  # type: ignore[arg-type] # the listener needs the flow first
        flow.carriage, flow.opener = self._carriages[way[0]], way[1]
        flow.ways = ways
        flow.listener = self._listen(flow)
        return flow

    def _open(self, key: int, ends: tuple[End, End], way: Way, ways: frozenset[int]) -> Flow:
        flow = self._new(key, ends, way, ways)
        self._add(flow)
        return flow

    def _add(self, flow: Flow) -> None:
        self._flows[flow] = None
        same = self._keyed.setdefault(flow.key, [])
        same.append(flow)
        self._level(flow)
        self._budget.spend(flow.weight)
        if len(same) > self._limits.networks:
            self._close("networks", same[0])
        if len(self._flows) > self._limits.flows:
            self.close_oldest("flows")

    def _close(self, limit: str, flow: Flow) -> None:
        """End a flow early, to stay within a limit."""
        self._budget.hits[limit] += 1
        self._end(flow)

    def _end(self, flow: Flow) -> None:
        del self._flows[flow]
        if self._onlookers is not None:
            self._onlookers.gone(flow)
        same = self._keyed[flow.key]
        same.remove(flow)
        if not same:
            del self._keyed[flow.key]
        self._budget.held -= flow.weight
        flow.state, state = DONE, flow.state
        self._level(flow)
        flow.state = state
        flow.finish()

    def _level(self, flow: Flow) -> None:
        """Tell the sieve how much of a key is wanted: what the most curious of its flows wants."""
        self._sieve.set(flow.key, max([flow.state, *(one.state for one in self._keyed.get(flow.key, ()))]))

    def _follow(self, first: Flow, batch: Batch, index: int, stop: int) -> None:
        """Give a flow its segments of one batch, in order of capture."""
        flow: Flow | None = first
        rows = batch.rows
        state, heard, weight = first.state, first.heard, first.weight
        idle = self._limits.flow_idle_seconds * 10**9
        flags_of, side_of, sequence_of, packet_of, time_of = rows.flags, rows.side, rows.sequence, rows.packet, rows.time
        missing_of, data_of = rows.missing, rows.data
        onlookers = self._onlookers
        if state != WATCH:
            index = rows.next_late(index) if onlookers is None else onlookers.on(first, rows, index, stop)
        while index < stop:
            flags, side, sequence, time = flags_of[index], side_of[index], sequence_of[index], time_of[index]
            if flags & (SYN | FIN | RST) and not data_of[index] and flow is not None and flow.doubts.false(rows, index):
                flow.listener.note("dropped-segment", side, _flag_names(flags), packet_of[index], time)
                index = index + 1 if state == WATCH else rows.next_late(index + 1)
                continue
            if flags & SYN and not flags & ACK and (flow is None or 0 < flow.last < time - idle or flow.begins_anew(side, sequence)):
                if flow is not None:
                    self._budget.spend(flow.weigh() - weight)
                    self._end(flow)
                flow = self._open(first.key, first.ends, rows.way(index), first.ways)
                flow.begins_anew(side, sequence)
                flow.heard, state, weight = heard, WATCH, flow.weight
            elif flow is None and index in rows.hellos:
                flow = self._open(first.key, first.ends, rows.way(index), first.ways)
                flow.heard, state, weight = heard, WATCH, flow.weight
            if flow is not None:
                flow.last = time
                if flags & SYN and index in batch.confirms:
                    flow.listener.confirm(batch.confirms[index])
                elif flags & SYN and index in batch.unconfirmed:
                    flow.answers = 1 - side
                if flow.doubts.waiting and flags & ACK:
                    flow.answered(1 - side, rows.acknowledgment[index])
                if flow.state == WATCH:
                    if flow.doubts.arise(rows, index):
                        flow.doubt(side, Doubted(sequence, flags, data_of[index], rows.ttl[index], packet_of[index], time))
                    else:
                        flow.segment(side, sequence, flags, data_of[index], missing_of[index], packet_of[index], time)
                else:
                    flow.late(side, sequence, flags, data_of[index], packet_of[index], time)
                if flow.state != state:
                    state = flow.state
                    self._level(flow)
                    if onlookers is not None:
                        onlookers.join(flow)
                    if state != WATCH:
                        flow.rest()
                if state == DONE or (state == LINGER and flow.closed):
                    self._budget.spend(flow.weigh() - weight)
                    self._end(flow)
                    flow = None
            index += 1
            if state != WATCH:
                index = rows.next_late(index) if onlookers is None else onlookers.on(flow, rows, index, stop)
        if flow is not None:
            self._budget.spend(flow.weigh() - weight)

    def _sweep(self, now: int) -> None:
        """End flows that are idle, or closed and quiet; at most once per second of capture time."""
        idle = self._limits.flow_idle_seconds * 10**9
        if -idle < now - self._swept < 10**9:  # a little back: what the sieve fetched from earlier
            return
        self._swept = now
        closed_idle = self._limits.closed_idle_seconds * 10**9
        for flow in [f for f in self._flows if now - f.last > (min(closed_idle, idle) if f.closed else idle)]:
            self.expired += not flow.closed
            self._end(flow)


def _flag_names(flags: int) -> str:
    return ", ".join(name for name, bit in (("SYN", SYN), ("ACK", ACK), ("FIN", FIN), ("RST", RST)) if flags & bit)
