"""Afterwards: the first application data of each side of a connection whose handshake is over.

Here lives: walking over the headers of the records behind the handshake.  Here does not live: which segments these are (``streams``), the
event (``progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.tls import codes
from analyzer.tls.records import HEADER, plausible_header, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.handshakes.progress import Progress
    from analyzer.handshakes.sender import Record

__all__ = ["Afterwards"]


class Afterwards:
    """Reads one sender from the end of its handshake on."""

    __slots__ = ("_begin", "_progress", "_sender", "_skip", "over", "packet", "time")

    def __init__(self, progress: Progress, sender: str) -> None:
        """``sender`` is the client or the server of the handshake."""
        self._progress, self._sender = progress, sender
        self._begin, self._skip = b"", 0
        self.packet = self.time = 0
        """Where the header began that is not whole yet."""
        self.over = not progress.wants_data(sender)
        """Its data was seen, or something in its place."""

    def records(self, records: Iterable[Record]) -> None:
        """Take whole records."""
        for record in records:
            if self.over:
                return
            self._record(record.kind, len(record.fragment), record.packets[0], record.time)

    def data(self, data: bytes, packet: int, time: int) -> None:
        """Take bytes that follow those before."""
        at = 0
        while not self.over and at < len(data):
            skipped = min(self._skip, len(data) - at)
            self._skip -= skipped
            at += skipped
            if at == len(data):
                return
            if not self._begin:
                self.packet, self.time = packet, time
            taken = data[at : at + HEADER - len(self._begin)]
            self._begin += taken
            at += len(taken)
            if len(self._begin) < HEADER:
                return
            header = read_header(self._begin)
            assert header is not None
            kind, version, length = header
            if not plausible_header(kind, version, length):
                self.over = True
                return
            self._begin, self._skip = b"", length
            self._record(kind, length, self.packet, self.time)

    def begins(self, data: bytes, packet: int, time: int) -> None:
        """Take a segment whose place is not known: bytes are missing, or came in another order."""
        header = read_header(data) if len(data) >= HEADER else None
        if header is not None and header[0] == codes.APPLICATION_DATA and plausible_header(*header):
            self._record(*header[::2], packet, time)

    def _record(self, kind: int, length: int, packet: int, time: int) -> None:
        if kind == codes.APPLICATION_DATA:
            self.over = self._progress.later_data(self._sender, length, packet, time)
        else:
            self.over = kind != codes.ALERT  # a handshake begins anew
