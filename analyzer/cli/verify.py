"""``tlsscan verify CAPTURE...``: read captures with Wireshark too, and say where the two differ.

Here lives: the options and the exit code.  Here does not live: comparing and its formats (``analyzer.verify``).  Everything heavy is
imported after the command line was found good.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import click

from analyzer.cli.arguments import LimitValue, limits_of
from analyzer.cli.codes import Exit
from analyzer.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.cli.messages import Messages
    from analyzer.limits import Limits
    from analyzer.verify import Verdict

__all__ = ["verify"]

FORMATS = ("text", "ndjson", "json")
"""Those of ``analyzer.verify.telling``, which is too heavy to be asked at the start."""


class FieldName(click.ParamType[str]):
    """The name of a field that is compared."""

    name = "NAME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with the names there are."""
        from analyzer.verify import FIELDS  # noqa: PLC0415 - start-up time

        if value not in FIELDS:
            self.fail(f"{value!r} is none of {', '.join(FIELDS)}.", param, ctx)
        return str(value)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("inputs", metavar="CAPTURE...", nargs=-1, required=True)
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True, help="ndjson: a line a difference.")
@click.option("--field", "fields", type=FieldName(), multiple=True, help="Only this field; repeatable.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Write to a file, whole or not at all.")
@click.option("--tshark", metavar="PATH", help="The tshark to ask; by default $WIRESHARK_PATH, else the one on PATH.")
@click.option("--limit", "limit_values", type=LimitValue(), multiple=True, help="Change a cap on memory or time: flows=500000; repeatable.")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def verify(
    inputs: tuple[str, ...],
    *,
    format_name: str,
    fields: tuple[str, ...],
    output: str,
    tshark: str | None,
    limit_values: tuple[tuple[str, int], ...],
    debug: bool,
) -> int:
    """Read captures with Wireshark's dissector too, and say where tlsscan differs.

    Every handshake message and plain alert is compared field by field, each capture by itself.  Exit code 0: both
    agree; 1: they differ; 69: there is no tshark to ask.
    """
    del debug
    from analyzer.cli.interrupts import Interrupts  # noqa: PLC0415 - start-up time
    from analyzer.cli.messages import Messages, say  # noqa: PLC0415 - as above
    from analyzer.cli.outputs import Outputs  # noqa: PLC0415 - as above

    if importlib.util.find_spec("pyshark") is None:
        say("pyshark is not installed: pip install pyshark")
        return Exit.UNAVAILABLE
    from analyzer.verify import WiresharkMissingError, find  # noqa: PLC0415 - as above
    from analyzer.verify.telling import FORMATS as TELLERS  # noqa: PLC0415 - as above

    try:
        program = find(tshark)
    except WiresharkMissingError as error:
        say(str(error))
        return Exit.UNAVAILABLE
    messages, codes = Messages(), {Exit.OK}
    with Outputs() as files, Interrupts() as interrupts:
        with interrupts.at_once():
            out = files.open(output, format_name)
        limits = limits_of(limit_values)
        verdicts = _verdicts(inputs, program, limits, fields, messages, codes, interrupts.check)
        told: list[str] = []
        for line in TELLERS[format_name](_noted(interrupts.walk(verdicts), told)):
            out.write(line)
        out.flush()
        if told or interrupts.code is None:
            files.keep()
    if interrupts.code is not None:
        codes.add(interrupts.code)
        messages.add("interrupted")
    messages.show()
    return max(codes)


def _noted(verdicts: Iterator[Verdict], told: list[str]) -> Iterator[Verdict]:
    """Walk the verdicts, noting the captures that they are on."""
    for verdict in verdicts:
        told.append(verdict.path)
        yield verdict


def _verdicts(
    inputs: Sequence[str],
    program: str,
    limits: Limits,
    fields: Sequence[str],
    messages: Messages,
    codes: set[Exit],
    check: Callable[[], None],
) -> Iterator[Verdict]:
    """Walk the verdicts on the inputs, noting each one's exit code (the highest is the run's)."""
    from analyzer.capture import expand  # noqa: PLC0415 - start-up time
    from analyzer.verify import WiresharkMissingError  # noqa: PLC0415 - as above
    from analyzer.verify import verify as ask  # noqa: PLC0415 - as above

    for given in inputs:
        try:
            for path in expand([given]).inputs:
                verdict = ask(path, tshark=program, limits=limits, fields=fields)
                check()  # an interrupt ends our own reading early: what is compared then means nothing
                if verdict.rows:
                    codes.add(Exit.DIFFER)
                yield verdict
        except CaptureError as error:
            messages.add(str(error))
            codes.add(Exit.NOT_A_CAPTURE)
        except WiresharkMissingError as error:
            messages.add(str(error))
            codes.add(Exit.UNAVAILABLE)
            return
