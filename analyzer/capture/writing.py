"""Writing: packets that were read → a pcapng file of their own (draft-ietf-opsawg-pcapng), and picking them out a second time.

Here lives: the blocks of such a file, and ``select``, which reads captures again for some of their packets.  Here does not live: which
packets anybody wants (``cli.slice``), where the file goes (``cli.outputs``).

What is written is what was read: bytes, times to the nanosecond, lengths, link types, and which interface of which file.  Decryption
secrets of the captures are never copied.  This file works packet by packet: what is cut out is little.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Protocol

import numpy as np

from analyzer.capture.block import SOURCE_SHIFT, packet_number, packet_source
from analyzer.capture.body import blocks
from analyzer.capture.clocks import SECOND
from analyzer.capture.pcapng import ENHANCED
from analyzer.capture.pcapng_blocks import COMMENT, IF_NAME, IF_TSOFFSET, IF_TSRESOL, INTERFACE, SECTION_HEADER
from analyzer.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analyzer.capture.block import Block
    from analyzer.capture.body import Readable
    from analyzer.capture.source import Source

__all__ = ["Frame", "Writer", "origin", "select"]

IF_DESCRIPTION, SHB_USERAPPL = 3, 4
"""Options of an interface description and of a section header (sections 4.2 and 4.1)."""
LONGEST_OPTION = 4096
"""Bytes of a text that an option is given: names of files are shorter, and its own length field ends at 65535."""
NANOSECONDS = b"\x09"
"""if_tsresol: ticks of 10**-9 s."""
BEFORE_1970 = -9_223_372_036
"""if_tsoffset, seconds: ticks have no sign, so packets from before 1970 get an interface whose clock starts where int64 does."""
WORD = 0xFFFF_FFFF

_HEAD, _WORD = Struct("<II"), Struct("<I")
_SECTION = Struct("<IHHq")
_INTERFACE = Struct("<HHI")
_PACKET = Struct("<IIIIIII")
_OPTION = Struct("<HH")

Frame = tuple[bytes, int, int, int, int, int]
"""A packet: its captured bytes, packet id, time (ns since 1970 UTC), length on the wire, LINKTYPE_ number, interface in its source."""

_PADS = (b"", bytes(1), bytes(2), bytes(3))
_Key = tuple[int, int, int, bool]
"""Source, interface in its file, link type, and whether the time is before 1970."""


class Taker(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of them."""


class Writer:
    """Add Blocks; each is written to ``out`` at once, and nothing is held but which interfaces were described.

    ``comment`` and ``application`` go to the section's header.  ``sources``: those that packet ids refer to; they may still grow.
    ``live``: the interfaces that those sources capture on, by their index; they keep their names.
    ``packets`` counts what was written.  No value of a Block raises: a link type keeps its lower 16 bits, a length on the wire 32.
    """

    def __init__(
        self,
        out: Taker,
        *,
        comment: str = "",
        application: str = "",
        sources: Sequence[Source] = (),
        live: Sequence[str] = (),
        limits: Limits = DEFAULT,
    ) -> None:
        self.packets = 0
        self._out = out
        self._sources = sources
        self._live = live
        self._most = limits.interfaces
        self._interfaces: dict[_Key, int] = {}
        """At most so many as our own reader takes of one section; then another section begins."""
        options = (_text(COMMENT, comment), _text(SHB_USERAPPL, application))
        self._section = _block(SECTION_HEADER, _SECTION.pack(0x1A2B_3C4D, 1, 0, -1) + _options(options))
        out.write(self._section)

    def write(self, block: Block, comment: Callable[[int], str] | None = None) -> None:
        """Write the packets of a Block, each with what ``comment`` says of its packet id."""
        columns = (block.packet, block.time, block.wirelen, block.link, block.interface)
        self.add(zip(block, *(column.tolist() for column in columns), strict=True), comment)

    def add(self, frames: Iterable[Frame], comment: Callable[[int], str] | None = None) -> None:
        """Write packets, as ``write`` does, in one go."""
        waiting: list[bytes] = []
        known, count = self._interfaces, 0
        for data, packet, time, wire, link, interface in frames:
            key = (packet >> SOURCE_SHIFT, interface, link & 0xFFFF, time < 0)
            number = known.get(key)
            if number is None:
                if len(known) >= self._most:
                    known.clear()
                    waiting.append(self._section)
                number = known[key] = len(known)
                waiting.append(self._description(key))
            ticks = time if time >= 0 else max(time - BEFORE_1970 * SECOND, 0)
            length = len(data)
            tail = _PADS[-length & 3]
            if comment is not None:
                tail += _options([_text(COMMENT, comment(packet))])
            size = length + len(tail) + 32
            sent = wire if 0 <= wire <= WORD else min(max(wire, 0), WORD)
            waiting += _PACKET.pack(ENHANCED, size, number, ticks >> 32, ticks & WORD, length, sent), data, tail, _WORD.pack(size)
            count += 1
        self.packets += count
        self._out.write(b"".join(waiting))

    def _description(self, key: _Key) -> bytes:
        """Describe an interface; it has no snap length of its own, for none of its packets is cut here."""
        source, interface, link, early = key
        name, origin_of_it = self._names(source, interface, link)
        options = [_text(IF_NAME, name), _text(IF_DESCRIPTION, origin_of_it), _option(IF_TSRESOL, NANOSECONDS)]
        if early:
            options.append(_option(IF_TSOFFSET, BEFORE_1970.to_bytes(8, "little", signed=True)))
        return _block(INTERFACE, _INTERFACE.pack(link, 0, 0) + _options(options))

    def _names(self, source: int, interface: int, link: int) -> tuple[str, str]:
        """Return an interface's name where it is beyond doubt, and where it comes from.

        The interfaces of a file's sections share numbers, and what is known of the file does not tell the sections apart: a name
        stands only where all interfaces of this link type have it.
        """
        if 0 <= source < len(self._live):
            return self._live[source], ""
        if not 0 <= source < len(self._sources):
            return "", ""
        names = {one.name for one in self._sources[source].interfaces if one.link == link}
        return (names.pop() or "") if len(names) == 1 else "", f"interface {interface} of {self._sources[source].name}"


def select(captures: Iterable[Readable], wanted: Iterable[int]) -> Iterator[Block]:
    """Read captures (not yet begun ones, of the same order and indices as those of the scan) and walk the packets ``wanted`` by id.

    They come in the order of the scan, and reading stops behind the last of them.  What is no longer there is missing: count.
    Raises CaptureError as ``body.blocks``.
    """
    every = list(captures)
    ids = np.array(sorted(set(wanted)), np.int64)
    left = len(ids)
    walk = blocks(every)
    try:
        while left and (block := next(walk, None)) is not None:
            place = np.searchsorted(ids, block.packet)
            mask = ids[np.minimum(place, len(ids) - 1)] == block.packet
            found = int(np.count_nonzero(mask))
            if found:
                left -= found
                yield block.take(mask)
    finally:
        for capture in every:
            capture.close()


def origin(sources: Sequence[Source]) -> Callable[[int], str]:
    """Return the function that tells where a packet id comes from: "packet 5 of a.pcapng"."""

    def tell(packet: int) -> str:
        source, number = packet_source(packet), packet_number(packet)
        return f"packet {number} of {sources[source].name}" if 0 <= source < len(sources) else f"packet {number}"

    return tell


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return _HEAD.pack(kind, size) + body + _WORD.pack(size)


def _text(code: int, text: str) -> bytes:
    """Return an option of UTF-8 text, nothing for no text; what has no place in UTF-8 (a name of bytes) is told by its number."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) > LONGEST_OPTION:
        data = data[: LONGEST_OPTION - 3].decode("utf-8", "ignore").encode() + "…".encode()
    return _option(code, data) if data else b""


def _option(code: int, value: bytes) -> bytes:
    return _OPTION.pack(code, len(value)) + _padded(value)


def _options(options: Iterable[bytes]) -> bytes:
    """Return options and their end, nothing where there are none."""
    joined = b"".join(options)
    return joined + _OPTION.pack(0, 0) if joined else b""
