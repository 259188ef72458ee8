"""QUIC: which connection each packet belongs to, by connection ids and by the keys that open it.

Here lives: the connections of a scan, migration, version negotiation, what repeats itself late.  Here does not live: one pair of ends
(``quic_path``), what a packet adds to its connection (``quic_connection``), headers and frames (``tls.quic``).
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.roles import endpoint
from analyzer.handshakes.udp.quic_connection import Connection, unlock
from analyzer.handshakes.udp.quic_path import Attempt, Datagram, Path
from analyzer.packets.sieve import WATCH
from analyzer.streams.exchange import OVERHEAD
from analyzer.streams.flow import DONE
from analyzer.tls.quic import Crypto, packets
from analyzer.tls.quic_versions import HANDSHAKE, INITIAL, NEGOTIATION, ONE_RTT, RETRY, ZERO_RTT

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.roles import Numbers
    from analyzer.handshakes.udp.quic_connection import Opened
    from analyzer.limits import Limits
    from analyzer.streams.exchange import Exchange
    from analyzer.tls.quic import Packet

__all__ = ["Connections"]

_TRUSTED = 8
"""Bytes from which on a connection id names a connection wherever it is seen: a client's first has as many (RFC 9000 section 7.2)."""
WEIGHT = 8 << 10
"""Bytes of memory that a connection takes beside its CRYPTO frames: measured, a ClientHello without an answer."""


class Connections:
    """All QUIC connections of a scan."""

    def __init__(self, limits: Limits, number: Numbers, emit: Callable[[Handshake, Exchange], None],
                 hits: Counter[str] | None = None) -> None:  # fmt: skip
        """``number`` gives the next handshake's number, ``emit`` takes each Handshake once it is over, with the exchange it began on.

        ``hits`` counts the limits that were hit.
        """
        self._hits: Counter[str] = Counter() if hits is None else hits
        self._limits = limits
        self._number = number
        self._emit = emit
        self._paths: dict[Exchange, Path] = {}
        self._live: OrderedDict[Connection, Exchange] = OrderedDict()
        """Connections that are not over and the exchange of their first packet, the oldest first."""
        self._ids: dict[bytes, tuple[Connection, str]] = {}
        """connection id -> the connection, and who sends to that id."""
        self._past: OrderedDict[tuple[int, bytes], int] = OrderedDict()
        """(key of its exchange, id that made its keys) of connections that are over, with the time: what is late is no new connection."""
        self._over: list[Connection] = []
        """Connections that this datagram has ended."""
        self._holding = 0
        """Bytes held back on all paths."""

    def __len__(self) -> int:
        """Return how many connections are followed now."""
        return len(self._live)

    def datagram(self, exchange: Exchange, side: int, data: bytes, packet: int, time: int, missing: int) -> int:
        """Take a UDP payload; return WATCH, or DONE where all connections seen on this exchange are over."""
        path = self._paths.get(exchange)
        if path is None:
            path = self._paths[exchange] = Path(exchange)
        one = Datagram(side, data, packet, time, missing)
        born = len(path.live)
        if not self._read(path, one):
            path.heard += len(data)
            self._hold(path, one)
        elif path.held and len(path.live) > born:
            self._release(path)
        while self._over:
            self._finish(self._over.pop(), time)
        exchange.weight = OVERHEAD + WEIGHT * len(path.live) + path.taken + path.holds
        if path.live:
            return WATCH
        return DONE if path.ended or path.heard > self._limits.patience_bytes else WATCH

    def close(self, exchange: Exchange) -> None:
        """Judge and emit the connections that have no other exchange."""
        path = self._paths.pop(exchange, None)
        if path is None:
            return
        self._holding -= path.holds
        for connection in list(path.live):
            if len(connection.paths) == 1:
                self._finish(connection, exchange.last)
            else:
                path.forget(connection)
                del connection.paths[path]

    # ------------------------------------------------------------------------------------------------ what comes

    def _read(self, path: Path, one: Datagram) -> bool:
        """Read the packets of a datagram; return whether any of them has found its connection."""
        placed = False
        for packet in packets(one.data, one.missing):
            if packet.kind == NEGOTIATION:
                placed |= self._negotiation(path, packet, one)
            elif packet.kind == INITIAL:
                placed |= self._initial(path, packet, one)
            else:
                placed |= self._other(path, packet, one)
        return placed

    def _initial(self, path: Path, packet: Packet, one: Datagram) -> bool:
        found = self._find(path, one.side, packet.destination)
        if found is not None:
            connection, sender = found
            opened = connection.open(sender, packet, one.data)
            if opened is not None:
                self._told(path, connection, sender, packet, opened, one)
                return True
        if self._is_past(path, packet.destination, one.time):
            return True
        opened = unlock(packet, one.data, CLIENT, packet.destination, -1)
        if opened is not None:
            self._told(path, self._begin(path, packet, one), CLIENT, packet, opened, one)
            return True
        for connection in path.tried(one.side):  # the server chose another id, and that is not in the capture
            if (opened := connection.open(CLIENT, packet, one.data)) is not None:
                self._told(path, connection, CLIENT, packet, opened, one)
                return True
        if found is not None:
            found[0].undecryptable(found[1], one.packet, one.time)
        elif not path.live and (path.attempt is None or not path.attempt.refused):
            path.attempt = Attempt(one.side, packet.version, packet.destination, packet.source)
        return found is not None

    def _told(self, path: Path, connection: Connection, sender: str, packet: Packet, opened: Opened, one: Datagram) -> None:
        """Hand an opened Initial packet on, and remember what its connection ids say."""
        self._walk(path, connection, sender, one)
        before = connection.progress.weight
        connection.initial(sender, packet, opened, one.packet, one.time)
        path.taken += 2 * sum(len(frame.data) for frame in opened[2] if isinstance(frame, Crypto)) + connection.progress.weight - before
        self._know(connection, SERVER if sender == CLIENT else CLIENT, packet.source)
        if sender == CLIENT:
            self._know(connection, CLIENT, packet.destination)
        if connection.over:
            self._over.append(connection)

    def _other(self, path: Path, packet: Packet, one: Datagram) -> bool:
        """Take what cannot be opened: its connection ids are all that tells whose it is."""
        if packet.kind == ONE_RTT:
            found = path.find_short(one.side, packet, one.data)
        else:
            found = self._find(path, one.side, packet.destination)
            if found is None and packet.kind == HANDSHAKE and (found := path.find_source(one.side, packet)) is not None:
                self._know(found[0], found[1], packet.destination)
        if found is None:
            return False
        connection, sender = found
        if packet.kind != ONE_RTT and packet.version != connection.quic.version and connection.largest[SERVER] >= 0:
            return False
        if packet.kind == RETRY:
            if sender == SERVER and connection.retry(packet, one.data, one.packet, one.time):
                self._know(connection, CLIENT, packet.source)
            return True
        self._walk(path, connection, sender, one)
        if packet.kind == HANDSHAKE:
            connection.handshake(sender, packet, one.packet, one.time)
        elif packet.kind == ONE_RTT:
            connection.one_rtt(sender, one.packet, one.time)
        elif packet.kind == ZERO_RTT and sender == CLIENT:
            connection.zero_rtt(one.packet, one.time)
        if connection.over:
            self._over.append(connection)
        return True

    def _negotiation(self, path: Path, packet: Packet, one: Datagram) -> bool:
        """Take a Version Negotiation packet, which echoes the connection ids of what it answers (RFC 9000 section 17.2.1)."""
        found = self._find(path, one.side, packet.destination)
        if found is not None:
            connection, sender = found
            if sender != SERVER or packet.source not in connection.secrets or connection.largest[SERVER] >= 0:
                return False
            if connection.quic.version not in packet.versions:
                connection.refused(packet.versions, one.packet, one.time)
                path.again = connection
            return True
        attempt = path.attempt
        if attempt is None:
            attempt = Attempt(1 - one.side, None, packet.source, packet.destination)
        if not path.live and (attempt.side, attempt.destination, attempt.source) == (1 - one.side, packet.source, packet.destination):
            path.attempt = attempt._replace(refused=packet.versions, packet=one.packet, time=one.time)
        return False

    # ------------------------------------------------------------------------------------------------ whose it is

    def _find(self, path: Path, side: int, identifier: bytes) -> tuple[Connection, str] | None:
        """Return the connection that ``identifier`` is an id of, and who sends to it."""
        found = path.find(side, identifier)
        return self._ids.get(identifier) if found is None and len(identifier) >= _TRUSTED else found

    def _begin(self, path: Path, packet: Packet, one: Datagram) -> Connection:
        """Open a connection with a client's first Initial packet, or go on with one whose version was refused."""
        attempt, path.attempt = path.attempt, None
        connection, path.again = path.again, None
        if connection is not None and path.live.get(connection) == one.side and connection.largest[SERVER] < 0:
            connection.anew(packet)
            return connection
        ends = path.exchange.ends
        connection = Connection(self._limits, self._number, endpoint(ends[one.side]), endpoint(ends[1 - one.side]), packet)
        if attempt is not None and attempt.refused and attempt.side == one.side:
            connection.refused(attempt.refused, attempt.packet, attempt.time)
            connection.quic.first_version = attempt.version if attempt.version != packet.version else None
        self._live[connection] = path.exchange
        path.add(connection, one.side)
        connection.paths[path] = None
        if len(self._live) > self._limits.flows:
            self._hits["flows"] += 1
            self._finish(next(iter(self._live)), one.time)
        return connection

    def _walk(self, path: Path, connection: Connection, sender: str, one: Datagram) -> None:
        """Note that a connection uses a path: a client whose address or port has changed (RFC 9000 section 9)."""
        if path in connection.paths or connection not in self._live:
            return
        path.add(connection, one.side if sender == CLIENT else 1 - one.side)
        connection.paths[path] = None
        connection.quic.paths += 1
        connection.progress.event("migration", sender, one.packet, one.time)

    def _know(self, connection: Connection, sender: str, identifier: bytes) -> None:
        """Remember a connection id that ``sender``'s packets carry as their destination."""
        if (sender, identifier) in connection.ids or len(connection.ids) >= self._limits.connection_ids or connection not in self._live:
            return
        connection.ids.append((sender, identifier))
        for path in connection.paths:
            path.know(connection, sender, identifier)
            if len(identifier) >= _TRUSTED:
                self._ids[identifier] = connection, sender

    # ------------------------------------------------------------------------------------------------ before and after

    def _hold(self, path: Path, one: Datagram) -> None:
        if len(path.held) >= self._limits.early_datagrams or path.ended or self._holding + len(one.data) > self._limits.early_bytes:
            return
        if all(one.data != held.data for held in path.held):
            path.held.append(one)
            path.holds += len(one.data)
            self._holding += len(one.data)

    def _release(self, path: Path) -> None:
        """Read what was held back, now that there is a connection."""
        held, path.held = path.held, []
        self._holding -= path.holds
        path.holds = 0
        for one in held:
            self._read(path, one)

    def _is_past(self, path: Path, identifier: bytes, time: int) -> bool:
        ended = self._past.get((path.exchange.key, identifier))
        return ended is not None and abs(time - ended) <= self._limits.closed_idle_seconds * 10**9

    def _finish(self, connection: Connection, time: int) -> None:
        """Forget a connection, and emit its Handshake."""
        exchange = self._live.pop(connection, None)
        if exchange is None:
            return
        for path in connection.paths:
            path.forget(connection)
            for identifier in connection.secrets:
                self._past[path.exchange.key, identifier] = time
            for _, identifier in connection.ids:
                if self._ids.get(identifier, (None,))[0] is connection:
                    del self._ids[identifier]
        while len(self._past) > self._limits.past_ids:
            self._past.popitem(last=False)
        made = connection.finish()
        if made is not None:
            self._emit(made, exchange)
