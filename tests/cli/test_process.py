"""The command in a process of its own: pipes, signals, devices."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and pipes as POSIX has them")


def lines(data):
    return [json.loads(line) for line in data.splitlines()]


def test_a_reader_that_leaves_early(start):
    process = start("--format", "ndjson", "20000")
    assert json.loads(process.stdout.readline())["handshake"] == 1
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr.read() == b""


def test_a_reader_that_never_came(start):
    read, write = os.pipe()
    os.close(read)
    process = start("5", stdout=write)
    os.close(write)
    assert process.wait(20) == 141
    assert process.stderr.read() == b""


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", signal.SIGTERM), 143)]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_interrupted_it_keeps_what_was_read(start, tmp_path, number, code):
    (tmp_path / "report.json").write_text("old")
    process = start("--format", "ndjson", "slow", "-o", "-", "-o", "report.json", "-o", "report.txt", "-o", "report.csv")
    first = process.stdout.readline()
    process.send_signal(number)
    rest = process.stdout.read()  # communicate would lose what readline has buffered
    assert process.wait(20) == code
    told = [row["handshake"] for row in lines(first + rest)]
    assert told in ([1], [1, 2])
    assert process.stderr.read() == b"tlsscan: interrupted: what was read until then is reported\n"
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert report["interrupted"] is True
    assert [row["handshake"] for row in report["handshakes"]] == told
    assert b"interrupted: what was read until then" in (tmp_path / "report.txt").read_bytes()
    assert len((tmp_path / "report.csv").read_bytes().splitlines()) == 1 + len(told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.csv", "report.json", "report.txt"]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_interrupted_before_anything_was_read_it_leaves_the_old_file(start, tmp_path, number, code):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "report.csv").write_text("old")
    process = start("empty", "-o", "report.csv", "-o", "pipe", "--format", "ndjson")  # it waits for a reader of the pipe
    while len(list(tmp_path.iterdir())) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (code, b"", b"tlsscan: interrupted: nothing is reported\n")
    assert (tmp_path / "report.csv").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_second_signal_does_not_wait_for_a_reader_that_sleeps(start):
    process = start("--format", "ndjson", "20000")
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in {130, 143}  # its pipe is full of lines that nobody takes; which signal comes last the system decides


def test_what_nohup_ignores_stays_ignored(start):
    process = start("--format", "ndjson", "slow", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)


def test_interrupted_text_is_told_whole(start):
    process = start("--format", "ndjson", "-o", "-", "-o", "/dev/stderr", "slow")
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert lines(err.rpartition(b"tlsscan:")[0])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("name", ["text", "json", "ndjson", "csv"])
def test_no_room(start, name):
    with Path("/dev/full").open("wb") as full:
        process = start("--format", name, "50", stdout=full)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 74
    assert err == b"tlsscan: cannot write: No space left on device\n"


def test_standard_output_was_closed(start):
    process = start("--format", "ndjson", "5", stdout=None, preexec_fn=lambda: os.close(1))
    _, err = process.communicate(timeout=20)
    assert process.returncode == 74
    assert err == b"tlsscan: cannot write: Bad file descriptor\n"


def test_help_imports_nothing_heavy():
    heavy = "{'numpy', 'pandas', 'rich', 'cryptography'}"
    code = f"import sys; from analyzer.cli import main; main(['--help']); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.endswith(b"[]\n")


def test_text_on_a_terminal_fits_it_and_has_colour(start, drained):
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 50, 0, 0))
    process = start("3", stdout=theirs, env={"TERM": "xterm-256color"})
    os.close(theirs)
    shown = drained(ours)
    assert process.wait(20) == 0
    assert b"\x1b[" in shown
    import re

    bare = re.sub(rb"\x1b\[[\d;?]*[a-zA-Z]", b"", shown).decode().replace("\r", "")
    assert max(map(len, bare.splitlines())) <= 50
    assert "unanswered" in bare
