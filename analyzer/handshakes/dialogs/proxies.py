"""Proxies of HTTP: CONNECT, what was asked for and the proxy's answer.

Here lives: request line, status line, how long a header and an error page are.  Here does not live: other proxies (``socks``,
``proxy_header``); CONNECT inside of HTTP/2, which no capture shows.  Credentials are stepped over and not kept.

Sources: RFC 9110 sections 7.2, 9.3.6 and 15, RFC 9112.
"""

from __future__ import annotations

import re
import socket

from analyzer.handshakes.dialogs.dialog import KEPT, Row
from analyzer.handshakes.dialogs.units import ALIEN, MORE, OVER, TLS_KINDS, Units, looks
from analyzer.handshakes.prelude import Target

__all__ = ["FIRST_BYTES", "ROWS", "Connect"]

FIRST_BYTES: tuple[tuple[int, bytes], ...] = ((0, b"CONNECT "),)
"""(offset, bytes) that a first segment of the client may show; a proxy's answer begins as all of HTTP does."""

_REQUEST = re.compile(rb"CONNECT ([!-~]{1,600}) HTTP/1\.[0-9]\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: [^\r\n]*)?\r?\n")
_LENGTH = re.compile(rb"content-length:[ \t]*([0-9]{1,9})[ \t]*\r?\n", re.IGNORECASE)
_LINE = 4096
"""Bytes of a header line that are waited for; of a longer one (a ticket in Proxy-Authorization) the start is enough."""


class Connect(Units):
    """CONNECT host:port; refused with 407, the client may ask again on the same connection."""

    protocol = "connect"

    def __init__(self, client_side: int) -> None:
        """Begin with nothing said."""
        super().__init__(client_side)
        self._inside = [False, False]
        """This side is among its header lines."""
        self._broken = [False, False]
        """The line goes on that was too long to wait for its end."""
        self._asked = 0
        self._status = 0
        self._answered = 0
        self._body = 0

    def _client(self, data: bytes) -> int:
        if self._inside[0]:
            return self._header(0, data)
        if self._asked:
            if (self.prelude.granted and self._asked >= self._answered) or not b"CONNECT ".startswith(data[:8]):
                return ALIEN if self.prelude.granted is False and data[0] not in TLS_KINDS else OVER
            if len(data) < 8:
                return MORE
        end = data.find(b"\n") + 1
        if not end:
            return MORE if b"CONNECT ".startswith(data[:8]) and len(data) < _LINE else ALIEN
        line = _REQUEST.fullmatch(data[:end])
        if line is None:
            return ALIEN
        self.sure = self.prelude.requested = self._inside[0] = True
        self.prelude.target = _authority(line[1])
        self._asked += 1
        return end

    def _server(self, data: bytes) -> int:
        if self._inside[1]:
            step = self._header(1, data)
            if not self._inside[1]:  # the header ended
                self._judge()
                step += self._body if not self.prelude.granted else 0
            return step
        if self._status // 100 == 2:
            return OVER
        end = data.find(b"\n") + 1
        if not end:
            if self._answered:
                return MORE if len(data) < _LINE else len(data)
            return MORE if len(data) < _LINE and b"HTTP/1.".startswith(data[:7]) else ALIEN
        status = _STATUS.fullmatch(data[:end])
        if status is None:
            return end if self._answered else ALIEN  # a line of an error page without a length
        self._status, self._body, self._inside[1] = int(status[1]), 0, True
        self.prelude.answer = data[:end].rstrip(b"\r\n")[:KEPT]
        return end

    def _judge(self) -> None:
        if self._status // 100 == 1:
            return
        self._answered += 1
        self.prelude.granted = self._status // 100 == 2

    def _header(self, side: int, data: bytes) -> int:
        """Step over one line of a header, or over as much of it as is there where it is long."""
        end = data.find(b"\n") + 1
        if not end:
            if len(data) < _LINE:
                return MORE
            self._broken[side] = True
            return len(data)
        if not self._broken[side]:
            line = data[:end]
            length = _LENGTH.fullmatch(line) if side else None
            if length is not None:
                self._body = int(length[1])
            self._inside[side] = line not in {b"\r\n", b"\n"}
        self._broken[side] = False
        return end


def _authority(text: bytes) -> Target:
    """Read host:port (RFC 9110 section 7.2); an address is told from a name, a port that is none is left out.

    What some clients put in front of an "@" is a user's name and password, and never kept.
    """
    text = text.rpartition(b"@")[2]
    host, colon, digits = text.rpartition(b":")
    port = int(digits) if colon and re.fullmatch(rb"[0-9]{1,5}", digits) and int(digits) < 1 << 16 else None
    if port is None:
        host = text
    plain = host.decode("ascii", "replace")
    for family, literal in ((socket.AF_INET6, plain.removeprefix("[").removesuffix("]")), (socket.AF_INET, plain)):
        try:
            return Target(address=socket.inet_pton(family, literal), port=port)
        except (OSError, ValueError):
            continue
    return Target(name=host, port=port)


ROWS: tuple[Row, ...] = (Row(looks(b"CONNECT "), looks(b"HTTP/1."), Connect),)
