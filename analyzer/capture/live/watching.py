"""Watching: several interfaces as one body of traffic that has not ended, and the time that passes on it.

Packets of several interfaces are put in order of time; one that is silent holds the others back for a moment only.  Where nothing comes,
Blocks without packets tell how late it is, so that what waits for silence learns of it.  Here lives: that order, the ticks, ending.  Here
does not live: reading one of them (``tap``), catching (``programs``, ``sniffing``), what packets mean.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.capture.block import SOURCE_SHIFT, Block
from analyzer.capture.body import join
from analyzer.capture.live.opening import open_catcher
from analyzer.capture.live.piped import Piped, is_pipe
from analyzer.capture.live.tap import Inbox, Tap
from analyzer.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.capture.live.request import Catcher, Request, Tally
    from analyzer.capture.source import Source
    from analyzer.limits import Limits

__all__ = ["Account", "Live", "open_catchers"]

TICK, FAST_TICK = 0.05, 0.02
"""Seconds after which a Block comes even where no packet did; of several interfaces, whose packets wait for each other."""
HOLDS_NS = {"dumpcap": 260_000_000}
"""Nanoseconds that packets wait for earlier ones of other interfaces, by who catches: dumpcap's kernel buffer is emptied every 250 ms."""
HOLD_NS = 60_000_000
"""Nanoseconds that the others may take."""
DRAIN = 1.2
"""Seconds that catchers get to hand on what they hold after they were asked to end; what comes later is counted as unread."""
SAME_CLOCK_NS = 1_000_000_000
"""Packets at most so much older than now were timed by this machine's clock and took their time; others come from another clock."""
JUMP_NS = 10_000_000_000
"""Another clock is taken to run like ours; one that goes ahead or back by more was set, or another capture follows in the pipe."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the packets of one interface, as far as it is known; None where its catcher does not say it (yet)."""

    interface: str
    program: str
    received: int
    """Packets that reached the capture."""
    read: int
    """Those of them that were looked at."""
    dropped_by_kernel: int | None = None
    dropped_by_interface: int | None = None

    @property
    def unread(self) -> int:
        """Packets that were captured and not looked at."""
        return max(self.received - self.read, 0)

    @property
    def dropped(self) -> int:
        """Packets lost, as far as it is known."""
        return (self.dropped_by_kernel or 0) + (self.dropped_by_interface or 0)


def open_catchers(requests: Sequence[Request], program: str | None = None) -> list[tuple[str, Catcher]]:
    """Return the catcher of each request with the name of its interface.  Raises LiveError; then none is left running."""
    catchers: list[tuple[str, Catcher]] = []
    try:
        for request in requests:
            catcher = Piped(request.interface) if is_pipe(request.interface) else open_catcher(request, program)
            catchers.append((request.interface, catcher))
    except BaseException:
        for _, catcher in catchers:
            catcher.close()
        raise
    return catchers


class Live:
    """Iterate it once: Blocks as packets come, ticks between them, until ``stop`` (from any thread) or until no interface is left."""

    def __init__(self, catchers: Sequence[tuple[str, Catcher]], limits: Limits) -> None:
        """Begin to read: (name of an interface, its catcher), one for each."""
        self._inbox = Inbox(limits.unread_bytes)
        self.taps = [Tap(name, index, catcher, self._inbox, limits) for index, (name, catcher) in enumerate(catchers)]
        self.sources: list[Source] = [tap.source for tap in self.taps]
        self._hold = max((HOLDS_NS.get(catcher.name, HOLD_NS) for _, catcher in catchers), default=0)
        self._tick = TICK if len(self.taps) == 1 else FAST_TICK
        self._stopped: float | None = None
        self._read = [0] * len(self.taps)
        self._offset: int | None = None
        """How much the packets' clock is behind ours, ns; None before the first packet."""
        self._ours = False
        """Packets are timed by this machine's clock."""

    # ------------------------------------------------------------------------------------------------ asking and ending

    def stop(self) -> None:
        """End watching: what was captured until now still comes.  From any thread, also within a signal handler."""
        if self._stopped is None:
            self._stopped = time.monotonic()
            for tap in self.taps:
                tap.catcher.stop()

    @property
    def stopped(self) -> bool:
        """Whether somebody has ended it."""
        return self._stopped is not None

    @property
    def waiting(self) -> int:
        """Bytes of packets that wait to be read."""
        return self._inbox.bytes

    def ended(self) -> list[str]:
        """Return why interfaces ended by themselves, a line each."""
        return [tap.reason for tap in self.taps if tap.over and tap.reason]

    def accounts(self) -> list[Account]:
        """Return what became of the packets until now, one for each interface."""
        return [self._account(tap, read) for tap, read in zip(self.taps, self._read, strict=True)]

    def close(self) -> None:
        """End everything at once."""
        self._inbox.shut()
        for tap in self.taps:
            tap.close()

    # ------------------------------------------------------------------------------------------------ walking

    def __iter__(self) -> Iterator[Block]:
        """Walk the Blocks.  A KeyboardInterrupt while it waits is a ``stop``."""
        held: list[Block] = []
        try:
            while True:
                over = all(tap.over for tap in self.taps)  # asked before what came is taken: what ended has put all of it in
                try:
                    came = self._inbox.take(0 if over else self._tick)
                except KeyboardInterrupt:
                    if self._stopped is not None:
                        raise
                    self.stop()
                    continue
                held += [block for _, block in came]
                ended = over or (self._stopped is not None and time.monotonic() - self._stopped > DRAIN)
                yield from self._ready(held, everything=ended)
                if ended:
                    return
        finally:
            self.close()

    def _ready(self, held: list[Block], *, everything: bool) -> Iterator[Block]:
        """Give what is due of the Blocks held, in order, each with the time; the rest stays.  Where nothing is due, only the time."""
        due = [*held] if len(self.taps) == 1 else self._due(held, everything=everything)
        if len(self.taps) == 1:
            held.clear()
        for block in due:
            self._set_clock(int(block.time.max()))
            for index, count in enumerate(np.bincount(block.packet >> SOURCE_SHIFT, minlength=len(self._read)).tolist()):
                self._read[index] += count
            block.until = max(self._now(), block.now)
            yield block
        if not due:
            yield Block.tick(self._now())

    def _due(self, held: list[Block], *, everything: bool) -> list[Block]:
        """Take out of what is held, of several interfaces, what nothing earlier can come before any more, as one Block."""
        for block in held:
            self._set_clock(int(block.time.max()))
        horizon = self._now() - self._hold
        due, rest = [], []
        for block in held:
            early = np.ones(len(block), bool) if everything else block.time <= horizon
            if early.any():
                due.append(block if early.all() else block.take(np.flatnonzero(early)))
            if not early.all():
                rest.append(block.take(np.flatnonzero(~early)))
        held[:] = rest
        return [join(due)] if due else []

    def _now(self) -> int:
        """Return the time on the wire, 0 before the first packet."""
        return 0 if self._offset is None else time.time_ns() - self._offset

    def _set_clock(self, latest: int) -> None:
        """Learn how far the packets' clock is from ours by the time of the latest packet."""
        behind = time.time_ns() - latest
        if 0 <= behind <= SAME_CLOCK_NS:
            self._offset, self._ours = 0, True
        elif self._ours or self._offset is None or abs(behind - self._offset) > JUMP_NS:
            self._offset = behind  # by our own clock we are behind ourselves: the next packets are here already
        else:
            self._offset = min(behind, self._offset)

    def _account(self, tap: Tap, read: int) -> Account:
        tally: Tally = tap.catcher.tally()
        return Account(
            interface=tap.name,
            program=tap.catcher.name,
            received=max(tally.received or 0, tap.source.packets),
            read=read,
            dropped_by_kernel=tap.source.dropped if tally.dropped_by_kernel is None else tally.dropped_by_kernel,
            dropped_by_interface=tally.dropped_by_interface,
        )
