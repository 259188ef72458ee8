"""Reporting: which format an output has, which files a folder of it holds, and what each report must know.

Here lives: that choice, for files and live runs alike, and the version that reports tell.  Here does not live: options (``scan``,
``live_options``), formats (``reports``), opening anything (``outputs``).
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from analyzer.cli.arguments import screen
from analyzer.reports import FORMATS, Format, format_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.cli.run import Wanted
    from analyzer.reports.report import Options

__all__ = ["format_or_fail", "is_folder", "options_of", "usable", "version", "wanted_of"]


def version() -> str:
    """Return the version of tlsscan; a checkout that was never installed has none."""
    from importlib import metadata  # noqa: PLC0415 - start-up time

    try:
        return metadata.version("tlsscan")
    except metadata.PackageNotFoundError:
        return "of a checkout"


def is_folder(path: str) -> bool:
    """Whether an output is a folder: its name ends as a folder's does, or it is one."""
    return path != "-" and (path.endswith(("/", os.sep)) or os.path.isdir(path))  # noqa: PTH112 - raises nothing


def format_or_fail(path: str, name: str | None) -> Format:
    """Return the format of one output: the suffix decides for a file, then --format, then text.  Of a folder --format decides first."""
    if is_folder(path):
        named = format_of(path.rstrip("/" + os.sep))
        name = name or (named.name if named else None)
        folders = [one.name for one in FORMATS.values() if one.folder]
        if name not in folders:
            said = f"and {name} is one file" if name else "and there is no --format"
            raise click.BadParameter(f"{path} is a folder, {said}; {', '.join(folders)} can fill one", param_hint="--output")
        return usable(FORMATS[name])
    found = (None if path == "-" else format_of(path)) or (FORMATS[name] if name else None)
    if found is None and path != "-":
        suffixes = " ".join(suffix for one in FORMATS.values() for suffix in one.suffixes)
        raise click.BadParameter(f"{path}: the suffix is none of {suffixes}, and there is no --format", param_hint="--output")
    one = usable(found or FORMATS["text"])
    if path == "-" and one.kind == "binary" and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError(f"{one.name} is no text for a terminal: name a file with -o, or lead standard output to one")
    return one


def usable(one: Format) -> Format:
    """Return the format, or fail where a package that it needs is not installed."""
    if one.needs and find_spec(one.needs) is None:
        raise click.UsageError(f"{one.name} needs the package {one.needs}: pip install {one.needs}")
    return one


def wanted_of(
    paths: Iterable[str], name: str | None, table: str, *, width: int | None, color: str
) -> tuple[list[Wanted], list[str]]:
    """Return the reports that are asked for, one for each file, and the folders that hold some of them."""
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - start-up time

    wanted: list[Wanted] = []
    folders: list[str] = []
    for path in paths:
        one = format_or_fail(path, name)
        if is_folder(path):
            folders.append(path)
            files = [(os.path.join(path, file), of) for file, of in one.files(TABLES)]  # noqa: PTH118 - the name as it was given
        else:
            files = [(path, table)]
        wanted += [(file, one, partial(options_of, of, file, one, width=width, color=color)) for file, of in files]
    return wanted, folders


def options_of(table: str, path: str, one: Format, *, width: int | None, color: str) -> Options:
    """Return what a report must know.  Raises click.UsageError where the format does not have the table."""
    from analyzer import registry  # noqa: PLC0415 - start-up time
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - start-up time
    from analyzer.reports.report import Options  # noqa: PLC0415 - start-up time

    if one.tables and table not in one.tables:
        raise click.UsageError(f"{one.name} has no table {table}; it has {', '.join(one.tables)}")
    columns, colored = screen(path, one.name, width=width, color=color, elsewhere=240)
    return Options(
        tables=TABLES,
        table=table,
        width=columns,
        color=colored,
        version=version(),
        registry=registry.DATE,
    )
