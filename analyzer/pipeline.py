"""The road: Blocks in, Handshakes out.  Files and live capture both walk it.

Here lives: the order of the rooms, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from analyzer.handshakes.conversation import Conversation, Numbers
from analyzer.handshakes.tape import Tape
from analyzer.packets.sieve import Sieve
from analyzer.streams.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.capture.block import Block
    from analyzer.handshakes.handshake import Handshake
    from analyzer.limits import Limits

__all__ = ["Counters", "handshakes"]


class Counters(msgspec.Struct):
    """What the road did: all packets are either followed, of no interest, or skipped for a named reason."""

    packets: int = 0
    bytes: int = 0
    """Captured bytes of them."""
    cut_packets: int = 0
    """Packets shorter in the capture than on the wire (snap length)."""
    skipped: Counter[str] = msgspec.field(default_factory=Counter)
    """reason ("ARP", "UDP", "IP fragment", "link type 127" …) -> packets."""
    limits: Counter[str] = msgspec.field(default_factory=Counter)
    """limit that was hit -> how often."""


def handshakes(blocks: Iterable[Block], limits: Limits, counters: Counters) -> Iterator[Handshake]:
    """Walk the road and yield each Handshake when its flow is over; ``counters`` fill on the way.

    Memory is bounded by ``limits``.  Nothing that a packet holds raises out of here.
    """
    ready: list[Handshake] = []
    numbers = Numbers()
    sieve = Sieve(limits, counters.skipped)
    table = Table(limits, sieve, lambda flow: Conversation(flow, limits, numbers, ready.append), Tape)
    for block in blocks:
        counters.packets += len(block)
        counters.bytes += int(block.caplen.sum())
        counters.cut_packets += int((block.caplen < block.wirelen).sum())
        picked, fresh = sieve.sift(block)
        for packets in picked:
            for _ in table.feed(packets, fresh):
                if ready:
                    yield from ready
                    ready.clear()
    table.finish()
    if table.overflowed:
        counters.limits["flows"] += table.overflowed
    yield from ready
