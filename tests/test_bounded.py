"""Floods: whatever a capture is made to fill, memory stays bounded, every handshake that was read is told, and a limit that was hit too.

The floods stand in ``tests/bench/floods.py``, which also measures time.  Peak memory is that of the whole process.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

if "floods" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("floods", Path(__file__).parent / "bench" / "floods.py")
    sys.modules["floods"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["floods"])
import floods

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told in KiB on Linux only")

MOST = 256
"""MiB that a run may take."""

CASES = {
    "syns": (100_000, 0, set()),
    "scan": (300_000, 0, set()),
    "hellos": (100_000, 100_000, {"held_bytes"}),
    "promises": (10_000, 0, set()),
    "kept_promises": (4_000, 0, {"held_bytes"}),
    "heavy_hellos": (1_500, 1_500, {"held_bytes"}),
    "fragments": (100_000, 0, {"fragments"}),
    "crumbs": (100_000, 0, set()),
    "dtls": (20_000, 20_000, {"held_bytes"}),
    "quic": (15_000, 15_000, {"held_bytes"}),
    "networks": (15_000, 15_000, {"networks"}),
}
"""flood -> (how many, handshakes that are told, limits that are hit)"""


def run(name, size, *options):
    """Feed a flood through standard input; return (exit code, rows, standard error, peak MiB)."""
    command = [sys.executable, "-m", "analyzer", "--format", "ndjson", *options, "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    feeder = os.fork()
    if not feeder:  # another process, so that neither pipe can fill up
        process.stdout.close()
        process.stderr.close()
        process.stdin.writelines(floods.capture(floods.frames(name, size)))
        process.stdin.close()
        os._exit(0)
    process.stdin.close()
    rows = sum(1 for _ in process.stdout)
    error = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    os.waitpid(feeder, 0)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, rows, error, usage.ru_maxrss / 1024


@pytest.mark.parametrize("name", CASES)
def test_floods(name):
    if name == "quic":
        pytest.importorskip("aioquic")
    size, told, limits = CASES[name]
    code, rows, error, peak = run(name, size)
    assert rows == told
    assert {line.split()[2] for line in error.splitlines()} == limits
    assert code == (4 if limits else 0)
    assert peak <= MOST


def test_every_flood_is_tried():
    assert CASES.keys() == floods.FLOODS.keys()


def test_more_room_keeps_more():
    """A user who has memory says so; then nothing is closed early."""
    code, rows, error, peak = run("hellos", 20_000, "--limit", "held_bytes=1000000000")
    assert (code, rows, error) == (0, 20_000, "")
    code, rows, error, less = run("hellos", 20_000, "--limit", "held_bytes=1000000")
    assert (code, rows, "held_bytes" in error) == (4, 20_000, True)
    assert less < peak - 50
