"""DTLS 1.3 behind its encryption: what epoch and length of a sealed record tell (RFC 9147 sections 4 and 6.1).

Here lives: the conclusions for one handshake.  Epoch 1 is early data, 2 the handshake, 3 and higher application data; only two bits of
it are sent.  Here does not live: the header (``tls.dtls``), DTLS up to 1.2 (``attempt``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.lengths import finished_length, is_alert
from analyzer.tls.codes import DTLS13
from analyzer.tls.dtls import FRAGMENT_HEADER

if TYPE_CHECKING:
    from analyzer.handshakes.progress import Progress
    from analyzer.handshakes.sender import Record

__all__ = ["Hidden"]

_EARLY, _HANDSHAKE = 1, 2
_ACK_STEP = 16
"""An ACK is two bytes and 16 for each record number (RFC 9147 section 7); an alert is as long as one that is empty."""


class Hidden:
    """Reads the sealed records of one handshake.

    The client has finished with a record as long as a Finished, or once it sends application data.  A record as long as an alert is one
    where it is its sender's last: then it closes, or refuses what came before it.
    """

    __slots__ = ("_flight", "_last", "_talked", "_told")

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._talked: set[str] = set()
        self._last: dict[str, Record] = {}
        self._flight = False
        """The client sent a record of the handshake in which a Finished has room."""

    def take(self, progress: Progress, sender: str, epoch: int, record: Record) -> None:
        """Take a sealed record; ``epoch`` is its low two bits."""
        made, length = progress.handshake, len(record.fragment)
        if made.version is None:
            made.version, progress.tls13 = DTLS13, True  # no other version has this header
        self._last.pop(sender, None)
        if is_alert(length, made.cipher_suite):
            self._last[sender] = record
        elif progress.over:
            return
        elif epoch == _HANDSHAKE:
            self._handshake(progress, sender, record)
        elif epoch == _EARLY and sender == CLIENT and not progress.settling:
            progress.first_data(sender, record)
        else:
            self._data(progress, sender, record)

    def _handshake(self, progress: Progress, sender: str, record: Record) -> None:
        length, finished = len(record.fragment), finished_length(progress.handshake.cipher_suite, FRAGMENT_HEADER)
        first, exact = sender not in self._told, sender == CLIENT and len(record.fragment) == finished
        self._told.add(sender)
        guess = "encrypted extensions …" if first and sender == SERVER else "finished" if exact else None
        progress.sealed(sender, length, record.packets, record.time, guess)
        if sender == CLIENT:
            acknowledges = is_alert((length - _ALERT) % _ACK_STEP + _ALERT, progress.handshake.cipher_suite)
            self._flight |= length > finished and not acknowledges
            if exact:
                progress.finished[CLIENT] = progress.settling = True

    def _data(self, progress: Progress, sender: str, record: Record) -> None:
        self._talked.add(sender)
        progress.first_data(sender, record)
        if sender == CLIENT:
            progress.finished[CLIENT] = progress.settling = True
        elif progress.settling or self._flight:
            progress.complete()

    def end(self, progress: Progress) -> None:
        """No more records come: what was as long as an alert, and the last of its sender, was one."""
        for sender, record in sorted(self._last.items(), key=lambda last: last[1].time):
            if sender in self._talked or (sender == CLIENT and progress.settling):
                progress.over = True  # who has spoken freely closes
            progress.alert(sender, record, sealed=True)
        self._last = {}


_ALERT = 2 + 1 + 16
