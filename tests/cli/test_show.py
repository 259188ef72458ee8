"""tlsscan show: numbers, spans, findings; formats and files; what is not there; bad input, streams, signals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest
from rich.cells import cell_len

SAMPLES = Path(__file__).parents[2] / "samples"
TOUR, ONE = SAMPLES / "tour.pcapng", SAMPLES / "tls13.pcapng"


def heads(out):
    return [int(line[1:].split()[0]) for line in out.decode().splitlines() if line.startswith("#")]


def test_the_only_handshake_need_not_be_named(road):
    code, out, err = road("show", ONE)
    assert (code, err) == (0, b"")
    text = out.decode()
    assert text.startswith("#1  127.0.0.1:58268 → 127.0.0.1:443  shop.example\n")
    for shown in ("ClientHello", "(Finished)", "SYN/ACK", "TLS_AES_256_GCM_SHA384"):
        assert shown in text


@pytest.mark.parametrize(
    ("words", "numbers"),
    [(["3"], [3]), (["3-5"], [3, 4, 5]), (["9", "2-3"], [9, 2, 3]), (["33-"], [33, 34]), (["handshake:4"], [4]), (["33-99"], [33, 34])],
)
def test_numbers_and_spans(road, words, numbers):
    code, out, err = road("show", TOUR, *words)
    assert (code, err, heads(out)) == (0, b"", numbers)


def test_findings(road):
    _, out, _ = road("--table", "findings", "--format", "ndjson", TOUR)
    rows = [json.loads(line) for line in out.splitlines()]
    one = next(row for row in rows if row["handshake"] is not None and len(row["handshakes"] or []) < 2)
    assert heads(road("show", TOUR, one["finding"])[1]) == [one["handshake"]]
    code, out, err = road("show", TOUR, "nonsense:3")
    assert (code, out) == (2, b"")
    assert err.decode().startswith("tlsscan: no finding 'nonsense:3'")


def test_a_finding_needs_a_file(road, monkeypatch):
    monkeypatch.setattr("sys.stdin", TOUR.open())
    code, out, err = road("show", "-", "rc4:8")
    assert (code, out) == (2, b"")
    assert b"cannot be read twice" in err


def test_somebody_must_choose(road):
    code, out, err = road("show", TOUR)
    assert (code, out) == (2, b"")
    lines = err.decode().splitlines()
    assert lines[0].startswith("tlsscan: there are 34 handshakes: name those to draw, as in tlsscan show ")
    assert len(lines) == 12
    assert "shop.example" in lines[1]


@pytest.mark.parametrize(("word", "number"), [("35", 35), ("99-100", 99), ("1,35", 35)])
def test_a_number_that_is_not_there(road, word, number):
    code, out, err = road("show", TOUR, word)
    assert (code, out) == (2, b"")
    assert err.decode() == f"tlsscan: no handshake {number} in what was read: its handshakes are 1 to 34\n"


def test_no_handshake(road, tmp_path):
    (tmp_path / "none.pcap").write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    assert road("show", "none.pcap") == (2, b"", b"tlsscan: no handshake in what was read\n")
    assert road("show", "none.pcap", "1") == (2, b"", b"tlsscan: no handshake 1 in what was read: it has none\n")


def test_reading_stops_where_all_was_seen(road, tmp_path):
    """What is damaged behind the last handshake that is asked for is nobody's concern."""
    (tmp_path / "cut.pcapng").write_bytes(TOUR.read_bytes()[:-7])
    code, out, err = road("show", "cut.pcapng", "1")
    assert (code, heads(out), err) == (0, [1], b"")
    code, out, err = road("show", "cut.pcapng", "33-")
    assert (code, heads(out), err.count(b"\n")) == (4, [33, 34], 1)
    assert road("show", "-q", "cut.pcapng", "33-") == (4, out, b"")


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 100, 200])
@pytest.mark.parametrize("more", [(), ("-v",)])
def test_no_line_is_wider_than_asked(road, width, more):
    _, out, _ = road("show", "--width", width, TOUR, "1-3", *more)
    assert max(map(cell_len, out.decode().splitlines())) <= width


def test_verbose_has_every_field(road):
    _, brief, _ = road("show", ONE)
    _, whole, _ = road("show", "-v", ONE)
    assert b"psk_key_exchange_modes (45)" in whole
    assert b"psk_key_exchange_modes" not in brief


@pytest.mark.parametrize(
    ("name", "begins"),
    [("x.txt", b"#1"), ("x.svg", b"<"), ("x.html", b"<!"), ("x.mmd", b"sequenceDiagram"), ("x.md", b"## "), ("x.json", b"[\n{")],
)
def test_files(road, tmp_path, name, begins):
    assert road("show", "-o", name, ONE) == (0, b"", b"")
    assert (tmp_path / name).read_bytes().lstrip().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_is_whole_or_not_there(road, tmp_path):
    (tmp_path / "old.svg").write_text("old")
    code, _, err = road("show", "-o", "old.svg", TOUR, "1-2")
    assert (code, err.count(b"\n")) == (2, 1)
    assert b"room for one handshake" in err
    assert (tmp_path / "old.svg").read_text() == "old"
    assert len([*tmp_path.iterdir()]) == 1
    code, _, err = road("show", "-o", "x.png", ONE)
    assert (code, b"the suffix is none of" in err) == (2, True)
    assert road("show", "-o", "missing/x.svg", ONE)[0] == 2


def test_two_runs_write_the_same(road):
    for name in ("text", "svg", "html", "mermaid", "json"):
        assert road("show", "--format", name, "-v", ONE) == road("show", "--format", name, "-v", ONE)


def test_several_captures(road):
    code, out, _ = road("show", ONE, SAMPLES / "quic-v1.pcapng", "1-2")
    assert (code, heads(out)) == (0, [1, 2])
    code, out, err = road("show", "missing.pcap", ONE)
    assert (code, heads(out), err.count(b"\n")) == (3, [1], 1)
    code, out, err = road("show", "missing.pcap")
    assert (code, out, err.count(b"\n")) == (3, b"", 1)


def test_colour(road):
    assert b"\x1b[" in road("show", "--color", "always", ONE)[1]
    assert b"\x1b[" not in road("show", ONE)[1]


def test_too_many_are_told(road, monkeypatch):
    monkeypatch.setattr("analyzer.cli.show.MOST", 2)
    code, out, err = road("show", TOUR, "1-")
    assert (code, len(heads(out))) == (0, 2)
    assert err == b"tlsscan: 2 handshakes are drawn at once: 32 more are not\n"


def test_from_standard_input(start):
    with TOUR.open("rb") as capture:
        process = start("show", "-", "8", script=("-m", "analyzer"), stdin=capture)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err, heads(out)) == (0, b"", [8])


def test_a_reader_that_leaves(start):
    process = start("show", TOUR, "1-", "-v", script=("-m", "analyzer"))
    process.stdout.read(10)
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (141, b"")


def test_interrupted(road, monkeypatch):
    """What was asked for and read until then is drawn."""
    from analyzer.ladders import reading

    read = reading.ladder

    def first(*args, **options):
        signal.raise_signal(signal.SIGINT)
        return read(*args, **options)

    monkeypatch.setattr(reading, "ladder", first)
    code, out, err = road("show", TOUR, "8")
    assert (code, heads(out)) == (130, [8])
    assert err == b"tlsscan: interrupted: what was read until then is drawn\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_before_anything_was_read(start, tmp_path, number, code):
    os.mkfifo(tmp_path / "pipe.pcapng")
    process = start("show", "pipe.pcapng", "1-", "-o", "x.svg", script=("-m", "analyzer"))
    with (tmp_path / "pipe.pcapng").open("wb"):  # it is open when the other end is
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, b"", b"tlsscan: interrupted: nothing is drawn\n")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.pcapng"]


@pytest.mark.parametrize("width", [50, 100])
def test_letters_that_an_encoding_has_not(start, width):
    process = start("show", "--width", width, TOUR, "1-", script=("-m", "analyzer"), env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.isascii()
    assert b"\\u{" not in out, "each of our signs has one of ASCII"
    assert max(map(len, out.splitlines())) <= width, "that is as wide"


@pytest.mark.parametrize(
    ("environment", "colored"), [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)]
)
def test_on_a_terminal(start, drained, environment, colored):
    outer, inner = pty.openpty()
    process = start("show", ONE, script=("-m", "analyzer"), stdout=inner, stderr=subprocess.DEVNULL, env=environment | {"COLUMNS": "72"})
    os.close(inner)
    shown = drained(outer)
    assert process.wait(60) == 0
    assert (b"\x1b[" in shown) is colored
    assert "◀" in shown.decode()
