"""What stands at the head of the page, as plain HTML: what was read, what is counted, the plots, what was left out.

Here lives: which figures and plots there are, in which order, and their words.  Here does not live: the counting (``summary``,
``columns``), the drawing (``plots``), the markup (``page.html.j2``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.findings.finding import SEVERITIES
from analyzer.reports.overview import beside, number, share
from analyzer.reports.plots.bars import bars
from analyzer.reports.plots.shares import edges, over_time
from analyzer.reports.plots.spread import spread
from analyzer.times import iso_seconds, span

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence

    from analyzer.reports.html.columns import Columns
    from analyzer.reports.report import End
    from analyzer.reports.summary import Summary
    from analyzer.scanning import Source

__all__ = ["Figure", "captures", "figures", "noted", "plots", "times"]

MOST_CAPTURES = 200
"""Captures that are listed."""
_BINS = 60
_SHOWN = 8
_LEAST_TIMES = 8
"""Handshakes below which shares over time and a spread of durations say nothing."""

_BARS = (
    ("Outcome", "outcomes"), ("Versions", "versions"), ("Cipher suites", "cipher_suites"), ("Groups", "groups"),
    ("Key exchange", "key_exchanges"), ("Application protocols (ALPN)", "alpn"), ("Alerts", "alerts"), ("Resumed by", "resumptions"),
)  # fmt: skip
"""Title -> what of the summary it counts."""
_QUANTUM = {"yes": "post-quantum", "no": "classical", None: "not known"}


class Figure(msgspec.Struct, frozen=True):
    """A number at the head of the page."""

    value: str
    label: str
    note: str = ""
    link: str = ""
    style: str = ""


def _damage(source: Source) -> list[str]:
    words = [] if source.damage is None else [source.damage]
    return words + ([f"{number(source.dropped)} packets dropped while capturing"] if source.dropped else [])


def captures(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Return what the page says of each capture, the damaged ones first where not all can be listed."""
    shown = list(sources)
    if len(shown) > MOST_CAPTURES:
        shown = sorted(shown, key=lambda one: one.damage is None)[:MOST_CAPTURES]
    return [
        {
            "name": source.name,
            "format": source.format or "",
            "packets": number(source.packets),
            "bytes": number(source.bytes),
            "first": "" if source.first is None else iso_seconds(source.first),
            "span": "" if source.first is None or source.last is None else span(source.last - source.first),
            "damage": "; ".join(_damage(source)),
            "comments": "; ".join(source.comments[:4]),
        }
        for source in shown
    ]


def figures(summary: Summary, severities: Counter[str], servers: int) -> Iterator[Figure]:
    """Give the numbers at the head of the page."""
    outcomes = summary.counts("outcomes")
    whole = summary.handshakes
    yield Figure(number(whole), "handshakes", link="#handshakes")
    complete = outcomes["complete"]
    yield Figure(number(complete), "complete", share(complete, whole), style="good")
    rest = [f"{number(count)} {name.replace('_', ' ')}" for name, count in outcomes.most_common() if name != "complete"]
    yield Figure(number(whole - complete), "not complete", ", ".join(rest[:4]), style="bad" if whole > complete else "")
    if severities:
        grave = [f"{number(severities[name])} {name}" for name in SEVERITIES if severities[name]]
        worst = next(name for name in SEVERITIES if severities[name])
        yield Figure(number(severities.total()), "findings", ", ".join(grave), "#findings", worst)
    yield Figure(number(servers), "servers", link="#servers")
    faults = [(summary.expired, "expired when seen"), (summary.expiring, "to expire within 30 days")]
    notes = ", ".join(f"{number(count)} {words}" for count, words in faults if count)
    yield Figure(number(summary.certificates), "certificates", notes, "#certificates", "bad" if summary.expired else "")
    if summary.key_exchanges_known:
        part, known = summary.post_quantum, summary.key_exchanges_known
        yield Figure(share(part, known), "post-quantum key exchange", f"{number(part)} of {number(known)} that are known")


def times(summary: Summary) -> str:
    """Return from when to when the handshakes began."""
    if summary.first is None or summary.last is None:
        return ""
    first, last = iso_seconds(summary.first), iso_seconds(summary.last)
    return f"{first} to {last[11:] if first[:10] == last[:10] else last} UTC ({span(summary.last - summary.first)})"


def plots(summary: Summary, handshakes: Columns) -> list[str]:
    """Return the plots of the overview as SVG, those with nothing to show left out."""
    drawn = [bars(summary.counts(name).most_common(), title=title, most=_SHOWN) for title, name in _BARS if summary.counts(name)]
    names = {one.name for one in handshakes.shown}
    if handshakes.length >= _LEAST_TIMES and {"start", "post_quantum", "version", "cipher_suite", "duration_ms", "outcome"} <= names:
        drawn[2:2] = [
            _over_time(handshakes, "post_quantum", "Key exchange over time", _QUANTUM),
            _over_time(handshakes, "version", "Versions over time", {None: "not known"}),
            _over_time(handshakes, "cipher_suite", "Cipher suites over time", {None: "not known"}),
        ]
        complete = zip(handshakes.numbers("duration_ms"), handshakes.texts("outcome"), strict=True)
        durations = [value for value, outcome in complete if outcome == "complete" and not math.isnan(value)]
        if len(durations) >= _LEAST_TIMES:
            drawn.insert(5, spread(durations, title="How long complete handshakes took"))
    return drawn


def _over_time(handshakes: Columns, column: str, title: str, words: Mapping[str | None, str]) -> str:
    starts = [None if math.isnan(value) else int(value) * 1000 for value in handshakes.numbers("start")]
    known = [value for value in starts if value is not None] or [0]
    ends = edges(min(known), max(known), _BINS)
    step, bins = ends[1] - ends[0], len(ends) - 1
    series: dict[str, list[int]] = {}
    for start, value in zip(starts, handshakes.texts(column), strict=True):
        if start is not None:
            counts = series.setdefault(words.get(value, value or "not known"), [0] * bins)
            counts[min((start - ends[0]) // step, bins - 1)] += 1
    ordered = dict(sorted(series.items(), key=lambda one: -sum(one[1])))
    return over_time(ordered, ends, title=title)


def noted(summary: Summary, end: End) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give what else was counted: (heading, [(what, how often) …])."""
    for heading, counts in beside(summary, end):
        yield heading, [(name, number(count)) for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:40]]
