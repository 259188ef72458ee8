"""Selection: which handshakes the words of a command line name — numbers, spans of them, findings.

Here lives: telling such words from captures, and which numbers they come to.  Here does not live: any command, what findings are
(``analyzer.findings``).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from typing import Any

    from analyzer.cli.slice import Found
    from analyzer.findings.judging import Judging
    from analyzer.limits import Limits
    from analyzer.reports.report import End, Told

__all__ = ["Selection", "handshakes_of", "selected"]

_SPAN = re.compile(r"(?:handshake:)?([0-9]{1,18})(?:(-)([0-9]{1,18})?)?")
_FINDING = re.compile(r"[^:]+:p?[0-9]+(:[0-9a-f]{1,64})?")
"""rule:handshake, rule:pPACKET, either with a certificate: as ``Finding.name`` puts them together."""


class Selection(msgspec.Struct, kw_only=True):
    """The handshakes that are asked for; none of them: ``anything`` is False."""

    captures: list[str]
    spans: list[tuple[int, int | None]] = []
    """(first, last) as they were named; last None for all from there on."""
    findings: list[str] = []
    """Names of findings, whose handshakes are to be added to ``spans``."""

    @property
    def anything(self) -> bool:
        """Whether any handshake is named."""
        return bool(self.spans or self.findings)

    def __contains__(self, number: int) -> bool:
        """Tell whether a handshake is asked for."""
        return any(first <= number and (last is None or number <= last) for first, last in self.spans)

    def over(self, seen: int) -> bool:
        """Tell whether nothing more can come when ``seen`` different handshakes that are asked for were seen."""
        if any(last is None for _, last in self.spans):
            return False
        whole, until = 0, 0
        for first, last in sorted((first, last or first) for first, last in self.spans):
            whole += max(last - max(first, until + 1) + 1, 0)
            until = max(until, last)
        return seen >= whole

    def lacking(self, seen: Container[int], count: int) -> int | None:
        """Return the first of the numbers that is not there where ``count`` handshakes were read, some beside those ``seen`` not yet.

        The end of a span may lie beyond.
        """
        return next((first for first, _ in self.spans if first > count and first not in seen), None)

    def order(self, numbers: Iterable[int]) -> list[int]:
        """Return numbers in the order in which they were asked for, those of a span ascending."""
        return sorted(numbers, key=lambda number: (next(at for at, span in enumerate(self.spans) if _within(number, span)), number))


def _within(number: int, span: tuple[int, int | None]) -> bool:
    return span[0] <= number and (span[1] is None or number <= span[1])


def selected(words: Sequence[str]) -> Selection:
    """Tell captures from names of handshakes: the first word is a capture, and each other that is a file, or looks like nothing else.

    ``3``, ``3-5``, ``3-`` (from there on), ``1,4``, ``handshake:3``; ``rule:3``, ``rule:3:0a1b2c3d`` or a rule's name are findings.
    Raises click.UsageError where a number cannot be one.
    """
    found = Selection(captures=[words[0]], spans=[], findings=[])
    for word in words[1:]:
        if word == "-" or _is_there(word):
            found.captures.append(word)
        elif spans := [_span(part, word) for part in word.split(",")] if _SPAN.fullmatch(word.split(",")[0]) else []:
            found.spans += spans
        elif _FINDING.fullmatch(word) or _is_rule(word):
            found.findings.append(word)
        else:
            found.captures.append(word)
    return found


def _is_there(word: str) -> bool:
    try:
        return os.path.exists(word)  # noqa: PTH110 - a word may be no path at all
    except ValueError:
        return False


def _span(part: str, word: str) -> tuple[int, int | None]:
    if not (found := _SPAN.fullmatch(part)):
        raise click.UsageError(f"{word}: {part!r} is neither a number nor a span of numbers such as 3-5")
    first, last = int(found[1]), int(found[3]) if found[3] else None if found[2] else int(found[1])
    if not first or (last is not None and last < first):
        raise click.UsageError(f"{part}: handshakes are numbered from 1, and the smaller number of a span is its first")
    return first, last


def _is_rule(word: str) -> bool:
    if not re.fullmatch(r"[a-z0-9-]+", word):
        return False
    from analyzer.findings.rules import RULES  # noqa: PLC0415 - start-up time

    return word in RULES


def handshakes_of(
    names: Sequence[str], captures: list[Any], limits: Limits, judging: Judging, note: Callable[[int, int | None], None]
) -> tuple[list[int], int]:
    """Read and judge captures; return the numbers of the handshakes that the named findings are about, and how many more they do not name.

    Raises click.ClickException where a name is none, or where it is about no handshake.
    """
    from analyzer.cli.slice import Found  # noqa: PLC0415 - start-up time
    from analyzer.errors import JudgingError  # noqa: PLC0415 - as above
    from analyzer.findings.cutting import Lenders  # noqa: PLC0415 - as above
    from analyzer.findings.tables import TABLES  # noqa: PLC0415 - as above
    from analyzer.reports.report import Told, tell  # noqa: PLC0415 - as above
    from analyzer.scanning import stream  # noqa: PLC0415 - as above

    walk = stream(captures, limits=limits, progress=note)
    looked = _Looking([Found(name, Lenders()) for name in names])
    try:
        tell(walk.everything(), Told(TABLES, walk.sources, judging, wanted=("findings",)), [looked])
    except JudgingError as error:
        raise click.ClickException(str(error)) from None
    note(walk.counters.bytes, None)  # an interrupt ends a walk early: what it found then is not all
    chosen = [finding for one in looked.found for finding in one.chosen()]
    numbers = {number for finding in chosen for number in (finding.handshake, *finding.handshakes) if number is not None}
    if not numbers:
        raise click.ClickException(f"{names[0]} is about no handshake: tlsscan slice cuts its packets out")
    return sorted(numbers), sum(max(finding.count - len(finding.handshakes), 0) for finding in chosen if finding.handshakes)


class _Looking:
    """A report that only looks for findings by their names, and lets go of the others."""

    def __init__(self, found: list[Found]) -> None:
        self.found = found

    def add(self, told: Told) -> None:
        """Look at what the judge has found so far."""
        if told.judge is not None:
            findings, told.judge.findings = told.judge.findings, []
            for one in self.found:
                one.add(findings)

    def flush(self) -> None:
        """Do nothing: nobody reads along."""

    def end(self, end: End) -> None:
        """Do nothing."""
