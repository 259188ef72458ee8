"""Units: how a prelude is read that speaks in units — packets with a length, lines of headers — until TLS begins behind one.

Here lives: holding each side's bytes until a unit is whole, what a reader may say of them.  Here does not live: any protocol
(``databases``, ``directories``, ``desktop``, ``tds``, ``proxies``, ``socks``, ``proxy_header``), which protocol it may be (``preludes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from analyzer.handshakes.dialogs.dialog import Sign

__all__ = ["ALIEN", "HELD", "MORE", "OVER", "TLS_KINDS", "Units", "looks"]

MORE, OVER, ALIEN = 0, -1, -2
"""What a reader says instead of a unit's length: the unit is not whole; something else than this protocol begins here, as it
should; these bytes are not of this protocol at all."""

HELD = 8 << 10
"""Bytes of one unit that are held; of a longer one only so many are read and the rest is stepped over."""

UNITS = 400
"""Units read of each side: no dialog before TLS is longer, and a header of so many lines is none."""

TLS_KINDS = frozenset(range(0x14, 0x19))
"""First bytes of TLS records (RFC 8446 section 5.1, RFC 6520): where they cannot begin a unit, TLS has begun."""


class Units(Dialog):
    """A dialog in units; a subclass reads ``_client``'s and ``_server``'s.

    Both get the bytes from the next unit on (never none, at most HELD) and return the unit's length in bytes (it may pass what is
    there: the rest is stepped over), or MORE, OVER or ALIEN.  They must say so by the bytes of their own side wherever these tell
    enough, so that neither the order of the sides nor the size of segments matters.
    """

    def __init__(self, client_side: int) -> None:
        """Begin with no unit."""
        super().__init__(client_side)
        self._client_side = client_side
        self._held = [b"", b""]
        self._skip = [0, 0]
        self._read = [0, 0]
        """Units read of each side."""
        self._over = [False, False]

    def take(self, side: int, data: bytes) -> int | None:
        """Take bytes in order of one side; return how many belong to the prelude where it is over for this side, else None."""
        if self._over[side] or self.sure is False:
            return 0
        if self.settled:
            return None
        held = self._held[side]
        stream, at = held + data, self._skip[side]
        reader = self._client if side == self._client_side else self._server
        while at < len(stream):
            step = reader(stream[at : at + HELD])
            if step == OVER:
                self._over[side], self._held[side] = True, b""
                return max(0, at - len(held))
            if step == MORE and len(stream) - at < HELD:
                break
            self._read[side] += 1
            if step <= 0 or self._read[side] > UNITS:
                return self._strange()
            at += step
            if self.settled:
                self._held = [b"", b""]
                return None
        self._skip[side], self._held[side] = max(0, at - len(stream)), stream[at:]
        return None

    def _strange(self) -> int | None:
        """Bytes that fit no unit: another protocol, or this one has turned to something that is not TLS."""
        self._held = [b"", b""]
        self.settled = self.sure is True
        self.sure = self.settled
        return None if self.settled else 0

    def _client(self, data: bytes) -> int:
        """Read a unit of the client."""
        raise NotImplementedError

    def _server(self, data: bytes) -> int:
        """Read a unit of the server."""
        raise NotImplementedError


def looks(*heads: bytes) -> Sign:
    """Return the sign that holds where the bytes begin with one of these, as they are: few, for the reader itself is strict."""
    parts = frozenset(head[:size] for head in heads for size in range(len(head)))

    def sign(data: bytes) -> bool | None:
        if data.startswith(heads):
            return True
        return None if data in parts else False

    return sign
