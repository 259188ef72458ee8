"""Accounting: what became of the packets of a live run, and what the run itself takes, as lines for a person.

Here lives: these lines, and noticing that packets were dropped.  Here does not live: the figures (``capture.live``, ``pipeline``), the run.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.capture.live.watching import Account
    from analyzer.watching import Watch

__all__ = ["Stats", "Tallied", "account_line", "fresh_drops"]

STATS_SECONDS = 10.0
_MIB = 1 << 20


def account_line(account: Account) -> str:
    """Return what became of the packets of one interface; what its program does not tell is said to be not known."""
    lost = {"kernel": account.dropped_by_kernel, "interface": account.dropped_by_interface}
    told = ", ".join(f"{count:,} dropped by the {where}" for where, count in lost.items() if count is not None)
    untold = " and by the ".join(where for where, count in lost.items() if count is None)
    silent = f"drops by the {untold} not known ({account.program} does not tell)" if untold else ""
    return f"{account.interface}: " + ", ".join(
        filter(None, (f"{_number(account.received, 'packet')} received", told, silent, f"{account.unread:,} unread"))
    )


def fresh_drops(accounts: Sequence[Account], known: Counter[str]) -> Iterator[str]:
    """Give a line for each interface that has lost packets since ``known``, which is brought up to date."""
    for account in accounts:
        fresh = account.dropped - known[account.interface]
        if fresh > 0:
            known[account.interface] = account.dropped
            yield f"{account.interface}: {_number(fresh, 'packet')} dropped ({account.dropped:,} in all): handshakes may have gaps"


class Tallied:
    """Handshakes of a run, counted for its last words; ``add`` each once, ``change`` one that turned out otherwise."""

    def __init__(self) -> None:
        self.handshakes = 0
        self.outcomes: Counter[str] = Counter()
        self._begun = time.monotonic()

    def add(self, outcome: str) -> None:
        """Count one."""
        self.handshakes += 1
        self.outcomes[outcome] += 1

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begun

    def line(self) -> str:
        """Return how many there were and how they went."""
        went = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in self.outcomes.most_common())
        return f"{_number(self.handshakes, 'handshake')} in {self.seconds:,.1f} s" + (f": {went}" if went else "")


class Stats:
    """What the run takes, a line every ten seconds and one at the end: ``key=value`` words, for people and for programs."""

    def __init__(self, watch: Watch, tallied: Tallied) -> None:
        """Begin to count now."""
        import psutil  # noqa: PLC0415 - only who asks pays for it

        self._watch = watch
        self._tallied = tallied
        self._process = psutil.Process()
        self._next = time.monotonic() + STATS_SECONDS
        self._before = (time.monotonic(), 0, 0)

    def due(self) -> bool:
        """Whether ten seconds have passed."""
        return time.monotonic() >= self._next

    def line(self) -> str:
        """Return the figures of now; rates are those since the line before."""
        now, watch = time.monotonic(), self._watch
        self._next = now + STATS_SECONDS
        packets, handshakes = watch.counters.packets, self._tallied.handshakes
        then, packets_then, handshakes_then = self._before
        self._before = now, packets, handshakes
        passed = max(now - then, 1e-3)
        accounts = watch.accounts()
        used = self._process.cpu_times()
        words = {
            "seconds": f"{self._tallied.seconds:.1f}",
            "packets": packets,
            "packets_per_second": f"{(packets - packets_then) / passed:.0f}",
            "handshakes": handshakes,
            "handshakes_per_second": f"{(handshakes - handshakes_then) / passed:.1f}",
            "received": sum(account.received for account in accounts),
            "dropped": sum(account.dropped for account in accounts),
            "unread": sum(account.unread for account in accounts),
            "waiting_mib": f"{watch.waiting / _MIB:.1f}",
            "flows": watch.counters.flows,
            "flows_expired": watch.counters.expired,
            "flows_mib": f"{watch.counters.held / _MIB:.1f}",
            "memory_mib": f"{self._process.memory_info().rss / _MIB:.1f}",
            "cpu_seconds": f"{used.user + used.system:.1f}",
        }
        return "stats: " + " ".join(f"{name}={value}" for name, value in words.items())


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
