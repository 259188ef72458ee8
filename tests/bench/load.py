"""A load for live capture: handshakes of ``samples/`` among other traffic, each connection with ends and randoms of its own.

    python tests/bench/load.py far0 --rate 50000 --seconds 60 --note sent.npz    # 500 handshakes a second
    python tests/bench/load.py - --rate 50000 --write second.pcap                # what one second of it is

A *tile* is about a second of traffic, built once: ``frames / every`` connections that shake hands, downloads of some of them, plain TCP,
and UDP.  It is sent again and again, and each time other addresses, randoms, session ids and key shares are written into it: a number *n*
and its complement beside it, which leaves all checksums right.  The number is the third and fourth byte of the client's address (10.0.n.n).

Here lives: the tile, what it holds, and the script that sends it.  Here does not live: sendmmsg and the pace (``tests/live/train.py``),
measuring (``live.py``).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from struct import pack

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "live")]

from dense import FRESH, conversation  # noqa: E402 - scripts, found by path
from train import Train, at_pace, opened, write  # noqa: E402 - scripts, found by path

import analyzer  # noqa: E402 - scripts, found by path
from analyzer.capture.block import packet_number  # noqa: E402 - scripts, found by path

__all__ = ["EVERY", "Tile", "expected", "tile"]

EVERY = 100
"""Packets for each connection that shakes hands."""
ETHERNET = b"\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00"
CLIENT_AT, SERVER_AT = 26, 30
"""Where source and target address lie in a frame."""
UP, DOWN = True, False
FIN, SYN, RST, ACK = 1, 2, 4, 16
LASTS, LAST_START = 0.05, 0.94
"""Parts of the tile: how long a connection's handshake takes, and when the last one begins."""
RETRY = bytes.fromhex("CF21AD74E59A6111BE1D8C021E65B891")


def _sum(data):
    """Ones' complement sum (RFC 1071)."""
    return int.from_bytes(data + b"\0" * (len(data) % 2), "big") % 65535


def packet(up, number, protocol, body, *, sum_at):
    """Return an Ethernet frame between client and server ``number``, its sums right; the addresses are those of tile 0."""
    client, server = bytes([10, number >> 8 & 255, 0, 0]), bytes([198, 18, 255, 255])
    ends = client + server if up else server + client
    total = 65535 - _sum(ends + pack(">HH", protocol, len(body)) + body)
    body = body[:sum_at] + pack(">H", total or 0xFFFF) + body[sum_at + 2 :]
    head = pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 64, protocol, 0) + ends
    return ETHERNET + head[:10] + pack(">H", 65535 - _sum(head)) + head[12:] + body


def segment(up, number, ports, numbers, flags, data=b""):
    tcp = pack(">HHIIBBHHH", *(ports if up else ports[::-1]), *numbers, 0x50, flags, 0xFFFF, 0, 0) + data
    return packet(up, number, 6, tcp, sum_at=16)


def datagram(up, number, ports, data):
    return packet(up, number, 17, pack(">HHHH", *(ports if up else ports[::-1]), 8 + len(data), 0) + data, sum_at=6)


def fresh_places(payload):
    """Return where in a segment with a hello or an ECDHE key eight bytes may be anything: [offset]."""
    found = []
    if payload[:1] != b"\x16" or payload[1:2] != b"\x03":
        return found
    if payload[5:6] in {b"\1", b"\2"} and payload[11:27] != RETRY:
        found += [11] if len(payload) >= 43 else []
    if payload[5:6] in {b"\1", b"\2"}:
        found += [44] if len(payload) > 76 and payload[43] >= 8 else []
        for mark, into in ((b"\x00\x1d\x00\x20", 4), (b"\x11\xec\x04\xc0", 4 + 1184), (b"\x11\xec\x04\x60", 4 + 1088)):
            at = payload.find(mark, 44)
            found += [at + into] if 0 < at < len(payload) - into - 32 else []
    at = payload.find(b"\x03\x00\x1d\x20")  # ServerKeyExchange: named curve, x25519, 32 bytes
    return found + ([at + 4] if 0 < at < len(payload) - 36 and payload[5:6] == b"\2" else [])


@dataclass
class Tile:
    """Frames in one array, and where the numbers of a repetition are written."""

    data: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    client: np.ndarray
    server: np.ndarray
    places: np.ndarray

    def fill(self, number):
        """Write a repetition's number (modulo 65,536 in the addresses) into all frames."""
        low, value = number & 0xFFFF, number & 0xFFFFFFFF
        self.data[self.client] = np.frombuffer(pack(">H", low), np.uint8)
        self.data[self.server] = np.frombuffer(pack(">H", low ^ 0xFFFF), np.uint8)
        self.data[self.places] = np.frombuffer(pack(">II", value, value ^ 0xFFFFFFFF), np.uint8)

    def frames(self):
        """Return [(index as ns, frame)]."""
        ends = zip(self.offset.tolist(), self.length.tolist(), strict=True)
        return [(when, self.data[at : at + size].tobytes()) for when, (at, size) in enumerate(ends)]


def talks_of(name):
    """Return the connections of a sample, each as ``dense.conversation`` gives them all."""
    found = {}
    for one in conversation(name):
        found.setdefault(max(one[1:3]), []).append(one)
    return [*found.values()]


def _connection(talk, number, *, ends):
    """Return [(up, frame, places)] of a sample under the ends of ``number``, and (port, next sequence of the server, of the client)."""
    service, ports, made = min(talk[0][1:3]), (1024 + number, min(talk[0][1:3])), []
    own, following = pack(">II", number, number ^ 0xFFFFFFFF), {True: 0, False: 0}
    for _, _, target, sequence, acknowledgment, flags, payload in talk:
        up = target == service
        if not ends and flags & (FIN | RST):
            continue
        spots = fresh_places(payload)
        for at in spots:  # eight bytes for the repetition, eight for the connection
            payload = payload[: at + 8] + own + payload[at + 16 :]  # noqa: PLW2901 - the same payload, its own
        if flags & ACK or payload or flags & SYN:
            following[up] = max(following[up], sequence + len(payload) + bool(flags & (SYN | FIN)))
        made.append((up, segment(up, number, ports, (sequence, acknowledgment), flags, payload), [54 + at for at in spots]))
    return made, (ports, following[False], following[True])


def tile(packets=50_000, every=EVERY, seed=1):
    """Build a tile of about so many frames, one connection that shakes hands for each ``every`` of them."""
    rng, talks = random.Random(seed), [talk for name in FRESH for talk in talks_of(name)]
    noise, placed = rng.randbytes(1 << 16), []
    connections = max(1, packets // every)
    assert connections < 60_000

    def lay(begin, lasts, made):
        placed.extend((begin + lasts * at / len(made), *one) for at, one in enumerate(made))

    longer = dict.fromkeys(range(0, connections // 2, 20)) or {0: None}
    for number in range(connections):
        begin = LAST_START * number / connections
        made, longer_from = _connection(talks[number % len(talks)] if number not in longer else talks[0], number, ends=number not in longer)
        if number in longer:
            longer[number] = (begin, *longer_from)
        lay(begin, LASTS, made)
    rest = max(0, packets - len(placed))
    for number, (begin, ports, sequence, acknowledgment) in longer.items():  # downloads inside of TLS
        made = []
        for part in range(rest // 2 // len(longer)):
            at = rng.randrange(len(noise) - 1455)
            data = b"\x17\x03\x03\x05\xaf" + noise[at : at + 1455]
            made.append((False, segment(DOWN, number, ports, ((sequence + 1460 * part) % 2**32, acknowledgment), ACK, data), []))
        if made:
            lay(begin + LASTS, 0.999 - begin - LASTS, made)
    flows = max(1, rest // 4 // 200)
    for flow in range(flows):  # downloads without TLS
        ports, number, first = (20_000 + flow, 80), flow, rng.getrandbits(31)
        made = [(True, segment(UP, number, ports, (first, 0), SYN), []),
                (False, segment(DOWN, number, ports, (9, first + 1), SYN | ACK), []),
                (True, segment(UP, number, ports, (first + 1, 10), ACK, b"GET / HTTP/1.1\r\nHost: www.example\r\n\r\n"), [])]  # fmt: skip
        at = 10
        for part in range(rest // 4 // flows - len(made)):
            data = (b"HTTP/1.1 200 OK\r\n\r\n" if not part else b"") + noise[part : part + rng.choice((1460, 1460, 1460, 600))]
            made.append((False, segment(DOWN, number, ports, (at, first + 38), ACK, data[:1460]), []))
            at += len(data[:1460])
        lay(0.01 * flow / flows, 0.98, made)
    voice = []
    for at in range(packets - len(placed)):
        data = b"\x80\x60" + noise[at % 60_000 :][: rng.choice((160, 160, 1100))]
        voice.append((bool(at & 1), datagram(bool(at & 1), at % 97, (30_000 + at % 97, 5004), data), []))
    if voice:
        lay(0.0, 0.999, voice)
    placed.sort(key=lambda one: one[0])
    length = np.array([len(frame) for _, _, frame, _ in placed], np.int64)
    offset = np.concatenate(([0], np.cumsum(length)[:-1]))
    data = np.frombuffer(b"".join(frame for _, _, frame, _ in placed), np.uint8).copy()
    up = np.array([one[1] for one in placed])
    client, server = offset + np.where(up, CLIENT_AT, SERVER_AT) + 2, offset + np.where(up, SERVER_AT, CLIENT_AT) + 2
    places = np.array([start + at for start, one in zip(offset.tolist(), placed, strict=True) for at in one[3]], np.int64)
    return Tile(data, offset, length, client[:, None] + np.arange(2), server[:, None] + np.arange(2), places[:, None] + np.arange(8))


def expected(made):
    """Return (client ports, index of the frame that ended the handshake): two arrays, a handshake of a tile each, as read from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tile.pcap"
        write(path, made.frames())
        walk = analyzer.stream(path)
        found = [(one.client.port, max(packet_number(seen.packet) for seen in one.seen) - 1) for _, one in walk if one.seen]
    found.sort(key=lambda one: one[1])
    return np.array([port for port, _ in found]), np.array([index for _, index in found])


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interface")
    parser.add_argument("--rate", type=float, default=50_000, help="frames a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=int, default=EVERY, help="frames for each connection that shakes hands")
    parser.add_argument("--tile", type=int, help="frames of a tile; by default those of a second, but 2,000 to 50,000")
    parser.add_argument("--note", type=Path, help="write what was expected and when it was sent to this file (.npz)")
    parser.add_argument("--write", type=Path, help="write a tile as a capture and end")
    asked = parser.parse_args(argv)
    made = tile(asked.tile or int(min(max(asked.rate, 2000), 50_000)), asked.every)
    if asked.write:
        write(asked.write, made.frames())
        return
    ports, ends = expected(made) if asked.note else (np.zeros(0, int), np.zeros(0, int))
    tiles = max(1, round(asked.seconds * asked.rate / len(made.length)))
    due, lasts = np.arange(len(made.length)) / asked.rate, len(made.length) / asked.rate
    calls, begun, sent, ended = [], [], 0, None
    with opened(asked.interface) as link:
        train = Train(link, made.data, made.offset, made.length)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()  # whoever started us says when
        start = time.monotonic()
        for number in range(tiles):
            made.fill(number)
            begun.append(len(calls))
            done = at_pace(train, due, start + number * lasts, lambda at, now: calls.append((at, now)))
            sent, ended = sent + done.packets, done.ended
            if ended:
                break
        took = time.monotonic() - start
    if asked.note:
        at, now = np.array(calls).T if calls else (np.zeros(0), np.zeros(0))
        parts = pairwise([*begun, len(calls)])
        when = [now[low + np.searchsorted(at[low:high], ends, "right").clip(max=high - low - 1)] for low, high in parts]
        np.savez(asked.note, ports=ports, sent=np.array(when), packets=sent, seconds=took, frames=len(made.length), ended=str(ended or ""))
    sys.stdout.write(f"{sent} frames in {took:.3f} s" + (f": {ended}\n" if ended else "\n"))


if __name__ == "__main__":
    main()
