"""No packet is lost unreported: what was sent is received, dropped, or captured and not read."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from train import frames
from watcher import PROGRAMS, SAMPLES, needs_catcher, watching
from wires import until

RATE = 2000
TLS13 = SAMPLES / "tls13.pcapng"
LARGE = 60_000
"""Bytes of a frame that fills buffers quickly."""


def flood(count):
    """Frames that nobody has use for."""
    head = b"\2" * 12 + b"\x08\0" + bytes.fromhex("4500ea5200004000401100000a0000010a000002") + b"\x13\x88\x13\x89\xea\x3e\0\0"
    return [(0, head.ljust(LARGE, b"x"))] * count


def catchers(wire, watcher):
    """Process ids of whoever captures: children, or tlsscan itself."""
    said = subprocess.run(["ip", "netns", "pids", wire.near_space], capture_output=True, text=True, check=True)
    return [int(pid) for pid in said.stdout.split() if int(pid) != watcher.process.pid] or [watcher.process.pid]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_the_kernel_drops_is_told_at_once_and_adds_up(wire, tmp_path, program):
    needs_catcher(program)
    before = wire.counters()["packets"]
    with watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program) as watcher:
        stopped = catchers(wire, watcher)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        wire.replay(flood(4000))  # 240 MB: no buffer holds that
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.5)
        wire.replay(TLS13, RATE)
        watcher.settle(1)
        told = program != "dumpcap" and until(lambda: "dropped" in watcher.said, 3)
        assert watcher.end() == 130, watcher.said
    arrived = wire.counters()["packets"] - before
    received, by_kernel, by_interface, unread = watcher.tallies()["near0"]
    assert arrived == 4000 + len(frames(TLS13))
    assert received + by_kernel + (by_interface or 0) == arrived, watcher.said
    assert by_kernel > 0
    assert unread == 0
    assert told or program == "dumpcap", "dumpcap says it only at its end"


@pytest.mark.parametrize("program", ["dumpcap"])
def test_what_tlsscan_could_not_take_is_told(wire, tmp_path, program):
    """tlsscan itself stands still: the program that captures cannot hand on, and drops."""
    needs_catcher(program)
    before = wire.counters()["packets"]
    with watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program) as watcher:
        watcher.process.send_signal(signal.SIGSTOP)
        wire.replay(flood(4000), 20_000)
        watcher.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        wire.replay(TLS13, RATE)
        watcher.settle(1)
        assert watcher.end() == 130, watcher.said
    arrived = wire.counters()["packets"] - before
    received, by_kernel, by_interface, _ = watcher.tallies()["near0"]
    assert received + by_kernel + (by_interface or 0) == arrived, watcher.said
    assert by_kernel > 0


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_came_just_before_the_end_is_told(wire, tmp_path, program):
    """Programs that capture hold packets back for a while; a Ctrl-C must not lose them."""
    needs_catcher(program)
    with watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program) as watcher:
        wire.replay(TLS13)
        assert watcher.end() == 130
    assert [row["outcome"] for row in watcher.rows] == ["complete"], watcher.said
    assert watcher.tallies()["near0"][0] == len(frames(TLS13)), watcher.said


@pytest.mark.parametrize("program", PROGRAMS)
def test_frames_as_large_as_they_come(wire, tmp_path, program):
    needs_catcher(program)
    with watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program) as watcher:
        wire.replay(flood(20), 500)
        wire.replay(TLS13, RATE)
        watcher.settle(1)
        assert watcher.end() == 130
    assert watcher.tallies()["near0"] == (20 + len(frames(TLS13)), *watcher.tallies()["near0"][1:3], 0), watcher.said
    assert watcher.tallies()["near0"][1] == 0
