"""The tables of a scan that is judged: those of facts, the handshakes with why they failed, and what was found.

Here lives: the list, columns that need judgement, the table of causes.  Here does not live: facts (``facts``), who fills the
tables that are known only at the end (``judge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.facts import TABLES as FACTS
from analyzer.facts import Book
from analyzer.facts.table import Column, Table
from analyzer.findings import finding, policies, presented, readiness
from analyzer.findings.causes import CAUSES, Cause, causes
from analyzer.findings.judging import Judging
from analyzer.findings.rule import STATES
from analyzer.handshakes.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyzer.facts.table import Row
    from analyzer.handshakes.prelude import Plain
    from analyzer.x509.trust import Judge

__all__ = ["JUDGED", "TABLES", "JudgedBook", "rows_of"]


class Opinion(msgspec.Struct, frozen=True):
    """What is said of a chain to who asks for causes."""

    verdict: str
    detail: str
    name_matches: bool | None


class JudgedBook(Book):
    """A Book that knows why handshakes failed; each is asked once for all tables.  A chain is judged by itself, whatever others showed."""

    judging: Judging = Judging()
    trust: Judge | None = None
    asked: Any = None
    told: tuple[Cause, ...] = ()

    def why(self, handshake: Handshake) -> tuple[Cause, ...]:
        """Return the causes of a handshake's failure, the likeliest first; () for none."""
        if self.asked is not handshake:
            self.asked, self.told = handshake, causes(handshake, self.verdict)
        return self.told

    def verdict(self, chain: Sequence[bytes], at: int, purpose: str, name: str | None) -> Opinion:
        """Judge a chain; the trust store is opened when the first one comes."""
        if self.trust is None:
            self.trust = self.judging.judge()
        told = self.trust.judge(chain, self.judging.moment(at), purpose=purpose, name=name)
        return Opinion(told.verdict, told.detail, told.names.matched if told.names else None)


WHY = (
    Column("cause", "text", "Why the handshake failed, in a word: the likeliest cause; null where it did not fail."),
    Column("why", "text", "The same in a sentence."),
)

CAUSE = (
    Column("handshake", "int", "Number of the handshake."),
    Column("rank", "int", "1 for the likeliest cause, and up."),
    Column("cause", "text", "; ".join(f"{word}: {meaning}" for word, meaning in CAUSES.items()) + "."),
    Column("sentence", "text", "What happened, in a sentence."),
    Column("proof", "texts", "What shows it."),
    Column("advice", "text", "What to change, and on which side."),
    Column("certainty", "text", "certain, likely or possible."),
    Column("inferred", "flag", "Encryption hides it; sizes and directions of records, and the close, were gone by."),
    Column("source", "text", "The capture that holds the packets."),
    Column("packets", "ints", "Numbers of the packets that show it."),
    Column("display_filter", "text", "A Wireshark display filter that shows them."),
)

RULES = (
    Column("rule", "text", "Name of the rule."),
    Column("severity", "text", "Of its findings."),
    Column("title", "text", "What is wrong where it fails."),
    Column("subject", "text", "What it is asked of: handshake, certificate, chain, prelude, or scan: it compares all."),
    Column("scope", "text", "To what it applies."),
    Column("citation", "text", "Who says so."),
    Column("advice", "text", "What to change."),
    Column("passed", "int", "How often it held."),
    Column("failed", "int", "How often it did not; findings may be fewer, where one tells of several handshakes."),
    Column("not_applicable", "int", "How often it did not apply."),
    Column("not_observable", "int", "How often it applies, or may apply, and the capture does not show whether it holds."),
)
assert [column.name for column in RULES[-len(STATES) :]] == list(STATES)


def handshake_rows(number: int, handshake: Handshake, book: Book) -> Iterable[Row]:
    """Give the row of a handshake, with why it failed."""
    (row,) = FACTS["handshakes"].rows(number, handshake, book)
    told = book.why(handshake) if isinstance(book, JudgedBook) else ()
    return ((*row, told[0].cause, told[0].sentence) if told else (*row, None, None),)


def cause_rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:
    """Give a row for each possible cause of a handshake's failure."""
    for rank, cause in enumerate(book.why(handshake) if isinstance(book, JudgedBook) else (), 1):
        packets = finding.of_first_source(sorted(set(cause.packets)))
        source, numbers, _, shown = finding.place(packets, book.sources)
        yield (
            number,
            rank,
            cause.cause,
            cause.sentence,
            list(cause.proof) or None,
            cause.advice,
            cause.certainty,
            cause.inferred,
            source,
            numbers,
            shown,
        )


def _late(number: int, handshake: Handshake, book: Book) -> Iterable[Row]:  # noqa: ARG001 - the judge has these rows
    """Give nothing: these rows are the judge's, who knows them later."""
    return ()


def _judged(name: str, doc: str, columns: tuple[Column, ...]) -> Table:
    return Table(name=name, doc=doc, columns=columns, rows=_late)


JUDGED: dict[str, Table] = {
    table.name: table
    for table in (
        _judged("findings", "One row for each finding: what is wrong, who says so, the packets that prove it.", finding.COLUMNS),
        _judged("rules", "One row for each rule: how often it passed, failed, did not apply, could not be seen.", RULES),
        _judged("readiness", "One row for each client, server and server name: post-quantum key exchange.", readiness.COLUMNS),
        _judged("policy", "One row for each handshake and clause of the policies asked for: pass, fail, not observable.", policies.COLUMNS),
        _judged("policies", "One row for each policy asked for and each of its clauses: how many handshakes meet it.", policies.SUMS),
        _judged("trust", "One row for each distinct chain and server name: where it leads, what speaks against it.", presented.COLUMNS),
    )
}
"""Tables whose rows the judge has."""

_HANDSHAKES = msgspec.structs.replace(FACTS["handshakes"], columns=FACTS["handshakes"].columns + WHY, rows=handshake_rows)
_CAUSES = Table(
    name="causes", doc="One row for each possible cause of a handshake's failure, the likeliest first.", columns=CAUSE, rows=cause_rows
)


def rows_of(table: Table, one: Handshake | Plain, book: Book) -> list[Row]:
    """Return the rows of a table for a handshake, or for a connection that came to none."""
    if isinstance(one, Handshake):
        return list(table.rows(one.number, one, book))
    return [] if table.plain is None else list(table.plain(one, book))


TABLES: dict[str, Table] = {**FACTS, "handshakes": _HANDSHAKES, "causes": _CAUSES, **JUDGED}
"""Name -> table, in the order in which people read them."""
