"""Merging: findings that say the same of the same client are one, with all the handshakes that show it.

Here lives: the collecting, in bounded memory.  Here does not live: which rules are told so (``Rule.once``), who asks them (``judge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.findings.finding import MOST_HANDSHAKES, MOST_PACKETS, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

__all__ = ["Merging"]

MOST_HELD = 10_000
"""Findings that wait for more of their kind, at most some 10 KB each and mostly one; past it all are told, and may be told again."""


class _Held(msgspec.Struct):
    """A finding, and what more was seen of it."""

    first: Finding
    handshakes: list[int]
    packets: set[int]
    count: int = 1


class Merging:
    """``add`` what was found, then ``told`` gives it; ``full`` says that this should be now."""

    def __init__(self) -> None:
        self._held: dict[Hashable, _Held] = {}

    @property
    def full(self) -> bool:
        """Whether so much waits that it should be told now."""
        return len(self._held) >= MOST_HELD

    def add(self, key: Hashable, number: int, make: Callable[[], Finding]) -> None:
        """Take what a handshake shows; of those that are named the finding is made, for its packets."""
        held = self._held.get(key)
        if held is None:
            first = make()
            self._held[key] = _Held(first, [number], set(first.packets))
            return
        held.count += 1
        if len(held.handshakes) < MOST_HANDSHAKES:
            held.handshakes.append(number)
            if len(held.packets) < MOST_PACKETS:
                held.packets.update(make().packets)

    def told(self) -> Iterator[Finding]:
        """Give what was found, in the order in which it was seen first, and forget it."""
        held, self._held = self._held, {}
        for one in held.values():
            handshakes, packets = tuple(sorted(one.handshakes)), tuple(sorted(one.packets)[:MOST_PACKETS])
            yield msgspec.structs.replace(one.first, handshake=handshakes[0], handshakes=handshakes, count=one.count, packets=packets)
