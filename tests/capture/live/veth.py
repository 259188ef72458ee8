"""A pair of virtual interfaces in a network namespace of the test's own, and packets on it."""

import contextlib
import ctypes
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def need(*programs):
    for program in programs:
        if program == "scapy":
            pytest.importorskip("scapy")
        elif shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def _enter(namespace):
    if _libc.setns(namespace, _NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def wire():
    """Be in a namespace that has a loopback and two ends of a wire, ``caA`` and ``caB``, all of them up; skip where that may not be."""
    if not sys.platform.startswith("linux") or shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("no right to make a network namespace here")
    name = f"ca{os.getpid()}"
    try:
        ip("netns", "add", name)
    except subprocess.CalledProcessError:
        pytest.skip("no right to make a network namespace here")
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        with Path("/run/netns", name).open("rb") as namespace:
            _enter(namespace.fileno())
        ip("link", "add", "caA", "type", "veth", "peer", "name", "caB")
        for end in ("lo", "caA", "caB"):
            ip("link", "set", end, "up")
        yield
    finally:
        _enter(home)
        os.close(home)
        ip("netns", "del", name)


def packet(number=0, size=100, port=443, protocol=6):
    """An Ethernet frame with an IPv4 packet; its last bytes tell its number."""
    ports = struct.pack(">HH", 40000, port)
    head = ports + (struct.pack(">IIBBHHH", number, 1, 0x50, 0x18, 1000, 0, 0) if protocol == 6 else struct.pack(">HH", 8 + size, 0))
    body = head + b"x" * (size - 4) + struct.pack(">I", number)
    addresses = bytes((10, 0, 0, 1, 10, 0, 0, 2))
    return b"\2" * 6 + b"\4" * 6 + b"\x08\x00" + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + addresses + body


def send(frames, interface="caB"):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        for frame in frames:
            sender.send(frame)
