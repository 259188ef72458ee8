"""Policy: what somebody demands of TLS, as clauses — judged over whole frames, told as rows and in sums.

Here lives: the type, verdicts, the table of verdicts, how many handshakes meet it.  Here does not live: clauses (``clauses``), files
(``files``), which columns there are (``subjects``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analyzer.capture.block import SOURCE_SHIFT, packet_number
from analyzer.facts.table import Column
from analyzer.facts.texts import source_text
from analyzer.findings.evidence import evidence
from analyzer.findings.finding import MOST_PACKETS, display_filter
from analyzer.findings.policies.clauses import LEVELS, Clause
from analyzer.findings.policies.observed import Observed
from analyzer.findings.rule import FAILED, NOT_APPLICABLE, PASSED, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from analyzer.facts.table import Row
    from analyzer.findings.frame import Array, Frame

__all__ = ["COLUMNS", "VERDICTS", "Judgement", "Policy", "Tally", "judge", "row", "rows"]

VERDICTS = ("pass", "fail", "not_applicable", "not_observable")
"""State (as ``rule.STATES`` counts them) -> the word in the table."""


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
    own = [packet for packet in packets if packet >> SOURCE_SHIFT == packets[0] >> SOURCE_SHIFT]
    return (
        number,
        judgement.policy.name,
        asked.id,
        asked.title,
        asked.level,
        VERDICTS[state],
        detail,
        asked.citation,
        source_text(packets[0], sources) if packets else None,
        [packet_number(packet) for packet in packets] or None,
        None if len(own) == len(packets) else [source_text(packet, sources) for packet in packets],
        display_filter(packet_number(packet) for packet in own),
    )


def rows(judgement: Judgement, sources: Sequence[str], verdicts: Collection[str] = VERDICTS) -> Iterator[Row]:
    """Walk the rows of these verdicts, by handshake and in each by clause."""
    wanted = np.isin(judgement.states, [state for state, word in enumerate(VERDICTS) if word in verdicts])
    things = judgement.seen.things
    for at, clause in np.argwhere(wanted.T).tolist():
        yield row(judgement, clause, at, things[at].number, sources)


class Tally:
    """How many handshakes meet a policy, frame by frame: it holds a few numbers a clause, however many handshakes there are."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.handshakes = 0
        self.met = 0
        """Every clause that says must and can be seen is passed, and at least one clause can be seen."""
        self.failed = 0
        """At least one clause that says must is failed."""
        self.advised = 0
        """Of ``met``, those that fail a clause that says should."""
        self.whole = 0
        """Of ``met``, those of which every clause that may apply could be seen."""
        self.clauses = np.zeros((len(policy.clauses), len(VERDICTS)), dtype=np.int64)
        """Clause, state -> handshakes."""

    def add(self, judgement: Judgement) -> None:
        """Add a judgement of the same policy."""
        states = judgement.states
        musts = np.array([clause.level == "must" for clause in self.policy.clauses], dtype=bool)
        failed = (states[musts] == FAILED).any(axis=0)
        seen = ((states == PASSED) | (states == FAILED)).any(axis=0)
        met = seen & ~failed
        self.handshakes += states.shape[1]
        self.failed += int(failed.sum())
        self.met += int(met.sum())
        self.advised += int((met & (states[~musts] == FAILED).any(axis=0)).sum())
        self.whole += int((met & ~(states == UNSEEN).any(axis=0)).sum())
        for state in (PASSED, FAILED, NOT_APPLICABLE, UNSEEN):
            self.clauses[:, state] += (states == state).sum(axis=1)

    @property
    def untold(self) -> int:
        """Handshakes of which no clause could be seen."""
        return self.handshakes - self.met - self.failed

    def lines(self) -> list[tuple[str, str]]:
        """Return the sum as (label, text): every figure with its base, and what could not be seen."""
        policy = self.policy
        if not self.handshakes:
            return [(policy.name, "no handshakes to judge")]
        said = [f"{self.failed} of {self.handshakes} handshakes ({100 * self.failed / self.handshakes:.0f} %) fail it"]
        if self.met:
            said.append(f"{self.met} pass all that can be seen of them, {self.whole} of these all that it demands")
        if self.advised:
            said.append(f"{self.advised} of those that pass go against its advice")
        if self.untold:
            said.append(f"in {self.untold} nothing that it is about can be seen")
        lines = [(policy.name, "; ".join(said))]
        for clause, (passed, failed, _, unseen) in zip(policy.clauses, self.clauses.tolist(), strict=True):
            if failed:
                share = f"{failed} of {passed + failed} ({100 * failed / (passed + failed):.0f} %) fail"
                hidden = f"; in {unseen} it cannot be seen" if unseen else ""
                lines.append((f"{policy.name} {clause.id}", f"{clause.title}: {share}{hidden}"))
        return lines

    def figures(self) -> dict[str, Any]:
        """Return the sum as a JSON value."""
        return {
            "policy": self.policy.name,
            "title": self.policy.title,
            "version": self.policy.version,
            "handshakes": self.handshakes,
            "met": self.met,
            "met_and_wholly_seen": self.whole,
            "met_against_advice": self.advised,
            "failed": self.failed,
            "not_observable": self.untold,
            "clauses": [
                {"clause": clause.id, "level": clause.level, **dict(zip(VERDICTS, counts, strict=True))}
                for clause, counts in zip(self.policy.clauses, self.clauses.tolist(), strict=True)
            ],
        }
