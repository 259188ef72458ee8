"""A relay on loopback that records: what passes it becomes the packets that ``analyzer.scan`` reads, so that no capture rights are needed.

Here lives: carrying TCP and UDP to a real server, and the packets of it.  Here does not live: servers (``daemons``, samples/lab).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

import talk

import analyzer

HERE = bytes([127, 0, 0, 1])
PATIENCE = 10.0
QUIET = 0.05
RAW = 101
"""LINKTYPE_RAW."""


def free_port(kind=socket.SOCK_STREAM):
    """A port that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Relay:
    """Use with ``with``; clients connect to ``port``.  After the block ``scan()`` reads what passed."""

    def __init__(self, server):
        self.server = server
        self.events = []
        """(time in ns, client port, sender, bytes; b"" is a FIN)."""
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._threads = []

    def note(self, client, sender, data):
        with self._lock:
            self.events.append((time.time_ns(), client, sender, data))
            self._last = time.monotonic()

    def start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def settle(self):
        """Wait until nothing has passed for a moment."""
        while (rest := self._last + QUIET - time.monotonic()) > 0:
            time.sleep(rest)

    def scan(self):
        return analyzer.scan(self.packets(), link=RAW)

    def one(self):
        """The one row of the handshakes table."""
        frame = self.scan().handshakes
        assert len(frame) == 1
        return frame.iloc[0]


class TcpRelay(Relay):
    """Carries TCP connections."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.start(self._accept)
        return self

    def __exit__(self, *_):
        self.settle()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self):
        with contextlib.suppress(OSError):  # the listener was closed: done
            while True:
                link, (_, client) = self._listener.accept()
                beyond = socket.create_connection(("127.0.0.1", self.server))
                with self._lock:
                    self.events.append((time.time_ns(), client, talk.CLIENT, None))
                for source, sink, sender in ((link, beyond, talk.CLIENT), (beyond, link, talk.SERVER)):
                    self.start(self._carry, source, sink, client, sender)

    def _carry(self, source, sink, client, sender):
        with contextlib.suppress(OSError):  # one that breaks off ends here
            while data := source.recv(65536):
                self.note(client, sender, data)
                sink.sendall(data)
        self.note(client, sender, b"")
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def packets(self):
        """(time, IPv4 packet) of all connections, whole: handshake, segments of at most 1460 bytes, FINs."""
        wires = {}
        for when, client, sender, data in self.events:
            if data is None:
                wires[client] = talk.Wire((HERE, client), (bytes([127, 0, 0, 2]), self.server), start=when).open()
            elif data:
                wires[client].say(sender, data)
            else:
                wires[client].fin(sender)
        return sorted(packet for wire in wires.values() for packet in wire.packets)


class UdpRelay(Relay):
    """Carries datagrams; each client has a socket of its own towards the server."""

    def __enter__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._open = True
        self._beyond = {}
        self.start(self._in)
        return self

    def __exit__(self, *_):
        self.settle()
        self._open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))  # wakes the thread up
        for one in self._beyond.values():
            one.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._socket.close()

    def _in(self):
        while True:
            data, client = self._socket.recvfrom(65536)
            if not self._open:
                return
            if client not in self._beyond:
                self._beyond[client] = one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                one.settimeout(0.2)
                one.connect(("127.0.0.1", self.server))
                self.start(self._back, one, client)
            self.note(client[1], talk.CLIENT, data)
            with contextlib.suppress(OSError):  # nobody is there
                self._beyond[client].send(data)

    def _back(self, one, client):
        while self._open:
            with contextlib.suppress(TimeoutError, OSError):
                data = one.recv(65536)
                self.note(client[1], talk.SERVER, data)
                self._socket.sendto(data, client)

    def packets(self):
        """(time, IPv4 packet) of all datagrams."""
        made = []
        for when, client, sender, data in self.events:
            ends = ((HERE, client), (bytes([127, 0, 0, 2]), self.server))
            (source, sport), (target, dport) = ends if sender == talk.CLIENT else ends[::-1]
            udp = struct.pack(">HHHH", sport, dport, 8 + len(data), 0)
            made.append((when, struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(data), 0, 0x4000, 64, 17, 0) + source + target + udp + data))
        return made
