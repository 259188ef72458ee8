"""tlsscan watching a wire, as a process that a test starts, waits for, and ends.

Here lives: running it, and what it said as rows.  Here does not live: wires (``wires``), what must hold (the tests).
"""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from wires import listeners, until

from analyzer.cli import main

__all__ = ["LATER", "PROGRAMS", "SAMPLES", "TLSSCAN", "TWO", "Watcher", "apart", "assert_alike", "at_rate", "left_behind", "lines",
           "needs_catcher", "read", "steady", "watching"]  # fmt: skip

SAMPLES = Path(__file__).parents[2] / "samples"
TLSSCAN = [sys.executable, "-m", "analyzer"]
PROGRAMS = ("dumpcap", "tcpdump", "scapy")
TWO = ("dumpcap", "scapy")
"""One that captures in a process of its own, and the one that does not: how a run ends differs there."""
APART = {"handshake", "source", "start", "duration_ms", "connect_ms"}
"""Columns that a replay changes: numbers, times, where it was captured."""
SECONDS = re.compile(r"[\d.,]+ m?s\b|less than a millisecond")
LATER = {"closed", "closed_by"}
"""Columns that a row which is told early cannot know."""
RECEIVED = re.compile(r"^(?:\S+ )?(\S+): ([\d,]+) packets? received, (.*)$", re.MULTILINE)
BEGINS = 0.1
"""Seconds that a socket must have been there: programs open one to try, too, and attach their filter after they began."""


def needs_catcher(program):
    """Skip where a program that captures is missing."""
    if program == "scapy":
        pytest.importorskip("scapy")
    elif not shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
        pytest.skip(f"{program} is not installed")


@functools.cache
def read(*captures):
    """Return the rows of reading capture files (which do not change any more) as one body of traffic."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "rows.ndjson"
        assert main(["-o", str(report), *map(str, captures)]) == 0, captures  # in this process: it is quick where it runs often
        return lines(report)


def _kept(name, cell):
    return SECONDS.sub("some s", cell) if name == "why" and cell else cell


def apart(rows, *more):
    """Return rows as text, in an order of their own, without what a replay changes and without the columns ``more``."""
    left = {*APART, *more}
    kept = ({name: _kept(name, cell) for name, cell in row.items() if name not in left and "packet" not in name} for row in rows)
    return sorted(json.dumps(row, sort_keys=True) for row in kept)


def assert_alike(found, wanted, *more):
    """Fail with the columns that differ where rows are not alike (``apart``)."""
    one, other = apart(found, *more), apart(wanted, *more)
    if one != other:
        only = [[json.loads(text) for text in [*(Counter(a) - Counter(b)).elements()]] for a, b in ((one, other), (other, one))]
        said = [f"{len(one)} rows, {len(other)} wanted"]
        for row in only[0]:
            twin = next((have for have in only[1] if have["client_random"] == row["client_random"]), None)
            differ = {name: (cell, (twin or {}).get(name)) for name, cell in row.items() if twin is None or twin[name] != cell}
            said.append(f"{row['client']}:{row['client_port']} {row['outcome']}: (found, wanted) {differ}")
        said += [f"wanted {row['client']}:{row['client_port']} {row['outcome']}" for row in only[1]]
        pytest.fail("\n".join(said))


def lines(path):
    """Return the rows of an NDJSON file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def at_rate(made, rate, begin=1_800_000_000 * 10**9):
    """Return frames with the times that they have when they are sent at a rate (frames a second)."""
    return [(begin + round(number * 10**9 / rate), data) for number, (_, data) in enumerate(made)]


def _figure(text):
    return int(re.search(r"[\d,]+", text)[0].replace(",", ""))


class Watcher:
    """A tlsscan that watches; ``rows`` and ``said`` are what it wrote until now."""

    def __init__(self, wire, folder, command, environment=None):
        self.wire, self.folder = wire, folder
        self._out, self._err = (folder / f"watcher{next(NUMBER)}.{suffix}" for suffix in ("out", "err"))
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder,
                                            env={**os.environ, **(environment or {})})  # fmt: skip
        self.code = None

    @property
    def out(self):
        """What it wrote to standard output until now, whole lines."""
        return self._out.read_text(encoding="utf-8").rpartition("\n")[0]

    @property
    def said(self):
        """What it wrote to standard error until now."""
        return self._err.read_text(encoding="utf-8", errors="replace")

    @property
    def rows(self):
        """Rows of ndjson, the last telling of each handshake."""
        told = {}
        for line in self.out.splitlines():
            row = json.loads(line)
            told[row["handshake"]] = row
        return [*told.values()]

    @property
    def records(self):
        """Rows of csv."""
        return [*csv.DictReader(io.StringIO(self.out))]

    def ready(self, *interfaces):
        """Wait until it captures on these interfaces (by default near0; "any" is all)."""
        wanted = [0 if name == "any" else self.wire.index(name) for name in interfaces or ("near0",)]
        steady(self.process, wanted, lambda: self.said)
        return self

    def settle(self, count, patience=10.0):
        """Wait until so many rows are told; fails with what it said where they do not come."""
        until(lambda: self.process.poll() is not None or len(self.rows) >= count, patience)
        assert len(self.rows) >= count, f"{len(self.rows)} of {count} rows; {self.said}"
        return self.rows

    def end(self, number=signal.SIGINT):
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, timeout=20.0):
        """Return the exit code, once it ended."""
        self.code = self.process.wait(timeout)
        return self.code

    def tallies(self):
        """Return {interface: (received, dropped by the kernel, dropped by the interface, unread)} of its last words; None: not known."""
        found = {}
        for name, received, rest in RECEIVED.findall(self.said):
            figures = (None if "not known" in part else _figure(part) for part in re.split(r", (?!\d{3}\b)", rest))
            found[name] = (_figure(received), *figures)
        return found


NUMBER = itertools.count()


def steady(process, wanted, said):
    """Wait until a process (or its children) captures on interfaces with these numbers."""
    seen = {}

    def there():
        now = {one for one in listeners(process.pid) if one[0] in wanted}
        for gone in {*seen} - now:
            del seen[gone]
        for one in now:
            seen[one] = seen.get(one, 0) + 1
        return process.poll() is not None or {number for (number, _), times in seen.items() if times > BEGINS / 0.02} >= {*wanted}

    assert until(there, 15, 0.02), f"it does not capture: {said()}"
    assert process.poll() is None, f"it ended ({process.returncode}): {said()}"


@contextlib.contextmanager
def watching(wire, folder, *options, interfaces=("near0",), before=(), environment=None, ready=True, known=()):
    """Watch interfaces of the near end with tlsscan; gives the Watcher, and sees to it that no process is left there.

    ``before``: the words of a command that runs it (setpriv …); ``ready=False``: do not wait until it captures;
    ``known``: ids of processes at the near end that are not tlsscan's.
    """
    named = [word for name in interfaces for word in ("-i", name)]
    watcher = Watcher(wire, folder, wire.near(*before, *TLSSCAN, *named, *options), environment)
    try:
        if ready:
            watcher.ready(*interfaces)
        yield watcher
    finally:
        if watcher.process.poll() is None:
            watcher.process.send_signal(signal.SIGTERM)
            try:
                watcher.process.wait(10)
            except subprocess.TimeoutExpired:
                watcher.process.kill()
                watcher.process.wait()
        gone = until(lambda: not left_behind(wire, known), 5)
        assert gone, f"processes are left behind: {left_behind(wire, known)}"


def left_behind(wire, known=()):
    """Return the command lines of the processes that are still in the near namespace, but for those known."""
    said = subprocess.run(["ip", "netns", "pids", wire.near_space], capture_output=True, text=True, check=False)
    lines = []
    for pid in map(int, said.stdout.split()):
        if pid in known:
            continue
        with contextlib.suppress(OSError):
            lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return lines
