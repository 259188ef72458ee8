"""Capturing in our own process, by scapy's sockets: where no program is here that may, and Python may (root, mostly).  Linux alone.

What the sockets give is written as a capture (pcap with nanoseconds) into a pipe, so that it is read like any other catcher's.  Interfaces
without a link layer that pcap knows, and ``any``, are read without it, as "cooked" packets (LINKTYPE_LINUX_SLL).

Here lives: that catcher.  Here does not live: opening its socket (``sockets``), programs (``child``).
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import sys
import threading
import time
from typing import TYPE_CHECKING

from analyzer.capture.live.devices import State, drops, enlarge, state
from analyzer.capture.live.privileges import forgo
from analyzer.capture.live.request import Request, Tally
from analyzer.capture.live.sockets import AUXDATA, COOKED, LOOPBACK, PACKET, STAMPS, STATISTICS, open_socket
from analyzer.errors import LiveError

if TYPE_CHECKING:
    from io import FileIO

__all__ = ["Sniffer"]

BATCH_BYTES = 1 << 18
"""Packets are written together up to this size, as long as more lie ready."""

WATCH_SECONDS = 0.2
"""How often a silent interface is looked at; found down twice it has gone down."""

DRAIN_SECONDS = 0.5
"""After ``stop`` what lies ready is still read, so long at most: an interface that never falls silent would never end."""

_OUTGOING = 4  # PACKET_OUTGOING
_VLAN_VALID, _TPID_VALID = 0x10, 0x40  # TP_STATUS_*


class Sniffer:
    """A catcher (see ``request.Catcher``) within this process.

    Raises:
        NoPermissionError: this process may not.
        FilterError, NoInterfaceError: of what is asked.
        NoProgramError: scapy is not installed.
        LiveError: monitor mode, or a system other than Linux.
    """

    name = "scapy"

    def __init__(self, request: Request) -> None:
        """Open the socket and begin to read."""
        if not sys.platform.startswith("linux"):
            raise LiveError(f"{request.interface}: scapy's sockets are read on Linux alone; dumpcap and tcpdump do on this system")
        if request.monitor:
            raise LiveError(f"{request.interface}: scapy does not set monitor mode; dumpcap and tcpdump do")
        self._request = request
        self._fate: str | None = None
        self._stopped = False
        self._written = self._passed = self._dropped = self._missed = 0
        self._lost = drops(request.interface)
        self._humble = threading.Event()
        self._counting = threading.Lock()
        self._space = bytearray(min(request.snaplen, 1 << 18))
        self._holder, self._link, self._twice = open_socket(request)
        self._socket: socket.socket = getattr(self._holder, "ins", self._holder)
        self._awake, self._wake = os.pipe()
        reading, self._output = os.pipe()
        enlarge(self._output)
        self._input: FileIO = open(reading, "rb", buffering=0)  # noqa: SIM115, PTH123 - a descriptor, open as long as we are
        os.write(self._output, struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, request.snaplen, self._link))
        self._thread = threading.Thread(target=self._run, name=f"scapy {request.interface}", daemon=True)
        self._thread.start()
        self._humble.wait(1)  # so that ``privileges.drop`` finds no thread that is about to give up its rights

    @property
    def input(self) -> FileIO:
        """The reading end of the pipe."""
        return self._input

    def stop(self) -> None:
        """Let the thread read what lies ready, and end."""
        if not self._stopped and self._thread.is_alive():
            self._stopped = True
            with contextlib.suppress(OSError):
                os.write(self._wake, b"x")

    def tally(self) -> Tally:
        """Return what the kernel counts: exact, and now."""
        with self._counting, contextlib.suppress(OSError):
            passed, dropped = struct.unpack("=II", self._socket.getsockopt(PACKET, STATISTICS, 8))  # counts from zero after each asking
            self._passed += passed
            self._dropped += dropped
        lost = None if self._lost is None else drops(self._request.interface)
        if lost is not None and self._lost is not None:
            self._missed = max(lost - self._lost, self._missed)  # of an interface that is gone the last figure stands
        return Tally(
            received=self._written if self._twice else self._passed - self._dropped,
            dropped_by_kernel=self._dropped,
            dropped_by_interface=None if self._lost is None else self._missed,
        )

    def ended(self) -> str | None:
        """Return why the thread ended by itself."""
        self._thread.join()
        return None if self._stopped else self._fate

    def close(self) -> None:
        """End the thread at once, and close everything."""
        self.stop()
        self._thread.join(0.3)
        with contextlib.suppress(OSError):
            self._input.close()  # a thread that waits to write is told by that
        self._thread.join(2)
        self.tally()
        self._holder.close()
        for end in (self._awake, self._wake):
            with contextlib.suppress(OSError):
                os.close(end)
        self._awake = self._wake = -1

    def _run(self) -> None:
        """Read until something ends it; runs in a thread."""
        forgo()
        self._humble.set()
        try:
            self._read()
        except OSError as error:
            self._fate = self._fate or f"scapy's socket failed: {error.strerror}"
        finally:
            self.tally()
            os.close(self._output)

    def _read(self) -> None:
        """Walk the packets."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._awake, select.POLLIN)
        watched, down, deadline = self._request.interface != "any", False, 0.0
        while True:
            if not self._stopped:
                poll.poll(WATCH_SECONDS * 1000)
            elif not deadline:
                deadline = time.monotonic() + DRAIN_SECONDS
            some = self._batch()
            if self._stopped and (not some or time.monotonic() > deadline > 0):
                return
            if not some and watched and not self._stopped:
                now = state(self._request.interface)
                if now is not State.UP and now is not State.UNKNOWN:
                    if down:
                        self._fate = "the interface went down" if now is State.DOWN else "the interface went away"
                        return
                    down = True
                    time.sleep(WATCH_SECONDS)
                else:
                    down = False

    def _batch(self) -> bool:
        """Write what lies ready, up to the size of a batch; tell whether there was anything."""
        snaplen, cooked, twice = self._request.snaplen, self._link == COOKED, self._twice
        receive, space = self._socket.recvmsg_into, self._space
        view = memoryview(space)
        batch: list[bytes | memoryview] = []
        size = count = 0
        while size < BATCH_BYTES:
            try:
                length, extra, _, source = receive([space], 256, socket.MSG_TRUNC | socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError:  # the interface went down: said once; what is true is asked above
                break
            if twice and source[2] == _OUTGOING and source[3] == LOOPBACK:
                continue
            seconds, nanoseconds, tag = _ancillary(extra)
            data = bytes(view[: min(length, snaplen)])
            if cooked:
                head = struct.pack(">HHH8sH", source[2], source[3], len(source[4]), source[4][:8], source[1])
                data, length = (head + data)[:snaplen], length + 16
            elif tag:
                data, length = (data[:12] + tag + data[12:])[:snaplen], length + 4
            if not seconds:
                seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
            batch += (struct.pack("<IIII", seconds & 0xFFFFFFFF, nanoseconds, len(data), length), data)
            size += len(data) + 16
            count += 1
        if batch:
            _write(self._output, b"".join(batch))
            self._written += count
        return bool(batch)


def _ancillary(extra: list[tuple[int, int, bytes]]) -> tuple[int, int, bytes]:
    """Return a packet's time (seconds, nanoseconds) and the VLAN tag that the kernel took out of it."""
    seconds = nanoseconds = 0
    tag = b""
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == STAMPS and len(data) == 16:
            seconds, nanoseconds = struct.unpack("=qq", data)
        elif level == PACKET and kind == AUXDATA and len(data) >= 20:
            status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", data)
            if tci or status & _VLAN_VALID:
                tag = struct.pack(">HH", tpid if status & _TPID_VALID else 0x8100, tci)
    return seconds, nanoseconds, tag


def _write(output: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]
