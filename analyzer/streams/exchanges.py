"""Exchanges: all pairs of UDP ends that are being listened to, keyed on the true five-tuple.

Here lives: opening and ending exchanges, idle time and the cap on their number.  Here does not live: which datagrams come
(``packets.datagram_sieve``), what they say (``handshakes.udp``), TCP (``table``).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from analyzer.streams.exchange import Exchange
from analyzer.streams.flow import DONE

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

    def __init__(self, limits: Limits, sieve: DatagramSieve, hear: Callable[[Exchange], Hearer]) -> None:
        """``hear`` is called once for each new exchange."""
        self._limits = limits
        self._sieve = sieve
        self._hear = hear
        self._open: OrderedDict[tuple[End, End], Exchange] = OrderedDict()
        self._swept = 0
        self.overflowed = 0
        """Exchanges closed early because there were more than the limit."""

    def __len__(self) -> int:
        """Return the number of exchanges listened to now."""
        return len(self._open)

    def feed(self, datagrams: Datagrams, keys: Column, forwards: Column, opens: Column) -> Iterator[None]:
        """Take picked datagrams in order of capture; pauses after each, so that what ended is told while it is warm."""
        block = datagrams.block
        if len(datagrams):
            yield from self._feed(datagrams, keys, forwards, opens)
        if len(block):
            self._sweep(int(block.time.max()))
            yield

    def finish(self) -> None:
        """End all exchanges, oldest first."""
        for exchange in list(self._open.values()):
            self._end(exchange)

    def _feed(self, datagrams: Datagrams, keys: Column, forwards: Column, opens: Column) -> Iterator[None]:
        block = datagrams.block
        data = block.data
        columns = [getattr(datagrams, name).tolist() for name in ("start", "stop", "missing", "carriage")]
        ids, times = block.packet[datagrams.row].tolist(), block.time[datagrams.row].tolist()
        rows = zip(_ends(datagrams, forwards), keys.tolist(), forwards.tolist(), opens.tolist(), *columns, ids, times, strict=True)
        for ends, key, forward, opening, start, stop, missing, carriage, packet, time in rows:
            exchange = self._open.get(ends)
            side = 0 if forward else 1
            if exchange is None:
                if not opening:
                    continue
                exchange = self._begin(key, ends, carriage, side)
            else:
                self._open.move_to_end(ends)
            exchange.heard |= 1 << side
            exchange.last = time
            if exchange.hearer.datagram(side, data[start:stop].tobytes(), packet, time, missing) == DONE:
                self._end(exchange)
            yield

    def _begin(self, key: int, ends: tuple[End, End], carriage: int, side: int) -> Exchange:
        exchange = Exchange(key, ends, carriage, side)
        exchange.hearer = self._hear(exchange)
        self._open[ends] = exchange
        self._sieve.watch(key, ends[0][2] ^ ends[1][2])
        if len(self._open) > self._limits.flows:
            self.overflowed += 1
            self._end(next(iter(self._open.values())))
        return exchange

    def _end(self, exchange: Exchange) -> None:
        del self._open[exchange.ends]
        self._sieve.drop(exchange.key, exchange.ends[0][2] ^ exchange.ends[1][2])
        exchange.hearer.finish()
        del exchange.hearer  # it knows the exchange: without this only the garbage collector would free the pair

    def _sweep(self, now: int) -> None:
        """End exchanges that are idle; at most once per second of capture time."""
        idle = self._limits.flow_idle_seconds * 10**9
        if -idle < now - self._swept < 10**9:
            return
        self._swept = now
        for exchange in [one for one in self._open.values() if now - one.last > idle]:
            self._end(exchange)


def _ends(datagrams: Datagrams, forwards: Column) -> list[tuple[End, End]]:
    """Return the pair of ends of each datagram, the same for both directions."""
    source = zip(datagrams.source_high.tolist(), datagrams.source_low.tolist(), datagrams.source_port.tolist(), strict=True)
    target = zip(datagrams.target_high.tolist(), datagrams.target_low.tolist(), datagrams.target_port.tolist(), strict=True)
    return [(one, two) if forward else (two, one) for one, two, forward in zip(source, target, forwards.tolist(), strict=True)]
