"""Reader: a cursor over the bytes of one message that cannot leave them, and what it says when they break off.

Here lives: `Malformed`, `Fault`, the closed list of reasons, the cursor.  Here does not live: any shape of the protocol
(``shapes`` and the files that use them).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec

__all__ = ["BOUNDS", "REASONS", "Bounds", "Fault", "Malformed", "Reader"]

REASONS: dict[str, str] = {
    "cut": "the bytes end before the field does",
    "length": "a length field promises more than its parent holds",
    "odd": "a vector's length is no multiple of its items' size",
    "short": "a vector holds fewer bytes than the protocol allows",
    "trailing": "bytes are left over after the last field",
    "value": "a number that decides the shape has a value without a shape",
    "unpack": "compressed bytes do not unpack to the length that was declared",
    "limit": "a declared length passes the limit that the caller gave",
}
"""reason -> what it means; nothing else is ever a reason."""

_U16 = struct.Struct(">H").unpack_from
_U32 = struct.Struct(">I").unpack_from
_U64 = struct.Struct(">Q").unpack_from


class Bounds(NamedTuple):
    """What one message may make of its bytes; past them it is Malformed for "limit", and what was read up to there is kept."""

    items: int = 1000
    """Extensions of a block, certificates of a chain, names of a list: all that is an object each."""
    unpacked: int = 1 << 20
    """Bytes that a compressed certificate message may unpack to."""
    ratio: int = 100
    """Times its own size that it may unpack to."""


class Malformed(Exception):  # noqa: N818 - the design's name: it is a statement about the wire, not an error of ours
    """Bytes that break their own shape: ``reason`` of REASONS, ``at`` the offset in the body.  Never leaves ``tls``."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason, at)
        self.reason = reason
        self.at = at


BOUNDS = Bounds()


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Why bytes could not be read whole: a reason of REASONS and where (offset in the body)."""

    reason: str
    at: int


class Reader:
    """Reads big-endian fields of ``data[at:end]`` one after another; raises Malformed where they would leave it.

    ``sub`` gives a Reader that ends with the vector it reads, over the same bytes, so that offsets stay those of the body.
    A vector that is whole but shorter than the protocol allows, or no multiple of its items, is no reason to lose what it
    holds: that is noted (``note``), and ``lapse`` is the first such thing.
    """

    __slots__ = ("at", "bounds", "data", "end", "lapse", "root")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None, bounds: Bounds = BOUNDS) -> None:
        self.data = data
        self.at = at
        self.bounds = bounds
        self.end = len(data) if end is None else end
        self.root: Reader | None = None  # itself, but not as a cycle, which would keep the bytes until the garbage collector comes
        self.lapse: Fault | None = None

    def note(self, reason: str, at: int) -> None:
        """Remember something wrong that does not keep from reading on; the first one stays."""
        root = self.root or self
        if root.lapse is None:
            root.lapse = Fault(reason, at)

    def fault(self) -> Fault | None:
        """What is to be said about a body that was read without Malformed: bytes left over, or a lapse, or nothing."""
        if self.lapse is None and self.at != self.end:
            return Fault("trailing", self.at)
        return self.lapse

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return self.end - self.at

    def skip(self, count: int) -> int:
        """Step over ``count`` bytes and return where they start."""
        at = self.at
        stop = at + count
        if stop > self.end:
            raise Malformed("cut", at)
        self.at = stop
        return at

    def u8(self) -> int:
        """Read uint8."""
        return self.data[self.skip(1)]

    def u16(self) -> int:
        """Read uint16."""
        value: int = _U16(self.data, self.skip(2))[0]
        return value

    def u24(self) -> int:
        """Read uint24."""
        at = self.skip(3)
        return int.from_bytes(self.data[at : at + 3], "big")

    def u32(self) -> int:
        """Read uint32."""
        value: int = _U32(self.data, self.skip(4))[0]
        return value

    def u64(self) -> int:
        """Read uint64."""
        value: int = _U64(self.data, self.skip(8))[0]
        return value

    def take(self, count: int) -> bytes:
        """Read ``count`` bytes."""
        at = self.skip(count)
        return self.data[at : self.at]

    def rest(self) -> bytes:
        """Read all bytes that are left."""
        at, self.at = self.at, self.end
        return self.data[at : self.end]

    def length(self, width: int) -> int:
        """Read a length of ``width`` bytes and make sure that as many bytes follow."""
        at = self.skip(width)
        length = int.from_bytes(self.data[at : self.at], "big")
        if self.at + length > self.end:
            raise Malformed("length", at)
        return length

    def opaque(self, width: int) -> bytes:
        """Read ``opaque <0..2^(8*width)-1>``: a length of ``width`` bytes, then that many bytes."""
        length = self.length(width)
        at = self.at
        self.at = stop = at + length
        return self.data[at:stop]

    def sub(self, width: int) -> Reader:
        """Read a length of ``width`` bytes and return a Reader over the bytes that it covers."""
        length = self.length(width)
        at = self.at
        self.at = stop = at + length
        inner = Reader(self.data, at, stop, self.bounds)
        inner.root = self.root or self
        return inner

    def done(self) -> None:
        """Make sure that nothing is left."""
        if self.at != self.end:
            raise Malformed("trailing", self.at)
