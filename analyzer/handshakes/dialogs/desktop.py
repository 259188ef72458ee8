"""Desktop: RDP's negotiation of TLS inside an X.224 connection request.

Here lives: TPKT, X.224 CR and CC, rdpNegReq, rdpNegRsp, rdpNegFailure.  Here does not live: what RDP says inside of TLS (CredSSP).
The cookie (mstshash) names a user: it is stepped over and not kept.

Sources: MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2, RFC 1006 section 6, ITU-T X.224 sections 13.3 and 13.4.
"""

from __future__ import annotations

from analyzer.handshakes.dialogs.dialog import Row
from analyzer.handshakes.dialogs.units import ALIEN, MORE, OVER, Units, looks

__all__ = ["FIRST_BYTES", "ROWS", "Rdp"]

FIRST_BYTES: tuple[tuple[int, bytes, int], ...] = ((5, b"\xe0\0\0\0\0\0", 3), (0, b"\x03\0\0\x13\x0e\xd0", 3))
"""(offset, bytes, first byte) that a first segment of either side may show."""

_TLS = 0x01 | 0x02 | 0x04 | 0x08 | 0x10
"""PROTOCOL_SSL, HYBRID, RDSTLS, HYBRID_EX and RDSAAD: all of them run over TLS."""

_SELECTED = {
    0x00: b"PROTOCOL_RDP", 0x01: b"PROTOCOL_SSL", 0x02: b"PROTOCOL_HYBRID", 0x04: b"PROTOCOL_RDSTLS", 0x08: b"PROTOCOL_HYBRID_EX",
    0x10: b"PROTOCOL_RDSAAD",
}  # fmt: skip
_FAILURES = {
    1: b"SSL_REQUIRED_BY_SERVER", 2: b"SSL_NOT_ALLOWED_BY_SERVER", 3: b"SSL_CERT_NOT_ON_SERVER", 4: b"INCONSISTENT_FLAGS",
    5: b"HYBRID_REQUIRED_BY_SERVER", 6: b"SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
}  # fmt: skip


class Rdp(Units):
    """One request, one answer; ``answer`` is the name of the protocol selected, or of the failure."""

    protocol = "rdp"

    def __init__(self, client_side: int) -> None:
        """Begin with nothing said."""
        super().__init__(client_side)
        self._asked: bool | None = None
        self._agreed: bool | None = None

    def _client(self, data: bytes) -> int:
        if self._read[self._client_side]:
            if data[0] != 0x03 or self.prelude.granted:
                return OVER
            self.settled = True  # RDP goes on without TLS
            return len(data)
        length = _packet(data, 0xE0)
        if length <= 0:
            return length
        if data[6:8] != b"\0\0" or data[10]:
            return ALIEN
        body = data[11:length]
        cookie, negotiation = body, b""
        if body[:1] == b"\x01":
            cookie, negotiation = b"", body
        elif b"\r\n" in body:
            cookie, _, negotiation = body.partition(b"\r\n")
        if negotiation[:1] == b"\x01" and negotiation[2:4] == b"\x08\0" and len(negotiation) in {8, 44}:
            asked = int.from_bytes(negotiation[4:8], "little")
            self.sure, self._asked = True, bool(asked & _TLS)
        elif not negotiation and cookie.startswith(b"Cookie: "):
            self.sure, self._asked = True, False
        elif body:
            return ALIEN  # another protocol over X.224
        self._judge()
        return length

    def _server(self, data: bytes) -> int:
        if self._read[1 - self._client_side]:
            if data[0] != 0x03 or self.prelude.granted:
                return OVER
            self.settled = True
            return len(data)
        length = _packet(data, 0xD0)
        if length <= 0:
            return length
        body = data[11:length]
        kind, number = body[:1], int.from_bytes(body[4:8], "little")
        if body and (kind not in {b"\x02", b"\x03"} or body[2:4] != b"\x08\0" or len(body) != 8):
            return ALIEN
        self.sure = self.sure or bool(body) or None
        if body:
            names, word = (_SELECTED, b"selectedProtocol %d") if kind == b"\x02" else (_FAILURES, b"failureCode %d")
            self.prelude.answer = names.get(number, word % number)
        self._agreed = kind == b"\x02" and bool(number & _TLS)  # without a body the server knows nothing of the negotiation
        self._judge()
        return length

    def _judge(self) -> None:
        """A client that does not ask for TLS is not refused it: it wants RDP's own encryption, or none."""
        if self._asked:
            self.prelude.requested, self.prelude.granted = True, self._agreed
        elif self._asked is False and self._agreed is not None:
            self.settled = True


def _packet(data: bytes, code: int) -> int:
    """Return the length of a TPKT packet with one X.224 TPDU of this code that fills it."""
    head = data[:6]
    if head[:2] != b"\x03\0"[: len(head)] or (len(head) == 6 and head[5] != code):
        return ALIEN
    length = int.from_bytes(data[2:4], "big")
    if len(data) >= 5 and not (11 <= length <= 512 and data[4] == length - 5):
        return ALIEN
    return length if len(data) >= max(length, 11) else MORE


ROWS: tuple[Row, ...] = (Row(looks(b"\3\0"), looks(b"\3\0"), Rdp),)
