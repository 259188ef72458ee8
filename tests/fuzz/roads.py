"""Targets below TLS: captures, packets, segments, and the whole road from a capture's bytes to lines of JSON.

Here lives: what walks numpy columns.  Here does not live: what is said in them (``targets``).
"""

from __future__ import annotations

import gzip
from collections import Counter
from contextlib import contextmanager, suppress
from functools import cache
from unittest import mock

from checks import SMALL, facts, lot, settled, told
from ears import Ear
from scripts import ACK, ENDS, FIN, MS, RST, START, SYN, Script, frames, tcp_packet

from analyzer.capture import Capture, blocks, from_packets, index
from analyzer.capture.block import packet_number
from analyzer.errors import CaptureError
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.packets import datagram_sieve, sieve
from analyzer.packets.link import LINKS
from analyzer.packets.side import sideroad
from analyzer.packets.transport import Transport
from analyzer.pipeline import Counters, handshakes
from analyzer.scanning import Stream
from analyzer.streams.flow import Flow
from analyzer.streams.table import Table

ALL_LINKS = [*LINKS, *sorted({*sideroad.LINK_LAYERS} - {*LINKS})]
RAW = 101
SIZES = (512, 512, 24, 4)


@contextmanager
def light():
    """Make what the whole road sets up cheap, and what only large captures meet frequent.

    Small tables, whose slots are shared the more often; one set of first bytes; records of a capture found in lanes of a few bytes.
    """
    with (
        mock.patch.object(sieve, "_BITS", 8),
        mock.patch.object(datagram_sieve, "_BITS", 8),
        mock.patch.object(sieve, "FirstBytes", cache(sieve.FirstBytes)),
        mock.patch.multiple(index, LANE_BYTES=64, FEWEST_LANES=3, STRAGGLERS=1),
    ):
        yield


# ---- captures


def _blocks(captures):
    """Read captures to their end, check the Blocks, return (number, time, link, length on the wire, bytes) of every packet."""
    found = []
    with suppress(CaptureError):
        for block in blocks(captures):
            assert len(block), "a Block without packets"
            assert (block.caplen >= 0).all()
            assert (block.offset >= 0).all()
            assert (block.offset + block.caplen <= len(block.data)).all()
            columns = (column.tolist() for column in (block.packet, block.time, block.link, block.wirelen))
            found += zip(*columns, block, strict=True)
    return found


def capture(data):
    """A capture's bytes behind a byte of options: packed and perhaps cut, two captures that are merged, read again in tiny Blocks."""
    options, body = data[:1] or b"\0", data[1:]
    if options[0] & 1:
        body = gzip.compress(body, 1)
        body = body[: len(body) - (options[0] >> 4)]
    if options[0] & 2:
        half = len(body) // 2
        two = [Capture(body[:half], 0, SMALL), Capture(body[half:] if options[0] & 4 else body, 1, SMALL)]
        _blocks(two)
        return
    one = Capture(body, 0, SMALL)
    if options[0] & 4:
        with suppress(CaptureError):
            one.peek()
    first = _blocks([one])
    assert [row[0] for row in first] == [*range(1, len(first) + 1)]
    assert one.source.packets == len(first)
    if lot(data, 16):
        return
    tiny = Capture(body, 0, SMALL)
    tiny.block_bytes = 64
    assert _blocks([tiny]) == first
    assert one.source.format is None or (tiny.source.damage is None) == (one.source.damage is None), (one.source.damage, tiny.source.damage)


# ---- packets


def in_blocks(rows, link, size):
    """Return Blocks of about so many packets of rows (time, bytes, bytes on the wire)."""
    made = from_packets(rows, link, limits=SMALL)
    made.block_bytes = size << 6
    return made


def packets(data):
    """Packets in one Block, or in Blocks of two: a byte picks the link type, then come two of each (pause, cut, length) and its own."""
    read_packets(data)


def read_packets(data):
    """Read the packets of such bytes and check them; return why some were skipped, what others travelled in, and how many came of them."""
    script = Script(data)
    rows, time = [], START
    options = script.byte()
    link = ALL_LINKS[(options & 0x7F) % len(ALL_LINKS)]
    while script and len(rows) < 12:
        length = script.word()
        cut = length >> 11 & 3
        time += (length >> 13) ** 4 * 10**9
        said = script.take(length & 0x7FF)
        rows.append((time, said, len(said) + (cut and 8 << cut)))
    skipped: Counter[str] = Counter()
    transport = Transport(SMALL, skipped)
    found, columns = 0, []
    for block in in_blocks(rows, link, 2 if options & 0x80 and not lot(data, 4) else 512):
        segments, datagrams = transport.read(block)
        found += len({*segments.row.tolist(), *datagrams.row.tolist()})
        columns.append((len(segments), len(datagrams)))
        for one in (segments, datagrams):
            assert ((one.start <= one.stop) | (one.start <= len(one.block.data))).all()
            assert (one.stop <= len(one.block.data)).all()
            assert (one.missing >= 0).all()
            assert (one.row < len(block)).all()
            assert (one.carriage < len(transport.carriages.layers)).all()
    assert found + skipped.total() >= len(rows), skipped
    names = tuple(tuple(layer.name for layer in layers) for layers in transport.carriages.layers)
    return names, tuple(columns), tuple(sorted(skipped))


# ---- segments


def _segments(script):
    """Give (side, place, flags, bytes, missing, seconds): four bytes each; the bytes are the segment's number, never 0."""
    number = 0
    while script and number < 120:
        number += 1
        head, place, size, more = script.byte(), script.byte(), script.byte(), script.byte()
        side, kind = head & 1, head >> 1 & 7
        flags = (ACK, ACK, ACK, ACK, SYN, SYN | ACK, FIN | ACK, RST)[kind]
        yield side, (place << 2 | head >> 6) - 32, flags, bytes((number,)) * (size & 0x3F), (size >> 6) * (more & 7), more >> 3


BASES = (0xFFFFFF80, 1000)


def flow(data):
    """One flow fed segment by segment; where both SYNs come first, each byte that is handed on is the first copy of its place."""
    script = Script(data)
    options = script.byte()
    ear = Ear(goes_on=True)
    one = Flow(7, ENDS, ear, SMALL)
    sure, whole, first = options & 1, not options & 2, ({}, {})
    if sure:
        one.begins_anew(0, BASES[0] - 1)
        for side in (0, 1):
            one.segment(side, BASES[side] - 1, SYN | (ACK * side), b"", 0, 1 + side, START)
    for packet, (side, anywhere, flags, said, cut, _) in enumerate(_segments(script), 3):
        if flags & RST and sure:
            continue
        place, missing = -1 if flags & SYN and sure else anywhere, 0 if whole else cut
        begin = place + bool(flags & SYN)
        if sure:
            for at, byte in enumerate(said, begin):
                first[side].setdefault(at, byte)
        one.segment(side, (BASES[side] + place) & 0xFFFFFFFF, flags, said, missing, packet, START + packet * MS)
    full = any(side.overflowed for side in one.sides)
    one.finish()
    if not sure:
        return
    for side in (0, 1):
        at = got = 0
        for said, lost in ear.runs[side]:
            at += lost
            for byte in said:
                assert first[side][at] == byte, (side, at)
                at += 1
            got += len(said)
        if whole and not full and sum(len(said) for said, _ in ear.runs[side]) < 300:
            assert got <= sum(place >= 0 for place in first[side])


class _Sieve:
    def __init__(self):
        self.levels = {}

    def set(self, key, level):
        self.levels[key] = level


def table(data):
    """Segments of a few flows through a Table, in batches; every flow ends once, and the sieve is told."""
    script = Script(data)
    options = script.byte()
    told_of, ears = _Sieve(), []

    def listen(_flow):
        ears.append(Ear(goes_on=options & 1))
        return ears[-1]

    flows = Table(SMALL, told_of, listen)
    transport, rows, time = Transport(SMALL, Counter()), [], START
    for side, place, flags, said, missing, seconds in _segments(script):
        time += MS + (seconds == 31) * 400 * 10**9
        frame = tcp_packet(side, (BASES[side] + place) & 0xFFFFFFFF, flags, said, 50000 + (seconds & 3), missing=missing)
        rows.append((time, frame, len(frame) + missing))
    for block in in_blocks(rows, RAW, SIZES[options >> 1 & 3]):
        segments, _ = transport.read(block)
        for _ in flows.feed(segments, frozenset(segments.key.tolist()[: 3 if options & 32 else None])):
            assert len(flows) <= SMALL.flows + 1
    flows.finish()
    assert not len(flows)
    assert all(ear.over for ear in ears)
    assert not any(told_of.levels.values())


def streams(data):
    """Segments of one flow, and of several in a table for every twentieth input."""
    flow(data)
    if not lot(data, 20):
        table(data)


# ---- the whole road


def walked(data):
    """Walk a whole capture, or the packets of conversations that the bytes describe; return the counters and what came of it."""
    options, body = data[0] if data else 0, data[1:]
    if options & 3 == 0:
        walk = Stream([Capture(body, 0, SMALL)], SMALL, None, None)
        counters, source = walk.counters, walk.everything()
    else:
        counters = Counters()
        source = handshakes(in_blocks(frames(options, Script(body)), RAW, SIZES[options >> 2 & 3]), SMALL, counters)
    made = []
    with suppress(CaptureError):
        made += source
    return counters, made


def road(data):
    """The same through every room to lines of JSON."""
    counters, made = walked(data)
    assert counters.packets >= 0
    numbers = [one.number for one in made if isinstance(one, Handshake)]
    assert sorted(numbers) == [*range(1, len(numbers) + 1)], numbers
    for one in made:
        if isinstance(one, Handshake):
            assert packet_number(max(one.packets, default=1)) <= counters.packets
            settled(one, counters.packets)
        told(one, lot(data, 32))
    if data and data[0] & 3 and lot(data, 16) == 15:
        blocks_alike(data)


def blocks_alike(data):
    """What is told of the packets that the bytes describe is the same in one Block and in many: a Block's end says nothing of the traffic.

    Pauses are left out: what is idle is ended between Blocks.  So is a connection that is opened anew after its end, by what goes on
    without a SYN: within the Block where it ended what comes before its hello is gone, between Blocks the attic still has it.
    """
    found = []
    for size in (512, 1):
        rows = ((START + number * MS, frame) for number, (_, frame) in enumerate(frames(data[0], Script(data[1:]))))
        made = from_packets(rows, RAW)
        made.block_bytes = size << 6
        found.append(sorted(map(facts, handshakes(made, DEFAULT, Counters())), key=repr))
    pairs = [frozenset((one.client, one.server)) for one in found[1]]
    assert found[0] == found[1] or len({*pairs}) < len(pairs)
