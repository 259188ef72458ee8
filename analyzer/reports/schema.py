"""Schema: the JSON report described in JSON Schema (draft 2020-12), made from the tables' own columns.

Here lives: column → schema, and the parts of the object around the tables.  Here does not live: how the object is written (``json``).
``python -m analyzer.reports.schema docs/tlsscan.schema.json`` writes it anew; a test holds the file to the tables.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.reports.summary import COUNTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.facts.table import Column, Table

__all__ = ["column_schema", "schema", "schema_text", "table_schema"]

Shape = dict[str, Any]

_TIME: Shape = {"type": ["string", "null"], "format": "date-time", "pattern": r"^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"}

KINDS: dict[str, Shape] = {
    "int": {"type": ["integer", "null"]},
    "float": {"type": ["number", "null"]},
    "text": {"type": ["string", "null"]},
    "flag": {"type": ["boolean", "null"]},
    "time": _TIME,
    "texts": {"type": ["array", "null"], "items": {"type": "string"}},
    "ints": {"type": ["array", "null"], "items": {"type": "integer"}},
    "data": {},
}
"""Kind of column -> shape of its value; data is any JSON value."""

_COUNT: Shape = {"type": "integer", "minimum": 0}
_COUNTS: Shape = {"type": "object", "additionalProperties": _COUNT}


def _object(doc: str, /, **properties: Shape) -> Shape:
    return {"type": "object", "description": doc, "properties": properties, "required": list(properties), "additionalProperties": False}


def _doc(shape: Shape, doc: str) -> Shape:
    return shape | {"description": doc}


_SOURCE = _object(
    "one capture and what became of it",
    name={"type": "string"},
    format=KINDS["text"],
    packets=_COUNT,
    bytes=_doc(_COUNT, "captured packet bytes"),
    first=_doc(_TIME, "time of the earliest packet"),
    last=_doc(_TIME, "time of the latest packet"),
    damage=_doc(KINDS["text"], "where the capture breaks off or lies; what stood before it was read"),
    dropped=_doc(KINDS["int"], "packets that the capturing program says it lost"),
    comments={"type": "array", "items": {"type": "string"}},
    interfaces={
        "type": "array",
        "items": _object(
            "where packets were captured",
            name=KINDS["text"],
            link=_doc({"type": "integer"}, "LINKTYPE_ number (tcpdump.org/linktypes.html)"),
            resolution=_doc({"type": "number"}, "seconds per tick of its clock"),
        ),
    },
)

_COUNTERS = _object(
    "what became of the packets",
    packets=_COUNT,
    bytes=_COUNT,
    cut_packets=_doc(_COUNT, "packets shorter in the capture than on the wire"),
    skipped=_doc(_COUNTS, "reason -> packets that were not followed"),
    notes=_doc(_COUNTS, "what was odd below TCP and UDP, or read and no TLS -> packets"),
    limits=_doc(_COUNTS, "limit that was hit -> how often"),
    flows=_doc(_COUNT, "live: connections and exchanges that were followed at the end"),
    held=_doc(_COUNT, "live: bytes that they took, about"),
    expired=_doc(_COUNT, "live: connections and exchanges that were given up because they were silent for too long"),
)

_SERVER = _object(
    "a server: a name at an address and port",
    name=KINDS["text"],
    address={"type": "string"},
    port={"type": "integer"},
    handshakes=_COUNT,
    versions={"type": "array", "items": {"type": "string"}},
    certificate_not_after=_doc(_TIME, "end of the validity of the certificate seen last"),
)

_EXPIRY = _object(
    "a certificate that was out of date, or soon to be, when it was seen",
    sha256={"type": "string"},
    subject=KINDS["text"],
    not_after=_TIME,
    seen=_TIME,
)

_SUMMARY = _object(
    "counts over all handshakes; absent values are not counted",
    handshakes=_COUNT,
    first=_doc(_TIME, "start of the earliest handshake"),
    last=_doc(_TIME, "start of the latest handshake"),
    **{name: _doc(_COUNTS, f"{column} -> handshakes") for name, column in COUNTED.items()},
    hello_retries=_COUNT,
    post_quantum=_doc(_COUNT, "handshakes whose key exchange withstands a quantum computer"),
    key_exchanges_known=_doc(_COUNT, "handshakes of which that can be said"),
    anomalies=_doc(_COUNTS, "kind -> how often"),
    preludes=_doc(_COUNTS, "protocol and result, as in the table preludes -> connections"),
    certificates=_doc(_COUNT, "distinct certificates"),
    certificates_expired=_doc(_COUNT, "of these expired when first seen"),
    certificates_expiring=_doc(_COUNT, "of these to expire within 30 days of being first seen"),
    expiries={"type": "array", "items": _EXPIRY},
    servers={"type": "array", "items": _SERVER},
    servers_beyond=_doc(_COUNT, "handshakes with servers beyond the cap of the list"),
)


def column_schema(column: Column) -> Shape:
    """Return the shape of one column's values."""
    return _doc(KINDS[column.kind], column.doc)


def table_schema(table: Table) -> Shape:
    """Return the shape of a table: an array of rows, each with all its columns.  A row alone is a line of NDJSON."""
    row = _object(f"a row of {table.name}", **{column.name: column_schema(column) for column in table.columns})
    return {"type": "array", "description": table.doc, "items": row}


def schema(tables: Mapping[str, Table]) -> Shape:
    """Return the schema of the whole JSON report."""
    report = _object(
        "what tlsscan saw in one or more captures",
        tlsscan={"type": "string", "description": "version of tlsscan"},
        registry={"type": "string", "description": "date of the names of numbers"},
        interrupted={"type": "boolean", "description": "whether reading was stopped before the end"},
        sources={"type": "array", "items": _SOURCE},
        counters=_COUNTERS,
        summary=_SUMMARY,
        **{name: table_schema(table) for name, table in tables.items()},
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "tlsscan report", **report}


def schema_text(tables: Mapping[str, Table]) -> str:
    """Return the schema as the file in the repository has it."""
    return json.dumps(schema(tables), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from analyzer.findings.tables import TABLES

    Path(sys.argv[1]).write_text(schema_text(TABLES), encoding="utf-8")
