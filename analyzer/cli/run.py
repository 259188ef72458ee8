"""One run: captures in, reports out, and the exit code that says how it went.

Here lives: the order of a run.  Here does not live: options (``scan``), reading (``analyzer.scanning``), formats (``reports``),
files (``outputs``), signals (``interrupts``).
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.capture import Capture, expand
from analyzer.capture.inputs import reopenable
from analyzer.cli.codes import Exit
from analyzer.cli.interrupts import Interrupts
from analyzer.cli.messages import Messages
from analyzer.cli.outputs import Outputs, forget_stdout
from analyzer.errors import CaptureError, JudgingError
from analyzer.findings.tables import TABLES
from analyzer.reports.report import End, Options, Report, Told, tell
from analyzer.scanning import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.capture.source import Source
    from analyzer.cli.progress import Progress
    from analyzer.findings.judging import Judging
    from analyzer.limits import Limits
    from analyzer.reports import Format
    from analyzer.scanning import Walk

__all__ = ["calm_collector", "captures_of", "damaged", "run", "telling"]

Wanted = tuple[str, "Format", "Callable[[], Options]"]
"""Path of an output ("-" is standard output), its format, and what its report must know."""


def run(
    inputs: Sequence[str],
    wanted: Sequence[Wanted],
    *,
    limits: Limits,
    bar: Progress,
    quiet: bool,
    judging: Judging | None = None,
    fail_on: str | None = None,
    folders: Sequence[str] = (),
) -> Exit:
    """Read the inputs, write the outputs (``folders`` are made first), say what a person must know on standard error."""
    messages = Messages()
    code, kept, over = Exit.OK, False, False
    with Outputs() as files, Interrupts() as interrupts, bar:
        reports: list[Report] = []

        def note(done: int, total: int | None) -> None:
            bar(done, total)
            for report in reports:
                report.flush()
            interrupts.check()

        with interrupts.at_once():
            captures, whole = captures_of(inputs, messages, quiet=quiet)
            for folder in folders if captures else ():
                files.folder(folder)
            opened = [(files.open(path, one.name, captures), one, options) for path, one, options in wanted] if captures else []
        code = Exit.OK if whole else Exit.NOT_A_CAPTURE
        if captures:
            asked = [(one, options()) for _, one, options in opened]
            walk = stream(captures, limits=limits, progress=note)
            calm_collector()
            tells = [one.tells(options.table) for one, options in asked]
            told = telling(walk.sources, judging, tells, judged=fail_on is not None)
            reports += [one.open(out, options) for (out, _, _), (one, options) in zip(opened, asked, strict=True)]
            try:
                tell(interrupts.walk(walk.everything(), walk), told, reports)
            except CaptureError as error:
                messages.add(str(error))
                code = Exit.NOT_A_CAPTURE
            walk.counters.notes.update(told.given_up())
            bar.stop()
            seen = any(source.packets for source in walk.sources)
            if seen or code is Exit.OK:
                for report in reports:
                    report.end(End(sources=walk.sources, counters=walk.counters, interrupted=interrupts.code is not None))
            if damaged(walk, messages, quiet=quiet) and code is Exit.OK:
                code = Exit.DAMAGED
            if code is Exit.OK and fail_on is not None and told.worse_than(fail_on):
                code = Exit.FOUND
            if seen or (code is not Exit.NOT_A_CAPTURE and interrupts.code is None):  # of a capture without packets too
                files.keep()
                kept = seen
        over = True
    if interrupts.code is not None:
        if not over:  # by a second signal, or the first before anything was read: nobody waits for what is half told
            forget_stdout()
        code = interrupts.code
        messages.add("interrupted: " + ("what was read until then is reported" if kept else "nothing is reported"))
    messages.show()
    return code


def calm_collector() -> None:
    """Let the garbage collector look seldom: what was imported stays, and handshakes are no cycles, they go when they are told."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def telling(
    sources: list[Source], judging: Judging | None, tells: Iterable[frozenset[str]], *, judged: bool, live: bool = False
) -> Told:
    """Return what tells reports, each of which ``tells`` some tables that take judgement.  Raises click.UsageError as what judges does."""
    try:
        return Told(TABLES, sources, judging, wanted=frozenset().union(*tells), judged=judged, live=live)
    except JudgingError as error:
        raise click.UsageError(str(error)) from None


def captures_of(inputs: Sequence[str], messages: Messages, *, quiet: bool) -> tuple[list[Any], bool]:
    """Return the captures that the inputs come to, and whether every input is one or holds one.

    Of several, each is looked into first, so that a bad one does not spoil the good ones; a single one is read at once, and
    of a folder ``expand`` has looked into each file.
    """
    found: list[Any] = []
    whole = True
    for given in inputs:
        try:
            paths, skipped = expand([given])
        except (CaptureError, OSError) as error:
            messages.add(_reason(given, error))
            whole = False
            continue
        if skipped and not quiet:
            messages.add(f"{given}: left out as no captures: {len(skipped)} (first {skipped[0][0]})")
        several = len(inputs) > 1 or (len(paths) > 1 and not os.path.isdir(given))  # noqa: PTH112 - raises nothing
        for path in paths:
            try:
                if several and (reopenable(path) or not Path(path).exists()):
                    Capture(path).peek()
            except (CaptureError, OSError) as error:
                messages.add(_reason(path, error))
                whole = False
            else:
                found.append(path)
    return found, whole


def _reason(given: Any, error: Exception) -> str:
    """Tell why an input cannot be had; the system's own errors (a folder that may not be looked into) do not name it as it was given."""
    return f"{given}: {error.strerror or error}" if isinstance(error, OSError) else str(error)


def damaged(walk: Walk, messages: Messages, *, quiet: bool) -> bool:
    """Collect a line for each damaged capture and each limit that was hit; return whether there was any."""
    damaged = [source for source in walk.sources if source.damage]
    limits = walk.counters.limits
    if not quiet:
        for source in damaged:
            messages.add(f"{source.name}: {source.damage}")
        for name, count in limits.items():
            messages.add(f"limit {name} was hit" + (f" ({count} times)" if count > 1 else ""))
    return bool(damaged or limits)
