"""Policy: what somebody demands of TLS, as clauses — judged over whole frames, told as rows and in sums.

Here lives: the type, verdicts, the table of verdicts, how many handshakes meet it.  Here does not live: clauses (``clauses``), files
(``files``), which columns there are (``subjects``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.facts.table import Column
from analyzer.findings.evidence import evidence
from analyzer.findings.finding import MOST_PACKETS, Finding, place
from analyzer.findings.policies.clauses import LEVELS, Clause
from analyzer.findings.policies.observed import Observed
from analyzer.findings.rule import FAILED, PASSED, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from analyzer.facts.table import Row
    from analyzer.findings.frame import Array, Frame

__all__ = ["COLUMNS", "VERDICTS", "Judgement", "Policy", "findings", "judge", "row", "rows"]

VERDICTS = ("pass", "fail", "not_applicable", "not_observable")
"""State (as ``rule.STATES`` counts them) -> the word in the table."""
SEVERITY_OF = {"must": "medium", "should": "low"}
"""Level of a clause -> severity of the finding that it is failed."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy: who says it, in which version, and its clauses."""

    name: str
    title: str
    version: str
    date: str | None
    """Date of that version, ISO 8601; None where its document gives none."""
    url: str
    source: str
    """Who publishes it."""
    clauses: tuple[Clause, ...]


class Judgement(msgspec.Struct, frozen=True):
    """What a policy says of a frame of handshakes: ``states[clause, handshake]``, int8 (``rule.STATES``)."""

    policy: Policy
    seen: Observed
    states: Array


def judge(policy: Policy, frame: Frame | Observed) -> Judgement:
    """Judge handshakes; an Observed may be given instead of its frame, so that several policies read its columns once."""
    seen = frame if isinstance(frame, Observed) else Observed(frame)
    states = [clause.states(seen) for clause in policy.clauses]
    return Judgement(policy, seen, np.array(states, dtype=np.int8).reshape(len(states), len(seen)))


COLUMNS = (
    Column("handshake", "int", "Number of the handshake."),
    Column("policy", "text", "Name of the policy; tlsscan policies lists them."),
    Column("clause", "text", "The clause, as the policy names it."),
    Column("title", "text", "What it demands."),
    Column("level", "text", "; ".join(f"{level}: {meaning}" for level, meaning in LEVELS.items()) + "."),
    Column("verdict", "text", "pass, fail, not_applicable (it is about other handshakes), not_observable (the capture does not show it)."),
    Column("detail", "text", "What was seen, and why it is so judged."),
    Column("citation", "text", "Who says so: document and section."),
    Column("source", "text", "The capture that holds these packets."),
    Column("packets", "ints", f"Numbers of the packets that prove it, the first {MOST_PACKETS}, in their own file as Wireshark counts."),
    Column("packet_sources", "texts", "File of each of packets; null where all are of source."),
    Column("display_filter", "text", "A Wireshark display filter that shows exactly these packets of source."),
)
"""The columns of the table policy."""


def row(judgement: Judgement, clause: int, at: int, number: int, sources: Sequence[str]) -> Row:
    """Return the verdict of one clause on one handshake as a row; ``at`` is its place in the frame, ``number`` its number in the scan."""
    asked, state = judgement.policy.clauses[clause], int(judgement.states[clause, at])
    observed = state in {PASSED, FAILED}
    detail = asked.told(judgement.seen.value(asked.demand.column, at) if observed else None, state)
    if state == UNSEEN:
        detail += f": {judgement.seen.absence(asked.demand.column, at)}"
    packets = evidence(judgement.seen.things[at], asked.evidence)[:MOST_PACKETS] if observed else ()
    source, numbers, packet_sources, shown = place(packets, sources)
    return (
        number,
        judgement.policy.name,
        asked.id,
        asked.title,
        asked.level,
        VERDICTS[state],
        detail,
        asked.citation,
        source,
        numbers or None,
        packet_sources,
        shown,
    )


def rows(judgement: Judgement, sources: Sequence[str], verdicts: Collection[str] = VERDICTS) -> Iterator[Row]:
    """Walk the rows of these verdicts, by handshake and in each by clause."""
    wanted = np.isin(judgement.states, [state for state, word in enumerate(VERDICTS) if word in verdicts])
    things = judgement.seen.things
    for at, clause in np.argwhere(wanted.T).tolist():
        yield row(judgement, clause, at, things[at].number, sources)


def findings(judgement: Judgement) -> Iterator[Finding]:
    """Give a finding for each failed clause and handshake: medium where the policy says must, low where it advises."""
    things = judgement.seen.things
    for at, clause in np.argwhere((judgement.states == FAILED).T).tolist():
        asked, one = judgement.policy.clauses[clause], things[at]
        yield Finding(
            rule=f"{judgement.policy.name}/{asked.id}",
            severity=SEVERITY_OF[asked.level],
            title=f"{judgement.policy.title}: {asked.title}",
            detail=asked.told(judgement.seen.value(asked.demand.column, at), FAILED),
            citation=asked.citation,
            advice="Meet the policy, or judge by another one.",
            handshake=one.number,
            handshakes=(one.number,),
            packets=evidence(one, asked.evidence),
            time=one.start,
        )
