"""Who may capture, and what is said of who may not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from veth import need

from analyzer.capture.live import rights
from analyzer.capture.live.rights import CATCHERS, Found, Lack, advice, find, may_capture, standings

ROOT = Path(__file__).parents[3]
BOTH = 1 << 12 | 1 << 13


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder that alone is searched."""
    monkeypatch.setattr(rights, "_PLACES", (str(tmp_path),))
    monkeypatch.setattr(rights.os, "get_exec_path", lambda: ["", ".", "relative"])
    monkeypatch.setattr(rights, "_status", lambda: {"CapBnd": BOTH, "NoNewPrivs": 0})
    monkeypatch.setattr(rights.sys, "platform", "linux")

    def make(name, mode=0o755, text="#!/bin/sh\nexit 0\n"):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
        return str(tmp_path / name)

    return make


def test_found_in_the_usual_places_though_path_does_not_name_them(programs):
    path = programs("dumpcap")
    assert find("dumpcap") == Found(path=path, runnable=True)
    assert find("tcpdump") == Found()


def test_a_program_beside_one_is_no_program(programs, tmp_path, monkeypatch):
    programs("dumpcap")
    monkeypatch.setattr(rights, "_PLACES", ())
    monkeypatch.chdir(tmp_path)
    assert find("dumpcap") == Found()


def test_one_that_may_be_run_comes_before_one_that_may_not(programs, tmp_path, monkeypatch):
    programs("dumpcap", 0o644)
    assert find("dumpcap") == Found(path=str(tmp_path / "dumpcap"))
    (tmp_path / "other").mkdir()
    other = programs("other/dumpcap")
    monkeypatch.setattr(rights, "_PLACES", (str(tmp_path), str(tmp_path / "other")))
    assert find("dumpcap") == Found(path=other, runnable=True)


@pytest.mark.parametrize(("script", "may"), [("exit 0", True), ("exit 1", False), ("echo; kill -9 $$", False)])
def test_a_program_is_tried(programs, script, may):
    programs("dumpcap", text=f'#!/bin/sh\n[ "$*" = "-L -i lo" ] || exit 9\n{script}\n')
    assert may_capture("dumpcap", "lo") is may


def test_one_that_hangs_may_not(programs, monkeypatch):
    monkeypatch.setattr(rights, "_TRY_SECONDS", 0.2)
    programs("dumpcap", text="#!/bin/sh\nexec sleep 60\n")
    assert not may_capture("dumpcap", "lo")
    assert not may_capture("tcpdump", "lo")


@pytest.mark.usefixtures("programs")
def test_not_installed(monkeypatch):
    monkeypatch.setattr(rights.shutil, "which", lambda name: name if name in {"dnf", "brew"} else None)
    assert advice("dumpcap") == Lack(what="dumpcap is not installed", give="sudo dnf install wireshark-cli")
    monkeypatch.setattr(rights.shutil, "which", lambda _: None)
    assert str(advice("tcpdump")) == "tcpdump is not installed (install tcpdump)"
    monkeypatch.setattr(rights.importlib.util, "find_spec", lambda _: None)
    assert advice("scapy").give.endswith("-m pip install scapy")


def test_not_for_this_user(programs, monkeypatch):
    path = programs("dumpcap", 0o750)
    monkeypatch.setattr(rights.os, "access", lambda *_: False)
    monkeypatch.setattr(rights, "_user", lambda: "ann")
    monkeypatch.setattr(rights, "_group", lambda _: ("wireshark", ["bob"]))
    assert str(advice("dumpcap")) == f"{path} is for the group wireshark alone (sudo usermod -aG wireshark ann, then log in again)"
    monkeypatch.setattr(rights, "_group", lambda _: ("wireshark", ["bob", "ann"]))
    assert str(advice("dumpcap")) == f"{path} is for the group wireshark, which ann has joined since this login (log in again)"
    monkeypatch.setattr(rights, "_group", lambda _: ("", []))
    assert advice("dumpcap").give == f"sudo chmod a+x {path}"


def test_without_capabilities(programs, monkeypatch):
    path = programs("dumpcap")
    assert advice("dumpcap").give == f"sudo setcap cap_net_raw,cap_net_admin=eip {path}"
    monkeypatch.setattr(rights.os, "getxattr", lambda *_: b"\1", raising=False)
    assert "nosuid" in advice("dumpcap").give


def test_in_a_container_or_without_new_privileges(programs, monkeypatch):
    programs("dumpcap")
    monkeypatch.setattr(rights, "_status", lambda: {"CapBnd": 1 << 12, "NoNewPrivs": 0})
    assert "--cap-add=NET_RAW" in advice("dumpcap").give
    monkeypatch.setattr(rights, "_status", lambda: {"CapBnd": BOTH, "NoNewPrivs": 1})
    monkeypatch.setattr(rights.os, "geteuid", lambda: 1000)
    assert "no_new_privs" in advice("dumpcap").give


def test_on_macos(programs, monkeypatch):
    programs("tcpdump")
    monkeypatch.setattr(rights.sys, "platform", "darwin")
    assert str(advice("tcpdump")).startswith("tcpdump may not read /dev/bpf* (install ChmodBPF")


def test_where_nothing_is_up_nothing_is_tried():
    assert [(one.name, one.may, one.lack) for one in standings("")] == [(name, False, None) for name in CATCHERS]


def test_the_groups_of_a_file(tmp_path):
    (tmp_path / "x").touch(0o710)
    (tmp_path / "x").chmod(0o710)
    assert rights._group(str(tmp_path / "x"))[0] != ""
    (tmp_path / "x").chmod(0o700)
    assert rights._group(str(tmp_path / "x")) == ("", [])
    assert rights._group(str(tmp_path / "none")) == ("", [])


def test_what_the_kernel_lets_this_process_have():
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux alone has /proc/self/status")
    assert rights._status().keys() == {"CapBnd", "NoNewPrivs"}


def test_root_may_and_nobody_may_not():
    need("dumpcap", "tcpdump", "scapy")
    if not sys.platform.startswith("linux") or os.geteuid() or not all(may_capture(name, "lo") for name in CATCHERS):
        pytest.skip("no right to capture here")
    code = (
        "import os, encodings.ascii, psutil, scapy\nfrom analyzer.capture.live import rights\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "rights._user = lambda: 'nobody'\nfor one in rights.standings('lo'): print(one.name, one.may, bool(one.lack.give))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == "dumpcap False True\ntcpdump False True\nscapy False True\n"
