"""``tlsscan certs CAPTURE...``: the certificates that were shown, as a list, or as PEM files.

Here lives: the options, the order of the work, the exit code.  Here does not live: gathering (``analyzer.reports.inventory``), the list
(``analyzer.reports.listing``), writing to a folder (``pem_folder``).  Everything heavy is imported after the command line was found good.
"""

from __future__ import annotations

import sys

import click

from analyzer.cli.arguments import LimitValue, limits_of, screen
from analyzer.cli.codes import Exit
from analyzer.cli.progress import Progress

__all__ = ["certs"]

FORMATS = ("text", "json", "ndjson", "csv")
ROLES = ("server", "client", "issuer")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("inputs", metavar="CAPTURE...", nargs=-1, required=True)
@click.option("--pem", "folder", metavar="DIR",
              help="Write each certificate as a PEM file into this folder, and index.csv; -: write them in the list's place.")
@click.option("--chains", is_flag=True, help="Write (--pem) or tell (--format json) each chain too, as it was shown, the leaf first.")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True,
              help="Only those that a server or a client showed as its own, or that stood behind another as its issuer; repeatable.")
@click.option("--name", metavar="PATTERN", default="", help="Only those with such a name: '*.example.com'; case does not count.")
@click.option("--handshake", "handshakes", metavar="N", type=click.IntRange(1), multiple=True,
              help="Only those of a handshake; repeatable.")
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True, help="text is for people.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Write the list to a file, whole or not at all.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour.")
@click.option("--width", type=click.IntRange(20, 2000), help="Columns of text; by default the terminal's, else 160.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no warnings on standard error; errors stay.")
@click.option("--limit", "limit_values", type=LimitValue(), multiple=True, help="Change a cap on memory or time: flows=500000; repeatable.")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def certs(
    inputs: tuple[str, ...],
    *,
    folder: str | None,
    chains: bool,
    roles: tuple[str, ...],
    name: str,
    handshakes: tuple[int, ...],
    format_name: str,
    output: str,
    color: str,
    width: int | None,
    quiet: bool,
    limit_values: tuple[tuple[str, int], ...],
    debug: bool,
) -> int:
    """List the certificates of captures, each once: whose it is, until when, who showed it; or write them as PEM files.

    Files are named after a certificate's first DNS name, or its common name, and its SHA-256.  A file that is there already with the same
    content stays; one with another content is left alone and told.  What is odd is written as it was seen.
    """
    del debug
    from analyzer.cli.messages import say  # noqa: PLC0415 - start-up time
    from analyzer.cli.pem_folder import PemFolder  # noqa: PLC0415 - as above
    from analyzer.cli.run import run  # noqa: PLC0415 - as above
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - as above
    from analyzer.reports.inventory import Wanted  # noqa: PLC0415 - as above
    from analyzer.reports.listing import Listing  # noqa: PLC0415 - as above
    from analyzer.reports.report import Options  # noqa: PLC0415 - as above

    place = None if folder in {None, "-"} else PemFolder(str(folder))
    shape = "pem" if folder == "-" else format_name
    columns, colored = screen(output, shape, width=width, color=color, elsewhere=160)
    options = Options(tables=TABLES, table="certificates", width=columns, color=colored)
    listing = Listing(
        shape,
        (),
        "analyzer.reports.listing",
        "certificates",
        wanted=Wanted(frozenset(roles or ROLES), frozenset(handshakes), name.lower(), chains),
        named=place is not None,
        over=None if place is None else place.write,
    )
    if place is not None:
        place.make()
    code = run(
        inputs,
        [(output, listing, lambda: options)],
        limits=limits_of(limit_values),
        bar=Progress(shown=not quiet and sys.stderr.isatty()),
        quiet=quiet,
    )
    if place is not None:
        place.leave()
        for line in place.refused:
            say(line)
        if not quiet and place.told:
            say(place.told)
        if place.refused and code is Exit.OK:
            return Exit.NOT_WRITTEN
    return code
