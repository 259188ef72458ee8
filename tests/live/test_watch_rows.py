"""Live, every handshake of a replayed capture is reported, with the rows that reading the same frames from a file gives."""

from __future__ import annotations

import pytest
from train import frames, replayable, write
from watcher import LATER, PROGRAMS, SAMPLES, assert_alike, at_rate, lines, needs_catcher, read, watching
from wires import until

RATE = 4000
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
    assert_alike(watcher.rows, wanted, *LATER)
    assert_alike(lines(report), wanted)
    assert {row["source"] for row in watcher.rows} == {"near0"}


def test_other_formats_tell_a_line_a_handshake(wire, tmp_path):
    randoms = {row["client_random"] for path in THREE for row in read(path)}
    with watching(wire, tmp_path, "--format", "csv") as table:
        wire.replay(THREE, RATE)
        until(lambda: len(table.records) >= len(randoms), 5)
        assert table.end() == 130, table.said
    with watching(wire, tmp_path, "--format", "text", "--no-color") as text:
        wire.replay(THREE, RATE)
        until(lambda: text.out.count("shop.example") >= len(randoms), 5)
        assert text.end() == 130, text.said
    assert {row["client_random"] for row in table.records} == randoms
    assert sum("shop.example" in line for line in text.out.splitlines()) >= len(randoms)
    assert any("unknown_ca" in line or "unknown CA" in line for line in text.out.splitlines())


def test_rows_come_as_they_happen_and_not_at_the_end(wire, tmp_path):
    with watching(wire, tmp_path, "--format", "ndjson", interfaces=["near0"]) as watcher:
        for count, name in enumerate(("tls13", "tls12-ecdhe-ecdsa", "tls12-cbc", "dtls12", "quic-v1"), 1):
            wire.replay(SAMPLES / f"{name}.pcapng", RATE)
            watcher.settle(count)
            assert watcher.process.poll() is None
        assert watcher.end() == 130


def test_an_open_connection_is_told_before_it_is_over(wire, tmp_path):
    made = frames(SAMPLES / "tls12-ecdhe-rsa.pcapng")
    (row,) = read(SAMPLES / "tls12-ecdhe-rsa.pcapng")
    assert row["closed"], "the sample ends its connection"
    shut = next(at for at, (_, frame) in enumerate(made) if frame[66:68] == b"\x17\x03") + 1  # the first application data
    report = tmp_path / "report.ndjson"
    with watching(wire, tmp_path, "--format", "ndjson", "-o", report) as watcher:
        wire.replay(made[:shut], RATE)
        (early,) = watcher.settle(1)
        wire.replay(made[shut:], RATE)
        assert watcher.end() == 130, watcher.said
    assert early["outcome"] == "complete"
    assert early["closed"] is None
    assert_alike([early], [row], *LATER)
    assert_alike(lines(report), [row])
