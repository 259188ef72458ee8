"""Messages: what a person must know, on standard error, one line each and never too many.

Here lives: wording, escaping, counting.  Here does not live: exit codes (``codes``), results (standard output).
"""

from __future__ import annotations

import click

from analyzer.reports.escapes import terminal

__all__ = ["Messages", "say"]

_LINES = 20
"""A thousand damaged captures must not drown the terminal."""


def say(text: str) -> None:
    """Write one line to standard error; whatever it holds, it stays one line."""
    click.echo(f"tlsscan: {terminal(text)}", err=True)


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
