"""The road: Blocks in, Handshakes out.  Files and live capture both walk it.

Here lives: the order of the rooms, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.conversation import Conversation, Numbers
from analyzer.handshakes.handshake import Handshake
from analyzer.handshakes.outcome import once
from analyzer.handshakes.preludes import FIRST_BYTES
from analyzer.handshakes.tape import Tape
from analyzer.handshakes.udp.datagrams import Demultiplexer
from analyzer.packets.datagram_sieve import DatagramSieve
from analyzer.packets.sieve import Sieve
from analyzer.packets.transport import Transport
from analyzer.streams.budget import Budget
from analyzer.streams.exchanges import Exchanges
from analyzer.streams.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.capture.block import Block
    from analyzer.capture.keeping import Keeper
    from analyzer.handshakes.prelude import Plain
    from analyzer.limits import Limits
    from analyzer.streams.flow import Flow

__all__ = ["Counters", "handshakes"]


class Counters(msgspec.Struct):
    """What the road did: all packets are either followed, of no interest, or skipped for a named reason."""

    packets: int = 0
    bytes: int = 0
    """Captured bytes of them."""
    cut_packets: int = 0
    """Packets shorter in the capture than on the wire (snap length)."""
    skipped: Counter[str] = msgspec.field(default_factory=Counter)
    """reason ("ARP", "ICMP", "IP fragment", "link type 147" …) -> packets."""
    notes: Counter[str] = msgspec.field(default_factory=Counter)
    """What was odd below TCP and UDP, and what was read but is no TLS ("Google QUIC Q043" …) -> packets."""
    limits: Counter[str] = msgspec.field(default_factory=Counter)
    """limit that was hit -> how often."""
    flows: int = 0
    """Live: connections and exchanges that are followed now, and bytes that they take, about."""
    held: int = 0
    expired: int = 0
    """Live: connections and exchanges that were given up because they were silent for too long."""


def handshakes(
    blocks: Iterable[Block], limits: Limits, counters: Counters, *, live: bool = False, keeper: Keeper | None = None,
    data: bool = False,
) -> Iterator[Handshake | Plain]:
    """Walk the road and yield each Handshake when its flow is over; ``counters`` fill on the way.

    A connection that spoke a prelude and then no TLS comes as a Plain.  Memory is bounded by ``limits``.  Nothing that a packet
    holds raises out of here.  ``live``: somebody waits, and a Handshake comes as soon as it is over, ``open`` as long as its
    connection goes on, and once more when that is over; Blocks without packets tell how late it is.  ``keeper`` gets the packets that
    are looked at.  ``data``: the first application data of each side of a TCP connection is an event of its handshake even where it comes
    once that is over; all else is the same.
    """
    ready: list[Handshake | Plain] = []

    def tell(one: Handshake | Plain) -> None:
        if isinstance(one, Handshake):
            known = {anomaly.packet for anomaly in one.anomalies if anomaly.layer == "ip"}  # live, it was told before
            fresh = [packet for packet in transport.side.torn(one.packets) if packet not in known]
            for packet in fresh[: limits.anomalies - len(one.anomalies)]:
                detail = "IP fragments claim the same bytes with different content"
                one.anomalies.append(Anomaly("overlap-conflict", "ip", detail, None, packet, one.start))
            packets = transport.side.spread(one.packets)
            one.packets = once(packets) if live else packets  # told twice, they are spread twice
        ready.append(one)

    numbers = Numbers()
    transport = Transport(limits, counters.skipped, counters.limits)
    carriages = transport.carriages
    sieve, datagram_sieve = Sieve(limits, FIRST_BYTES, whole_syns=keeper is not None), DatagramSieve()
    budget = Budget(limits, counters.limits)

    def listen(flow: Flow) -> Conversation:
        return Conversation(flow, limits, numbers, tell, curious=data)

    table = Table(limits, sieve, listen, Tape, carriages, budget, curious=data)
    ears = Demultiplexer(limits, numbers, tell, counters.notes, carriages, counters.limits)
    exchanges = Exchanges(limits, datagram_sieve, ears.hear, budget)
    if keeper is not None:
        keeper.pieces, transport.side.on_fragment = transport.side.pieces, keeper.aside
    for whole in blocks:
        for block in whole.parts(limits.block_packets) if len(whole) else ():
            counters.packets += len(block)
            counters.bytes += int(block.caplen.sum())
            counters.cut_packets += int((block.caplen < block.wirelen).sum())
            packets, datagrams = transport.read(block)
            if data:
                table.look_on(packets)
            picked, fresh = sieve.sift(packets)
            for part in picked:
                if keeper is not None:
                    keeper.take(part.block, part.row, part.key)
                for _ in table.feed(part, fresh):
                    if ready:
                        yield from ready
                        ready.clear()
            asked = datagram_sieve.sift(datagrams)
            if keeper is not None:
                keeper.take(asked[0].block, asked[0].row, asked[1], wanders=True)
            for _ in exchanges.feed(*asked):
                if ready:
                    yield from ready
                    ready.clear()
        if live and whole.now:
            table.settle(whole.now)
            exchanges.settle(whole.now)
            counters.flows, counters.held = len(table) + len(exchanges), budget.held
            counters.expired = table.expired + exchanges.expired
            yield from ready
            ready.clear()
    table.finish()
    exchanges.finish()
    counters.notes.update(transport.side.notes)
    yield from ready
