"""``tlsscan interfaces``: where can be captured, by whom, and what is missing where nobody may.

Here lives: the listing.  Here does not live: interfaces and rights (``analyzer.capture.live``), capturing (``live``).
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analyzer.capture.live.interfaces import Interface
    from analyzer.capture.live.rights import Standing

__all__ = ["interfaces"]

_GAP = "  "
_NAME_MOST = 24
NARROWEST = 48
"""Columns that the longest address and its indent take; a narrower terminal wraps them."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help="text is for people.")
def interfaces(*, format_name: str) -> int:
    """List the interfaces that tlsscan -i takes, who may capture on them, and how to give the right to capture."""
    from analyzer.capture.live.interfaces import interfaces as found  # noqa: PLC0415 - start-up time
    from analyzer.capture.live.rights import standings  # noqa: PLC0415 - as above

    there = found()
    tried = next((one.name for one in there if one.up and one.kind == "loopback"), next((one.name for one in there if one.up), ""))
    who = standings(tried)
    if format_name == "json":
        import msgspec  # noqa: PLC0415 - start-up time

        from analyzer.escapes import json_line  # noqa: PLC0415 - as above

        value = {"interfaces": [_value(one, who) for one in there], "programs": who}
        click.echo(json_line(msgspec.json.format(msgspec.json.encode(value))))
        return 0
    for line in _table(there, who, shutil.get_terminal_size((100, 24)).columns):
        _say(line)
    return 0


def _say(text: str) -> None:
    """Print a line; an interface may be named anything, and the terminal may not have every letter of it."""
    from analyzer.escapes import encoded, terminal  # noqa: PLC0415 - start-up time

    click.echo(encoded(terminal(text, len(text)), sys.stdout.encoding or "ascii"))


def _value(one: Interface, who: list[Standing]) -> dict[str, Any]:
    """Return an interface as a JSON value."""
    fields = ("name", "up", "kind", "addresses", "mac", "mtu")
    return {field: getattr(one, field) for field in fields} | {"capture": [each.name for each in who if each.may and one.up]}


def _table(there: list[Interface], who: list[Standing], width: int) -> list[str]:
    """Return the table, no line of it wider than ``width`` (or ``NARROWEST``), and below it what is to be known of each program."""
    width = max(width, NARROWEST)
    may = next((each.name for each in who if each.may), "no permission")
    heads = ("interface", "state", "captured by", "kind")
    rows = [(_short(one.name), "up" if one.up else "down", may if one.up else "", one.kind) for one in there]
    sizes = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    before = sum(sizes) + len(_GAP) * len(sizes)
    lines = [_row(heads, sizes, "addresses", width)]
    for one, row in zip(there, rows, strict=True):
        beside = max(map(len, one.addresses), default=0) < width - before  # a comma may follow
        said = textwrap.wrap(", ".join(one.addresses), width - (before if beside else 4), break_on_hyphens=False)
        lines.append(_row(row, sizes, said.pop(0) if beside and said else "", width))
        lines += [" " * (before if beside else 4) + more for more in said]
    lines.append("")
    for each in who:
        lines += [_standing(each), *([f"    {each.lack.give}"] if each.lack else [])]
    return lines


def _standing(each: Standing) -> str:
    """Return a line on a program; what is to be typed follows on a line of its own, and is never cut."""
    if each.lack is not None:
        return f"{each.lack.what}:"
    where = "in this process" if each.name == "scapy" else each.path
    return f"{each.name} may capture ({where})" if each.may else f"{each.name}: no interface is up, so it was not tried"


def _row(cells: tuple[str, ...], sizes: list[int], last: str, width: int) -> str:
    return _GAP.join([*(f"{cell:{size}}" for cell, size in zip(cells, sizes, strict=True)), last]).rstrip()[:width]


def _short(name: str) -> str:
    """Return a name as it is shown: escaped, and cut where no system would have one so long."""
    from analyzer.escapes import terminal  # noqa: PLC0415 - start-up time

    return terminal(name, _NAME_MOST)
