"""How watching ends: asked to, signalled, killed, unread, or without an interface.  What was seen is told, and nothing is left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest
from train import frames
from watcher import PROGRAMS, SAMPLES, TLSSCAN, TWO, left_behind, needs_catcher, read, steady, watching
from wires import laid, until

from analyzer.capture import Capture

RATE = 2000
HALF = 7
FIVE = [SAMPLES / f"{name}.pcapng" for name in ("tls13", "tls12-ecdhe-rsa", "tls12-ecdhe-ecdsa", "tls10-rsa", "tls12-cbc")]


def half_done():
    """Frames of a handshake up to the server's first flight."""
    return frames(SAMPLES / "tls12-chacha20.pcapng")[:HALF]


def last_words(watcher):
    """Whether it said how many packets and handshakes there were."""
    return all(re.search(pattern, watcher.said) for pattern in (r"near0: [\d,]+ packets? received.* unread", r"\d+ handshakes? in "))


def test_a_count_ends_it(wire, tmp_path):
    with watching(wire, tmp_path, "--format", "ndjson", "--count", "2") as watcher:
        wire.replay(FIVE, RATE)
        assert watcher.wait() == 0, watcher.said
    assert len(watcher.rows) == 2
    assert last_words(watcher), watcher.said


def test_a_duration_ends_it(wire, tmp_path):
    with watching(wire, tmp_path, "--format", "ndjson", "--duration", "1.5s") as watcher:
        wire.replay(FIVE, RATE)
        assert watcher.wait() == 0, watcher.said
    assert len(watcher.rows) == 5
    assert last_words(watcher), watcher.said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_tells_what_was_seen(wire, tmp_path, number, code):
    report = tmp_path / "report.ndjson"
    with watching(wire, tmp_path, "--format", "ndjson", "-o", report) as watcher:
        wire.replay(FIVE, RATE)
        wire.replay(half_done(), RATE)
        assert watcher.end(number) == code, watcher.said
    assert sorted(row["outcome"] for row in watcher.rows) == sorted([row["outcome"] for path in FIVE for row in read(path)] + ["cut"])
    assert len(report.read_text().splitlines()) == 6
    assert last_words(watcher), watcher.said
    assert "Traceback" not in watcher.said


@pytest.mark.parametrize("program", TWO)
def test_a_signal_under_load_ends_it_all_the_same(wire, tmp_path, program):
    needs_catcher(program)
    with watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program) as watcher:
        sending = wire.send(frames(*FIVE) * 400, 5000)
        watcher.settle(20)
        assert watcher.end() == 130, watcher.said
        sending.stop()
    assert last_words(watcher), watcher.said
    assert all(json.loads(line) for line in watcher.out.splitlines())


def test_a_group_is_interrupted_at_once_as_by_a_shell(wire, tmp_path):
    """Ctrl-C in a terminal goes to the programs that capture, too."""
    command = wire.near(*TLSSCAN, "-i", "near0", "--format", "ndjson")
    out, err = (tmp_path / "out").open("w+b"), (tmp_path / "err").open("w+b")
    with out, err, subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True) as process:
        steady(process, [wire.index()], (tmp_path / "err").read_text)
        wire.replay(FIVE, RATE)
        time.sleep(0.5)  # dumpcap is interrupted too, and hands on only what it has taken
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 130
    assert len({json.loads(line)["handshake"] for line in (tmp_path / "out").read_text().splitlines()}) == 5
    said = (tmp_path / "err").read_text()
    assert "went away" not in said
    assert "Traceback" not in said
    assert until(lambda: not left_behind(wire), 5)


@pytest.mark.parametrize("view", ["rows", "summary"])
def test_ctrl_c_in_a_terminal(wire, view):
    pid, master = pty.fork()
    if not pid:
        command = wire.near(*TLSSCAN, "-i", "near0", "--view", view)
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    shown, code = b"", None

    def look():
        nonlocal shown, code
        with contextlib.suppress(OSError):  # EIO: nobody writes any more
            os.set_blocking(master, False)
            while chunk := os.read(master, 65536):
                shown += chunk
        if code is None and (ended := os.waitpid(pid, os.WNOHANG))[0]:
            code = os.waitstatus_to_exitcode(ended[1])
        return code is not None

    class Process:
        def __init__(self):
            self.pid, self.returncode = pid, None

        def poll(self):
            return code if look() else None

    steady(Process(), [wire.index()], lambda: shown.decode(errors="replace"))
    wire.replay(FIVE, RATE)
    seen = until(lambda: look() or (b"shop.example" in shown if view == "rows" else re.search(rb"\b5\b[^\n]*handshake", shown)), 5)
    os.write(master, b"\x03")
    until(look, 20)
    os.close(master)
    text = shown.decode(errors="replace")
    assert seen, text
    assert code == 130, text
    assert re.search(r"near0: [\d,]+ packets? received", text), text
    assert "Traceback" not in text
    assert text.count("\x1b[?25l") <= text.count("\x1b[?25h"), "the cursor is shown again"
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l"), "the screen is given back"
    assert until(lambda: not left_behind(wire), 5)


def test_the_reader_of_the_pipe_is_gone(wire, tmp_path):
    command = " ".join([*TLSSCAN, "-i", "near0", "--format", "ndjson", "2>said; echo ${PIPESTATUS[0]} >&2"])
    process = subprocess.Popen(wire.near("bash", "-c", command.replace("2>said;", "2>said | head -1;")), cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    steady(process, [wire.index()], (tmp_path / "said").read_text)
    wire.replay(FIVE, 200)
    out, code = process.communicate(timeout=20)
    assert len(out.splitlines()) == 1
    assert json.loads(out)["handshake"]
    assert code == "141\n"
    assert "Traceback" not in (tmp_path / "said").read_text()
    assert until(lambda: not left_behind(wire), 5)


@pytest.mark.parametrize("program", TWO)
def test_killed_what_was_written_stays_whole_and_nobody_is_left(wire, tmp_path, program):
    needs_catcher(program)
    added, kept = tmp_path / "added.ndjson", tmp_path / "kept.pcapng"
    options = ("--capture-with", program, "--append", added, "-w", kept, "--rotate", "20kB")
    with watching(wire, tmp_path, "--format", "ndjson", *options) as watcher:
        wire.replay(FIVE, RATE)
        watcher.settle(5)
        until(lambda: len(added.read_text().splitlines()) >= 5, 5)
        assert watcher.end(signal.SIGKILL) == -signal.SIGKILL
        assert until(lambda: not left_behind(wire), 5), left_behind(wire)
    for text in (watcher.out, added.read_text()):
        assert len({json.loads(line)["handshake"] for line in text.splitlines()}) == 5
        assert text.endswith(("\n", "}"))
    whole = [path for path in tmp_path.iterdir() if path.suffix == ".pcapng"]
    for path in whole:
        capture = Capture(path)
        assert sum(map(len, capture)) > 0, path
        assert capture.source.damage is None, (path, capture.source.damage)


@pytest.mark.parametrize(("what", "program"), [*(("down", program) for program in PROGRAMS), *(("delete", program) for program in TWO)])
def test_an_interface_that_goes_away_ends_it(tmp_path, program, what):
    needs_catcher(program)
    with laid() as wire, watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program) as watcher:
        wire.replay(FIVE, RATE)
        wire.replay(half_done(), RATE)
        watcher.settle(5)
        time.sleep(0.5)  # what a program had not taken from the kernel when the interface went is gone
        getattr(wire, what)()
        assert watcher.wait() == 4, watcher.said
    assert sorted(row["outcome"] for row in watcher.rows) == sorted([row["outcome"] for path in FIVE for row in read(path)] + ["cut"])
    assert re.search(r"near0.*(went away|gone|down)", watcher.said), watcher.said
    assert last_words(watcher), watcher.said
    assert "Traceback" not in watcher.said


def test_one_of_two_interfaces_goes_away_and_the_other_is_watched_on(tmp_path):
    with laid(2) as wire, watching(wire, tmp_path, "--format", "ndjson", interfaces=("near0", "near1")) as watcher:
        wire.replay(FIVE[:2], RATE)
        watcher.settle(2)
        time.sleep(0.5)
        wire.delete("near0")
        time.sleep(0.5)
        wire.replay(FIVE[2:], RATE, into="far1")
        watcher.settle(5)
        assert watcher.end() in {4, 130}, watcher.said
    assert {row["source"] for row in watcher.rows} == {"near0", "near1"}
    assert re.search(r"near0.*(went away|gone|down)", watcher.said), watcher.said
