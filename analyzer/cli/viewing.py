"""Viewing: what standard output shows of a live run: the live table on a terminal, a line a handshake elsewhere, or nothing.

Here lives: the three views and the choice.  Here does not live: how they look (``reports.board``, ``reports.lines``), the terminal
(``screen``), what is told when (``live``).
"""

from __future__ import annotations

import select
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from analyzer.cli.messages import say
from analyzer.reports import LIVE_TEXT
from analyzer.reports.overview import overview
from analyzer.reports.paint import Paint
from analyzer.reports.totals import Status

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from analyzer.cli.accounting import Tallied
    from analyzer.reports import Format
    from analyzer.reports.report import End, Options, Report
    from analyzer.watching import Watch

__all__ = ["Lines", "Quiet", "Table", "View"]

Told = tuple["Report", frozenset[str]]
"""A report, and the tables that take judgement which it tells."""
RATE_SECONDS = 1.0
"""Rates on the screen are those of the last second."""
GONE_SECONDS = 0.5
"""How often it is looked whether the reader of a pipe is gone."""


class View(Protocol):
    """What standard output shows; entered before the first packet, left whatever happens."""

    late: bool
    """It is written at the end, and is told what a file's report is."""

    @property
    def reports(self) -> list[Told]:
        """What is to be told each handshake."""

    def draw(self, watch: Watch, tallied: Tallied) -> None:
        """Bring the picture up to date; called some twenty times a second.  Raises OSError where nobody reads."""

    def note(self, text: str) -> None:
        """Say a line that must be seen now."""

    def close(self, end: End, tallied: Tallied) -> None:
        """Say the last words on standard output."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the terminal as it was."""


class Quiet:
    """Nothing but messages."""

    late = False

    def __init__(self) -> None:
        self.reports: list[Told] = []

    def draw(self, watch: Watch, tallied: Tallied) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Say it on standard error."""
        say(text)

    def close(self, end: End, tallied: Tallied) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Do nothing."""


class Lines(Quiet):
    """Rows in a format, as they come."""

    def __init__(self, out: BinaryIO, one: Format, options: Options) -> None:
        super().__init__()
        self.reports = [(one.open(out, options), one.tells(options.table))]
        self.late = not one.streaming
        self._poll = None
        self._next = 0.0
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(sys.stdout.fileno(), 0)

    def draw(self, watch: Watch, tallied: Tallied) -> None:
        """Notice that nobody reads any more, also where there is nothing to write."""
        del watch, tallied
        if self._poll is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + GONE_SECONDS
            if any(event & select.POLLERR for _, event in self._poll.poll(0)):
                raise BrokenPipeError


class Table:
    """The live table on a terminal, and the summary where it was, in the end."""

    late = False

    def __init__(self, options: Options, view: str, *, capture_filter: str = "") -> None:
        from analyzer.cli.screen import Screen  # noqa: PLC0415 - only terminals need it
        from analyzer.reports.board import Board  # noqa: PLC0415 - as above

        self._options = options
        self._filter = capture_filter
        self._board = Board(options, view)
        self._screen = Screen(self._board, sys.stdout)
        self._sums: list[tuple[str, list[tuple[str, str]]]] = []
        self.reports: list[Told] = [(self, LIVE_TEXT.tells(options.table) | {"readiness"})]
        self._rates = (0.0, 0.0)
        self._before = (time.monotonic(), 0, 0)
        self._dropped: int | None = None
        self._unread = 0

    # ---- as a report

    def add(self, told: Any) -> None:
        """Tell one handshake."""
        self._board.add(told)
        if told.over:
            self._sums = list(told.sums())

    def flush(self) -> None:
        """Do nothing: it is drawn by the clock."""

    def end(self, end: End) -> None:
        """Do nothing: what is said in the end stands in ``close``."""

    # ---- as a view

    def draw(self, watch: Watch, tallied: Tallied) -> None:
        """Bring the picture up to date."""
        now = time.monotonic()
        then, packets, handshakes = self._before
        if now - then >= RATE_SECONDS:
            self._rates = (watch.counters.packets - packets) / (now - then), (tallied.handshakes - handshakes) / (now - then)
            self._before = now, watch.counters.packets, tallied.handshakes
            accounts = watch.accounts()
            known = [account.dropped for account in accounts if account.dropped_by_kernel is not None]
            self._dropped = sum(known) if known else None
            self._unread = sum(account.unread for account in accounts) if watch.stopped else 0
        self._screen.draw(Status(
            interfaces=tuple(source.name for source in watch.sources), filter=self._filter, seconds=tallied.seconds,
            packets=watch.counters.packets, packets_per_second=self._rates[0], handshakes_per_second=self._rates[1],
            dropped=self._dropped, unread=self._unread, flows=watch.counters.flows,
        ))  # fmt: skip
        if self._screen.gone:
            raise BrokenPipeError

    def note(self, text: str) -> None:
        """Show it in the picture."""
        self._board.note(text)

    def close(self, end: End, tallied: Tallied) -> None:
        """Give the terminal back and write the summary."""
        del tallied
        self._screen.close()
        paint = Paint(shutil.get_terminal_size().columns, color=self._options.color)
        for line in overview(self._board.summary, self._board.concerns, self._sums, end, self._options, paint.width):
            sys.stdout.buffer.write(paint.line(line))
        sys.stdout.flush()

    def __enter__(self) -> Self:
        """Open the terminal."""
        self._screen.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give it back."""
        self._screen.close()
