"""Figures that may only get better: how tlsscan stands against other tools' readings and against bad input.

usage: python .ci/floors.py [--raise] TLSSCAN COMPANION

Runs ``corpus/score.py`` and ``bad/run.py`` of the companion folder with the program TLSSCAN, reads the tables that they print, and
compares each figure with ``floors.json``: a share in percent must not fall below its floor, a count of errors must not rise above
its ceiling.  Exits 1 where one is worse; names those that have become better, and with ``--raise`` writes them down.

Here lives: reading the tables, the comparison.  Here does not live: what is measured (the companion does that).
"""

import argparse
import json
import math
import re
import subprocess
import sys
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.json")

SHARES = (
    (re.compile(r"^(\w[\w ]*?) +(\d+) of +(\d+) +[\d.]+ %$"), "{}"),
    (re.compile(r"^(variants) of one handshake in other carriage: (\d+) of (\d+) right$"), "{}"),
)
"""Lines that say "n of m": the name, n, m."""

KEPT = re.compile(r"^files (\d+)   keeping every promise (\d+) ")

ERRORS = (
    ("broken runs", re.compile(r"^captures \d+   broken runs (\d+) ")),
    ("false handshakes", re.compile(r"^captures without TLS: \d+   with a false handshake: (\d+)$")),
    ("rows where Wireshark has none", re.compile(r"^rows on endpoints that Wireshark has no TLS on: (\d+)$")),
)
"""Lines that count errors."""


def measured(text: str) -> dict[str, dict[str, float]]:
    """Return {"at_least": {name: percent, rounded down to 0.01}, "at_most": {name: count}} of what the two scripts printed."""
    floors: dict[str, float] = {}
    ceilings: dict[str, float] = {}
    for line in text.splitlines():
        for pattern, name in SHARES:
            if found := pattern.match(line):
                floors[name.format(found[1])] = share(int(found[2]), int(found[3]))
        if found := KEPT.match(line):
            floors["promises kept on bad input"] = share(int(found[2]), int(found[1]))
        for name, pattern in ERRORS:
            if found := pattern.match(line):
                ceilings[name] = int(found[1])
    return {"at_least": floors, "at_most": ceilings}


def share(part: int, whole: int) -> float:
    """Return a percentage, rounded down to 0.01 so that a floor is never above what was measured."""
    return math.floor(10_000 * part / whole) / 100 if whole else 100.0


def judge(figures: dict[str, dict[str, float]], limits: dict[str, dict[str, float]]) -> tuple[list[str], list[str]]:
    """Return the figures that are worse than their limits (or missing), and those that are better, each as a line."""
    worse, better = [], []
    for kind, sign in (("at_least", 1), ("at_most", -1)):
        for name, limit in limits[kind].items():
            figure = figures[kind].get(name)
            line = f"{name}: {figure}, {'floor' if sign > 0 else 'ceiling'} {limit}"
            if figure is None or sign * figure < sign * limit:
                worse.append(line)
            elif sign * figure > sign * limit:
                better.append(line)
        better += [f"{name}: {figures[kind][name]}, new" for name in figures[kind].keys() - limits[kind].keys()]
    return worse, better


def main() -> int:
    """Run both scripts and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("tlsscan")
    parser.add_argument("companion", type=Path)
    parser.add_argument("--raise", dest="write", action="store_true", help="write better figures down as the new floors")
    arguments = parser.parse_args()
    text = ""
    for script in ("corpus/score.py", "bad/run.py"):
        command = [sys.executable, str(arguments.companion / script), "--cmd", f"{arguments.tlsscan} --format ndjson"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout, flush=True)
        text += done.stdout
    figures = measured(text)
    limits = json.loads(FLOORS.read_text()) if FLOORS.exists() else {"at_least": {}, "at_most": {}}
    worse, better = judge(figures, limits)
    for line in worse:
        print("worse:", line)
    for line in better:
        print("better:", line)
    if better and not arguments.write:
        print("The floors can rise: run .ci/floors.py --raise and commit floors.json.")
    if arguments.write and not worse:
        FLOORS.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
