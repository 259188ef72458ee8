"""Overview: the head of the text report, as lines of styled text.

Here lives: the order and the wording of what a person reads first.  Here does not live: counting (``summary``), colours (``paint``).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from analyzer.escapes import terminal
from analyzer.facts.texts import place_text
from analyzer.reports.paint import Line, fit, shorten
from analyzer.times import iso_seconds, span

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from analyzer.reports.concerns import Concerns
    from analyzer.reports.report import End, Options
    from analyzer.reports.summary import Server, Summary
    from analyzer.scanning import Source

__all__ = ["OF_ALL", "OUTCOME_STYLES", "beside", "number", "overview", "share"]

_LABEL = 16
_NARROW = 60
"""Below this width a label stands on a line of its own."""
_WIDE = 100
"""The overview grows no wider: a count should stand near its name."""
_BAR = 20
_ROWS = 8
_LIST = 12
_SOURCES = 5
_DAMAGE = 6
"""Lines that the damage of a capture may take."""

COUNTS: tuple[tuple[str, str], ...] = (
    ("Framing", "transports"),
    ("Versions", "versions"),
    ("Cipher suites", "cipher_suites"),
    ("Groups", "groups"),
    ("Key exchange", "key_exchanges"),
    ("ALPN", "alpn"),
    ("Resumed by", "resumptions"),
    ("Alerts", "alerts"),
)
"""Label -> what is counted, in the order of the report."""

OF_ALL = frozenset({"alerts", "resumptions"})
"""Shares of these are of all handshakes, of the others of those where it is known."""

OUTCOME_STYLES = {"complete": "good", "failed": "bad", "refused": "bad", "not_tls": "bad", "unanswered": "warn", "aborted": "odd"}


def number(count: int, word: str = "") -> str:
    """Return a count for people, with its noun: "1,234 packets"."""
    return f"{count:,}" + (f" {word}{'' if count == 1 else 's'}" if word else "")


def _bytes(count: int) -> str:
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"


def share(part: int, whole: int) -> str:
    """Return whole percents, but never 0 % of something or 100 % of less than all."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 1:
        return "<1 %"
    return ">99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def beside(summary: Summary, end: End) -> list[tuple[str, Counter[str]]]:
    """Return what is counted beside handshakes, with its heading, as far as there is any."""
    counters = end.counters
    lists = (
        ("Before TLS", summary.preludes), ("Anomalies", summary.anomalies), ("Noted", counters.notes),
        ("Not followed", counters.skipped), ("Limits hit", counters.limits),
    )  # fmt: skip
    return [(heading, counts) for heading, counts in lists if counts]


def _words(words: Iterable[tuple[str, str]], width: int, indent: int) -> Iterator[Line]:
    """Words joined by dots, broken between words only; lines after the first are indented."""
    line: Line = []
    used = 0
    for text, style in words:
        word = shorten(terminal(text), max(width - indent, 8), "middle")
        if line and used + 3 + cell_len(word) > width:
            yield line
            line, used = [(" " * indent, "plain")], indent
        elif line:
            line.append((" · ", "faint"))
            used += 3
        line.append((word, style))
        used += cell_len(word)
    if line:
        yield line


def _section(label: str, lines: Iterable[Line], width: int) -> Iterator[Line]:
    """A label and the lines beside it, or below it where there is little room."""
    if width < _NARROW:
        yield [(label, "label")]
        for line in lines:
            yield [("  ", "plain"), *line]
        return
    for at, line in enumerate(lines):
        yield [("" if at else label, "label"), (" " * (_LABEL - (0 if at else cell_len(label))), "plain"), *line]


def _room(width: int) -> int:
    return width - (2 if width < _NARROW else _LABEL)


def _counts(summary: Summary, width: int) -> Iterator[Line]:
    """A section for each of COUNTS: the most frequent names with count, share and bar, in columns common to all sections."""
    room = _room(width)
    shown = [(label, summary.counts(name), name in OF_ALL) for label, name in COUNTS if summary.counts(name)]
    if shown and shown[0][1].keys() == {"tls"}:
        del shown[0]  # nothing to tell
    tops = [entry for _, counts, _ in shown for entry in counts.most_common(_ROWS)]
    if not tops:
        return
    bar = _BAR if width >= _NARROW else 0
    digits = max(len(number(count)) for _, count in tops)
    name_width = min(max(cell_len(terminal(name)) for name, _ in tops), room - digits - 8 - (bar + 2 if bar else 0), 45)
    for label, counts, of_all in shown:
        whole = summary.handshakes if of_all else counts.total()
        lines: list[Line] = []
        for name, count in counts.most_common(_ROWS):
            line = [(fit(name, name_width, "middle"), "plain"), (f"  {number(count):>{digits}}", "name")]
            line.append((f" {share(count, whole):>5}", "faint"))
            if bar:
                line.append(("  " + "█" * max(1, round(bar * count / whole)), "bar"))
            lines.append(line)
        if len(counts) > _ROWS:
            lines.append([(f"… {number(len(counts) - _ROWS)} more", "faint")])
        yield from _section(label, lines, width)


def _source(source: Source, width: int) -> Iterator[Line]:
    yield [(shorten(terminal(source.name), width, "middle"), "name")]
    words = [source.format or "", number(source.packets, "packet"), _bytes(source.bytes)]
    if source.dropped:
        words.append(f"{number(source.dropped)} dropped while capturing")
    for line in _words(((word, "plain") for word in words if word), width - 2, 0):
        yield [("  ", "plain"), *line]
    if source.first is not None and source.last is not None:
        first, last = iso_seconds(source.first), iso_seconds(source.last)
        times = [f"{first} → {last[11:] if first[:10] == last[:10] else last} UTC", span(source.last - source.first)]
        for line in _words(((word, "plain") for word in times), width - 2, 0):
            yield [("  ", "plain"), *line]
    if source.damage:
        for at, part in enumerate(textwrap.wrap(f"damaged: {terminal(source.damage)}", width - 4)[:_DAMAGE]):
            yield [("    " if at else "  ", "plain"), (part, "bad")]


def _sources(sources: list[Source], width: int) -> Iterator[Line]:
    for source in sources[:_SOURCES]:
        yield from _source(source, width)
    if len(sources) > _SOURCES:
        rest = sources[_SOURCES:]
        words = [f"and {number(len(rest), 'more capture')}", number(sum(one.packets for one in rest), "packet")]
        damaged = sum(one.damage is not None for one in rest)
        words += [f"{damaged} damaged"] if damaged else []
        yield from _words([(word, "plain") for word in words], width, 2)


def _servers(servers: list[Server], beyond: int, width: int) -> Iterator[Line]:
    shown = sorted(servers, key=lambda one: -one.handshakes)[:_LIST]
    expiries = any(one.certificate_not_after is not None for one in shown) and width >= 66
    places = [place_text(one.address, one.port) for one in shown]
    digits = max(len(number(one.handshakes)) for one in shown)
    versions = [", ".join(sorted(one.versions)) for one in shown]
    version_width = min(max(map(len, versions)), 16)
    room = width - digits - version_width - 4 - (16 if expiries else 0)
    place_width = min(max(map(len, places)), max(room * 2 // 5, 12))
    name_width = min(max(cell_len(terminal(one.name or "no name")) for one in shown), room - place_width - 2)
    if name_width < 8:
        name_width, place_width = room, 0
    for one, place, version in zip(shown, places, versions, strict=True):
        name = one.name or ("no name" if place_width else place)
        line = [(fit(name, name_width, "middle"), "name" if one.name else "faint"), ("  ", "plain")]
        if place_width:
            line += [(fit(place, place_width, "middle"), "plain"), ("  ", "plain")]
        line += [(f"{number(one.handshakes):>{digits}}", "name"), ("  ", "plain"), (fit(version, version_width), "plain")]
        if expiries and one.certificate_not_after is not None:
            line.append((f"  to {iso_seconds(one.certificate_not_after)[:10]}", "faint"))
        yield line
    if len(servers) > _LIST or beyond:
        more = len(servers) - _LIST
        yield [(f"… {number(more)} more" + (f" and {number(beyond, 'handshake')} with others" if beyond else ""), "faint")]


def _certificates(summary: Summary, width: int) -> Iterator[Line]:
    words = [(f"{number(summary.certificates)} distinct", "plain")]
    if summary.expired:
        words.append((f"{number(summary.expired)} expired when seen", "bad"))
    if summary.expiring:
        words.append((f"{number(summary.expiring)} to expire within 30 days", "warn"))
    yield from _words(words, width, 0)
    shown = sorted(summary.expiries, key=lambda one: one.left)[:_LIST]
    for one in shown:
        when = f"expired {iso_seconds(one.not_after)[:10]}" if one.left < 0 else f"expires {iso_seconds(one.not_after)[:10]}"
        name = fit(one.subject or one.sha256, min(max(width - 20, 8), 44), "middle")
        yield [(name, "plain"), ("  ", "plain"), (when, "bad" if one.left < 0 else "warn")]
    if summary.expired + summary.expiring > len(shown):
        yield [(f"… {number(summary.expired + summary.expiring - len(shown))} more", "faint")]


def _concerns(concerns: Concerns, width: int) -> Iterator[Line]:
    yield from _words(concerns.words(), width, 0)
    yield from concerns.lines(width)


def _sums(sums: list[tuple[str, str]], width: int) -> Iterator[Line]:
    """What was counted of one thing, in words."""
    for label, text in sums:
        for place, part in enumerate(textwrap.wrap(terminal(f"{label}: {text}"), max(width, 20), subsequent_indent="  ")):
            head, colon, rest = part.partition(": ") if not place else ("", "", part)
            yield [(head + colon, "name"), (rest, "plain")]


def overview(
    summary: Summary, concerns: Concerns, sums: list[tuple[str, list[tuple[str, str]]]], end: End, options: Options, width: int
) -> Iterator[Line]:
    """Lines of the head of the report, an empty line after each part."""
    width = min(width, _WIDE)
    room = _room(width)
    yield from _words([(f"tlsscan {options.version}", "title"), (f"names as of {options.registry}", "faint")], width, 0)
    yield []
    yield from _sources(end.sources, width)
    yield []
    outcomes = [(f"{number(count)} {name}", OUTCOME_STYLES.get(name, "plain")) for name, count in summary.counts("outcomes").most_common()]
    yield from _words([(number(summary.handshakes, "handshake"), "title"), *outcomes], width, 2)
    if end.interrupted:
        yield [("interrupted: what was read until then", "warn")]
    yield []
    if concerns:
        yield from _section("Findings", _concerns(concerns, room), width)
        yield []
    yield from _counts(summary, width)
    for heading, lines in sums:
        yield from _section(heading, _sums(lines, room), width)
    if summary.key_exchanges_known and not sums:
        part, whole = summary.post_quantum, summary.key_exchanges_known
        line: Line = [(f"{number(part)} of {number(whole)}", "plain"), (f"  {share(part, whole)}", "name")]
        yield from _section("Post-quantum", [line], width)
    if summary.servers:
        yield from _section("Servers", _servers(list(summary.servers.values()), summary.servers_beyond, room), width)
    if summary.certificates:
        yield from _section("Certificates", _certificates(summary, room), width)
    for label, found in beside(summary, end):
        ordered = sorted(found.items(), key=lambda item: -item[1])
        yield from _section(label, _words([(f"{name} {number(count)}", "plain") for name, count in ordered], room, 0), width)
    yield []
