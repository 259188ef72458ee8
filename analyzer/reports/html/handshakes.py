"""The handshakes of the page: a row for each, and in chunks all its facts, the causes of its failure, its ladder.

Here lives: which columns the table shows, and a handshake → row and details.  Here does not live: the packing (``columns``,
``chunks``, ``rungs``), the table that people see (``table.js``).
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from analyzer.findings.finding import SEVERITIES, severity_rank
from analyzer.ladders.reading import ladder
from analyzer.reports.html.chunks import Chunks
from analyzer.reports.html.columns import LONGEST, Columns, Shown, TextRoom
from analyzer.reports.html.rooms import Room
from analyzer.reports.html.rungs import Forms
from analyzer.reports.html.values import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analyzer.facts.table import Table
    from analyzer.reports.html.certificates import Certificates
    from analyzer.reports.html.servers import Server
    from analyzer.reports.report import Told

__all__ = ["Handshakes"]

MOST_HANDSHAKES = 200_000
"""Rows of the table: 200 bytes each while they are gathered, 60 in the page."""

_USUAL = (
    "handshake", "start", "client", "server", "server_port", "server_name", "version", "cipher_suite", "group", "outcome", "severity",
    "duration_ms",
)  # fmt: skip
"""Columns shown unless the reader chooses otherwise."""
_COLUMNS = (
    "handshake", "start", "client", "client_port", "server", "server_port", "server_name", "version", "cipher_suite", "group", "outcome",
    "cause", "severity", "duration_ms", "connect_ms", "source", "framing", "prelude", "carriage", "target", "offered_version", "alpn",
    "alpn_offered", "key_exchange", "post_quantum", "forward_secrecy", "signature_scheme", "resumption", "hello_retry", "early_data", "ech",
    "alert", "alert_sender", "closed", "renegotiation", "certificates_state", "client_certificates_state", "leaf_subject", "leaf_issuer",
    "leaf_not_after", "leaf_key_algorithm", "leaf_key_bits", "ja3", "ja3s", "ja4", "quic_version", "lost_bytes", "anomalies",
)  # fmt: skip
"""Columns of the table handshakes that can be shown, searched and filtered; all the others are in the view of one handshake."""
_OWN = {
    "severity": "The gravest of what was found: " + ", ".join(SEVERITIES) + "; empty where nothing was.",
}
_LINKS = {"handshake": "handshake"}
_INNER = (Shown("chain", inner=True), Shown("client_chain", inner=True), Shown("place", "int", inner=True), Shown("chunk", inner=True))
MOST_BESIDE = 100
"""Rows of such a table told with one handshake; how many there are stands among its facts."""
_CHAINS = frozenset({"certificates", "client_certificates"})
"""Columns that the page tells as links to its certificates."""
_RANDOM = ("client_random", "client_session_id", "server_random", "session_id")
"""Columns of hex that no packing makes smaller: base64 does, by a seventh."""
_HEX = re.compile(r"(?:[0-9a-f]{2})+").fullmatch
_SAME = "the same as the client's"
_BESIDE = ("causes", "anomalies", "preludes")
"""Tables whose rows are told with their handshake."""
_WHOLE = frozenset({"int", "float", "flag"})
"""Of these kinds the table tells all, as of short texts: the details need not tell it again."""
_SHORT = {"ints": "text", "texts": "text", "data": "text"}
"""How columns of other kinds stand in the table."""


class Handshakes:
    """Add handshakes, then what was found in them; then read the table and write the details."""

    def __init__(self, tables: Mapping[str, Table], room: TextRoom) -> None:
        """Start with none."""
        self.kinds = {column.name: column.kind for column in tables["handshakes"].columns}
        whole = {name for name in _COLUMNS if self.kinds.get(name) in _WHOLE} | _CHAINS
        self._told = [(name, kind) for name, kind in self.kinds.items() if name not in whole]
        self._short = {name for name in _COLUMNS if self.kinds.get(name) == "text"}
        docs = {column.name: column.doc for column in tables["handshakes"].columns} | _OWN
        kinds = self.kinds | dict.fromkeys(_OWN, "text")
        shown = [
            Shown(name, _SHORT.get(kinds[name], kinds[name]), docs[name], name in _USUAL, link=_LINKS.get(name, ""))
            for name in _COLUMNS
            if name in kinds
        ]
        self.columns = Columns((*shown, *_INNER), room)
        self.room = Room(MOST_HANDSHAKES)
        self._forms, self._telling_forms = Forms(), Forms()
        self.usual = Chunks("usual", self._forms.shared)
        self.telling = Chunks("telling", self._telling_forms.shared)
        self._beside = {name: [(one.name, one.kind) for one in tables[name].columns] for name in _BESIDE if name in tables}
        self._places: dict[int, tuple[int, Server | None]] = {}
        self._worst: dict[int, str] = {}

    def row(self, told: Told) -> dict[str, Any] | None:
        """Return the handshake's row as a dict; None for a connection that came to none."""
        rows = told.rows("handshakes") if told.handshake is not None else ()
        return next((dict(zip(self.kinds, row, strict=True)) for row in rows), None)

    def add(self, told: Told, row: Mapping[str, Any], server: Server | None, certificates: Certificates, sources: list[str]) -> None:
        """Take one handshake."""
        telling = row.get("outcome") != "complete"
        if not self.room.take(telling=telling):
            return
        facts: dict[str, Any] = {
            name: cell(row[name], kind)
            for name, kind in self._told
            if row[name] is not None and (name not in self._short or len(row[name]) > LONGEST)
        }
        if row.get("session_id") is not None and row["session_id"] == row.get("client_session_id"):
            facts["session_id"] = _SAME
        for name in _RANDOM:
            if _HEX(facts.get(name) or ""):
                facts["hex:" + name] = base64.b64encode(bytes.fromhex(facts.pop(name))).decode()
        for name, columns in self._beside.items():
            rows = told.rows(name)
            if rows:
                facts["_" + name] = [
                    {column: cell(value, kind) for (column, kind), value in zip(columns, one, strict=True) if value is not None}
                    for one in rows[:MOST_BESIDE]
                ]
        chunks, forms = (self.telling, self._telling_forms) if telling else (self.usual, self._forms)
        facts |= forms.take(ladder(told.handshake, sources))
        number = row["handshake"]
        cells = {name: ", ".join(value) if isinstance(value, list) else value for name, value in row.items() if name in _COLUMNS}
        cells |= {
            "severity": None,
            "chain": certificates.places(row.get("certificates")),
            "client_chain": certificates.places(row.get("client_certificates")),
            "place": None if server is None else server.place,
            "chunk": chunks.add(number, facts),
        }
        self._places[number] = (self.columns.add([cells.get(one.name) for one in self.columns.shown]), server)

    def found(self, numbers: Iterable[int], severity: str) -> None:
        """Note that something was found in handshakes."""
        for number in numbers:
            place, server = self._places.get(number, (None, None))
            if place is None:
                continue
            before = self._worst.get(place)
            if before is None or severity_rank(severity) < severity_rank(before):
                self._worst[place] = severity
                self.columns.put("severity", place, severity)
            if server is not None:
                server.found(severity)
