"""Keeping: the packets of flows that may shake hands are at hand until it is told that they did, and then written to a file (``-w``).

Here lives: what is kept and for how long, the order in which it is written.  Here does not live: which flows are worth it (the sieves of
``packets``), which of them shook hands (``handshakes``), the blocks of the file (``writing``), the file (``growing``, ``rotation``).

A packet is kept as it was captured: the bytes of its frame are copied out of the Block, so that no Block is kept alive by one of them.
Whatever the sieve picks is kept under its flow's key, and what is told of a flow is written with one call, in order of capture.  What is
past the limit goes, the flow that was silent longest first; ``lost`` counts what of handshakes was gone so.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from analyzer.capture.block import SOURCE_SHIFT
from analyzer.capture.writing import Writer
from analyzer.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.capture.block import Block, Column
    from analyzer.capture.source import Source
    from analyzer.capture.writing import Frame

__all__ = ["Keeper", "Sink"]

OVERHEAD, FLOW = 250, 600
"""Bytes of memory that a kept packet takes beside its own, and a flow: measured."""
ASIDE = 8
"""Fragments wait for the rest of their packets in this part of the room (one in so many bytes)."""
GONE = 1 << 16
"""Flows remembered whose packets are gone, so that they are counted if such a flow did shake hands."""
WRITTEN = 1 << 15
"""Packets remembered as written, at least: one frame may hold packets of several flows (802.11, fragments of tunnels)."""
PACKET_BLOCK = 36
"""Bytes that a packet takes in the file beside its own, at most (``writing``)."""


class Sink(Protocol):
    """Where the file goes: ``growing.Growing`` or ``rotation.Ring``."""

    @property
    def eager(self) -> bool:
        """Whether it begins at once, so that it is a capture file even if nothing comes."""

    def full(self, size: int, now: int) -> bool:
        """Tell whether another file has to be begun for so many more bytes at this time (ns)."""

    def turn(self) -> None:
        """End the file; the next write begins another."""

    def write(self, data: bytes) -> None:
        """Write all of it or nothing.  Raises OSError."""

    def close(self) -> None:
        """End it for good.  Raises OSError."""


class _Flow:
    """What is at hand of one flow; ``gone`` counts what no longer is, ``paths`` are the other keys of its connection (QUIC)."""

    __slots__ = ("frames", "gone", "mixed", "paths")

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.gone = 0
        self.mixed = False
        """They did not come in order of capture."""
        self.paths: frozenset[int] = frozenset()


class _Pieces(list[bytes]):
    """What a Writer wrote and the file has not."""

    write = list.append

    def taken(self) -> bytes:
        """Return it, once."""
        data = b"".join(self)
        self.clear()
        return data


class Keeper:
    """Keeps what the sieves pick (``take``) and writes what belongs to handshakes (``told``).  ``packets`` counts what was written.

    ``sources`` and ``live`` as for ``Writer``.  An OSError of the file is raised once; from then on nothing is kept or written, and
    what was written until then is whole.
    """

    def __init__(
        self, out: Sink, *, sources: Sequence[Source] = (), live: Sequence[str] = (), application: str = "", limits: Limits = DEFAULT
    ) -> None:
        """Raises OSError where a file that begins at once cannot."""
        self.packets = 0
        self.lost = 0
        """Packets of handshakes that were no longer at hand."""
        self.pieces: Callable[[int], tuple[int, ...]] = _none
        """Tells the packet ids of all fragments of what was put together in a packet (``packets.side``)."""
        self._out, self._most = out, limits.kept_bytes
        self._sources, self._live, self._application, self._limits = sources, live, application, limits
        self._flows: OrderedDict[int, _Flow] = OrderedDict()
        """All of them, the one silent longest first."""
        self._gone: OrderedDict[int, int] = OrderedDict()
        self._aside: OrderedDict[int, Frame] = OrderedDict()
        self._held = self._held_aside = 0
        self._paths: dict[int, int] = {}
        """Packets that may belong to a connection with several keys -> their key."""
        self._written: tuple[set[int], set[int]] = (set(), set())
        self._now, self._ticks, self._over = 0, False, False
        self._pieces = _Pieces()
        self._writer: Writer | None = None
        if out.eager:
            self._write(())

    # ------------------------------------------------------------------------------------------------ what comes

    def take(self, block: Block, rows: Column, keys: Column, *, wanders: bool = False) -> None:
        """Keep these packets of a Block, each under its flow's key; of a packet whose bytes the Block no longer has only the loss.

        ``wanders``: they are of a protocol whose connections change their ports (QUIC).
        """
        if self._over or not len(rows):
            return
        flows, view, end, held = self._flows, block.data.data, len(block.data), 0
        names = (block.offset, block.caplen, block.packet, block.time, block.wirelen, block.link, block.interface)
        columns = (column[rows].tolist() for column in names)
        for key, at, size, packet, time, wire, link, interface in zip(keys.tolist(), *columns, strict=True):
            flow = flows.get(key)
            if flow is None:
                flow = flows[key] = _Flow()
                flow.gone = self._gone.pop(key, 0) if self._gone else 0
                held += FLOW
            else:
                flows.move_to_end(key)
            if self._aside:
                held += self._gather(flow, packet)
            if not size or at + size > end:
                flow.gone += 1
                continue
            flow.frames.append((bytes(view[at : at + size]), packet, time, wire, link, interface))
            held += size + OVERHEAD
            if wanders:
                self._paths[packet] = key
        if not self._ticks:
            self._now = max(self._now, time)
        self._held += held
        if self._held > self._most:
            self._bound()

    def aside(self, block: Block, row: int) -> None:
        """Keep the frame of a fragment until it is known whose packet it is of."""
        if self._over:
            return
        columns = (block.packet, block.time, block.wirelen, block.link, block.interface)
        packet, time, wire, link, interface = (int(column[row]) for column in columns)
        at, size = int(block.offset[row]), int(block.caplen[row])
        self._held_aside += size + OVERHEAD
        self._aside[packet] = (block.data[at : at + size].tobytes(), packet, time, wire, link, interface)
        while self._held_aside > self._most // ASIDE and len(self._aside) > 1:
            self._held_aside -= len(self._aside.popitem(last=False)[1][0]) + OVERHEAD

    def tick(self, now: int) -> None:
        """Take the time (ns): a file that has its age ends.  Raises OSError."""
        self._ticks, self._now = True, now
        if not self._over and self._out.full(0, now):
            self._turn()

    def told(self, key: int, moved: Iterable[int] = (), *, over: bool = True) -> None:
        """Write what is kept of a flow: it shook hands.  Raises OSError.

        ``moved``: packets of the connection that may have come under other keys; ``over``: nothing more is told of the flow.
        """
        if self._over:
            return
        keys = {key, *(self._paths[packet] for packet in moved if packet in self._paths)}
        if key in self._flows:
            keys |= self._flows[key].paths
        frames: dict[int, Frame] = {}
        mixed = len(keys) > 1
        for one in keys:
            self.lost += self._gone.pop(one, 0)
            flow = self._flows.get(one)
            if flow is None:
                continue
            self.lost += flow.gone
            mixed |= flow.mixed
            frames.update((frame[1], frame) for frame in flow.frames)
            self._let_go(flow)
            flow.gone, flow.mixed, flow.paths = 0, False, frozenset(keys - {one})
            if over:
                del self._flows[one]
                self._held -= FLOW
        before, latest = self._written
        fresh = [frame for packet, frame in frames.items() if packet not in latest and packet not in before]
        if not fresh:
            return
        if mixed:
            fresh.sort(key=_capture if len({frame[1] >> SOURCE_SHIFT for frame in fresh}) == 1 else _time)
        self._write(fresh)
        latest.update(frame[1] for frame in fresh)
        if len(latest) > WRITTEN:
            self._written = (latest, set())

    def close(self) -> None:
        """End the file.  Idempotent.  Raises OSError."""
        self._stop()
        self._out.close()

    # ------------------------------------------------------------------------------------------------ inside

    def _gather(self, flow: _Flow, packet: int) -> int:
        """Put the fragments of what was put together in a packet to its flow; return what they take."""
        held = 0
        for piece in self.pieces(packet):
            if piece == packet:
                continue
            frame = self._aside.get(piece)
            if frame is None:
                flow.gone += 1
                continue
            flow.frames.append(frame)
            flow.mixed = True
            held += len(frame[0]) + OVERHEAD
        return held

    def _let_go(self, flow: _Flow, most: int | None = None) -> int:
        """Forget the oldest ``most`` packets of a flow, or all; return how many they were."""
        gone = flow.frames[:most]
        del flow.frames[:most]
        self._held -= sum(len(frame[0]) for frame in gone) + OVERHEAD * len(gone)
        if self._paths:
            for frame in gone:
                self._paths.pop(frame[1], None)
        return len(gone)

    def _bound(self) -> None:
        """Let the flow go that was silent longest, again and again, until the rest is within the limit; of the last one its older half."""
        while self._held > self._most and len(self._flows) > 1:
            key, flow = self._flows.popitem(last=False)
            gone = self._let_go(flow) + flow.gone
            self._held -= FLOW
            if gone:
                self._gone[key] = self._gone.pop(key, 0) + gone
                if len(self._gone) > GONE:
                    self._gone.popitem(last=False)
        for flow in self._flows.values() if self._held > self._most else ():
            while self._held > self._most and flow.frames:
                flow.gone += self._let_go(flow, (len(flow.frames) + 1) // 2)

    def _write(self, frames: Sequence[Frame]) -> None:
        """Write packets, and before them what the file needs to begin, with one call."""
        try:
            if self._out.full(sum(len(frame[0]) for frame in frames) + PACKET_BLOCK * len(frames), self._now):
                self._turn()
            if self._writer is None:
                self._writer = Writer(
                    self._pieces, application=self._application, sources=self._sources, live=self._live, limits=self._limits
                )
            if frames:
                self._writer.add(frames)
            self._out.write(self._pieces.taken())
        except BaseException:  # an interrupt too: what its Writer believes to be in the file is not
            self._stop()
            raise
        self.packets += len(frames)

    def _turn(self) -> None:
        self._writer = None
        try:
            self._out.turn()
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        """Keep nothing more."""
        self._over, self._held, self._held_aside = True, 0, 0
        for kept in (self._flows, self._gone, self._aside, self._paths):
            kept.clear()


def _none(_packet: int) -> tuple[int, ...]:
    return ()


def _capture(frame: Frame) -> int:
    return frame[1]


def _time(frame: Frame) -> int:
    return frame[2]
