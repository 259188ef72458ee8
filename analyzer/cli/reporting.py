"""Reporting: which format an output has, and what its report must know.

Here lives: that choice, for files and live runs alike, and the version that reports tell.  Here does not live: options (``scan``,
``live_options``), formats (``reports``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from analyzer.cli.arguments import screen
from analyzer.reports import FORMATS, Format, format_of

if TYPE_CHECKING:
    from analyzer.reports.report import Options

__all__ = ["format_or_fail", "options_of", "version"]


def version() -> str:
    """Return the version of tlsscan; a checkout that was never installed has none."""
    from importlib import metadata  # noqa: PLC0415 - start-up time

    try:
        return metadata.version("tlsscan")
    except metadata.PackageNotFoundError:
        return "of a checkout"


def format_or_fail(path: str, name: str | None) -> Format:
    """Return the format of one output: the suffix decides for a file, then --format, then text."""
    found = (None if path == "-" else format_of(path)) or (FORMATS[name] if name else None)
    if found is None and path != "-":
        suffixes = " ".join(suffix for one in FORMATS.values() for suffix in one.suffixes)
        raise click.BadParameter(f"{path}: the suffix is none of {suffixes}, and there is no --format", param_hint="--output")
    return found or FORMATS["text"]


def options_of(table: str, path: str, one: Format, *, width: int | None, color: str) -> Options:
    """Return what a report must know."""
    from analyzer import registry  # noqa: PLC0415 - start-up time
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - start-up time
    from analyzer.reports.report import Options  # noqa: PLC0415 - start-up time

    columns, colored = screen(path, one.name, width=width, color=color, elsewhere=240)
    return Options(
        tables=TABLES,
        table=table,
        width=columns,
        color=colored,
        version=version(),
        registry=registry.DATE,
    )
