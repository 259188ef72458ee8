"""The side road: packets that the columns of ``link`` and ``network`` cannot finish, walked one by one, header after header.

Here lives: the walk from the link type to the innermost TCP or UDP, the table of all readers, the columns made of what was found.
Here does not live: any header (``links``, ``wireless``, ``internet``, ``tunnels``, ``udp_tunnels``), TCP and UDP themselves.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from analyzer.capture.block import Block
from analyzer.packets.network import AUTHENTICATION, FRAGMENT, IPV4_HIGH, Carried
from analyzer.packets.side import internet, links, tunnels, udp_tunnels, wireless
from analyzer.packets.side.fragments import Fragments
from analyzer.packets.side.layers import ETHERTYPES, PROTOCOLS, Readers, Walk

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from analyzer.limits import Limits
    from analyzer.packets.carriage import Carriages
    from analyzer.packets.columns import Column

__all__ = ["CARRYING", "CARRYING_ETHERTYPES", "LINK_LAYERS", "TUNNEL_PORTS", "SideRoad", "carries"]

READERS: Readers = {**links.READERS, **wireless.READERS, **internet.READERS, **tunnels.READERS, **udp_tunnels.READERS}
"""name -> (bytes needed, reader)."""

CARRYING: frozenset[int] = frozenset({number for number, name in PROTOCOLS.items() if name in READERS} - {17} | {AUTHENTICATION, FRAGMENT})
"""IP protocol numbers (network.FRAGMENT for a piece of a packet) that can hold more than they say."""
CARRYING_ETHERTYPES: frozenset[int] = frozenset(number for number, name in ETHERTYPES.items() if name in READERS)
"""EtherTypes behind which IP can be found; below 0x600 there is LLC, where it can be too (``carries``)."""
LINK_LAYERS: frozenset[int] = frozenset(links.LINKS)
"""Link types that are read here; any other is counted by its name or number."""
TUNNEL_PORTS: frozenset[int] = frozenset(udp_tunnels.TUNNELS)
"""UDP ports behind which a tunnel is looked for."""

ENDS = {"TCP": 6, "UDP payload": 17}
"""Names that end a walk well, with their IP protocol numbers."""
PIECES = 8
"""Fragments remembered for ``pieces`` on average, for as many packets as ``limits.fragments``."""

_CARRYING = np.array(sorted(CARRYING_ETHERTYPES))


def carries(kind: Column) -> Column:
    """Return which of these EtherTypes (802.3 lengths below 0x600, -1 unknown) are worth a walk: a mask."""
    mask: Column = ((kind >= 0) & (kind < 0x600)) | np.isin(kind, _CARRYING)
    return mask


class SideRoad:
    """One per scan: ``walk`` takes the rows of a Block in capture order.  ``notes`` counts what was odd and yet read."""

    def __init__(self, limits: Limits, skipped: Counter[str], carriages: Carriages, hits: Counter[str] | None = None) -> None:
        """Count what yields nothing in ``skipped`` and number what packets travelled in by ``carriages``; ``hits`` counts limits."""
        self._limits, self._skipped, self._carriages = limits, skipped, carriages
        self._fragments = Fragments(limits, hits)
        self.notes = self._fragments.notes
        self._whole: OrderedDict[int, tuple[int, ...]] = OrderedDict()
        self._torn: OrderedDict[int, None] = OrderedDict()
        self._remembered = 0
        self._walk = Walk()
        self._pieced = False
        self.on_fragment: Callable[[Block, int], None] | None = None
        """Called with the Block and row of each frame that held a fragment: it is nobody's until all of them are there."""

    def pieces(self, packet: int) -> tuple[int, ...]:
        """Return the packet ids of all fragments of what was put together in this packet, as they came; () if it was no such packet."""
        return self._whole.get(packet, ())

    def torn(self, packets: list[int]) -> list[int]:
        """Return those of these packets that were put together from fragments that contradict each other."""
        return [packet for packet in packets if packet in self._torn] if self._torn else []

    def spread(self, packets: list[int]) -> list[int]:
        """Return these packet ids with those of all its fragments in the place of each that was put together."""
        return [one for packet in packets for one in self.pieces(packet) or (packet,)] if self._whole else packets

    def skip(self, reason: str, count: int = 1) -> None:
        """Count packets that yield nothing; past the limit a new reason is "other"."""
        self._skipped[reason if reason in self._skipped or len(self._skipped) < self._limits.names else "other"] += count

    def walk(self, block: Block, rows: Column) -> tuple[Block, Carried]:
        """Return the innermost TCP and UDP packets of these rows, and the Block in whose data they lie.

        It is the same Block unless packets were put together from fragments: these are appended to its data.  A row has more than
        one entry if its frame holds several packets (802.11 aggregates), none if it was counted in ``skipped``.
        """
        found: list[tuple[int, int, int, int, int, int, int, int, int, int, int]] = []
        appended: list[bytes] = []
        size = len(block.data)
        walk, data = self._walk, block.data
        names = ("offset", "caplen", "wirelen", "time", "link", "interface", "packet")
        columns = (getattr(block, name)[rows].tolist() for name in names)
        for row, offset, caplen, wirelen, time, link, interface, packet in zip(rows.tolist(), *columns, strict=True):
            walk.begin(data[offset : offset + caplen].tobytes(), offset, wirelen)
            kind, entries, reason = links.LINKS.get(link) or links.NAMED_LINKS.get(link) or f"link type {link}", len(found), ""
            while kind:
                end = self._end(kind, time, interface, packet)
                if end in ENDS:
                    base = walk.base
                    if base < 0:
                        base = size - walk.at
                        appended.append(walk.data[walk.at : walk.stop])
                        size += walk.stop - walk.at
                        self._remember(packet, walk.pieces)
                    found.append((row, ENDS[end], base + walk.at, base + walk.stop, base + walk.wire, *_addresses(walk),
                                  self._carriages.number(walk.layers), walk.ttl))  # fmt: skip
                reason = reason or end
                kind = walk.resume()
            if len(found) == entries:
                self.skip(reason)
            if self._pieced:
                self._pieced = False
                if self.on_fragment is not None:
                    self.on_fragment(block, row)
        if appended:
            block = Block(np.concatenate((data, np.frombuffer(b"".join(appended), np.uint8))), block.offset, block.caplen, block.wirelen,
                          block.time, block.link, block.interface, block.packet)  # fmt: skip
        return block, _carried(found)

    def _end(self, kind: str, time: int, interface: int, packet: int) -> str:
        """Walk from the header of this kind to the last one that is read: an end, or the reason why there is none."""
        walk = self._walk
        for _ in range(self._limits.layers):
            row = READERS.get(kind)
            if row is None:
                if len(walk.layers) > self._limits.layers:  # labels are many in one header, and each carriage is kept
                    return "too many layers"
                if kind != "IP fragment" or not self._piece(time, interface, packet):
                    break
                kind = "IP payload"
                continue
            need, read = row
            if walk.stop - walk.at < need:
                return f"cut before the end of the {kind} header" if walk.wire - walk.at >= need else f"broken {kind} header"
            kind = read(walk)
        else:
            if kind not in ENDS:
                return "too many layers"
        return kind if walk.at <= walk.stop else "cut before the end of the packet's headers"

    def _piece(self, time: int, interface: int, packet: int) -> bool:
        """Hand the fragment on; go on with the packet that it completes, if it does.

        Fragments of one packet travel in one carriage and past one interface; elsewhere the same addresses and identification are
        another packet's or a copy's.
        """
        walk, piece, self._pieced = self._walk, self._walk.fragment, True
        carriage = self._carriages.number(walk.layers)
        key = (walk.source, walk.target, piece.identification, walk.protocol if piece.version == 4 else -1, carriage, interface)
        came_in = walk.pieces or (packet,)
        whole = self._fragments.add(key, time, piece.offset, walk.data[walk.at : walk.stop], walk.wire - walk.at, more=piece.more,
                                    protocol=walk.protocol, pieces=came_in)  # fmt: skip
        if whole is None:
            return False
        if whole.torn:
            self._torn[packet] = None
            if len(self._torn) > self._limits.fragments:
                self._torn.popitem(last=False)
        walk.data, walk.base, walk.at, walk.stop, walk.wire = whole.data, -1, 0, len(whole.data), whole.length
        walk.protocol, walk.pieces = whole.protocol, whole.pieces
        return True

    def _remember(self, packet: int, pieces: tuple[int, ...]) -> None:
        """Keep what ``pieces`` will be asked, and forget the oldest."""
        self._remembered += len(pieces) - len(self._whole.pop(packet, ()))
        self._whole[packet] = pieces
        while len(self._whole) > self._limits.fragments or self._remembered > PIECES * self._limits.fragments:
            self._remembered -= len(self._whole.popitem(last=False)[1])


def _addresses(walk: Walk) -> tuple[int, int, int, int]:
    """Return the halves of the last IP header's addresses: source high and low, target high and low."""
    source, target = int.from_bytes(walk.source, "big"), int.from_bytes(walk.target, "big")
    if len(walk.source) == 4:
        return _HIGH, source, _HIGH, target
    return source >> 64, source & _LOW, target >> 64, target & _LOW


_HIGH, _LOW = int(IPV4_HIGH), 0xFFFF_FFFF_FFFF_FFFF


def _carried(found: list[tuple[int, int, int, int, int, int, int, int, int, int, int]]) -> Carried:
    columns = tuple(zip(*found, strict=True)) or ((),) * 11
    return Carried(*(np.array(column, np.uint64 if 5 <= i <= 8 else np.int64) for i, column in enumerate(columns)))
