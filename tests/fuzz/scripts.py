"""Bytes as scripts: what a fuzzer's bytes are taken to say, and the packets, segments and sealed datagrams that are made of them.

Here lives: the cursor that never runs out, the operations of conversations, sealing QUIC's Initial packets as RFC 9001 section 5 says.
Here does not live: what is done with them (``targets``), the samples' bytes written as scripts (``seeds``).
"""

from __future__ import annotations

import hmac
from functools import cache
from struct import pack

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from analyzer.packets.network import IPV4_HIGH
from analyzer.tls.quic_keys import expand_label, retry_tag
from analyzer.tls.quic_versions import V1, V2, edition

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START, MS = 1_700_000_000 * 10**9, 10**6
ENDS = ((int(IPV4_HIGH), 0xC0000201, 50000), (int(IPV4_HIGH), 0xC6336402, 443))
IDS = (b"original", b"clientid", b"serverid", b"\1" * 4, b"")
"""Connection ids that a script may name."""
VERSIONS = (V1, V2, 0xFF00001D, 0x54303531, 0x1A2A3A4A)


class Script:
    """A cursor that gives zeros and nothing where the bytes are over."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def __bool__(self):
        return self.at < len(self.data)

    def byte(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def word(self):
        return self.byte() << 8 | self.byte()

    def take(self, count):
        piece = self.data[self.at : self.at + count]
        self.at += count
        return piece

    def text(self):
        """Two bytes of length, then what is there of so many bytes."""
        return self.take(self.word())

    def rest(self):
        return self.take(len(self.data))


def text(data):
    """Write what ``Script.text`` reads."""
    return pack(">H", min(len(data), 0xFFFF)) + data[:0xFFFF]


# ---- TCP: operations of a conversation

SAY, RECORD, MESSAGE, GAP, FLAGS, AGAIN, SEALED, WAIT = range(8)
"""Raw bytes; bytes as a record; as a handshake message; some are lost; SYN, FIN, RST; at another place; change cipher, sealed; time."""


def operations(script):
    """Give (side, flags, bytes, shift of the sequence number, lost before, seconds before) for each operation of a conversation.

    An operation is a byte: 3 bits what, 1 bit side, 4 bits which record or flags; what follows it depends.
    """
    while script:
        byte = script.byte()
        what, side, which = byte & 7, byte >> 3 & 1, byte >> 4
        if what == SAY:
            yield side, PSH | ACK, script.text(), 0, 0, 0
        elif what == RECORD:
            body = script.text()
            yield side, ACK, pack(">BHH", 20 + (which & 7), 0x0300 | min(which >> 3 | 2, 4), len(body)) + body, 0, 0, 0
        elif what == MESSAGE:
            code, body = script.byte(), script.text()
            head = pack(">I", code << 24 | len(body))
            yield side, ACK, pack(">BHH", 22, 0x0303, (len(body) + 4) & 0xFFFF) + head + body, 0, 0, 0
        elif what == GAP:
            yield side, ACK, b"", 0, script.word(), 0
        elif what == FLAGS:
            yield side, (SYN, SYN | ACK, FIN | ACK, RST, RST | ACK, SYN | FIN, ACK, 0xFF)[which & 7], b"", 0, 0, 0
        elif what == AGAIN:
            shift = script.word() - 0x8000
            yield side, ACK, script.text(), shift, 0, 0
        elif what == SEALED:
            change = b"\x14\3\3\0\1\1" * (which & 1)
            yield side, ACK, change + pack(">BHH", 22 + (which >> 1 & 1), 0x0303, 40 + which) + bytes(40 + which), 0, 0, 0
        else:
            yield side, ACK, b"", 0, 0, script.byte()


class Ends:
    """Numbers the segments of a conversation's operations: (time, side, sequence, flags, bytes)."""

    def __init__(self, first=(999, 0xFFFFFF00)):
        self.next = [*first]
        self.time = START

    def place(self, side, flags, data, shift, lost, seconds):
        self.time += MS + seconds * 10**9
        self.next[side] = (self.next[side] + lost) & 0xFFFFFFFF
        sequence = (self.next[side] + shift) & 0xFFFFFFFF
        if not shift:
            self.next[side] = (sequence + len(data) + bool(flags & (SYN | FIN))) & 0xFFFFFFFF
        return self.time, side, sequence, flags, data


def tcp_packet(side, sequence, flags, data, port=50000, missing=0):
    """An IPv4 packet (LINKTYPE_RAW) of one segment, of which the capture lacks ``missing`` bytes."""
    ports = (port, 443) if side == 0 else (443, port)
    near, far = (b"\xc0\0\2\1", b"\xc6\x33\x64\2")[:: 1 - 2 * side]
    head = pack(">BBHHHBBH", 0x45, 0, (40 + len(data) + missing) & 0xFFFF, 0, 0x4000, 64, 6, 0) + near + far
    return head + pack(">HHIIBBHHH", *ports, sequence, 0, 0x50, flags, 65535, 0, 0) + data


def udp_packet(side, data, port=50000):
    """An IPv4 packet (LINKTYPE_RAW) of one datagram."""
    ports = (port, 443) if side == 0 else (443, port)
    near, far = (b"\xc0\0\2\1", b"\xc6\x33\x64\2")[:: 1 - 2 * side]
    head = pack(">BBHHHBBH", 0x45, 0, (28 + len(data)) & 0xFFFF, 0, 0x4000, 64, 17, 0) + near + far
    return head + pack(">HHHH", *ports, (8 + len(data)) & 0xFFFF, 0) + data


# ---- DTLS: a datagram of whole handshake messages, or of a fragment

DTLS_RAW, DTLS_RECORD, DTLS_MESSAGE, DTLS_FRAGMENT = range(4)


def dtls_datagrams(script):
    """Give (side, bytes, missing) of datagrams; an operation is a byte: 2 bits what, side, 3 bits record type, 2 bits version."""
    sequence = [0, 0]
    while script:
        byte = script.byte()
        what, side, which, version = byte & 3, byte >> 2 & 1, byte >> 3 & 7, (0xFEFF, 0xFEFD, 0xFEFC, 0x0100)[byte >> 6]
        sequence[side] += 1
        if what == DTLS_RAW:
            yield side, script.text(), 0
            continue
        if what == DTLS_RECORD:
            kind, epoch, body = 20 + which, script.byte() & 3, script.text()
        else:
            kind, epoch = 22, 0
            code, number, at, over = script.byte(), script.byte() & 15, 0, 0
            if what == DTLS_FRAGMENT:
                at, over = script.word(), script.byte()
            piece = script.text()
            body = bytes((code,)) + (at + len(piece) + over).to_bytes(3, "big") + pack(">H", number) + at.to_bytes(3, "big")
            body += len(piece).to_bytes(3, "big") + piece
        yield side, pack(">BHHHI", kind, version, epoch, 0, sequence[side]) + text(body), 0


# ---- QUIC

QUIC_RAW, QUIC_INITIAL, QUIC_LONG, QUIC_SHORT, QUIC_RETRY, QUIC_REFUSAL, QUIC_CRYPTO, QUIC_CUT = range(8)


def varint(number):
    size = next(bits for bits in range(4) if number < 1 << (8 << bits) - 2)
    return (number | size << (8 << size) - 2).to_bytes(1 << size, "big")


@cache
def sealer(version, identifier, *, server):
    """Return (AEAD, nonce as a number, mask function) of one direction's Initial keys."""
    known = edition(version)
    initial = hmac.digest(known.salts[0], identifier, "sha256")
    secret = expand_label(initial, b"server in" if server else b"client in", 32)
    key, nonce, mask = (expand_label(secret, known.label + label, size) for label, size in ((b" key", 16), (b" iv", 12), (b" hp", 16)))
    return AESGCM(key), int.from_bytes(nonce, "big"), Cipher(algorithms.AES128(mask), modes.ECB()).encryptor().update


def long_header(version, kind, destination, source):
    """The bytes of a long header up to its token or length, for a packet number of two bytes."""
    types = edition(version).types
    first = 0xC1 | types.index(kind) << 4
    return bytes((first,)) + version.to_bytes(4, "big") + bytes((len(destination),)) + destination + bytes((len(source),)) + source


def seal(side, frames, *, version=V1, key=IDS[0], destination=IDS[0], source=IDS[1], number=0, token=b""):
    """An Initial packet of these frames, under the keys that ``key`` makes."""
    aead, nonce, mask_of = sealer(version, key, server=side == 1)
    frames += bytes(max(0, 20 - len(frames)))
    head = long_header(version, "initial", destination, source) + varint(len(token)) + token + varint(2 + len(frames) + 16)
    short = number.to_bytes(2, "big")
    body = aead.encrypt((nonce ^ number).to_bytes(12, "big"), frames, head + short)
    mask = mask_of(body[2:18])  # the sample begins four bytes behind the start of a number of two
    return bytes((head[0] ^ mask[0] & 0x0F,)) + head[1:] + bytes((short[0] ^ mask[1], short[1] ^ mask[2])) + body


def quic_datagrams(script):
    """Give (side, bytes, missing) of datagrams; an operation is a byte: 3 bits what, side, 3 bits version, 1 bit for all of its own."""
    numbers, sent = [0, 0], [0, 0]
    while script:
        byte = script.byte()
        what, side, version, own = byte & 7, byte >> 3 & 1, VERSIONS[(byte >> 4 & 7) % len(VERSIONS)], byte >> 7
        key, destination, source = IDS[0], IDS[1 if side else 0], IDS[2 if side else 1]
        if own and what != QUIC_RAW:
            names = script.word()
            key, destination, source = (IDS[(names >> shift & 7) % len(IDS)] for shift in (0, 3, 6))
        numbers[side] += 1
        named = {"version": version, "key": key, "destination": destination, "source": source, "number": numbers[side]}
        if what == QUIC_RAW:
            yield side, script.text(), 0
        elif what == QUIC_INITIAL:
            token = script.take(script.byte() & 31) if own else b""
            yield side, seal(side, script.text(), token=token, **named), 0
        elif what == QUIC_CRYPTO:
            data = script.text()
            frames = b"\6" + varint(sent[side]) + varint(len(data)) + data
            sent[side] += len(data)
            yield side, seal(side, frames, **named), 0
        elif what == QUIC_CUT:
            whole = seal(side, script.text(), **named)
            cut = script.byte()
            yield side, whole[: max(0, len(whole) - cut)], min(cut, len(whole))
        elif what == QUIC_LONG:
            kind, size = ("handshake", "zero_rtt")[script.byte() & 1], 20 + script.byte()
            yield side, long_header(version, kind, destination, source) + varint(size) + b"\7" * size, 0
        elif what == QUIC_SHORT:
            yield side, b"\x41" + destination + bytes(range(1, 40)), 0
        elif what == QUIC_RETRY:
            whole = long_header(version, "retry", destination, source) + script.text()
            yield side, whole + (retry_tag(version, key, whole) or bytes(16)), 0
        else:
            offers = b"".join(pack(">I", VERSIONS[script.byte() % len(VERSIONS)]) for _ in range(script.byte() & 3))
            yield side, b"\xc0" + bytes(4) + bytes((len(destination),)) + destination + bytes((len(source),)) + source + offers, 0


# ---- packets of all of these


def frames(options, script):
    """Give (time, packet) of what the script says on TCP (two connections that take turns), DTLS or QUIC."""
    kind = options & 3
    if kind == 1:
        ends = (Ends(), Ends((5000, 6000)))
        for number, operation in enumerate(operations(script)):
            which = number & 1 if options & 64 else 0
            time, side, sequence, flags, said = ends[which].place(*operation)
            yield time, tcp_packet(side, sequence, flags, said, 50000 + which)
        return
    datagrams = dtls_datagrams(script) if kind == 2 else quic_datagrams(script)
    for number, (side, said, _) in enumerate(datagrams):
        yield START + number * MS, udp_packet(side, said, 50000 + (options >> 6 & number & 1))
