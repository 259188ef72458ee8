"""SOCKS 4, 4a and 5: a proxy below HTTP.

Here lives: methods, requests, replies.  Here does not live: methods that encrypt (GSSAPI): what follows them cannot be read.
User names and passwords are stepped over and not kept.

Sources: "SOCKS: A protocol for TCP proxy across firewalls", "SOCKS 4A"; RFC 1928 sections 3, 4 and 6, RFC 1929.
"""

from __future__ import annotations

import re

from analyzer.handshakes.dialogs.dialog import Row
from analyzer.handshakes.dialogs.units import ALIEN, HELD, MORE, OVER, Units, looks
from analyzer.handshakes.prelude import Target

__all__ = ["FIRST_BYTES", "ROWS", "Socks4", "Socks5"]

FIRST_BYTES: tuple[tuple[int, bytes], ...] = (
    (0, b"\x04\x01"), *((0, bytes([5, methods, 0])) for methods in range(1, 10)), (0, b"\x05\x01\x02"),
)  # fmt: skip
"""(offset, bytes) that a first segment of either side may show: of version 5 with "no authentication" first, or a password alone."""

_NAME = re.compile(rb"[!-~\x80-\xff]{1,255}")
_USER = re.compile(rb"[ -~\x80-\xff]{0,255}")
_SOCKS4 = {
    0x5A: b"request granted", 0x5B: b"request rejected or failed", 0x5C: b"request rejected: no identd on the client",
    0x5D: b"request rejected: the client program and identd report different user-ids",
}  # fmt: skip
_SOCKS5 = (
    b"succeeded", b"general SOCKS server failure", b"connection not allowed by ruleset", b"Network unreachable", b"Host unreachable",
    b"Connection refused", b"TTL expired", b"Command not supported", b"Address type not supported",
)  # fmt: skip
_CONNECT = 1


class Socks4(Units):
    """One request, one reply of 8 bytes; an address 0.0.0.x says that a name follows (4a)."""

    protocol = "socks4"

    def _client(self, data: bytes) -> int:
        if self._read[self._client_side]:
            if data[:2] == b"\x16\x03":
                self.sure = True  # a request, and where it ends TLS begins
            return OVER
        if data[0] != 4 or data[1:2] not in {b"", b"\1", b"\2"} or data[2:4] == b"\0\0":
            return ALIEN
        end = data.find(b"\0", 8) + 1
        if not _USER.fullmatch(data, 8, end - 1 if end else max(8, len(data))):
            return ALIEN
        if not end:
            return MORE
        address, name = data[4:8], None
        if not address[0] and address[:3] == b"\0\0\0" and address[3]:
            self.prelude.protocol = "socks4a"
            start, end = end, data.find(b"\0", end) + 1
            name = data[start : end - 1 if end else None]
            if name and not _NAME.fullmatch(name):
                return ALIEN
            if not end:
                return MORE
        elif not address[0]:
            return ALIEN
        self.prelude.target = Target(name=name, address=None if name is not None else address, port=int.from_bytes(data[2:4], "big"))
        self.prelude.requested = data[1] == _CONNECT
        self._judge()
        return end

    def _server(self, data: bytes) -> int:
        if self._read[1 - self._client_side]:
            return OVER
        if data[0] or (len(data) > 1 and data[1] not in _SOCKS4):
            return ALIEN
        if len(data) < 8:
            return MORE
        self.prelude.granted, self.prelude.answer = data[1] == 0x5A, _SOCKS4[data[1]]
        self._judge()
        return 8

    def _judge(self) -> None:
        """Both sides fit together, or a BIND waits for someone else's connection."""
        if self.prelude.target is not None and self.prelude.granted is not None:
            self.sure = True
            self.settled = not self.prelude.requested


class Socks5(Units):
    """The client lists methods, the server picks one, the client may log in, asks, and is answered."""

    protocol = "socks5"

    def __init__(self, client_side: int) -> None:
        """Begin with nothing said."""
        super().__init__(client_side)
        self._methods: bytes | None = None
        self._method: int | None = None
        self._logged = [False, False]
        self._replied = False

    def _client(self, data: bytes) -> int:
        if self._methods is None:
            return self._greeting(data)
        if self.prelude.target is not None:
            if data[:2] == b"\x16\x03":
                self.sure = True
            return OVER
        if data[0] == 1 and not self._logged[0] and 2 in self._methods:
            user = 2 + data[1] if len(data) > 1 else 2
            end = user + 1 + data[user] if len(data) > user else HELD
            if len(data) < end:
                return MORE
            self._logged[0] = True
            self._judge()
            return end
        length, target = _address(data)
        if length <= 0:
            return length
        if data[1:2] not in {b"\1", b"\2", b"\3"}:
            return ALIEN
        self.prelude.target, self.prelude.requested = target, data[1] == _CONNECT
        self._judge()
        return length

    def _greeting(self, data: bytes) -> int:
        if data[0] != 5 or (len(data) > 1 and not data[1]):
            return ALIEN
        end = 2 + data[1] if len(data) > 1 else HELD
        if len(data) < end:
            return MORE
        self._methods = data[2:end]
        if len(set(self._methods)) < len(self._methods) or 0xFF in self._methods:
            return ALIEN
        self._judge()
        return end

    def _server(self, data: bytes) -> int:
        if self._replied:
            return OVER
        if self._method is None:
            if data[0] != 5:
                return ALIEN
            if len(data) < 2:
                return MORE
            self._method = data[1]
            if self._method == 0xFF:
                self.prelude.granted, self.prelude.answer = False, b"no acceptable methods"
            self._judge()
            return 2
        if self._method == 2 and not self._logged[1]:
            if data[0] not in {1, 5}:  # some servers answer with their own version
                return ALIEN
            if len(data) < 2:
                return MORE
            self._logged[1] = True
            if data[1]:
                self.prelude.granted, self.prelude.answer = False, b"user name and password refused"
            self._judge()
            return 2
        length, bound = _address(data)
        if length > 0 and bound is not None:
            self._replied = True
            code = data[1]
            self.prelude.granted, self.prelude.answer = not code, _SOCKS5[code] if code < len(_SOCKS5) else b"reply %d" % code
            self._judge()
        return length

    def _judge(self) -> None:
        """Told when a greeting, the method picked of it and a request (or a login) were seen; methods that encrypt end what can be read."""
        if self._methods is None or self._method is None:
            return
        if self._method not in self._methods and self._method != 0xFF:
            self.sure = self.sure or False
        elif self._method not in {0, 2, 0xFF}:
            self.settled = True
        elif self.prelude.target is not None or all(self._logged):
            self.sure = True
            self.settled = self._replied and self.prelude.target is not None and not self.prelude.requested


def _address(data: bytes) -> tuple[int, Target | None]:
    """Read VER, CMD or REP, RSV, ATYP, address and port (RFC 1928 sections 4 and 6): (length, Target), or (MORE or ALIEN, None)."""
    head = data[:4]
    if head[0] != 5 or head[2:3] not in {b"", b"\0"} or head[3:4] not in {b"", b"\1", b"\3", b"\4"}:
        return ALIEN, None
    if len(data) < 5:
        return MORE, None
    start, size = (5, data[4]) if head[3] == 3 else (4, 4 if head[3] == 1 else 16)
    end = start + size + 2
    if len(data) < end:
        return MORE, None
    host, port = data[start : end - 2], int.from_bytes(data[end - 2 : end], "big")
    if head[3] != 3:
        return end, Target(address=host, port=port)
    return (end, Target(name=host, port=port)) if _NAME.fullmatch(host) else (ALIEN, None)


ROWS: tuple[Row, ...] = (
    Row(looks(b"\4\1", b"\4\2"), looks(*(bytes([0, code]) for code in _SOCKS4)), Socks4),
    Row(looks(*(bytes([5, methods]) for methods in range(1, 10))), looks(b"\5\0", b"\5\2"), Socks5),
)
