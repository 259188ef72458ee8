"""The certificates of the page: a row for each, all its fields in chunks, and how its chains were judged.

Here lives: rows of the tables certificates and trust → columns and details.  Here does not live: drawings (``plots.chains``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.facts.texts import key_text
from analyzer.findings.finding import severity_rank
from analyzer.reports.html.chunks import Chunks
from analyzer.reports.html.columns import LONGEST, Columns, Shown, TextRoom
from analyzer.reports.html.rooms import Room
from analyzer.reports.html.values import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analyzer.facts.table import Row, Table

__all__ = ["Certificates"]

MOST_CERTIFICATES = 20_000
"""Rows of certificates, about 1 kB each while they are gathered."""
MOST_CHAINS = 50_000
"""Chains with their verdicts: distinct ones for each server name, 20 bytes each while they are gathered."""
MOST_DRAWN = 100
"""Chains that are drawn in the page, 3 kB each; the others are told as lists."""

_COLUMNS = (
    Shown("subject", doc="Common name of the subject, or all of it.", usual=True, link="certificate"),
    Shown("issuer", doc="Common name of the issuer, or all of it.", usual=True),
    Shown("not_before", "time", "Start of validity."),
    Shown("not_after", "time", "End of validity.", usual=True),
    Shown("public_key", doc="Algorithm of the key, its curve or bits.", usual=True),
    Shown("signature_algorithm", doc="Name of the algorithm that signed it.", usual=True),
    Shown("ca", "flag", "It says of itself that it is a CA's.", usual=True),
    Shown("self_signed", "flag", "Its signature holds with its own key."),
    Shown("verdict", doc="What was said of the chain that it is the leaf of, the last one.", usual=True),
    Shown("severity", doc="The gravest of what was found about it."),
    Shown("role", doc="server or client: who showed it first."),
    Shown("serial", doc="Serial number, hex."),
    Shown("handshake", "int", "Number of the handshake that showed it first.", link="handshake"),
    Shown("sha256", doc="SHA-256 of the DER, hex."),
    Shown("chunk", inner=True),
)
_CHAINS = (Shown("leaf", "int", inner=True), Shown("number", "int", inner=True), Shown("chunk", inner=True))
_CHAIN = (
    "handshake", "handshakes", "count", "role", "server_name", "certificates", "verdict", "faults", "detail", "anchored",
    "trust_store", "path", "root", "owner", "policy_kind", "in_order", "order_detail", "borrowed", "missing_issuer", "aia",
    "name_matches", "name_detail", "scts", "scts_valid", "scts_checked", "sct_logs", "ocsp_status", "ocsp_detail", "must_staple",
    "openssl", "webpki", "display_filter",
)  # fmt: skip
"""What is told of a chain; the table trust has each step with its checks."""
_DRAWN = (
    "subject", "subject_cn", "issuer", "issuer_cn", "not_before", "not_after",
    "public_key_algorithm", "public_key_size", "public_key_curve",
)  # fmt: skip
"""What a drawing needs of a certificate."""
_CHAIN_LENGTH = 12
"""Certificates of a chain by which drawings are told apart: as many as are drawn."""


class Certificates:
    """Add rows as they come, then read the table, the chains, and write the details."""

    def __init__(self, tables: Mapping[str, Table], room: TextRoom) -> None:
        """Start with none."""
        self.columns = Columns(_COLUMNS, room)
        self.room = Room(MOST_CERTIFICATES)
        self.details = Chunks("certificate")
        self._kinds = {column.name: column.kind for column in tables["certificates"].columns}
        self._trust = {column.name: column.kind for column in tables["trust"].columns} if "trust" in tables else {}
        self._places: dict[str, int] = {}
        self.chain_room = Room(MOST_CHAINS)
        self.chains = Columns(_CHAINS, room)
        self.verdicts = Chunks("verdict")
        self.rows: dict[str, dict[str, Any]] = {}
        """SHA-256 -> what drawings and links need of its row, with its ``title`` among them."""
        self._drawn: dict[tuple[Any, ...], dict[str, Any]] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows of the table certificates."""
        for told in rows:
            row = dict(zip(self._kinds, told, strict=True))
            if row["sha256"] in self._places or not self.room.take(telling=True):
                continue
            facts = {name: cell(value, self._kinds[name]) for name, value in row.items()}
            subject = row.get("subject_cn") or row.get("subject") or next(iter(row.get("san_dns") or ()), None) or "(no subject)"
            issuer = row.get("issuer_cn") or row.get("issuer_o") or row.get("issuer")
            cells = row | {
                "subject": subject,
                "issuer": issuer,
                "public_key": key_text(*(row.get(f"public_key_{part}") for part in ("algorithm", "curve", "size"))),
                "chunk": self.details.add(row["sha256"], facts),
                "verdict": None,
                "severity": None,
            }
            self._places[row["sha256"]] = self.columns.add([cells.get(one.name) for one in _COLUMNS])
            self.rows[row["sha256"]] = {"title": _short(subject)} | {name: _short(row.get(name)) for name in _DRAWN}

    def place(self, sha256: str) -> int | None:
        """Return the row of a certificate, None where it has none."""
        return self._places.get(sha256)

    def places(self, chain: Iterable[str] | None) -> str | None:
        """Return the rows of the certificates of a chain, as the script reads them: "3,7"."""
        return ",".join(str(self._places.get(one, -1)) for one in chain) or None if chain else None

    def found(self, sha256: str, severity: str) -> None:
        """Note that something was found about a certificate; the gravest is kept."""
        place, row = self._places.get(sha256), self.rows.get(sha256)
        if place is None or row is None:
            return
        if row.get("severity") is None or severity_rank(severity) < severity_rank(row["severity"]):
            row["severity"] = severity
            self.columns.put("severity", place, severity)

    def judge(self, rows: Iterable[Row]) -> None:
        """Take rows of the table trust."""
        for told in rows:
            row = dict(zip(self._trust, told, strict=True))
            leaf = (row.get("certificates") or [None])[0]
            place = self._places.get(leaf) if leaf else None
            if place is not None and row["verdict"]:
                self.columns.put("verdict", place, row["verdict"])
            self._draw(row)
            if self.chain_room.take(telling=row["verdict"] != "trusted"):
                told_of = {name: cell(row[name], self._trust[name]) for name in _CHAIN if row.get(name) is not None}
                number = self.chains.length
                self.chains.add((place, number, self.verdicts.add(number, told_of)))

    def _draw(self, row: dict[str, Any]) -> None:
        """Keep a chain for drawing: distinct ones, those that are not trusted rather than others."""
        key = (row["verdict"], *(row.get("certificates") or ())[:_CHAIN_LENGTH])
        if key in self._drawn or len(key) == 1:
            return
        if len(self._drawn) >= MOST_DRAWN:
            trusted = next((one for one, kept in self._drawn.items() if kept["verdict"] == "trusted"), None)
            if trusted is None or row["verdict"] == "trusted":
                return
            del self._drawn[trusted]
        self._drawn[key] = row

    def gravest(self) -> list[dict[str, Any]]:
        """Return rows of the table trust to draw, those that are not trusted first."""
        return sorted(self._drawn.values(), key=lambda one: one["verdict"] == "trusted")


def _short(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) else value
