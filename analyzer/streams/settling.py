"""Settling: which flows fell silent, so that a handshake that is over is told while its connection goes on.

Here lives: the choice, for flows and exchanges alike; it is asked only where somebody waits (live), some twenty times a second.  Here does
not live: what is over (a Listener: ``handshakes``), ending flows (``table``, ``exchanges``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections import OrderedDict
    from collections.abc import Iterator

    from analyzer.limits import Limits

__all__ = ["Settling"]

SLACK = 10**9
"""Nanoseconds: the flows of one block stand in the order of their first segments in it, not of their last."""


class _Spoke(Protocol):
    last: int


T = TypeVar("T", bound=_Spoke)


class Settling(Generic[T]):
    """Remembers how far it has looked, and who wants to be asked again."""

    def __init__(self, limits: Limits) -> None:
        """Have looked at nothing."""
        self._wait = limits.settle_ms * 10**6
        self._looked = 0
        self._again: dict[T, int] = {}

    def silent(self, everyone: OrderedDict[T, None], now: int) -> Iterator[T]:
        """Walk those that fell silent since it was asked last, or are due again; ``everyone`` is in order of when they last spoke."""
        due = now - self._wait
        chosen = [one for one, time in self._again.items() if time <= now]
        for one in chosen:
            del self._again[one]
        for one in reversed(everyone):
            if one.last <= self._looked - SLACK:
                break
            if one.last <= due:
                chosen.append(one)
        self._looked = due if due < self._looked - 10 * SLACK else max(due, self._looked)  # a clock may be set back
        for one in dict.fromkeys(chosen):
            if one in everyone:
                yield one

    def later(self, one: T, time: int) -> None:
        """Ask for this one again at a time; 0: only when it has spoken again."""
        if time:
            self._again[one] = time
