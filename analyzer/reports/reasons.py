"""Reasons: why handshakes failed, for people — each with its causes, the likeliest first, their proof and what to change.

Here lives: the layout of ``tlsscan why``.  Here does not live: finding causes (``findings.causes``), colours and escapes (``paint``).
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer.escapes import terminal
from analyzer.facts.texts import place_text
from analyzer.findings.causes import CAUSES
from analyzer.reports.paint import Line, Paint, shorten
from analyzer.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]

MOST = 10_000
"""Handshakes told one by one, about 2 KB each; the rest is counted by cause."""
_LABEL = 10
_STYLES = {"certain": "bad", "likely": "warn", "possible": "faint"}
_CUTS = frozenset({"cut_capture", "one_direction"})


class Report:
    """The whole report, written at the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin counting."""
        self._out = out
        self._paint = Paint(options.width, color=options.color)
        self._names = {name: [column.name for column in options.tables[name].columns] for name in ("handshakes", "causes")}
        self._kept: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        self._causes: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        if told.handshake is None:
            return
        self._outcomes[told.handshake.outcome] += 1
        causes = [dict(zip(self._names["causes"], row, strict=True)) for row in told.rows("causes")]
        if not causes:
            return
        self._causes[causes[0]["cause"]] += 1
        if len(self._kept) < MOST:
            row = dict(zip(self._names["handshakes"], told.rows("handshakes")[0], strict=True))
            wanted = ("handshake", "start", "client", "client_port", "server", "server_port", "server_name", "outcome", "alert", "version")
            self._kept.append(({name: row[name] for name in wanted}, causes))

    def flush(self) -> None:
        """Do nothing: handshakes are told in the order of their numbers."""

    def end(self, end: End) -> None:
        """Write the report."""
        del end
        for line in self._lines():
            self._out.write(self._paint.line(line))
        self._out.flush()

    def _lines(self) -> Iterator[Line]:
        total, failed = sum(self._outcomes.values()), sum(self._causes.values())
        counts = " · ".join(f"{count:,} {outcome}" for outcome, count in self._outcomes.most_common())
        yield [(f"{total:,} handshake{'' if total == 1 else 's'}", "title"), (f" · {counts}" if counts else "", "plain")]
        if not failed:
            yield [("No handshake failed." if total else "There is no handshake.", "good" if total else "faint")]
            return
        yield []
        for row, causes in sorted(self._kept, key=lambda kept: kept[0]["handshake"]):
            yield from self._handshake(row, causes)
        if failed > len(self._kept):
            yield [(f"… and {failed - len(self._kept):,} more; --format ndjson tells all.", "faint")]
            yield []
        yield [("Causes, the likeliest of each handshake", "title")]
        for cause, count in self._causes.most_common():
            yield [(f"{count:>7,}  ", "plain"), (f"{cause}  ", "name"), (CAUSES.get(cause, ""), "faint")]

    def _handshake(self, row: dict[str, Any], causes: list[dict[str, Any]]) -> Iterator[Line]:
        server = _place(row["server"], row["server_port"])
        name = f"{row['server_name']} ({server})" if row["server_name"] else server
        ended = f"{row['outcome']}: {row['alert']}" if row["alert"] else row["outcome"]
        style = "faint" if causes[0]["cause"] in _CUTS else "bad"
        yield [
            (f"#{row['handshake']}  ", "name"), (f"{clock(row['start'])}  " if row["start"] is not None else "", "faint"),
            (f"{_place(row['client'], row['client_port'])} → {name}  ", "plain"), (ended, style),
        ]  # fmt: skip
        for cause in causes:
            mark = " (inferred)" if cause["inferred"] else ""
            yield from self._labelled(cause["certainty"], cause["sentence"] + mark, _STYLES.get(cause["certainty"], "plain"), "plain")
            if cause is not causes[0] and cause["certainty"] == "possible":
                continue  # the proof of a possible one is that of the first
            for proof in cause["proof"] or ():
                yield from self._labelled("", f"· {proof}", "faint", "faint")
            if cause["display_filter"] and len(cause["packets"]) <= _LABEL:
                yield from self._labelled("", f"· {cause['display_filter']}", "faint", "faint")
            yield from self._labelled("", f"→ {cause['advice']}", "plain", "label")
        yield []

    def _labelled(self, label: str, text: str, label_style: str, style: str) -> Iterator[Line]:
        """Wrap a text beside its label."""
        width = self._paint.width - _LABEL - 2
        wrapped = textwrap.wrap(terminal(text), max(width, 20), break_on_hyphens=False) or [""]
        for place, part in enumerate(wrapped):
            yield [(f"  {label if not place else '':{_LABEL}}", label_style), (shorten(part, max(width, 20), "end"), style)]


def _place(address: str | None, port: int | None) -> str:
    return "somebody" if address is None else place_text(address, port)
