"""Dense: captures of any size for benchmarks, made from the handshakes of samples/.

Here lives: repeating real connections under other addresses, ports, sequence numbers and times, and filling in bulk.
Here does not live: measuring.  Sums are left as they were: nothing here checks them.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from struct import pack

import analyzer
from analyzer.capture import Capture
from analyzer.limits import DEFAULT
from analyzer.packets.transport import Transport

SAMPLES = Path(__file__).parents[2] / "samples"
SECOND = 10**9
START = 1_700_000_000 * SECOND
HEADERS = 14 + 20 + 20
"""Ethernet, IPv4 and TCP without options: of the packets that are made here."""

FRESH = ("tls13", "tls13-hello-retry", "tls13-mlkem", "tls12-ecdhe-rsa", "tls12-ecdhe-ecdsa", "tls12-resume-ticket", "tls12-long-chain",
         "tls10-rsa", "fail-unknown-ca", "fail-no-shared-cipher", "gnutls-tls13", "close-rst")  # fmt: skip
"""Samples that a dense capture is made of: what is met most, and some of the rest."""


def conversation(name):
    """Return the TCP segments of a sample: [(time, source port, target port, sequence, acknowledgment, flags, payload)]."""
    rows = []
    for block in Capture(SAMPLES / f"{name}.pcapng"):
        found = Transport(DEFAULT, Counter()).read(block)[0]
        columns = (found.source_port, found.target_port, found.sequence, found.acknowledgment, found.flags)
        payloads = (block.data[start:stop].tobytes() for start, stop in zip(found.start, found.stop, strict=True))
        rows += zip(block.time[found.row].tolist(), *(column.tolist() for column in columns), payloads, strict=True)
    return rows


def frame(source, target, ports, numbers, flags, payload):
    """Return an Ethernet frame with an IPv4 packet with a TCP segment."""
    ip = pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0) + source + target
    tcp = pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 0xFFFF, 0, 0)
    return b"\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + ip + tcp + payload


def packets(connections, bulk=0, seed=1):
    """Return [(time, frame)] of so many copies of samples, each with its own ends, and beside each ``bulk`` full segments of a download."""
    rng = random.Random(seed)
    talks = [conversation(name) for name in FRESH]
    noise = rng.randbytes(1460 + 4096)
    made = []
    for number in range(connections):
        talk = talks[number % len(talks)]
        client, server = pack(">I", 0x0A000000 + number // 20_000), pack(">I", 0xC6336400 + number % 200)  # 10/8, 198.51.100.0/24
        begin, shift = START + number * SECOND // 2000, {}
        service = min(talk[0][1:3])
        for time, source, target, sequence, acknowledgment, flags, payload in talk:
            up = target == service
            mine, theirs = (source, target) if up else (target, source)
            offsets = shift.setdefault(mine, (1024 + (number + 7919 * len(shift)) % 60_000, rng.getrandbits(32), rng.getrandbits(32)))
            ours, yours = (offsets[1], offsets[2]) if up else (offsets[2], offsets[1])
            numbers = (sequence + ours) % 2**32, (acknowledgment + yours) % 2**32 if flags & 0x10 else 0
            ends = (client, server, (offsets[0], theirs)) if up else (server, client, (theirs, offsets[0]))
            made.append((begin + time - talk[0][0], frame(*ends, numbers, flags, payload)))
        port, first = 1024 + number % 60_000, rng.getrandbits(32)
        for part in range(bulk):  # a download elsewhere: no hello in it
            where = rng.randrange(4096)
            data = b"\x17\x03\x03\x05\xaf" + noise[where : where + 1455]
            numbers = (first + 1460 * part) % 2**32, 1
            made.append((begin + part * 50_000, frame(server, client, (8443, port), numbers, 0x10, data)))
    made.sort(key=lambda one: one[0])
    return made


def pcap(made):
    """Return a pcap file (nanoseconds) with these packets."""
    parts = [pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 1)]
    for time, data in made:
        parts += (pack("<IIII", *divmod(time, SECOND), len(data), len(data)), data)
    return b"".join(parts)


def handshakes(connections):
    """Return how many handshakes a capture of so many copies of samples has."""
    manifest = json.loads((SAMPLES / "manifest.json").read_text())
    return sum(len(manifest[FRESH[number % len(FRESH)]]["handshakes"]) for number in range(connections))


def certificate():
    """Return the DER of a certificate of the samples."""
    handshake = next(iter(analyzer.scan(SAMPLES / "tls12-ecdhe-rsa.pcapng")))
    return handshake.server_chain[0]
