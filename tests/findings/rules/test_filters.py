"""Each finding's display filter, run in tshark, shows exactly its packets."""

import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import captures
import pytest
from captures_shown import SHOWN

from analyzer.capture.block import packet_number

SAMPLES = sorted(path.stem for path in captures.SAMPLES.glob("*.pcapng"))
TRIED = 60
"""Filters of samples that are tried beside one of each rule: a run of tshark costs 0.3 s."""

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def shown(path, words):
    """The numbers of the packets that tshark shows."""
    command = ["tshark", "-n", "-r", str(path), "-Y", words, "-T", "fields", "-e", "frame.number"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [int(line) for line in done.stdout.split()]


def wrong(rows):
    """Those of (path, display filter, numbers) that tshark sees otherwise."""
    rows = list(rows)
    with ThreadPoolExecutor(2) as pool:
        seen = pool.map(lambda row: shown(*row[:2]), rows)
        return [(path.name, words, numbers, got) for (path, words, numbers), got in zip(rows, seen, strict=True) if got != list(numbers)]


def filters(shelf, captured):
    """(path, display filter, packet numbers) of a capture's findings, each once, as the table has them."""
    table = shelf.scanned(captured).findings
    path = shelf.path(captured)
    return {(path, words, tuple(numbers)) for words, numbers in zip(table["display_filter"], table["packets"], strict=True)}


def test_tshark_counts_as_we_do(shelf):
    """What is asked here can be answered wrongly."""
    path = shelf.path("tls13")
    assert wrong([(path, "frame.number in {2..3, 5}", (2, 3, 5)), (path, "tls.handshake.type == 1", (4,))]) == []
    assert len(wrong([(path, "frame.number == 1", (2,)), (path, "frame.number == 1", (1, 2)), (path, "frame.number == 1", (1,))])) == 2


def test_of_what_was_made(shelf):
    made = dict.fromkeys(one for pair in SHOWN.values() for one in (pair.trips, pair.passes) if not isinstance(one, str))
    rows = set().union(*(filters(shelf, one) for one in made))
    assert len(rows) > 50
    assert wrong(sorted(rows)) == []


def test_of_samples(shelf):
    rows = sorted(set().union(*(filters(shelf, sample) for sample in SAMPLES)))
    first = {}  # of each rule
    for sample in SAMPLES:
        for one in shelf.found(sample):
            first.setdefault(one.rule, (shelf.path(sample), [packet_number(packet) for packet in one.packets]))
    own = {(path, words, numbers) for path, words, numbers in rows if any(told == (path, list(numbers)) for told in first.values())}
    assert len(first) > 30
    chosen = own | set(random.Random(5).sample(rows, min(TRIED, len(rows))))
    assert wrong(sorted(chosen)) == []
