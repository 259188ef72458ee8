"""TLS inside TDS packets, as Microsoft's SQL Server and its clients do it (MS-TDS 2.2.6.5, 3.2.5.1): wrapped until the handshake is over.

Here lives: both ends' wrapping around Python's ssl.  Here does not live: the PRELOGIN before it (``plainwords``).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

__all__ = ["TdsPipe"]

PRELOGIN, LAST = 0x12, 1


class TdsPipe:
    """One end; ``tls`` is what was agreed.  ``name`` is the host that a client asks for, None for the server."""

    def __init__(self, link: socket.socket, context: ssl.SSLContext, name: str | None = None) -> None:
        self._link = link
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=name is None, server_hostname=name)
        self._wrapped = True

    def _send(self) -> None:
        if data := self._out.read():
            head = bytes([PRELOGIN, LAST]) + (len(data) + 8).to_bytes(2, "big") + bytes(4)
            self._link.sendall(head + data if self._wrapped else data)

    def _hear(self) -> None:
        if not self._wrapped:
            self._in.write(self._link.recv(65536))
            return
        head = self._exactly(8)
        self._in.write(self._exactly(int.from_bytes(head[2:4], "big") - 8))

    def _exactly(self, count: int) -> bytes:
        heard = b""
        while len(heard) < count:
            if not (more := self._link.recv(count - len(heard))):
                raise ConnectionError("the other side ended")
            heard += more
        return heard

    def _shake(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self._send()
                self._hear()
            else:
                self._send()
                self._wrapped = False
                return

    def _read(self) -> bytes:
        while True:
            try:
                return self.tls.read(4096)
            except ssl.SSLWantReadError:
                self._hear()

    def ask(self) -> None:
        """Shake hands, say a line and wait for its answer."""
        self._shake()
        self.tls.write(b"hello\n")
        self._send()
        self._read()

    def answer(self) -> None:
        """Shake hands, and send a line back reversed."""
        self._shake()
        self.tls.write(self._read().strip()[::-1] + b"\n")
        self._send()
        self._link.recv(1)
