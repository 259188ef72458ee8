"""Live, every handshake of a replayed capture is reported, with the rows that reading the same frames from a file gives."""

from __future__ import annotations

import csv
import json

import pytest
from train import frames, replayable, write
from watcher import LATER, PROGRAMS, SAMPLES, apart, at_rate, needs_catcher, read, watching

RATE = 2000
THREE = [SAMPLES / f"{name}.pcapng" for name in ("tls13", "tls12-ecdhe-rsa", "fail-unknown-ca")]


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    """(frames of all samples, the rows of reading them)."""
    samples = sorted(SAMPLES.glob("*.pcapng"))
    assert [path.name for path in samples if not replayable(path)] == []
    made = at_rate(frames(*samples), RATE)
    path = tmp_path_factory.mktemp("traffic") / "samples.pcap"
    write(path, made)
    return made, read(path)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_handshake_of_the_samples_is_reported_as_from_a_file(wire, tmp_path, traffic, program):
    needs_catcher(program)
    made, wanted = traffic
    report = tmp_path / "report.ndjson"
    with watching(wire, tmp_path, "--capture-with", program, "--format", "ndjson", "-o", report) as watcher:
        sent = wire.replay(made, RATE)
        assert (sent.packets, sent.ended) == (len(made), None)
        watcher.settle(len(wanted) - 10)  # some are told only at the end: what nobody answered
        assert watcher.end() == 130, watcher.said
        assert watcher.tallies() == {"near0": (len(made), *watcher.tallies()["near0"][1:3], 0)}, watcher.said
    assert apart(watcher.rows, *LATER) == apart(wanted, *LATER)
    assert apart([json.loads(line) for line in report.read_text().splitlines()]) == apart(wanted)
    assert {row["source"] for row in watcher.rows} == {"near0"}


def test_other_formats_tell_a_line_a_handshake(wire, tmp_path):
    made = frames(*THREE)
    with watching(wire, tmp_path, "--format", "csv") as table, watching(wire, tmp_path, "--format", "text", "--no-color") as text:
        wire.replay(made, RATE)
        assert (table.end(), text.end()) == (130, 130), (table.said, text.said)
    randoms = {row["client_random"] for path in THREE for row in read(path)}
    assert {row["client_random"] for row in csv.DictReader(table.out.splitlines())} == randoms
    assert sum("shop.example" in line for line in text.out.splitlines()) >= len(randoms)
    assert any("unknown_ca" in line or "unknown CA" in line for line in text.out.splitlines())


def test_rows_come_as_they_happen_and_not_at_the_end(wire, tmp_path):
    with watching(wire, tmp_path, "--format", "ndjson", interfaces=["near0"]) as watcher:
        for count, name in enumerate(("tls13", "tls12-ecdhe-ecdsa", "close-rst", "dtls12", "quic-v1"), 1):
            wire.replay(SAMPLES / f"{name}.pcapng", RATE)
            watcher.settle(count)
            assert watcher.process.poll() is None
        assert watcher.end() == 130


def test_an_open_connection_is_told_before_it_is_over(wire, tmp_path):
    made = frames(SAMPLES / "tls12-ecdhe-rsa.pcapng")
    (row,) = read(SAMPLES / "tls12-ecdhe-rsa.pcapng")
    assert row["closed"], "the sample ends its connection"
    shut = next(at for at, (_, frame) in enumerate(made) if frame[47] & 5)  # FIN or RST
    report = tmp_path / "report.ndjson"
    with watching(wire, tmp_path, "--format", "ndjson", "-o", report) as watcher:
        wire.replay(made[:shut], RATE)
        (early,) = watcher.settle(1)
        wire.replay(made[shut:], RATE)
        assert watcher.end() == 130, watcher.said
    assert early["outcome"] == "complete"
    assert early["closed"] is None
    assert apart([early], *LATER) == apart([row], *LATER)
    assert apart([json.loads(line) for line in report.read_text().splitlines()]) == apart([row])
