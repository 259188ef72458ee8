"""What a live run refuses, and how it says so: filters, names, rights, programs, files."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys

import pytest
from train import frames
from watcher import PROGRAMS, SAMPLES, TWO, needs_catcher, watching

from analyzer.capture import Capture
from analyzer.cli import main

CAPABLE_OF_NOTHING = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs")
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def refused(wire, tmp_path, *options, interfaces=("near0",), **how):
    """Run what is refused; return (exit code, what it said)."""
    with watching(wire, tmp_path, *options, interfaces=interfaces, ready=False, **how) as watcher:
        code = watcher.wait()
    assert watcher.out == ""
    assert "Traceback" not in watcher.said
    return code, watcher.said


@pytest.mark.parametrize("program", TWO)
def test_a_wrong_filter_is_said_with_its_place(wire, tmp_path, program):
    needs_catcher(program)
    code, said = refused(wire, tmp_path, "--capture-with", program, "-f", "tcp prot 443")
    assert code == 2, said
    assert "character 5" in said
    assert '"prot"' in said


@pytest.mark.parametrize("program", TWO)
def test_no_such_interface(wire, tmp_path, program):
    needs_catcher(program)
    code, said = refused(wire, tmp_path, "--capture-with", program, interfaces=("nowhere7",))
    assert code == 3, said
    assert "nowhere7" in said
    assert "near0" in said, "it names those that there are"


def test_one_of_two_interfaces_is_missing(wire, tmp_path):
    code, said = refused(wire, tmp_path, interfaces=("near0", "nowhere7"))
    assert (code, "nowhere7" in said) == (3, True), said


def given():
    """Whether somebody gave the programs that capture the right to (setcap), for all users."""
    found = (shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") for program in PROGRAMS)
    return any("security.capability" in os.listxattr(path) for path in found if path)


@pytest.mark.parametrize("program", [None, "scapy"])
def test_no_permission(wire, tmp_path, program):
    if program:
        needs_catcher(program)
    starts = subprocess.run([*NOBODY, sys.executable, "-c", "import analyzer.cli"], capture_output=True, check=False).returncode == 0
    before = NOBODY if starts and not given() else CAPABLE_OF_NOTHING  # who may not even read Python is no witness
    code, said = refused(wire, tmp_path, *(("--capture-with", program) if program else ()), before=before)
    assert code == 3, said
    assert re.search(r"permi|right|allow", said), said
    assert re.search(r"setcap|sudo|wireshark|cap-add", said), "it says how to give it"


def test_root_without_capabilities_has_no_permission(wire, tmp_path):
    code, said = refused(wire, tmp_path, before=CAPABLE_OF_NOTHING)
    assert code == 3, said
    assert re.search(r"setcap|sudo|wireshark|no_new_privs|cap-add", said), said


def test_a_program_that_is_not_there(wire):
    script = "import sys; sys.modules['scapy'] = None; from analyzer.cli import main; sys.exit(main(sys.argv[1:]))"
    command = wire.near(sys.executable, "-c", script, "-i", "near0", "--capture-with", "scapy")
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 69, done.stderr
    assert "scapy" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [("--snaplen", "0"), ("--rotate", "10MB"), ("--rotate", "soon", "-w", "kept.pcapng"), ("--count", "0"),
                                     ("--duration", "never"), ("--capture-with", "hands"), ("--view", "loud")])  # fmt: skip
def test_options_that_mean_nothing(options, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["-i", "lo", *options]) == 2
    assert options[0] in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [("-f", "tcp"), ("--count", "3"), ("-w", "kept.pcapng"), ("--capture-with", "scapy")])
def test_options_of_watching_mean_nothing_for_a_file(options, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([str(SAMPLES / "tls13.pcapng"), *options]) == 2
    assert capsys.readouterr().out == ""


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of so many bytes at a folder."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no right to make a network namespace here")  # who may not mount may not do that either
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("rotation", [(), ("--rotate", "30kB")])
def test_a_full_disk_under_what_is_kept(wire, tmp_path, rotation):
    with small_disk(tmp_path / "small", "128k") as disk:
        kept = disk / "kept.pcapng"
        with watching(wire, tmp_path, "--format", "ndjson", "-w", kept, *rotation) as watcher:
            sending = wire.send(frames(*sorted(SAMPLES.glob("tls1*.pcapng"))) * 4, 2000)
            code = watcher.wait()
            sending.stop()
        assert code == 74, watcher.said
        assert "kept" in watcher.said, watcher.said
        assert re.search(r"[Nn]o space", watcher.said), watcher.said
        assert "Traceback" not in watcher.said
        assert watcher.rows, "what was seen was told"
        for path in disk.glob("*.pcapng"):
            capture = Capture(path)
            assert sum(map(len, capture)) > 0
            assert capture.source.damage is None, (path, capture.source.damage)


@pytest.mark.parametrize("option", ["-o", "--append"])
def test_a_full_disk_under_a_report(wire, tmp_path, option):
    with small_disk(tmp_path / "small", "16k") as disk:
        report = disk / "report.ndjson"
        with watching(wire, tmp_path, "--format", "ndjson", option, report, "--count", "40") as watcher:
            wire.replay(frames(*sorted(SAMPLES.glob("tls1*.pcapng"))) * 2, 3000)
            code = watcher.wait()
        assert code == 74, watcher.said
        assert "report" in watcher.said, watcher.said
        assert "Traceback" not in watcher.said
        if option == "-o":
            assert not report.exists(), "outputs are whole or not there"


def test_a_file_that_cannot_be_written_is_said_before_anything_is_watched(wire, tmp_path):
    for option in ("-w", "-o", "--append"):
        code, said = refused(wire, tmp_path, "--format", "ndjson", option, tmp_path / "nowhere" / "file.ndjson")
        assert code == 2, (option, said)  # as for a file
        assert "nowhere" in said
