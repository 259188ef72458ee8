"""Viewing: what standard output shows of a live run: the live table on a terminal, a line a handshake elsewhere, or nothing.

Here lives: the three views and the choice.  Here does not live: how they look (``reports.board``, ``reports.lines``), the terminal
(``screen``), what is told when (``live``).
"""

from __future__ import annotations

import select
import sys
import time
from typing import TYPE_CHECKING, BinaryIO, Protocol

from analyzer.cli.messages import say

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
GONE_SECONDS = 0.5
"""How often it is looked whether the reader of a pipe is gone."""


class View(Protocol):
    """What standard output shows; entered before the first packet, left whatever happens."""

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
