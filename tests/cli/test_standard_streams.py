"""Standard input, output and error may be closed, full, left, or speak another language: the run goes on, or ends with its code."""

import csv
import io
import json
import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from traffic import capture, connection, hello, pcapng

from analyzer.reports import FORMATS

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="descriptors as POSIX has them"),
    pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here"),
]
REAL = ("-m", "analyzer")
CLOSED, FULL, LEFT = "closed", "full", "left"


@pytest.fixture
def run(start):
    """Run with a stream as ``out`` or ``err`` says: (exit code, standard output, standard error)."""

    def call(*args, out=None, err=None, **options):
        with ExitStack() as stack:
            closed = []
            for number, name, state in ((1, "stdout", out), (2, "stderr", err)):
                if state == CLOSED:
                    closed.append(number)
                elif state == FULL:
                    options[name] = stack.enter_context(Path("/dev/full").open("wb"))
                elif state == LEFT:
                    read, write = os.pipe()
                    os.close(read)
                    options[name] = stack.enter_context(os.fdopen(write, "wb"))
            if closed:
                options["preexec_fn"] = lambda: [os.close(number) for number in closed]
            process = start(*args, **options)
        told = process.communicate(timeout=60)
        return (process.returncode, *told)

    return call


# ---- standard output


@pytest.mark.parametrize("count", ["empty", "1", "3000"])
@pytest.mark.parametrize("name", list(FORMATS))
def test_a_reader_that_is_gone(run, name, count):
    """Before the first write, and at the last flush alone."""
    code, _, err = run("0" if count == "empty" else count, "--format", name, out=LEFT)
    nothing = count == "empty" and FORMATS[name].streaming and FORMATS[name].kind == "json"
    assert (code, err) == (0 if nothing else 141, b"")


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["--tables"], ["verify", "--help"]])
def test_a_reader_of_the_help_that_is_gone(run, words):
    assert run(*words, out=LEFT)[::2] == (141, b"")
    assert run(*words, out=FULL)[::2] == (74, b"tlsscan: cannot write: No space left on device\n")


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"markdown", "cbom"}))  # whose bytes a pipe takes at once
def test_a_reader_that_goes_in_the_middle(start, name):
    process = start("3000", "--format", name)
    assert process.stdout.read(10)
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b""


@pytest.mark.parametrize("name", list(FORMATS))
def test_closed_standard_output(run, name):
    assert run("3", "--format", name, out=CLOSED)[::2] == (74, b"tlsscan: cannot write: Bad file descriptor\n")


def test_a_file_does_not_take_the_place_of_a_closed_stream(run, tmp_path):
    """What is opened first gets the lowest number: a message, or what a child says, must not end in a report."""
    code, *_ = run("bad", "3", "-o", "report.csv", "-o", "report.json", out=CLOSED, err=CLOSED)
    assert code == 3
    assert (tmp_path / "report.csv").read_bytes().count(b"\r\n") == 4
    assert len(json.loads((tmp_path / "report.json").read_bytes())["handshakes"]) == 3


# ---- standard error


@pytest.mark.parametrize("state", [CLOSED, FULL, LEFT])
@pytest.mark.parametrize(
    ("words", "code"),
    [(["3"], 0), (["bad"], 3), (["bad", "3"], 3), (["damaged"], 4), (["limit"], 4), (["crash"], 70), (["crash", "--debug"], 70),
     (["--nonsense"], 2), (["3", "-o", "no/such/report.csv"], 2), (["3", "--progress"], 0)],
)  # fmt: skip
def test_nobody_hears_the_messages(run, words, code, state):
    found, out, _ = run(*words, "--format", "ndjson", err=state)
    assert found == code
    assert all(json.loads(line) for line in out.splitlines())
    assert out.count(b"\n") == {0: 3, 2: 0, 3: 3 * ("3" in words), 4: 2, 70: 2}[code]


@pytest.mark.parametrize("state", [FULL, LEFT])
def test_a_bar_that_nobody_sees(monkeypatch, tlsscan, state):
    """Long work draws one; rich would leave the program where its pipe is closed."""
    from analyzer.cli import progress

    class Stream(io.StringIO):
        def write(self, _):
            raise BrokenPipeError if state == LEFT else OSError(28, os.strerror(28))

        def flush(self):
            self.write("")

        def isatty(self):
            return True

    monkeypatch.setattr(progress, "_QUIET_SECONDS", -1.0)
    monkeypatch.setattr(progress, "_STEP_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", Stream())
    drawn = []
    start_bar = progress.Progress._start
    monkeypatch.setattr(progress.Progress, "_start", lambda bar, total: drawn.append(start_bar(bar, total)))
    code, out, _ = tlsscan("3", "--progress", "--format", "ndjson")
    assert (code, out.count(b"\n"), len(drawn)) == (0, 3, 1)


# ---- standard input


def test_closed_standard_input(start):
    process = start("-", "--format", "json", script=REAL, stdin=None, preexec_fn=lambda: os.close(0))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, b"")
    assert re.fullmatch(rb"tlsscan: -: not a capture file \(it is empty\)\n", err)


# ---- other encodings


@pytest.fixture
def foreign(tmp_path):
    """A capture whose text UTF-8 writes with bytes that an 8-bit terminal takes for controls (0x9B of "Û" begins a sequence)."""
    frames = connection(50_000, (False, b"EHLO a\r\n"), (True, "220 Û31m Жё\r\n".encode()), (False, hello(b"one.example")))
    (tmp_path / "Û31mЖ.pcapng").write_bytes(pcapng(frames, comment="Û31mЖ😀".encode(), interface="Û".encode()))
    return "Û31mЖ.pcapng"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_text_in_another_encoding(run, foreign, encoding):
    code, out, err = run(foreign, "--width", "100", script=REAL, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"})
    assert (code, err) == (0, b"")
    assert not re.search(rb"[\x80-\x9f]", out)
    shown = out.decode(encoding)
    assert ("\\u{db}31m\\u{416}.pcapng" if encoding == "ascii" else "Û31m\\u{416}.pcapng") in shown
    assert "1 handshake -" in shown or "1 handshake ·" in shown
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", ["json", "ndjson", "csv"])
def test_data_is_utf8_whatever_the_encoding(run, foreign, name):
    environments = ({"PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"} for encoding in ("ascii", "utf-8"))
    one, other = (run(foreign, "--format", name, script=REAL, env=environment) for environment in environments)
    assert one == other
    assert "Û31mЖ.pcapng".encode() in one[1]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("name", [one.name for one in FORMATS.values() if one.kind != "binary"])
def test_on_a_terminal_of_another_encoding_no_byte_is_a_control(start, drained, foreign, name, encoding):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "1", "TERM": "dumb"}
    process = start(foreign, "--format", name, "--no-progress", script=REAL, stdout=theirs, env=environment)
    os.close(theirs)
    shown = drained(ours)
    assert process.wait(60) == 0
    assert not re.search(rb"[\x80-\x9f\x1b]", shown)
    text = shown.decode(encoding)
    if name == "json":
        assert json.loads(text)["sources"][0]["comments"][0] == "Û31mЖ😀"
    if name == "ndjson":
        assert json.loads(text)["source"] == foreign
    if name == "csv":
        header, row = csv.reader(io.StringIO(text))
        assert dict(zip(header, row, strict=True))["source"].endswith("31m\\u{416}.pcapng")


def test_messages_and_the_bar_in_another_encoding(run):
    code, _, err = run("bad Û Ж", "3", script=REAL, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"})
    assert code == 3
    assert err.decode("ascii").startswith("tlsscan: bad \\u{db} \\u{416}: ")


def test_a_name_that_is_no_unicode(start, tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff\x9b31m.pcap"
    Path(os.fsdecode(name)).write_bytes(capture(b"one.example"))
    for style, one in FORMATS.items():
        process = start("--format", style, os.fsdecode(name), script=REAL, stdout=subprocess.PIPE)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        if one.kind == "binary":
            continue
        out.decode()
        assert not re.search(rb"[\xff\x9b]", out)
        if style == "ndjson":
            json.loads(out)
