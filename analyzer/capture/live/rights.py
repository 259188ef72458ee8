"""The right to capture: which programs are here, whether they may, and what would have to be given to whom if not.

On Linux it is two capabilities (CAP_NET_RAW, CAP_NET_ADMIN) that a program holds in its file, often for a group alone, or that root
has; they do not depend on the interface.  On macOS and the BSDs it is leave to read /dev/bpf*.

Here lives: finding programs, trying, the advice.  Here does not live: capturing (``child``, ``sniffing``), giving rights up
(``privileges``).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import msgspec

from analyzer.capture.live.privileges import groups_for

__all__ = ["CATCHERS", "Found", "Lack", "Standing", "advice", "find", "may_capture", "standings"]

CATCHERS = ("dumpcap", "tcpdump", "scapy")
"""Who can capture, in the order in which they are tried: two programs, and scapy's sockets in our own process."""

_PLACES = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin",
           "/Applications/Wireshark.app/Contents/MacOS")  # fmt: skip
"""Where such programs are, whether or not PATH names it: for users it often leaves sbin out."""

_INSTALL: dict[str, tuple[str, dict[str, str]]] = {
    "apt-get": ("sudo apt install {}", {"dumpcap": "wireshark-common"}),
    "dnf": ("sudo dnf install {}", {"dumpcap": "wireshark-cli"}),
    "zypper": ("sudo zypper install {}", {"dumpcap": "wireshark"}),
    "pacman": ("sudo pacman -S {}", {"dumpcap": "wireshark-cli"}),
    "apk": ("sudo apk add {}", {"dumpcap": "wireshark-common"}),
    "brew": ("brew install {}", {"dumpcap": "wireshark"}),
}
"""program that installs -> what is typed, and what a package is called where that is not the program's name."""

_NET_ADMIN, _NET_RAW = 12, 13  # linux/capability.h
_TRY_SECONDS = 5.0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A program here: its path ("" where it is not installed; scapy's is its name), and whether this user may run it."""

    path: str = ""
    runnable: bool = False


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """What a catcher lacks, and how that is given: a command, mostly."""

    what: str
    give: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.what} ({self.give})"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a catcher may capture here, and what it lacks if not."""

    name: str
    path: str
    may: bool
    lack: Lack | None = None


def standings(interface: str) -> list[Standing]:
    """Try all catchers on an interface that is up ("" where there is none); the right does not depend on which."""
    told = []
    for name in CATCHERS:
        may = bool(interface) and may_capture(name, interface)
        told.append(Standing(name=name, path=find(name).path, may=may, lack=None if may or not interface else advice(name)))
    return told


def find(name: str) -> Found:
    """Return where a catcher is: on PATH or in the usual places; the first that may be run, else the first that is there."""
    if name == "scapy":
        return Found(path=name, runnable=True) if importlib.util.find_spec("scapy") is not None else Found()
    there = Found()
    for place in dict.fromkeys([*os.get_exec_path(), *_PLACES]):
        path = Path(place, name)
        try:
            if not path.is_absolute() or not path.is_file():  # a place that depends on where one stands is none
                continue
        except (OSError, ValueError):
            continue
        if os.access(path, os.X_OK) or groups_for(str(path)) is not None:
            return Found(path=str(path), runnable=True)
        there = there if there.path else Found(path=str(path))
    return there


def may_capture(name: str, interface: str) -> bool:
    """Try whether a catcher may capture on an interface: it opens it, and closes it again.  Takes some 20 ms."""
    found = find(name)
    if not found.runnable:
        return False
    if name == "scapy":
        return _socket()
    try:
        tried = subprocess.run(  # noqa: S603 - the path is one that we found, the arguments are a list
            [found.path, "-L", "-i", interface], stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRY_SECONDS, check=False,
            env=os.environ | {"LC_ALL": "C"}, start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0


def _socket() -> bool:
    """Tell whether our own process may open what scapy reads from."""
    import socket  # noqa: PLC0415 - for this alone

    if hasattr(socket, "AF_PACKET"):
        try:
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        except OSError:
            return False
        return True
    return any(os.access(device, os.R_OK) for device in Path("/dev").glob("bpf*"))


def advice(name: str) -> Lack:
    """Return what keeps a catcher that may not capture from it, and how that is given."""
    found = find(name)
    if not found.path:
        return Lack(what=f"{name} is not installed", give=_install(name))
    if not sys.platform.startswith("linux"):
        return Lack(what=f"{name} may not read /dev/bpf*", give="install ChmodBPF, which comes with Wireshark, or use sudo")
    if (status := _status()) is not None:
        if not status["CapBnd"] >> _NET_RAW & status["CapBnd"] >> _NET_ADMIN & 1:
            give = "start the container with --cap-add=NET_RAW --cap-add=NET_ADMIN"
            return Lack(what=f"{name} cannot have the right in this container", give=give)
        if status["NoNewPrivs"] and os.geteuid():
            return Lack(what=f"{name} cannot gain rights in this process", give="start it without no_new_privs")
    if name == "scapy":
        return Lack(what="scapy captures as root alone", give="sudo tlsscan -i ...")
    return _file(found)


def _file(found: Found) -> Lack:
    """Return what an installed program lacks: leave to run it, or the capabilities."""
    user = _user()
    if not found.runnable:
        group, members = _group(found.path)
        if not group:
            return Lack(what=f"{found.path} may not be run by {user}", give=f"sudo chmod a+x {found.path}")
        if user in members:
            return Lack(what=f"{found.path} is for the group {group}, which {user} has joined since this login", give="log in again")
        return Lack(what=f"{found.path} is for the group {group} alone", give=f"sudo usermod -aG {group} {user}, then log in again")
    if not _capable(found.path):
        return Lack(what=f"{found.path} has no right to capture", give=f"sudo setcap cap_net_raw,cap_net_admin=eip {found.path}")
    return Lack(what=f"{found.path} has capabilities and may not capture all the same", give="mount it without nosuid, leave the sandbox")


def _install(name: str) -> str:
    """Return the command that installs a catcher here."""
    if name == "scapy":
        return f"{Path(sys.executable).name} -m pip install scapy"
    for installer, (typed, names) in _INSTALL.items():
        if shutil.which(installer):
            return typed.format(names.get(name, name))
    return f"install {name}"


def _user() -> str:
    with contextlib.suppress(ImportError, KeyError):
        import pwd  # noqa: PLC0415 - not on every system

        return pwd.getpwuid(os.getuid()).pw_name
    return "$USER"


def _group(path: str) -> tuple[str, list[str]]:
    """Return the group that may run a file, and its members; nothing where the group may not either."""
    with contextlib.suppress(ImportError, KeyError, OSError):
        import grp  # noqa: PLC0415 - not on every system

        status = Path(path).stat()
        if status.st_mode & stat.S_IXGRP:
            group = grp.getgrgid(status.st_gid)
            return group.gr_name, group.gr_mem
    return "", []


def _capable(path: str) -> bool:
    """Tell whether a file holds capabilities (which ones is for the kernel to judge), or is root's by its mode."""
    try:
        return bool(Path(path).stat().st_mode & stat.S_ISUID) or bool(os.getxattr(path, "security.capability"))
    except OSError:
        return False


def _status() -> dict[str, int] | None:
    """Return what the kernel lets this process have: its bounding set, and whether it may gain rights at all."""
    try:
        lines = [line.split() for line in Path("/proc/self/status").read_text("utf-8", "replace").splitlines()]
        values = {words[0].rstrip(":"): words[1] for words in lines if len(words) > 1}
        return {"CapBnd": int(values["CapBnd"], 16), "NoNewPrivs": int(values["NoNewPrivs"])}
    except (OSError, KeyError, ValueError):
        return None
