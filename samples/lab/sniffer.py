"""The sniffer: what really passes on the loopback interface, recorded by tcpdump.

Here lives: starting and stopping tcpdump so that no packet is missed, and a network of one's own to do it in.  Here does not
live: who talks (``cases``), the file format (``pcapng``).

tcpdump says when it listens, but not when a packet has arrived; so marked datagrams are sent to the discard port: the recording
has begun when one comes back, and it is complete when the last one does.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pcapng import Packet

__all__ = ["Sniffer", "SnifferError", "own_network"]

MARK = b"tlsscan lab mark "
DISCARD = ("127.0.0.1", 9)
PATIENCE = 10.0
QUIET = 0.12
"""Seconds without a packet after which the talk is over."""
INSIDE = "TLSSCAN_LAB_NETWORK"


class SnifferError(Exception):
    """Recording is not possible here; the text says what is missing."""


def own_network() -> None:
    """Go on in a network namespace of one's own (Linux): nothing else is on its loopback, and nobody outside reaches its servers.

    The process starts itself again inside; its loopback has the frames of an Ethernet (1500 bytes, no offloading), so that
    captures look as they would on a wire.  Raises SnifferError where the system does not allow it.
    """
    if os.environ.get(INSIDE):
        return
    unshare, ip = shutil.which("unshare"), shutil.which("ip")
    if not unshare or not ip or not shutil.which("tcpdump"):
        raise SnifferError("needs unshare (util-linux), ip (iproute2) and tcpdump")
    new = [unshare, "-n"] if os.geteuid() == 0 else [unshare, "-rn"]
    if subprocess.run([*new, "true"], capture_output=True, check=False).returncode:
        raise SnifferError("no right to make a network namespace here")
    shell = ip + """ link set lo mtu 1500 gso_max_segs 1 up; exec "$0" "$@" """
    os.environ[INSIDE] = "1"
    os.execv(new[0], [*new, "sh", "-c", shell, sys.executable, *sys.argv])


class Sniffer:
    """Use with ``with``: ``packets`` holds all that passed on loopback, complete once the block is left."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._marks: set[bytes] = set()
        self._came = threading.Condition()
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        """Start tcpdump and wait until it hears."""
        command = ["tcpdump", "-i", "lo", "-n", "-s", "0", "-B", "8192", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-w", "-"]
        self._tcpdump = subprocess.Popen([*command, "tcp or udp"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._mark(b"first")
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until all has been heard, then stop."""
        self.settle()
        self._mark(b"last")
        self._tcpdump.send_signal(signal.SIGINT)
        self._tcpdump.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def settle(self) -> None:
        """Wait until nothing has passed for a moment."""
        while (rest := self._last + QUIET - time.monotonic()) > 0:
            time.sleep(rest)

    def _mark(self, word: bytes) -> None:
        """Send a mark until it comes back."""
        give_up = time.monotonic() + PATIENCE
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out, self._came:
            while word not in self._marks:
                if time.monotonic() > give_up or self._tcpdump.poll() is not None:
                    self._tcpdump.kill()
                    raise SnifferError("tcpdump does not record on lo (rights?)")
                out.sendto(MARK + word, DISCARD)
                self._came.wait(0.05)

    def _read(self) -> None:
        """Read tcpdump's pcap: a file header of 24 bytes, then 16 bytes before each packet, in the order of this machine."""
        stream = self._tcpdump.stdout
        assert stream
        stream.read(24)
        while len(head := stream.read(16)) == 16:
            seconds, nanoseconds, kept, _ = struct.unpack("=IIII", head)
            data = stream.read(kept)
            with self._came:
                if (at := data.find(MARK)) >= 0 and len(data) < 100:
                    self._marks.add(data[at + len(MARK) :])
                    self._came.notify_all()
                else:
                    self.packets.append((seconds * 1_000_000_000 + nanoseconds, data))
                    self._last = time.monotonic()
