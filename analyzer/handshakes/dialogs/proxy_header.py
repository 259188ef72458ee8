"""PROXY protocol: the header in which a load balancer names the client that it speaks for, versions 1 and 2.

Here lives: the line and the binary header.  Here does not live: proxies that are asked for something (``proxies``).

Source: "The PROXY protocol, versions 1 & 2" (haproxy doc/proxy-protocol.txt), sections 2.1 and 2.2.
"""

from __future__ import annotations

import re
import socket

from analyzer.handshakes.dialogs.dialog import Row
from analyzer.handshakes.dialogs.units import ALIEN, HELD, MORE, OVER, Units, looks
from analyzer.handshakes.handshake import Endpoint
from analyzer.handshakes.prelude import Target

__all__ = ["FIRST_BYTES", "ROWS", "Proxy1", "Proxy2"]

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
FIRST_BYTES: tuple[tuple[int, bytes], ...] = ((0, b"PROXY "), (0, _SIGNATURE))
"""(offset, bytes) that a first segment of either side may show."""

_LINE = re.compile(rb"PROXY (?:UNKNOWN(?: [^\r\n]*)?|TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) ([0-9]{1,5}) ([0-9]{1,5}))\r\n")
_LONGEST_LINE = 107
_FAMILIES = {b"4": socket.AF_INET, b"6": socket.AF_INET6}

_SIZES = {1: 4, 2: 16, 3: 0}
"""Address family (high half of the 14th byte) -> bytes of an address; UNIX has paths in place of addresses."""

_UNIX, _UNIX_BYTES = 3, 216
_AUTHORITY = 0x02


class Proxy1(Units):
    """``PROXY TCP4 192.0.2.1 198.51.100.2 56324 443`` and CR LF; the other side says nothing."""

    protocol = "proxy1"

    def _client(self, data: bytes) -> int:
        if self.sure:
            return OVER
        end = data.find(b"\n", 0, _LONGEST_LINE) + 1
        if not end:
            return MORE if b"PROXY ".startswith(data[:6]) and len(data) < _LONGEST_LINE else ALIEN
        line = _LINE.fullmatch(data[:end])
        if line is None:
            return ALIEN
        if line[1]:
            try:
                here, there = (socket.inet_pton(_FAMILIES[line[1]], line[n].decode()) for n in (2, 3))
            except OSError:
                return ALIEN
            ports = int(line[4]), int(line[5])
            if max(ports) >= 1 << 16:
                return ALIEN
            self.prelude.origin, self.prelude.target = Endpoint(here, ports[0]), Target(address=there, port=ports[1])
        self.sure = True
        return end

    def _server(self, data: bytes) -> int:
        del data
        return OVER


class Proxy2(Units):
    """A signature of 12 bytes, version and command, family, length, addresses, TLVs; the other side says nothing."""

    protocol = "proxy2"

    def _client(self, data: bytes) -> int:
        if self.sure:
            return OVER
        if not _SIGNATURE.startswith(data[:12]) or (len(data) > 12 and data[12] not in {0x20, 0x21}):
            return ALIEN
        length = 16 + int.from_bytes(data[14:16], "big")
        if len(data) < 16 or len(data) < min(length, HELD):
            return MORE
        family, transport = data[13] >> 4, data[13] & 15
        if family > _UNIX or transport > 2:
            return ALIEN
        size, at = _SIZES.get(family, 0), 16
        if data[12] == 0x21 and family:
            at += 2 * size + 4 if size else _UNIX_BYTES
            if at > length:
                return ALIEN
            if size:
                here, there, ports = data[16 : 16 + size], data[16 + size : 16 + 2 * size], data[at - 4 : at]
                self.prelude.origin = Endpoint(here, int.from_bytes(ports[:2], "big"))
                self.prelude.target = Target(address=there, port=int.from_bytes(ports[2:], "big"))
            name = _authority(data[at:length])
            if name is not None:
                target = self.prelude.target or Target()
                self.prelude.target = Target(name=name, address=target.address, port=target.port)
        self.sure = True
        return length

    def _server(self, data: bytes) -> int:
        del data
        return OVER


def _authority(data: bytes) -> bytes | None:
    """Return PP2_TYPE_AUTHORITY of the TLVs, the name that the client gave (SNI)."""
    at = 0
    while at + 3 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 3], "big")
        if data[at] == _AUTHORITY and at + 3 + size <= len(data):
            return data[at + 3 : at + 3 + size][:255]
        at += 3 + size
    return None


ROWS: tuple[Row, ...] = (Row(looks(b"PROXY "), None, Proxy1), Row(looks(_SIGNATURE[:4]), None, Proxy2))
