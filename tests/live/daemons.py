"""Real servers of a Debian system, started for a test on 127.0.0.1 and free ports, with a configuration of their own, and stopped for sure.

Here lives: starting and stopping.  Here does not live: what is asked of them (the tests).
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PATIENCE = 15.0


@contextlib.contextmanager
def open_folder():
    """A temporary folder that other users may enter (pytest's own are for their owner only)."""
    with tempfile.TemporaryDirectory(prefix="live") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def needs(program, *places):
    """The path of a program, in PATH or one of the places (globs); the test is skipped where it is missing."""
    found = shutil.which(program) or next((str(path) for place in places for path in sorted(Path("/").glob(place), reverse=True)), None)
    return found or pytest.skip(f"{program} is not installed")


def needs_root(what):
    """Skip where a server that changes its user cannot do so."""
    if os.geteuid():
        pytest.skip(f"{what} wants to be started by root")


def _answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


@contextlib.contextmanager
def running(command, ports, log, stop=signal.SIGTERM):
    """A server process in a group of its own, once it answers on its ports; what it said is in ``log`` (a path)."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        end = time.monotonic() + PATIENCE
        while not all(map(_answers, ports)):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"{command[0]} did not start: {log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(OSError):  # its helpers, if it left any: their group has its number
            os.killpg(process.pid, signal.SIGKILL)


def owned(folder, user):
    """A folder that belongs to another user, who runs the server."""
    folder.mkdir()
    if not os.geteuid():
        who = pwd.getpwnam(user)
        os.chown(folder, who.pw_uid, who.pw_gid)
    return folder


def as_user(user):
    """The words before a command that make it another user's."""
    if os.geteuid():
        return []
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    return ["setpriv", "--reuid", user, "--regid", group, "--clear-groups"]


def given(source, target, user):
    """A copy of a private file that only the server's user can read."""
    shutil.copy(source, target)
    target.chmod(0o600)
    if not os.geteuid():
        shutil.chown(target, user)
    return target
