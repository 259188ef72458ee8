"""Cutting: which packets of a capture make a slice that shows a connection's handshakes again, and little beside them.

What is known of a connection (``Known``) are the packets that said something.  A scan of these alone would find gaps between them: where
records of application data settled whether a handshake was complete, a close_notify, what came between two handshakes.  So the captures
are walked a second time, and what else the connection sent from its first known packet to its last one goes with it; behind the last
packet that says something of a handshake that is much, and only its beginning is taken.

Here lives: that walk.  Here does not live: which handshakes anybody wants (``cli.slice``), writing them (``capture.writing``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.capture.body import blocks
from analyzer.findings import presented
from analyzer.findings.evidence import of_connection
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT, Limits
from analyzer.packets.columns import ACK, SYN
from analyzer.packets.flowkey import flow_key
from analyzer.packets.transport import Transport
from analyzer.x509 import read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analyzer.capture.block import Block
    from analyzer.capture.body import Readable
    from analyzer.facts.table import Row
    from analyzer.findings.finding import Finding
    from analyzer.findings.frame import Array
    from analyzer.handshakes.prelude import Plain
    from analyzer.packets.columns import Datagrams

__all__ = ["SPAN_BYTES", "TAIL_BYTES", "Known", "Ledger", "Lenders", "connections", "known"]

TAIL_BYTES = 1 << 20
"""Captured bytes of a connection taken behind the last packet that says something of its handshakes: its close is within them where it
said little, and a connection that went on for gigabytes makes no slice of gigabytes."""
SPAN_BYTES = 64 << 20
"""Captured bytes taken between the first of these packets and the last: a second handshake on a connection may come late."""
LENT = 100_000
"""CA certificates, and chains that borrow one, that are kept in mind: a hundred bytes each."""
_HANDSHAKE, _CERTIFICATES, _BORROWED = (
    [column.name for column in presented.COLUMNS].index(name) for name in ("handshake", "certificates", "borrowed")
)
_Ends = tuple[tuple[bytes, int], ...]

_CLOSE = frozenset({"fin", "rst", "connection_close"})
"""Events that say nothing of a handshake: the tail lies before them."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """The packets (ids, ascending) that are known of a handshake, or of a connection that came to none.

    ``proofs`` are those among them that say something of the handshake itself; the others are its close.
    """

    packets: tuple[int, ...]
    proofs: tuple[int, ...]
    ends: _Ends
    """Addresses and ports of both ends, in an order of their own."""
    renegotiation: bool = False

    def joined(self, other: Known) -> Known:
        """Return what is known of this and another handshake of one connection."""
        packets, proofs = {*self.packets, *other.packets}, {*self.proofs, *other.proofs}
        return Known(tuple(sorted(packets)), tuple(sorted(proofs)), self.ends, self.renegotiation and other.renegotiation)


def known(one: Handshake | Plain) -> Known:
    """Return what is known of a handshake or of a connection that came to none."""
    ends = tuple(sorted((end.address, end.port) for end in (one.client, one.server)))
    if not isinstance(one, Handshake):
        packets = tuple(sorted({packet for prelude in one.preludes for packet in prelude.packets}))
        return Known(packets, packets, ends)
    packets = of_connection(one)
    closing = {event.packet for event in one.events if event.kind in _CLOSE}.difference(one.packets)
    return Known(packets, tuple(packet for packet in packets if packet not in closing), ends, one.renegotiation)


def connections(
    captures: Iterable[Readable],
    wanted: Sequence[Known],
    limits: Limits = DEFAULT,
    progress: Callable[[int, None], None] = lambda _done, _total: None,
) -> set[int]:
    """Walk captures (not yet begun ones, of the order and indices of the scan) and return the packet ids of a slice of these connections.

    All known packets are among them.  ``progress`` is called with the packets read so far, after each Block.  Memory: some words for each
    packet of the slice.  Raises CaptureError as ``body.blocks``.
    """
    every = list(captures)
    walk = _Walk(wanted, limits)
    read = 0
    try:
        for block in (part for one in blocks(every) for part in one.parts(limits.block_packets)) if not walk.over else ():
            walk.take(block)
            read += len(block)
            progress(read, None)
            if walk.over:
                break
    finally:
        for capture in every:
            capture.close()
    return walk.picked


class Ledger:
    """What is known of every connection of a scan: some hundred bytes each, kept until it is known which of them are wanted."""

    def __init__(self) -> None:
        self._handshakes: dict[int, Known] = {}
        self._between: dict[_Ends, list[int]] = {}
        """Ends -> numbers of the handshakes between them, as they came."""
        self._plain: list[Known] = []

    def add(self, one: Handshake | Plain) -> None:
        """Note one handshake, or one connection that came to none."""
        found = known(one)
        if isinstance(one, Handshake):
            self._handshakes[one.number] = found
            self._between.setdefault(found.ends, []).append(one.number)
        else:
            self._plain.append(found)

    def __len__(self) -> int:
        """Return the number of handshakes."""
        return len(self._handshakes)

    def __contains__(self, number: int) -> bool:
        """Tell whether there is a handshake of this number."""
        return number in self._handshakes

    def __getitem__(self, number: int) -> Known:
        """Return what is known of one handshake; KeyError where there is none of that number."""
        return self._handshakes[number]

    def connection(self, number: int) -> Known:
        """Return what is known of a handshake and, of a renegotiation, of all before it on its connection.

        A renegotiation is encrypted: a scan that has not seen the handshake before it does not see it either.
        """
        one = self._handshakes[number]
        before = sorted(other for other in self._between[one.ends] if other < number) if one.renegotiation else []
        while one.renegotiation and before:
            one = one.joined(self._handshakes[before.pop()])
        return one

    def plain(self, packets: Iterable[int]) -> list[Known]:
        """Return the connections that came to no handshake and sent one of these packets."""
        wanted = frozenset(packets)
        return [one for one in self._plain if not wanted.isdisjoint(one.packets)]


class Lenders:
    """Which handshakes showed the CA certificates that chains of others lack and borrow: a slice without them would judge otherwise."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}
        self._borrowed: dict[tuple[int, str], list[str]] = {}

    def add(self, one: Handshake) -> None:
        """Note the CA certificates that a handshake shows."""
        for chain in (one.server_chain, one.client_chain):
            for encoded in chain[1:] if chain else ():
                if len(self._shown) < LENT:
                    self._shown.setdefault(read_certificate(encoded).sha256, one.number)

    def trust(self, rows: Iterable[Row]) -> None:
        """Note what chains borrow, by rows of the table trust."""
        for row in rows:
            if row[_BORROWED] and row[_CERTIFICATES] and len(self._borrowed) < LENT:
                self._borrowed[row[_HANDSHAKE], row[_CERTIFICATES][0]] = row[_BORROWED]

    def of(self, finding: Finding) -> list[int]:
        """Return the numbers of the handshakes that lent certificates to the chain that a finding is about."""
        lent = self._borrowed.get((finding.handshake or 0, finding.certificate or ""), ())
        return sorted({self._shown[one] for one in lent if one in self._shown})


class _Group:
    """One connection while it is walked."""

    __slots__ = ("keys", "left", "over", "proofs", "proofs_left", "room")

    def __init__(self, one: Known) -> None:
        self.proofs = frozenset(one.proofs)
        self.proofs_left = len(self.proofs)
        self.left = len(one.packets)
        """Known packets that have not been seen yet."""
        self.room = SPAN_BYTES if one.proofs else TAIL_BYTES
        self.keys: list[int] = []
        self.over = not one.packets

    def pass_by(self, packet: int) -> None:
        """Note that a known packet was seen."""
        self.left -= 1
        if packet in self.proofs:
            self.proofs_left -= 1
            if not self.proofs_left:
                self.room = TAIL_BYTES


class _Walk:
    """Takes Blocks and picks."""

    def __init__(self, wanted: Sequence[Known], limits: Limits) -> None:
        self._transport = Transport(limits, Counter())
        self._groups = [_Group(one) for one in wanted]
        pairs = sorted((packet, number) for number, one in enumerate(wanted) for packet in one.packets)
        self._ids = np.array([packet for packet, _ in pairs], np.int64)
        self._of = [number for _, number in pairs]
        """Group of each of ``_ids``; a packet that two groups know stands there twice."""
        self._unended = {number for number, one in enumerate(wanted) if len(one.packets) == len(one.proofs)}
        """Groups of which nothing tells where they end: their tail goes on to its cap, to the next SYN, or to the end of the capture."""
        self._flows: dict[int, list[int]] = {}
        """Flow key -> groups that are open on it."""
        self._open = sum(not group.over for group in self._groups)
        self.picked: set[int] = set(self._ids.tolist())

    @property
    def over(self) -> bool:
        """Whether every connection has been walked to its end."""
        return not self._open

    def take(self, block: Block) -> None:
        """Pick from one Block."""
        segments, datagrams = self._transport.read(block)
        rows = np.concatenate((segments.row, datagrams.row))
        keys = np.concatenate((segments.key, _keys(datagrams)))
        begins = np.zeros(len(block), bool)
        begins[segments.row[segments.flags & (SYN | ACK) == SYN]] = True
        spots = np.searchsorted(self._ids, block.packet)
        hit = self._ids[np.minimum(spots, len(self._ids) - 1)] == block.packet
        mine = np.isin(keys, np.array([*self._flows, *keys[hit[rows]].tolist()], np.uint64))
        keys_of: dict[int, list[int]] = {}
        for row, key in zip(rows[mine].tolist(), keys[mine].tolist(), strict=True):
            keys_of.setdefault(row, []).append(key)
        touched = np.union1d(np.flatnonzero(hit), rows[mine])
        columns = [column[touched].tolist() for column in (block.packet, block.caplen, begins, hit, spots)]
        for row, packet, size, begin, found, spot in zip(touched.tolist(), *columns, strict=True):
            knowing = list(self._knowing(packet, spot)) if found else []
            self._one(packet, size, keys_of.get(row, []), knowing, begin=begin)

    def _knowing(self, packet: int, spot: int) -> Iterator[int]:
        """Walk the groups that know this packet."""
        while spot < len(self._of) and self._ids[spot] == packet:
            yield self._of[spot]
            spot += 1

    def _one(self, packet: int, size: int, keys: list[int], knowing: list[int], *, begin: bool) -> None:
        """Pick a packet or leave it, and note what it tells of the groups."""
        for number in knowing:
            group = self._groups[number]
            for key in keys:
                if not group.over and key not in group.keys:
                    group.keys.append(key)
                    self._flows.setdefault(key, []).append(number)
            group.pass_by(packet)
        for number in {number for key in keys for number in self._flows.get(key, ()) if number not in knowing}:
            group = self._groups[number]
            if begin and not group.proofs_left:
                self._close(number)  # it is another connection between the same ports
                continue
            group.room -= size
            if group.room >= 0:
                self.picked.update((packet, *self._transport.side.pieces(packet)))
            elif not group.left:
                self._close(number)
        for number in knowing:
            if not self._groups[number].left and number not in self._unended:
                self._close(number)

    def _close(self, number: int) -> None:
        """Let a group go that is over."""
        group = self._groups[number]
        if group.over:
            return
        group.over = True
        self._open -= 1
        for key in group.keys:
            self._flows[key].remove(number)
            if not self._flows[key]:
                del self._flows[key]


def _keys(datagrams: Datagrams) -> Array:
    """Return the flow keys of datagrams."""
    key, _ = flow_key(
        datagrams.source_high, datagrams.source_low, datagrams.source_port,
        datagrams.target_high, datagrams.target_low, datagrams.target_port,
    )  # fmt: skip
    found: Array = key
    return found
