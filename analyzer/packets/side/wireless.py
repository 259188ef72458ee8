"""802.11 frames and what capture drivers put before them, one packet at a time.

Here lives: radiotap (radiotap.org), Prism, AVS, PPI, IEEE 802.11 data frames to their LLC.  Here does not live: decryption,
frames put together from 802.11 fragments, LLC (``links``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.packets.side.links import LINKS

if TYPE_CHECKING:
    from analyzer.packets.side.layers import Readers, Walk

__all__ = ["READERS"]

MAX_PRESENT = 16
"""Words of a radiotap present mask that are walked; drivers write one to five."""
MAX_PPI_FIELDS = 32
"""Fields of a PPI header that are walked."""


def _little(walk: Walk, offset: int, size: int) -> int:
    at = walk.at + offset
    return int.from_bytes(walk.data[at : at + size], "little")


def _end_without_fcs(walk: Walk) -> None:
    """The last four bytes on the wire are a checksum."""
    walk.wire = max(walk.wire - 4, walk.at)
    walk.stop = min(walk.stop, walk.wire)


def _radiotap(walk: Walk) -> str:
    """Version 0, length, a chain of present words, fields aligned to their size: only the flags are of interest."""
    length = _little(walk, 2, 2)
    if walk.data[walk.at] or length < 8 or walk.at + length > walk.stop:
        return "broken radiotap header"
    words, present = 1, _little(walk, 4, 4)
    last = present
    while last & 0x8000_0000 and words < MAX_PRESENT and 8 + 4 * words <= length:
        last = _little(walk, 4 + 4 * words, 4)
        words += 1
    field = 4 + 4 * words
    if present & 1:  # TSFT, 8 bytes
        field = (field + 7 & ~7) + 8
    flags = walk.data[walk.at + field] if present & 2 and field < length else 0
    walk.at += length
    walk.padded = bool(flags & 0x20)
    if flags & 0x10:
        _end_without_fcs(walk)
    return "802.11"


def _prism(walk: Walk) -> str:
    """144 bytes, or AVS under the same link type."""
    if walk.u32(0) & 0xFFFF_F000 == 0x8021_1000:
        return "AVS"
    length = walk.u32(4) if walk.u32(0) == 0x44 else _little(walk, 4, 4)
    walk.at += length if 8 <= length <= 4096 else 144
    return "802.11"


def _avs(walk: Walk) -> str:
    length = walk.u32(4)
    if not 8 <= length <= 4096:
        return "broken AVS header"
    walk.at += length
    return "802.11"


def _ppi(walk: Walk) -> str:
    """Per-Packet Information: version, flags, length, link type, then (type, length) fields, of which 2 (802.11 common) knows the FCS."""
    length, link = _little(walk, 2, 2), _little(walk, 4, 4)
    if length < 8 or walk.at + length > walk.stop:
        return "broken PPI header"
    field, fcs = 8, False
    for _ in range(MAX_PPI_FIELDS):
        if field + 14 > length:
            break
        if _little(walk, field, 2) == 2:
            fcs = bool(_little(walk, field + 12, 2) & 1)
        field += 4 + _little(walk, field + 2, 2)
    walk.at += length
    if fcs:
        _end_without_fcs(walk)
    return LINKS.get(link, f"link type {link}" if link < 1024 else "link type in PPI")


def _dot11(walk: Walk) -> str:
    return _frame(walk, walk.data[walk.at], walk.data[walk.at + 1])


def _dot11_swapped(walk: Walk) -> str:
    """As some controllers send it in CAPWAP: the two bytes of frame control change places."""
    return _frame(walk, walk.data[walk.at + 1], walk.data[walk.at])


def _frame(walk: Walk, control: int, flags: int) -> str:
    """IEEE 802.11-2020 9.3.2: 24 bytes, a fourth address between access points, QoS control, HT control."""
    kind = control & 0x0C
    if control & 3 or kind != 0x08:
        return "broken 802.11 header" if control & 3 else {0: "802.11 management", 4: "802.11 control"}.get(kind, "802.11 extension")
    if control & 0x40:
        return "802.11 null data"
    if flags & 0x40:
        return "802.11 encrypted"
    if walk.stop - walk.at < 24:
        return "cut before the end of the 802.11 header"
    if flags & 4 or walk.data[walk.at + 22] & 0x0F:
        return "802.11 fragment"
    size = 30 if flags & 3 == 3 else 24
    qos = walk.at + size
    aggregated = False
    if control & 0x80:
        aggregated = qos < walk.stop and bool(walk.data[qos] & 0x80)
        size += 6 if flags & 0x80 else 2
    if walk.padded:
        size = size + 3 & ~3
    walk.enter("802.11")
    walk.at += size
    return "A-MSDU" if aggregated else "LLC/SNAP"


def _aggregate(walk: Walk) -> str:
    """A-MSDU: subframes of target, source, length, LLC, each padded to 4 bytes; the next one is left for later."""
    length = walk.u16(12)
    walk.later(walk.at + (length + 14 + 3 & ~3), "A-MSDU")
    walk.at += 14
    walk.narrow(length)
    return "LLC/SNAP"


READERS: Readers = {
    "radiotap": (8, _radiotap),
    "Prism": (8, _prism),
    "AVS": (8, _avs),
    "PPI": (8, _ppi),
    "802.11": (2, _dot11),
    "802.11 swapped": (2, _dot11_swapped),
    "A-MSDU": (14, _aggregate),
}
