"""``tlsscan rules [NAME...]``: what findings are looked for, how grave they are and who says so.

Here lives: the listing.  Here does not live: any rule (``analyzer.findings.rules``).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from analyzer.findings.rule import Rule

__all__ = ["labelled", "rules"]

WIDTH = 100


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help="text is for people.")
def rules(names: tuple[str, ...], *, format_name: str) -> int:
    """List the rules that findings come from; with names, all that is known of these."""
    from analyzer.findings.rules import RULES  # noqa: PLC0415 - start-up time

    unknown = [name for name in names if name not in RULES]
    if unknown:
        raise click.UsageError(f"{unknown[0]!r} is no rule; tlsscan rules lists them")
    wanted = [RULES[name] for name in names] or list(RULES.values())
    if format_name == "json":
        import msgspec  # noqa: PLC0415 - start-up time

        fields = ("name", "severity", "title", "subject", "scope", "citation", "advice")
        told = [{field: getattr(rule, field) for field in fields} for rule in wanted]
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return 0
    for rule in wanted:
        if names:
            _whole(rule)
        else:
            click.echo(f"{rule.severity:9} {rule.name:32} {rule.title}")
    return 0


def _whole(rule: Rule) -> None:
    """Print everything of one rule."""
    click.echo(f"{rule.name}\n  {rule.title}")
    asked = f"{rule.subject}: {rule.scope}"
    for label, text in (("severity", rule.severity), ("asked of", asked), ("says", rule.citation), ("change", rule.advice)):
        labelled(label, text)


def labelled(label: str, text: str) -> None:
    """Print a text of ours, wrapped beside its label."""
    lines = textwrap.wrap(text, WIDTH - 12)
    click.echo(f"  {label:10}{lines[0]}" + "".join(f"\n{'':12}{line}" for line in lines[1:]))
