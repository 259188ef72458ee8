"""Cells: what stands in a row of text for people, of the handshakes table and of any other.

Here lives: which columns, how each cell is made of a row, which of them are kept longest, and the layout of rows that are shown before
those after them are known.  Here does not live: sizing columns by what they hold (``grid``), colours and escapes (``paint``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from analyzer.facts.texts import place_text
from analyzer.reports.grid import GridColumn
from analyzer.reports.ndjson import encode
from analyzer.reports.overview import OUTCOME_STYLES
from analyzer.times import clock, iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.facts.table import Column, Table

__all__ = ["FIRST", "HANDSHAKE_COLUMNS", "table_cell", "table_columns"]

_COMMON_NAME = re.compile(r"(?:^|[,+])CN=((?:\\.|[^,+\\])*)")
_ORGANISATION = re.compile(r"(?:^|[,+])O=((?:\\.|[^,+\\])*)")


def _short_name(name: str) -> str:
    """Common name, else organisation, else the whole of an RFC 4514 name."""
    found = _COMMON_NAME.search(name) or _ORGANISATION.search(name)
    return found[1].replace("\\", "") if found else name


def _port(address: str | None, port: int | None) -> str:
    return "" if address is None else place_text(address, port)


def _certificate(row: dict[str, Any]) -> str:
    if row.get("leaf_subject"):
        issuer = row.get("leaf_issuer")
        subject = _short_name(row["leaf_subject"])
        return f"{subject} ({_short_name(issuer)})" if issuer else subject
    if row.get("certificates"):
        return str(row["certificates"][0][:16])
    return str(row.get("certificates_state") or "")


def _outcome(row: dict[str, Any]) -> str:
    outcome = row["outcome"] or ""
    return f"{outcome}: {row['alert']}" if row.get("alert") else outcome


def _duration(row: dict[str, Any]) -> str:
    return "" if row["duration_ms"] is None else f"{row['duration_ms']:.1f}"


def _alpn(row: dict[str, Any]) -> str:
    return row["alpn"] or ("encrypted" if "alpn" in (row["hidden"] or ()) else "")


def _over(row: dict[str, Any]) -> str:
    """What is not TLS over TCP over IP on the link."""
    framing = row["framing"] if row["framing"] != "tls" else None
    return " ".join(filter(None, (row["carriage"], row["prelude"], framing if framing != row["prelude"] else None)))


def _outcome_style(cell: str) -> str:
    return OUTCOME_STYLES.get(cell.partition(":")[0], "faint")


def _quiet(cell: str) -> str:
    """Choose the style of a cell that may only say why it is empty."""
    return "faint" if cell in {"encrypted", "none", "resumed", "unseen"} else "plain"


HANDSHAKE_COLUMNS: tuple[tuple[GridColumn, Callable[[dict[str, Any]], str]], ...] = (
    (GridColumn("#", 0, 9, 9, right=True, style="faint"), lambda row: str(row["handshake"])),
    (GridColumn("time", 7, 12, 12, style="faint"), lambda row: "" if row["start"] is None else clock(row["start"])),
    (GridColumn("client", 9, 18, 49, "middle"), lambda row: _port(row["client"], row["client_port"]) + " →"),
    (GridColumn("server", 5, 21, 47, "middle"), lambda row: _port(row["server"], row["server_port"])),
    (GridColumn("server name", 2, 14, 36, "middle", style="name", instead=3), lambda row: row["server_name"] or ""),
    (GridColumn("over", 6, 10, 40, style="faint"), _over),
    (GridColumn("version", 3, 7, 16), lambda row: row["version"] or ""),
    (GridColumn("cipher suite", 4, 20, 45, "middle"), lambda row: row["cipher_suite"] or ""),
    (GridColumn("group", 6, 14, 24, "middle"), lambda row: row["group"] or ""),
    (GridColumn("ALPN", 10, 9, 12, style=_quiet), _alpn),
    (GridColumn("certificate", 8, 20, 60, style=_quiet), _certificate),
    (GridColumn("outcome", 1, 28, 40, style=_outcome_style), _outcome),
    (GridColumn("ms", 11, 8, 10, right=True, style="faint"), _duration),
)
"""What a handshake's row shows, and how each cell is made of the row of the handshakes table."""


FIRST: dict[str, tuple[str, ...]] = {
    "messages": ("handshake", "time", "sender", "type", "length", "packet", "fault"),
    "offers": ("handshake", "sender", "kind", "name", "code"),
    "extensions": ("handshake", "sender", "message_type", "name", "length", "fault"),
    "certificates": ("subject_cn", "issuer_cn", "not_after", "public_key_algorithm", "public_key_size", "sha256", "subject", "not_before"),
    "alerts": ("handshake", "time", "sender", "level", "description", "packet"),
    "preludes": ("protocol", "result", "client", "server", "server_port", "target", "handshake", "answer", "greeting", "target_port"),
    "anomalies": ("handshake", "time", "kind", "sender", "detail", "packet"),
    "findings": ("finding", "severity", "detail", "title", "handshake", "display_filter", "source", "count", "time"),
    "causes": ("handshake", "rank", "cause", "sentence", "certainty", "advice", "packets"),
    "trust": ("handshake", "role", "server_name", "verdict", "detail", "owner", "name_matches", "ocsp_status", "scts_valid", "subject"),
    "readiness": ("about", "name", "handshakes", "offered", "accepted", "classical_forced", "retry_lost", "legacy_version", "unseen"),
    "policy": ("handshake", "policy", "clause", "verdict", "detail", "packets", "title", "citation"),
    "policies": ("policy", "clause", "title", "fail", "pass", "not_applicable", "not_observable", "level"),
    "rules": ("rule", "severity", "failed", "passed", "not_applicable", "not_observable", "title", "citation"),
}
"""Columns of other tables that are kept longest; the others follow in their order."""

_LEAST = {"time": 30, "text": 12, "texts": 12, "data": 12, "greeting": 30, "answer": 30, "detail": 30, "sentence": 40, "rule": 30}
"""Kind or name of column -> cells below which its values say nothing."""


def table_columns(table: Table) -> list[GridColumn]:
    """Return the columns of a table that stands alone: headers are never shortened."""
    names = [column.name for column in table.columns]
    ranks = {name: rank for rank, name in enumerate(dict.fromkeys((*FIRST.get(table.name, ()), *names)))}
    return [
        GridColumn(
            column.name,
            ranks[column.name],
            max(_LEAST.get(column.name, _LEAST.get(column.kind, 1)), len(column.name)),
            64,
            "middle",
            right=column.kind in {"int", "float"},
        )
        for column in table.columns
    ]


def table_cell(column: Column, value: Any) -> str:
    """Make one cell of any table."""
    if value is None:
        return ""
    if column.kind == "time":
        return iso(value)
    if column.kind == "flag":
        return "yes" if value else "no"
    if column.kind in {"texts", "ints"}:
        return " ".join(map(str, value))
    return value if isinstance(value, str) else encode(value).decode()
