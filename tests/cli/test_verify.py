"""``tlsscan verify``: exit codes, formats, files; the comparison itself is tested in tests/verify."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from analyzer.cli import main
from analyzer.cli.verify import FORMATS
from analyzer.verify import verdict as verdicts
from analyzer.verify.telling import FORMATS as TELLERS

SAMPLES = Path(__file__).parents[2] / "samples"
GOOD = SAMPLES / "tls12-null.pcapng"

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark (Wireshark) is not installed")


@pytest.fixture
def run(capfdbinary):
    def call(*args):
        code = main(["verify", *map(str, args)])
        return (code, *capfdbinary.readouterr())

    return call


def test_the_formats_of_the_option_are_those_there_are():
    assert tuple(TELLERS) == FORMATS


def test_help(run):
    code, out, _ = run("--help")
    assert code == 0
    assert out.startswith(b"Usage: tlsscan verify [OPTIONS] CAPTURE...")


@pytest.mark.parametrize(
    "args", [[], ["--field", "nonsense", "x"], ["--format", "csv", "x"], ["--limit", "flows=0", "x"], ["-o", "/no/such/x", "x"]]
)
def test_a_wrong_command_line(run, args, monkeypatch):
    monkeypatch.setattr("analyzer.verify.find", lambda tshark: tshark or "tshark")
    code, out, err = run(*args)
    assert (code, out) == (2, b"")
    assert err


def test_no_tshark(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WIRESHARK_PATH", raising=False)
    code, out, err = run(GOOD)
    assert (code, out) == (69, b"")
    assert err.count(b"\n") == 1
    assert run("--tshark", tmp_path / "gone" / "tshark", GOOD)[0] == 69


@needs_tshark
def test_both_agree(run):
    code, out, err = run(GOOD)
    assert (code, err) == (0, b"")
    assert b"Both agree" in out


@needs_tshark
def test_no_capture(run, tmp_path):
    (tmp_path / "text.pcap").write_text("no capture")
    code, out, err = run("--field", "random", tmp_path / "text.pcap", GOOD)
    assert code == 3
    assert b"Both agree" in out
    assert b"not a capture" in err


@needs_tshark
def test_they_differ(run, tmp_path, monkeypatch):
    # One of ours is taken away, so that they differ whatever is on the wire.
    whole = verdicts.own.facts
    monkeypatch.setattr(verdicts.own, "facts", lambda handshake: list(whole(handshake))[1:])
    code, out, _ = run("--format", "ndjson", GOOD)
    assert code == 1
    assert [json.loads(line)["message"] for line in out.splitlines()] == ["client_hello"]
    place = tmp_path / "report.json"
    code, out, _ = run("--format", "json", "-o", place, GOOD)
    assert (code, out) == (1, b"")
    assert [one["agree"] for one in json.loads(place.read_text())] == [False]


SLOW = """#!{python}
import sys, time
if "-v" in sys.argv:
    print("TShark (Wireshark) 4.0.1 (slow).")
else:
    open({mark!r}, "w").close()
    time.sleep(600)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals and scripts as programs are POSIX")
@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("place", ["-", "report.json"])
def test_an_interrupt_ends_both_and_leaves_whole_json_or_the_old_file(start, tmp_path, number, expected, place):
    (tmp_path / "report.json").write_text("old")
    program, mark = tmp_path / "tshark", tmp_path / "asked"
    program.write_text(SLOW.format(python=sys.executable, mark=str(mark)))
    program.chmod(0o755)
    process = start("verify", "--tshark", program, GOOD, "--format", "json", "-o", place)
    while not mark.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)  # the pipes close only when no child holds them
    assert (process.returncode, err) == (expected, b"tlsscan: interrupted\n")
    assert out == (b"[]\n" if place == "-" else b"")
    assert (tmp_path / "report.json").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 3
