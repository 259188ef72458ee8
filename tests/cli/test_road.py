"""The command on real captures, made here byte by byte: the whole road from a file to a line."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from traffic import capture

from analyzer.cli import main

ROOT = Path(__file__).parents[2]


class Done(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes


@pytest.fixture
def tlsscan(tmp_path, monkeypatch, capfdbinary):
    (tmp_path / "good.pcap").write_bytes(capture(b"one.example", b"two.example"))
    (tmp_path / "cut.pcap").write_bytes(capture(b"one.example", b"two.example")[:-10])
    (tmp_path / "later.pcap.gz").write_bytes(gzip.compress(capture(b"three.example", start=1_767_229_200)))
    (tmp_path / "hostile.pcap").write_bytes(capture(b"\x1b[31m\xe2\x80\xae\x00=cmd"))
    (tmp_path / "notes.txt").write_text("not a capture\x1b[31m\n")
    monkeypatch.chdir(tmp_path)

    def run(*args):
        code = main(list(args))
        return Done(code, *capfdbinary.readouterr())

    return run


def names(done):
    return [json.loads(line)["server_name"] for line in done.stdout.splitlines()]


def test_handshakes_of_a_file(tlsscan):
    done = tlsscan("--format", "ndjson", "good.pcap")
    assert (done.returncode, done.stderr) == (0, b"")
    assert names(done) == ["one.example", "two.example"]


def test_standard_input(tmp_path):
    command = [sys.executable, "-c", "import sys; from analyzer.cli import main; sys.exit(main())", "--format", "ndjson", "-"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, input=capture(b"pipe.example"), capture_output=True, cwd=tmp_path, env=environment, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert names(done) == ["pipe.example"]


def test_several_are_one_body_of_traffic(tlsscan):
    done = tlsscan("later.pcap.gz", "good.pcap", "--format", "ndjson")
    assert done.returncode == 0
    assert sorted(names(done)) == ["one.example", "three.example", "two.example"]


def test_a_good_one_among_bad_ones(tlsscan):
    done = tlsscan("--format", "ndjson", "missing.pcap", "good.pcap", "notes.txt")
    assert done.returncode == 3
    assert names(done) == ["one.example", "two.example"]
    first, second = done.stderr.decode().splitlines()
    assert first == "tlsscan: missing.pcap: No such file or directory"
    assert second.startswith("tlsscan: notes.txt: not a capture")


@pytest.mark.parametrize("name", ["missing.pcap", "notes.txt"])
@pytest.mark.parametrize("style", ["text", "json", "ndjson", "csv"])
def test_only_a_bad_one(tlsscan, name, style):
    done = tlsscan("--format", style, name)
    assert (done.returncode, done.stdout) == (3, b"")
    assert len(done.stderr.splitlines()) == 1
    assert b"\x1b" not in done.stderr


def test_a_damaged_one_is_reported_up_to_there(tlsscan):
    done = tlsscan("--format", "ndjson", "cut.pcap")
    assert done.returncode == 4
    assert "one.example" in names(done)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("tlsscan: cut.pcap: ")


def test_a_folder(tlsscan):
    done = tlsscan("--format", "ndjson", ".")
    assert done.returncode == 4
    assert "three.example" in names(done)
    assert b"left out as no captures: 1 (first " in done.stderr


@pytest.mark.parametrize("style", ["text", "json", "ndjson", "csv"])
def test_a_hostile_name_moves_nothing(tlsscan, style):
    done = tlsscan("--format", style, "hostile.pcap")
    assert done.returncode == 0
    shown = done.stdout.decode()
    assert not set(shown) & {"\x1b", "\u202e", "\0", "\x7f"}


def test_text_tells_the_names(tlsscan):
    done = tlsscan("--width", "80", "good.pcap")
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert "2 handshakes" in shown
    assert "one.example" in shown
    assert max(map(len, shown.splitlines())) <= 80
