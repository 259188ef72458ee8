"""Live capture measured: packets lost, handshakes reported, latency, CPU time and memory of tlsscan and of its peers, under a known load.

    python tests/bench/live.py --with dumpcap                          # 50,000 packets/s with 500 handshakes/s for 60 s
    python tests/bench/live.py --with tshark --rate 5000 --seconds 10
    python tests/bench/live.py --with dumpcap tcpdump scapy pipe tshark ssldump --search --seconds 10   # the highest rate without loss
    python tests/bench/live.py --with dumpcap --soak 30                # 200 handshakes/s for 30 minutes: memory each 10 s, and its slope

As root (it makes network namespaces); on a quiet machine.  Names are those of ``watchers.WATCHERS``: dumpcap, tcpdump and scapy are
``tlsscan -i`` with that program, pipe is ``dumpcap -w - | tlsscan -``.

*Latency* is from the time at which the last packet of a handshake was sent to the arrival of its line at the end of the pipe; where a
watcher tells one packet a line (tshark, ssldump), from the time of the last packet told.  *Without loss* means: no packet dropped by what
the watcher and the kernel say, every handshake reported, and the last within ``LATE`` seconds after the last packet, so that nothing
piles up.

Here lives: one run, the search, the soak.  Here does not live: the load (``load.py``), the command lines (``watchers.py``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "live")]

from load import EVERY  # noqa: E402 - scripts, found by path
from processes import Processes  # noqa: E402 - scripts, found by path
from watchers import WATCHERS  # noqa: E402 - scripts, found by path
from wires import laid, listeners, no_right, until  # noqa: E402 - scripts, found by path

LOAD = Path(__file__).with_name("load.py")
LATE = 3.0
"""Seconds after the last packet within which a watcher that keeps up has told its last handshake."""
FLOOR, CEILING, NEAR = 500, 400_000, 1.15
"""Packets per second between which is searched, and the factor that ends the search."""
RETRIES = 2
"""A rate has failed when it failed so often: others may work on this machine."""
SOAK_EVERY = 50
"""Packets for each handshake of a soak: 10,000/s for 200 handshakes/s."""


@dataclasses.dataclass
class Result:
    """One run; latencies in ms, memory in MB (10^6), None where a watcher does not say."""

    watcher: str
    rate: float
    sent: int = 0
    seconds: float = 0.0
    arrived: int = 0
    dropped_on_wire: int = 0
    told: dict = dataclasses.field(default_factory=dict)
    expected: int = 0
    reported: int = 0
    latency: tuple | None = None
    last_after: float | None = None
    cpu: dict = dataclasses.field(default_factory=dict)
    peak: dict = dataclasses.field(default_factory=dict)
    code: int | None = None
    said: str = ""
    memory: list = dataclasses.field(default_factory=list)

    def lossless(self):
        """Whether nothing was lost and the watcher kept up."""
        losses = sum(value for name, value in self.told.items() if name not in {"received", "shown"}) + self.dropped_on_wire
        told_all = self.told.get("received", self.arrived) == self.arrived and self.code != -signal.SIGKILL
        return losses == 0 and told_all and self.reported == self.expected > 0 and (self.last_after or 0) < LATE

    def paced(self):
        """Whether the sender kept its pace."""
        return self.sent >= 0.97 * self.rate * self.seconds

    def text(self):
        """For people."""
        figures = ", ".join(f"{name} {value:,}" for name, value in self.told.items()) or "nothing of its packets"
        words = "latency {:.0f} ms median, {:.0f} ms at 95 %, {:.0f} ms at most"
        late = "no latency" if self.latency is None else words.format(*self.latency)
        used = ", ".join(f"{name} {value:.1f}" for name, value in self.cpu.items())
        held = ", ".join(f"{name} {value:.0f}" for name, value in self.peak.items())
        return (
            f"{self.watcher} at {self.rate:,.0f}/s: {'no loss' if self.lossless() else 'LOSS'}"
            f"\n  sent {self.sent:,} in {self.seconds:.2f} s ({self.sent / self.seconds:,.0f}/s), at the interface {self.arrived:,},"
            f" lost before it {self.dropped_on_wire:,}; told: {figures}"
            f"\n  handshakes {self.reported:,} of {self.expected:,}; {late}; the last {self.last_after or 0:.2f} s after the last packet"
            f"\n  CPU {sum(self.cpu.values()):.1f} s ({used}); memory {sum(self.peak.values()):.0f} MB ({held}); exit code {self.code}"
        )


class Lines(threading.Thread):
    """What a watcher prints: when each line came, and which connection it is about."""

    def __init__(self, stream, read):
        super().__init__(daemon=True)
        self._stream, self._read, self.found, self.last = stream, read, [], 0.0

    def run(self):
        rest, memory = b"", {}
        while chunk := os.read(self._stream.fileno(), 1 << 20):
            now = time.monotonic()
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            found = self._read(whole + newline, memory)
            self.found += [(now, *one) for one in found]
            self.last = now if found else self.last


def _start(wire, watcher, errors):
    commands = watcher.commands(wire.interface)
    started = []
    for position, command in enumerate(commands):
        stdin = started[-1].stdout if started else subprocess.DEVNULL
        started.append(subprocess.Popen(wire.near(*command), stdin=stdin, stdout=subprocess.PIPE, stderr=errors[position]))
        if position:
            started[position - 1].stdout.close()
    index = wire.index()
    assert until(lambda: any(number == index for number, _ in listeners(started[0].pid)), 20), "it does not listen"
    time.sleep(1.0)  # it goes on to begin
    return started


def _latencies(result, lines, note, offset):
    """Fill in what was reported and how late."""
    by = defaultdict(list)
    for now, number, port, stamp in lines.found:
        by[number, port].append((now, stamp))
    ports, late = note["ports"].tolist(), []
    result.expected = note["sent"].size
    for number, times in enumerate(note["sent"].tolist()):
        wanted = Counter()
        for port, when in zip(ports, times, strict=True):
            told = by.get((number & 0xFFFF, port), ())
            if told and told[0][1] is not None:
                result.reported += 1
                late.append(max(now - (stamp - offset) for now, stamp in told[-1:]))
            elif wanted[port] < len(told):
                result.reported += 1
                late.append(told[wanted[port]][0] - when)
                wanted[port] += 1
    if late:
        order = np.sort(np.array(late)) * 1000
        result.latency = (float(np.median(order)), float(order[int(0.95 * (len(order) - 1))]), float(order[-1]))


def run(name, rate, seconds, every=EVERY, *, soak=False):
    """Run one watcher under the load; return the Result."""
    watcher, result = WATCHERS[name], Result(name, rate)
    with laid() as wire, tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note.npz"
        asked = (wire.far(sys.executable, LOAD, "far0", "--rate", rate, "--seconds", seconds, "--every", every, "--note", note))
        sender = subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert sender.stdout.readline() == "ready\n"
        errors = [(Path(folder) / f"error{position}").open("w+b") for position in range(len(watcher.commands("")))]
        started = _start(wire, watcher, errors)
        offset = time.time() - time.monotonic()
        lines, used = Lines(started[-1].stdout, watcher.read), Processes(started)
        lines.start()
        sender.stdin.write("\n")
        sender.stdin.flush()
        begun, tick = time.monotonic(), 10.0 if soak else 0.5
        while sender.poll() is None:
            now = used.look()
            if soak:
                result.memory.append((round(time.monotonic() - begun, 1), now))
                say(f"{result.memory[-1][0]:8.1f} s  " + "  ".join(f"{who} {held:.1f} MB" for who, held in now.items()))
            until(lambda: sender.poll() is not None, tick, 0.05)
        ended, quiet = time.monotonic(), 0.0
        sender.communicate()
        assert sender.returncode == 0
        kept = dict(np.load(note))
        result.sent, result.seconds = int(kept["packets"]), float(kept["seconds"])
        while quiet < 2.0 and time.monotonic() < ended + 30:  # what waits in the watcher
            time.sleep(0.2)
            used.look()
            quiet = time.monotonic() - max(lines.last, ended)
        rx = wire.counters()
        result.arrived, result.dropped_on_wire = rx["packets"], result.sent - rx["packets"]
        started[0].send_signal(signal.SIGINT)
        for one in started:
            try:
                one.wait(60)
            except subprocess.TimeoutExpired:
                one.kill()
            used.look()
        result.code = started[-1].wait()
        lines.join(10)
        for error in errors:
            error.seek(0)
            result.said += error.read().decode(errors="replace")
            error.close()
    for what, pattern in watcher.losses.items():
        if figures := re.findall(pattern, result.said):
            result.told[what] = int(figures[-1].replace(",", ""))
    _latencies(result, lines, kept, offset)
    result.last_after = max(0.0, lines.last - ended) if lines.found else None
    result.cpu, result.peak = used.sums()
    return result


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def slope(memory):
    """Return {name: MB per hour}: least squares over the second half of the samples, when caches are full."""
    half = memory[len(memory) // 2 :]
    at = np.array([when for when, _ in half]) / 3600
    names = {name for _, now in half for name in now}
    return {name: float(np.polyfit(at, [now.get(name, 0.0) for _, now in half], 1)[0]) for name in sorted(names)} if len(half) > 2 else {}


def search(name, seconds, every, tell):
    """Return the highest rate (packets per second) without loss, by bisection of its logarithm; 0 where there is none."""

    def good(rate):
        for _ in range(RETRIES):
            result = run(name, rate, seconds, every)
            tell(result)
            if result.lossless() and result.paced():
                return True
            if not result.paced():
                say(f"  the sender came to {result.sent / result.seconds:,.0f}/s only")
        return False

    low, high = FLOOR, CEILING
    if not good(low):
        return 0
    while high / low > NEAR:
        rate = round(math.sqrt(low * high), -2)
        low, high = (rate, high) if good(rate) else (low, rate)
    return low


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--with", dest="watchers", nargs="+", choices=[*WATCHERS], default=["dumpcap"])
    parser.add_argument("--rate", type=float, default=50_000, help="packets a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=int, help=f"packets for each handshake (by default {EVERY}; {SOAK_EVERY} with --soak)")
    parser.add_argument("--search", action="store_true", help="the highest rate without loss")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="200 handshakes a second for so long")
    parser.add_argument("--json", type=Path, help="add each run to this file as a line of JSON")
    parser.add_argument("--said", action="store_true", help="show what the watcher said on standard error")
    asked = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs this in the background ignores it, and so would all that is started
    if reason := no_right():
        parser.exit(1, f"{reason}\n")

    def tell(result):
        last = result.said.splitlines()[-20:] if asked.said else []
        say("\n  | ".join((result.text(), *last)))
        if asked.json:
            with asked.json.open("a") as file:
                file.write(json.dumps(dataclasses.asdict(result)) + "\n")

    for name in asked.watchers:
        if asked.soak:
            every = asked.every or SOAK_EVERY
            result = run(name, 200 * every, 60 * asked.soak, every, soak=True)
            tell(result)
            rises = ", ".join(f"{who} {rise:+.2f} MB/h" for who, rise in slope(result.memory).items())
            say(f"slope of the second half: {rises}")
        elif asked.search:
            highest = search(name, asked.seconds, asked.every or EVERY, tell)
            say(f"== {name}: highest rate without loss {highest:,.0f} packets/s")
        else:
            tell(run(name, asked.rate, asked.seconds, asked.every or EVERY))


if __name__ == "__main__":
    main()
