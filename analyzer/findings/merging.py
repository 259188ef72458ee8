"""Merging: findings that say the same of the same client are one, with all the handshakes that show it.

Here lives: the collecting, in bounded memory, and live what was told.  Here does not live: which rules are told so (``Rule.once``),
who asks them (``judge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.findings.finding import MOST_HANDSHAKES, MOST_PACKETS, Finding
from analyzer.findings.memory import Marks

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

__all__ = ["Merging"]

MOST_HELD = 10_000
"""Findings that wait for more of their kind, mostly 1 KB each; past it all are told, and may be told again."""
MOST_TOLD = 100_000
"""Live: findings that are remembered as told, 70 bytes each; past it the older half may be told again."""


class _Held(msgspec.Struct):
    """A finding, and what more was seen of it."""

    first: Finding
    handshakes: list[int]
    packets: set[int]
    count: int = 1


class Merging:
    """``add`` what was found, unless it is said ``again`` so often that it is only counted; ``told`` gives it, ``full`` says: now.

    ``live``: what was told is not told again.
    """

    def __init__(self, *, live: bool = False) -> None:
        self._held: dict[Hashable, Finding | _Held] = {}
        """Most things are seen once: only of the others more than the finding is kept."""
        self._told = Marks(MOST_TOLD) if live else None

    @property
    def forgotten(self) -> int:
        """How many findings that were told are forgotten, so that they may be told again."""
        return 0 if self._told is None else self._told.forgotten

    @property
    def full(self) -> bool:
        """Whether so much waits that it should be told now."""
        return len(self._held) >= MOST_HELD

    def again(self, key: Hashable) -> bool:
        """Count what is known of as many handshakes as are named, or was told; False: the finding is wanted, for its packets."""
        if self._told is not None and hash(key) in self._told:
            return True
        held = self._held.get(key)
        if not isinstance(held, _Held) or len(held.handshakes) < MOST_HANDSHAKES:
            return False
        held.count += 1
        return True

    def add(self, key: Hashable, finding: Finding) -> None:
        """Take what one handshake shows."""
        held = self._held.get(key)
        if held is None:
            self._held[key] = finding
            return
        if not isinstance(held, _Held):
            held = self._held[key] = _Held(held, [*held.handshakes], set(held.packets))
        held.count += 1
        held.handshakes += finding.handshakes
        if len(held.packets) < MOST_PACKETS:
            held.packets.update(finding.packets)

    def told(self) -> Iterator[Finding]:
        """Give what was found, in the order in which it was seen first, and forget it."""
        everything, self._held = self._held, {}
        if self._told is not None:
            for key in everything:
                self._told.add(hash(key))
        for held in everything.values():
            if not isinstance(held, _Held):
                yield held
                continue
            handshakes, packets = tuple(sorted(held.handshakes)), tuple(sorted(held.packets)[:MOST_PACKETS])
            yield msgspec.structs.replace(held.first, handshake=handshakes[0], handshakes=handshakes, count=held.count, packets=packets)
