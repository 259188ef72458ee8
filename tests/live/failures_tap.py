"""A relay that also records resets, and that may spoil, hold back or cut what passes: the network of the bench of failures.

Here lives: the tap.  Here does not live: peers (``failures_peers``), which failure is which (``failures``).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time

import talk
from relay import HERE, TcpRelay

RESET = b"RST"
"""What stands for a reset among the events."""
THERE = bytes([127, 0, 0, 2])


def reset(link):
    """Close with a RST."""
    with contextlib.suppress(OSError):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.shutdown(socket.SHUT_RD)  # wakes a thread that reads, and sends nothing
        link.close()


def missing(data):
    """Whether the last TLS record of these bytes has more to come."""
    at = 0
    while len(data) - at >= 5 and 20 <= data[at] <= 23:
        at += 5 + int.from_bytes(data[at + 3 : at + 5], "big")
    return at > len(data) or (0 < len(data) - at < 5 and 20 <= data[at] <= 23)


class Tap(TcpRelay):
    """``change(sender, data)`` gives what goes on instead: bytes, None to swallow it, RESET or b"" for a reset or close of both ends."""

    def __init__(self, server, change=None):
        super().__init__(server)
        self.change = change

    def _carry(self, source, sink, client, sender):
        other = talk.other(sender)
        try:
            while data := source.recv(65536):
                if self.change is not None:
                    time.sleep(0.02)  # a flight gathers: ``change`` wants whole records
                    with contextlib.suppress(BlockingIOError):
                        data += source.recv(1 << 20, socket.MSG_DONTWAIT)
                    while missing(data) and (more := source.recv(65536)):
                        data += more
                    changed = self.change(sender, data)
                else:
                    changed = data
                if changed == RESET:  # whoever stands between answers for the other side
                    self.note(client, sender, data)
                    self.note(client, other, RESET)
                    reset(source)
                    reset(sink)
                    return
                if changed == b"":
                    self.note(client, sender, b"")
                    sink.shutdown(socket.SHUT_WR)
                    source.close()
                    return
                self.note(client, sender, data if sender == talk.CLIENT or changed is None else changed)
                if changed is not None:
                    sink.sendall(changed)
            self.note(client, sender, b"")
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
        except ConnectionResetError:
            self.note(client, sender, RESET)
            reset(sink)
        except OSError:  # this end was closed by the other thread
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

    def packets(self):
        """(time, IPv4 packet) of all connections; after a reset nothing more is said."""
        wires, over = {}, set()
        for when, client, sender, data in self.events:
            if data is None:
                wires[client] = talk.Wire((HERE, client), (THERE, self.server), start=when).open()
                continue
            wire = wires.get(client)
            if wire is None or client in over:
                continue
            wire.time = max(wire.time, when)
            if data == RESET:
                wire.rst(sender)
                over.add(client)
            elif data:
                wire.say(sender, data)
            else:
                wire.fin(sender)
        return sorted(packet for wire in wires.values() for packet in wire.packets)


class Cut(Tap):
    """A tap whose capture is spoiled: ``cut(packets)`` gives the packets that are left."""

    def __init__(self, server, cut):
        super().__init__(server)
        self.cut = cut

    def packets(self):
        return self.cut(super().packets())
