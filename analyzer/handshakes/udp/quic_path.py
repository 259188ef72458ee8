"""QUIC path: one pair of UDP ends, and the QUIC connections on it.

Here lives: telling by connection ids, or by there being no other choice, which connection of a path a packet belongs to; datagrams held
back until that is known.  Here does not live: connections on more than one path, what their keys open (``quic``).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls.quic import FIXED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.handshakes.udp.quic_connection import Connection
    from analyzer.streams.exchange import Exchange
    from analyzer.tls.quic import Packet

__all__ = ["Attempt", "Datagram", "Path"]

_TRIED = 4
"""Connections of a path that are tried on a packet of unknown connection ids."""
_TELLING = 4
"""Bytes from which on a connection id alone tells a packet of one header byte from something else."""

Found = tuple["Connection", str]
"""A connection and who of it has sent."""


class Datagram(NamedTuple):
    """A UDP payload: ``side`` sent it, ``missing`` bytes of it the capture cut off."""

    side: int
    data: bytes
    packet: int
    time: int
    missing: int


class Attempt(NamedTuple):
    """A client's first packet in a version that cannot be opened; ``refused`` is what the server offered instead, in ``packet``."""

    side: int
    version: int | None
    destination: bytes
    source: bytes
    refused: tuple[int, ...] = ()
    packet: int = 0
    time: int = 0


class Path:
    """What is known of one exchange.  ``ended`` once a connection on it is over."""

    __slots__ = ("_ids", "_lengths", "again", "attempt", "ended", "exchange", "heard", "held", "holds", "live", "taken")

    def __init__(self, exchange: Exchange) -> None:
        """Know nothing yet."""
        self.exchange = exchange
        """The overlay network that its addresses belong to."""
        self.live: dict[Connection, int] = {}
        """Its connections that are not over, the oldest first, and which side is the client's."""
        self.held: list[Datagram] = []
        self.holds = 0
        """Bytes of what is held."""
        self.taken = 0
        """Bytes of memory that the CRYPTO frames of its live connections take, about."""
        self.heard = 0
        """Bytes that belonged to no connection."""
        self.ended = False
        self.attempt: Attempt | None = None
        self.again: Connection | None = None
        """A connection whose version was refused: the client's next one on this path is the same attempt."""
        self._ids: dict[tuple[int, bytes], Connection] = {}
        """(side that sends to it, connection id) -> the connection."""
        self._lengths: tuple[dict[int, None], dict[int, None]] = ({}, {})
        """How long the connection ids are that each side sends to."""

    def add(self, connection: Connection, client: int) -> None:
        """Take a connection whose client is side ``client`` here, with all ids that are known of it."""
        self.live[connection] = client
        for sender, identifier in connection.ids:
            self.know(connection, sender, identifier)

    def know(self, connection: Connection, sender: str, identifier: bytes) -> None:
        """Remember a connection id that ``sender``'s packets carry as their destination."""
        side = self._side(connection, sender)
        self._ids[side, identifier] = connection
        self._lengths[side][len(identifier)] = None

    def forget(self, connection: Connection) -> None:
        """Drop a connection that is over."""
        for sender, identifier in connection.ids:
            key = self._side(connection, sender), identifier
            if self._ids.get(key) is connection:
                del self._ids[key]
        del self.live[connection]
        if not self.live:
            self.taken = 0
        self.ended = True
        if self.again is connection:
            self.again = None

    def tried(self, side: int) -> Iterator[Connection]:
        """Give the latest connections whose client is ``side``."""
        return (connection for connection in islice(reversed(self.live), _TRIED) if self.live[connection] == side)

    def find(self, side: int, identifier: bytes) -> Found | None:
        """Return the connection whose id ``identifier`` is, where ``side`` sends to it."""
        connection = self._ids.get((side, identifier))
        return None if connection is None else (connection, self._sender(connection, side))

    def find_source(self, side: int, packet: Packet) -> Found | None:
        """Return the connection whose sender gave itself the packet's source id, where the destination is a new one of its peer's.

        A client may use what NEW_CONNECTION_ID frames in the server's first 1-RTT packets gave it before it sends its Finished.
        """
        for connection in islice(reversed(self.live), _TRIED):
            sender = self._sender(connection, side)
            if connection.made.connection_ids.get(sender) == packet.source and connection.quic.version == packet.version:
                return connection, sender
        return None

    def find_short(self, side: int, packet: Packet, data: bytes) -> Found | None:
        """Return the connection of a packet whose header does not say how long its id is."""
        fixed, at = data[packet.at] & FIXED, packet.at + 1
        for length in self._lengths[side]:
            if fixed or length >= _TELLING:  # RFC 9287 lets peers clear the fixed bit
                connection = self._ids.get((side, data[at : at + length]))
                if connection is not None:
                    return connection, self._sender(connection, side)
        if not fixed or len(self.live) != 1:
            return None
        (connection,) = self.live  # its peer may have given it a new id
        return connection, self._sender(connection, side)

    def _side(self, connection: Connection, sender: str) -> int:
        return self.live[connection] if sender == CLIENT else 1 - self.live[connection]

    def _sender(self, connection: Connection, side: int) -> str:
        return CLIENT if self.live[connection] == side else SERVER
