"""``tlsscan -i NAME``: what a command line asks of a live run.

Here lives: the choice of views and outputs, and what cannot go together.  Here does not live: the options (``live_options``), the run
(``live``).
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from analyzer.cli.live import Asked, run_live
from analyzer.cli.live_options import requests_of
from analyzer.cli.reporting import options_of, usable, version, wanted_of
from analyzer.cli.screen import Screen
from analyzer.cli.viewing import Lines, Quiet, Table, View
from analyzer.reports import FORMATS, LIVE_TEXT, Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.capture.keeping import Keeper
    from analyzer.capture.rotation import Rotation
    from analyzer.capture.source import Source
    from analyzer.cli.outputs import Outputs
    from analyzer.findings.judging import Judging
    from analyzer.limits import Limits
    from analyzer.reports.report import Options

__all__ = ["watch"]


def watch(
    interfaces: tuple[str, ...],
    *,
    format_name: str | None,
    table: str,
    outputs: tuple[str, ...],
    color: str,
    width: int | None,
    quiet: bool,
    judging: Judging,
    fail_on: str | None,
    limits: Limits,
    capture_filter: str | None,
    snaplen: int | None,
    promiscuous: bool | None,
    monitor: bool | None,
    capture_with: str | None,
    duration: float | None,
    count: int | None,
    view: str | None,
    write: str | None,
    rotate: str | None,
    appends: tuple[str, ...],
    stats: bool | None,
) -> int:
    """Check what goes together, and run."""
    if rotate is not None and write is None:
        raise click.UsageError("--rotate says how the files of -w follow each other, and there is no -w.")
    named = [path for path in (*outputs, *appends, *([write] if write is not None else ())) if path != "-"]
    if (twice := next((path for path in named if named.count(path) > 1), None)) is not None:
        raise click.UsageError(f"{twice} is to be written twice.")
    reports, folders = wanted_of(outputs, format_name, table, width=width, color=color)
    if "-" in outputs:
        raise click.UsageError("-o - means nothing here: standard output shows handshakes as they happen (--format).")
    shown = _shown(format_name, view, write)
    make = partial(options_of, table, width=width, color=color)
    asked = Asked(
        requests=requests_of(interfaces, capture_filter, snaplen, promiscuous=promiscuous, monitor=monitor),
        program=capture_with,
        view=partial(_view, shown, view or "rows", make, capture_filter or ""),
        appends=[(path, FORMATS["ndjson"], partial(make, path, FORMATS["ndjson"])) for path in appends],
        reports=reports,
        folders=folders,
        keep=None if write is None else partial(_keeper, write, _rotation(rotate), limits),
        limits=limits,
        judging=judging,
        fail_on=fail_on,
        duration=duration,
        count=count,
        stats=bool(stats),
        quiet=quiet,
    )
    return run_live(asked)


def _shown(format_name: str | None, view: str | None, write: str | None) -> Format | None:
    """Return the format of standard output, None where it shows nothing."""
    if write == "-":
        if format_name is not None or view in {"rows", "summary"}:
            raise click.UsageError("-w - writes packets to standard output, so that it can show nothing else.")
        return None
    if view in {"rows", "summary"} and format_name not in {None, "text"}:
        raise click.UsageError(f"--view says what a terminal shows, and --format {format_name} is for programs.")
    return None if view == "quiet" else usable(FORMATS[format_name]) if format_name not in {None, "text"} else LIVE_TEXT


def _view(shown: Format | None, view: str, make: partial[Options], capture_filter: str, files: Outputs) -> View:
    """Open what standard output shows."""
    if shown is None:
        return Quiet()
    options = make("-", shown)
    if shown is LIVE_TEXT and options.table == "handshakes" and Screen.possible(sys.stdout):
        return Table(options, view, capture_filter=capture_filter)
    return Lines(files.open("-", shown.name), shown, options)


def _keeper(path: str, rotation: Rotation | None, limits: Limits, files: Outputs, sources: Sequence[Source]) -> Keeper:
    """Open what keeps packets."""
    from analyzer.capture.keeping import Keeper  # noqa: PLC0415 - only who keeps packets pays for it

    out = files.grow(path) if rotation is None else files.ring(path, rotation)
    names = [source.name for source in sources]
    return Keeper(out, sources=sources, live=names, application=f"tlsscan {version()}", limits=limits)


def _rotation(text: str | None) -> Rotation | None:
    """Return when a file is full, or fail with what is wrong."""
    from analyzer.capture.rotation import rotation_of  # noqa: PLC0415 - only who keeps packets pays for it

    try:
        return None if text is None else rotation_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rotate") from None
