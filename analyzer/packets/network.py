"""IPv4 and IPv6: addresses, what they carry, and where it lies, for many packets at once.

Here lives: RFC 791 with options, RFC 8200 with extension headers, offload's zero lengths.  Here does not live: link headers,
fragments put together, TCP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from analyzer.packets.columns import Column

__all__ = ["AUTHENTICATION", "FRAGMENT", "IPV4_HIGH", "MAX_EXTENSION_HEADERS", "WALKED", "Carried", "ipv4", "ipv6", "joined", "rows_of"]

FRAGMENT = 44
"""Protocol number given to a packet that is a piece of one (IPv6's own Fragment header number, used for IPv4 too)."""
BROKEN = -1
"""Protocol given to a header that breaks its own lengths."""

IPV4_HIGH = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""High half of an IPv4 address in the columns: no IPv6 unicast address has it (ff..ff/64 is multicast)."""

_V4 = np.dtype([("vihl", "u1"), ("tos", "u1"), ("length", ">u2"), ("id", ">u2"), ("fragment", ">u2"), ("ttl", "u1"), ("protocol", "u1"),
                ("sum", ">u2"), ("source", ">u4"), ("target", ">u4")])  # fmt: skip
_V6 = np.dtype([("flow", ">u4"), ("length", ">u2"), ("next", "u1"), ("hops", "u1"), ("source_high", ">u8"), ("source_low", ">u8"),
                ("target_high", ">u8"), ("target_low", ">u8")])  # fmt: skip

_EXTENSION_HEADERS = (0, 43, 60, 135, 139, 140)
"""Hop-by-Hop, Routing, Destination Options, Mobility, HIP, Shim6: (next header, length in 8-byte units less one)."""
AUTHENTICATION = 51
"""AH: length in 4-byte units less two (RFC 4302)."""
WALKED = (*_EXTENSION_HEADERS, AUTHENTICATION, FRAGMENT)
MAX_EXTENSION_HEADERS = 16
"""Extension headers walked in one packet; more is an attack, not traffic."""


@dataclass(slots=True)
class Carried:
    """What IP packets carry: one entry a packet, ``row`` its index in the block, ``start``/``stop`` the payload in the data.

    ``wire_stop`` is where the payload would end had the capture kept all of it (≥ stop); ``carriage`` the number of what the packet
    travelled in (``carriage.Carriages``), ``ttl`` what was left of its Time to Live or Hop Limit.
    """

    row: Column
    protocol: Column
    start: Column
    stop: Column
    wire_stop: Column
    source_high: Column
    source_low: Column
    target_high: Column
    target_low: Column
    carriage: Column
    ttl: Column


def joined(parts: list[Carried]) -> Carried:
    """Put what IPv4 and IPv6 carry into one, part after part."""
    full = [part for part in parts if len(part.row)]
    if len(full) < 2:
        return (full or parts)[0]
    return Carried(*(np.concatenate([getattr(part, name) for part in full]) for name in Carried.__slots__))


def rows_of(data: Column, at: Column, dtype: np.dtype[Any]) -> Column:
    """Gather one header of ``dtype`` at each offset (all must lie inside ``data``).

    numpy copies byte strings six times faster than structs of the same size.
    """
    size = dtype.itemsize
    if len(data) < size:
        return np.empty(0, dtype)
    view: Column = np.ndarray((len(data) - size + 1,), f"S{size}", data, 0, (1,))
    return view[at].view(dtype)


def ipv4(data: Column, row: Column, at: Column, stop: Column, wire_stop: Column) -> Carried:
    """Read IPv4 headers at ``at``; ``stop``/``wire_stop`` are the ends of the packets in the data and as they were on the wire."""
    whole = at + _V4.itemsize <= stop
    row, at, stop, wire_stop = row[whole], at[whole], stop[whole], wire_stop[whole]
    head = rows_of(data, at, _V4)
    vihl = head["vihl"].astype(np.int64)
    header = (vihl & 15) * 4
    length = head["length"].astype(np.int64)
    # segmentation offload leaves 0: the frame says how long it is, and a packet that says it is longer than its frame lies
    length = np.where(length == 0, wire_stop - at, np.minimum(length, wire_stop - at))
    protocol = head["protocol"].astype(np.int64)
    protocol[(head["fragment"].astype(np.int64) & 0x3FFF) != 0] = FRAGMENT
    protocol[(vihl >> 4 != 4) | (header < _V4.itemsize) | (length < header)] = BROKEN
    end = at + length
    high = np.full(len(at), IPV4_HIGH)
    return Carried(row, protocol, at + header, np.minimum(end, stop), end, high, head["source"].astype(np.uint64), high,
                   head["target"].astype(np.uint64), np.zeros(len(row), np.int64), head["ttl"].astype(np.int64))  # fmt: skip


def ipv6(data: Column, row: Column, at: Column, stop: Column, wire_stop: Column) -> Carried:
    """Read IPv6 headers at ``at`` and step over their extension headers (same arguments as ``ipv4``)."""
    whole = at + _V6.itemsize <= stop
    row, at, stop, wire_stop = row[whole], at[whole], stop[whole], wire_stop[whole]
    head = rows_of(data, at, _V6)
    protocol = head["next"].astype(np.int64)
    protocol[(data[at] >> 4) != 6] = BROKEN
    length = head["length"].astype(np.int64)
    end = np.where(length == 0, wire_stop, np.minimum(wire_stop, at + _V6.itemsize + length))  # 0: a jumbogram or offload
    stop = np.minimum(end, stop)
    start = at + _V6.itemsize
    for _ in range(MAX_EXTENSION_HEADERS):
        there = np.flatnonzero(np.isin(protocol, WALKED) & (start + 8 <= stop))
        here, kind = start[there], protocol[there]
        # an "atomic" fragment (RFC 6946), offset 0 and no more to come, is a whole packet
        whole = (kind != FRAGMENT) | ((data[here + 2] == 0) & ((data[here + 3] & 0xF9) == 0))
        there, here, kind = there[whole], here[whole], kind[whole]
        if not len(there):
            break
        size = data[here + 1].astype(np.int64)
        protocol[there] = data[here]
        start[there] = here + np.where(kind == FRAGMENT, 8, np.where(kind == AUTHENTICATION, (size + 2) * 4, (size + 1) * 8))
    addresses = tuple(head[name].astype(np.uint64) for name in ("source_high", "source_low", "target_high", "target_low"))
    hops = head["hops"].astype(np.int64)
    return Carried(*(row, protocol, start, np.maximum(stop, start), end, *addresses, np.zeros(len(row), np.int64), hops))
