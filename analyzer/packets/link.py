"""Link layers: where the network header starts and which protocol it is, for every packet of a Block at once.

Here lives: one row per link type (tcpdump.org/linktypes.html) of the fast road, and VLAN tags.  Here does not live: IP
(``network``), other links and tunnels (``sideroad``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.capture.block import Block
    from analyzer.packets.columns import Column

__all__ = ["ARP", "IPV4", "IPV6", "LINKS", "UNKNOWN", "VLAN_TAGS", "Found", "network", "vlans"]

IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
"""EtherTypes (IANA IEEE 802 numbers)."""
UNKNOWN = -1
"""Protocol of a packet whose link header is cut or whose link type is not read here."""

VLAN_TAGS = (0x8100, 0x88A8, 0x9100, 0x9200)
"""802.1Q, 802.1ad, and two pre-standard QinQ types."""
MAX_TAGS = 8
"""Tags looked through in one frame; real stacks have at most three."""

KEPT_TAGS = 5
"""Of so many tags the VLAN ids are kept: as many as one integer holds."""
_TAG_BASE = 4097


class Found(NamedTuple):
    """For the rows asked about: ``at``, offset of the network header (int64); ``kind``, EtherType or UNKNOWN (int32); ``tags``.

    The last are VLAN ids in one number (``vlans``), None where no row has any.
    """

    at: Column
    kind: Column
    tags: Column | None = None


def vlans(tags: int) -> list[int]:
    """Return the VLAN ids that a number of ``Found.tags`` stands for, outermost first."""
    ids: list[int] = []
    while tags:
        tags, one = divmod(tags, _TAG_BASE)
        ids.append(one - 1)
    return ids[::-1]


def _u16(data: Column, at: Column) -> Column:
    number: Column = data[at].astype(np.int32) << 8 | data[at + 1]
    return number


def _typed(skip: int, type_at: int) -> Callable[[Column, Column, Column], Found]:
    """Return a reader for links whose header has ``skip`` bytes with the EtherType at ``type_at``; VLAN tags are stepped over."""

    def read(data: Column, start: Column, stop: Column) -> Found:
        at = start + skip
        whole = at <= stop
        if whole.all():
            kind = _u16(data, start + type_at)
        else:
            kind = np.full(len(start), UNKNOWN, np.int32)
            kind[whole] = _u16(data, start[whole] + type_at)
        tags = None
        for depth in range(MAX_TAGS):
            tagged = np.flatnonzero(np.isin(kind, VLAN_TAGS) & (at + 4 <= stop)) if (kind > 0x8000).any() else ()
            if not len(tagged):
                break
            if depth < KEPT_TAGS:
                tags = np.zeros(len(start), np.int64) if tags is None else tags
                tags[tagged] = tags[tagged] * _TAG_BASE + (_u16(data, at[tagged]) & 0xFFF) + 1
            kind[tagged] = _u16(data, at[tagged] + 2)
            at[tagged] += 4
        return Found(at, kind, tags)

    return read


def _by_version(data: Column, start: Column, stop: Column) -> Found:
    """LINKTYPE_RAW and kin: the first nibble is the IP version."""
    kind = np.full(len(start), UNKNOWN, np.int32)
    whole = start < stop
    nibble = data[start[whole]] >> 4
    kind[whole] = np.where(nibble == 4, IPV4, np.where(nibble == 6, IPV6, UNKNOWN))
    return Found(start.copy(), kind)


def _null(data: Column, start: Column, stop: Column) -> Found:
    """LINKTYPE_NULL and LOOP: an address family of 4 bytes in either byte order; families differ by system, the IP version does not."""
    return _by_version(data, np.minimum(start + 4, stop), stop)


LINKS: dict[int, tuple[str, Callable[[Column, Column, Column], Found]]] = {
    0: ("NULL", _null),
    1: ("ETHERNET", _typed(14, 12)),
    12: ("RAW (BSD)", _by_version),
    14: ("RAW (OpenBSD)", _by_version),
    101: ("RAW", _by_version),
    108: ("LOOP", _null),
    113: ("LINUX_SLL", _typed(16, 14)),
    228: ("IPV4", _by_version),
    229: ("IPV6", _by_version),
    276: ("LINUX_SLL2", _typed(20, 0)),
}
"""link type -> (LINKTYPE_ name, reader)."""


def network(block: Block) -> Found:
    """Return where the network header of each packet of the block stands and what it is."""
    start, stop = block.offset, block.offset + block.caplen
    first = int(block.link[0]) if len(block) else 1
    if (block.link == first).all():
        return LINKS[first][1](block.data, start, stop) if first in LINKS else Found(start, np.full(len(block), UNKNOWN, np.int32))
    at, kind, tags = start.copy(), np.full(len(block), UNKNOWN, np.int32), np.zeros(len(block), np.int64)
    for link in np.unique(block.link).tolist():
        if link in LINKS:
            rows = np.flatnonzero(block.link == link)
            at[rows], kind[rows], found = LINKS[link][1](block.data, start[rows], stop[rows])
            if found is not None:
                tags[rows] = found
    return Found(at, kind, tags if tags.any() else None)
