"""``tlsscan show CAPTURE... N...``: draw handshakes message by message.

Here lives: the options, the order of the work and the exit code.  Here does not live: which handshakes a word names (``selection``), what a
drawing shows (``analyzer.ladders``), how its file is put together (``drawings``).  Everything heavy is imported after the command line
was found good.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.arguments import LimitValue, limits_of, screen
from analyzer.cli.codes import Exit
from analyzer.cli.drawings import DRAWINGS, Sheet, drawing_of
from analyzer.cli.judgement import judging_of, judging_options
from analyzer.cli.progress import Progress
from analyzer.cli.selection import Selection, handshakes_of, selected

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.cli.drawings import Drawing
    from analyzer.cli.interrupts import Interrupts
    from analyzer.cli.messages import Messages
    from analyzer.cli.outputs import Outputs
    from analyzer.findings.judging import Judging
    from analyzer.ladders import Ladder
    from analyzer.limits import Limits
    from analyzer.scanning import Stream

__all__ = ["show"]

MOST = 1000
"""Handshakes drawn at once: they are held until all of them were read, 20 KB each, ten times that with all fields."""
NAMED = 10
"""Handshakes that are told where somebody must choose."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("words", metavar="CAPTURE... [N | N-M | N- | FINDING]...", nargs=-1, required=True)
@click.option("--format", "format_name", type=click.Choice(list(DRAWINGS)), help="By default text, or what the suffix of --output says.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Write to a file, whole or not at all.")
@click.option("-v", "--verbose", is_flag=True, help="Every field and extension of each message, with its bytes.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour.")
@click.option("--width", type=click.IntRange(20, 2000), help="Columns of text; by default the terminal's, else 100.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no warnings on standard error; errors stay.")
@judging_options
@click.option("--limit", "limit_values", type=LimitValue(), multiple=True, help="Change a cap on memory or time: flows=500000; repeatable.")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def show(
    words: tuple[str, ...],
    *,
    format_name: str | None,
    output: str,
    verbose: bool,
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
    """Draw handshakes message by message: who sent what when, what is encrypted from where, what is missing, where the time went.

    N is a handshake's number as tlsscan tells it, N-M are several, N- all from there on; FINDING is the name of a finding or of a rule, as
    tlsscan slice takes it, for its handshakes.  Where there is one handshake only, it need not be named.
    """
    del debug
    one, asked = drawing_of(output, format_name), selected(words)
    from analyzer.cli.interrupts import Interrupts  # noqa: PLC0415 - start-up time
    from analyzer.cli.messages import Messages  # noqa: PLC0415 - as above
    from analyzer.cli.outputs import Outputs, forget_stdout  # noqa: PLC0415 - as above

    columns, colored = screen(output, one.name, width=width, color=color, elsewhere=100)
    sheet = Sheet(path=output, width=columns, color=colored)
    messages, code, over = Messages(), Exit.OK, False
    bar = Progress(shown=not quiet and sys.stderr.isatty())
    work = _Work(asked, limits_of(limit_values), judging_of(trust_store, trust_ca, at, policy), messages, fields=verbose, quiet=quiet)
    try:
        with Outputs() as files, Interrupts() as interrupts, bar:
            code = work.run(one, sheet, files, interrupts, bar)
            over = True
        if interrupts.code is not None:
            if not over:
                forget_stdout()
            code = interrupts.code
            messages.add("interrupted: " + ("what was read until then is drawn" if over and work.ladders else "nothing is drawn"))
    finally:
        messages.show()
    return code


class _Work:
    """One run: find the handshakes that are meant, read them, draw them."""

    def __init__(self, asked: Selection, limits: Limits, judging: Judging, messages: Messages, *, fields: bool, quiet: bool) -> None:
        self._asked, self._limits, self._judging, self._messages = asked, limits, judging, messages
        self._fields, self._quiet = fields, quiet
        self.ladders: dict[int, Ladder] = {}
        """Those that are drawn, or where nothing is named the first, by their numbers."""
        self._count = 0
        """Handshakes read."""
        self._beyond = 0
        """Handshakes that are asked for and too many."""

    def run(self, one: Drawing, sheet: Sheet, files: Outputs, interrupts: Interrupts, bar: Progress) -> Exit:
        """Return the exit code.  Raises click.ClickException where a handshake or finding is not there."""
        from analyzer.cli.run import captures_of, damaged  # noqa: PLC0415 - start-up time
        from analyzer.errors import CaptureError  # noqa: PLC0415 - as above
        from analyzer.scanning import stream  # noqa: PLC0415 - as above

        def note(done: int, total: int | None) -> None:
            bar(done, total)
            interrupts.check()

        with interrupts.at_once():
            captures, whole = captures_of(self._asked.captures, self._messages, quiet=self._quiet)
            out = files.open(sheet.path, one.name, captures) if captures else None
            code = Exit.OK if whole else Exit.NOT_A_CAPTURE
            if out is None:
                return code
            self._judge(captures, note)
        walk = stream(captures, limits=self._limits, progress=note, data=True)
        try:
            self._read(walk, interrupts)
        except CaptureError as error:
            self._messages.add(str(error))
            code = Exit.NOT_A_CAPTURE
        bar.stop()
        if code is Exit.NOT_A_CAPTURE and not self._count:
            return code
        if damaged(walk, self._messages, quiet=self._quiet) and code is Exit.OK:
            code = Exit.DAMAGED
        if interrupts.code is None and not self._settled():
            return code if code is Exit.NOT_A_CAPTURE else Exit.USAGE
        if not self.ladders or (interrupts.code is not None and not self._asked.anything):
            self.ladders = {}
            return code
        if self._beyond and not self._quiet:
            self._messages.add(f"{MOST:,} handshakes are drawn at once: {self._beyond:,} more are not")
        one.write(out, [self.ladders[number] for number in self._asked.order(self.ladders)], sheet)
        out.flush()
        files.keep()
        return code

    def _judge(self, captures: list[Any], note: Callable[[int, int | None], None]) -> None:
        """Ask for the handshakes of the findings that are named: the captures are read once more for it, so that none need be kept."""
        from analyzer.capture.inputs import reopenable  # noqa: PLC0415 - start-up time

        if not self._asked.findings:
            return
        if given := next((capture for capture in captures if not reopenable(capture)), None):
            name = "standard input" if given == "-" else given
            raise click.ClickException(f"{name} cannot be read twice, as a finding needs: write it to a file first, or name the handshake")
        numbers, beyond = handshakes_of(self._asked.findings, captures, self._limits, self._judging, note)
        self._asked.spans += [(number, number) for number in numbers]
        if beyond and not self._quiet:
            self._messages.add(f"findings name the first of their handshakes: {beyond:,} more are not drawn")

    def _read(self, walk: Stream, interrupts: Interrupts) -> None:
        """Read until all that is asked for was seen."""
        from analyzer.handshakes.handshake import Handshake  # noqa: PLC0415 - start-up time
        from analyzer.ladders.reading import ladder  # noqa: PLC0415 - as above

        names: list[str] = []
        for handshake in interrupts.walk(walk.everything(), walk):
            if not isinstance(handshake, Handshake):
                continue
            self._count += 1
            if self._asked.anything:
                wanted, beyond = handshake.number in self._asked, len(self.ladders) >= MOST
            else:
                wanted, beyond = handshake.number <= NAMED, False
            if wanted and beyond:
                self._beyond += 1
            elif wanted:
                names[:] = [source.name for source in walk.sources]
                self.ladders[handshake.number] = ladder(handshake, names, fields=self._fields)
            if self._asked.anything and self._asked.over(len(self.ladders) + self._beyond):
                break

    def _settled(self) -> bool:
        """Tell whether it is clear what to draw; say what there is where it is not."""
        there = f"its handshakes are 1 to {self._count:,}" if self._count else "it has none"
        if self._asked.anything:
            if (number := self._asked.lacking(self.ladders, self._count)) is None:
                return True
            self._messages.add(f"no handshake {number} in what was read: {there}")
            return False
        if self._count == 1:
            self._asked.spans = [(number, number) for number in self.ladders]
            return True
        if not self._count:
            self._messages.add("no handshake in what was read")
            return False
        name = self._asked.captures[0] if len(self._asked.captures) == 1 else "CAPTURE..."
        self._messages.add(f"there are {self._count:,} handshakes: name those to draw, as in tlsscan show {name} 1 (or 2-4, or 1- for all)")
        for at, ladder in sorted(self.ladders.items()):
            told = (f"{ladder.client} → {ladder.server_name or ladder.server}", ladder.version, ladder.outcome)
            self._messages.add(f"{at:>4}  {', '.join(part for part in told if part)}")
        if self._count > len(self.ladders):
            self._messages.add(f"and {self._count - len(self.ladders):,} more: tlsscan {name} lists them")
        return False
