"""tlsscan -i: what cannot go together is said before anything is opened."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["capture.pcap"], "capture.pcap: captures are not read while interfaces are watched"),
        (["--rotate", "1MB"], "there is no -w"),
        (["-w", "a", "--rotate", "1parsec"], "'1parsec'"),
        (["-w", "a.pcapng", "--append", "a.pcapng"], "a.pcapng is to be written twice"),
        (["-o", "-"], "-o - means nothing here"),
        (["-o", "report.docx"], "the suffix is none of"),
        (["-w", "-", "--format", "ndjson"], "it can show nothing else"),
        (["-w", "-", "--view", "rows"], "it can show nothing else"),
        (["--view", "rows", "--format", "ndjson"], "--format ndjson is for programs"),
        (["--count", "0"], "0 is not in the range"),
        (["--duration", "soon"], "no time such as"),
        (["--capture-with", "tshark"], "'tshark' is not one of"),
    ],
)
def test_what_cannot_go_together(tlsscan, words, said):
    code, out, err = tlsscan("-i", "nothing0", *words)
    assert (code, out) == (2, b""), err
    assert said in " ".join(err.decode().split())


def test_neither_captures_nor_interfaces(tlsscan):
    code, _, err = tlsscan()
    assert code == 2
    assert b"Missing argument 'CAPTURE...' (or -i NAME to watch an interface)" in err


def test_an_interface_that_is_not_there(tlsscan):
    code, out, err = tlsscan("-i", "nothing0")
    assert (code, out) == (3, b"")
    assert b"tlsscan: nothing0: no such interface; there are " in err
    assert err.count(b"\n") == 1


def test_a_trust_store_that_is_none(tmp_path):
    os.mkfifo(tmp_path / "wire")  # a process of its own: it gives up its rights
    words = ["-i", tmp_path / "wire", "--trust-store", tmp_path / "none", "--fail-on", "high"]
    done = subprocess.run([sys.executable, "-m", "analyzer", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "none" in done.stderr
