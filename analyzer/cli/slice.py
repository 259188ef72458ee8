"""``tlsscan slice CAPTURE... FINDING -o small.pcapng``: cut the packets that show a finding out of captures.

Here lives: the options, what a name of a finding means, the order of the work and the exit code.  Here does not live: finding
(``analyzer.findings``), which packets go with a connection (``findings.cutting``), the file (``capture.writing``).  Everything heavy is
imported after the command line was found good.
"""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from analyzer.cli.arguments import LimitValue, limits_of
from analyzer.cli.codes import Exit
from analyzer.cli.judgement import judging_of, judging_options
from analyzer.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.capture import Source
    from analyzer.cli.messages import Messages
    from analyzer.cli.outputs import Outputs
    from analyzer.findings.cutting import Known, Ledger, Lenders
    from analyzer.findings.finding import Finding
    from analyzer.findings.judging import Judging
    from analyzer.limits import Limits
    from analyzer.reports.report import Told
    from analyzer.scanning import Stream

__all__ = ["slice"]

NEAR, MOST_NAMES = 3, 10_000
"""Names told where a name is none, and names kept to look for them."""
HANDSHAKE = "handshake:"


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """What a name stands for: its proof, the connections that it is about, and how the slice tells of it."""

    title: str
    proof: frozenset[int]
    known: list[Known]
    beyond: int = 0
    """Handshakes that it is about and does not name one by one."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("inputs", metavar="CAPTURE...", nargs=-1, required=True)
@click.argument("finding", metavar="FINDING")
@click.option("-o", "--output", metavar="FILE", required=True, help="Write to a pcapng file, whole or not at all; - is standard output.")
@click.option("--only-proof", is_flag=True, help="Only the packets that prove it, without the rest of their connections.")
@judging_options
@click.option("--progress/--no-progress", default=None, help="A bar on standard error; by default on a terminal when it takes long.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no warnings on standard error; errors stay.")
@click.option("--limit", "limit_values", type=LimitValue(), multiple=True, help="Change a cap on memory or time: flows=500000; repeatable.")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def slice(  # noqa: A001 - the command's name
    inputs: tuple[str, ...],
    finding: str,
    *,
    output: str,
    only_proof: bool,
    progress: bool | None,
    quiet: bool,
    limit_values: tuple[tuple[str, int], ...],
    trust_store: tuple[str, ...],
    trust_ca: tuple[str, ...],
    at: int | None,
    policy: tuple[str, ...],
    debug: bool,
) -> int:
    """Cut the packets that show a finding out of captures.

    FINDING is the name of a finding as tlsscan --table findings tells it (rule:handshake), a rule's name for all that it found, or
    handshake:N, or N alone, for a handshake.  With the packets that prove it go those of its handshakes and what else their connections
    sent meanwhile, so that a scan of the slice finds it again.  Each packet's comment says where it comes from.
    """
    del debug
    _check(inputs, output)
    from analyzer.cli.interrupts import Interrupts  # noqa: PLC0415 - start-up time
    from analyzer.cli.messages import Messages  # noqa: PLC0415 - as above
    from analyzer.cli.outputs import Outputs  # noqa: PLC0415 - as above

    messages, code, whole = Messages(), Exit.OK, False
    bar = Progress(shown=not quiet and (sys.stderr.isatty() if progress is None else progress))
    try:
        with Outputs() as files, Interrupts() as interrupts, bar, interrupts.at_once():

            def note(done: int, total: int | None) -> None:
                bar(done, total)
                interrupts.check()

            work = _Work(inputs, limits_of(limit_values), judging_of(trust_store, trust_ca, at, policy), note, messages, quiet=quiet)
            code = work.run(finding, output, files, only_proof=only_proof)
            whole = True
        if not whole and interrupts.code is not None:
            code = interrupts.code
            messages.add("interrupted: nothing is written")
    finally:
        messages.show()
    return code


def _check(inputs: Sequence[str], output: str) -> None:
    """Refuse what cannot be: captures that cannot be read twice, bytes for a terminal."""
    from pathlib import Path  # noqa: PLC0415 - start-up time

    from analyzer.capture.inputs import reopenable  # noqa: PLC0415 - start-up time

    for given in inputs:
        if given == "-" or (Path(given).exists() and not Path(given).is_dir() and not reopenable(given)):
            name = "standard input" if given == "-" else given
            raise click.ClickException(f"{name} cannot be read twice, as a slice needs: write it to a file first")
    if output == "-" and sys.stdout is not None and sys.stdout.isatty():
        raise click.ClickException("a slice is no text for a terminal: name a file with --output, or lead standard output to one")


class _Work:
    """One run: scan, find, walk again, write."""

    def __init__(
        self,
        inputs: Sequence[str],
        limits: Limits,
        judging: Judging,
        note: Callable[[int, int | None], None],
        messages: Messages,
        *,
        quiet: bool,
    ) -> None:
        self._inputs, self._limits, self._judging, self._note, self._messages = inputs, limits, judging, note, messages
        self._quiet = quiet
        self._paths: list[Any] = []

    def run(self, name: str, output: str, files: Outputs, *, only_proof: bool) -> Exit:
        """Return the exit code; raises click.ClickException where the name is none."""
        from analyzer.capture.writing import select  # noqa: PLC0415 - start-up time
        from analyzer.cli.run import captures_of, damaged  # noqa: PLC0415 - as above
        from analyzer.findings.cutting import Ledger, Lenders, connections  # noqa: PLC0415 - as above
        from analyzer.scanning import stream  # noqa: PLC0415 - as above

        self._paths, whole = captures_of(self._inputs, self._messages, quiet=self._quiet)
        code = Exit.OK if whole else Exit.NOT_A_CAPTURE
        if not self._paths:
            return code
        out = files.open(output, "pcapng", self._paths)
        walk, ledger = stream(self._paths, limits=self._limits, progress=self._note), Ledger()
        found = Found(name, Lenders())
        _scan(walk, ledger, found, self._judging)
        self._note(walk.counters.bytes, None)  # an interrupt ends a walk early: what it found then is not all
        if damaged(walk, self._messages, quiet=self._quiet) and code is Exit.OK:
            code = Exit.DAMAGED
        cut = cut_of(found, ledger)
        if cut.beyond and not self._quiet:
            self._messages.add(f"{name} names {len(cut.known)} of its {len(cut.known) + cut.beyond} handshakes: the others are not cut out")
        wanted = cut.proof if only_proof else cut.proof | connections(self._captures(), cut.known, self._limits, self._note)
        packets = self._write(select(self._captures(), wanted), out, cut, walk.sources)
        if packets < len(wanted):
            self._messages.add(f"{len(wanted) - packets} packets are no longer in the captures, which were changed meanwhile")
            code = Exit.DAMAGED if code is Exit.OK else code
        out.flush()
        files.keep()
        return code

    def _captures(self) -> list[Any]:
        """Return the captures, to be read once more, in the order of the scan."""
        from analyzer.capture import Capture, expand  # noqa: PLC0415 - start-up time

        return [Capture(path, index, self._limits) for index, path in enumerate(expand(self._paths).inputs)]

    def _write(self, chosen: Iterable[Any], out: Any, cut: Cut, sources: list[Source]) -> int:
        from analyzer.capture.writing import Writer, origin  # noqa: PLC0415 - start-up time
        from analyzer.cli.reporting import version  # noqa: PLC0415 - as above

        place = origin(sources)

        def comment(packet: int) -> str:
            return place(packet) + (f"; it shows {cut.title}" if packet in cut.proof else "")

        writer = Writer(out, comment=f"Packets that show {cut.title}", application=f"tlsscan {version()}", sources=sources)
        for at, block in enumerate(chosen):
            writer.write(block, comment)
            self._note(at, None)
        return writer.packets


class Found:
    """What of the findings answers to a name, and which names there are beside it; the rest is let go."""

    def __init__(self, name: str, lenders: Lenders) -> None:
        self.name, self.lenders = name, lenders
        number = name.removeprefix(HANDSHAKE)
        self.number = int(number[:18]) if number.isascii() and number.isdigit() else None
        """The handshake that is meant; then nothing need be judged."""
        self._exact: list[Finding] = []
        self._of_rule: list[Finding] = []
        self._others: dict[str, None] = {}

    def add(self, findings: Iterable[Finding]) -> None:
        """Look at findings."""
        for one in findings:
            name = one.name
            if name == self.name:
                self._exact.append(one)
            elif one.rule == self.name:
                self._of_rule.append(one)
            elif len(self._others) < MOST_NAMES:
                self._others[one.rule] = self._others[name] = None

    def chosen(self) -> list[Finding]:
        """Return the findings that are meant.  Raises click.ClickException where there are none."""
        found = self._exact or self._of_rule
        if found:
            return found
        near = difflib.get_close_matches(self.name, self._others, NEAR, 0.6)
        told = f"near it: {', '.join(near)}" if near else "tlsscan --table findings lists them" if self._others else "nothing was found"
        raise click.ClickException(f"no finding {self.name!r}; {told}")


def _scan(walk: Stream, ledger: Ledger, found: Found, judging: Judging) -> None:
    """Walk everything, and judge it unless only a handshake is asked for."""
    from analyzer.errors import JudgingError  # noqa: PLC0415 - start-up time
    from analyzer.findings.rules import RULES  # noqa: PLC0415 - as above
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - as above
    from analyzer.reports.report import Told  # noqa: PLC0415 - as above

    rule = RULES.get(found.name.partition(":")[0])
    of_chains = rule is not None and rule.subject.startswith("chain")  # only then it matters who lent certificates
    try:
        told = Told(TABLES, walk.sources, judging, wanted=() if found.number is not None else ("findings", "trust")[: 1 + of_chains])
    except JudgingError as error:
        raise click.ClickException(str(error)) from None
    for one in walk.everything():
        ledger.add(one)
        told.take(one)
        _drain(told, found)
        if told.handshake is not None:
            found.lenders.add(told.handshake)
    told.finish()
    _drain(told, found)


def _drain(told: Told, found: Found) -> None:
    """Take over what the judge has found so far."""
    if told.judge is not None:
        findings, told.judge.findings = told.judge.findings, []
        found.add(findings)
        found.lenders.trust(told.rows("trust"))


def cut_of(found: Found, ledger: Ledger) -> Cut:
    """Return what a name stands for among the findings and handshakes of a scan.  Raises click.ClickException where it is none."""
    if found.number is not None:
        return _handshake(found.number, ledger)
    chosen = found.chosen()
    numbers = {number for one in chosen for number in (one.handshake, *one.handshakes, *found.lenders.of(one)) if number is not None}
    proof = frozenset(packet for one in chosen for packet in one.packets)
    known = [ledger.connection(number) for number in sorted(numbers) if number in ledger]
    beyond = sum(max(one.count - len(one.handshakes), 0) for one in chosen if one.handshakes)
    return Cut(title=f"{found.name} ({chosen[0].title})", proof=proof, known=[*known, *ledger.plain(proof)], beyond=beyond)


def _handshake(number: int, ledger: Ledger) -> Cut:
    if number not in ledger:
        there = f"its handshakes are 1 to {len(ledger)}" if len(ledger) else "it has none"
        raise click.ClickException(f"no handshake {number} in what was read: {there}")
    return Cut(title=f"handshake {number}", proof=frozenset(ledger[number].packets), known=[ledger.connection(number)])
