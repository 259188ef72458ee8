"""The blocks of a pcapng section that are not packets: what they say about the section, its interfaces, its secrets.

Here lives: section header, interface description, interface statistics, decryption secrets, their options
(draft-ietf-opsawg-pcapng sections 3.5 and 4).  Here does not live: packets (``pcapng``).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from analyzer.capture.clocks import MICROSECONDS, Clock
from analyzer.capture.source import Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.capture.source import Source
    from analyzer.limits import Limits

__all__ = ["SECTION_HEADER", "Section", "byte_order"]

SECTION_HEADER = 0x0A0D_0D0A
INTERFACE, STATISTICS, SECRETS = 1, 5, 10
IF_NAME, IF_TSRESOL, IF_TSOFFSET = 2, 9, 14
ISB_IFDROP, ISB_OSDROP = 5, 7
COMMENT = 1


MAGIC = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}


def byte_order(magic: bytes) -> str | None:
    """Return "<" or ">" for the byte-order magic of a section header, None where it is neither."""
    return MAGIC.get(magic)


class Section:
    """What is known so far of one section.  Interface numbers count from 0 within it."""

    def __init__(self, order: str, source: Source, secrets: list[tuple[int, bytes]], limits: Limits) -> None:
        self._limits = limits
        self.links: list[int] = []
        self.snaps: list[int] = []
        self.clock_of: list[int] = []
        """Interface -> index in ``clocks``."""
        self.clocks: list[Clock] = []
        self._source = source
        self._secrets = secrets
        self._secret_bytes = sum(len(secret) for _, secret in secrets)
        self._lost_before = source.dropped or 0
        self._lost: dict[int, int] = {}
        self._half = Struct(order + "HH")
        self._word = Struct(order + "I")
        self._pair = Struct(order + "II")
        self._long = Struct(order + "Q")
        self._signed = Struct(order + "q")
        self._readers: dict[int, Callable[[bytes], None]] = {
            SECTION_HEADER: self._header,
            INTERFACE: self._interface,
            STATISTICS: self._statistics,
            SECRETS: self._keys,
        }

    def read(self, kind: int, body: bytes) -> str | None:
        """Take in a block's body (between its lengths); kinds unknown here are skipped.  Return what is wrong with it, if anything."""
        reader = self._readers.get(kind)
        if reader is not None:
            try:
                reader(body)
            except _Flaw as flaw:
                return str(flaw)
        return None

    def _header(self, body: bytes) -> None:
        for code, value in self._options(body, 16):
            if code == COMMENT and len(self._source.comments) < self._limits.comments:
                self._source.comments.append(value.decode("utf-8", "replace"))

    def _interface(self, body: bytes) -> None:
        if len(body) < 8:
            raise _Flaw("an interface description too short to be one")
        if len(self.links) == self._limits.interfaces:
            raise _Flaw(f"more than {self._limits.interfaces} interfaces (limit interfaces)")
        name, resolution, offset = None, None, 0
        flaw = None
        try:
            for code, value in self._options(body, 8):
                if code == IF_NAME:
                    name = value.decode("utf-8", "replace")
                elif code == IF_TSRESOL and len(value) == 1:
                    resolution = value[0]
                elif code == IF_TSOFFSET and len(value) == 8:
                    offset = self._signed.unpack(value)[0]
        except _Flaw as error:  # the interface stands, packets refer to it
            flaw = error
        clock = MICROSECONDS._replace(offset=offset) if resolution is None else Clock.of(resolution, offset)
        if clock not in self.clocks[-8:]:
            self.clocks.append(clock)
        self.clock_of.append(len(self.clocks) - 1 - self.clocks[::-1].index(clock))
        self.links.append(self._half.unpack_from(body)[0])
        self.snaps.append(self._word.unpack_from(body, 4)[0])
        if len(self._source.interfaces) < self._limits.interfaces:
            self._source.interfaces.append(Interface(name, self.links[-1], clock.resolution))
        if flaw is not None:
            raise flaw

    def _statistics(self, body: bytes) -> None:
        if len(body) < 12:
            raise _Flaw("interface statistics too short to be some")
        options = self._options(body, 12)
        lost = [self._long.unpack(value)[0] for code, value in options if code in {ISB_IFDROP, ISB_OSDROP} and len(value) == 8]
        if lost:
            # Counters run up from the start of the capture: the last word of each interface counts.
            self._lost[min(self._word.unpack_from(body)[0], self._limits.interfaces)] = sum(lost)
            self._source.dropped = self._lost_before + sum(self._lost.values())

    def _keys(self, body: bytes) -> None:
        if len(body) < 8:
            raise _Flaw("decryption secrets too short to be some")
        kind, length = self._pair.unpack_from(body)
        if length > len(body) - 8:
            raise _Flaw(f"decryption secrets of {length} bytes in a block of {len(body) - 8}")
        self._secret_bytes += len(body)
        if self._secret_bytes > self._limits.secret_bytes:
            raise _Flaw(f"more than {self._limits.secret_bytes} bytes of decryption secrets (limit secret_bytes); the rest was not kept")
        self._secrets.append((kind, body[8 : 8 + length]))

    def _options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        while at + 4 <= len(body):
            code, length = self._half.unpack_from(body, at)
            if code == 0:
                return
            if at + 4 + length > len(body):
                raise _Flaw("an option that is longer than its block")
            yield code, body[at + 4 : at + 4 + length]
            at += 4 + (length + 3 & ~3)


class _Flaw(Exception):  # noqa: N818 - a flaw of the block, not an error of ours; it never leaves Section.read
    """What is wrong with a block."""
