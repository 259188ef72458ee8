"""Packets that the caller has at hand, as a capture: bytes, (time, bytes), scapy packets.

Here lives: turning Python objects into Blocks.  Here does not live: scapy; its packets are known by their face.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.capture.block import SOURCE_SHIFT, Block
from analyzer.capture.source import Interface, Source
from analyzer.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LINKS", "Packets", "from_packets"]

LINKS: dict[str, int] = {
    "Ether": 1,
    "Dot3": 1,
    "IP": 101,
    "IPv6": 101,
    "Raw": 101,
    "CookedLinux": 113,
    "CookedLinuxV2": 276,
    "Loopback": 0,
    "PPP": 9,
    "RadioTap": 127,
    "Dot11": 105,
    "Dot11FCS": 105,
}
"""Class of a scapy packet's first layer -> LINKTYPE_ number."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def from_packets(packets: Iterable[Any], link: int = 1, *, name: str = "<packets>", index: int = 0, limits: Limits = DEFAULT) -> Packets:
    """Return packets at hand as something that ``body.blocks`` reads like a capture.

    Each is bytes, (time, bytes), (time, bytes, length on the wire), or an object with ``time`` that ``bytes()`` takes (scapy).
    Times are seconds (float, Decimal), nanoseconds (int) or a datetime (naive: UTC); bytes alone have the time before, at
    first 0.  ``link`` is the LINKTYPE_ number where the object's class does not tell it.  The walk raises TypeError for
    anything else.
    """
    return Packets(packets, link, name, index, limits)


class Packets:
    """A ``body.Readable`` over an iterable, which is walked once and not ahead of what is asked for."""

    def __init__(self, packets: Iterable[Any], link: int, name: str, index: int, limits: Limits) -> None:
        self.source = Source(name, "packets")
        self.index = index
        self.block_bytes = limits.block_bytes
        self.secrets: list[tuple[int, bytes]] = []
        self._packets = iter(packets)
        self._link = link
        self._time = 0
        self._number = (index << SOURCE_SHIFT) + 1
        self._ahead: Block | None = None

    def __iter__(self) -> Iterator[Block]:
        """Walk the Blocks."""
        while (block := self._take()) is not None:
            self.source.count(block.caplen, block.time)
            yield block

    def peek(self) -> int | None:
        """Return the time of the first packet (ns), None where there is none."""
        self._ahead = self._take()
        return None if self._ahead is None else int(self._ahead.time[0])

    def park(self) -> None:
        """Do nothing: there is no file."""

    def close(self) -> None:
        """End reading."""
        self._packets = iter(())
        self._ahead = None

    def _take(self) -> Block | None:
        if self._ahead is not None:
            block, self._ahead = self._ahead, None
            return block
        rows, parts, held = [], [], 0
        for packet in self._packets:
            link, time, data, wire = self._row(packet)
            rows.append((held, len(data), wire, time, link))
            parts.append(data)
            held += len(data)
            if held >= self.block_bytes or len(rows) >= self.block_bytes >> 6:
                break
        if not rows:
            return None
        offset, caplen, wirelen, times, links = np.array(rows, np.int64).T.copy()
        number = np.arange(len(rows), dtype=np.int64) + self._number
        self._number += len(rows)
        for link in np.unique(links).tolist():
            if all(interface.link != link for interface in self.source.interfaces):
                self.source.interfaces.append(Interface(None, link, 1e-9))
        interface = np.zeros(len(rows), np.int32)
        return Block(np.frombuffer(b"".join(parts), np.uint8), offset, caplen, wirelen, times, links.astype(np.int32), interface, number)

    def _row(self, packet: Any) -> tuple[int, int, bytes, int]:
        link, wire = self._link, None
        if isinstance(packet, bytes | bytearray | memoryview):
            data = bytes(packet)
        elif isinstance(packet, tuple):
            self._time = nanoseconds(packet[0])
            data = bytes(packet[1])
            wire = packet[2] if len(packet) > 2 else None
        elif hasattr(packet, "time"):
            # Here a whole number is one of seconds.
            self._time = nanoseconds(packet.time * 1_000_000_000 if isinstance(packet.time, int) else packet.time)
            data, link, wire = bytes(packet), LINKS.get(type(packet).__name__, link), getattr(packet, "wirelen", None)
        else:
            raise TypeError(f"not a packet: {type(packet).__name__}; bytes, (time, bytes) or a scapy packet is one")
        return link, self._time, data, len(data) if wire is None else int(wire)


def nanoseconds(time: Any) -> int:
    """Turn seconds (float, Decimal), nanoseconds (int) or a datetime into nanoseconds since 1970, within int64."""
    if isinstance(time, dt.datetime):
        since = (time if time.tzinfo else time.replace(tzinfo=dt.UTC)) - EPOCH
        whole = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
    elif isinstance(time, int | np.integer):
        whole = int(time)
    elif isinstance(time, float):
        whole = round(time * 1e6) * 1000  # today's seconds leave a float no finer digits
    else:
        whole = int(time * 1_000_000_000)
    return max(-(1 << 63), min(whole, (1 << 63) - 1))
