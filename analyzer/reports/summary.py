"""Summary: what a person asks first, counted over all handshakes in small memory.

Here lives: the counting.  Here does not live: how it is laid out (``text``), whether it matters (``findings``).
What the wire can invent (names of servers, of protocols) is kept to a cap and counted beyond it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.facts.table import Row, Table
    from analyzer.reports.report import Told

__all__ = ["COUNTED", "EXPIRY_NS", "Expiry", "Server", "Summary"]

NAMES = 1_000
"""Distinct values counted of one kind (IANA knows 350 cipher suites); the rest is "(others)"."""
SERVERS = 10_000
"""Servers told apart: about 5 MB."""
EXPIRIES = 1_000
"""Certificates out of date, or soon to be, that are kept one by one."""
OTHERS = "(others)"
EXPIRY_NS = 30 * 86_400 * 1_000_000_000
""""Soon to expire" here: within 30 days of the capture, the usual lead of ACME renewal."""

COUNTED: dict[str, str] = {
    "outcomes": "outcome",
    "alerts": "alert",
    "transports": "framing",
    "versions": "version",
    "cipher_suites": "cipher_suite",
    "groups": "group",
    "key_exchanges": "key_exchange",
    "alpn": "alpn",
    "resumptions": "resumption",
}
"""What is counted -> the column of the handshakes table; absent values are not counted."""


class Server(msgspec.Struct):
    """A server: a name at an address and port."""

    name: str | None
    address: str
    port: int
    handshakes: int = 0
    versions: list[str] = []
    certificate_not_after: int | None = None


class Expiry(msgspec.Struct, frozen=True):
    """A certificate whose time was over, or soon to be, when it was seen."""

    sha256: str
    subject: str | None
    not_after: int
    seen: int
    """Start of the handshake that first showed it."""

    @property
    def left(self) -> int:
        """Nanoseconds of validity left when it was seen; negative: expired."""
        return self.not_after - self.seen


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < NAMES else OTHERS] += 1


class Summary:
    """Add handshakes, then read the counts."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """Start at zero."""
        place = {column.name: at for at, column in enumerate(tables["handshakes"].columns)}
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
        self._counted = [(self._counts[name], place[column]) for name, column in COUNTED.items()]
        self._place = place
        self._prelude = [[column.name for column in tables["preludes"].columns].index(name) for name in ("protocol", "result")]
        self._certificate = {column.name: at for at, column in enumerate(tables["certificates"].columns)}
        self.handshakes = 0
        self.hello_retries = 0
        self.post_quantum = 0
        self.key_exchanges_known = 0
        self.first: int | None = None
        self.last: int | None = None
        self.anomalies: Counter[str] = Counter()
        self.preludes: Counter[str] = Counter()
        """Protocol spoken before TLS, or instead of it, and its result."""
        self.servers: dict[tuple[str | None, str, int], Server] = {}
        self.servers_beyond = 0
        self.certificates = 0
        self.expired = 0
        self.expiring = 0
        self.expiries: list[Expiry] = []

    def counts(self, name: str) -> Counter[str]:
        """Return the counts of one of COUNTED."""
        return self._counts[name]

    def add(self, told: Told) -> None:
        """Count one handshake, or what was spoken on a connection that came to none."""
        if told.handshake is None or told.handshake.preludes:
            for row in told.rows("preludes"):
                self.preludes[" ".join(row[at] for at in self._prelude)] += 1
        if told.handshake is None:
            return
        for row in told.rows("handshakes"):
            self._handshake(row)
        for anomaly in told.handshake.anomalies:
            self.anomalies[anomaly.kind] += 1
        if told.handshake.server_chain or told.handshake.client_chain:
            for row in told.rows("certificates"):
                self._validity(row, told.handshake.start)

    def _handshake(self, row: Row) -> None:
        place = self._place
        self.handshakes += 1
        for counter, at in self._counted:
            if row[at] is not None:
                _count(counter, row[at])
        start = row[place["start"]]
        if start is not None:
            self.first = start if self.first is None else min(self.first, start)
            self.last = start if self.last is None else max(self.last, start)
        self.hello_retries += row[place["hello_retry"]] is True
        quantum = row[place["post_quantum"]]
        self.key_exchanges_known += quantum is not None
        self.post_quantum += quantum is True
        self._server(row)

    def _server(self, row: Row) -> None:
        place = self._place
        key = (row[place["server_name"]], row[place["server"]], row[place["server_port"]])
        server = self.servers.get(key)
        if server is None:
            if len(self.servers) >= SERVERS:
                self.servers_beyond += 1
                return
            server = self.servers[key] = Server(*key, versions=[])
        server.handshakes += 1
        version = row[place["version"]]
        if version is not None and version not in server.versions:
            server.versions.append(version)
        not_after = row[place["leaf_not_after"]]
        if not_after is not None:
            server.certificate_not_after = not_after

    def _validity(self, row: Row, seen: int) -> None:
        place = self._certificate
        self.certificates += 1
        not_after = row[place["not_after"]]
        if not_after is None or not_after - seen > EXPIRY_NS:
            return
        if not_after < seen:
            self.expired += 1
        else:
            self.expiring += 1
        if len(self.expiries) < EXPIRIES:
            subject = row[place["subject_cn"]] or row[place["subject"]]
            self.expiries.append(Expiry(row[place["sha256"]], subject, not_after, seen))

    def facts(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {
            "handshakes": self.handshakes,
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            **{name: dict(self.counts(name).most_common()) for name in COUNTED},
            "hello_retries": self.hello_retries,
            "post_quantum": self.post_quantum,
            "key_exchanges_known": self.key_exchanges_known,
            "anomalies": dict(self.anomalies.most_common()),
            "preludes": dict(self.preludes.most_common()),
            "certificates": self.certificates,
            "certificates_expired": self.expired,
            "certificates_expiring": self.expiring,
            "expiries": [msgspec.to_builtins(one) | {"not_after": iso(one.not_after), "seen": iso(one.seen)} for one in self.expiries],
            "servers": [
                msgspec.to_builtins(server)
                | {"certificate_not_after": None if server.certificate_not_after is None else iso(server.certificate_not_after)}
                for server in sorted(self.servers.values(), key=lambda one: -one.handshakes)
            ],
            "servers_beyond": self.servers_beyond,
        }
