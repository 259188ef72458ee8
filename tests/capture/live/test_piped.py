"""Piped: a capture that somebody else makes, read until it ends or is left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from capture_writers import pcap

from analyzer.capture import Capture
from analyzer.capture.inputs import Pipe
from analyzer.capture.live.piped import Piped, is_pipe
from analyzer.errors import NoInterfaceError

CAPTURE = pcap([(1, 0, bytes(60)), (2, 0, bytes(60))])

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def test_what_is_a_pipe(fifo, tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(CAPTURE)
    asked = {"-": True, fifo: True, str(plain): False, "eth0": False, "/nowhere": False, "\0/": False}
    assert {name: is_pipe(name) for name in asked} == asked


def test_it_is_read_to_its_end(fifo):
    piped = Piped(fifo)
    writer = threading.Thread(target=lambda: Path(fifo).write_bytes(CAPTURE), daemon=True)
    writer.start()
    writer.join(5)
    assert sum(map(len, Capture(Pipe(piped.input), name=fifo))) == 2
    assert piped.ended() is None
    piped.close()
    piped.close()


def test_stop_ends_a_read_that_waits(fifo):
    piped = Piped(fifo)
    with Path(fifo).open("wb"):  # somebody is there, and says nothing
        threading.Timer(0.1, piped.stop).start()
        begun = time.monotonic()
        assert piped.input.read(10) == b""
        assert time.monotonic() - begun < 5
    piped.close()


def test_one_that_cannot_be_opened(tmp_path):
    with pytest.raises(NoInterfaceError, match=r"nothing: cannot be opened: No such file"):
        Piped(str(tmp_path / "nothing"))


def test_standard_input():
    script = "from analyzer.capture.live.piped import Piped; print(len(Piped('-').input.readall()))"
    done = subprocess.run([sys.executable, "-c", script], input=CAPTURE, capture_output=True, check=True)
    assert int(done.stdout) == len(CAPTURE)
