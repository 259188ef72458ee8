"""Asking tshark: found or not, answered or not, nothing is left behind."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import talk
from talk import Wire

from analyzer.errors import CaptureError
from analyzer.verify import WiresharkMissingError, find
from analyzer.verify.wireshark import Asking

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nothing_left():
    before = {*threading.enumerate()}
    yield
    late = {thread for thread in threading.enumerate() if thread.name.startswith("asyncio-waitpid")}  # it has told, and is about to end
    assert {*threading.enumerate()} - late <= before


def test_a_missing_tshark_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WIRESHARK_PATH", raising=False)
    with pytest.raises(WiresharkMissingError, match="not installed"):
        find()
    with pytest.raises(WiresharkMissingError, match="no program"):
        find(tmp_path / "tshark")
    (tmp_path / "tcpdump").write_text("#!/bin/sh\n")
    (tmp_path / "tcpdump").chmod(0o755)
    with pytest.raises(WiresharkMissingError, match="no program"):
        find(tmp_path / "tcpdump")


@pytest.mark.skipif(os.name == "nt", reason="a program is known by its suffix there")
def test_tshark_is_found_by_its_path_its_folder_or_the_environment(tmp_path, monkeypatch):
    program = tmp_path / "tshark"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find(program) == find(tmp_path) == str(program)
    monkeypatch.setenv("WIRESHARK_PATH", str(tmp_path))
    assert find() == str(program)
    monkeypatch.delenv("WIRESHARK_PATH")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() == str(program)


@pytest.mark.usefixtures("nothing_left")
def test_the_answer(tshark, capture):
    path = capture(Wire().open().client(talk.client_hello([0x1301], [talk.SERVER_NAME])).server(talk.server_hello(0x1301)))
    with Asking(path, tshark) as asking:
        facts, words = asking.answer()
    assert [(fact.packet, fact.type) for fact in facts] == [(4, 1), (5, 2)]
    assert facts[0].values["cipher_suites"] == (0x1301,)
    assert words is None
    assert asking.version[0].isdigit()


@pytest.mark.usefixtures("nothing_left")
def test_what_tshark_cannot_read(tshark, tmp_path):
    path = tmp_path / "text.pcap"
    path.write_text("no capture at all")
    with Asking(path, tshark) as asking, pytest.raises(CaptureError, match="Wireshark cannot read it"):
        asking.answer()


@pytest.mark.usefixtures("nothing_left")
def test_a_capture_cut_short_is_answered_with_a_word(tshark, capture):
    path = capture(Wire().open().client(talk.client_hello()).server(talk.server_hello()))
    path.write_bytes(path.read_bytes()[:-9])
    with Asking(path, tshark) as asking:
        facts, words = asking.answer()
    assert [fact.type for fact in facts] == [1]
    assert "cut short" in words


def test_a_tshark_that_does_not_work(tmp_path):
    program = tmp_path / "tshark"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    (tmp_path / "x.pcap").write_bytes(b"")
    with Asking(tmp_path / "x.pcap", str(program)) as asking, pytest.raises(WiresharkMissingError, match="does not work"):
        asking.answer()


SLOW = """#!{python}
import sys, time
if "-v" in sys.argv:
    print("TShark (Wireshark) 4.0.1 (fake).")
else:
    print("[", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see the children")
@pytest.mark.usefixtures("nothing_left")
def test_who_leaves_leaves_no_process(tmp_path):
    program = tmp_path / "tshark"
    program.write_text(SLOW.format(python=sys.executable))
    program.chmod(0o755)
    path = tmp_path / "x.pcap"
    path.write_bytes(b"")
    before = {*Path("/proc").glob("[0-9]*")}
    with pytest.raises(ZeroDivisionError):
        _leave_early(path, str(program))
    mine = [one for one in {*Path("/proc").glob("[0-9]*")} - before if str(program).encode() in _command(one)]
    assert mine == []


def _leave_early(path, program):
    with Asking(path, program) as asking:
        while not asking.running:
            threading.Event().wait(0.01)
        raise ZeroDivisionError


def _command(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_running_event_loop_is_not_disturbed(tshark, capture):
    path = capture(Wire().open().client(talk.client_hello()).server(talk.server_hello()))

    async def cell():
        from analyzer.verify import verify

        return verify(path, tshark=tshark)

    assert asyncio.run(cell())


def test_python_has_nothing_to_complain_about(tshark, capture, tmp_path):
    path = capture(Wire().open().client(talk.client_hello()).server(talk.server_hello()))
    (tmp_path / "config.ini").write_text("[other]\n")  # pyshark would stumble over it
    code = f"from analyzer.verify import verify\nprint([bool(verify({str(path)!r}, tshark={tshark!r})) for _ in range(3)])"
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "[True, True, True]\n"
    assert [line for line in done.stderr.splitlines() if any(word in line for word in ("never awaited", "loop", "child", "pending"))] == []
