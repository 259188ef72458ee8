"""The lab's TLS tunnel between two network namespaces, watched live: real stacks, the kernel's own TCP, each handshake found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from train import frames
from watcher import LATER, SAMPLES, TWO, assert_alike, needs_catcher, read, watching
from wires import laid

LAB = SAMPLES / "lab"
NEAR, FAR = "10.77.0.1", "10.77.0.2"
CONNECTIONS = 6

ECHO = """
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True
with Server(("127.0.0.1", 7), Echo) as server:
    print("listening", flush=True)
    server.serve_forever()
"""
TALK = f"""
import socket
for number in range({CONNECTIONS}):
    with socket.create_connection(("127.0.0.1", 8080), 10) as link:
        said = b"hello %d " % number * 20000
        link.sendall(said)
        link.shutdown(socket.SHUT_WR)
        heard = b""
        while data := link.recv(65536):
            heard += data
        assert heard == said, (len(heard), len(said))
print("talked")
"""


def started(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("listening"), process.stderr.read()
    return process


@pytest.fixture(scope="module")
def tunnel(lab):
    """A wire with a tunnel over it, and a function that talks through it."""
    running = []
    with laid(addresses=(f"{NEAR}/24", f"{FAR}/24"), mtu=1500) as wire:
        for space in (wire.near_space, wire.far_space):
            subprocess.run(["ip", "-n", space, "link", "set", "lo", "up"], check=True)
        pki = Path(lab.folder)
        try:
            running.append(started(wire.far(sys.executable, "-c", ECHO)))
            running.append(started(wire.far(sys.executable, LAB / "tunnel.py", "server", "--listen", f"{FAR}:8443", "--to", "127.0.0.1:7",
                                            "--cert", pki / "shop.chain.pem", "--key", pki / "shop.key")))  # fmt: skip
            client = started(wire.near(sys.executable, LAB / "tunnel.py", "client", "--listen", "127.0.0.1:8080", "--to", f"{FAR}:8443",
                                       "--ca", pki / "root.pem", "--name", "shop.example"))  # fmt: skip
            running.append(client)

            def talk():
                done = subprocess.run(wire.near(sys.executable, "-c", TALK), capture_output=True, text=True, timeout=30, check=False)
                assert done.stdout == "talked\n", done.stderr

            yield wire, talk, {client.pid}
        finally:
            for process in running:
                process.kill()
                process.communicate()


@pytest.mark.parametrize("program", TWO)
def test_each_handshake_of_the_tunnel_is_found(tunnel, tmp_path, program):
    needs_catcher(program)
    wire, talk, known = tunnel
    kept = tmp_path / "kept.pcapng"
    with watching(wire, tmp_path, "--format", "ndjson", "--capture-with", program, "-w", kept, known=known) as watcher:
        talk()
        watcher.settle(CONNECTIONS)
        assert watcher.end() == 130, watcher.said
    rows = watcher.rows
    assert [(row["client"], row["server"], row["server_port"]) for row in rows] == [(NEAR, FAR, 8443)] * CONNECTIONS
    said = {(row["server_name"], row["version"], row["outcome"], row["lost_bytes"]) for row in rows}
    assert said == {("shop.example", "TLS 1.3", "complete", 0)}
    assert len({row["client_port"] for row in rows}) == len({row["client_random"] for row in rows}) == CONNECTIONS
    assert_alike(read(kept), rows, *LATER)
    assert frames(kept)


def test_both_ends_of_the_tunnel_are_on_any(tunnel, tmp_path):
    """The plain connections on loopback are seen, too, and are no handshakes."""
    wire, talk, known = tunnel
    with watching(wire, tmp_path, "--format", "ndjson", interfaces=("any",), known=known) as watcher:
        talk()
        watcher.settle(CONNECTIONS)
        assert watcher.end() == 130, watcher.said
    assert len(watcher.rows) == CONNECTIONS
