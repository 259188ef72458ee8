"""pcapng, as much of it as the lab needs: one section, one interface, packets, and perhaps the keys (draft-ietf-opsawg-pcapng).

Here lives: writing a small capture that says nothing about the machine it was made on, and reading it back.  Here does not
live: reading captures of others (``analyzer.capture`` does that).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Packet", "read", "write"]

Packet = tuple[int, bytes]
"""(time in nanoseconds since 1970 UTC, the bytes from the Ethernet header on)."""

SECTION, INTERFACE, ENHANCED_PACKET, DECRYPTION_SECRETS = 0x0A0D0D0A, 1, 6, 10
ETHERNET = 1
TLS_KEY_LOG = 0x544C534B


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes, *options: tuple[int, bytes]) -> bytes:
    told = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    body = _padded(body) + (told + bytes(4) if told else b"")
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def write(path: Path, packets: list[Packet], comment: str, *, interface: str = "lo", secrets: bytes = b"") -> None:
    """Write packets as one little-endian section with nanosecond times; ``secrets`` is a key log to put inside."""
    blocks = [
        _block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), (1, comment.encode()), (4, b"tlsscan samples/lab")),
        _block(INTERFACE, struct.pack("<HHI", ETHERNET, 0, 262144), (2, interface.encode()), (9, b"\x09")),
    ]
    if secrets:
        blocks.append(_block(DECRYPTION_SECRETS, struct.pack("<II", TLS_KEY_LOG, len(secrets)) + secrets))
    for time, data in packets:
        head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        blocks.append(_block(ENHANCED_PACKET, head + data))
    path.write_bytes(b"".join(blocks))


def read(path: Path) -> list[Packet]:
    """Read what ``write`` wrote."""
    data, at, packets = path.read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == ENHANCED_PACKET:
            _, high, low, kept, _ = struct.unpack_from("<IIIII", data, at + 8)
            packets.append((high << 32 | low, data[at + 28 : at + 28 + kept]))
        at += length
    return packets
