"""Ledgers: what a rule compares, as entries of 64-bit hashes, and which of them belong together.

Here lives: a ledger that is compared when it is full (files), and one that notices the second of a kind as it comes (live).  Here does not
live: which rules there are and what they compare, findings (``repeats``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.findings.memory import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.frame import Array

__all__ = ["Entry", "Group", "Ledger", "LiveLedger"]

MOST_ENTRIES = 200_000
"""Things that one ledger compares at a time, 40 bytes each; when it is full what was found is told and it begins anew, live with the newer
half of them."""
MOST_TEXTS = 20_000
"""Names of others, 100 bytes each; past it they have none."""
MOST_YOUNG = 4096
"""Live: entries that wait in a dictionary, 300 bytes each, until they go into an array: its making takes 10 ms, every 4096 of them."""
MOST_TOLD, MOST_TOLD_NAMED = 20_000, 4000
"""Live: keys that were told and are remembered, 100 bytes each, with names of their others up to 2 KB; past it some are told again."""
MOST_OTHERS = 8
"""Live: others of one key that are told, each when it comes."""

Entry = tuple[int, int, int, int, int]
"""Hash of what must be unique, hash of whose it is, handshake, packet id, time."""
Group = tuple[list[int], list[int], list[int], list[int]]
"""Entries of one key: hashes of whose it is, handshakes, packet ids, times."""
_Rest = tuple[int, int, int, int]
"""An entry without its key."""


class Ledger(msgspec.Struct):
    """Compares all at once, at the end or when it is full."""

    rule: str
    fresh: list[Entry] = []
    """Put new entries here."""
    packed: list[Array] = []
    """Earlier entries, 40 bytes each."""
    entries: int = 0
    texts: dict[int, str] = {}
    """Hash of an other -> what it is called, where that says something."""
    distinct: int = 0
    """Keys compared."""
    failed: int = 0
    """Keys that belong to several others."""
    full: int = 0
    """How often it was full, so that what it held was told and let go."""

    def call(self, other: int, text: str) -> None:
        """Remember what an other is called."""
        if len(self.texts) < MOST_TEXTS:
            self.texts[other] = text

    def called(self, other: int) -> str | None:
        """Return what an other is called."""
        return self.texts.get(other)

    def notice(self, *, end: bool = False) -> Iterator[Group]:
        """Take what is fresh; where the ledger is full, or at the end, give the keys that belong to several others."""
        if self.fresh:
            self.packed.append(np.array(self.fresh, dtype=np.int64))
            self.entries += len(self.fresh)
            self.fresh = []
        if end or self.entries >= MOST_ENTRIES:
            self.full += not end
            yield from self._settle()

    def _settle(self) -> Iterator[Group]:
        """Give the keys that belong to several others, in the order in which they first came, and let all entries go."""
        if not self.packed:
            return
        entries = np.concatenate(self.packed)
        self.packed, self.entries = [], 0
        order = np.argsort(entries[:, 0], kind="stable")
        entries = entries[order]
        starts = np.flatnonzero(np.diff(entries[:, 0], prepend=entries[0, 0] - 1))
        self.distinct += len(starts)
        changes = np.flatnonzero((np.diff(entries[:, 0]) == 0) & (np.diff(entries[:, 1]) != 0))
        groups = np.unique(np.searchsorted(starts, changes, side="right") - 1)
        for group in groups[np.argsort(order[starts[groups]])].tolist():
            stop = starts[group + 1] if group + 1 < len(starts) else len(entries)
            self.failed += 1
            others, numbers, packets, times = entries[starts[group] : stop, 1:].T.tolist()
            yield others, numbers, packets, times
        self.texts = {}


class LiveLedger:
    """Notices the second other of a key as it comes; names the first entry of each other.

    It holds ``MOST_ENTRIES``, or the newer half of them.  A key is told once, and again only where one more other comes that has a name of
    its own.
    """

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.fresh: list[Entry] = []
        """Put new entries here."""
        self.distinct = self.failed = self.full = 0
        self._young: dict[int, _Rest] = {}
        self._newer, self._older = _none(), _none()
        self._told: Recent[tuple[_Rest, ...]] = Recent(MOST_TOLD)
        self._named: Recent[tuple[_Rest, ...]] = Recent(MOST_TOLD_NAMED)
        self._texts: Recent[str] = Recent(MOST_TEXTS)

    def __len__(self) -> int:
        """Return how many entries it holds."""
        return len(self._young) + len(self._newer[0]) + len(self._older[0])

    @property
    def forgotten(self) -> int:
        """How many keys that were told are forgotten, so that they may be told again."""
        return self._told.forgotten + self._named.forgotten

    def call(self, other: int, text: str) -> None:
        """Remember what an other is called."""
        if self._texts.get(other) is None:
            self._texts.put(other, text)

    def called(self, other: int) -> str | None:
        """Return what an other is called."""
        return self._texts.get(other)

    def notice(self, *, end: bool = False) -> Iterator[Group]:
        """Compare what is fresh with all that is held; give the keys of which a second other came, or one more of its own name."""
        del end  # nothing waits for it
        fresh, self.fresh = self.fresh, []
        if not fresh:
            return
        known = self._find([entry[0] for entry in fresh])
        for key, *rest in fresh:
            other, number, packet, time = rest
            one = (other, number, packet, time)
            told = self._named.get(key) or self._told.get(key)
            if told is None:
                before = self._young.get(key) or known.get(key)
                if before is None:
                    self._young[key] = one
                    self.distinct += 1
                    continue
                told = (before,)
            if any(other == before[0] for before in told) or (len(told) > 1 and not self._may_grow(told, other)):
                continue
            self.failed += len(told) == 1
            told = (*told, one)
            (self._named if self.called(other) is not None else self._told).put(key, told)
            yield [each[0] for each in told], [each[1] for each in told], [each[2] for each in told], [each[3] for each in told]
        if len(self._young) >= MOST_YOUNG:
            self._pack()

    def _may_grow(self, told: tuple[_Rest, ...], other: int) -> bool:
        """Whether one more other of a key that was told is to be told."""
        return len(told) < MOST_OTHERS and self.called(other) is not None

    def _find(self, keys: list[int]) -> dict[int, _Rest]:
        """Return the entries of these keys that are in the arrays."""
        found: dict[int, _Rest] = {}
        wanted: Array = np.array(keys, dtype=np.int64)
        for known, rest in (self._older, self._newer):
            if len(known):
                places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
                for at in np.flatnonzero(known[places] == wanted).tolist():
                    other, number, packet, time = rest[places[at]].tolist()
                    found[keys[at]] = (other, number, packet, time)
        return found

    def _pack(self) -> None:
        """Put young entries into the newer array; where it is full it becomes the older one, and that is let go."""
        keys, rest = self._newer
        keys = np.concatenate([keys, np.fromiter(self._young, dtype=np.int64, count=len(self._young))])
        rest = np.concatenate([rest, np.array(list(self._young.values()), dtype=np.int64)])
        self._young = {}
        order = np.argsort(keys, kind="stable")
        self._newer = keys[order], rest[order]
        if len(keys) >= MOST_ENTRIES // 2:
            self.full += len(self._older[0]) > 0
            self._older, self._newer = self._newer, _none()


def _none() -> tuple[Array, Array]:
    return np.zeros(0, dtype=np.int64), np.zeros((0, 4), dtype=np.int64)
