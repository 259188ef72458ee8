"""What a live run is asked: several interfaces, filters, lengths, views, files that packets and rows go to."""

from __future__ import annotations

import json
import time

import pytest
from train import frames, write
from watcher import LATER, PROGRAMS, SAMPLES, TWO, apart, assert_alike, at_rate, lines, needs_catcher, read, watching
from wires import until

from analyzer.capture import Capture

RATE = 2000
FIVE = [SAMPLES / f"{name}.pcapng" for name in ("tls13", "tls12-ecdhe-rsa", "tls12-ecdhe-ecdsa", "tls10-rsa", "tls12-cbc")]
MANY = sorted(SAMPLES.glob("tls12-c*.pcapng"))
TLS12 = SAMPLES / "tls12-ecdhe-rsa.pcapng"


def wanted(*paths):
    return [row for path in paths for row in read(path)]


def port(frame):
    """Source port of a frame of the samples (IPv4, TCP)."""
    return int.from_bytes(frame[34:36], "big")


@pytest.mark.parametrize("program", TWO)
def test_several_interfaces(wire, tmp_path, program):
    needs_catcher(program)
    report = tmp_path / "report.ndjson"
    options = ("--format", "ndjson", "--capture-with", program, "-o", report)
    with watching(wire, tmp_path, *options, interfaces=("near0", "near1")) as watcher:
        one, other = wire.send(FIVE[:2], 500), wire.send(FIVE[2:], 500, into="far1")
        assert one.wait().packets + other.wait().packets == len(frames(*FIVE))
        watcher.settle(5)
        assert watcher.end() == 130
    assert_alike(lines(report), wanted(*FIVE))
    for where, paths in (("near0", FIVE[:2]), ("near1", FIVE[2:])):
        ports = {row["client_port"] for path in paths for row in read(path)}
        assert {row["client_port"] for row in watcher.rows if row["source"] == where} == ports
    assert {name: figures[0] for name, figures in watcher.tallies().items()} == {
        "near0": len(frames(*FIVE[:2])), "near1": len(frames(*FIVE[2:]))}  # fmt: skip


def test_each_direction_on_an_interface_of_its_own(wire, tmp_path):
    made = [(number * 10**7, data) for number, (_, data) in enumerate(frames(TLS12))]  # 10 ms apart, so that two senders keep the order
    client = port(made[0][1])
    with watching(wire, tmp_path, "--format", "ndjson", interfaces=("near0", "near1")) as watcher:
        begin = time.time_ns() + 10**9
        ways = {"far0": [one for one in made if port(one[1]) == client], "far1": [one for one in made if port(one[1]) != client]}
        sendings = [wire.send(some, times=1, into=into, at=begin, first=made[0][0]) for into, some in ways.items()]
        assert sum(sending.wait().packets for sending in sendings) == len(made)
        (row,) = watcher.settle(1)
        assert watcher.end() == 130
    assert_alike([row], read(TLS12), *LATER)


@pytest.mark.parametrize("program", TWO)
def test_any_is_every_interface(wire, tmp_path, program):
    needs_catcher(program)
    report = tmp_path / "report.ndjson"
    options = ("--format", "ndjson", "--capture-with", program, "-o", report)
    with watching(wire, tmp_path, *options, interfaces=("any",)) as watcher:
        wire.replay(FIVE[:2], RATE)
        wire.replay(FIVE[2:], RATE, into="far1")
        watcher.settle(5)
        assert watcher.end() == 130
    assert_alike(lines(report), wanted(*FIVE))


@pytest.mark.parametrize("program", TWO)
def test_a_filter_takes_what_it_says(wire, tmp_path, program):
    needs_catcher(program)
    (row,) = read(TLS12)
    options = ("--format", "ndjson", "--capture-with", program, "-f", f"tcp port {row['client_port']}")
    with watching(wire, tmp_path, *options) as watcher:
        wire.replay(FIVE, RATE)
        watcher.settle(1)
        assert watcher.end() == 130
    assert [one["client_random"] for one in watcher.rows] == [row["client_random"]]
    assert watcher.tallies()["near0"][0] == len(frames(TLS12)), watcher.said


@pytest.mark.parametrize("program", PROGRAMS)
def test_packets_may_be_cut(wire, tmp_path, program):
    needs_catcher(program)
    cut, report = tmp_path / "cut.pcap", tmp_path / "report.ndjson"
    write(cut, at_rate(frames(*FIVE), RATE), 224)
    options = ("--format", "ndjson", "--capture-with", program, "--snaplen", "224", "--no-promiscuous", "-o", report)
    with watching(wire, tmp_path, *options) as watcher:
        wire.replay(FIVE, RATE)
        assert watcher.end() == 130, watcher.said
    assert_alike(lines(report), wanted(cut))
    assert apart(lines(report)) != apart(wanted(*FIVE))
    assert watcher.tallies()["near0"][0] == len(frames(*FIVE))


def test_the_quiet_view_tells_only_the_last_words(wire, tmp_path):
    with watching(wire, tmp_path, "--view", "quiet", "-o", tmp_path / "report.ndjson") as watcher:
        wire.replay(FIVE, RATE)
        assert watcher.end() == 130
    assert watcher.out == ""
    assert len((tmp_path / "report.ndjson").read_text().splitlines()) == 5
    assert "near0" in watcher.said


def test_figures_are_told(wire, tmp_path):
    with watching(wire, tmp_path, "--format", "ndjson", "--stats") as watcher:
        wire.replay(FIVE, RATE)
        watcher.settle(5)
        assert watcher.end() == 130
    line = next(line for line in reversed(watcher.said.splitlines()) if "stats: " in line)
    figures = dict(word.split("=") for word in line.partition("stats: ")[2].split())
    assert (int(figures["packets"]), int(figures["handshakes"])) == (len(frames(*FIVE)), 5)
    assert {"received", "dropped", "unread", "flows", "flows_expired", "memory_mib"} <= {*figures}


# ---- files


def test_packets_of_handshakes_are_kept(wire, tmp_path):
    kept = tmp_path / "kept.pcapng"
    head = b"\2" * 12 + b"\x08\0" + bytes.fromhex("4500002000004000401100000a0000010a000002")
    noise = [(0, head + b"\x13\x88\x13\x89\0\x0c\0\0" + b"talk")] * 50
    with watching(wire, tmp_path, "--format", "ndjson", "-w", kept) as watcher:
        wire.replay(noise + frames(*FIVE) + noise, RATE)
        watcher.settle(5)
        assert watcher.end() == 130, watcher.said
    assert_alike(wanted(kept), wanted(*FIVE))
    capture = Capture(kept)
    assert sum(map(len, capture)) <= len(frames(*FIVE)), "what is no handshake is not kept"
    assert capture.source.damage is None


def test_kept_packets_are_spread_over_files(wire, tmp_path):
    kept = tmp_path / "kept.pcapng"
    with watching(wire, tmp_path, "--format", "ndjson", "-w", kept, "--rotate", "10kB") as watcher:
        wire.replay(MANY, 500)
        watcher.settle(len(wanted(*MANY)) - 2)
        assert watcher.end() == 130, watcher.said
    files = sorted(tmp_path.glob("kept*.pcapng"))
    assert len(files) > 1, [*tmp_path.iterdir()]
    for path in files:
        capture = Capture(path)
        assert sum(map(len, capture)) > 0
        assert capture.source.damage is None
    assert_alike(read(*files), wanted(*MANY))


def test_rows_are_added_to_a_file_line_by_line(wire, tmp_path):
    added = tmp_path / "added.ndjson"
    added.write_text('{"handshake":0}\n')
    for part in (FIVE[:2], FIVE[2:]):
        with watching(wire, tmp_path, "--view", "quiet", "--append", added) as watcher:
            before = len(added.read_text().splitlines())
            wire.replay(part, RATE)
            assert until(lambda: len(added.read_text().splitlines()) >= before + len(part), 5), "line by line, not at the end"  # noqa: B023
            assert watcher.end() == 130, watcher.said
    rows = [json.loads(line) for line in added.read_text().splitlines()]
    assert rows[0] == {"handshake": 0}
    assert {row["client_random"] for row in rows[1:]} == {row["client_random"] for path in FIVE for row in read(path)}
