"""tlsscan's EVE events beside what Suricata's tests expect: as many events with these values, and is each difference explained?

    python tools/compare/eve.py FOLDER [--only TEXT] [--explained FILE]

FOLDER has ``baselines.ndjson`` (kind suricata-eve-checks) and ``captures/``.  A check says how many events have all of some values; what it
says of the packet that Suricata was at (``pcap_cnt``) is left out, for tlsscan names the handshake's first.  Prints how many checks
hold, for each field too, and every one that does not and that ``eve.toml`` has no reason for; then the exit code is 1.

Here lives: the comparison.  Here does not live: who is right (``eve.toml``), claims about tables (``baselines``).
"""
# ruff: noqa: INP001, T201 - a script for people

from __future__ import annotations

import argparse
import collections
import fnmatch
import io
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from analyzer.findings.tables import TABLES
from analyzer.reports import FORMATS
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import stream

__all__ = ["at", "events", "holds", "main"]

EXPLAINED = Path(__file__).with_name("eve.toml")
LEFT_OUT = {"pcap_cnt"}
Event = dict[str, Any]


def events(capture: Path) -> list[Event]:
    """Return the events of a capture as tlsscan writes them."""
    out, walk = io.BytesIO(), stream(capture)
    report = FORMATS["eve"].open(out, Options(tables=TABLES))
    tell(walk.everything(), Told(TABLES, walk.sources), [report])
    report.end(End(sources=walk.sources, counters=walk.counters))
    return [json.loads(line) for line in out.getvalue().splitlines()]


def at(event: Any, path: str) -> Any:
    """Return what stands in an event at a path like tls.client_alpns[0], None for nothing."""
    for part in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        try:
            event = event[int(part[1:-1])] if part.startswith("[") else event[part]
        except (KeyError, IndexError, TypeError):
            return None
    return event


def holds(event: Event, field: str, value: Any) -> bool:
    """Whether an event has a value, or has or has not a field."""
    if field in {"has-key", "not-has-key"}:
        return (at(event, value) is not None) == (field == "has-key")
    return bool(at(event, field) == value)


def main(argv: list[str]) -> int:
    """Compare, print, and return 1 where something is not explained."""
    parser = argparse.ArgumentParser(description="tlsscan's EVE events beside Suricata's.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="TEXT", help="captures whose name has this")
    parser.add_argument("--explained", type=Path, default=EXPLAINED)
    options = parser.parse_args(argv)
    reasons = tomllib.loads(options.explained.read_text())["explained"]
    asked: collections.Counter[str] = collections.Counter()
    same: collections.Counter[str] = collections.Counter()
    told: collections.Counter[str] = collections.Counter()
    unexplained = []
    for line in (options.folder / "baselines.ndjson").read_text().splitlines():
        said = json.loads(line)
        wanted = [(fact["count"], fact.get("match") or {}) for fact in said["facts"]] if said["kind"] == "suricata-eve-checks" else []
        wanted = [(count, match) for count, match in wanted if match.get("event_type") in {"tls", "quic"}]
        if not wanted or options.only not in said["file"]:
            continue
        own = events(options.folder / "captures" / said["file"])
        for count, check in wanted:
            match = {field: value for field, value in check.items() if field not in LEFT_OUT}
            found = sum(all(holds(event, field, value) for field, value in match.items()) for event in own)
            for field, value in match.items():
                asked[field] += 1
                same[field] += sum(holds(event, field, value) for event in own) >= count
            asked["the whole check"] += 1
            same["the whole check"] += found == count
            if found == count:
                continue
            about = {"capture": said["file"], "test": said["test"], "match": json.dumps(match, sort_keys=True)}
            fit = (row for row in reasons if all(fnmatch.fnmatchcase(about[name], row[name]) for name in about if name in row))
            if (row := next(fit, None)) is not None:
                told[row["reason"]] += 1
            else:
                unexplained.append(f"{said['file']}\t{said['test']}\twants {count}\tfound {found}\t{about['match']}")
    for field in sorted(asked):
        print(f"{field:32} {same[field]:4} of {asked[field]:4}")
    print(f"explained {told.total()}, not explained {len(unexplained)}")
    for reason, number in told.most_common():
        print(f"explained\t{number}\t{reason}")
    for one in unexplained:
        print(f"differs\t{one}"[:500])
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
