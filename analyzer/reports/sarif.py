"""SARIF 2.1.0 (OASIS, errata 01): findings as the format that code scanning, IDEs and dashboards read.

Here lives: findings → results, rules → reporting descriptors, captures → artifacts.  Here does not live: finding (``findings``).
What is known last stands first (rules, captures, what went wrong), so the results wait in a file, in memory while small.

A message of SARIF has a syntax of its own: braces are doubled (section 3.11.5), and what would be a link in square brackets (3.11.6) is
broken by a blank, for a server's name must not become one.  What cannot be seen in it is shown as on a terminal.  Detail and server name
stand beside it as they are, in the result's properties.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from analyzer.escapes import terminal
from analyzer.findings.rule import STATES
from analyzer.reports.ndjson import encode
from analyzer.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.reports.report import End, Options, Told
    from analyzer.scanning import Source

__all__ = ["LEVELS", "Report", "artifact_uri", "message"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Shape = dict[str, Any]


LEVELS: dict[str, tuple[str, str | None]] = {
    "critical": ("error", "9.5"),
    "high": ("error", "8.0"),
    "medium": ("warning", "5.5"),
    "low": ("note", "2.0"),
    "info": ("note", None),
}
"""Severity -> SARIF's level and GitHub's security-severity: over 9 is critical, from 7 high, from 4 medium, above 0 low; what is no fault
has none."""

_BASE = "WORKDIR"
_LINK = re.compile(r"\](?=\()")
_WORD = re.compile(r"[^A-Za-z0-9]+")
_SPOOL_BYTES = 4 << 20
"""Results larger than this wait on disk."""
NAMES = 100_000
"""Distinct server names kept to say whose a handshake is: at most about 30 MB.  Results on others name their handshake alone."""


def message(text: str) -> Shape:
    """Return a message object whose reader sees ``text``, which may come from the wire."""
    return {"text": _LINK.sub("] ", terminal(text, len(text))).replace("{", "{{").replace("}", "}}")}


def artifact_uri(name: str) -> Shape:
    """Return the artifactLocation of a capture: a relative reference (RFC 3986 section 4.2) to the folder tlsscan ran in, or a file URI."""
    path = name.replace(os.sep, "/")
    escaped = quote(path, errors="surrogatepass")
    if not Path(name).is_absolute():
        return {"uri": escaped, "uriBaseId": _BASE}
    return {"uri": "file://" + ("" if path.startswith("/") else "/") + escaped}


class _Rules:
    """Rules in the order in which results refer to them."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._descriptors: list[Shape] = []

    def place(self, row: Shape) -> int:
        """Return the index of a rule, told by a row of the table findings or rules; the latter knows more."""
        name = row["rule"]
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = len(self._descriptors)
            self._descriptors.append({})
        if "subject" in row or not self._descriptors[place]:
            self._descriptors[place] = _descriptor(name, row)
        return place

    def all(self) -> list[Shape]:
        """Return the descriptors."""
        return self._descriptors


def _descriptor(name: str, row: Shape) -> Shape:
    level, score = LEVELS[row["severity"]]
    advice, citation = row["advice"], row["citation"]
    counts = {state: row[state] for state in STATES if row.get(state) is not None}
    subject = row.get("subject")
    properties: Shape = {"tags": ["security", "tls", *([subject] if subject else [])], "severity": row["severity"], **counts}
    if score is not None:
        properties["security-severity"] = score
    return {
        "id": name,
        "name": "".join(word[:1].upper() + word[1:] for word in _WORD.split(name)),
        "shortDescription": message(row["title"]),
        "fullDescription": message(f"{row['title']}. Asked of: {row['scope']}." if row.get("scope") else row["title"]),
        "help": message(" ".join(filter(None, (advice, citation and f"Source: {citation}.")))),
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }


class _Names:
    """Server name of each handshake, in small memory: numbers into a list of distinct ones."""

    def __init__(self) -> None:
        self._of = array("i")
        self._places: dict[str, int] = {}
        self._names: list[str] = []

    def add(self, number: int, name: str | None) -> None:
        """Note the name of a handshake."""
        if name is None or not 0 <= number <= len(self._of) + NAMES or (name not in self._places and len(self._names) >= NAMES):
            return
        self._of.extend([-1] * (number + 1 - len(self._of)))
        place = self._places.setdefault(name, len(self._names))
        if place == len(self._names):
            self._names.append(name)
        self._of[number] = place

    def get(self, number: int | None) -> str | None:
        """Return the name, None where there is none or it was not kept."""
        place = self._of[number] if number is not None and 0 <= number < len(self._of) else -1
        return None if place < 0 else self._names[place]


class Report:
    """One log with one run; nothing is written before the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin a waiting file for the results."""
        self._out = out
        self._options = options
        told = [options.tables[name] for name in ("handshakes", "findings", "rules") if name in options.tables]
        self._columns = {table.name: [column.name for column in table.columns] for table in told}
        self._number, self._name = (self._columns["handshakes"].index(name) for name in ("handshake", "server_name"))
        self._rules, self._names = _Rules(), _Names()
        self._artifacts: dict[str, int] = {}
        self._waiting = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed in end, or with the report

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        if told.handshake is not None:
            for row in told.rows("handshakes"):
                self._names.add(row[self._number], row[self._name])
        for finding in self._rows("findings", told):
            line = encode(self._result(finding))
            self._waiting.write((b",\n" if self._waiting.tell() else b"\n") + line)
        for rule in self._rows("rules", told):
            self._rules.place(rule)

    def _rows(self, table: str, told: Told) -> Iterable[Shape]:
        for row in told.rows(table) if table in self._columns else ():
            yield dict(zip(self._columns[table], row, strict=True))

    def flush(self) -> None:
        """Do nothing: no part of the log is whole before the end."""

    def end(self, end: End) -> None:
        """Write the log."""
        version = self._options.version
        driver = {"name": "tlsscan", **({"version": version} if version else {}), "rules": self._rules.all()}
        sources = {source.name: source for source in end.sources}
        for name in sources:
            self._artifact(name)
        run: Shape = {
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": not end.interrupted, "toolExecutionNotifications": list(self._notes(end))}],
            "originalUriBaseIds": {_BASE: {"description": {"text": "The folder in which tlsscan ran."}}},
            "artifacts": [self._described(name, sources.get(name)) for name in self._artifacts],
            "properties": {"registry": self._options.registry},
        }
        head = encode({"$schema": SCHEMA, "version": "2.1.0"})[:-1]
        self._out.write(head + b',\n"runs": [{\n' + b",\n".join(encode(name) + b": " + encode(value) for name, value in run.items()))
        self._out.write(b',\n"results": [')
        self._waiting.seek(0)
        shutil.copyfileobj(self._waiting, self._out, 1 << 20)
        self._waiting.close()
        self._out.write(b"\n]}]}\n")
        self._out.flush()

    def _artifact(self, name: str) -> int:
        return self._artifacts.setdefault(name, len(self._artifacts))

    def _described(self, name: str, source: Source | None) -> Shape:
        """Return a capture as an artifact; its length only where it is a file that is still there."""
        roles = ["standardStream", "analysisTarget"] if name == "-" else ["analysisTarget"]
        shape: Shape = {"location": artifact_uri(name) | {"index": self._artifacts[name]}, "roles": roles}
        if source is not None:
            shape["properties"] = {"format": source.format, "packets": source.packets}
        try:
            if Path(name).is_file():
                shape["length"] = Path(name).stat().st_size
        except (OSError, ValueError):  # it is gone, or its name was none of a file
            pass
        return shape

    def _notes(self, end: End) -> Iterable[Shape]:
        """Tell what went wrong while reading."""
        for source in end.sources:
            if source.damage:
                place = {"physicalLocation": {"artifactLocation": self._place(source.name)}}
                yield {"level": "warning", "message": message(source.damage), "locations": [place]}
        for name, count in end.counters.limits.items():
            yield {"level": "warning", "message": message(f"limit {name} was hit ({count} times)")}
        if end.interrupted:
            yield {"level": "error", "message": message("interrupted: what was read until then is told")}

    def _place(self, name: str) -> Shape:
        return artifact_uri(name) | {"index": self._artifact(name)}

    def _result(self, row: Shape) -> Shape:
        level, _ = LEVELS[row["severity"]]
        names = ("finding", "severity", "detail", "handshakes", "packets", "packet_sources", "display_filter", "certificate")
        properties = {name: row[name] for name in names if row[name] is not None}
        if (server := self._names.get(row["handshake"])) is not None:
            properties["server_name"] = server
        if row["time"] is not None:
            properties["time"] = iso(row["time"])
        return {
            "ruleId": row["rule"],
            "ruleIndex": self._rules.place(row),
            "level": level,
            "message": message(row["detail"] or row["title"]),
            "locations": list(self._locations(row)),
            "occurrenceCount": max(row["count"] or 1, 1),
            "partialFingerprints": {"tlsscanFinding/v1": _fingerprint(row)},
            "properties": properties,
        }

    def _locations(self, row: Shape) -> Iterable[Shape]:
        """Walk the captures that hold a finding's packets; the first says which handshake, server and certificate it is about."""
        logical = [
            {"name": terminal(name), "kind": kind}
            for name, kind in (
                (None if row["handshake"] is None else f"handshake {row['handshake']}", "handshake"),
                (self._names.get(row["handshake"]), "server name"),
                (row["certificate"], "certificate"),
            )
            if name is not None
        ]
        captures = list(dict.fromkeys(one for one in (row["source"], *(row["packet_sources"] or ())) if one is not None))
        places: list[Shape] = [{"physicalLocation": {"artifactLocation": self._place(capture)}} for capture in captures]
        if logical:
            places = places or [{}]
            places[0]["logicalLocations"] = logical
        yield from places


def _fingerprint(row: Shape) -> str:
    """Return what two scans of one capture give the same: of rule, packets, certificate, and the file's name without its folders."""
    sources = [Path(one or "").name for one in (row["source"], *(row["packet_sources"] or ()))]
    return hashlib.sha256(encode([row["rule"], sources, row["packets"], row["certificate"]])).hexdigest()
