"""Databases: how PostgreSQL, MySQL and MariaDB come to TLS.

Here lives: SSLRequest of both, the server's greeting or letter.  Here does not live: SQL Server, which wraps TLS (``tds``);
PostgreSQL 17's direct TLS, which has no prelude.

Sources: PostgreSQL documentation "Message Flow: SSL Session Encryption" and "Message Formats"; MySQL documentation
"Connection Phase Packets" (Protocol::HandshakeV10, SSLRequest, HandshakeResponse41).
"""

from __future__ import annotations

import re
import struct

from analyzer.handshakes.dialogs.dialog import KEPT, Row
from analyzer.handshakes.dialogs.units import ALIEN, MORE, OVER, TLS_KINDS, Units, looks

__all__ = ["FIRST_BYTES", "ROWS", "Mysql", "Postgresql"]

FIRST_BYTES: tuple[tuple[int, bytes] | tuple[int, bytes, int], ...] = (
    (0, b"\0\0\0\x08\x04\xd2\x16\x2f"),  # PostgreSQL SSLRequest
    (0, b"\0\0\0\x08\x04\xd2\x16\x30"),  # PostgreSQL GSSENCRequest
    (4, b"\0\x03\0\0", 0),  # PostgreSQL StartupMessage
    (1, b"\0\0\0\x0a"),  # MySQL greeting of protocol 10, server's
    (0, b"\x20\0\0\x01"),  # MySQL SSLRequest
)
"""(offset, bytes), or with the first byte too, that a first segment of either side may show."""

_U32_PAIR = struct.Struct(">II").unpack_from
_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
_LONGEST_STARTUP = 4096


class Postgresql(Units):
    """SSLRequest is answered S or N; before it, or after an N, the client may ask for GSSAPI encryption in the same way."""

    protocol = "postgresql"

    def __init__(self, client_side: int) -> None:
        """Begin with nothing said."""
        super().__init__(client_side)
        self._asked: list[int] = []
        self._said: list[bytes] = []
        self._started = False

    def _client(self, data: bytes) -> int:
        if data[0]:
            return OVER if self._asked else ALIEN
        if len(data) < 8:
            return ALIEN if int.from_bytes(data[:4].ljust(4, b"\0"), "big") > _LONGEST_STARTUP else MORE
        length, code = _U32_PAIR(data)
        if length == 8 and code in {_SSL, _GSS} and len(self._asked) < 4:
            self._asked.append(code)
            self.sure = True
            self.prelude.requested |= code == _SSL
            self._match()
            return 8
        cancels = code == _CANCEL and 16 <= length <= 268
        if not cancels and (code >> 16 != 3 or not 8 < length <= _LONGEST_STARTUP):
            return ALIEN
        if len(data) < length:
            return MORE
        if not cancels and not self.sure and not _startup(data[8:length]):
            return ALIEN
        self.sure = self._started = True
        self._match()
        return int(length)

    def _server(self, data: bytes) -> int:
        letter = data[:1]
        if self._said and self._said[-1] in {b"S", b"G"}:
            return OVER
        if letter in {b"S", b"N", b"G"} and len(self._said) < 4:
            self._said.append(letter)
            self._match()
            return 1
        if letter != b"E" or not self._asked:
            return ALIEN
        length = int.from_bytes(data[1:5], "big")
        modern = data[1:2] == b"\0"
        if len(data) < 5 or (modern and len(data) <= min(length, _LONGEST_STARTUP)):
            return MORE
        text = next((field[1:] for field in data[5 : length + 1].split(b"\0") if field[:1] == b"M"), b"") if modern else data[1:]
        self.prelude.answer = (text if modern else text.split(b"\0")[0].strip())[:KEPT]
        if self.prelude.requested:
            self.prelude.granted = False
        self.settled = True
        return 1 + length

    def _match(self) -> None:
        """The n-th letter answers the n-th request."""
        for asked, said in zip(self._asked, self._said, strict=False):
            if asked == _SSL:
                self.prelude.granted, self.prelude.answer = said == b"S", said
            elif said == b"G":
                self.settled = True  # GSSAPI encryption: the rest cannot be read
        if self._started and len(self._said) >= len(self._asked):
            self.settled = True


def _startup(parameters: bytes) -> bool:
    """Whether these are NUL-terminated names and values, the user among them, and a last NUL."""
    parts = parameters.split(b"\0")
    return len(parts) % 2 == 0 and parts[-2:] == [b"", b""] and b"user" in parts[:-2:2] and all(parts[:-2:2])


# ---------------------------------------------------------------------------------------------------- MySQL

_CLIENT_SSL, _PROTOCOL_41 = 0x0800, 0x0200
_VERSION = re.compile(rb"[0-9][\x20-\x7e]{2,199}\0")
_ERROR = re.compile(rb"\xff[\s\S][\x03-\x1f](?:#[0-9A-Z]{5})?([\x20-\x7e\x80-\xff]{4,})")
_LONGEST_GREETING = 1024


class Mysql(Units):
    """The server greets; the client asks by the first half of a login packet, and TLS follows without an answer."""

    protocol = "mysql"
    _logged = False

    def _server(self, data: bytes) -> int:
        if self._read[1 - self._client_side]:
            return self._after_greeting(data)
        length = int.from_bytes(data[:3], "little")
        if length > _LONGEST_GREETING or data[3:4] not in {b"", b"\0"} or data[4:5] not in {b"", b"\x0a", b"\xff"}:
            return OVER if self.prelude.requested else ALIEN
        if len(data) < 4 + length or length < 4:
            return MORE if length >= 4 or len(data) < 3 else ALIEN
        packet = data[4 : 4 + length]
        if packet[0] == 0xFF:
            return self._refused(packet)
        version = _VERSION.match(packet, 1)
        if version is None or len(packet) < version.end() + 15 or packet[version.end() + 12]:
            return ALIEN
        self.sure = True
        self.prelude.greeting = version[0][:-1]
        self.prelude.offered = bool(packet[version.end() + 14] << 8 & _CLIENT_SSL)
        self.settled = self._logged
        return 4 + length

    def _after_greeting(self, data: bytes) -> int:
        if data[0] in TLS_KINDS and data[1:2] in {b"", b"\3"}:
            return OVER
        if len(data) < 5:
            return MORE
        if not self.prelude.requested:
            return ALIEN
        return self._refused(data[4:]) if data[3:5] == b"\x02\xff" else OVER

    def _refused(self, packet: bytes) -> int:
        """An error packet (ERR_Packet): instead of the greeting, or of TLS."""
        error = _ERROR.fullmatch(packet)
        if error is None:
            return ALIEN
        text = error[1][:KEPT]
        if self.prelude.requested:
            self.prelude.granted, self.prelude.answer = False, text
        else:
            self.prelude.greeting = text
        self.sure = self.settled = True
        return 4 + len(packet)

    def _client(self, data: bytes) -> int:
        if self.prelude.requested:
            return OVER
        length = int.from_bytes(data[:3], "little")
        if len(data) < 4:
            return MORE
        if data[3] != 1 or not 5 <= length <= 1 << 16:
            return ALIEN
        if length < 32:
            if len(data) < 9:
                return MORE
            if not self.sure:
                return ALIEN
            asks = length == 5 and bool(data[5] << 8 & _CLIENT_SSL)
        else:
            if len(data) < 36:
                return MORE
            if not data[5] << 8 & _PROTOCOL_41 and not self.sure:
                return ALIEN
            if data[13:32] != bytes(19) and not self.sure:
                return ALIEN
            asks = length == 32 and bool(data[5] << 8 & _CLIENT_SSL)
        self.sure, self._logged, self.prelude.requested = True, not asks, asks
        self.settled = self._logged and self.prelude.offered is not None
        return 4 + length


def _greets(data: bytes) -> bool | None:
    """A packet of 20 to 255 bytes, the first one, with a greeting or an error."""
    fits = data[0] >= 20 and b"\0\0\0".startswith(data[1:4]) and data[4:5] in {b"", b"\x0a", b"\xff"}
    return None if fits and len(data) < 5 else fits


ROWS: tuple[Row, ...] = (Row(looks(b"\0\0"), None, Postgresql), Row(looks(b"\x20\0\0\1"), _greets, Mysql))
