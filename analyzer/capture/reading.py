"""Capture: one input, opened, told by its first bytes, and read as Blocks.

Here lives: chunks (each in memory of its own, for Blocks are kept for a while), what is carried from one to the next, and
keeping the Source's numbers.  Here does not live: formats (``pcap``, ``pcapng``), several captures (``body``).
"""

from __future__ import annotations

import io
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.capture.compressed import DamagedStreamError, Unpacked, codec_of
from analyzer.capture.inputs import Handle, Input, open_input, reopenable
from analyzer.capture.pcap import MAGICS, Pcap
from analyzer.capture.pcapng import MAGIC, Pcapng
from analyzer.capture.source import Source
from analyzer.errors import CaptureError, NotACaptureError
from analyzer.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from analyzer.capture.block import Block, Column
    from analyzer.capture.step import Decoder

__all__ = ["Capture"]

PEEK_BYTES = 64 << 10
"""Read to learn the time of the first packet."""
HEAD_BYTES = 16
"""Read to tell what it is; even a capture without packets has 24."""
PIPE_BYTES = 256 << 10
"""First room for what comes through a pipe; it doubles up to a full Block while more is there."""
LINGER = 0.004
GATHER = 0.05
"""Seconds: a pipe's Block is closed when nothing came for LINGER or GATHER has passed; few enough not to be felt live."""

STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"snoop\0\0\0", "snoop"),
    (b"GMBU", "Microsoft Network Monitor"),
    (b"RTSS", "Microsoft Network Monitor 1"),
    (b"TRSNIFF data", "NetXRay/Sniffer"),
    (b"XCP\0", "NetXRay/Sniffer"),
    (b"\x7fver", "Accellent 5Views or WildPackets"),
    (b"btsnoop\0", "Bluetooth snoop"),
)
"""Captures of other kinds: said by name, for editcap can turn them into pcap."""


class Capture:
    """One capture.  Iterate it once: Blocks in the order of the file.  Nothing is opened before that (or ``peek``).

    ``what``: a path, "-" for standard input, bytes, a binary file object, or an ``inputs.Pipe``; ``index``: its number among the sources
    of the scan, the upper half of its packet ids; ``name``: what it is called where ``what`` does not say it.  Raises
    CaptureError where it cannot be opened and NotACaptureError where it is none; damage behind the header raises nothing and stands in
    ``source.damage``.
    """

    def __init__(self, what: Any, index: int = 0, limits: Limits = DEFAULT, *, name: str | None = None) -> None:
        self.what = what
        self.index = index
        self.source = Source(_name(what) if name is None else _printable(name))
        self.secrets: list[tuple[int, bytes]] = []
        """(type, bytes) of pcapng decryption secrets.  Key material: never printed."""
        self.block_bytes = limits.block_bytes
        """May be changed while reading: where many captures are open at once, each gets less."""
        self._limits = limits
        self._input: Input | None = None
        self._blocks: Iterator[Block] | None = None
        self._ahead: list[Block] = []
        self._first: int | None = None
        self._peeked = False

    def __iter__(self) -> Iterator[Block]:
        """Walk the Blocks."""
        if self._blocks is None:
            self._blocks = self._read()
        while True:
            block = self._ahead.pop() if self._ahead else next(self._blocks, None)
            if block is None:
                return
            self.source.count(block.caplen, block.time)
            yield block

    def peek(self) -> int | None:
        """Return the time of the first packet (ns), None where there is none; find out whether it is a capture at all.

        A file is closed again and read anew later; a pipe is waited for, and what came is kept.
        """
        if self._peeked:
            return self._first
        self._peeked = True
        again = reopenable(self.what)
        size = self.block_bytes
        self.block_bytes = min(size, PEEK_BYTES) if again else size
        blocks = self._read()
        block = next(blocks, None)
        self._first = None if block is None else int(block.time[0])
        self.block_bytes = size
        if again:
            blocks.close()
            self.source.format = None
            self.source.damage, self.source.dropped, self.source.comments, self.source.interfaces = None, None, [], []
            self.secrets.clear()
        else:
            self._blocks = blocks
            self._ahead = [] if block is None else [block]
        return self._first

    def park(self) -> None:
        """Give the file descriptor back until the next Block, where the input is a file."""
        if self._input is not None:
            self._input.park()

    def close(self) -> None:
        """End reading."""
        self._close_input()
        self._blocks, self._ahead = iter(()), []

    def _read(self) -> Generator[Block, None, None]:
        try:
            chunk, ended = self._open()
            decoder = self._decoder(bytes(chunk[:24]))
            while True:
                at, need = 0, 1
                while len(chunk) - at >= need:
                    step = decoder.decode(chunk[at:])
                    at, need = at + step.used, step.need
                    if decoder.started:
                        self.source.format = decoder.format + self._packing
                    if step.block is not None:
                        yield step.block
                    if step.over:
                        break
                rest = chunk[at:]
                if ended or step.over:
                    break
                chunk, ended = self._fill(rest, need)
            if not decoder.started:
                raise NotACaptureError(f"{self.source.name}: not a capture file ({self.source.damage or 'it ends inside its own header'})")
            if len(rest) and not step.over:
                decoder.rest(rest)
        finally:
            self._close_input()

    def _open(self) -> tuple[Column, bool]:
        """Open the input, unpack it if it is packed, and return its first chunk."""
        try:
            self._input = open_input(self.what)
        except (OSError, ValueError) as error:
            raise CaptureError(f"{self.source.name}: {getattr(error, 'strerror', None) or error}") from error
        head, ended = self._fill(np.empty(0, np.uint8), HEAD_BYTES, HEAD_BYTES)
        codec = codec_of(bytes(head[:8]))
        self._packing = ""
        if codec is not None:
            self._packing = "+" + codec.name
            self._input = Unpacked(self._input or Handle(io.BytesIO()), codec, bytes(head), self._limits)
            head, ended = self._fill(np.empty(0, np.uint8), HEAD_BYTES, HEAD_BYTES)
        return (head, ended) if ended else self._fill(head, len(head))

    def _decoder(self, first: bytes) -> Decoder:
        decoder: Decoder
        if first[:4] in MAGICS:
            decoder = Pcap(self.source, self.index, self._limits)
        elif first[:4] == MAGIC:
            decoder = Pcapng(self.source, self.index, self._limits)
        else:
            raise NotACaptureError(f"{self.source.name}: not a capture file ({self._strange(first)})")
        decoder.secrets = self.secrets
        return decoder

    def _strange(self, first: bytes) -> str:
        """Say what a file is that is no capture."""
        if not first:
            return self.source.damage or "it is empty"
        if self._packing and (codec := codec_of(first)) is not None:
            return f"{codec.name} inside {self._packing[1:]}: only one layer of compression is read"
        for magic, name in STRANGERS:
            if first.startswith(magic):
                return f"it is a {name} capture; editcap can turn it into pcap"
        return f"starts with {ascii(first[:4])[1:]}"  # no more: it may be somebody's key

    def _fill(self, rest: Column, need: int, most: int | None = None) -> tuple[Column, bool]:
        """Return a new chunk that begins with ``rest`` and holds ``need`` bytes or more, unless the input ends; and whether it did."""
        source = self._input
        assert source is not None
        most = most or max(self.block_bytes, need)
        room, filled, begun = rest, len(rest), time.monotonic()
        try:
            left = source.left()
            size = most if left is None else min(most, filled + left + 1)
            room = _grown(rest, min(size, filled + PIPE_BYTES) if source.live else size)
            while True:
                if filled >= need and source.live and not (time.monotonic() - begun < GATHER and source.ready(LINGER)):
                    return room[:filled], False
                if filled == len(room):
                    if filled >= most:
                        return room, False
                    room = _grown(room, min(2 * filled, most))
                got = source.readinto(room.data[filled:])
                if not got:
                    break
                filled += got
        except DamagedStreamError as error:
            self.source.hurt(str(error))
        except OSError as error:
            self.source.hurt(f"cannot be read on: {error.strerror or error}")
        self._close_input()
        return room[:filled], True

    def _close_input(self) -> None:
        if self._input is not None:
            self._input.close()
            self._input = None


def _grown(bytes_so_far: Column, size: int) -> Column:
    room = np.empty(max(size, len(bytes_so_far)), np.uint8)
    room[: len(bytes_so_far)] = bytes_so_far
    return room


def _name(what: Any) -> str:
    if isinstance(what, bytes | bytearray | memoryview):
        return "<bytes>"
    if hasattr(what, "read"):
        name = getattr(what, "name", None)
        return _printable(name if isinstance(name, str) else f"<{type(what).__name__}>")
    return _printable(os.fsdecode(what))


def _printable(name: str) -> str:
    """One line, whatever a folder may hold."""
    return name if name.isprintable() else ascii(name)
