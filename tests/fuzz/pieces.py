"""The samples cut into pieces: what was said on their connections, datagrams, records, messages, handshakes.

Here lives: taking them apart with the project's own readers, once.  Here does not live: which of them a target starts from (``seeds``).
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
from roads import light

import analyzer
from analyzer.capture import Capture
from analyzer.limits import DEFAULT
from analyzer.packets.transport import Transport
from analyzer.streams.flow import WATCH
from analyzer.streams.table import Table
from analyzer.tls.records import HEADER, read_header

SAMPLES = Path(__file__).parents[2] / "samples"
LITTLE = msgspec.structs.replace(DEFAULT, block_bytes=64 << 10)
"""A hundred scans of small captures need no large Blocks."""


@cache
def files():
    return {path.stem: path.read_bytes() for path in sorted(SAMPLES.glob("*.pcapng"))}


@cache
def blocks():
    return {name: list(Capture(blob, 0, LITTLE)) for name, blob in files().items()}


@cache
def handshakes():
    with light():
        return [one for blob in files().values() for _, one in analyzer.stream(blob, limits=LITTLE)]


class _Turns:
    """A listener that writes down what both sides said."""

    weight = 0

    def reread(self, runs):
        self.again = runs

    def __init__(self):
        self.said = []

    def hitch(self, *_):
        pass

    def confirm(self, _time):
        pass

    def begins(self, data):
        return bool(data)

    def run(self, side, data, packet, time, lost):
        del packet, time, lost
        if data and self.said and self.said[-1][0] == side:
            self.said[-1] = side, self.said[-1][1] + data
        elif data:
            self.said.append((side, data))
        return WATCH

    def play(self, records, closes):
        del records, closes
        return -1

    def nothing(self, *arguments, **named):
        """Take an event, a note or the end."""

    event = note = finish = nothing


class _Nobody:
    def set(self, key, level):
        """Hear which flows are watched."""


@cache
def turns():
    """Return the TCP conversations of all samples: lists of (side, bytes), side 0 is who spoke to port 443 or the like."""
    found = []
    for parts in blocks().values():
        heard = []

        def listen(_flow, heard=heard):
            heard.append(_Turns())
            return heard[-1]

        table, transport = Table(DEFAULT, _Nobody(), listen), Transport(DEFAULT, Counter())
        for block in parts:
            segments = transport.read(block)[0]
            list(table.feed(segments, frozenset(segments.key.tolist())))
        table.finish()
        found += [one.said for one in heard if one.said]
    return found


@cache
def datagrams():
    """Return for each sample with UDP its datagrams: (side, bytes), the first one's sender is side 0."""
    found = {}
    for name, parts in blocks().items():
        if not name.startswith(("dtls", "quic")):
            continue
        transport, said, first = Transport(DEFAULT, Counter()), [], None
        for block in parts:
            sent = transport.read(block)[1]
            for port, start, stop in zip(sent.source_port.tolist(), sent.start.tolist(), sent.stop.tolist(), strict=True):
                first = port if first is None else first
                said.append((int(port != first), sent.block.data[start:stop].tobytes()))
        found[name] = said
    return found


def records(data):
    """Give (content type, body) of the records that a side's bytes begin with."""
    at = 0
    while (header := read_header(data, at)) and 20 <= header[0] <= 24 and header[1] >> 8 == 3:
        yield header[0], data[at + HEADER : at + HEADER + header[2]]
        at += HEADER + header[2]


@cache
def plain_messages():
    """Return (type, body) of every handshake message in plaintext."""
    found = {}
    for said in turns():
        for side in (0, 1):
            stream = b""
            for kind, body in records(b"".join(data for one, data in said if one == side)):
                if kind != 22:
                    break
                stream += body
            while len(stream) >= 4:
                end = 4 + int.from_bytes(stream[1:4], "big")
                if stream[0] <= 67 and end <= len(stream):
                    found[stream[0], stream[4:end]] = None
                stream = stream[end:]
    return [*found]
