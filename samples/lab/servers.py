"""Servers that no command-line tool plays: those that hang up, speak something else instead, and those in the middle.

Here lives: raw servers, an HTTP proxy, a relay that spoils a record.  Here does not live: which of them talk about what
(``cases``), clients (``peers``), plain words before TLS (``plainwords``).
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stack_openssl import s_server
from stacks import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from case import Case
    from stacks import Lab

__all__ = ["connect_proxy", "mute_server", "raw_server", "reset", "reverse", "serving", "spoiler"]


def reset(link: socket.socket) -> None:
    """Close with a RST."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


@contextlib.contextmanager
def serving(address: tuple[str, int], handle: Callable[[socket.socket], None]) -> Iterator[None]:
    """Serve each connection in a thread until the block is left."""
    listener = socket.create_server(address)

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener was closed: done
            while True:
                link, _ = listener.accept()
                link.settimeout(PATIENCE)
                threading.Thread(target=_handled, args=(handle, link), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _handled(handle: Callable[[socket.socket], None], link: socket.socket) -> None:
    with contextlib.suppress(OSError), link:  # a peer that fails is what some cases are about
        handle(link)


def reverse(tls: Any, send: str = "sendall") -> None:
    """Send one line back reversed, as ``s_server -rev`` does."""
    getattr(tls, send)(tls.recv(4096).strip()[::-1] + b"\n")
    tls.recv(1)


# ---- servers that are no TLS servers


def raw_server(lab: Lab, case: Case, answer: bytes, *, rst: bool = False) -> contextlib.AbstractContextManager[None]:
    """Read the hello, answer some bytes (or none) and close, with a RST or a FIN."""
    del lab

    def handle(link: socket.socket) -> None:
        link.recv(4096)
        if answer:
            link.sendall(answer)
        if rst:
            reset(link)
        else:
            link.shutdown(socket.SHUT_RDWR)

    return serving(("127.0.0.1", case.port), handle)


def mute_server(lab: Lab, case: Case) -> contextlib.AbstractContextManager[None]:
    """Accept, read, and never say a word."""
    del lab

    def handle(link: socket.socket) -> None:
        while link.recv(4096):
            pass

    return serving(("127.0.0.1", case.port), handle)


# ---- those in the middle


def _carry(source: socket.socket, sink: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with contextlib.suppress(OSError):
        while source.recv(1, socket.MSG_PEEK):
            time.sleep(0.02)  # let a flight gather: ``change`` wants whole records
            sink.sendall(change(source.recv(65536)))
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def _between(lab: Lab, case: Case, arguments: str, relay: Callable[[socket.socket, socket.socket], None]) -> Iterator[None]:
    """Stand between the client and an s_server behind; the recording keeps only what the client sees."""
    behind = replace(case, port=case.port + 10_000)

    def handle(link: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", behind.port)) as beyond:
            relay(link, beyond)

    with s_server(lab, behind, arguments), serving(("127.0.0.1", case.port), handle):
        yield


def _both_ways(one: socket.socket, other: socket.socket, change: Callable[[bytes], bytes] = lambda data: data) -> None:
    """Carry bytes both ways; ``change`` sees those from one to other."""
    back = threading.Thread(target=_carry, args=(other, one, lambda data: data), daemon=True)
    back.start()
    _carry(one, other, change)
    back.join(PATIENCE)


def connect_proxy(lab: Lab, case: Case, arguments: str = "") -> contextlib.AbstractContextManager[None]:
    """Be an HTTP proxy that knows CONNECT."""

    def relay(link: socket.socket, beyond: socket.socket) -> None:
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += link.recv(4096)
        link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _both_ways(link, beyond)

    return _between(lab, case, arguments, relay)


def spoiler(lab: Lab, case: Case, arguments: str, sender: str, record: bytes) -> contextlib.AbstractContextManager[None]:
    """Flip the last bit of the record that matches (its length as first group) on its way from one side, client or server."""

    def spoil(data: bytes) -> bytes:
        if not (found := re.search(record, data, re.DOTALL)):
            return data
        end = found.end(1) + int.from_bytes(found[1], "big")
        return data[: end - 1] + bytes([data[end - 1] ^ 1]) + data[end:]

    def relay(link: socket.socket, beyond: socket.socket) -> None:
        _both_ways(*((link, beyond) if sender == "client" else (beyond, link)), change=spoil)

    return _between(lab, case, arguments, relay)
