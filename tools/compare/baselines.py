"""tlsscan beside other tools: does it say what they expect of the same captures, and is each difference explained?

    python tools/compare/baselines.py FOLDER [--only TEXT] [--explained FILE]

FOLDER has ``baselines.ndjson`` (one JSON object a line: file, source, kind, facts) and ``captures/``.  Prints how many of each tool's
values agree, for each field, and every disagreement that ``explained.toml`` has no reason for; then the exit code is 1.

Here lives: the comparison.  Here does not live: what other tools' words mean (``claims``), who is right (``explained.toml``).
"""
# ruff: noqa: INP001, T201 - a script for people

from __future__ import annotations

import argparse
import collections
import fnmatch
import json
import sys
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from claims import Claim, claims, ends, hexadecimal, name, unmarked

import analyzer

__all__ = ["Difference", "Reading", "explain", "main"]

EXPLAINED = Path(__file__).with_name("explained.toml")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    """A claim that no row bears out; ``shown`` is what those rows show (empty: there is no such row)."""

    claim: Claim
    shown: tuple[str, ...]

    @property
    def field(self) -> str:
        """What it is about, as ``explained.toml`` names it: a column, or "row" where there is none."""
        return self.claim.column or "row"


class Reading:
    """What tlsscan reads in one capture, as the claims want it: cells made comparable, a few columns worked out of others."""

    def __init__(self, path: Path) -> None:
        self._scan = analyzer.scan(path)

    @cached_property
    def tables(self) -> dict[str, Rows]:
        """Table -> rows, cells as JSON has them."""
        certificates = self._plain("certificates")
        sha1 = {one["sha256"]: one["sha1"] for one in certificates}
        return {
            "handshakes": [self._handshake(row, sha1) | {"ends": _ends(row)} for row in self._plain("handshakes")],
            "certificates": [self._certificate(row) for row in certificates],
            "preludes": [row | {"ends": _ends(row)} for row in self._plain("preludes")],
        }

    def _plain(self, table: str) -> Rows:
        frame = getattr(self._scan, table)
        return [{key: _cell(value) for key, value in row.items()} for row in frame.to_dict("records")]

    @staticmethod
    def _handshake(row: dict[str, Any], sha1: dict[str, str]) -> dict[str, Any]:
        leaf = (row["certificates"] or [None])[0]
        return row | {
            "resumed": row["resumption"] is not None,
            "established": row["outcome"] == "complete",
            "first_alpn_offered": (row["alpn_offered"] or [None])[0],
            "leaf_sha1": sha1.get(leaf),
            "ja4_unmarked": unmarked(row["ja4"]) if row["ja4"] else None,
            **{column: name(row[column]) if row[column] else None for column in ("leaf_subject", "leaf_issuer")},
        }

    @staticmethod
    def _certificate(row: dict[str, Any]) -> dict[str, Any]:
        times = {column: str(row[column])[:19] for column in ("not_before", "not_after")}
        return row | times | {"serial": hexadecimal(row["serial"]), "subject": name(row["subject"]), "issuer": name(row["issuer"])}

    def _about(self, claim: Claim) -> Rows:
        rows = [row for row in self.tables[claim.table] if all(row.get(key) == value for key, value in claim.where)]
        return [row for row in rows if claim.ends in (None, row.get("ends"))]

    def judge(self, claim: Claim) -> Difference | None:
        """Return how a claim differs from what is read, None where it agrees or where an absent row was told already."""
        rows = self._about(claim)
        if claim.column is None:
            return None if rows else Difference(claim, ())
        if claim.column.startswith("client_hellos_"):
            count = sum(row["client_hello_bytes"] is not None for row in rows)
            return None if count == claim.value else Difference(claim, (str(count),))
        shown = [row.get(claim.column) for row in rows]
        if not rows or claim.value in shown or (claim.value is False and None in shown):
            return None
        return Difference(claim, tuple(dict.fromkeys(map(str, shown))))


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return value or None
    return None if value != value or str(value) in {"<NA>", "NaT"} else value  # noqa: PLR0124 - only NaN differs from itself


def _ends(row: dict[str, Any]) -> Any:
    return ends((row["client"], row["client_port"]), (row["server"], row["server_port"]))


def explain(difference: Difference, reasons: Rows) -> str | None:
    """Return the reason of a difference: the first row of ``explained.toml`` whose patterns fit."""
    claim = difference.claim
    said = {"tool": claim.tool, "field": difference.field, "capture": claim.capture, "value": str(claim.value),
            "shown": " | ".join(difference.shown)}  # fmt: skip
    for row in reasons:
        if all(fnmatch.fnmatchcase(said[key], row[key]) for key in said if key in row):
            return str(row["reason"])
    return None


def main(argv: list[str]) -> int:
    """Compare, print, and return 1 where something is not explained."""
    parser = argparse.ArgumentParser(description="tlsscan beside other tools.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="TEXT", help="captures whose name has this")
    parser.add_argument("--explained", type=Path, default=EXPLAINED)
    options = parser.parse_args(argv)
    reasons: Rows = tomllib.loads(options.explained.read_text())["explained"]
    wanted: dict[str, list[Claim]] = collections.defaultdict(list)
    for line in (options.folder / "baselines.ndjson").read_text().splitlines():
        for claim in dict.fromkeys(map(_frozen, claims(json.loads(line)))):
            if options.only in claim.capture:
                wanted[claim.capture].append(claim)
    agreed: collections.Counter[tuple[str, str]] = collections.Counter()
    asked: collections.Counter[tuple[str, str]] = collections.Counter()
    told: collections.Counter[str] = collections.Counter()
    open_: list[Difference] = []
    for capture, many in sorted(wanted.items()):
        reading = Reading(options.folder / "captures" / capture)
        for claim in many:
            difference = reading.judge(_thawed(claim))
            key = (claim.tool, claim.column or "row")
            asked[key] += 1
            agreed[key] += difference is None
            if difference and (reason := explain(difference, reasons)):
                told[reason] += 1
            elif difference:
                open_.append(difference)
    _print(agreed, asked, told, open_)
    return int(bool(open_))


def _frozen(claim: Claim) -> Claim:
    """Make a claim hashable, so that what several tests of a tool say alike counts once."""
    return Claim(**{**vars(claim), "value": tuple(claim.value) if isinstance(claim.value, list) else claim.value})


def _thawed(claim: Claim) -> Claim:
    return Claim(**{**vars(claim), "value": list(claim.value) if isinstance(claim.value, tuple) else claim.value})


def _print(agreed: collections.Counter[tuple[str, str]], asked: collections.Counter[tuple[str, str]],
           told: collections.Counter[str], open_: list[Difference]) -> None:  # fmt: skip
    for key in sorted(asked):
        print(f"{key[0]:12} {key[1]:24} {agreed[key]:6} of {asked[key]:6}")
    print(f"agree {agreed.total()} of {asked.total()}, explained {told.total()}, not explained {len(open_)}")
    for reason, count in told.most_common():
        print(f"explained\t{count}\t{reason}")
    for one in open_:
        between = "-".join(f"{address}:{port}" for address, port in sorted(one.claim.ends or ()))
        shown = " | ".join(one.shown) or "nothing"
        print(f"differs\t{one.claim.tool}\t{one.field}\t{one.claim.capture}\t{between}\twants {one.claim.value}\tshown {shown}"[:400])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
