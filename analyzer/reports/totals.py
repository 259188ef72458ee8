"""Totals: how a live capture goes, in a few lines above its rows; each figure keeps its place.

Here lives: the lines of the head, and which of them a low screen keeps.  Here does not live: counting (``summary``, ``concerns``, and who
captures), rows (``board``), lists of what is most frequent (``tops``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.cells import cell_len

from analyzer.escapes import terminal
from analyzer.findings.finding import SEVERITIES
from analyzer.reports.concerns import SEVERITY_STYLES
from analyzer.reports.gravest import MARKS
from analyzer.reports.overview import OUTCOME_STYLES, number, share
from analyzer.reports.paint import fit, shorten

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from analyzer.reports.concerns import Concerns
    from analyzer.reports.paint import Line
    from analyzer.reports.summary import Summary

__all__ = ["Status", "head"]

Words = list[tuple[str, str]]
"""Texts and their styles."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever captures knows at this moment."""

    interfaces: tuple[str, ...] = ()
    filter: str = ""
    """The BPF filter, as it was given."""
    seconds: float = 0.0
    """Since the capture began."""
    packets: int = 0
    packets_per_second: float = 0.0
    handshakes_per_second: float = 0.0
    dropped: int | None = None
    """By the kernel and by interfaces; None where nobody knows."""
    unread: int = 0
    """Captured, but thrown away because reading was too slow."""
    flows: int = 0
    """Connections that are followed now."""


_LABEL, _COUNT, _RATE = 14, 13, 11
"""Cells of a label, of a count up to the thousand millions, and of a rate."""
_NARROW = 76
"""Below this width the outcomes have a line of their own …"""
_SLIM = 60
"""… and counts no place of their own."""

_OUTCOMES = tuple(OUTCOME_STYLES)
_LEAST_HEIGHTS = {"handshakes": 2, "packets": 4, "title": 6, "findings": 8, "outcomes": 10, "versions": 12, "exchange": 20}
"""A line of the head -> height of the screen from which it is shown."""


def _joined(label: str, words: Iterable[tuple[str, str]], width: int, before: Line | None = None) -> Line:
    """Return a line: a label, what stands ``before``, and as many words as fit, with dots between them."""
    line: Line = [(fit(label, min(_LABEL, width)), "label"), *(before or [])]
    left = width - sum(cell_len(text) for text, _ in line)
    first = True
    for text, style in words:
        word = terminal(text)
        need = cell_len(word) + (0 if first else 3)
        if need > left:
            line.append((shorten(" …" if not first else word, left, "end"), "faint"))
            break
        line += [(word, style)] if first else [(" · ", "faint"), (word, style)]
        left -= need
        first = False
    return line


def _duration(seconds: float) -> str:
    """Return a running time of one form: 0:12:03, or 2 d 0:12:03."""
    minutes, second = divmod(max(int(seconds), 0), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return (f"{days:,} d " if days else "") + f"{hour}:{minute:02d}:{second:02d}"


def _rate(rate: float) -> str:
    return f"{rate:,.1f}/s" if rate < 100 else f"{rate:,.0f}/s"


def _title(status: Status, width: int) -> Line:
    """The interfaces at the left, the running time at the right."""
    time = _duration(status.seconds)
    room = max(width - len(time) - 2, 0)
    words = [("tlsscan  ", "title"), (terminal(", ".join(status.interfaces)), "name"), (terminal(f"  {status.filter}"), "faint")]
    line: Line = []
    left = room
    for text, style in words if width >= _SLIM else words[1:]:
        part = shorten(text.rstrip() if text.isspace() else text, left, "end")
        line.append((part, style))
        left -= cell_len(part)
    return [*line, (" " * (left + 2), "plain"), (time, "faint")]


def _losses(status: Status) -> Words:
    """What was lost, in red where it is more than nothing."""
    dropped = ("drops not known", "faint") if status.dropped is None else (f"{number(status.dropped)} dropped", _loss(status.dropped))
    return [dropped, (f"{number(status.unread)} unread", _loss(status.unread))]


def _loss(count: int) -> str:
    return "bad" if count else "faint"


def _figures(label: str, count: int, rate: float, words: Words, width: int, urgent: Words) -> Line:
    """A count, how many a second, and words; ``urgent`` ones stand first where there is no room for places."""
    if width < _SLIM:
        return _joined(label, [*urgent, (number(count), "name"), (_rate(rate), "plain"), *words], width)
    return _joined(label, words, width, [(f"{number(count):>{_COUNT}}", "name"), (f"{_rate(rate):>{_RATE}}", "plain"), ("  ", "plain")])


def _packets(status: Status, width: int) -> Line:
    losses = _losses(status)
    words: Words = [*losses, (f"{number(status.flows)} open flows", "faint")]
    urgent = [one for one in losses if one[1] == "bad"] if width < _SLIM else []
    return _figures("packets", status.packets, status.packets_per_second, [one for one in words if one not in urgent], width, urgent)


def _outcomes(summary: Summary) -> Words:
    """Outcomes in an order of their own, so that none changes its place when another grows."""
    counts = summary.counts("outcomes")
    order = sorted(counts, key=lambda name: (_OUTCOMES.index(name) if name in _OUTCOMES else len(_OUTCOMES), name))
    return [(f"{number(counts[name])} {name}", OUTCOME_STYLES.get(name, "plain")) for name in order]


def _versions(summary: Summary) -> Words:
    counts = summary.counts("versions")
    whole = counts.total()
    return [(f"{name} {share(counts[name], whole)}", "plain") for name in sorted(counts, reverse=True)]


def _exchange(summary: Summary) -> Words:
    part, whole = summary.post_quantum, summary.key_exchanges_known
    return [(f"{share(part, whole)} of {number(whole, 'key exchange')}", "plain")] if whole else []


def _findings(concerns: Concerns) -> Words:
    found = concerns.severities
    return [(f"{MARKS[name]} {number(found[name])} {name}", SEVERITY_STYLES[name]) for name in SEVERITIES if found[name]]


def head(status: Status, summary: Summary, concerns: Concerns, width: int, height: int, without: Container[str] = ()) -> list[Line]:
    """Return the lines of the head for a screen of ``width`` cells and ``height`` lines: how many rests on these alone, none is wider.

    ``without`` are keys of the lines that are told elsewhere.
    """
    outcomes = _outcomes(summary)
    apart = width < _NARROW
    tall = height >= _LEAST_HEIGHTS["exchange"]
    exchange = _exchange(summary)
    versions = _versions(summary)
    if exchange and not tall:
        versions.append((f"post-quantum {exchange[0][0].partition(' of ')[0]}", "plain"))
    lines: dict[str, Line] = {
        "title": _title(status, width),
        "packets": _packets(status, width),
        "handshakes": _figures("handshakes", summary.handshakes, status.handshakes_per_second, [] if apart else outcomes, width, []),
        "outcomes": _joined("outcomes", outcomes, width),
        "versions": _joined("versions", versions, width),
        "exchange": _joined("post-quantum", exchange, width),
        "findings": _joined("findings", _findings(concerns) or [("none", "faint")], width),
    }
    if not apart:
        del lines["outcomes"]
    return [line for name, line in lines.items() if height >= _LEAST_HEIGHTS[name] and name not in without]
