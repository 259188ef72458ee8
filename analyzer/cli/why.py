"""``tlsscan why CAPTURE...``: why handshakes failed, each with its proof and what to change.

Here lives: the options.  Here does not live: finding causes (``analyzer.findings.causes``), how they are told
(``analyzer.reports.reasons``).  Everything heavy is imported after the command line was found good.
"""

from __future__ import annotations

import sys

import click

from analyzer.cli.arguments import LimitValue, limits_of, screen
from analyzer.cli.judgement import judging_of, judging_options
from analyzer.cli.progress import Progress

__all__ = ["why"]

FORMATS = ("text", "ndjson", "csv")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("inputs", metavar="CAPTURE...", nargs=-1, required=True)
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True, help="text is for people.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Write to a file, whole or not at all.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour.")
@click.option("--width", type=click.IntRange(20, 2000), help="Columns of text; by default the terminal's, else 100.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no warnings on standard error; errors stay.")
@judging_options
@click.option("--limit", "limit_values", type=LimitValue(), multiple=True, help="Change a cap on memory or time: flows=500000; repeatable.")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def why(
    inputs: tuple[str, ...],
    *,
    format_name: str,
    output: str,
    color: str,
    width: int | None,
    quiet: bool,
    trust_store: tuple[str, ...],
    trust_ca: tuple[str, ...],
    at: int | None,
    policy: tuple[str, ...],
    limit_values: tuple[tuple[str, int], ...],
    debug: bool,
) -> int:
    """Say why handshakes failed: the cause, what proves it, what to change; the likeliest first where several are possible.

    What encryption hides and was told from sizes and directions of records is marked as inferred.
    """
    del debug
    from analyzer.cli.run import run  # noqa: PLC0415 - start-up time
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - as above
    from analyzer.reports import FORMATS as ALL  # noqa: PLC0415 - as above
    from analyzer.reports import Format  # noqa: PLC0415 - as above
    from analyzer.reports.report import Options  # noqa: PLC0415 - as above

    text = Format("text", (".txt",), "analyzer.reports.reasons", "why handshakes failed")
    columns, colored = screen(output, format_name, width=width, color=color, elsewhere=100)
    options = Options(tables=TABLES, table="causes", width=columns, color=colored)
    return run(
        inputs,
        [(output, text if format_name == "text" else ALL[format_name], lambda: options)],
        limits=limits_of(limit_values),
        judging=judging_of(trust_store, trust_ca, at, policy),
        bar=Progress(shown=not quiet and sys.stderr.isatty()),
        quiet=quiet,
    )
