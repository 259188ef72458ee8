"""Directories: LDAP's StartTLS.

Here lives: LDAP messages as far as they tell who asks for TLS and what the answer is.  Here does not live: BER (``x509.der``),
any other operation; of a bind nothing is kept.

Sources: RFC 4511 sections 4.1.1 (LDAPMessage), 4.12 (extended operations), 4.14 (StartTLS), 5.1 (BER restrictions).
"""

from __future__ import annotations

from analyzer.handshakes.dialogs.dialog import KEPT, Row
from analyzer.handshakes.dialogs.units import ALIEN, HELD, MORE, OVER, TLS_KINDS, Units, looks
from analyzer.x509.der import Element, children

__all__ = ["FIRST_BYTES", "ROWS", "Ldap"]

FIRST_BYTES: tuple[tuple[int, bytes, int], ...] = (
    (5, b"\x77\x18\x80\x16\x31\x2e\x33", 0x30),  # StartTLS
    (10, b"\x84\0\0\0\x18\x80\x16\x31", 0x30),  # the same with lengths of four bytes
    *((2, b"\x02\x01\x01" + bytes([operation]), 0x30) for operation in (0x60, 0x63, 0x77)),  # bind, search, an extended request
    *((6, b"\x02\x01\x01" + bytes([operation]), 0x30) for operation in (0x60, 0x63, 0x77)),  # the same as Active Directory writes them
)
"""(offset, bytes, first byte) that a first segment of either side may show."""

_START_TLS, _DISCONNECTION = b"1.3.6.1.4.1.1466.20037", b"1.3.6.1.4.1.1466.20036"
_REQUEST, _RESPONSE, _ENTRY = 0x77, 0x78, 0x64
_CLIENT = frozenset({0x60, 0x42, 0x63, 0x66, 0x68, 0x4A, 0x6C, 0x6E, 0x50, _REQUEST})
_SERVER = frozenset({0x61, _ENTRY, 0x65, 0x73, 0x67, 0x69, 0x6B, 0x6D, 0x6F, _RESPONSE, 0x79})
"""Identifier octets of protocolOp that each side may send."""

_RESULTS = {0: b"success", 1: b"operationsError", 2: b"protocolError", 10: b"referral", 52: b"unavailable", 53: b"unwillingToPerform"}
"""resultCode of a StartTLS response (RFC 4511 section 4.14.2) -> its name, shown where the server adds no text."""

_PATIENCE = 16
"""Messages of a client that does not ask for TLS before it is held not to want it."""

_LONGEST = 1 << 20


class Ldap(Units):
    """An ExtendedRequest with StartTLS's name, and the ExtendedResponse with its message id."""

    protocol = "ldap"

    def __init__(self, client_side: int) -> None:
        """Begin with nothing said."""
        super().__init__(client_side)
        self._asked: bytes | None = None
        self._answers: dict[bytes, tuple[int, bytes]] = {}

    def _client(self, data: bytes) -> int:
        if self.prelude.granted or (self._asked is not None and data[0] != 0x30):
            return OVER
        length, parts = _message(data, _CLIENT)
        if length <= 0:
            return length
        if self.prelude.granted is False or self._read[self._client_side] >= _PATIENCE:
            self.sure = self.settled = True  # it goes on without
        number, operation = parts[0], parts[1]
        if operation[0] == _REQUEST and any(data[part[2] : part[3]] == _START_TLS for part in _inside(data, operation) if part[0] == 0x80):
            self._asked = data[number[2] : number[3]].lstrip(b"\0")
            self.sure, self.settled, self.prelude.requested = True, False, True
            self.prelude.granted = None
            self._match()
        self.sure = self.sure or self._read[1 - self._client_side] > 0 or None
        return length

    def _server(self, data: bytes) -> int:
        if self.prelude.granted or (data[0] != 0x30 and (self._asked is not None or (self._answers and data[0] in TLS_KINDS))):
            return OVER
        length, parts = _message(data, _SERVER)
        if length <= 0:
            return length
        number, operation = data[parts[0][2] : parts[0][3]].lstrip(b"\0"), parts[1]
        if operation[0] == _ENTRY and _START_TLS in data[operation[2] : operation[3]]:
            self.prelude.offered = True  # supportedExtension of the root DSE (RFC 4512 section 5.1)
        inside = _inside(data, operation) if operation[0] == _RESPONSE else []
        if len(inside) >= 3 and inside[0][0] == 0x0A and inside[0][3] - inside[0][2] == 1 and len(self._answers) < _PATIENCE:
            self._answers[number] = (data[inside[0][2]], data[inside[2][2] : inside[2][3]])
            self.settled |= any(part[0] == 0x8A and data[part[2] : part[3]] == _DISCONNECTION for part in inside)
            self._match()
        self.sure = self.sure or self._read[self._client_side] > 0 or None
        return length

    def _match(self) -> None:
        if self._asked is None or self._asked not in self._answers:
            return
        code, text = self._answers.pop(self._asked)
        self.prelude.granted = code == 0
        self.prelude.answer = (text or _RESULTS.get(code, b"resultCode %d" % code))[:KEPT]


def _inside(data: bytes, element: Element) -> list[Element]:
    return children(data, element[2], element[3], []) if element[0] & 0x20 else []


def _message(data: bytes, operations: frozenset[int]) -> tuple[int, list[Element]]:
    """Return (length, [messageID, protocolOp, …]) of an LDAPMessage; of one longer than HELD the parts end with what is there."""
    if data[0] != 0x30:
        return ALIEN, []
    if len(data) < 2:
        return MORE, []
    width = data[1] & 0x7F if data[1] & 0x80 else 0
    if data[1] == 0x80 or width > 4:
        return ALIEN, []
    start = 2 + width
    if len(data) < start:
        return MORE, []
    length = start + (int.from_bytes(data[2:start], "big") if width else data[1])
    if not start + 5 <= length <= _LONGEST or not b"\x02".startswith(data[start : start + 1]):
        return ALIEN, []
    if len(data) < min(length, HELD):
        return MORE, []
    parts = children(data, start, min(length, len(data)), [])
    if len(parts) < 2 or parts[0][0] != 0x02 or not 1 <= parts[0][3] - parts[0][2] <= 4 or parts[1][0] not in operations:
        return ALIEN, []
    return length, parts


ROWS: tuple[Row, ...] = (Row(looks(b"\x30"), looks(b"\x30"), Ldap),)
