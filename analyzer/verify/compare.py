"""Compare: two readers' facts of one capture, side by side.

Here lives: which message of one is which of the other, and where they differ.  Here does not live: why they differ (``reasons``),
how either reads (``own``, ``wireshark``), the result as a whole (``verdict``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.verify.fact import FIELDS
from analyzer.verify.reasons import NOTES, Pair, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analyzer.verify.fact import Fact, Sides
    from analyzer.verify.own import Seal

__all__ = ["Comparison", "Difference", "compare", "pairs"]

UNORDERED = frozenset(("extensions", "key_share_groups"))
"""Fields of which tshark joins equal items that stand apart: there the order of repeated items is not known."""


class Difference(msgspec.Struct):
    """One thing that the readers do not agree on.

    ``kind`` is "only Wireshark", "only tlsscan" or "differs"; ``field`` is one of FIELDS; ``packet`` is the number of the packet where
    Wireshark sees the message, else where tlsscan does.
    """

    kind: str
    packet: int
    sides: Sides
    type: int
    field: str
    wireshark: Any = None
    tlsscan: Any = None
    reason: str | None = None


class Comparison(msgspec.Struct):
    """What came out: how often each field was alike, where it was not, and what is no difference but worth a line."""

    alike: Counter[str] = msgspec.field(default_factory=Counter)
    differences: list[Difference] = msgspec.field(default_factory=list)
    notes: Counter[str] = msgspec.field(default_factory=Counter)


def pairs(theirs: Iterable[Fact], ours: Iterable[Fact]) -> Iterator[tuple[Fact | None, Fact | None]]:
    """Bring together what is the same message: (Wireshark's, ours), one of them None where the other reader does not have it.

    The same direction of the same stream and the same type; then the same packet, else the same content, else the nearest packet.
    """
    groups: dict[tuple[Sides, int], tuple[list[Fact], list[Fact]]] = defaultdict(lambda: ([], []))
    for side, facts in enumerate((theirs, ours)):
        for fact in facts:
            groups[fact.sides, fact.type][side].append(fact)
    for both in groups.values():
        left, right = both
        for key in (_by_packet_and_content, _by_packet, _by_content):
            joined, left, right = _join(left, right, key)
            yield from joined
        yield from _nearest(left, right)


def _by_packet(fact: Fact) -> Any:
    return fact.packet


def _by_content(fact: Fact) -> Any:
    return tuple(sorted((name, repr(value)) for name, value in fact.values.items() if name != "record_version"))


def _by_packet_and_content(fact: Fact) -> Any:
    return fact.packet, _by_content(fact)


def _join(left: list[Fact], right: list[Fact], key: Any) -> tuple[list[tuple[Fact, Fact]], list[Fact], list[Fact]]:
    """Join facts of equal key in their order; return the pairs and what is left of both."""
    waiting: dict[Any, list[Fact]] = defaultdict(list)
    for fact in reversed(right):
        waiting[key(fact)].append(fact)
    joined, alone = [], []
    for fact in left:
        found = waiting.get(key(fact))
        if found:
            joined.append((fact, found.pop()))
        else:
            alone.append(fact)
    return joined, alone, sorted((fact for facts in waiting.values() for fact in facts), key=_by_packet)


def _nearest(left: list[Fact], right: list[Fact]) -> Iterator[tuple[Fact | None, Fact | None]]:
    """Join each of ours with the nearest of what Wireshark has left."""
    left = sorted((fact for fact in left if not fact.repeated), key=_by_packet) + [fact for fact in left if fact.repeated]
    fresh = sum(not fact.repeated for fact in left)
    open_left, packets = left[:fresh], [fact.packet for fact in left[:fresh]]
    for fact in right:
        at = bisect_left(packets, fact.packet)
        around = [one for one in (at - 1, at) if 0 <= one < len(packets)]
        if not around:
            yield None, fact
            continue
        best = min(around, key=lambda one: abs(packets[one] - fact.packet))
        yield open_left.pop(best), fact
        packets.pop(best)
    for fact in (*open_left, *left[fresh:]):
        yield fact, None


def _same(field: str, one: Any, other: Any) -> bool:
    if one == other:
        return True
    return field in UNORDERED and bool(one) and bool(other) and len({*one}) < len(one) and sorted(one) == sorted(other)


def compare(theirs: Iterable[Fact], ours: Iterable[Fact], sealed: Mapping[Sides, Seal], *, keys: bool) -> Comparison:
    """Compare Wireshark's facts with ours; ``sealed`` says where a direction is encrypted for us, ``keys`` that the capture holds keys."""
    made, theirs = Comparison(), list(theirs)
    known = {side for fact in theirs for side in (fact.sides, (fact.sides[0], fact.sides[2], fact.sides[1]))}
    met = set()
    """What of Wireshark's has found its partner, so that the same sent again (over UDP) is known."""
    for left, right in sorted(pairs(theirs, ours), key=lambda pair: pair[1] is None):
        fact = left or right
        if fact is None:  # never: mypy does not see that one of the two is there
            continue
        since, null = sealed.get(fact.sides, (None, False))
        if left is not None and left.sides[0] == "udp":
            again = left.sides, left.type, left.sequence, _by_content(left)
            left.repeated = right is None and again in met
            met.add(again)
        pair = Pair(left, right, since, null, keys, fact.sides in known)
        if left is None or right is None:
            why = reason(pair, "message")
            if why in NOTES:
                made.notes[why] += 1
                continue
            kind = "only tlsscan" if left is None else "only Wireshark"
            made.differences.append(Difference(kind, fact.packet, fact.sides, fact.type, "message", reason=why))
            continue
        made.alike["message"] += 1
        for field in FIELDS:
            one, other = (left.packet, right.packet) if field == "packet" else (left.values.get(field), right.values.get(field))
            if field == "message" or (one is None and other is None):
                continue
            if _same(field, one, other):
                made.alike[field] += 1
                continue
            why = reason(pair, field)
            made.differences.append(Difference("differs", fact.packet, fact.sides, fact.type, field, one, other, why))
    made.differences.sort(key=lambda difference: difference.packet)
    return made
