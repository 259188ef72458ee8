"""Floods: whatever a capture is made to fill, memory stays bounded, every handshake that was read is told, and a limit that was hit too.

The floods stand in ``tests/bench/floods.py``, which also measures time.  Peak memory is that of the whole process.
"""

from __future__ import annotations

import importlib.util
import json
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
    "crumbs": (100_000, 0, {"fragment_bytes"}),
    "dtls": (20_000, 20_000, {"held_bytes"}),
    "quic": (15_000, 15_000, {"held_bytes"}),
    "networks": (15_000, 15_000, {"networks"}),
}
"""flood -> (how many, handshakes that are told, limits that are hit)"""


def run(name, size, *options):
    """Feed a flood through standard input; return (exit code, rows, messages, peak MiB).  A small process starts it, see there."""
    done = subprocess.run([sys.executable, floods.__file__, "--tell", name, str(size), *options], stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    return told["code"], told["rows"], told["messages"], told["peak"]


@pytest.mark.parametrize("name", CASES)
def test_floods(name):
    if name == "quic":
        pytest.importorskip("aioquic")
    size, told, limits = CASES[name]
    code, rows, messages, peak = run(name, size)
    assert rows == told
    assert {line.split()[2] for line in messages} == limits
    assert code == (4 if limits else 0)
    assert peak <= MOST


def test_every_flood_is_tried():
    assert CASES.keys() == floods.FLOODS.keys()


def test_more_room_keeps_more():
    """A user who has memory says so; then nothing is closed early."""
    code, rows, messages, peak = run("hellos", 20_000, "--limit", "held_bytes=1000000000")
    assert (code, rows, messages) == (0, 20_000, [])
    code, rows, messages, less = run("hellos", 20_000, "--limit", "held_bytes=1000000")
    assert (code, rows, "held_bytes" in messages[0]) == (4, 20_000, True)
    assert less < peak - 50
