"""Finding: one thing that matters, with what proves it — the noun of this room, and the table of findings.

Here lives: the types, severities, the table's columns, how packets become numbers and a display filter.  Here does not live: any rule
(``rules``), who walks the captures (``judge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.capture.block import SOURCE_SHIFT, packet_number
from analyzer.facts.table import Column
from analyzer.facts.texts import source_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.facts.table import Row

__all__ = ["COLUMNS", "SEVERITIES", "Finding", "display_filter", "of_first_source", "place", "row", "severity_rank"]

SEVERITIES: dict[str, str] = {
    "critical": "whoever can reach or watch the connection breaks it now, or already has",
    "high": "known attacks apply, or peers refuse it",
    "medium": "standards forbid or advise against it",
    "low": "worth changing when it is touched next",
    "info": "worth knowing; nothing is wrong by itself",
}
"""severity -> what it means, the gravest first."""

MOST_PACKETS, MOST_HANDSHAKES = 1000, 100
"""Packets and handshakes that one finding names; ``count`` tells of how many there are."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a rule found.  ``packets`` are packet ids (``source << 40 | number``), ascending; they prove it and no others do."""

    rule: str
    severity: str
    title: str
    detail: str
    citation: str
    advice: str
    handshake: int | None = None
    """Number of the first handshake that shows it; None for a connection that came to none."""
    handshakes: tuple[int, ...] = ()
    """All handshakes that it is about, the first ``MOST_HANDSHAKES``."""
    count: int = 1
    """How many handshakes (or connections) it is about."""
    certificate: str | None = None
    """SHA-256 of the certificate that it is about, hex."""
    packets: tuple[int, ...] = ()
    time: int | None = None
    """Time of the first of these packets or of the handshake, ns since 1970 UTC."""

    @property
    def name(self) -> str:
        """What ``tlsscan slice`` is given: the rule, and the handshake or the first packet, and the certificate where it is about one."""
        place = f"{self.handshake}" if self.handshake is not None else f"p{packet_number(self.packets[0])}" if self.packets else "0"
        return f"{self.rule}:{place}" + (f":{self.certificate[:8]}" if self.certificate else "")


COLUMNS = (
    Column("finding", "text", "Its name within the scan, as tlsscan slice takes it: rule:handshake, or rule:handshake:certificate."),
    Column("rule", "text", "The rule that found it; tlsscan rules lists them."),
    Column("severity", "text", "; ".join(f"{name}: {meaning}" for name, meaning in SEVERITIES.items()) + "."),
    Column("title", "text", "What is wrong, in general."),
    Column("detail", "text", "What is wrong here."),
    Column("advice", "text", "What to change."),
    Column("citation", "text", "Who says so: RFC and section, clause, CVE."),
    Column("handshake", "int", "Number of the first handshake that shows it; null for a connection that came to none."),
    Column("handshakes", "ints", f"All handshakes that it is about, the first {MOST_HANDSHAKES}."),
    Column("count", "int", "How many handshakes or connections it is about."),
    Column("certificate", "text", "SHA-256 of the certificate that it is about, hex; null where it is about none."),
    Column("time", "time", "Time of the first packet that shows it."),
    Column("source", "text", "The capture that holds these packets."),
    Column("packets", "ints", f"Numbers of the packets that prove it, the first {MOST_PACKETS}, in their own file as Wireshark counts."),
    Column("packet_sources", "texts", "File of each of packets; null where all are of source."),
    Column("display_filter", "text", "A Wireshark display filter that shows exactly these packets of source."),
)
"""The columns of the table findings."""

_RANK = {name: rank for rank, name in enumerate(SEVERITIES)}


def severity_rank(severity: str) -> int:
    """Return 0 for the gravest severity, and more for lesser ones."""
    return _RANK[severity]


def display_filter(numbers: Iterable[int]) -> str | None:
    """Return the display filter that shows exactly the packets of these numbers; None for none."""
    spans: list[list[int]] = []
    numbers = sorted(set(numbers))
    if len(numbers) == 1:
        return f"frame.number == {numbers[0]}"
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    if not spans:
        return None
    return "frame.number in {" + ", ".join(f"{first}" if first == last else f"{first}..{last}" for first, last in spans) + "}"


def of_first_source(packets: Sequence[int]) -> Sequence[int]:
    """Return those of the packets (ids) that lie in the capture of the first of them."""
    if len(packets) < 2:
        return packets
    source = packets[0] >> SOURCE_SHIFT
    return [packet for packet in packets if packet >> SOURCE_SHIFT == source]


def place(packets: Sequence[int], sources: Sequence[str]) -> tuple[str | None, list[int], list[str | None] | None, str | None]:
    """Return the cells source, packets, packet_sources and display_filter of packets (ids), as every table of findings has them."""
    own = of_first_source(packets)
    return (
        source_text(packets[0], sources) if packets else None,
        [packet_number(packet) for packet in packets],
        None if len(own) == len(packets) else [source_text(packet, sources) for packet in packets],
        display_filter([packet_number(packet) for packet in own]),
    )


def row(finding: Finding, sources: Sequence[str]) -> Row:
    """Return a finding as a row of the table."""
    return (
        finding.name,
        finding.rule,
        finding.severity,
        finding.title,
        finding.detail,
        finding.advice,
        finding.citation,
        finding.handshake,
        list(finding.handshakes[:MOST_HANDSHAKES]) or None,
        finding.count,
        finding.certificate,
        finding.time,
        *place(finding.packets[:MOST_PACKETS], sources),
    )
