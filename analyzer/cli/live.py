"""One live run: interfaces in; handshakes out as they happen; reports, kept packets and the last words at the end.

Two audiences: who watches (a terminal, a pipe, ``--append``) is told a handshake as soon as it is over, and again only where it turned
out otherwise; a report written at the end (``-o``) is told it once its connection is over too, so that it says what a file would.
Here lives: the order of a live run.  Here does not live: options (``live_options``, ``scan``), what is told when (``analyzer.watching``),
views (``reports``, ``screen``), figures in words (``accounting``).
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from analyzer.capture.live import privileges
from analyzer.capture.live.watching import Live, open_catchers
from analyzer.cli.accounting import Stats, Tallied, account_line, fresh_drops
from analyzer.cli.codes import Exit
from analyzer.cli.interrupts import Interrupts
from analyzer.cli.messages import Messages, say
from analyzer.cli.outputs import Outputs, forget_stdout
from analyzer.cli.run import calm_collector, damaged, telling
from analyzer.errors import FilterError, NoProgramError
from analyzer.handshakes.handshake import Handshake
from analyzer.reports.report import End
from analyzer.watching import Watch, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.capture.keeping import Keeper
    from analyzer.capture.live import Request
    from analyzer.capture.source import Source
    from analyzer.cli.run import Wanted
    from analyzer.cli.viewing import View
    from analyzer.findings.judging import Judging
    from analyzer.handshakes.prelude import Plain
    from analyzer.limits import Limits
    from analyzer.reports.report import Report, Told

__all__ = ["Asked", "run_live"]

LOOK_SECONDS = 1.0
"""How often it is asked whether packets were dropped."""


class Asked(msgspec.Struct, kw_only=True):
    """What a live run is asked."""

    requests: Sequence[Request]
    program: str | None
    view: Callable[[Outputs], View]
    """Opens what standard output shows."""
    appends: Sequence[Wanted]
    """NDJSON files to add to."""
    reports: Sequence[Wanted]
    """Files that are written at the end …"""
    folders: Sequence[str]
    """… and the folders that hold some of them."""
    keep: Callable[[Outputs, Sequence[Source]], Keeper] | None
    """Opens what ``-w`` writes."""
    limits: Limits
    judging: Judging
    fail_on: str | None
    duration: float | None
    count: int | None
    stats: bool
    quiet: bool


class _Output(msgspec.Struct):
    """A report, and what it writes to."""

    report: Report
    tells: frozenset[str]
    path: str = "standard output"
    file: BinaryIO | None = None


class _Audience:
    """Reports that are told the same at the same time."""

    def __init__(self, told: Told, outputs: Sequence[_Output], fails: Callable[[_Output, OSError], None]) -> None:
        """``fails`` is told of an output that cannot be written; it gets nothing more."""
        self.told = told
        self.outputs = [*outputs]
        self._fails = fails

    def take(self, one: Handshake | Plain) -> None:
        self.told.take(one)
        self._each(lambda report: report.add(self.told))

    def pulse(self) -> None:
        self.told.pulse()
        self._each(lambda report: report.add(self.told))

    def flush(self) -> None:
        self._each(lambda report: report.flush())

    def finish(self, end: End) -> None:
        self.told.finish()
        self._each(lambda report: report.add(self.told))
        self._each(lambda report: report.end(end))

    def _each(self, do: Callable[[Report], None]) -> None:
        for output in [*self.outputs]:
            try:
                do(output.report)
            except OSError as error:
                self.outputs.remove(output)
                self._fails(output, error)


def run_live(asked: Asked) -> Exit:
    """Watch until somebody or something ends it; write the outputs; say what a person must know on standard error."""
    messages = Messages()
    with Outputs() as files, Interrupts() as interrupts, contextlib.ExitStack() as open_:
        with interrupts.at_once():
            try:
                privileges.lend()
                catchers = open_catchers(asked.requests, asked.program)
            except FilterError as error:
                raise click.ClickException(str(error)) from None
            except NoProgramError as error:
                say(str(error))
                return Exit.UNAVAILABLE
            for line in privileges.drop():
                say(line)
            live = Live(catchers, asked.limits)
            open_.callback(live.close)
            one = _Run(asked, live, files, interrupts, messages, open_)
        code = one.run()
    if interrupts.code is not None and code in {Exit.OK, Exit.FOUND, Exit.DAMAGED}:
        code = interrupts.code
    messages.show()
    return code


class _Run:
    """The middle of it: from the first packet to the last word."""

    def __init__(
        self, asked: Asked, live: Live, files: Outputs, interrupts: Interrupts, messages: Messages, open_: contextlib.ExitStack
    ) -> None:
        self._asked = asked
        self._interrupts = interrupts
        self._messages = messages
        self._files = files
        self._code = Exit.OK
        self._keeper = None if asked.keep is None else asked.keep(files, live.sources)
        self.watch = Watch(
            live, asked.limits, duration=asked.duration, count=asked.count, tick=self._tick, keeper=self._keeper, judging=asked.judging
        )
        self._view = asked.view(files)
        open_.enter_context(self._view)
        viewed = [_Output(report, tells) for report, tells in self._view.reports]
        shown = [] if self._view.late else viewed
        shown += [self._output(wanted, files.append(wanted[0])) for wanted in asked.appends]
        for folder in asked.folders:
            files.folder(folder)
        ended = [self._output(wanted, files.open(wanted[0], wanted[1].name)) for wanted in asked.reports]
        ended += viewed if self._view.late else []
        self._now = _Audience(self._told(shown, live=True), shown, self._failed)
        self._end = _Audience(self._told(ended, judged=asked.fail_on is not None), ended, self._failed)
        self._tallied = Tallied()
        self._stats = Stats(self.watch, self._tallied) if asked.stats else None
        self._dropped: Counter[str] = Counter()
        self._looked = time.monotonic()
        self._fresh = self._lags = False

    @staticmethod
    def _output(wanted: Wanted, file: BinaryIO) -> _Output:
        path, one, make = wanted
        options = make()
        return _Output(one.open(file, options), one.tells(options.table), path, file)

    def _told(self, wanted: Sequence[_Output], *, live: bool = False, judged: bool = False) -> Told:
        return telling(self.watch.sources, self._asked.judging, [output.tells for output in wanted], judged=judged, live=live)

    # ------------------------------------------------------------------------------------------------ walking

    def run(self) -> Exit:
        """Walk, conclude, and return the exit code."""
        calm_collector()
        with self._outputs():
            for one in self._interrupts.walk(self.watch.everything(), self.watch):
                with self._outputs():
                    self._take(one)
        self._conclude()
        return self._code

    def _take(self, one: Handshake | Plain) -> None:
        again = isinstance(one, Handshake) and self.watch.change is not None
        if isinstance(one, Handshake) and not again:
            self._tallied.add(one.outcome)
        if not again or self.watch.change:
            self._fresh = True
            self._now.take(one)
        else:
            self._now.told.take(one)  # who judges forgets it once it is over
        if not (isinstance(one, Handshake) and one.open):
            self._end.take(one)
        if self._keeper is not None:
            keep(self._keeper, one)

    def _tick(self) -> None:
        """Do what is to be done now and then: some twenty times a second."""
        if self._interrupts.code is not None:
            self.watch.stop()
        with self._outputs():
            if self._fresh:
                self._fresh = False
                self._now.pulse()
            self._now.flush()
            self._end.flush()
            if self._keeper is not None and self.watch.now:
                self._keeper.tick(self.watch.now)
            self._view.draw(self.watch, self._tallied)
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            for line in (*fresh_drops(self.watch.accounts(), self._dropped), *self._behind(self.watch.waiting)):
                self._view.note(line)
        if self._stats is not None and self._stats.due():
            self._view.note(self._stats.line())

    def _behind(self, waiting: int) -> Iterator[str]:
        """Say once that packets come faster than they are read: not every program tells at once what the kernel then drops."""
        full = waiting >= self._asked.limits.unread_bytes
        if full and not self._lags:
            yield f"packets come faster than they are read ({waiting >> 20} MiB wait): the kernel may drop some"
        self._lags = full or (self._lags and waiting > self._asked.limits.unread_bytes // 2)

    @contextlib.contextmanager
    def _outputs(self) -> Iterator[None]:
        """Take it that an output cannot be written: the run ends, and the others are finished."""
        try:
            yield
        except BrokenPipeError:
            self._give_up(Exit.BROKEN_PIPE)
        except OSError as error:
            self._unwritten(error, "")

    def _failed(self, output: _Output, error: OSError) -> None:
        """Go on without an output that cannot be written, to the end that it makes."""
        if output.file is not None:
            self._files.drop(output.file)
        if isinstance(error, BrokenPipeError):
            self._give_up(Exit.BROKEN_PIPE)
        else:
            self._unwritten(error, output.path)

    def _unwritten(self, error: OSError, path: str) -> None:
        where = error.filename or path
        self._messages.add(f"{where}: cannot be written: {error.strerror}" if where else f"cannot be written: {error.strerror or error}")
        self._give_up(Exit.NOT_WRITTEN)

    def _give_up(self, code: Exit) -> None:
        if self._code is Exit.OK:
            self._code = code
        self.watch.stop()

    # ------------------------------------------------------------------------------------------------ the end

    def _conclude(self) -> None:
        """Finish what can be finished, and say what became of the packets."""
        watch, interrupted = self.watch, self._interrupts.code is not None
        watch.close()
        watch.counters.notes.update(self._end.told.given_up())
        end = End(sources=watch.sources, counters=watch.counters, interrupted=interrupted)
        self._now.finish(end)
        self._end.finish(end)
        if self._keeper is not None:
            with self._outputs():
                self._keeper.close()
            if self._keeper.lost:
                lost = f"{self._keeper.lost:,} packets of handshakes were no longer at hand"
                self._messages.add(f"{lost} and are not in the file of -w (--limit kept_bytes=…)")
        with self._outputs():
            self._files.keep()
        with self._outputs():
            self._view.close(end, self._tallied)
        if self._code is Exit.BROKEN_PIPE:
            forget_stdout()
        for reason in watch.ended():
            say(reason)
        if (damaged(watch, self._messages, quiet=self._asked.quiet) or watch.ended()) and self._code is Exit.OK:
            self._code = Exit.DAMAGED
        if self._code is Exit.OK and self._asked.fail_on is not None and self._end.told.worse_than(self._asked.fail_on):
            self._code = Exit.FOUND
        if self._stats is not None:
            say(self._stats.line())
        for account in watch.accounts():
            say(account_line(account))
        say(self._tallied.line())
