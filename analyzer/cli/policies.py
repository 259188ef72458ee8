"""``tlsscan policies [NAME...]``: which policies there are, and what each demands.

Here lives: the listing.  Here does not live: policies and how a file of one is read (``analyzer.findings.policies``).
"""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analyzer.findings.policies import Policy

__all__ = ["policies"]

WIDTH = 100


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("names", metavar="[NAME|FILE]...", nargs=-1)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help="text is for people.")
@click.option("--columns", is_flag=True, help="List the columns that a policy may ask about.")
def policies(names: tuple[str, ...], *, format_name: str, columns: bool) -> int:
    """List the policies; with names, or a .toml file of your own, every clause and who says it.

    A file is checked on the way: what is wrong with it is said in one line, and the exit code is 2.
    """
    from analyzer.errors import PolicyError  # noqa: PLC0415 - start-up time
    from analyzer.findings.policies import builtin, load  # noqa: PLC0415 - as above

    if columns:
        _columns()
        return 0
    try:
        asked = load(names or builtin())
    except PolicyError as error:
        raise click.UsageError(str(error)) from None
    if format_name == "json":
        import msgspec  # noqa: PLC0415 - start-up time

        from analyzer.escapes import json_line  # noqa: PLC0415 - as above

        click.echo(json_line(msgspec.json.format(msgspec.json.encode([_value(policy) for policy in asked]))))
        return 0
    width = max(len(policy.name) for policy in asked)
    for policy in asked:
        if names:
            _whole(policy)
        else:
            _say(f"{policy.name:{width}}  {policy.title}, {policy.version}: {len(policy.clauses)} clauses")
    return 0


def _say(text: str) -> None:
    """Print a line; a user's own file may say anything, and the terminal may not have every letter of it."""
    from analyzer.escapes import encoded, terminal  # noqa: PLC0415 - start-up time

    click.echo(encoded(terminal(text, len(text)), sys.stdout.encoding or "ascii"))


def _whole(policy: Policy) -> None:
    """Print everything of one policy."""
    _say(policy.name)
    _labelled("title", policy.title)
    _labelled("version", f"{policy.version}" + (f", {policy.date}" if policy.date else ""))
    _labelled("source", f"{policy.source}, {policy.url}")
    for clause in policy.clauses:
        _say("")
        _say(clause.id)
        _labelled(clause.level, clause.title)
        _labelled("asks", clause.demand.words())
        if clause.when:
            _labelled("where", " and ".join(condition.words() for condition in clause.when))
        _labelled("says", clause.citation)


def _labelled(label: str, text: str) -> None:
    lines = textwrap.wrap(text, WIDTH - 12, break_long_words=False, break_on_hyphens=False)
    for place, line in enumerate(lines):
        _say(f"  {label if not place else '':10}{line}")


def _value(policy: Policy) -> dict[str, Any]:
    """Return a policy as a JSON value."""
    head = {field: getattr(policy, field) for field in ("name", "title", "version", "date", "url", "source")}
    clauses = [
        {
            "clause": clause.id, "title": clause.title, "level": clause.level, "citation": clause.citation,
            "asks": clause.demand.words(), "where": [condition.words() for condition in clause.when],
        }
        for clause in policy.clauses
    ]  # fmt: skip
    return head | {"clauses": clauses}


def _columns() -> None:
    """Print a line for each column that a policy may ask about."""
    from analyzer.findings.policies.subjects import KINDS, SUBJECTS  # noqa: PLC0415 - start-up time

    width, widest = max(map(len, SUBJECTS)), max(map(len, KINDS.values()))
    for name, subject in SUBJECTS.items():
        _say(f"{name:{width}}  {KINDS[subject.kind]:{widest}}  {subject.doc}")
