"""Datagrams: tells what a UDP payload is — DTLS, QUIC, or either wrapped by a relay — and hands it to who reads that.

Here lives: the choice, and what an exchange's first datagram travelled in.  Here does not live: DTLS (``dtls``), QUIC (``quic``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.roles import endpoint
from analyzer.handshakes.udp.dtls import Association
from analyzer.handshakes.udp.quic import Connections
from analyzer.handshakes.udp.turn import unwrap
from analyzer.packets.carriage import Carriages, Layer
from analyzer.streams.flow import DONE
from analyzer.tls import dtls, quic

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.prelude import Plain
    from analyzer.handshakes.roles import Numbers
    from analyzer.limits import Limits
    from analyzer.streams.exchange import Exchange, Hearer

__all__ = ["Demultiplexer"]

INSIDE = ((Layer("turn"),), (Layer("capwap"),))
"""What a datagram may be wrapped in: a relay's messages (RFC 8656; then the ends are its client and the relay), CAPWAP's DTLS header."""


class Demultiplexer:
    """Makes the Hearers of a scan; QUIC's connections are one set for all of them, for they may move from ports to ports."""

    def __init__(self, limits: Limits, number: Numbers, emit: Callable[[Handshake | Plain], None], notes: Counter[str],
                 carriages: Carriages | Sequence[tuple[Layer, ...]], hits: Counter[str] | None = None) -> None:  # fmt: skip
        """``notes`` counts packets that are named and not read, ``hits`` the limits that were hit."""
        self.limits = limits
        self.number = number
        self.notes = notes
        self.emit = emit
        self._carriages = carriages
        self.quic = Connections(limits, number, self.tell, hits)

    def hear(self, exchange: Exchange) -> Hearer:
        """Return who listens to a new exchange."""
        return _Ear(self, exchange)

    def tell(self, made: Handshake, exchange: Exchange, inside: tuple[Layer, ...] = ()) -> None:
        """Emit a Handshake with what the first datagram of its exchange travelled in, and what was ``inside`` of its UDP."""
        made.carriage = (*self._carriages[exchange.carriage], *inside)
        made.outbound = endpoint(exchange.ends[exchange.opener]) == made.client
        self.emit(made)


class _Ear:
    """The Hearer of one exchange."""

    def __init__(self, all_: Demultiplexer, exchange: Exchange) -> None:
        self._all = all_
        self._exchange = exchange
        self._dtls: Association | None = None
        self._quic = False
        self._inside: tuple[Layer, ...] = ()

    def datagram(self, side: int, data: bytes, packet: int, time: int, missing: int) -> int:
        """Take a UDP payload."""
        if self._dtls is None and (self._quic or quic.speaks(data, missing)):
            self._quic = True
            return self._all.quic.datagram(self._exchange, side, data, packet, time, missing)
        if self._dtls is None and (name := quic.google(data)) is not None:
            self._all.notes[name] += 1
            return DONE
        inner = unwrap(data)
        if inner is not None:
            data, self._inside = inner, INSIDE[data[0] == 1]
        if self._dtls is None:
            if not dtls.begins(data):
                return DONE
            self._dtls = Association(self._exchange, self._all.limits, self._all.number, self._tell)
        return self._dtls.datagram(side, data, packet, time, missing)

    def _tell(self, made: Handshake) -> None:
        self._all.tell(made, self._exchange, self._inside)

    def settle(self, now: int) -> int:
        """Live: tell what is over; a QUIC connection is told by itself once it is."""
        return self._dtls.settle(now) if self._dtls is not None else 0

    def finish(self) -> None:
        """Tell what was heard."""
        if self._dtls is not None:
            self._dtls.finish()
            self._dtls = None  # it knows who tells: without this only the garbage collector would free the pair
        if self._quic:
            self._all.quic.close(self._exchange)
