"""Markdown: a report for tickets and pull requests, which GitHub takes whole: what was captured, how it went, what was found, what failed.

Here lives: the order, and what must make room.  Here does not live: findings and failures (``cases``), what may stand in Markdown
(``gfm``), counting (``summary``).

GitHub takes 65,536 characters.  The most important stands first, a part leaves room for those behind it, and what there is no room for is
counted, with the command that tells all of it.  For another table than handshakes that table stands alone, with the columns that text
shows first.
"""

from __future__ import annotations

from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer.escapes import markdown as code
from analyzer.reports.cases import Failures, Findings
from analyzer.reports.cells import FIRST, HANDSHAKE_COLUMNS, table_cell
from analyzer.reports.gfm import head, row, sentence
from analyzer.reports.overview import COUNTS, OF_ALL, beside, number, share
from analyzer.reports.summary import Summary
from analyzer.times import iso_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.facts.table import Row
    from analyzer.reports.report import End, Options, Told
    from analyzer.scanning import Source

__all__ = ["LIMIT", "Report"]

LIMIT = 65_000
"""Bytes of UTF-8; GitHub takes 65,536 characters in an issue, a comment, the text of a pull request."""
_AFTER_FINDINGS, _AFTER_FAILURES, _AFTER_ROWS = 22_000, 14_000, 600
"""Bytes that findings leave for what comes behind them, failures for the handshakes, and rows for the last words."""
_CAPTURES, _NAMES, _SUMS = 10, 8, 20
"""Captures, names of one kind, and sums that are told one by one."""
_ROWS = 600
"""Handshakes kept: more have no room, for a row takes a hundred bytes."""
_CELL = 100

COLUMNS = ("#", "time", "client", "server", "server name", "version", "cipher suite", "group", "certificate", "outcome")
"""Columns of the handshakes."""
_SHOWN = [(column, cell) for column, cell in HANDSHAKE_COLUMNS if column.header in COLUMNS]


class _Page:
    """Lines that come to no more than LIMIT."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._bytes = 0

    def add(self, text: str, keep: int = 0) -> bool:
        """Add it where there is room, and ``keep`` bytes are left; tell whether there was."""
        size = len(text.encode()) + 1
        if self._bytes + size > LIMIT - keep:
            return False
        self._lines.append(text)
        self._bytes += size
        return True

    def fill(self, told: Iterable[tuple[int, str]], keep: int) -> tuple[int, int]:
        """Add (things, text) while there is room; return how many texts and things there was none for, which are the last ones."""
        texts = things = 0
        for count, text in told:
            if texts or not self.add(text, keep):
                texts, things = texts + 1, things + count
        return texts, things

    def bytes(self) -> bytes:
        """Return it as UTF-8."""
        return "\n".join(self._lines).encode()


class Report:
    """The whole report, written at the end; until then only counts and the first lines of each part are kept."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin counting."""
        self._out = out
        self._options = options
        self._table = options.tables[options.table]
        self._names = [column.name for column in self._table.columns]
        self._finding = [column.name for column in options.tables["findings"].columns] if "findings" in options.tables else []
        self._summary = Summary(options.tables)
        self._findings = Findings()
        self._failures = Failures()
        self._sums: list[tuple[str, list[tuple[str, str]]]] = []
        self._first: list[tuple[int, str]] = []
        """The handshakes of the lowest numbers: a heap of (number, negative; row of the table)."""
        self._alone = _Page()
        self._kept = self._rows = 0
        first = FIRST.get(self._table.name, self._names)
        self._shown = [(self._names.index(name), self._table.columns[self._names.index(name)]) for name in first if name in self._names]

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        if self._options.table != "handshakes":
            for one in told.rows(self._table.name):
                self._alone_row(one)
            return
        self._summary.add(told)
        if self._finding:
            self._findings.add(dict(zip(self._finding, one, strict=True)) for one in told.rows("findings"))
        if told.over:
            self._sums = list(told.sums())
        for one in told.rows("handshakes"):
            self._handshake(dict(zip(self._names, one, strict=True)))

    def _handshake(self, named: dict[str, Any]) -> None:
        self._rows += 1
        self._failures.add(named)
        if len(self._first) >= _ROWS and -named["handshake"] < self._first[0][0]:
            return
        cells = [cell(named).removesuffix(" →") for _, cell in _SHOWN]
        line = row(cell if column.header in {"#", "time"} else code(cell, _CELL) for (column, _), cell in zip(_SHOWN, cells, strict=True))
        (heappush if len(self._first) < _ROWS else heappushpop)(self._first, (-named["handshake"], line))

    def _alone_row(self, told: Row) -> None:
        """Keep a row of another table than handshakes, while there is room."""
        self._rows += 1
        if self._kept + 1 == self._rows:  # rows that stand are the first ones
            cells = ((column, table_cell(column, told[place])) for place, column in self._shown)
            line = row(cell if column.kind in {"int", "float"} else code(cell, _CELL) for column, cell in cells)
            self._kept += self._alone.add(line, 4_000)

    def flush(self) -> None:
        """Do nothing: the summary stands first."""

    def end(self, end: End) -> None:
        """Write the report."""
        self._out.write(self._whole(end) if self._options.table == "handshakes" else self._one_table())
        self._out.flush()

    def _one_table(self) -> bytes:
        """Return a table that stands alone."""
        lines = [sentence(self._table.doc), ""]
        lines.append(head((column.name for _, column in self._shown), [column.kind in {"int", "float"} for _, column in self._shown]))
        rows = self._alone.bytes()
        tail = [""]
        if self._rows > self._kept:
            tail += [f"… {number(self._rows - self._kept)} more. {self._all()}", ""]
        hidden = [name for name in self._names if name not in {column.name for _, column in self._shown}]
        if hidden:
            tail += [f"Columns not shown: {sentence(', '.join(hidden), 3_000)}", ""]
        return "\n".join([*lines, *([rows.decode()] if rows else []), *tail]).encode()

    def _all(self) -> str:
        return f"`tlsscan CAPTURE -o {self._table.name}.csv --table {self._table.name}` tells all of them."

    def _whole(self, end: End) -> bytes:
        """Return the report on handshakes."""
        page = _Page()
        lines, _ = page.fill(((1, line) for line in (*self._head(end), *self._counted(end))), _AFTER_FINDINGS)
        if lines:
            page.add(f"\n… {number(lines, 'more line')} of counts. `tlsscan CAPTURE` tells all of them.\n")
        if self._findings.severities:
            page.add(f"## Findings\n\n{self._findings.words()}\n")
            rules, findings = page.fill(self._findings.told(captures=len(end.sources) > 1), _AFTER_FINDINGS)
            if findings or self._findings.beyond:
                more = f"… {number(rules, 'more rule')} with {number(findings + self._findings.beyond, 'finding')}."
                page.add(f"{more} `tlsscan CAPTURE -o findings.csv --table findings` tells all of them.\n")
        if self._failures:
            page.add("## Failures\n")
            causes, failed = page.fill(self._failures.told(), _AFTER_FAILURES)
            if failed:
                page.add(f"- … {number(causes, 'more cause')} of {number(failed, 'handshake')}. `tlsscan why CAPTURE` tells all of them.")
            page.add("")
        if self._first:
            right = [column.right for column, _ in _SHOWN]
            page.add(f"## Handshakes\n\n{head((column.header for column, _ in _SHOWN), right)}")
            rows = sorted(self._first, reverse=True)
            _, left = page.fill(((1, line) for _, line in rows), _AFTER_ROWS)
            left += self._rows - len(rows)
            page.add(f"\n… {number(left)} more. {self._all()}" if left else "")
        return page.bytes() + b"\n"

    def _head(self, end: End) -> Iterator[str]:
        """Walk the lines that say what was read, and how it went in one line."""
        named = code(end.sources[0].name.replace("\\", "/").rpartition("/")[2]) if len(end.sources) == 1 else ""
        yield f"# TLS handshakes in {named or number(len(end.sources), 'capture')}\n"
        outcomes = self._summary.counts("outcomes").most_common()
        how = ", ".join(f"{number(count)} {sentence(name)}" for name, count in outcomes)
        yield f"**{number(self._summary.handshakes, 'handshake')}**{': ' if how else ''}{how}" + ("\n" if not end.interrupted else "")
        if end.interrupted:
            yield "\n**Interrupted:** what was read until then.\n"
        yield head(("capture", "format", "packets", "first packet, UTC", "last packet, UTC"), (False, False, True, False, False))
        for source in end.sources[:_CAPTURES]:
            yield _capture(source)
        yield ""
        if len(end.sources) > _CAPTURES:
            rest = end.sources[_CAPTURES:]
            yield f"… {number(len(rest), 'more capture')} with {number(sum(one.packets for one in rest), 'packet')}.\n"
        damaged = [source for source in end.sources if source.damage]
        for source in damaged[:_CAPTURES]:
            yield f"- **Damaged:** {code(source.name)}: {code(source.damage or '', 300)}"
        if len(damaged) > _CAPTURES:
            yield f"- … {number(len(damaged) - _CAPTURES)} more are damaged"
        if damaged:
            yield ""

    def _counted(self, end: End) -> Iterator[str]:
        """Walk the lines of what was counted."""
        summary = self._summary
        for label, name in COUNTS:
            if summary.counts(name) and summary.counts(name).keys() != {"tls"}:
                whole = summary.handshakes if name in OF_ALL else summary.counts(name).total()
                yield f"- {label}: {_frequent(summary.counts(name).most_common(), whole)}"
        for heading, lines in self._sums:
            for label, text in lines[:_SUMS]:
                yield f"- {sentence(heading)}, {sentence(label)}: {code(text, 300)}"
            if len(lines) > _SUMS:
                yield f"- {sentence(heading)}: … {number(len(lines) - _SUMS)} more"
        if summary.certificates:
            dated = f"{number(summary.expired)} expired when seen, {number(summary.expiring)} to expire within 30 days"
            yield f"- Certificates: {number(summary.certificates)} distinct, {dated}"
        for label, found in beside(summary, end):
            yield f"- {label}: {_frequent(sorted(found.items(), key=lambda item: (-item[1], item[0])))}"
        yield f"- tlsscan {sentence(self._options.version)}, names of numbers as of {sentence(self._options.registry)}\n"


def _capture(source: Source) -> str:
    times = ("" if one is None else iso_seconds(one) for one in (source.first, source.last))
    return row((code(source.name), sentence(source.format or ""), number(source.packets), *times))


def _frequent(counts: list[tuple[str, int]], whole: int = 0) -> str:
    """Name what is most frequent, with how often, and its share of ``whole`` where there is one."""
    told = [f"{code(name, 80)} {number(count)}" + (f" ({share(count, whole)})" if whole else "") for name, count in counts[:_NAMES]]
    return ", ".join([*told, f"… {number(len(counts) - _NAMES)} more"] if len(counts) > _NAMES else told)
