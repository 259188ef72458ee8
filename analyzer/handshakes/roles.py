"""Roles: who is the client of a flow, and which of its handshakes is going on.

Here lives: telling the sides apart, opening one handshake after another with what happened before its first message.  Here
does not live: finding messages (``conversation``), what they change (``progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Event, Handshake
from analyzer.handshakes.order import sender_of
from analyzer.handshakes.progress import Progress
from analyzer.packets.network import IPV4_HIGH

if TYPE_CHECKING:
    from analyzer.handshakes.preludes import Preludes
    from analyzer.limits import Limits
    from analyzer.streams.flow import End, Flow

__all__ = ["Numbers", "Roles", "by_ports", "endpoint"]

class Numbers:
    """Counts handshakes from 1."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """Return the next number."""
        self._last += 1
        return self._last

    def back(self, count: int) -> None:
        """Take back the latest numbers."""
        self._last -= count


class Roles:
    """What a Conversation knows of its two sides (0 and 1, as in ``Flow.ends``) and of its handshakes."""

    def __init__(self, flow: Flow, limits: Limits, number: Numbers) -> None:
        """Know nothing yet; ``number`` gives the next handshake's number."""
        self._flow = flow
        self._limits = limits
        self._number = number
        self._client: int | None = None
        self._names = (CLIENT, SERVER)
        self._certain = False
        self._by_ports = False
        """Nothing but the ports told the sides apart."""
        self._all: list[Progress] = []
        self._progress: Progress | None = None
        self._syns: list[tuple[str, int, int, int]] = []
        self._notes: list[tuple[str, int, str, int, int]] = []
        self._hitches: list[tuple[str, int, int, int, int]] = []
        self._confirmed: int | None = None
        """Time of the client's first packet behind the SYN/ACK."""
        self._joined = [False, False]
        self._lost = [0, 0]
        self._preludes: Preludes | None = None

    @property
    def weight(self) -> int:
        """Bytes of memory that its messages take beyond their lengths."""
        return sum(progress.weight for progress in self._all)

    def _place(self, side: int, code: int) -> Progress:
        """Return the handshake that a message belongs to, opening one where there is none."""
        speaks = sender_of(code)
        progress = self._progress
        if progress is None or progress.over:
            if speaks is None and self._client is None:
                self._cast(by_ports(self._flow.ends))
                self._by_ports = True
            return self._open(side, speaks)
        if speaks is not None and not self._certain:
            self._settle_roles(side, speaks)
        return progress

    def _open(self, side: int, speaks: str | None) -> Progress:
        """Begin a handshake; ``speaks`` is who sends its first message."""
        if speaks is not None:
            self._cast(side if speaks == CLIENT else 1 - side)
            self._certain = speaks == CLIENT
            self._by_ports = False
        assert self._client is not None
        ends = self._flow.ends
        again = self._progress is not None and self._progress.handshake.closed is None and self._progress.handshake.outcome == "complete"
        made = Handshake(
            number=self._number.next(), client=endpoint(ends[self._client]), server=endpoint(ends[1 - self._client]), renegotiation=again,
            client_known=not self._by_ports, seen=[], alerts=[], anomalies=[], events=[], lost={}, packets=[], client_hellos=[],
        )  # fmt: skip
        progress = self._progress = Progress(made, self._limits)
        if not self._all:
            self._recall(progress)
            if self._preludes is not None:
                made.preludes = tuple(self._preludes.told)
                made.framing = self._preludes.framing or made.framing
        self._all.append(progress)
        return progress

    def _recall(self, progress: Progress) -> None:
        """Tell the first handshake what happened before its first message."""
        made, names = progress.handshake, self._names
        syn = answer = None
        confirmed = self._confirmed
        for kind, side, packet, time in self._syns:
            made.events.append(Event(kind, names[side], packet, time))
            if kind == "syn":
                syn = time if syn is None else syn
            else:
                answer = time if answer is None else answer
                made.confirm = confirmed - time if confirmed is not None and confirmed >= time else made.confirm
        if syn is not None and answer is not None:
            made.connect = answer - syn
        for kind, side, detail, packet, time in self._notes:
            progress.anomaly(kind, "tcp", detail, names[side], packet, time)
        for kind, side, packet, time, length in self._hitches:
            progress.hitch(kind, names[side], packet, time, length)
        for side in (0, 1):
            if self._lost[side]:
                progress.lost(names[side], self._lost[side])
            if not self._joined[side]:
                progress.unsure(names[side])

    def _settle_roles(self, side: int, speaks: str) -> None:
        """Turn the roles round where a message shows that ports or a SYN misled."""
        client = side if speaks == CLIENT else 1 - side
        progress = self._progress
        assert progress is not None
        if client != self._client and len(progress.handshake.seen) < 2:
            self._cast(client)
            progress.handshake.client, progress.handshake.server = progress.handshake.server, progress.handshake.client
        self._certain, self._by_ports = True, False
        progress.handshake.client_known = True

    def _renegotiates(self, packet: int, time: int) -> bool:
        """Open a second handshake on the connection, its messages encrypted (TLS 1.2 and older, RFC 5246 section 7.4.1.1).

        The packet in which its first record begins is its own, even where the rest of the record never comes.
        """
        progress = self._progress
        if progress is None or progress.tls13 or progress.handshake.outcome != "complete" or len(self._all) >= self._limits.messages:
            return False
        first = progress.handshake
        again = self._open(0, None)
        again.handshake.version, again.handshake.cipher_suite, again.handshake.framing = first.version, None, first.framing
        again.handshake.packets.append(packet)
        again.handshake.start = again.handshake.end = time
        return True

    def _cast(self, client: int) -> None:
        """Say which side is the client."""
        self._client = client
        self._names = (SERVER, CLIENT) if client else (CLIENT, SERVER)


def by_ports(ends: tuple[End, End]) -> int:
    """Return the side that is the client where nothing else tells: the one with the higher port."""
    return 0 if ends[0][2] > ends[1][2] else 1


def endpoint(end: End) -> Endpoint:
    """Return an end of a flow as what a Handshake holds."""
    high, low, port = end
    return Endpoint(low.to_bytes(4, "big") if high == int(IPV4_HIGH) else (high << 64 | low).to_bytes(16, "big"), port)
