"""What is given up, as the kernel tells it of processes that did."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from veth import need

from analyzer.capture.live import privileges
from analyzer.errors import LiveError

ROOT = Path(__file__).parents[3]
CAPTURE = 1 << 12 | 1 << 13
KEPT = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 5

SCRIPT = """
import json, os, sys, time
from pathlib import Path
import numpy
from analyzer.capture.live import Request, privileges
from analyzer.capture.live.opening import open_catcher

def told(pid):
    rows = []
    for path in sorted(Path(f"/proc/{pid}/task").glob("*/status")):
        said = dict(line.split(":", 1) for line in path.read_text("utf-8").splitlines())
        held = {name: int(said[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd")}
        who = {"uid": said["Uid"].split(), "gid": said["Gid"].split(), "groups": said["Groups"].split()}
        rows.append(held | who | {"nnp": int(said["NoNewPrivs"])})
    return rows

privileges.lend()
catcher = open_catcher(Request(interface="lo"), sys.argv[1])
child = told(catcher.pid) if sys.argv[1] != "scapy" else []
left = privileges.drop()
ours = told("self")
catcher.tally(); time.sleep(0.1)
catcher.stop()
while catcher.input.read(65536):
    pass
ended = catcher.ended()
catcher.close()
Path(sys.argv[2], "report").write_text("x")
print(json.dumps({"child": child, "left": left, "ours": ours, "ended": ended, "tally": catcher.tally().received}))
"""


@cache
def python():
    """A Python that another user may run too, and what it needs in its environment; None where there is none."""
    places = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    found = {"PYTHONPATH": os.pathsep.join(places), "PATH": os.environ["PATH"]}
    code = "import msgspec, numpy, scapy\nfrom analyzer.capture.live import privileges\nprint(privileges._can_live(65534, 65534))"
    for path in (sys.executable, shutil.which("python3", path="/usr/bin")):
        if path and os.geteuid() == 0:
            ran = subprocess.run([path, "-c", code], env=found, capture_output=True, text=True, check=False, cwd="/")
            if ran.stdout.strip() == "True":
                return path, found
    return None


def run(program, folder, *before, who=None, **environment):
    need("dumpcap", "tcpdump", "scapy", "setpriv")
    if not sys.platform.startswith("linux") or os.geteuid():
        pytest.skip("only root has rights to give up")
    known = python() if who is None else who
    if known is None:
        pytest.skip("no Python here that another user may run")
    path, more = known
    ran = subprocess.run([*before, path, "-c", SCRIPT, program, str(folder)], capture_output=True, text=True, check=False, cwd="/",
                         env=more | {"OPENBLAS_NUM_THREADS": "1"} | environment)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["left"] == []
    assert told["ended"] is None
    assert told["tally"] is not None
    assert all(thread["nnp"] for thread in told["ours"])
    assert len(told["ours"]) == 2  # the catcher's thread has given up the same
    return told


@pytest.fixture
def folder():
    """One that anybody may write into, and reach: pytest closes its own to others, whenever another pytest begins."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


ALL = pytest.mark.parametrize("program", ["dumpcap", "tcpdump", "scapy"])


@pytest.mark.usefixtures("wire")
@ALL
def test_root_by_sudo_is_the_user_who_called_it(program, folder):
    told = run(program, folder, SUDO_UID="65534", SUDO_GID="65533")
    for thread in told["ours"]:
        assert thread["uid"] == ["65534"] * 4
        assert thread["gid"] == ["65533"] * 4
        assert thread["CapPrm"] == thread["CapEff"] == thread["CapAmb"] == thread["CapInh"] == 0
    for thread in told["child"]:
        assert thread["uid"] == ["65534"] * 4
        assert thread["CapPrm"] | CAPTURE == CAPTURE
    assert (folder / "report").stat().st_uid == 65534


@pytest.mark.usefixtures("wire")
@ALL
def test_root_keeps_what_writing_takes(program, folder):
    told = run(program, folder)
    for thread in told["ours"]:
        assert thread["uid"] == ["0"] * 4
        assert thread["CapPrm"] == thread["CapEff"] == KEPT
        assert thread["CapAmb"] == thread["CapInh"] == 0
    assert min(thread["CapBnd"] for thread in told["ours"]) == KEPT


@pytest.mark.usefixtures("wire")
@ALL
def test_a_user_whose_python_may_capture_gives_it_to_the_child_alone(program, folder):
    caps = ["--inh-caps", "+net_raw,+net_admin", "--ambient-caps", "+net_raw,+net_admin"]
    told = run(program, folder, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *caps)
    assert all(thread["CapPrm"] == thread["CapAmb"] == 0 for thread in told["ours"])
    assert all(thread["CapPrm"] | CAPTURE == CAPTURE for thread in told["child"])


@pytest.mark.usefixtures("wire")
def test_a_program_for_a_group_is_run_with_that_group(folder):
    need("setcap")
    theirs = folder / "dumpcap"
    shutil.copy(shutil.which("dumpcap"), theirs)
    os.chown(theirs, 0, 4242)
    theirs.chmod(0o750)
    if subprocess.run(["setcap", "cap_net_raw,cap_net_admin=eip", str(theirs)], check=False, capture_output=True).returncode:
        pytest.skip("no file can be given capabilities here")
    told = run("dumpcap", folder, SUDO_UID="65534", SUDO_GID="65534", PATH=f"{folder}:/usr/bin")
    assert "4242" in told["child"][0]["groups"]
    assert all("4242" not in thread["groups"] for thread in told["ours"])


@pytest.mark.usefixtures("wire")
def test_where_that_user_may_not_read_the_program_root_stays(folder):
    hidden = folder / "hidden"
    hidden.mkdir(0o700)
    known = python()
    if known is not None:
        known = known[0], known[1] | {"PYTHONPATH": known[1]["PYTHONPATH"] + os.pathsep + str(hidden)}
    told = run("dumpcap", folder, who=known, SUDO_UID="65534", SUDO_GID="65534")
    assert {thread["uid"][0] for thread in told["ours"]} == {"0"}
    assert {thread["CapPrm"] for thread in told["ours"]} == {KEPT}


@pytest.mark.parametrize(
    ("environment", "user", "caller"),
    [
        ({"SUDO_UID": "1000", "SUDO_GID": "1001"}, 0, (1000, 1001)),
        ({"SUDO_UID": "1000", "SUDO_GID": "1001"}, 1000, None),
        ({"SUDO_UID": "0", "SUDO_GID": "0"}, 0, None),
        ({"SUDO_UID": "-1", "SUDO_GID": "0"}, 0, None),
        ({"SUDO_UID": "ann", "SUDO_GID": "0"}, 0, None),
        ({"SUDO_UID": "1000"}, 0, None),
        ({}, 0, None),
    ],
)
def test_who_called_sudo(monkeypatch, environment, user, caller):
    for name in ("SUDO_UID", "SUDO_GID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(privileges.os, "geteuid", lambda: user)
    assert privileges._caller() == caller


def test_what_the_system_refuses_is_said(monkeypatch):
    def refuse(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(privileges, "_linux", lambda: True)
    monkeypatch.setattr(privileges, "_held", refuse)
    monkeypatch.setattr(privileges, "_prctl", refuse)
    with pytest.raises(LiveError, match="cannot be handed on: Operation not permitted"):
        privileges.lend()
    with pytest.raises(LiveError, match="cannot be given up: Operation not permitted"):
        privileges.drop()
    privileges.forgo()


def test_threads_that_hold_more_are_counted():
    if not sys.platform.startswith("linux"):
        pytest.skip("capabilities are Linux's")
    held = privileges._held()
    assert privileges._left(held) == 0
    assert privileges._left(0) == (len([*Path("/proc/self/task").iterdir()]) if held else 0)


def test_elsewhere_nothing_is_lent(monkeypatch):
    monkeypatch.setattr(privileges, "_linux", lambda: False)
    monkeypatch.setattr(privileges, "_caller", lambda: None)
    privileges.lend()
    privileges.forgo()
    assert privileges.drop() == []
    assert privileges.groups_for("/usr/bin/dumpcap") is None
