"""Arguments that need more than a word: tables, limits.

Here lives: click's parameter types of ours, what options of the screen come to.  Here does not live: any option.  What they list is
imported when it is asked for.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analyzer.limits import Limits

__all__ = ["LimitValue", "TableName", "limits_of", "screen"]


class TableName(click.ParamType[str]):
    """The name of a table of facts."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with the names there are."""
        from analyzer.findings.tables import TABLES  # noqa: PLC0415 - start-up time

        if value not in TABLES:
            self.fail(f"{value!r} is none of {', '.join(TABLES)}.", param, ctx)
        return str(value)


class LimitValue(click.ParamType[tuple[str, int]]):
    """NAME=VALUE for one of the fields of ``limits.Limits``."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Return the pair, or fail with what is wrong."""
        from analyzer.limits import Limits  # noqa: PLC0415 - start-up time

        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        if name not in Limits.__struct_fields__:
            self.fail(f"{name!r} is none of {', '.join(Limits.__struct_fields__)}.", param, ctx)
        if not (number.isascii() and number.isdigit() and 0 < len(number) < 16 and int(number)):
            self.fail(f"{number!r} is no positive integer.", param, ctx)
        return name, int(number)


def limits_of(pairs: tuple[tuple[str, int], ...]) -> Limits:
    """Return the default limits with some of them changed."""
    import msgspec  # noqa: PLC0415 - start-up time

    from analyzer.limits import DEFAULT  # noqa: PLC0415 - start-up time

    return msgspec.structs.replace(DEFAULT, **dict(pairs))


def screen(path: str, format_name: str, *, width: int | None, color: str, elsewhere: int) -> tuple[int, bool]:
    """Return the columns of text and whether to colour it; only text on standard output can be a terminal's."""
    terminal = path == "-" and format_name == "text" and sys.stdout.isatty()
    colored = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = width or (shutil.get_terminal_size().columns if terminal else elsewhere)
    return columns, color == "always" or (color == "auto" and colored)
