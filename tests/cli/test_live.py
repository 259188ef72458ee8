"""A live run as a process, on a named pipe: what comes when, what stays, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from piping import SAMPLES, Piping, until

import analyzer

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")

LAST = {"handshake", "source", "packets", "closed", "closed_by"}


def of_file(name, *without):
    """Rows of the handshakes table of a sample as JSON has them."""
    words = ["python", "-m", "analyzer", "--format", "ndjson", str(SAMPLES / f"{name}.pcapng")]
    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, check=True, cwd=SAMPLES.parent)
    return [apart(json.loads(line), *without) for line in done.stdout.splitlines()]


def in_order(rows):
    return sorted(rows, key=lambda row: row["handshake"])


def apart(row, *without):
    return {name: value for name, value in row.items() if name not in {"source", *without}}


def test_lines_come_as_handshakes_end(tmp_path):
    with Piping(tmp_path, "--format", "ndjson") as run:
        for count, name in enumerate(("tls13", "tls12-rsa", "quic-v1", "dtls12"), 1):
            run.feed(name)
            until(lambda: len(run.lines) == count)  # noqa: B023 - it is over before the next
        assert run.process.poll() is None
        run.end()
        code, said = run.wait()
    assert code == 0
    rows = [json.loads(line) for line in run.lines]
    assert [row["framing"] for row in rows] == ["tls", "tls", "quic", "dtls"]
    assert {row["outcome"] for row in rows} == {"complete"}
    for row, name in zip(rows, ("tls13", "tls12-rsa", "quic-v1", "dtls12"), strict=True):
        assert apart(row, *LAST) == of_file(name, *LAST)[0]
    assert "wire: 64 packets received" in said
    assert "4 handshakes in " in said
    assert ": 4 complete" in said


def test_every_output_says_the_same(tmp_path):
    outputs = ("-o", "report.json", "-o", "rows.csv", "-o", "rows.ndjson", "--append", "added.ndjson", "-w", "kept.pcapng")
    (tmp_path / "added.ndjson").write_text('{"handshake":0}\n{"torn":')
    with Piping(tmp_path, "--format", "ndjson", *outputs) as run:
        run.feed("tour")
        run.end()
        code, said = run.wait()
    assert (code, len(run.lines)) == (0, 34), said
    whole = in_order(of_file("tour"))
    ended = [json.loads(line) for line in (tmp_path / "rows.ndjson").read_text().splitlines()]
    for rows in (json.loads((tmp_path / "report.json").read_text())["handshakes"], ended):
        assert in_order(apart(row) for row in rows) == whole
    with (tmp_path / "rows.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 34
    added = (tmp_path / "added.ndjson").read_text().splitlines()
    assert added[:2] == ['{"handshake":0}', '{"torn":']
    assert added[2:] == [line.rstrip("\n") for line in run.lines]
    same = ("server_name", "version", "cipher_suite", "outcome", "closed", "ja4")
    files = (tmp_path / "kept.pcapng", SAMPLES / "tour.pcapng")
    kept, tour = (Counter(zip(*(analyzer.scan(file).handshakes[name].astype(str) for name in same), strict=True)) for file in files)
    assert kept == tour


def test_one_object_says_what_a_file_says(tmp_path):
    with Piping(tmp_path, "--format", "json") as run:
        run.feed("close-notify", "tls12-ecdhe-rsa")
        time.sleep(0.5)
        run.end()
        assert run.wait()[0] == 0
    rows = json.loads("".join(run.lines))["handshakes"]
    assert [row["closed"] for row in rows] == [row["closed"] for name in ("close-notify", "tls12-ecdhe-rsa") for row in of_file(name)]


def test_so_many_and_no_more(tmp_path):
    with Piping(tmp_path, "--format", "csv", "--count", "3") as run:
        run.feed("tour")
        code, said = run.wait()
    rows = list(csv.DictReader(io.StringIO("".join(run.lines))))
    assert (code, len(rows)) == (0, 3)
    assert "3 handshakes in " in said


def test_so_long_and_no_longer(tmp_path):
    with Piping(tmp_path, "--format", "ndjson", "--duration", "1.5s") as run:
        run.feed("tls13")
        code, _ = run.wait()
    assert (code, len(run.lines)) == (0, 1)


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_ends_it_and_everything_is_told(tmp_path, number, expected):
    with Piping(tmp_path, "--format", "ndjson", "-o", "report.json") as run:
        run.feed("tls13")
        until(lambda: run.lines)
        half = (SAMPLES / "tls12-ecdhe-rsa.pcapng").read_bytes()
        os.write(run._into, half[: len(half) * 2 // 3])
        time.sleep(0.3)
        run.process.send_signal(number)
        code, said = run.wait()
    assert code == expected
    assert [json.loads(line)["outcome"] for line in run.lines] == ["complete", "cut"]
    assert "1 complete, 1 cut" in said
    assert len(json.loads((tmp_path / "report.json").read_text())["handshakes"]) == 2


def test_killed_what_was_written_is_whole(tmp_path):
    with Piping(tmp_path, "--format", "ndjson", "--append", "added.ndjson", "-w", "kept.pcapng") as run:
        run.feed("tour")
        until(lambda: len(run.lines) >= 20)
        run.process.kill()
        assert run.wait()[0] == -signal.SIGKILL
    added = (tmp_path / "added.ndjson").read_text()
    assert added.endswith("\n")
    assert len([json.loads(line) for line in added.splitlines()]) >= 20
    kept = analyzer.scan(tmp_path / "kept.pcapng")
    assert len(kept) >= 20
    assert kept.sources[0].damage is None


def test_the_reader_is_gone(tmp_path):
    reader, writer = os.pipe()
    with Piping(tmp_path, "--format", "ndjson", "-o", "report.json", "-w", "kept.pcapng", stdout=writer) as run:
        os.close(writer)
        run.feed("tls13")
        assert os.read(reader, 1)
        os.close(reader)
        code, _ = run.wait()
    assert code == 141, "noticed though nothing was to be written"
    assert len(json.loads((tmp_path / "report.json").read_text())["handshakes"]) == 1
    assert len(analyzer.scan(tmp_path / "kept.pcapng")) == 1


def test_a_full_disk(tmp_path):
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); from analyzer.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    assert resource.RLIMIT_FSIZE is not None
    os.mkfifo(tmp_path / "wire")
    words = [sys.executable, "-c", script, "-i", str(tmp_path / "wire"), "--format", "ndjson", "-w", "kept.pcapng"]
    with subprocess.Popen(
        words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(SAMPLES.parent)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        with (tmp_path / "wire").open("wb") as wire:
            wire.write((SAMPLES / "tour.pcapng").read_bytes())
        out, err = process.communicate(timeout=20)
    assert process.returncode == 74
    assert b"kept.pcapng: cannot be written: File too large" in err
    assert b"handshakes in " in err
    assert out.count(b"\n") >= 1
    kept = analyzer.scan(tmp_path / "kept.pcapng")
    assert kept.sources[0].damage is None
    assert len(kept) >= 1


def test_text_is_a_line_a_handshake(tmp_path):
    with Piping(tmp_path, "--width", "120") as run:
        run.feed("tls13", "tls10-rc4")
        until(lambda: sum("TLS 1." in line for line in run.lines) == 2)
        run.end()
        assert run.wait()[0] == 0
    assert "server name" in run.lines[0]
    assert max(len(line.rstrip("\n")) for line in run.lines) <= 120
    assert any("rc4-cipher" in line for line in run.lines)


def test_findings_come_with_their_handshakes(tmp_path):
    with Piping(tmp_path, "--format", "ndjson", "--table", "findings") as run:
        run.feed("tls10-rc4")
        until(lambda: any(json.loads(line)["rule"] == "rc4-cipher" for line in run.lines))
        assert run.process.poll() is None
        run.end()
        assert run.wait()[0] == 0
    assert len({json.loads(line)["finding"] for line in run.lines}) == len(run.lines)


@pytest.mark.parametrize(("severity", "expected"), [("critical", 0), ("high", 1)])
def test_fail_on(tmp_path, severity, expected):
    with Piping(tmp_path, "--view", "quiet", "--fail-on", severity) as run:
        run.feed("tls10-rc4")
        run.end()
        assert run.wait()[0] == expected
    assert run.lines == []


def test_packets_on_standard_output(tmp_path):
    with (tmp_path / "out.pcapng").open("wb") as out, Piping(tmp_path, "-w", "-", stdout=out) as run:
        run.feed("tls13")
        run.end()
        assert run.wait()[0] == 0
    assert len(analyzer.scan(tmp_path / "out.pcapng")) == 1


def test_rotation(tmp_path):
    with Piping(tmp_path, "--view", "quiet", "-w", "kept.pcapng", "--rotate", "20kB") as run:
        run.feed("tour")
        run.end()
        assert run.wait()[0] == 0
    files = sorted(tmp_path.glob("kept_*.pcapng"))
    assert len(files) > 3
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert sum(len(analyzer.scan(path)) for path in files) == 34, "no handshake is torn between files"


def test_a_folder_and_a_page_at_the_end(tmp_path):
    """A folder of Zeek's logs says what a file's says, and the page has all handshakes."""
    with Piping(tmp_path, "--view", "quiet", "--format", "zeek", "-o", "logs/", "-o", "page.html") as run:
        run.feed("tour")
        run.end()
        assert run.wait()[0] == 0
    assert run.lines == []
    for table, log in (("handshakes", "ssl.log"), ("certificates", "x509.log")):
        of_a_file = subprocess.run(
            [sys.executable, "-m", "analyzer", str(SAMPLES / "tour.pcapng"), "--format", "zeek", "--table", table],
            capture_output=True, encoding="utf-8", check=True,
        ).stdout  # fmt: skip
        assert (tmp_path / "logs" / log).read_text() == of_a_file
    assert '<a href="#handshakes">34' in (tmp_path / "page.html").read_text()


def test_stats(tmp_path):
    with Piping(tmp_path, "--view", "quiet", "--stats") as run:
        run.feed("tls13")
        run.end()
        code, said = run.wait()
    assert code == 0
    [line] = [line for line in said.splitlines() if "stats: " in line]
    words = dict(word.split("=") for word in line.partition("stats: ")[2].split())
    assert (words["packets"], words["handshakes"], words["dropped"], words["unread"]) == ("20", "1", "0", "0")
    assert float(words["memory_mib"]) > 10


def test_a_damaged_capture_in_the_pipe(tmp_path):
    with Piping(tmp_path, "--format", "ndjson") as run:
        data = (SAMPLES / "tls13.pcapng").read_bytes()
        os.write(run._into, data + b"\x06\0\0\0\xff\xff\xff\xff" + bytes(40))
        run.end()
        code, said = run.wait()
    assert (code, len(run.lines)) == (4, 1)
    assert "says it is 4294967295 bytes long" in said


def test_no_capture_in_the_pipe(tmp_path):
    with Piping(tmp_path, "--format", "ndjson") as run:
        os.write(run._into, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
        run.end()
        code, said = run.wait()
    assert (code, run.lines) == (4, [])
    assert "not a capture file" in said
