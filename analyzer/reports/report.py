"""Report: what every output format is, and what the formats are told.

Here lives: the types and the one loop that walks a stream for all reports at once.  Here does not live: any one format, files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import msgspec

from analyzer.errors import CaptureError
from analyzer.findings import readiness
from analyzer.findings.finding import severity_rank
from analyzer.findings.judging import Judging
from analyzer.findings.tables import JUDGED, JudgedBook, rows_of
from analyzer.handshakes.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from analyzer.facts.table import Row, Table
    from analyzer.findings.judge import Judge
    from analyzer.findings.live import LiveJudge
    from analyzer.handshakes.prelude import Plain
    from analyzer.scanning import Counters, Source

__all__ = ["End", "Options", "Report", "Told", "tell"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may ask of a report.  ``tables`` are all tables, ``table`` is the one that a one-table format writes."""

    tables: dict[str, Table]
    table: str = "handshakes"
    width: int = 240
    """Columns of text; the same wherever the output is no terminal."""
    color: bool = False
    version: str = ""
    """Of tlsscan."""
    registry: str = ""
    """Date of the names of numbers."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the walk is over."""

    sources: list[Source]
    counters: Counters
    interrupted: bool = False


_BRIEF = frozenset({"post-quantum offers", "post-quantum outcome", "post-quantum retries", "classical forced by"})
"""What of post-quantum readiness stands in a summary; the table has all of it."""
MOST_CERTIFICATES = 100_000
"""Live: certificates that are remembered as told, 150 bytes each; past it all are forgotten, and have a row again when they are shown."""
_FORGOTTEN = "certificates that had a row were forgotten, and have another where they are shown again"


class Told:
    """One handshake after another as rows of the tables; the rows of a table are made once for all the reports that ask.

    Rows of the tables of findings come with one of the handshakes after theirs, or at the end; ``live`` at the next ``pulse``.
    """

    def __init__(
        self,
        tables: dict[str, Table],
        sources: list[Source],
        judging: Judging | None = None,
        *,
        wanted: Container[str] = (),
        judged: bool = False,
        live: bool = False,
    ) -> None:
        """Start with the tables and the stream's list of sources, which may still grow.

        Where one of the ``wanted`` tables takes judgement, or with ``judged``, everything is judged, by ``judging``.  Raises JudgingError.
        ``live``: somebody waits; handshakes may come twice (``Handshake.open``), and what is found comes at each ``pulse``.
        """
        self._tables = tables
        self._sources = sources
        judging = judging or Judging()
        self._book = JudgedBook([source.name for source in sources], judging=judging)
        self._live = live
        self.judge: Judge | None = None
        self._pulsed: LiveJudge | None = None
        if judged or any(table in wanted for table in JUDGED):
            if live:
                from analyzer.findings.live import LiveJudge  # noqa: PLC0415 - only who judges pays for it

                self.judge = self._pulsed = LiveJudge(judging, lambda: self._book.sources, wanted)
            else:
                from analyzer.findings.judge import Judge  # noqa: PLC0415 - only who judges pays for it

                self.judge = Judge(judging, lambda: self._book.sources, wanted)
        self._rows: dict[str, list[Row]] = {}
        self.handshake: Any = None
        self.over = False
        """Everything was told, and what is known only at the end can be asked for."""
        self._one: Any = None
        self._forgotten = 0

    @property
    def sources(self) -> list[str]:
        """Names of the captures, as packet ids count them."""
        return self._book.sources

    def take(self, one: Handshake | Plain) -> None:
        """Turn to the next handshake, or to a connection that came to none (then ``handshake`` is None)."""
        self.handshake = one if isinstance(one, Handshake) else None
        self._one = one
        self._rows = {}
        if len(self._book.sources) != len(self._sources):
            self._book.sources[:] = [source.name for source in self._sources]
        if self._live:
            self._book.asked = None  # the same handshake may come again, and have failed since
            if len(self._book.certificates_told) > MOST_CERTIFICATES:
                self._book.certificates_told.clear()
                self._forgotten += 1
        if self.judge is not None:
            self.judge.take(one, self.rows)

    def worse_than(self, severity: str) -> bool:
        """Whether something of this severity or graver was found."""
        worst = self.judge.worst if self.judge is not None else None
        return worst is not None and severity_rank(worst) <= severity_rank(severity)

    def given_up(self) -> dict[str, int]:
        """Return what was given up for want of room or time, in words -> how often; no handshake is lost by it."""
        given_up = {} if self.judge is None else self.judge.given_up()
        return given_up | ({_FORGOTTEN: self._forgotten} if self._forgotten else {})

    def sums(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Give what the judge counted over all handshakes, in words: (heading, [(label, text) …])."""
        if self.judge is not None:
            told = readiness.lines(self.judge.readiness)
            yield "Post-quantum", [(label.removeprefix("post-quantum "), text) for label, text in told if label in _BRIEF]
            if self.judge.tallies:
                yield "Policies", [line for tally in self.judge.tallies for line in tally.lines()]

    def pulse(self) -> None:
        """Live: judge what has come since the last pulse, and turn to what is new of the tables of findings; no handshake is told.

        Costs a millisecond or two, and about 40 microseconds for each handshake, a millisecond for each chain that is new.
        """
        self.handshake = self._one = None
        self._rows = {}
        if self._pulsed is not None:
            self._pulsed.pulse()

    def finish(self) -> None:
        """Turn to what is known only at the end: the rows that are left of the tables of findings."""
        self.handshake = self._one = None
        self.over = True
        self._rows = {}
        if self.judge is not None:
            self.judge.finish()

    def rows(self, table: str) -> list[Row]:
        """Return the rows of one table for this handshake or connection."""
        rows = self._rows.get(table)
        if rows is None:
            if table in JUDGED:
                rows = [] if self.judge is None else self.judge.rows(table)
            else:
                rows = [] if self._one is None else rows_of(self._tables[table], self._one, self._book)
            self._rows[table] = rows
        return rows


class Report(Protocol):
    """One output being written.  The order of calls is ``add`` per handshake, once more for what is known at the end, then ``end``.

    Live it is also called at each pulse, with neither a handshake nor a connection: for rows of tables of findings.
    """

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin writing to ``out``."""

    def add(self, told: Told) -> None:
        """Tell one handshake, or one connection that came to none, or at the end (live: and at a pulse) neither: rows of findings."""

    def flush(self) -> None:
        """Hand on what is whole and was held back, for someone who reads along."""

    def end(self, end: End) -> None:
        """Write what is left."""


def tell(walk: Iterable[Handshake | Plain], told: Told, reports: list[Report]) -> None:
    """Walk the handshakes and tell each to all reports, and what is found at the end, however the walk ends."""
    begun = False
    try:
        for one in walk:
            begun = True
            told.take(one)
            for report in reports:
                report.add(told)
    except CaptureError:
        if not begun:  # it is no capture: there is nothing to tell
            raise
        _conclude(told, reports)
        raise
    _conclude(told, reports)


def _conclude(told: Told, reports: list[Report]) -> None:
    """Tell all reports what is known only at the end."""
    told.finish()
    for report in reports:
        report.add(told)
