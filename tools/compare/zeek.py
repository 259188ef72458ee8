"""tlsscan's ssl.log and x509.log beside Zeek's own: the same lines, the same text in each column, and is each difference explained?

    python tools/compare/zeek.py FOLDER [--only TEXT] [--explained FILE]

FOLDER has ``baselines.ndjson`` (kinds zeek-ssl and zeek-x509: what Zeek's tests expect of a capture) and ``captures/``.  Lines are
matched by both ends, certificates by fingerprint and part.  Prints for each column how often the text is the same, and every
difference that ``zeek.toml`` has no reason for; then the exit code is 1.

Here lives: the comparison.  Here does not live: who is right (``zeek.toml``), claims about tables (``baselines``).
"""
# ruff: noqa: INP001, T201 - a script for people

from __future__ import annotations

import argparse
import collections
import fnmatch
import io
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.findings.tables import TABLES
from analyzer.reports import FORMATS
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Difference", "differences", "explain", "main", "parsed", "written"]

EXPLAINED = Path(__file__).with_name("zeek.toml")
LOGS = {"ssl": "handshakes", "x509": "certificates"}
"""Log -> the table that a report is asked for."""
OWN = {"ts", "uid"}
"""Columns that a baseline has not, for they change with each run."""
Line = dict[str, str]


@dataclass(frozen=True)
class Difference:
    """One column of one line ("row" for a line that the other has not): what Zeek writes and what tlsscan writes."""

    log: str
    column: str
    capture: str
    value: str
    shown: str


def written(capture: Path, table: str) -> str:
    """Return a log of a capture as tlsscan writes it."""
    out, walk = io.BytesIO(), stream(capture)
    report = FORMATS["zeek"].open(out, Options(tables=TABLES, table=table))
    tell(walk.everything(), Told(TABLES, walk.sources), [report])
    report.end(End(sources=walk.sources, counters=walk.counters))
    return out.getvalue().decode()


def parsed(log: str) -> list[Line]:
    """Return the lines of a log, as its own header says: field -> text."""
    names: list[str] = []
    lines = []
    for line in log.splitlines():
        word, *rest = line.split("\t")
        if word == "#fields":
            names = rest
        elif not word.startswith("#"):
            lines.append(dict(zip(names, [word, *rest], strict=True)))
    return lines


def key(log: str, line: Line) -> Any:
    """Return by what a line is matched: its two ends in no order, or the certificate and the part that it played."""
    if log == "x509":
        return line["fingerprint"], line["host_cert"], line["client_cert"]
    return frozenset((line[f"id.{end}_h"], line[f"id.{end}_p"]) for end in ("orig", "resp"))


def differences(log: str, capture: str, theirs: list[Line], ours: list[Line]) -> Iterator[tuple[str, Difference | None]]:
    """Compare the lines of one capture: each column and its difference, None where the text is the same."""
    waiting: dict[Any, list[Line]] = collections.defaultdict(list)
    for line in ours:
        waiting[key(log, line)].append(line)
    for line in theirs:
        same = waiting[key(log, line)]
        if not same:
            yield "row", Difference(log, "row", capture, str(sorted(line.items()))[:200], "nothing")
            continue
        own = same.pop(0)
        yield "row", None
        for column in own.keys() - OWN:
            value, shown = line.get(column, "-"), own[column]
            yield column, None if value == shown else Difference(log, column, capture, value, shown)
    for left in waiting.values():
        for line in left:
            yield "row", Difference(log, "row", capture, "nothing", " ".join(line.values())[:200])


def explain(difference: Difference, reasons: list[Line]) -> str | None:
    """Return the reason of a difference: the first row of ``zeek.toml`` whose patterns fit."""
    said = vars(difference)
    return next((row["reason"] for row in reasons if all(fnmatch.fnmatchcase(said[name], row[name]) for name in said if name in row)), None)


def baselines(folder: Path, only: str) -> dict[tuple[str, str], list[Line]]:
    """Return (capture, log) -> the lines that Zeek's tests expect; what several tests of a capture say alike counts once."""
    wanted: dict[tuple[str, str], list[Line]] = {}
    for text in (folder / "baselines.ndjson").read_text().splitlines():
        said = json.loads(text)
        log = said["kind"].removeprefix("zeek-")
        if log not in LOGS or only not in said["file"]:
            continue
        known = wanted.setdefault((said["file"], log), [])
        already = collections.Counter(key(log, line) for line in known)
        for line in said["facts"]:
            one = key(log, line)
            if already[one]:
                already[one] -= log == "ssl"  # a certificate has one line however often a test without that rule shows it
            else:
                known.append(line)
                already[one] += log == "x509"
    return wanted


def main(argv: list[str]) -> int:
    """Compare, print, and return 1 where something is not explained."""
    parser = argparse.ArgumentParser(description="tlsscan's Zeek logs beside Zeek's.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="TEXT", help="captures whose name has this")
    parser.add_argument("--explained", type=Path, default=EXPLAINED)
    options = parser.parse_args(argv)
    reasons = tomllib.loads(options.explained.read_text())["explained"]
    same: collections.Counter[tuple[str, str]] = collections.Counter()
    asked: collections.Counter[tuple[str, str]] = collections.Counter()
    told: collections.Counter[str] = collections.Counter()
    unexplained = []
    for (capture, log), theirs in sorted(baselines(options.folder, options.only).items()):
        ours = parsed(written(options.folder / "captures" / capture, LOGS[log]))
        for column, difference in differences(log, capture, theirs, ours):
            asked[log, column] += 1
            same[log, column] += difference is None
            if difference and (reason := explain(difference, reasons)):
                told[reason] += 1
            elif difference:
                unexplained.append(difference)
    for log, column in sorted(asked):
        print(f"{log}.log\t{column:28} {same[log, column]:4} of {asked[log, column]:4}")
    print(f"the same {same.total()} of {asked.total()}, explained {told.total()}, not explained {len(unexplained)}")
    for reason, count in told.most_common():
        print(f"explained\t{count}\t{reason}")
    for one in unexplained:
        print(f"differs\t{one.log}\t{one.column}\t{one.capture}\tZeek {one.value}\ttlsscan {one.shown}"[:500])
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
