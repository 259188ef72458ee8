"""DTLS: reads the datagrams between two UDP ends, finds the handshakes in them, and yields Handshakes.

Here lives: records of a datagram handed on, one attempt after another on the same ports, when nothing more matters.  Here does not live:
one handshake (``attempt``), headers (``tls.dtls``), which datagrams are DTLS's at all (``datagrams``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.udp.attempt import Attempt
from analyzer.streams.exchange import OVERHEAD
from analyzer.streams.flow import DONE, WATCH
from analyzer.tls.codes import HANDSHAKE
from analyzer.tls.dtls import read_fragments, read_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.roles import Numbers
    from analyzer.limits import Limits
    from analyzer.streams.exchange import Exchange
    from analyzer.tls.dtls import DtlsRecord

__all__ = ["Association"]

WEIGHT = 7 << 10
"""Bytes of memory that an attempt takes beside its fragments: measured, a ClientHello without an answer."""


class Association:
    """The Hearer of one pair of UDP ends (``streams.exchange.Hearer``)."""

    def __init__(self, exchange: Exchange, limits: Limits, number: Numbers, emit: Callable[[Handshake], None]) -> None:
        """``number`` gives the next handshake's number, ``emit`` takes each Handshake when the exchange is over."""
        self._exchange = exchange
        self._limits = limits
        self._number = number
        self._emit = emit
        self._attempt = Attempt(exchange, limits, number)
        self._ended: list[Handshake] = []
        self._heard = 0
        """Bytes that came since the attempt began."""
        self._after = 0

    def datagram(self, side: int, data: bytes, packet: int, time: int, missing: int) -> int:
        """Take a UDP payload; what is not DTLS is passed over."""
        for record in read_records(data, missing=missing, cid=self._attempt.measure(side)):
            if record.kind == HANDSHAKE and not record.epoch:
                self._plain(side, record, packet, time, missing)
            else:
                if self._attempt.renegotiates(side, record):
                    self._follow(hidden=True)
                self._attempt.record(side, record, packet, time)
        self._heard += len(data)
        self._exchange.weight = OVERHEAD + WEIGHT * (1 + len(self._ended)) + 2 * self._attempt.held + self._attempt.weight
        return self._wants()

    def settle(self, now: int) -> int:
        """Live: tell the handshakes that are over while the exchange goes on."""
        made = self._attempt.so_far(now)
        for one in [*self._ended] if isinstance(made, int) else [*self._ended, made]:
            if not one.open:
                one.open = True
                self._emit(one)
        return made if isinstance(made, int) else 0

    def finish(self) -> None:
        """The exchange is over: judge and emit its handshakes."""
        last = self._attempt.end()
        for made in [*self._ended, last] if last is not None else self._ended:
            made.open = False
            self._emit(made)
        self._ended = []
        self._attempt = Attempt(self._exchange, self._limits, self._number)

    def _plain(self, side: int, record: DtlsRecord, packet: int, time: int, missing: int) -> None:
        """Hand on the fragments of a plaintext handshake record."""
        fragments, sound = read_fragments(record.fragment, whole=record.whole)
        for fragment in fragments:
            other = self._attempt.fragment(side, fragment, packet, time, record.version, len(record.fragment))
            if other is not None and self._follow():
                self._attempt.begin(side, other)
        if not record.whole:
            self._attempt.skipped(side, missing)
        elif not sound:
            self._attempt.odd(side, record.fragment, packet, time)

    def _follow(self, *, hidden: bool = False) -> bool:
        """End the attempt and begin another one; False where there were too many."""
        if len(self._ended) >= self._limits.messages:
            return False
        before = self._attempt
        made = before.end()
        if made is not None:
            self._ended.append(made)
        self._attempt = Attempt(self._exchange, self._limits, self._number, before, hidden=hidden)
        self._heard = self._after = 0
        return True

    def _wants(self) -> int:
        progress = self._attempt.progress
        if progress is None:
            return WATCH if self._heard < self._limits.patience_bytes else DONE
        if progress.over or progress.settling:
            self._after += 1
            if self._after == 1:
                self._attempt.rest()
            if self._after > self._limits.late_datagrams or (progress.handshake.outcome == "complete" and progress.handshake.closed):
                return DONE
        return WATCH if self._heard < self._limits.side_bytes else DONE
