"""Tally: how many handshakes meet a policy and each of its clauses, counted frame by frame.

Here lives: the counting, its words and its table.  Here does not live: judging (``policy``), clauses (``clauses``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.facts.table import Column
from analyzer.findings.policies.policy import VERDICTS
from analyzer.findings.rule import FAILED, NOT_APPLICABLE, PASSED, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Row
    from analyzer.findings.policies.policy import Judgement, Policy

__all__ = ["SUMS", "Tally"]

SUMS = (
    Column("policy", "text", "Name of the policy."),
    Column("policy_title", "text", "Its title."),
    Column("version", "text", "Its version."),
    Column("clause", "text", "The clause; null for the sum of the policy: a handshake fails it that fails a clause which says must."),
    Column("title", "text", "What the clause demands."),
    Column("level", "text", "must or should."),
    Column("citation", "text", "Who says so."),
    Column("handshakes", "int", "Handshakes that were judged: the base of the other figures."),
    Column("pass", "int", "How many meet it; of a policy: meet all that can be seen of them."),
    Column("fail", "int", "How many do not."),
    Column("not_applicable", "int", "How many it is not about; null for a policy."),
    Column("not_observable", "int", "Of how many the capture does not show whether they meet it."),
)
"""Columns of the table policies."""

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

    def add(self, judgement: Judgement, times: int = 1) -> None:
        """Add a judgement of the same policy; ``times`` -1 takes one back that was added before."""
        states = judgement.states
        musts = np.array([clause.level == "must" for clause in self.policy.clauses], dtype=bool)
        failed = (states[musts] == FAILED).any(axis=0)
        seen = ((states == PASSED) | (states == FAILED)).any(axis=0)
        met = seen & ~failed
        self.handshakes += times * states.shape[1]
        self.failed += times * int(failed.sum())
        self.met += times * int(met.sum())
        self.advised += times * int((met & (states[~musts] == FAILED).any(axis=0)).sum())
        self.whole += times * int((met & ~(states == UNSEEN).any(axis=0)).sum())
        for state in (PASSED, FAILED, NOT_APPLICABLE, UNSEEN):
            self.clauses[:, state] += times * (states == state).sum(axis=1)

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

    def rows(self) -> Iterator[Row]:
        """Give the rows of the table policies: the sum, then each clause."""
        policy = self.policy
        yield (
            policy.name, policy.title, policy.version, None, None, None, policy.source,
            self.handshakes, self.met, self.failed, None, self.untold,
        )  # fmt: skip
        for clause, counts in zip(policy.clauses, self.clauses.tolist(), strict=True):
            yield (
                policy.name, policy.title, policy.version, clause.id, clause.title, clause.level, clause.citation,
                self.handshakes, counts[PASSED], counts[FAILED], counts[NOT_APPLICABLE], counts[UNSEEN],
            )  # fmt: skip
