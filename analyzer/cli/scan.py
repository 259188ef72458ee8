"""``tlsscan CAPTURE...``: read captures and report every TLS handshake in them.

Here lives: the options, the help and what they default to.  Here does not live: the run itself (``run``), formats
(``reports``).  Everything heavy is imported after the command line was found good.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from analyzer.cli.arguments import LimitValue, TableName, limits_of
from analyzer.cli.codes import EXIT_CODES
from analyzer.cli.commands import MEANINGS
from analyzer.cli.judgement import SEVERITIES, judging_of, judging_options
from analyzer.cli.live_options import live_options, option_of
from analyzer.cli.progress import Progress
from analyzer.cli.reporting import version, wanted_of
from analyzer.reports import FORMATS, Format

__all__ = ["scan"]

EXAMPLES = (
    ("tlsscan capture.pcapng", "a summary, then a row per handshake"),
    ("tlsscan --format ndjson a.pcap.gz b.pcap | jq .server_name", "a JSON object per handshake, as they end"),
    ("tlsscan -i eth0 -f 'tcp port 443'", "handshakes as they happen; tlsscan interfaces lists where"),
    ("tcpdump -w - port 443 | tlsscan -", "read a pipe"),
    ("tlsscan -o report.html -o report.json captures/", "several files at once, formats by suffix (tlsscan formats)"),
    ("tlsscan --format parquet -o tables/ capture.pcap", "a folder with a file per table"),
    ("tlsscan --format csv --table certificates capture.pcap", "another table"),
    ("tlsscan --fail-on high --trust-store roots.pem capture.pcapng", "exit code 1 where something grave is found"),
    ("tlsscan show capture.pcapng 3", "handshake 3 message by message, as a ladder"),
    ("tlsscan why capture.pcapng", "why handshakes failed, with proof and what to change"),
    ("tlsscan slice capture.pcapng old-version-negotiated:3 -o small.pcapng", "cut the packets of a finding out"),
    ("tlsscan verify capture.pcapng", "what Wireshark's dissector reads differently (tlsscan verify --help)"),
)


class ScanCommand(click.Command):
    """The default command: its help is the help of tlsscan."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Leave out the command's name, as people do."""
        formatter.write_usage("tlsscan", " ".join(self.collect_usage_pieces(ctx)))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Add what no option says: formats, examples, exit codes."""
        del ctx
        lists: tuple[tuple[str, list[tuple[str, str]]], ...] = (
            ("Commands", [(name, meaning) for name, meaning in MEANINGS.items() if name != "scan"]),
            ("Formats", [(one.name, f"{one.doc} ({' '.join(one.suffixes)})") for one in FORMATS.values()]),
            ("Exit codes", [(str(int(code)), meaning) for code, meaning in EXIT_CODES.items()]),
        )
        with formatter.section("Examples"):
            for command, meaning in EXAMPLES:
                formatter.write(f"{'':{formatter.current_indent}}{command}\n{'':{formatter.current_indent + 4}}{meaning}\n")
        for title, rows in lists:
            with formatter.section(title):
                formatter.write_dl(rows)


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from analyzer import registry  # noqa: PLC0415 - start-up time

        click.echo(f"tlsscan {version()} (names of numbers as of {registry.DATE})")
        ctx.exit()


def _show_tables(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from analyzer.findings.tables import TABLES  # noqa: PLC0415 - start-up time

        for table in TABLES.values():
            click.echo(f"{table.name:14}{table.doc}")
        ctx.exit()


def _show_limits(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Print the limits with their defaults and reasons, and exit."""
    if value:
        from analyzer.limits import DEFAULT, reasons  # noqa: PLC0415 - start-up time

        for name, reason in reasons().items():
            click.echo(f"{name:28}{getattr(DEFAULT, name):>12}  {reason}")
        ctx.exit()


@click.command(cls=ScanCommand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("inputs", metavar="CAPTURE... | -i NAME", nargs=-1)
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), help="By default text, or what the suffix of --output says.")
@click.option("--table", type=TableName(), default="handshakes", show_default=True, help="Table to show; --tables lists them.")
@click.option("-o", "--output", "outputs", metavar="FILE|DIR/", multiple=True, help="Write to a file, whole or not at all; repeatable.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour.")
@click.option("--no-color", is_flag=True, help="The same as --color never.")
@click.option("--width", type=click.IntRange(20, 2000), help="Columns of text; by default the terminal's, else 240.")
@click.option("--progress/--no-progress", default=None, help="A bar on standard error; by default on a terminal when it takes long.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no warnings on standard error; errors stay.")
@judging_options
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit code 1 where a finding is of this severity or graver.")
@live_options
@click.option("--limit", "limit_values", type=LimitValue(), multiple=True, help="Change a cap on memory or time: flows=500000; repeatable.")
@click.option("--limits", is_flag=True, is_eager=True, expose_value=False, callback=_show_limits, help="List the caps and exit.")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
@click.option("--tables", is_flag=True, is_eager=True, expose_value=False, callback=_show_tables, help="List the tables and exit.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and exit.")
def scan(
    inputs: tuple[str, ...],
    *,
    format_name: str | None,
    table: str,
    outputs: tuple[str, ...],
    color: str,
    no_color: bool,
    width: int | None,
    progress: bool | None,
    quiet: bool,
    trust_store: tuple[str, ...],
    trust_ca: tuple[str, ...],
    at: int | None,
    policy: tuple[str, ...],
    fail_on: str | None,
    limit_values: tuple[tuple[str, int], ...],
    debug: bool,
    interfaces: tuple[str, ...],
    **live: Any,
) -> int:
    """Read TLS handshakes out of network captures, or from interfaces as they happen (-i).

    CAPTURE is a pcap or pcapng file (also gzip, zstd, lz4, xz, bzip2), a folder of them, or - for standard input.
    Several captures are read as one body of traffic.
    """
    del debug
    if interfaces:
        if inputs:
            raise click.UsageError(f"{inputs[0]}: captures are not read while interfaces are watched (-i)")
        from analyzer.cli.watch import watch  # noqa: PLC0415 - start-up time

        return watch(
            interfaces,
            format_name=format_name,
            table=table,
            outputs=outputs,
            color="never" if no_color else color,
            width=width,
            quiet=quiet,
            judging=judging_of(trust_store, trust_ca, at, policy),
            fail_on=fail_on,
            limits=limits_of(limit_values),
            **live,
        )
    if given := next((name for name, value in live.items() if value not in {None, ()}), None):
        raise click.UsageError(f"{option_of(given)} goes with -i: it is for interfaces that are watched live")
    if not inputs:
        raise click.UsageError("Missing argument 'CAPTURE...' (or -i NAME to watch an interface).")
    wanted, folders = wanted_of(outputs or ("-",), format_name, table, width=width, color="never" if no_color else color)
    from analyzer.cli.run import run  # noqa: PLC0415 - start-up time

    return run(
        inputs,
        wanted,
        folders=folders,
        limits=limits_of(limit_values),
        judging=judging_of(trust_store, trust_ca, at, policy),
        fail_on=fail_on,
        bar=Progress(shown=_progress([(path, one) for path, one, _ in wanted], progress=False if quiet else progress)),
        quiet=quiet,
    )


def _progress(wanted: list[tuple[str, Format]], *, progress: bool | None) -> bool:
    """Whether a bar may be shown: never over rows that run across the same terminal."""
    if progress is not None:
        return progress
    rows = any(path == "-" and one.streaming for path, one in wanted)
    return sys.stderr.isatty() and not (rows and sys.stdout.isatty())
