"""Servers: what the page says of each, counted over all handshakes.

Here lives: the noun and its counting.  Here does not live: how it is shown (``servers.js``, the template).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.facts.texts import place_text
from analyzer.findings.finding import severity_rank

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MOST_SERVERS", "Server", "Servers"]

MOST_SERVERS = 20_000
"""Servers told apart, about 2 kB each; the handshakes of those beyond are counted."""
_NAMES = 32
"""Versions, suites, groups counted of one server: none speaks more; it bounds what one may invent."""


class Server(msgspec.Struct, kw_only=True):
    """A server: a name at an address and port."""

    place: int
    name: str | None
    where: str
    """Address and port."""
    handshakes: int = 0
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    versions: Counter[str] = msgspec.field(default_factory=Counter)
    suites: Counter[str] = msgspec.field(default_factory=Counter)
    groups: Counter[str] = msgspec.field(default_factory=Counter)
    post_quantum: int = 0
    """Handshakes with a post-quantum key exchange."""
    certificate: str | None = None
    """SHA-256 of the leaf that it showed last."""
    severity: str | None = None
    """The gravest of what was found in its handshakes."""

    def found(self, severity: str) -> None:
        """Note that something was found in a handshake of it."""
        if self.severity is None or severity_rank(severity) < severity_rank(self.severity):
            self.severity = severity


class Servers:
    """Add handshakes, then read ``all``."""

    def __init__(self) -> None:
        """Start with none."""
        self._servers: dict[tuple[Any, Any, Any], Server] = {}
        self.beyond = 0
        """Handshakes of servers that had no room."""

    def add(self, row: Mapping[str, Any]) -> Server | None:
        """Count a handshake, given by its row; return its server, None where there is no more room."""
        key = (row.get("server_name"), row.get("server"), row.get("server_port"))
        server = self._servers.get(key)
        if server is None:
            if len(self._servers) >= MOST_SERVERS:
                self.beyond += 1
                return None
            where = place_text(str(key[1]), key[2])
            server = self._servers[key] = Server(place=len(self._servers) + 1, name=key[0], where=where)
        server.handshakes += 1
        for counter, column in (
            (server.outcomes, "outcome"), (server.versions, "version"), (server.suites, "cipher_suite"), (server.groups, "group"),
        ):  # fmt: skip
            value = row.get(column)
            if value is not None and (value in counter or len(counter) < _NAMES):
                counter[value] += 1
        server.post_quantum += row.get("post_quantum") is True
        chain = row.get("certificates")
        if chain:
            server.certificate = chain[0]
        return server

    def all(self) -> list[Server]:
        """Return the servers in the order in which they were first seen."""
        return list(self._servers.values())
