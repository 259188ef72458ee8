"""TDS: how Microsoft SQL Server comes to TLS — PRELOGIN, and TLS records inside of TDS packets until the handshake is over.

Here lives: PRELOGIN's ENCRYPTION option, older logins that know no TLS, taking the packets off (Unwrapper).  Here does not live:
TDS 8.0, whose TLS comes first and bare.

Source: MS-TDS sections 2.2.3.1 (packet header), 2.2.6.5 (PRELOGIN), 2.2.6.4 (LOGIN7), 3.2.5.2 (what both encryption options make).
"""

from __future__ import annotations

from analyzer.handshakes.dialogs.dialog import Row
from analyzer.handshakes.dialogs.units import ALIEN, MORE, OVER, TLS_KINDS, Units, looks

__all__ = ["FIRST_BYTES", "ROWS", "Tds", "Unwrapper"]

FIRST_BYTES: tuple[tuple[int, bytes], ...] = (
    (0, b"\x12\x01\0"),  # PRELOGIN
    (0, b"\x04\x01\0"),  # its answer
    (0, b"\x10\x01"),  # LOGIN7 without PRELOGIN
    (0, b"\x02\0\x02\0\0\0"),  # a login of TDS 4.2 or 5.0
)
"""(offset, bytes) that a first segment of either side may show."""

_PRELOGIN, _TABULAR, _LOGIN7, _LOGIN = 0x12, 0x04, 0x10, 0x02
_VERSION, _ENCRYPTION, _END = 0, 1, 0xFF
_NAMES = {0: b"ENCRYPT_OFF", 1: b"ENCRYPT_ON", 2: b"ENCRYPT_NOT_SUP", 3: b"ENCRYPT_REQ"}
_NOT_SUPPORTED = 2
_LARGEST = 4096
"""Bytes of the largest packet before a login may agree on another size."""


class Tds(Units):
    """PRELOGIN and its answer.  ENCRYPT_OFF on both sides still makes TLS, for the login alone; only ENCRYPT_NOT_SUP makes none.

    ``greeting`` is the server's version in figures, ``answer`` the name of its ENCRYPTION option.
    """

    protocol = "tds"

    def __init__(self, client_side: int) -> None:
        """Begin with nothing said."""
        super().__init__(client_side)
        self._greeted = False
        self._unwrappers = Unwrapper(), Unwrapper()

    def _client(self, data: bytes) -> int:
        kind = data[0]
        if self._read[self._client_side]:
            return self._wrapped(kind)
        if kind in {_LOGIN, _LOGIN7}:
            return self._login(data)
        length, options = _prelogin(data, _PRELOGIN)
        if length <= 0:
            return length
        self.sure = self._greeted = True
        self.prelude.requested = _encryption(options) not in {None, _NOT_SUPPORTED}
        self._judge()
        return length

    def _server(self, data: bytes) -> int:
        if self._read[1 - self._client_side]:
            return self._wrapped(data[0])
        length, options = _prelogin(data, _TABULAR)
        if length <= 0:
            return length
        self.sure = True
        encryption = _encryption(options)
        version = options[_VERSION]
        self.prelude.greeting = b"%d.%d.%d" % (version[0], version[1], version[2] << 8 | version[3])
        if encryption is not None:
            self.prelude.answer = _NAMES.get(encryption, b"ENCRYPTION %d" % encryption)
        self.prelude.offered = encryption not in {None, _NOT_SUPPORTED}
        self._judge()
        return length

    def _judge(self) -> None:
        """What both sides can is known, in whichever order they were seen."""
        if self.prelude.requested and self.prelude.offered is not None:
            self.prelude.granted = self.prelude.offered
        self.settled = self.prelude.offered is not None and self._greeted and not self.prelude.granted
        self.framing = "tds" if self.prelude.granted else None

    def _wrapped(self, kind: int) -> int:
        """What follows PRELOGIN: TLS, whose other side may not be in the capture, or a login in plaintext."""
        if kind != _PRELOGIN and kind not in TLS_KINDS:
            return ALIEN
        self.framing = "tds"
        return OVER

    def unwrap(self, side: int, data: bytes) -> bytes:
        """Return the TLS bytes in those of one side, in order; what is still PRELOGIN of this side is read first."""
        over = self.take(side, data)
        return b"" if over is None else self._unwrappers[side].take(data[over:])

    def _login(self, data: bytes) -> int:
        """A login that no PRELOGIN came before is not encrypted."""
        if len(data) < 12:
            return MORE
        length = int.from_bytes(data[2:4], "big")
        if data[0] == _LOGIN:
            fits = data[1:6] == b"\0\2\0\0\0"  # two packets, the first of 512 bytes
        else:
            fits = data[1] == 1 and data[4:6] == b"\0\0" and int.from_bytes(data[8:12], "little") == length - 8 >= 86
        if not fits:
            return ALIEN
        self.sure = self.settled = True
        return length


def _prelogin(data: bytes, kind: int) -> tuple[int, dict[int, bytes]]:
    """Return (length, {token: value}) of a PRELOGIN message in one packet of this type, or (MORE or ALIEN, {})."""
    head = data[:4]
    if head[:2] != bytes([kind, 1])[: len(head)]:
        return ALIEN, {}
    if len(head) < 4:
        return MORE, {}
    length = int.from_bytes(data[2:4], "big")
    if not 8 + 6 + 5 + 1 <= length <= _LARGEST or not b"\0\0".startswith(data[8:10]):
        return ALIEN, {}
    if len(data) < length:
        return MORE, {}
    body, options, at = data[8:length], {}, 0
    while at + 5 <= len(body) and body[at] != _END:
        start, size = int.from_bytes(body[at + 1 : at + 3], "big"), int.from_bytes(body[at + 3 : at + 5], "big")
        if start + size > len(body) or body[at] in options:
            return ALIEN, {}
        options[body[at]] = body[start : start + size]
        at += 5
    whole = body[at : at + 1] == bytes([_END]) and len(options.get(_VERSION, b"")) == 6
    return (length, options) if whole and int.from_bytes(body[1:3], "big") == at + 1 else (ALIEN, {})


def _encryption(options: dict[int, bytes]) -> int | None:
    """Return the ENCRYPTION option without the bit that asks for a client certificate."""
    value = options.get(_ENCRYPTION, b"")
    return value[0] & 0x7F if value else None


class Unwrapper:
    """Takes TDS packets off one side's TLS bytes until records come bare; ``take`` the bytes in order, cut anywhere.

    Packets that are no PRELOGIN (0x12) hold no TLS and are left out: plaintext after an encrypted login.
    """

    __slots__ = ("_head", "_keep", "_left", "raw")

    def __init__(self) -> None:
        self.raw = False
        """Records come bare from here on."""
        self._head = b""
        self._left = 0
        self._keep = False

    def take(self, data: bytes) -> bytes:
        """Return the TLS bytes in the next bytes of the stream."""
        found, at = [], 0
        while at < len(data) and not self.raw:
            if self._left:
                piece = data[at : at + self._left]
                if self._keep:
                    found.append(piece)
                self._left -= len(piece)
                at += len(piece)
            elif not self._head and data[at] in TLS_KINDS:
                self.raw = True
            else:
                piece = data[at : at + 8 - len(self._head)]
                self._head += piece
                at += len(piece)
                if len(self._head) == 8:
                    self._keep = self._head[0] == _PRELOGIN
                    self._left = max(0, int.from_bytes(self._head[2:4], "big") - 8)
                    self._head = b""
        return b"".join(found) + data[at:]


ROWS: tuple[Row, ...] = (Row(looks(b"\x12\1", b"\x10\1", b"\2\0"), looks(b"\4\1"), Tds),)
