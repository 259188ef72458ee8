"""Captures made byte by byte: connections with a ClientHello, conversations before it, pcapng with secrets.

Here lives: what the tests of the whole command read.
"""

from __future__ import annotations

import struct


def hello(name):
    """A ClientHello for ``name`` in one record (RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3)."""
    host = b"\0" + struct.pack("!H", len(name)) + name
    extensions = struct.pack("!HHH", 0, len(host) + 2, len(host)) + host
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def segment(port, sequence, flags, data=b"", *, back=False, to=443, acknowledged=1):
    """An Ethernet frame with IPv4 and TCP."""
    client, server = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7])
    ports = (to, port) if back else (port, to)
    addresses = server + client if back else client + server
    tcp = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 65535, 0, 0) + data
    return bytes(12) + b"\x08\0" + struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + addresses + tcp


def connection(port, *turns, to=443):
    """Frames of a connection that opens and then says ``turns``: (from the server, bytes)."""
    frames, at = [segment(port, 99, 2, to=to), segment(port, 0, 0x12, back=True, to=to, acknowledged=100)], [100, 1]
    for back, data in turns:
        frames.append(segment(port, at[back], 0x18, data, back=back, to=to, acknowledged=at[1 - back]))
        at[back] += len(data)
    return frames


def pcap(frames, start=1_767_225_600):
    """A capture file, a second between two frames."""
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + b"".join(struct.pack("<IIII", start + at, 0, len(frame), len(frame)) + frame for at, frame in enumerate(frames))


def capture(*names, start=1_767_225_600):
    """A pcap with a connection and its ClientHello for each name."""
    return pcap([frame for number, name in enumerate(names)
                 for frame in connection(50_000 + start % 997 + number, (False, hello(name)))], start)  # fmt: skip


def block(kind, body):
    """A block of pcapng, little-endian."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng(frames, *blocks, comment=b"", interface=b""):
    """A pcapng with ``blocks`` before the packets."""
    def option(code, value):
        return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4) if value else b""

    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(1, comment) + option(4, comment))
    head += block(1, struct.pack("<HHI", 1, 0, 0) + option(2, interface) + option(3, comment)) + b"".join(blocks)
    return head + b"".join(
        block(6, struct.pack("<IIIII", 0, 0x6484D, at, len(frame), len(frame)) + frame) for at, frame in enumerate(frames)
    )
