"""Stage the tour: samples moved from loopback to addresses of documentation, their times spread over four minutes, as one capture.

Here lives: which samples the tour shows, and the rewriting of their packets.  Here does not live: any TLS; the bytes of TCP and
UDP stay as they were recorded.  Addresses are those of RFC 5737 and RFC 3849; a round trip time is added wherever the server's
answer begins, so that the capture looks as if taken at the client's network.

    python samples/lab/stage.py [FOLDER]
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pcapng

__all__ = ["TOUR", "Scene", "main", "move", "ports", "tour"]

ETHERTYPES = {4: 0x0800, 6: 0x86DD}
ROUTER, HERE = bytes.fromhex("02005e000001"), bytes.fromhex("02005e000000")
"""Locally administered hardware addresses."""
MORNING = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
SHOP, SHOP6, MAIL, BANK, LEGACY = "203.0.113.10", "2001:db8:10::10", "203.0.113.25", "198.51.100.20", "198.51.100.99"
MODERN6, NAS, EXPIRED, DEEP, CDN, PROXY = "2001:db8:20::7", "192.0.2.200", "203.0.113.66", "203.0.113.77", "198.51.100.7", "192.0.2.8"
ADS, BACKUP = "198.51.100.180", "203.0.113.140"
ANNA, BEN, CARLA, TILL = "192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.77"
ANNA6 = "2001:db8:1::11"


@dataclass(frozen=True)
class Scene:
    """One sample of the tour: who plays client and server, when it begins (seconds), and the round trip time (ms)."""

    sample: str
    client: str
    server: str
    at: float
    rtt: float


TOUR: tuple[Scene, ...] = (
    Scene("tls13", ANNA, SHOP, 0.0, 14.2),
    Scene("tls13-mlkem", BEN, BANK, 3.1, 21.7),
    Scene("tls12-ecdhe-rsa", CARLA, SHOP, 7.4, 14.9),
    Scene("tls12-ecdhe-ecdsa", ANNA, MAIL, 11.8, 32.0),
    Scene("starttls-smtp", ANNA, MAIL, 19.5, 31.4),
    Scene("tls13-ipv6", ANNA6, MODERN6, 24.2, 9.8),
    Scene("tls13-hello-retry", BEN, BANK, 33.0, 22.3),
    Scene("tls10-rsa", TILL, LEGACY, 41.6, 3.3),
    Scene("tls13-early-data", ANNA6, SHOP6, 52.7, 12.6),
    Scene("tls12-resume-ticket", CARLA, SHOP, 61.3, 15.1),
    Scene("tls12-client-certificate", BEN, BANK, 75.9, 22.6),
    Scene("fail-certificate-expired", CARLA, EXPIRED, 88.2, 45.5),
    Scene("fail-self-signed", BEN, NAS, 97.0, 0.7),
    Scene("gnutls-compressed-certificate", ANNA, DEEP, 103.4, 27.2),
    Scene("ssl30-rsa", TILL, LEGACY, 118.8, 3.4),
    Scene("tls12-null", TILL, LEGACY, 131.0, 3.2),
    Scene("tls11-ecdhe", TILL, LEGACY, 131.002, 3.5),
    Scene("tls10-rc4", TILL, LEGACY, 136.2, 3.6),
    Scene("fail-protocol-version", BEN, LEGACY, 140.7, 3.9),
    Scene("fail-no-shared-cipher", TILL, SHOP, 149.9, 14.4),
    Scene("fail-no-application-protocol", CARLA, SHOP, 157.3, 15.8),
    Scene("fail-unrecognized-name", ANNA, CDN, 166.1, 18.0),
    Scene("fail-client-certificate-required", ANNA, BANK, 178.6, 22.9),
    Scene("connect-proxy", CARLA, PROXY, 190.4, 6.1),
    Scene("fail-plain-http", BEN, "192.0.2.9", 197.2, 0.9),
    Scene("fail-server-resets", BEN, ADS, 203.9, 17.7),
    Scene("fail-unanswered", CARLA, BACKUP, 214.5, 17.5),
    Scene("tls13-no-server-name", TILL, CDN, 226.0, 18.3),
)


def _checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _segment(data: bytes) -> tuple[int, bytes]:
    """Return (protocol, TCP or UDP header and payload) of an Ethernet frame from loopback."""
    if data[12:14] == b"\x08\x00":
        return data[23], data[14 + (data[14] & 15) * 4 : 14 + int.from_bytes(data[16:18], "big")]
    return data[20], data[54 : 54 + int.from_bytes(data[18:20], "big")]


def ports(data: bytes) -> tuple[int, int]:
    """Return source and destination port of a TCP or UDP frame."""
    source, destination = struct.unpack_from("!HH", _segment(data)[1])
    return source, destination


def move(data: bytes, source: str, destination: str, *, ttl: int, number: int, inward: bool) -> bytes:
    """Return the frame with other addresses (and perhaps the other IP version), its checksums made good."""
    protocol, body = _segment(data)
    one, other = ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed
    at = 16 if protocol == 6 else 6
    body = body[:at] + b"\0\0" + body[at + 2 :]
    total = _checksum(one + other + struct.pack("!II", protocol, len(body)) + body)
    body = body[:at] + struct.pack("!H", total or 0xFFFF) + body[at + 2 :]
    if len(one) == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), number & 0xFFFF, 0x4000, ttl, protocol, 0) + one + other
        head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    else:
        head = struct.pack("!IHBB", 6 << 28, len(body), protocol, ttl) + one + other
    hardware = HERE + ROUTER if inward else ROUTER + HERE
    return hardware + struct.pack("!H", ETHERTYPES[4 if len(one) == 4 else 6]) + head + body


def _staged(scene: Scene, packets: list[pcapng.Packet], port: int) -> tuple[list[pcapng.Packet], list[int]]:
    """Return the moved packets, and the time at which each connection's first data went out."""
    start = int(MORNING.timestamp()) * 1_000_000_000 + round(scene.at * 1e9)
    delay = round(scene.rtt * 1e6)
    late: dict[int, int] = {}
    begun: dict[int, int] = {}
    before: dict[int, bool] = {}
    moved: list[pcapng.Packet] = []
    for number, (time, data) in enumerate(packets):
        inward = ports(data)[0] == port
        flow = max(ports(data), key=lambda one: one != port)
        if inward and not before.get(flow, False):
            late[flow] = late.get(flow, 0) + delay  # the server's answer begins: it travelled there and back
        before[flow] = inward
        when = start + time - packets[0][0] + late.get(flow, 0)
        sides = (scene.server, scene.client) if inward else (scene.client, scene.server)
        moved.append((when, move(data, *sides, ttl=57 if inward else 64, number=0x2000 + 7 * number, inward=inward)))
        if _payload(data):
            begun.setdefault(flow, when)
    return moved, list(begun.values())


def _payload(data: bytes) -> int:
    protocol, body = _segment(data)
    return len(body) - (body[12] >> 4) * 4 if protocol == 6 else len(body) - 8


def tour(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Write tour.pcapng from the samples beside it; return its part of the manifest."""
    packets: list[pcapng.Packet] = []
    rows: list[tuple[int, dict[str, Any]]] = []
    keys: list[str] = []
    for scene in TOUR:
        recorded = pcapng.read(folder / f"{scene.sample}.pcapng")
        port = ports(recorded[0][1])[1]
        moved, begun = _staged(scene, recorded, port)
        packets += moved
        told = manifest[scene.sample]["handshakes"]
        ends = {"client": scene.client, "server": scene.server, "server_port": port, "sample": scene.sample}
        rows += [(time, ends | row) for time, row in zip(begun, told, strict=True)]
        if (log := folder / "keys" / f"{scene.sample}.keys").exists():
            keys += log.read_text().splitlines()
    packets.sort(key=lambda packet: packet[0])
    rows.sort(key=lambda row: row[0])
    shows = "four minutes at Example Lab: a bit of everything, staged from the other samples"
    pcapng.write(folder / "tour.pcapng", packets, shows, interface="eth0")
    (folder / "keys" / "tour.keys").write_text("".join(line + "\n" for line in keys))
    return {"shows": shows, "stack": "staged from the samples that its rows name", "handshakes": [row for _, row in rows]}


def main(argv: list[str]) -> int:
    """Stage the tour again from the samples as they are."""
    folder = Path(argv[0]) if argv else Path(__file__).resolve().parents[1]
    listing = folder / "manifest.json"
    manifest = json.loads(listing.read_text())
    manifest["tour"] = tour(folder, manifest)
    listing.write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"tour: {len(manifest['tour']['handshakes'])} handshakes, {(folder / 'tour.pcapng').stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
