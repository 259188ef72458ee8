"""The preludes table: one row each protocol spoken in plaintext before TLS — or, where no TLS followed, instead of it.

Here lives: its columns and rows, and the word for how it ended.  Here does not live: reading the protocols (``handshakes.preludes``),
whether it matters (``findings``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.capture.block import packet_number
from analyzer.facts.table import Column, Table
from analyzer.facts.texts import address_text, source_text, wire_text
from analyzer.facts.travel import carriage_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.prelude import Plain, Prelude

__all__ = ["RESULTS", "TABLE", "result"]

RESULTS = {
    "upgraded": "TLS followed",
    "refused": "asked for, and refused",
    "no_tls": "asked for and not refused, and yet no TLS followed in the capture",
    "not_taken": "TLS was offered, and the client did not ask for it",
    "not_offered": "the server had nothing of TLS among what it offered, and the client did not ask for it",
    "unknown": "the capture does not tell",
}
"""What the column result says -> what it means."""

COLUMNS = (
    Column("handshake", "int", "Number of the handshake that followed; null where none did."),
    Column("position", "int", "Place among the preludes of its connection, from 1 (a proxy's comes before the mail server's)."),
    Column("protocol", "text", "smtp, lmtp, imap, pop3, ftp, nntp, managesieve, xmpp, irc, ldap, postgresql, mysql, rdp, tds, connect, "
           "socks4, socks4a, socks5, proxy1 or proxy2."),
    Column("source", "text", "The capture that holds its first packet."),
    Column("client", "text", "IP address of the client."),
    Column("client_port", "int", "Port of the client."),
    Column("server", "text", "IP address of the server."),
    Column("server_port", "int", "Port of the server."),
    Column("carriage", "text", "What the connection's first packet travelled in, as in handshakes."),
    Column("start", "time", "Time of its first packet."),
    Column("duration_ms", "float", "Milliseconds from its first to its last packet."),
    Column("offered", "flag", "The server said that it can do TLS; null where the protocol or the capture does not tell."),
    Column("requested", "flag", "The client asked for TLS, or a proxy for the connection."),
    Column("granted", "flag", "The server agreed; false: it refused; null: no answer, or none is needed."),
    Column("result", "text", "; ".join(f"{name}: {meaning}" for name, meaning in RESULTS.items()) + "."),
    Column("greeting", "text", "What the server said first, up to 200 bytes; bytes above 127 as \\xNN."),
    Column("answer", "text", "The server's answer to what the client asked for, up to 200 bytes."),
    Column("target", "text", "Host name that a proxy was asked for."),
    Column("target_address", "text", "IP address that a proxy was asked for, or that a PROXY header names as the destination."),
    Column("target_port", "int", "Port that goes with it."),
    Column("origin", "text", "IP address of the real client that a PROXY header names."),
    Column("origin_port", "int", "Port of the real client."),
    Column("packets", "ints", "Numbers of its packets in their own file, from 1 as Wireshark counts."),
)  # fmt: skip


def result(prelude: Prelude, *, upgraded: bool) -> str:
    """Return the word for how a prelude ended (``RESULTS``)."""
    if prelude.granted is False:
        return "refused"
    if upgraded:
        return "upgraded"
    if prelude.requested:
        return "no_tls"
    return "unknown" if prelude.offered is None else "not_taken" if prelude.offered else "not_offered"


def _rows(number: int | None, connection: Handshake | Plain, book: Book) -> Iterator[Row]:
    client, server, carriage = connection.client, connection.server, carriage_text(connection.carriage)
    for position, one in enumerate(connection.preludes, 1):
        target, origin = one.target, one.origin
        yield (
            number,
            position,
            one.protocol,
            source_text(one.packets[0], book.sources) if one.packets else None,
            address_text(client.address),
            client.port,
            address_text(server.address),
            server.port,
            carriage,
            one.start,
            (one.end - one.start) / 1e6,
            one.offered,
            one.requested,
            one.granted,
            result(one, upgraded=number is not None),
            wire_text(one.greeting) or None,
            wire_text(one.answer) or None,
            wire_text(target.name) if target and target.name else None,
            address_text(target.address) if target and target.address else None,
            target.port if target else None,
            address_text(origin.address) if origin else None,
            origin.port if origin else None,
            [packet_number(packet) for packet in one.packets],
        )


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:
    """Give a row for each prelude of a handshake."""
    return _rows(number, handshake, book)


def plain(one: Plain, book: Book) -> Iterator[Row]:
    """Give a row for each prelude that no handshake followed."""
    return _rows(None, one, book)


TABLE = Table(
    name="preludes",
    doc="One row for each protocol spoken before TLS, or instead of it: STARTTLS offered, taken, refused; proxies and their targets.",
    columns=COLUMNS,
    rows=rows,
    plain=plain,
)
