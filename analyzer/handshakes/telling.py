"""Telling: when the handshakes of a flow are told, with their last words; live also while the connection goes on.

Here lives: judging and emitting, what is said of connections that came to no handshake, answers that are no TLS.  Here does not live:
finding TLS (``conversation``), the choice of an outcome (``outcome``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes import outcome
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.prelude import Plain
from analyzer.handshakes.reading import Reading
from analyzer.handshakes.roles import by_ports, endpoint
from analyzer.packets.sieve import WATCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.progress import Progress
    from analyzer.handshakes.roles import Numbers
    from analyzer.limits import Limits
    from analyzer.streams.flow import Flow

__all__ = ["ANSWER", "Telling"]

ANSWER = 200
"""Bytes kept of the first line of an answer that is not TLS."""


class Telling(Reading):
    """What a Conversation says in the end, or (live) as soon as it is known."""

    def __init__(self, flow: Flow, limits: Limits, number: Numbers, emit: Callable[[Handshake | Plain], None]) -> None:
        """``emit`` takes each Handshake (or the Plain) when the flow is over, live also when the handshake is."""
        super().__init__(flow, limits, number)
        self._emit = emit
        self._unknown: dict[int, tuple[bytes, int, int]] = {}
        """The first bytes, up to ANSWER, that each side said before TLS in no protocol that is known, with packet and time."""

    def settle(self, now: int) -> int:
        """Live: tell the handshakes that are over, or whose connection is, though what is late may still come.

        The last one of TLS 1.3 waits as long as the server may take to refuse it.
        """
        progress = self._progress
        if progress is None or progress.handshake.open:
            return 0
        if self._flow.closed:
            self._spoke_first()
        elif not progress.over and self._flow.state == WATCH:
            if not (progress.settling or progress.mutual):
                return 0
            due = outcome.settled(progress.handshake)
            if now < due:
                return due
        self._tell(still_open=True)
        return 0

    def finish(self) -> None:
        """The flow is over: judge and emit its handshakes."""
        if self._progress is None:
            self._plain()
            return
        for side, sender in enumerate(self._senders):
            torn = sender.torn()
            if torn is not None and not self._progress.over:
                self._torn(side, sender, torn)
        self._spoke_first()
        self._tell(still_open=False)
        self._all = []

    def _tell(self, *, still_open: bool) -> None:
        """Judge and emit the handshakes, those that were told before only once the flow is over."""
        heard = {self._names[side] for side in (0, 1) if self._flow.heard >> side & 1}
        for progress in self._all:
            made, last = progress.handshake, self._all[-1].handshake
            if made.open and still_open:
                continue
            made.open = still_open
            made.closed, made.closed_by = last.closed, last.closed_by  # it is one connection that closes
            outcome.conclude(progress, heard)
            made.carriage, made.outbound = self._flow.carriage, self._names[self._flow.opener] == CLIENT
            self._emit(made)

    def _spoke_first(self) -> None:
        """Take what the server said before the ClientHello for its answer where it said nothing else, as an SSH server does."""
        made, side = self._all[0].handshake, self._names.index(SERVER)
        if side in self._unknown and not made.answer and not made.preludes and all(seen.sender != SERVER for seen in made.seen):
            self._not_tls(self._all[0], *self._unknown[side], SERVER)

    def _not_tls(self, progress: Progress, data: bytes, packet: int, time: int, name: str) -> None:
        """Note that a side answered in something else."""
        if name == SERVER and not progress.handshake.answer:
            first = data[:ANSWER].partition(b"\n")[0]  # headers that follow may hold a session's key
            progress.handshake.answer = first.rstrip(b"\r")
        shown = data[:24].decode("ascii", "backslashreplace")
        progress.anomaly("not-tls-answer", "record", ascii(shown)[1:-1], name, packet, time)

    def _plain(self) -> None:
        """Tell what was spoken on a connection that came to no handshake."""
        if self._preludes is None or not self._preludes.told:
            return
        told = self._preludes.told
        client = next((one.client_side for one in told if one.client_side is not None), self._client)
        if client is None:
            client = by_ports(self._flow.ends)
        ends = self._flow.ends
        self._emit(Plain(
            client=endpoint(ends[client]), server=endpoint(ends[1 - client]), preludes=told, carriage=self._flow.carriage,
            outbound=self._flow.opener == client,
        ))  # fmt: skip
