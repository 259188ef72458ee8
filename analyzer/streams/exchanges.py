"""Exchanges: all pairs of UDP ends that are being listened to, keyed on the true five-tuple and the network.

Here lives: opening and ending exchanges, which of several networks with the same addresses a datagram belongs to, idle time, the caps on
their number and on what they hold.  Here does not live: which datagrams come (``packets.datagram_sieve``), what they say
(``handshakes.udp``), TCP (``table``).

Datagrams have no sequence numbers (see ``networks``): an opening that comes by another network is another exchange, unless it is, byte
for byte, the one that is known: then one exchange is seen twice.  An answer goes to the exchange of its own network, or to one that has
none yet.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from analyzer.streams.batch import network_of
from analyzer.streams.budget import Budget
from analyzer.streams.exchange import Exchange
from analyzer.streams.flow import DONE
from analyzer.streams.settling import Settling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.limits import Limits
    from analyzer.packets.columns import Column, Datagrams
    from analyzer.packets.datagram_sieve import DatagramSieve
    from analyzer.streams.exchange import Hearer
    from analyzer.streams.flow import End

__all__ = ["Exchanges"]


class Exchanges:
    """Feed it what the sieve picked; it opens an Exchange with its Hearer for each new pair of ends."""

    def __init__(self, limits: Limits, sieve: DatagramSieve, hear: Callable[[Exchange], Hearer], budget: Budget | None = None) -> None:
        """``hear`` is called once for each new exchange."""
        self._budget = budget or Budget(limits)
        self._budget.join(self)
        self._limits = limits
        self._sieve = sieve
        self._hear = hear
        self._open: OrderedDict[Exchange, None] = OrderedDict()
        """All of them, the one idle longest first."""
        self._keyed: dict[int, list[Exchange]] = {}
        """The same by their keys."""
        self._swept = 0
        self.expired = 0
        """How many ended because they were silent for too long."""
        self._several = False
        self._settling: Settling[Exchange] = Settling(limits)

    def __len__(self) -> int:
        """Return the number of exchanges listened to now."""
        return len(self._open)

    def feed(self, datagrams: Datagrams, keys: Column, forwards: Column, opens: Column) -> Iterator[None]:
        """Take picked datagrams in order of capture; pauses after each, so that what ended is told while it is warm."""
        block = datagrams.block
        if len(datagrams):
            yield from self._feed(datagrams, keys, forwards, opens)
        if len(block):
            self._sweep(int(block.time[-1]))
            yield

    def settle(self, now: int) -> None:
        """Live: let exchanges that fell silent tell what is over; ``now`` is the time on the wire (ns)."""
        self._sweep(now)
        for exchange in self._settling.silent(self._open, now):
            self._settling.later(exchange, exchange.hearer.settle(now))

    def finish(self) -> None:
        """End all exchanges, oldest first."""
        for exchange in list(self._open):
            self._end(exchange)

    def oldest(self) -> int | None:
        """Return the time of the last datagram of the exchange idle longest, None where there are fewer than two."""
        return next(iter(self._open)).last if len(self._open) > 1 else None

    def close_oldest(self, limit: str) -> None:
        """End the exchange idle longest early, to stay within a limit, and report it."""
        self._close(limit, next(iter(self._open)))

    # ------------------------------------------------------------------------------------------------ inside

    def _feed(self, datagrams: Datagrams, keys: Column, forwards: Column, opens: Column) -> Iterator[None]:
        block = datagrams.block
        data = block.data
        network = network_of(datagrams, several=self._several)
        self._several = network is not None
        networks = [0] * len(datagrams) if network is None else network.tolist()
        columns = [getattr(datagrams, name).tolist() for name in ("start", "stop", "missing", "carriage")]
        ids, times = block.packet[datagrams.row].tolist(), block.time[datagrams.row].tolist()
        asked = (column.tolist() for column in (keys, forwards, opens))
        rows = zip(_ends(datagrams, forwards), *asked, networks, *columns, ids, times, strict=True)
        for ends, key, forward, opening, net, start, stop, missing, carriage, packet, time in rows:
            side = 0 if forward else 1
            said = data[start:stop].tobytes()
            exchange = self._find(key, ends, net << 1 | side, said, opening=opening)
            if exchange is None:
                if not opening:
                    continue
                exchange = self._begin(key, ends, carriage, side)
                exchange.first = hash(said)
                exchange.ways = frozenset((net << 1 | side,))
            else:
                self._open.move_to_end(exchange)
            exchange.heard |= 1 << side
            exchange.last = time
            before = exchange.weight
            over = exchange.hearer.datagram(side, said, packet, time, missing) == DONE
            self._budget.spend(exchange.weight - before)
            if over:
                self._end(exchange)
            yield

    def _find(self, key: int, ends: tuple[End, End], way: int, said: bytes, *, opening: bool) -> Exchange | None:
        """Return the exchange that a datagram belongs to, None where there is none yet (see the head of this file)."""
        same = [one for one in self._keyed.get(key, ()) if one.ends == ends]
        if not same:
            return None
        known = [one for one in same if way in one.ways]
        if known:
            return known[-1]
        found = [one for one in same if opening and one.first == hash(said)] or [one for one in same if way ^ 1 in one.ways]
        found = found or [one for one in same if all((way ^ other) & 1 for other in one.ways)]
        if not found:
            return None if opening else same[-1]
        found[0].ways |= {way}
        return found[0]

    def _begin(self, key: int, ends: tuple[End, End], carriage: int, side: int) -> Exchange:
        exchange = Exchange(key, ends, carriage, side)
        exchange.hearer = self._hear(exchange)
        self._open[exchange] = None
        same = self._keyed.setdefault(key, [])
        same.append(exchange)
        self._sieve.watch(key, ends[0][2] ^ ends[1][2])
        self._budget.spend(exchange.weight)
        if len(same) > self._limits.networks:
            self._close("networks", same[0])
        if len(self._open) > self._limits.flows:
            self.close_oldest("flows")
        return exchange

    def _close(self, limit: str, exchange: Exchange) -> None:
        """End an exchange early, to stay within a limit."""
        self._budget.hits[limit] += 1
        self._end(exchange)

    def _end(self, exchange: Exchange) -> None:
        del self._open[exchange]
        same = self._keyed[exchange.key]
        same.remove(exchange)
        if not same:
            del self._keyed[exchange.key]
        self._budget.held -= exchange.weight
        self._sieve.drop(exchange.key, exchange.ends[0][2] ^ exchange.ends[1][2])
        exchange.hearer.finish()
        del exchange.hearer  # it knows the exchange: without this only the garbage collector would free the pair

    def _sweep(self, now: int) -> None:
        """End exchanges that are idle; at most once per second of capture time."""
        idle = self._limits.flow_idle_seconds * 10**9
        if -idle < now - self._swept < 10**9:
            return
        self._swept = now
        for exchange in [one for one in self._open if now - one.last > idle]:
            self.expired += 1
            self._end(exchange)


def _ends(datagrams: Datagrams, forwards: Column) -> list[tuple[End, End]]:
    """Return the pair of ends of each datagram, the same for both directions."""
    source = zip(datagrams.source_high.tolist(), datagrams.source_low.tolist(), datagrams.source_port.tolist(), strict=True)
    target = zip(datagrams.target_high.tolist(), datagrams.target_low.tolist(), datagrams.target_port.tolist(), strict=True)
    return [(one, two) if forward else (two, one) for one, two, forward in zip(source, target, forwards.tolist(), strict=True)]
