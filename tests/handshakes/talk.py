"""Connections made by hand: TLS bytes built struct by struct from the RFCs, put into TCP segments; nothing of it is the reader's code.

Here lives: what the tests of conversations, of golden samples and of the library face build with.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from struct import pack

import analyzer
from analyzer.limits import DEFAULT

CLIENT, SERVER = "client", "server"
SAMPLES = Path(__file__).parents[2] / "samples"
START = 1_700_000_000 * 10**9
MS = 1_000_000
FIN, SYN, RST, PSH_ACK, ACK = 1, 2, 4, 24, 16
RAW = 101  # LINKTYPE_RAW
ENDS = {CLIENT: (bytes([192, 0, 2, 1]), 50000), SERVER: (bytes([198, 51, 100, 2]), 443)}


def other(sender):
    return SERVER if sender == CLIENT else CLIENT


class Wire:
    """One TCP connection as a list of (time in ns, IPv4 packet); every method but the last three returns the wire itself."""

    def __init__(self, client=ENDS[CLIENT], server=ENDS[SERVER], *, first=(1000, 0xFFFFFF00), start=START, size=1460):
        self.ends = {CLIENT: client, SERVER: server}
        self.at = dict(zip((CLIENT, SERVER), first, strict=True))
        self.size = size
        self.time = start
        self.packets = []

    def segment(self, sender, flags=ACK, data=b"", sequence=None):
        (source, sport), (target, dport) = self.ends[sender], self.ends[other(sender)]
        sequence = self.at[sender] if sequence is None else sequence
        tcp = pack(">HHIIBBHHH", sport, dport, sequence & 0xFFFFFFFF, self.at[other(sender)] & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0)
        ip = pack(">BBHHHBBH", 0x45, 0, 40 + len(data), len(self.packets) & 0xFFFF, 0x4000, 64, 6, 0) + source + target
        self.packets.append((self.time, ip + tcp + data))
        self.time += MS
        return self

    def open(self):
        for sender, flags in ((CLIENT, SYN), (SERVER, SYN | ACK)):
            self.segment(sender, flags)
            self.at[sender] += 1
        return self.segment(CLIENT)

    def say(self, sender, data, sizes=()):
        """Send bytes, in segments of ``sizes`` (then of ``size``) bytes."""
        sizes, at = iter(sizes), 0
        while at < len(data):
            piece = data[at : at + next(sizes, self.size)]
            self.segment(sender, PSH_ACK, piece)
            self.at[sender] += len(piece)
            at += len(piece)
        return self

    def client(self, *data):
        return self.say(CLIENT, b"".join(data))

    def server(self, *data):
        return self.say(SERVER, b"".join(data))

    def gap(self, sender, count):
        self.at[sender] += count
        return self

    def wait(self, nanoseconds):
        self.time += nanoseconds
        return self

    def fin(self, sender):
        self.segment(sender, FIN | ACK)
        self.at[sender] += 1
        return self

    def rst(self, sender):
        return self.segment(sender, RST)

    def only(self, sender):
        """Leave only what one side sent."""
        self.packets = [(time, packet) for time, packet in self.packets if packet[12:16] == self.ends[sender][0]]
        return self

    def read(self, limits=DEFAULT):
        return read(self.packets, limits)

    def one(self):
        [handshake] = self.read()
        return handshake


def read(packets, limits=DEFAULT):
    """Return the Handshakes of packets, in order of their numbers."""
    return [handshake for _, handshake in sorted(analyzer.stream(packets, link=RAW, limits=limits), key=lambda pair: pair[0])]


# ---- TLS, RFC 5246 and RFC 8446


def record(kind, body, version=0x0303):
    return pack(">BHH", kind, version, len(body)) + body


def message(code, body=b""):
    return pack(">I", code << 24 | len(body)) + body


def handshake(*messages, version=0x0303):
    return record(22, b"".join(messages), version)


def vector(data, width=2):
    return len(data).to_bytes(width, "big") + data


def extension(code, body=b""):
    return pack(">H", code) + vector(body)


def hello_message(suites=(0xC02F, 0x002F), extensions=(), version=0x0303, session=b""):
    body = pack(">H", version) + b"\x11" * 32 + vector(session, 1) + vector(b"".join(pack(">H", suite) for suite in suites)) + b"\1\0"
    return message(1, body + (vector(b"".join(extensions)) if extensions is not None else b""))


def client_hello(*arguments, record_version=0x0301, **fields):
    return handshake(hello_message(*arguments, **fields), version=record_version)


def server_hello_message(suite=0xC02F, extensions=(), version=0x0303, random=b"\x22" * 32, session=b""):
    body = pack(">H", version) + random + vector(session, 1) + pack(">HB", suite, 0)
    return message(2, body + (vector(b"".join(extensions)) if extensions is not None else b""))


def server_hello(*arguments, **fields):
    return handshake(server_hello_message(*arguments, **fields))


def certificate_message(*chain):
    return message(11, vector(b"".join(vector(der, 3) for der in chain), 3))


def alert(description, level=2):
    return record(21, bytes([level, description]))


SERVER_NAME = extension(0, vector(b"\0" + vector(b"shop.example")))
VERSIONS = extension(43, vector(pack(">HH", 0x0304, 0x0303), 1))
SHARE = extension(51, vector(pack(">H", 29) + vector(b"\4" * 32)))
TLS13 = extension(43, pack(">H", 0x0304))
SHARED = extension(51, pack(">H", 29) + vector(b"\4" * 32))
SELECTED = extension(51, pack(">H", 29))
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

CERTIFICATE = certificate_message(b"leaf", b"authority")
SERVER_KEY = message(12, b"\3" + pack(">H", 29) + vector(b"\4" * 32, 1) + pack(">H", 0x0804) + vector(b"s" * 64))
REQUEST = message(13, b"\1\1" + vector(pack(">H", 0x0804)) + vector(b""))
DONE = message(14)
CLIENT_KEY = message(16, vector(b"\4" * 32, 1))
VERIFY = message(15, pack(">H", 0x0804) + vector(b"s" * 64))
TICKET = message(4, bytes(4) + vector(b"t" * 100))
CCS = record(20, b"\1")
FINISHED = record(22, bytes(8) + b"\xf1" * 32)
"""Encrypted: an explicit nonce that starts at 0 (RFC 5288 section 3), 16 bytes and a tag."""


def data(size=100):
    return record(23, b"\xda" * size)


def full12(**fields):
    """A full TLS 1.2 handshake (RFC 5246 figure 1), as turns (sender, bytes)."""
    return [
        (CLIENT, client_hello(extensions=[SERVER_NAME], **fields)),
        (SERVER, server_hello() + handshake(CERTIFICATE) + handshake(SERVER_KEY) + handshake(DONE)),
        (CLIENT, handshake(CLIENT_KEY) + CCS + FINISHED),
        (SERVER, handshake(TICKET) + CCS + FINISHED),
    ]


HELLO13 = client_hello([0x1301, 0xC02F], [SERVER_NAME, VERSIONS, SHARE], session=b"s" * 32)
ANSWER13 = server_hello(0x1301, [TLS13, SHARED], session=b"s" * 32)
FINISHED13 = 4 + 32 + 1 + 16
"""Bytes of a TLS 1.3 Finished record with SHA-256 and a tag of 16 (RFC 8446 sections 4.4.4 and 5.2)."""


def full13():
    """A full TLS 1.3 handshake with the compatibility mode's ChangeCipherSpecs (RFC 8446 figure 1, appendix D.4)."""
    return [(CLIENT, HELLO13), (SERVER, ANSWER13 + CCS + data(700) + data(FINISHED13)), (CLIENT, CCS + data(FINISHED13) + data(50)),
            (SERVER, data(300))]  # fmt: skip


def play(turns, wire=None, sizes=()):
    """Put turns on a wire that is already open."""
    wire = wire or Wire().open()
    sizes = iter(sizes)
    for sender, said in turns:
        wire.say(sender, said, sizes)
    return wire


def facts(handshake):
    """What of a handshake does not depend on how its bytes were carried."""
    return {
        "outcome": handshake.outcome, "closed": (handshake.closed, handshake.closed_by), "version": handshake.version,
        "suite": handshake.cipher_suite, "chains": (handshake.server_chain, handshake.client_chain), "framing": handshake.framing,
        "renegotiation": handshake.renegotiation,
        **{sender: [(seen.code, seen.length, seen.guess, seen.message) for seen in handshake.seen if seen.sender == sender]
           for sender in (CLIENT, SERVER)},
        "alerts": [(alert.sender, alert.level, alert.description) for alert in handshake.alerts],
        "anomalies": sorted({(anomaly.kind, anomaly.detail) for anomaly in handshake.anomalies}),
    }  # fmt: skip


def kinds(handshake):
    return [anomaly.kind for anomaly in handshake.anomalies]


def types(handshake, sender=None):
    return [seen.code for seen in handshake.seen if sender in (None, seen.sender)]


# ---- the samples, read without the reader


def frames(name):
    """Packets of a sample: (time in ns, Ethernet frame).  Little-endian pcapng with enhanced packet blocks, as samples/lab writes."""
    blob, at, packets = (SAMPLES / f"{name}.pcapng").read_bytes(), 0, []
    while at < len(blob):
        kind, length = struct.unpack_from("<II", blob, at)
        if kind == 6:
            _, high, low, kept, _ = struct.unpack_from("<IIIII", blob, at + 8)
            packets.append((high << 32 | low, blob[at + 28 : at + 28 + kept]))
        at += length
    return packets


def turns(name):
    """What was said on the first TCP connection of a sample, as turns (sender, bytes), retransmissions (there are none) not heeded."""
    said, first = [], None
    for _, frame in frames(name):
        assert frame[12:14] == b"\x08\0"
        tcp = frame[34:]
        ports = struct.unpack_from(">HH", tcp)
        first = first or ports
        if set(ports) != set(first):
            continue
        sender = CLIENT if ports == first else SERVER
        payload = frame[34 + (tcp[12] >> 4) * 4 : 14 + int.from_bytes(frame[16:18], "big")]
        if payload and said and said[-1][0] == sender:
            said[-1] = (sender, said[-1][1] + payload)
        elif payload:
            said.append((sender, payload))
    return said


def manifest():
    return json.loads((SAMPLES / "manifest.json").read_text())
