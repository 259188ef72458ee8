"""Packets written by hand, field by field, and Blocks of them: what the tests of ``packets`` and ``streams`` are fed with.

Here lives: headers as struct formats, deliberately without any code of the package but Block.
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack

import numpy as np

from analyzer.capture.block import Block
from analyzer.limits import DEFAULT
from analyzer.packets.network import IPV4_HIGH
from analyzer.packets.transport import Transport

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def tcp(data=b"", *, source=40000, target=443, seq=0, ack=0, flags=ACK, options=b"", offset=None):
    options += bytes(-len(options) % 4)
    words = 5 + len(options) // 4 if offset is None else offset
    return pack("!HHIIBBHHH", source, target, seq & 0xFFFFFFFF, ack, words << 4, flags, 1024, 0, 0) + options + data


def ipv4(body, *, protocol=6, source="10.0.0.1", target="10.0.0.2", options=b"", length=None, fragment=0, vihl=None):
    options += bytes(-len(options) % 4)
    words = 5 + len(options) // 4
    length = words * 4 + len(body) if length is None else length
    head = pack("!BBHHHBBH", 0x40 | words if vihl is None else vihl, 0, length, 7, fragment, 64, protocol, 0)
    return head + ip_address(source).packed + ip_address(target).packed + options + body


def ipv6(body, *, following=6, source="2001:db8::1", target="2001:db8::2", length=None, version=6):
    length = len(body) if length is None else length
    return pack("!IHBB", version << 28, length, following, 64) + ip_address(source).packed + ip_address(target).packed + body


def udp(data=b"", *, source=40000, target=443, length=None):
    return pack("!HHHH", source, target, 8 + len(data) if length is None else length, 0) + data


def ether(body, kind=0x0800, tags=()):
    """Return a frame; a tag is its EtherType (then it is VLAN 7) or (EtherType, tag control information)."""
    pairs = [tag if isinstance(tag, tuple) else (tag, 7) for tag in tags]
    return bytes(12) + b"".join(pack("!HH", *pair) for pair in pairs) + pack("!H", kind) + body


def block_of(frames, *, link=1, wire=None, time=None, first=1, interface=0):
    """Return a Block; ``link`` and ``interface`` one number or one a packet, ``wire`` lengths, ``time`` ns (default: one ms apart)."""
    n = len(frames)
    caplen = np.array([len(frame) for frame in frames], np.int64)
    offset = np.concatenate(([0], np.cumsum(caplen)))[:n].astype(np.int64)
    times = np.arange(first, first + n, dtype=np.int64) * 1_000_000 if time is None else np.array(time, np.int64)
    return Block(np.frombuffer(b"".join(frames), np.uint8), offset, caplen, caplen.copy() if wire is None else np.array(wire, np.int64),
                 times, np.full(n, link, np.int32), np.full(n, interface, np.int32), np.arange(first, first + n))  # fmt: skip


def cut(whole, sizes):
    """Cut a Block into Blocks of these sizes in turn (the last size repeats), each with bytes of its own."""
    at, blocks, sizes = 0, [], list(sizes)
    while at < len(whole):
        size = max(1, sizes.pop(0) if len(sizes) > 1 else sizes[0])
        piece = whole.take(slice(at, at + size))
        low, high = int(piece.offset[0]), int(piece.offset[-1] + piece.caplen[-1])
        columns = (piece.caplen, piece.wirelen, piece.time, piece.link, piece.interface, piece.packet)
        blocks.append(Block(piece.data[low:high], piece.offset - low, *columns))
        at += size
    return blocks


def record(body, kind=22, version=0x0301):
    return pack("!BHH", kind, version, len(body)) + body


def hello(size=60, kind=1):
    """Return a record with one message of this type whose body is ``size`` bytes that look like nothing."""
    return record(bytes([kind]) + size.to_bytes(3, "big") + bytes(i * 7 % 251 for i in range(size)))


def dtls(kind=1, body=b"", *, version=0xFEFD, epoch=0, sequence=0):
    """Return a DTLS record with the whole of one handshake message (RFC 6347 sections 4.1 and 4.2.2)."""
    message = bytes([kind]) + len(body).to_bytes(3, "big") + pack("!H", 0) + bytes(3) + len(body).to_bytes(3, "big") + body
    return pack("!BHH", 22, version, epoch) + sequence.to_bytes(6, "big") + pack("!H", len(message)) + message


def quic(version=1, kind=0, body=bytes(40), *, connection=b"12345678"):
    """Return a QUIC packet with a long header (RFC 9000 section 17.2); ``kind`` is the number that stands on the wire."""
    return bytes([0xC0 | kind << 4]) + version.to_bytes(4, "big") + bytes([len(connection)]) + connection + b"\0" + body


def address(high, low):
    """Return an address of the columns as text."""
    return str(ip_address(low) if high == int(IPV4_HIGH) else ip_address((high << 64 | low).to_bytes(16, "big")))


def segments(block, skipped):
    """Return the TCP segments of a Block."""
    return Transport(DEFAULT, skipped).read(block)[0]


def datagrams(block, skipped):
    """Return the UDP datagrams of a Block."""
    return Transport(DEFAULT, skipped).read(block)[1]
