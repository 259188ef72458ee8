"""Wires of our own: two network namespaces with veth pairs between them, on which nothing is heard but what is sent.

    with laid() as wire:
        watcher = subprocess.Popen(wire.near("dumpcap", "-i", wire.interface, "-w", "-"))
        wire.replay("samples/tls13.pcapng", speed=5000)

The near end is for who watches, the far one for who sends.  IPv6 is off, ARP is off and no address is given (unless asked for), so
that the kernel says nothing of its own; the MTU is as large as it can be, for captures made where a network card cuts segments.

Here lives: making and removing them, and whether somebody listens.  Here does not live: sending (``train``), tlsscan (``watcher``).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from train import Sent, frames, write

__all__ = ["MTU", "Sending", "Wire", "laid", "listeners", "no_right", "until"]

MTU = 65535
TRAIN = Path(__file__).with_name("train.py")
NUMBERS = itertools.count()
NO_RIGHT = "no right to make a network namespace here"


def until(true, patience=10.0, pause=0.02):
    """Wait until ``true()`` is; return what it said last."""
    end = time.monotonic() + patience
    while not (said := true()) and time.monotonic() < end:
        time.sleep(pause)
    return said


def _ip(*words, lines=""):
    subprocess.run(["ip", *words], input=lines, text=True, check=True, capture_output=True)


class Sending:
    """A replay that goes on, by a process that replays one after the other on its interface."""

    def __init__(self, process, words, file):
        self.process, self.file, self._sent = process, file, None
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()

    def wait(self):
        """Wait for its end; return Sent."""
        if self._sent is None:
            answer = self.process.stdout.readline()
            assert answer, "the sender has ended"
            self._sent = Sent(**json.loads(answer))
            self.file.unlink(missing_ok=True)
        return self._sent

    def stop(self):
        """End it now."""
        self.process.kill()
        self.process.communicate()
        self.file.unlink(missing_ok=True)


@dataclass
class Wire:
    """Two namespaces and the pairs between them: ``near0`` ↔ ``far0``, ``near1`` ↔ ``far1`` …"""

    near_space: str
    far_space: str
    count: int
    sendings: dict[str, Sending] = field(default_factory=dict)
    """far interface -> the last replay on it."""

    interface = "near0"

    def near(self, *command):
        """Return the command that runs a command at the near end; the process is the command's own."""
        return ["ip", "netns", "exec", self.near_space, *map(str, command)]

    def far(self, *command):
        """The same at the far end."""
        return ["ip", "netns", "exec", self.far_space, *map(str, command)]

    def index(self, interface="near0"):
        """Return the kernel's number of an interface at the near end."""
        said = subprocess.run(["ip", "-n", self.near_space, "-j", "link", "show", interface], capture_output=True, check=True)
        return json.loads(said.stdout)[0]["ifindex"]

    def counters(self, interface="near0"):
        """Return the kernel's counters of what came in at the near end: {"packets", "dropped", …}."""
        said = subprocess.run(["ip", "-n", self.near_space, "-j", "-s", "link", "show", interface], capture_output=True, check=True)
        return json.loads(said.stdout)[0]["stats64"]["rx"]

    def down(self, interface="near0"):
        """Take an interface of the near end down."""
        _ip("-n", self.near_space, "link", "set", interface, "down")

    def delete(self, interface="near0"):
        """Delete an interface of the near end, and its peer with it."""
        _ip("-n", self.near_space, "link", "delete", interface)

    def send(self, packets, speed=None, *, times=None, into="far0", at=None, first=None):
        """Begin to replay and return the Sending.

        ``packets``: a capture's path, several of them, or [(time in ns, frame)]; ``speed``: frames a second, by default as fast as
        it goes; ``times``: the capture's own times, times this; ``at``: begin at this time (ns since 1970), where ``first`` is the
        capture's own time (ns) of that moment, so that two replays keep step.
        """
        if isinstance(packets, str | Path):
            packets = [packets]
        if packets and isinstance(packets[0], str | Path):
            packets = frames(*packets)
        handle, name = tempfile.mkstemp(suffix=".pcap")
        os.close(handle)
        write(name, packets)
        pace = {"rate": speed, "times": times, "at": None if at is None else at / 1e9, "first": first}
        before = self.sendings.get(into)
        if before is not None and before.process.poll() is None:
            before.wait()
            process = before.process
        else:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = subprocess.Popen(self.far(sys.executable, TRAIN), text=True, **pipes)
        self.sendings[into] = Sending(process, [into, name, pace], Path(name))
        return self.sendings[into]

    def replay(self, packets, speed=None, *, times=None, into="far0"):
        """Replay to the end (as ``send``) and return Sent."""
        return self.send(packets, speed, times=times, into=into).wait()


def no_right():
    """Return why no wire can be laid here, or None."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "ip is not installed"
    name = f"tls{os.getpid()}try"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        return NO_RIGHT
    made = subprocess.run(["ip", "-n", name, "link", "add", "type", "veth"], capture_output=True, check=False)
    _ip("netns", "delete", name)
    return NO_RIGHT if made.returncode else None


@contextlib.contextmanager
def laid(count=1, addresses=None, mtu=MTU):
    """Lay ``count`` pairs and give the Wire; the test is skipped where that is not allowed.

    ``addresses``: (near, far) as "10.9.0.1/24" for the first pair, which then may speak for itself (ARP is on).
    """
    if reason := no_right():
        pytest.skip(reason)
    stem = f"tls{os.getpid()}n{next(NUMBERS)}"
    wire = Wire(f"{stem}a", f"{stem}b", count)
    try:
        for space in (wire.near_space, wire.far_space):
            _ip("netns", "add", space)
            off = ("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
            subprocess.run(["ip", "netns", "exec", space, "sysctl", "-qw", *off], capture_output=True, check=False)  # none: none to be off
        for number in range(count):
            peer = ("peer", "name", f"far{number}", "netns", wire.far_space, "mtu", str(mtu))
            _ip("link", "add", f"near{number}", "netns", wire.near_space, "mtu", str(mtu), "type", "veth", *peer)
            for space, name, address in zip((wire.near_space, wire.far_space), ("near", "far"), addresses or (None, None), strict=True):
                chatter = "on" if address and not number else "off"
                lines = [f"link set {name}{number} arp {chatter} addrgenmode none", f"link set {name}{number} up"]
                if address and not number:
                    lines.insert(0, f"address add {address} dev {name}{number}")
                _ip("-n", space, "-batch", "-", lines="\n".join(lines))
        yield wire
    finally:
        for sending in wire.sendings.values():
            sending.stop()
        for space in (wire.near_space, wire.far_space):
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)


def listeners(pid):
    """Return {(interface number, inode)} of the packet sockets that are bound and running in the namespace of a process; 0 is any."""
    with contextlib.suppress(OSError):
        rows = [line.split() for line in Path(f"/proc/{pid}/net/packet").read_text().splitlines()[1:]]
        return {(int(row[4]), row[8]) for row in rows if row[5] == "1"}
    return set()
