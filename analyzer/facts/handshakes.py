"""The handshakes table: one row a handshake, put together from its aspects.

Here lives: where and when it was, and the order of the aspects (``hello``, ``agreement``, ``identity``, ``ending``, ``travel``).  Here
does not live: the aspects' own columns.  A row of an ordinary handshake costs some ten microseconds: this is the hot road.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.facts import agreement, ending, hello, identity, travel
from analyzer.facts.story import Story
from analyzer.facts.table import Column, Table
from analyzer.facts.texts import address_text, source_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake

__all__ = ["TABLE"]

PLACE = (
    Column("handshake", "int", "Number of the handshake in the scan, from 1."),
    Column("source", "text", "The capture that holds its first packet."),
    Column("transport", "text", "tcp or udp."),
    Column("framing", "text", "tls, dtls, quic, sslv2, or tds: TLS records inside of MS SQL's packets."),
    Column("prelude", "text", "What was spoken before TLS began: smtp, connect, socks5 …; null where TLS began at once."),
    Column("client", "text", "IP address of the client."),
    Column("client_port", "int", "Port of the client."),
    Column("server", "text", "IP address of the server."),
    Column("server_port", "int", "Port of the server."),
    Column("start", "time", "Time of its first message."),
    Column("duration_ms", "float", "Milliseconds from its first to its last message."),
    Column("connect_ms", "float", "Milliseconds from SYN to SYN/ACK, as seen where the capture was made."),
)
EVIDENCE = [column.name for column in agreement.COLUMNS].index("resumption_evidence")


def rows(number: int, handshake: Handshake, book: Book) -> Iterable[Row]:
    """Give the one row of a handshake."""
    story = Story(handshake)
    packets = handshake.packets
    source = source_text(packets[0] if packets else handshake.seen[0].packet if handshake.seen else 0, book.sources)
    agreed = agreement.cells(story)
    client, server, connect = handshake.client, handshake.server, handshake.connect
    return (
        (
            number,
            source,
            handshake.transport,
            handshake.framing,
            handshake.preludes[-1].protocol if handshake.preludes else None,
            address_text(client.address),
            client.port,
            address_text(server.address),
            server.port,
            handshake.start,
            (handshake.end - handshake.start) / 1e6,
            None if connect is None else connect / 1e6,
            *hello.cells(story),
            *agreed,
            *identity.cells(story, resumed=agreed[EVIDENCE] is not None),
            *ending.cells(story, source, book.sources),
            *travel.cells(handshake),
        ),
    )


TABLE = Table(
    name="handshakes",
    doc="One row for each handshake: who with whom, what was agreed, how it ended, and the packets that prove it.",
    columns=PLACE + hello.COLUMNS + agreement.COLUMNS + identity.COLUMNS + ending.COLUMNS + travel.COLUMNS,
    rows=rows,
)
