"""``tlsscan formats [NAME...]``: in which shapes a report can be had, what each holds, and where its shape is described.

Here lives: the listing.  Here does not live: any format (``analyzer.reports``, whose table FORMATS this shows).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from analyzer.cli.rules import labelled
from analyzer.reports import EVERY, FORMATS

if TYPE_CHECKING:
    from analyzer.reports import Format

__all__ = ["formats"]

@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help="text is for people.")
def formats(names: tuple[str, ...], *, format_name: str) -> int:
    """List the formats of reports; with names, all that is to know of these.

    A suffix of -o names one (-o report.html), --format names it elsewhere.  A path that ends in / is a folder, with a file for each table.
    """
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise click.UsageError(f"{unknown[0]!r} is no format; tlsscan formats lists them")
    wanted = [FORMATS[name] for name in names] or list(FORMATS.values())
    if format_name == "json":
        import msgspec  # noqa: PLC0415 - start-up time

        click.echo(msgspec.json.format(msgspec.json.encode([_facts(one) for one in wanted])).decode())
        return 0
    for one in wanted:
        if names:
            _whole(one)
        else:
            click.echo(f"{one.name:10} {' '.join(one.suffixes):25} {one.doc}")
    if not names:
        click.echo("\ntlsscan formats NAME says what it holds and where its shape is described; docs/formats.md has all of it.")
    return 0


def _facts(one: Format) -> dict[str, object]:
    """Return what programs may ask of a format."""
    return {
        "name": one.name,
        "suffixes": one.suffixes,
        "doc": one.doc,
        "holds": one.holds,
        "tables": one.tables or None,
        "folder": _folder(one),
        "streaming": one.streaming,
        "kind": one.kind,
        "schema": one.schema or None,
        "needs": one.needs or None,
        "installed": _installed(one),
    }


def _folder(one: Format) -> str | None:
    """Tell what stands in a folder of it."""
    if one.folder == EVERY:
        return f"a file for each table: handshakes{one.suffixes[0]} …"
    return ", ".join(f"{file} ({table})" for file, table in one.folder) or None


def _installed(one: Format) -> bool:
    return not one.needs or find_spec(one.needs) is not None


def _whole(one: Format) -> None:
    """Print everything of one format."""
    click.echo(one.name)
    table = "" if one.holds != "one table" else f": one of {', '.join(one.tables)} (--table)" if one.tables else " (--table NAME)"
    needs = f"the package {one.needs}" + ("" if _installed(one) else f", which is not installed: pip install {one.needs}")
    for label, text in (
        ("is", one.doc),
        ("suffixes", " ".join(one.suffixes)),
        ("holds", one.holds + table),
        ("folder", _folder(one)),
        ("comes", "as handshakes end" if one.streaming else "when everything was read"),
        ("needs", needs if one.needs else None),
        ("shape", f"{one.schema}; docs/formats.md" if one.schema else "docs/formats.md"),
    ):
        if text:
            labelled(label, text)
