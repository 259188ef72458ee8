"""The library face of live capture: ``watch(interfaces) → Watch``, handshakes as they happen, and a Scan of all of them at the end.

Here lives: opening what the caller names, what is told when, ending.  Here does not live: the road (``pipeline``), captures
(``capture.live``), printing.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING

from analyzer.capture.live import SNAPLEN, Request
from analyzer.capture.live.watching import Live, open_catchers
from analyzer.findings.judging import Judging, moment_of
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT, Limits
from analyzer.packets.flowkey import key_between
from analyzer.pipeline import Counters, handshakes
from analyzer.scanning import Scan, several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

    from analyzer.capture.block import Block
    from analyzer.capture.keeping import Keeper
    from analyzer.capture.live.watching import Account
    from analyzer.handshakes.prelude import Plain

__all__ = ["Watch", "keep", "watch"]


class Watch:
    """Iterate it once: each Handshake when it is over, within a third of a second; it fills on until its connection is over too.

    ``stop`` ends it, from any thread; so does the end of ``duration`` (seconds) or ``count`` handshakes.  ``scan`` walks what is left and
    returns everything as a Scan.  ``sources`` and ``counters`` fill on the way; ``accounts`` tells what became of the packets.
    """

    reading = False
    """A signal handler need not raise while it waits (``cli.interrupts``): it ticks, and is stopped at the next tick."""

    def __init__(
        self,
        live: Live,
        limits: Limits = DEFAULT,
        *,
        duration: float | None = None,
        count: int | None = None,
        tick: Callable[[], None] = lambda: None,
        keeper: Keeper | None = None,
        judging: Judging | None = None,
    ) -> None:
        """``tick`` is called some twenty times a second; ``keeper`` keeps packets of handshakes."""
        self.sources = live.sources
        self.counters = Counters()
        self.now = 0
        """Time on the wire, ns since 1970; 0 before the first packet."""
        self._live = live
        self._until = None if duration is None else time.monotonic() + duration
        self._count = count
        self._tick = tick
        self._judging = judging
        self.change: str | None = None
        """What telling the handshake at hand says: None: it was not told before, "" nothing new, else what has changed since."""
        self._told: dict[int, tuple[str, int]] = {}
        """Handshakes of open connections that were told -> what they said then."""
        self._walk = handshakes(self._blocks(), limits, self.counters, live=True, keeper=keeper)
        self._scanned: Scan | None = None

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it at once."""
        self.close()

    def __iter__(self) -> Iterator[Handshake]:
        """Walk the handshakes, each once."""
        for one in self.everything():
            if isinstance(one, Handshake) and self.change is None:
                yield one

    def everything(self) -> Iterator[Handshake | Plain]:
        """Walk what is told as it is told: a Handshake ``open`` and once more when its connection is over (``change``); Plain."""
        left = self._count
        try:
            for one in self._walk:
                if isinstance(one, Handshake):
                    self.change = self._news(one)
                    if left is not None and self.change is None:
                        if not left:
                            self._told.pop(one.number, None)
                            continue  # it ends: what was told before is told to its end, and nothing new
                        left -= 1
                        if not left:
                            self.stop()
                yield one
        finally:
            self.close()

    def _news(self, one: Handshake) -> str | None:
        says = one.outcome, len(one.anomalies)
        before = self._told.get(one.number)
        if one.open:
            self._told[one.number] = says
        else:
            self._told.pop(one.number, None)
        if before is None:
            return None
        return "outcome" if before[0] != says[0] else "anomalies" if before[1] != says[1] else ""

    def stop(self) -> None:
        """End watching: what was captured until now is still told, half-done handshakes as cut.  From any thread."""
        self._live.stop()

    def close(self) -> None:
        """End watching at once."""
        self._live.close()

    def accounts(self) -> list[Account]:
        """Return what became of the packets of each interface until now."""
        return self._live.accounts()

    def ended(self) -> list[str]:
        """Return why interfaces ended by themselves, a line each."""
        return self._live.ended()

    @property
    def stopped(self) -> bool:
        """Whether somebody has ended it."""
        return self._live.stopped

    @property
    def waiting(self) -> int:
        """Bytes of packets that came and were not looked at yet."""
        return self._live.waiting

    def scan(self) -> Scan:
        """Watch to the end and return everything that was told as a Scan; an interrupt only ends the watching."""
        if self._scanned is None:
            with _interrupts(self.stop):
                self._scanned = Scan(self, self._judging)
        return self._scanned

    def _blocks(self) -> Iterator[Block]:
        walk = iter(self._live)
        while True:
            block = next(walk, None)
            if block is None:
                return
            self.now = block.now or self.now
            yield block
            self._tick()
            if self._until is not None and time.monotonic() >= self._until:
                self._live.stop()


def keep(keeper: Keeper, one: Handshake | Plain) -> None:
    """Write the packets of what was told to the keeper's file.  Raises OSError where that cannot be written."""
    key = key_between(*((end.address, end.port) for end in (one.client, one.server)))
    if not isinstance(one, Handshake):
        keeper.told(key)
        return
    moved = [*one.packets, *(event.packet for event in one.events)] if one.transport == "udp" else ()
    keeper.told(key, moved, over=not one.open)


@contextlib.contextmanager
def _interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first interrupt (Ctrl-C, a notebook's stop button) call ``stop`` and a second one interrupt; only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def hear(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        stop()

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def watch(
    interfaces: str | Sequence[str],
    *,
    filter: str = "",  # noqa: A002 - what it is called everywhere
    snaplen: int = SNAPLEN,
    promiscuous: bool = True,
    monitor: bool = False,
    capture_with: str | None = None,
    duration: float | None = None,
    count: int | None = None,
    limits: Limits = DEFAULT,
    trust_store: str | Sequence[str] = (),
    trust_ca: str | Sequence[str] = (),
    at: str = "capture",
    policy: str | Sequence[str] = (),
) -> Watch:
    """Capture on interfaces ("eth0", "any", several of them, "-" for a capture on standard input) and return the walk over handshakes.

    ``filter``: a BPF filter (pcap-filter(7)); ``capture_with``: dumpcap, tcpdump or scapy, by default the first that is there;
    ``duration``: seconds after which it ends, ``count``: handshakes; the rest as for ``scan``.  Raises LiveError: no such interface, no
    permission, a wrong filter, no such program.

    >>> for handshake in watch("eth0", duration=60):  # doctest: +SKIP
    ...     print(handshake.outcome)
    >>> watch("eth0", duration=60).scan().handshakes  # doctest: +SKIP
    """
    judging = Judging(trust_store=several(trust_store), trust_ca=several(trust_ca), at=moment_of(at), policies=several(policy))
    asked = [
        Request(interface=one, filter=filter, snaplen=snaplen, promiscuous=promiscuous, monitor=monitor)
        for one in dict.fromkeys(several(interfaces))
    ]
    live = Live(open_catchers(asked, capture_with), limits)
    return Watch(live, limits, duration=duration, count=count, judging=judging)
