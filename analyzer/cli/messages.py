"""Messages: what a person must know, on standard error, one line each and never too many.

Here lives: wording, escaping, counting, and what may be told of a fault.  Here does not live: exit codes (``codes``), results
(standard output).  That standard error is closed or full is nobody's concern: what is said there then goes unsaid.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from pathlib import Path

import click

from analyzer.escapes import encoded, terminal

__all__ = ["Messages", "fault", "say", "usage"]

_LINES = 20
"""A thousand damaged captures must not drown the terminal."""
_LONGEST = 500
"""Characters of a line: a path may have 4096, and each of them may need an escape."""
_PACKAGE = Path(__file__).parents[1]


def say(text: str) -> None:
    """Write one line to standard error; whatever it holds, it stays one line, and ends with its reason where it is too long."""
    _write(f"tlsscan: {_line(text)}\n")


def usage(error: click.ClickException) -> None:
    """Say what is wrong with the command line; a word of it may be the name of a file that somebody else chose."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        say(error.format_message())
    else:
        _write(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n\nError: {_line(error.format_message())}\n")


def fault(error: BaseException, *, debug: bool) -> None:
    """Say where tlsscan failed, with the way there if asked; never with what (an exception's text may quote the capture)."""
    if debug:
        _write("".join(_traces(error)))
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)]
    place = f" in {Path(inside[-1].filename).relative_to(_PACKAGE.parent).as_posix()}, line {inside[-1].lineno}" if inside else ""
    say(f"internal error: {type(error).__name__}{place}" + ("" if debug else " (run with --debug for the traceback)"))


def _traces(error: BaseException) -> list[str]:
    """Return the frames that led to the error, after those of what it came from."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n\n"]
    return [*(_traces(before) if before is not None else []), *frames]


def _line(text: str) -> str:
    shown = terminal(text, len(text))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST // 2]}…{shown[-_LONGEST // 2 + 1 :]}"


def _write(text: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        encoding = sys.stderr.encoding or "ascii"
        sys.stderr.write(encoded(text, encoding).decode(encoding))
        sys.stderr.flush()


class Messages:
    """Lines collected over a run: repeated ones are counted, and those beyond twenty too."""

    def __init__(self) -> None:
        """Start with none."""
        self._counts: dict[str, int] = {}

    def add(self, text: str) -> None:
        """Keep a line for later."""
        self._counts[text] = self._counts.get(text, 0) + 1

    def show(self) -> None:
        """Write all lines and forget them."""
        lines = [text if count == 1 else f"{text} ({count} times)" for text, count in self._counts.items()]
        for line in lines if len(lines) <= _LINES else lines[: _LINES - 1]:
            say(line)
        if len(lines) > _LINES:
            say(f"and {len(lines) - _LINES + 1} more messages")
        self._counts.clear()
