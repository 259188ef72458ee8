"""Captures replayed and watched live, each beside reading it from a file: what differs, by columns.

    python tests/bench/replays.py FOLDER [--first 20] [--with dumpcap] [--rate 2000]

As root (it makes network namespaces).  Captures that cannot be replayed (``train.replayable``) are passed over, and those of more than
``--most`` packets.  Times, numbers and what only the end of a connection tells are left out (``tests/live/watcher.py``), but the report
written at the end must be the same in the rest.

Here lives: the walk over captures.  Here does not live: replaying (``tests/live``).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "live"))

import pytest
from train import frames, replayable, write
from watcher import LATER, PROGRAMS, assert_alike, at_rate, lines, read, watching
from wires import laid, no_right

from analyzer.errors import TlsscanError


def chosen(folder, most):
    """Give the captures that can be replayed, with their frames."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            if replayable(path) and 0 < len(made := frames(path)) <= most:
                yield path, made
        except TlsscanError:
            continue


def compare(wire, made, program, rate, folder):
    """Return what differs ("" where nothing does) and how many rows there are."""
    path, report = folder / f"wanted{time.monotonic_ns()}.pcap", folder / f"report{time.monotonic_ns()}.ndjson"
    made = at_rate(made, rate)
    write(path, made)
    wanted = read(path)
    with watching(wire, folder, "--format", "ndjson", "--capture-with", program, "-o", report) as watcher:
        sent = wire.replay(made, rate)
        time.sleep(0.6)
        code = watcher.end()
    said = [] if (code, sent.packets) == (130, len(made)) else [f"exit code {code}, sent {sent}: {watcher.said}"]
    for rows, more in ((watcher.rows, LATER), (lines(report), ())):
        try:
            assert_alike(rows, wanted, *more)
        except pytest.fail.Exception as differs:
            said.append(f"{'as it happened' if more else 'at the end'}: {differs.msg}")
    return "\n".join(said), len(wanted)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=20, help="so many captures with handshakes in them")
    parser.add_argument("--skip", type=int, default=0, help="… after so many")
    parser.add_argument("--with", dest="program", choices=PROGRAMS, default="dumpcap")
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--most", type=int, default=5000)
    asked = parser.parse_args(argv)
    if reason := no_right():
        parser.exit(1, f"{reason}\n")
    done = bad = 0
    with laid() as wire, tempfile.TemporaryDirectory() as folder:
        for path, made in chosen(asked.folder, asked.most):
            with tempfile.TemporaryDirectory(dir=folder) as own:
                name = Path(own) / "try.pcap"
                write(name, made)
                if not read(name):
                    continue
                done += 1
                if done <= asked.skip:
                    continue
                differs, rows = compare(wire, made, asked.program, asked.rate, Path(own))
            bad += bool(differs)
            sys.stdout.write(f"{'DIFFERS' if differs else 'same   '} {len(made):6,} packets {rows:5,} handshakes  {path.name}\n")
            sys.stdout.write(f"{differs}\n" if differs else "")
            sys.stdout.flush()
            if done - asked.skip >= asked.first:
                break
    sys.stdout.write(f"{done - asked.skip} captures, {bad} differ\n")


if __name__ == "__main__":
    main()
