"""Telling: verdicts as text for people, as JSON, and as lines of JSON.

Here lives: the layout.  Here does not live: what is compared (``compare``), escapes and widths (``reports``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.texts import place_text
from analyzer.reports.ndjson import encode
from analyzer.reports.paint import Line, Paint
from analyzer.verify.fact import FIELDS, type_name
from analyzer.verify.verdict import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyzer.verify.compare import Difference
    from analyzer.verify.verdict import Verdict

__all__ = ["FORMATS", "json_text", "ndjson", "text"]

MOST = 40
"""Differences that text shows of one capture; JSON has all."""
WIDTH = 160
CONTEXT = 2
"""Items shown before the first one that differs, where lists differ."""

NAMES: dict[str, Callable[[int], str | None]] = {
    "record_version": registry.version_name,
    "version": registry.version_name,
    "supported_versions": registry.version_name,
    "cipher_suite": registry.cipher_suite_name,
    "cipher_suites": registry.cipher_suite_name,
    "extensions": registry.extension_name,
    "groups": registry.group_name,
    "key_share_groups": registry.group_name,
    "signature_schemes": registry.signature_scheme_name,
    "level": registry.alert_level_name,
    "description": registry.alert_name,
}
"""Field of numbers -> what names them."""


def ndjson(verdicts: Iterable[Verdict]) -> Iterator[bytes]:
    """Give a line of JSON for each difference."""
    for verdict in verdicts:
        for row in verdict.rows:
            yield encode({"capture": verdict.path, **told(row)}) + b"\n"


def json_text(verdicts: Iterable[Verdict]) -> Iterator[bytes]:
    """Give one JSON array with an object for each capture."""
    before = b"["
    for verdict in verdicts:
        yield before + b"\n" + encode(
            {
                "capture": verdict.path,
                "wireshark": verdict.version,
                "agree": not verdict.rows,
                "fields": {name: {"agree": alike, "differ": differ} for name, alike, differ in _counts(verdict)},
                "notes": verdict.notes,
                "complaint": verdict.words,
                "differences": [told(row) for row in verdict.rows],
            }
        )
        before = b","
    yield b"[]\n" if before == b"[" else b"\n]\n"


def text(verdicts: Iterable[Verdict]) -> Iterator[bytes]:
    """Give lines for people: counts, differences, the verdict."""
    paint = Paint(WIDTH, color=False)
    for at, verdict in enumerate(verdicts):
        yield from map(paint.line, [[]] * (at > 0))
        yield from map(paint.line, _lines(verdict))


FORMATS: dict[str, Callable[[Iterable[Verdict]], Iterator[bytes]]] = {"text": text, "ndjson": ndjson, "json": json_text}
"""Name of a format → how verdicts become its bytes."""


def _counts(verdict: Verdict) -> list[tuple[str, int, int]]:
    both = {**verdict.alike, **verdict.differing}
    return [(name, verdict.alike.get(name, 0), verdict.differing.get(name, 0)) for name in FIELDS if name in both]


def _lines(verdict: Verdict) -> Iterator[Line]:
    yield [(verdict.path, "title"), (f"  tlsscan beside Wireshark {verdict.version}", "faint")]
    counts = _counts(verdict)
    if counts:
        yield []
        yield [(f"  {'':18}{'agree':>9}{'differ':>9}", "label")]
        yield from ([(f"  {name:18}{alike:>9,}{differ or '':>9}", "plain")] for name, alike, differ in counts)
    for row in verdict.rows[:MOST]:
        yield []
        yield from _difference(row)
    if len(verdict.rows) > MOST:
        yield []
        yield [(f"  and {len(verdict.rows) - MOST:,} more (--format ndjson has them all)", "faint")]
    if verdict.notes or verdict.words:
        yield []
    for words, count in verdict.notes.items():
        yield [(f"  no difference: {count:,} times: {words}", "faint")]
    if verdict.words:
        yield [(f"  Wireshark says: {verdict.words}", "warn")]
    yield []
    facts = sum(verdict.alike.values())
    if verdict.rows:
        yield [(f"{len(verdict.rows):,} of {facts + len(verdict.rows):,} facts differ.", "bad")]
    elif facts:
        messages = verdict.alike.get("message")
        yield [(f"Both agree: {facts:,} facts" + (f" of {messages:,} messages and alerts." if messages else "."), "good")]
    else:
        yield [("Both agree: neither sees a handshake.", "good")]


def _difference(row: Difference) -> Iterator[Line]:
    transport, *ends = row.sides
    source, target = (place_text(host, port) for host, port in ends)
    what = type_name(row.type) if row.field == "message" else f"{type_name(row.type)} {row.field}"
    kind = row.kind if row.field == "message" else ""
    yield [
        (f"  frame.number == {row.packet}", "label"),
        (f"  {transport}  {source} → {target}  ", "plain"),
        (f"{what}  {kind}", "name"),
    ]
    if row.field != "message":
        one, other = _apart(row.field, row.wireshark, row.tlsscan)
        yield [(f"      Wireshark  {one}", "plain")]
        yield [(f"      tlsscan    {other}", "plain")]
    if row.reason:
        yield [(f"      {row.reason}", "faint")]


def _apart(field: str, one: Any, other: Any) -> tuple[str, str]:
    """Tell both values; of two lists only from shortly before the place where they part."""
    if not isinstance(one, tuple) or not isinstance(other, tuple):
        return _value(field, one), _value(field, other)
    alike = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other)))
    start = max(alike - CONTEXT, 0)
    dots = "… " if start else ""
    return tuple(dots + (_value(field, items[start:])) for items in (one, other))  # type: ignore[return-value]


def _value(field: str, value: Any) -> str:
    """Tell one value, a number with its name."""
    if value is None or value in {(), ""}:
        return "(nothing)"
    if isinstance(value, tuple):
        return " ".join(_value(field, item) for item in value)
    name = NAMES[field](value) if field in NAMES and isinstance(value, int) else None
    return str(value) if name is None else f"{value}={name}"
