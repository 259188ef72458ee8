"""Memory: what was judged or told before, so that it is not again — as hashes, the oldest let go where there is no room.

Here lives: a set and a mapping that are bounded, and how rules judged a thing last.  Here does not live: what is remembered
(``showings``, ``merging``, ``ledgers``, ``live``).  Hashes are Python's own, drawn afresh in each process: nobody outside chooses one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
import numpy as np

from analyzer.findings.rule import FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.findings.frame import Array, Mask

__all__ = ["Marks", "News", "Recent", "Standing", "apart"]

T = TypeVar("T")

_TOLD = 4
"""Beside a state (``rule.STATES``): that the rule failed was told, be it now or before."""
_MOST_DISTINCT = 4096
"""Distinct judgements that are held once for all things that share them, 100 bytes each; real traffic has some hundreds."""


class Recent(Generic[T]):
    """Number -> value, at most ``most``: past it the older half is let go, where it was not asked for since."""

    def __init__(self, most: int) -> None:
        self._half = max(most // 2, 1)
        self._young: dict[int, T] = {}
        self._old: dict[int, T] = {}
        self.forgotten = 0
        """How many were let go."""

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._young) + len(self._old)

    def __contains__(self, key: int) -> bool:
        """Whether a number is remembered."""
        return key in self._young or key in self._old

    def get(self, key: int) -> T | None:
        """Return a number's value, None where it is not known; it is young again by that."""
        value = self._young.get(key)
        if value is None and key in self._old:
            value = self._old.pop(key)
            self.put(key, value)
        return value

    def put(self, key: int, value: T) -> None:
        """Remember a value."""
        self._old.pop(key, None)
        self._young[key] = value
        if len(self._young) >= self._half:
            self.forgotten += len(self._old)
            self._old, self._young = self._young, {}

    def drop(self, key: int) -> None:
        """Forget a number, known or not."""
        self._young.pop(key, None)
        self._old.pop(key, None)


class Marks:
    """Numbers, at most ``most``: past it the older half is let go, where it was not asked for since."""

    def __init__(self, most: int) -> None:
        self._half = max(most // 2, 1)
        self._young: set[int] = set()
        self._old: set[int] = set()
        self.forgotten = 0
        """How many were let go."""

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._young) + len(self._old)

    def __contains__(self, mark: int) -> bool:
        """Whether a number is remembered; it is young again by that."""
        if mark in self._young:
            return True
        if mark not in self._old:
            return False
        self.add(mark)
        return True

    def add(self, mark: int) -> None:
        """Remember a number."""
        self._old.discard(mark)
        self._young.add(mark)
        if len(self._young) >= self._half:
            self.forgotten += len(self._old)
            self._old, self._young = self._young, set()


class News(msgspec.Struct, frozen=True):
    """What is new of things that were judged: of masks and states a row is a rule, a column a thing."""

    fresh: Mask
    """Where a rule fails of which that was not told."""
    places: list[int]
    """Which of the things were judged before."""
    earlier: Array
    """How these were judged then, int8."""


class Standing(Recent[bytes]):
    """How each thing was judged last, by its hash or number: who judges it again tells only what is new, and counts it once."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._distinct: dict[bytes, bytes] = {}

    def renew(self, keys: Sequence[int], states: Array, kept: Sequence[bool] | None = None) -> News:
        """Take how rules judge things, int8 (a row is a rule, a column the thing of that key, each key once); return what is new.

        Things that are not ``kept`` are forgotten: they do not come again.
        """
        known = [(at, before) for at, before in enumerate(map(self.get, keys)) if before is not None]
        places = [at for at, _ in known]
        fresh = told = states == FAILED
        before: Array = np.frombuffer(b"".join([one for _, one in known]), dtype=np.int8).reshape(len(known), len(states)).T
        if known:
            was = before & _TOLD != 0
            fresh, told = fresh.copy(), told.copy()
            fresh[:, places] &= ~was
            told[:, places] |= was
        self._keep(keys, np.where(told, states | _TOLD, states).astype(np.int8), kept)
        return News(fresh, places, before & (_TOLD - 1))

    def _keep(self, keys: Sequence[int], states: Array, kept: Sequence[bool] | None) -> None:
        """Remember, or forget: what most things share is held once."""
        if len(self._distinct) > _MOST_DISTINCT:
            self._distinct.clear()
        data, width = states.T.tobytes(), len(states)
        for at, key in enumerate(keys):
            if kept is None or kept[at]:
                told = data[at * width : (at + 1) * width]
                self.put(key, self._distinct.setdefault(told, told))
            else:
                self.drop(key)


def apart(keys: Sequence[Any]) -> list[list[int]]:
    """Return places of keys in stretches in which none stands twice: what was judged of the first is known when the second is."""
    stretches: list[list[int]] = [[]]
    seen: set[Any] = set()
    for at, key in enumerate(keys):
        if key in seen:
            stretches.append([])
            seen = set()
        seen.add(key)
        stretches[-1].append(at)
    return stretches
