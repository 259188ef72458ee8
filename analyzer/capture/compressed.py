"""Compressed captures: gzip, bzip2, xz, zstd and lz4, told by their first bytes, unpacked as they are read.

One layer only: a capture compressed twice is refused, so that nothing can unfold without end.  Memory stays flat, however
much a stream unpacks to.  Members that follow each other are one stream, as the command-line tools have it.

Here lives: streams of bytes.  Here does not live: what they hold.
"""

from __future__ import annotations

import sys
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from analyzer.limits import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.capture.inputs import Input
    from analyzer.limits import Limits

__all__ = ["CODECS", "Codec", "DamagedStreamError", "Unpacked", "codec_of"]

GULP = 256 << 10
"""Packed bytes read at a time."""
FIRST_PIECE = 512
"""Packed bytes handed over first; each next piece is four times as long: a file of empty members costs what it weighs."""
UNPACKED_AT_ONCE = 1 << 20
"""Most bytes that one call may unpack; always as many, so that what damage loses does not depend on how much is asked for."""
ZEROS = bytes(1024)


class DamagedStreamError(Exception):
    """A compressed stream that ends early or lies; its text says so.  Never leaves ``capture``."""


class Decompressor(Protocol):
    """What bz2, lzma, zstd and lz4 have in common."""

    @property
    def eof(self) -> bool:
        """True behind the last byte of a member."""
        ...

    @property
    def unused_data(self) -> Any:
        """What followed the member in the last piece; bytes or None."""
        ...

    @property
    def needs_input(self) -> bool:
        """True when nothing more comes out without more going in."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Unpack."""
        ...


class Codec(NamedTuple):
    """How one format is told and unpacked; ``piece``: packed bytes per call, of which damage loses what they unpack to.

    ``make`` takes the memory that a stream may ask for, in bytes.
    """

    name: str
    magics: tuple[bytes, ...]
    make: Callable[[int], Decompressor]
    piece: int


class Gzip:
    """zlib with the face of the other codecs.  It loses nothing before damage: the piece is unpacked again, byte by byte."""

    def __init__(self, dictionary: int) -> None:  # noqa: ARG002 - zlib's is 32 KiB
        self.eof = False
        self.unused_data = b""
        self._zlib = zlib.decompressobj(31)
        self._tail = b""
        self._error: zlib.error | None = None

    @property
    def needs_input(self) -> bool:
        return not self._tail and self._error is None

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._error is not None:
            raise self._error
        data = self._tail + data
        before = self._zlib.copy()
        try:
            out = self._zlib.decompress(data, max(max_length, 0))
        except zlib.error as error:
            self._error = error
            return _to_the_last_byte(before, data)
        self._tail = self._zlib.unconsumed_tail
        self.eof = self._zlib.eof
        self.unused_data = self._zlib.unused_data
        return out


def _to_the_last_byte(unpacker: Any, data: bytes) -> bytes:
    out: list[bytes] = []
    with suppress(zlib.error):
        out.extend(unpacker.decompress(data[at : at + 1]) for at in range(len(data)))
    return b"".join(out)


def _bzip2(dictionary: int) -> Decompressor:  # noqa: ARG001 - bzip2's is 4 MiB
    import bz2  # noqa: PLC0415 - a codec is imported when a capture needs it

    return bz2.BZ2Decompressor()


def _xz(dictionary: int) -> Decompressor:
    import lzma  # noqa: PLC0415 - as bz2

    return lzma.LZMADecompressor(memlimit=dictionary)


def _zstd(dictionary: int) -> Decompressor:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - as bz2
    else:
        from backports import zstd  # noqa: PLC0415 - as bz2
    window = min(max(dictionary.bit_length() - 1, 10), 31)
    decompressor: Decompressor = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: window})
    return decompressor


def _lz4(dictionary: int) -> Decompressor:  # noqa: ARG001 - lz4's blocks have 4 MiB at most
    import lz4.frame  # noqa: PLC0415 - as bz2

    decompressor: Decompressor = lz4.frame.LZ4FrameDecompressor()
    return decompressor


SKIPPABLE = tuple(bytes([0x50 + n]) + b"\x2a\x4d\x18" for n in range(16))
"""Frames of zstd and lz4 that hold no data (RFC 8878 section 3.1.2)."""

CODECS = (
    Codec("gzip", (b"\x1f\x8b\x08",), Gzip, 64 << 10),
    Codec("bzip2", (b"BZh",), _bzip2, 8 << 10),
    Codec("xz", (b"\xfd7zXZ\0",), _xz, 8 << 10),
    Codec("zstd", (b"\x28\xb5\x2f\xfd", *SKIPPABLE), _zstd, 8 << 10),
    Codec("lz4", (b"\x04\x22\x4d\x18",), _lz4, 8 << 10),
)


def codec_of(first: bytes) -> Codec | None:
    """Return the codec that the first bytes of a file belong to."""
    return next((codec for codec in CODECS if first.startswith(codec.magics)), None)


class Unpacked:
    """An ``inputs.Input`` over another: what it unpacks to.  ``first``: bytes already read from it."""

    def __init__(self, packed: Input, codec: Codec, first: bytes, limits: Limits = DEFAULT) -> None:
        self._input = packed
        self._limits = limits
        self._read = len(first)
        self._codec = codec
        self._magics = (*codec.magics, *SKIPPABLE) if codec.name == "lz4" else codec.magics
        self._packed = first
        self._at = 0  # in ``_packed``
        self._member: Decompressor | None = None
        self._piece = FIRST_PIECE
        self._out = b""
        self._told = 0  # bytes of ``_out`` that were handed on
        self._unpacked = 0

    def readinto(self, room: memoryview) -> int:
        """Fill a part of ``room``; 0 is the end.  Raises DamagedStreamError once what came before the damage is read, and OSError."""
        limits = self._limits
        if self._unpacked > limits.capture_bytes and self._unpacked > limits.capture_ratio * self._read:
            times = f"more than {limits.capture_ratio} times its size (limit capture_ratio)"
            raise DamagedStreamError(f"{self._codec.name} data unpacks to {times}")
        while self._told == len(self._out):
            if self._member is None and not self._next_member():
                return 0
            self._advance()
        count = min(len(room), len(self._out) - self._told)
        room[:count] = memoryview(self._out)[self._told : self._told + count]
        self._told += count
        self._unpacked += count
        return count

    @property
    def live(self) -> bool:
        """As the packed input."""
        return self._input.live

    def ready(self, seconds: float) -> bool:
        """Tell whether more can be had within so many seconds."""
        if self._told < len(self._out) or self._at < len(self._packed) or (self._member is not None and not self._member.needs_input):
            return True
        return self._input.ready(seconds)

    def left(self) -> int | None:
        """Return None: nobody knows."""
        return None

    def park(self) -> None:
        """Park the packed input."""
        self._input.park()

    def close(self) -> None:
        """End reading."""
        self._input.close()

    def _next_member(self) -> bool:
        """Begin what follows the last member, if anything does; zeros are padding."""
        while True:
            while self._packed.startswith(ZEROS, self._at):
                self._at += len(ZEROS)
            while self._packed.startswith(b"\0", self._at):
                self._at += 1
            if len(self._packed) - self._at >= 6 or not self._more():
                break
        if self._at == len(self._packed):
            return False
        if not self._packed.startswith(self._magics, self._at):
            raise DamagedStreamError(f"bytes that are not {self._codec.name} follow {self._unpacked} bytes unpacked")
        self._member = self._codec.make(self._limits.dictionary_bytes)
        self._piece = FIRST_PIECE
        return True

    def _advance(self) -> None:
        member = self._member
        assert member is not None
        piece = b""
        if member.needs_input:
            if self._at >= len(self._packed) and not self._more():
                raise DamagedStreamError(f"{self._codec.name} data ends early, {self._unpacked} bytes unpacked")
            piece = self._packed[self._at : self._at + self._piece]
            self._at += len(piece)
            self._piece = min(self._piece * 4, self._codec.piece)
        try:
            self._out, self._told = member.decompress(piece, UNPACKED_AT_ONCE), 0
        except Exception as error:  # noqa: BLE001 - five codecs, five families of errors, and each means the same
            raise DamagedStreamError(f"{self._codec.name} data is damaged, {self._unpacked} bytes unpacked ({error})") from None
        if member.eof:
            self._at -= len(member.unused_data or b"")
            self._member = None

    def _more(self) -> bool:
        """Read more packed bytes behind those that are left."""
        room = bytearray(GULP)
        got = self._input.readinto(memoryview(room))
        self._read += got
        self._packed = self._packed[self._at :] + bytes(room[:got])
        self._at = 0
        return got > 0
