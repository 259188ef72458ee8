"""Prelude: what was spoken on a connection before TLS began there — a protocol that upgrades (STARTTLS), or a proxy.

Here lives: the types.  Here does not live: reading the protocols (``preludes``), rows (``facts.preludes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Endpoint
    from analyzer.packets.carriage import Layer

__all__ = ["Plain", "Prelude", "Target"]


class Target(msgspec.Struct, frozen=True, gc=False):
    """Where a proxy was asked to connect to (or, in the PROXY protocol, where the client had connected to).

    ``name`` is a host name as sent, ``address`` packed bytes; one of them may be None, and both where the proxy said "unknown".
    """

    name: bytes | None = None
    address: bytes | None = None
    port: int | None = None


class Prelude(msgspec.Struct, kw_only=True, gc=False):
    """One protocol spoken in plaintext before TLS.  Times are ns since 1970 UTC, packets packet ids."""

    protocol: str
    """smtp lmtp imap pop3 ftp nntp managesieve xmpp irc ldap postgresql mysql rdp tds connect socks4 socks4a socks5 proxy1 proxy2."""
    client_side: int | None = None
    """Which side of the flow (0 or 1) is this protocol's client, None where nothing told."""
    offered: bool | None = None
    """The server said that it can do TLS (STARTTLS capability, the SSL bit …); None where the protocol or the capture does not tell."""
    requested: bool = False
    """The client asked for TLS (or, of a proxy, for the connection)."""
    granted: bool | None = None
    """The server agreed; False: it refused; None: it did not answer, or there is nothing to agree to."""
    greeting: bytes = b""
    """What the server said first, up to 200 bytes (a line, or a version text): as sent, no line end."""
    answer: bytes = b""
    """The server's answer to the request for TLS or for the connection, up to 200 bytes: as sent, no line end."""
    target: Target | None = None
    origin: Endpoint | None = None
    """The client that a PROXY protocol header names."""
    packets: list[int] = []
    start: int = 0
    end: int = 0


class Plain(msgspec.Struct, kw_only=True, gc=False):
    """A connection that spoke a prelude and then no TLS: STARTTLS not offered, not taken, refused; a proxy that refused."""

    client: Endpoint
    server: Endpoint
    preludes: list[Prelude] = []
    carriage: tuple[Layer, ...] = ()
    outbound: bool = True
    """As in Handshake."""
