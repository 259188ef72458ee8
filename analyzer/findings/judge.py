"""Judge: handshakes in as they end, findings out — in batches, each distinct certificate and chain once, in bounded memory.

Here lives: the collecting, the order in which rules are asked, and what they counted.  Here does not live: any rule (``rules``,
``repeats``), trust (``x509.trust``), policies (``policy``), how it is told (``reports``), judging while somebody waits (``live``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.facts import TABLES as FACTS
from analyzer.findings import policies, presented
from analyzer.findings.derived import CERTIFICATE, HANDSHAKE, PRELUDE, Spoken
from analyzer.findings.finding import Finding, severity_rank
from analyzer.findings.finding import row as finding_row
from analyzer.findings.frame import Frame
from analyzer.findings.merging import Merging
from analyzer.findings.particulars import finding as particular
from analyzer.findings.policies import Observed, Tally
from analyzer.findings.readiness import Readiness
from analyzer.findings.repeats import Repeats
from analyzer.findings.rule import FAILED, STATES, ask
from analyzer.findings.rules import RULES, SUBJECTS
from analyzer.findings.showings import Showings
from analyzer.handshakes.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from analyzer.facts.table import Column, Row
    from analyzer.findings.frame import Array, Derived, Mask
    from analyzer.findings.judging import Judging
    from analyzer.findings.presented import Judged, Presented
    from analyzer.handshakes.prelude import Plain

__all__ = ["LIMITS", "Judge", "parts"]

BATCH, BATCH_BYTES = 1000, 8 << 20
"""Handshakes, and bytes of their messages and of their certificates (a compressed message may hold many), that wait to be judged together:
read, the names of a certificate take eight times their bytes.  Also chains of one part, and bytes of their certificates."""
BATCH_VERDICTS = 20_000
"""Verdicts on clauses of policies that are told together, a row of a kilobyte each."""
LIMITS = {
    "chains": "chains were judged before all of the captures was read, without intermediates that came later, and may be told again",
    "intermediates": "CA certificates were not remembered, so that no chain could borrow them",
    "paths": "chains of which not every path was tried",
    "repeats": "times that what is compared was told and forgotten: a repeat across that line is not noticed",
    "told": "things that were judged or told were forgotten, and may be told again",
}
"""What judgement gives up rather than take ever more memory or time -> what that means."""
MOST_OPINIONS = 1000
"""Chains on which OpenSSL and the Web PKI are asked too, a millisecond each."""

_SPOKEN = {column.name: place for place, column in enumerate(FACTS["preludes"].columns)}
_SEEN: dict[str, tuple[Sequence[Column], dict[str, Derived]]] = {
    "handshake": (FACTS["handshakes"].columns, HANDSHAKE),
    "prelude": (FACTS["preludes"].columns, PRELUDE),
    "certificate": (FACTS["certificates"].columns, CERTIFICATE),
    "chain": (presented.COLUMNS, presented.CHAIN),
    "chain name": (presented.COLUMNS, presented.CHAIN),
}
"""Subject of rules -> columns of its rows, and those that only judgement needs."""


class Judge:
    """Give it every handshake with its row, ask it for ``rows`` of its tables, and ``finish`` it at the end.

    ``judging`` says by which trust store, at which time and by which policies.  ``sources`` are the names of the captures and may grow.
    Only the ``wanted`` tables are kept; the gravest severity is known in any case.
    """

    live = False
    """Somebody waits for what is found (``live.LiveJudge``)."""

    def __init__(self, judging: Judging, sources: Callable[[], list[str]], wanted: Container[str]) -> None:
        self._judging = judging
        self._sources = sources
        self._wanted = wanted
        self._trust = judging.judge()
        self._repeats = Repeats(live=self.live)
        self._merging = Merging(live=self.live)
        self._batch: list[tuple[Handshake, Row]] = []
        self._weight = 0
        self._spoken: list[tuple[Spoken, Row]] = []
        self._showings = Showings(self._trust, self._repeats, judging.moment, live=self.live)
        self.states: Counter[tuple[str, int]] = Counter()
        """(rule, state) -> how often."""
        self.findings: list[Finding] = []
        """What was found since it was taken."""
        self._rows: dict[str, list[Row]] = {}
        self.readiness = Readiness()
        self.tallies = [Tally(policy) for policy in judging.load_policies()]
        clauses = sum(len(tally.policy.clauses) for tally in self.tallies)
        self._most = max(min(BATCH, BATCH_VERDICTS // clauses), 1) if clauses else BATCH
        self.worst: str | None = None
        """The gravest severity found so far."""
        self._early = 0

    def given_up(self) -> dict[str, int]:
        """Return what was given up for want of room or time, in words -> how often; no handshake is lost by it."""
        return {f"findings: {LIMITS[name]}": count for name, count in self.limits.items()}

    @property
    def limits(self) -> dict[str, int]:
        """What was given up for want of room or time, a key of LIMITS -> how often."""
        return {name: count for name, count in self._limits().items() if count}

    def _limits(self) -> dict[str, int]:
        trust = self._trust
        return {
            "chains": self._early, "intermediates": int(trust.pool_full), "paths": trust.cut, "repeats": self._repeats.full,
            "told": self._showings.forgotten,
        }  # fmt: skip

    # ------------------------------------------------------------------------------------------------ what comes in

    def take(self, one: Handshake | Plain, rows: Callable[[str], Sequence[Row]]) -> None:
        """Take a handshake, or a connection that came to none; ``rows`` gives its rows of a table of facts."""
        for position, row in enumerate(rows("preludes") if one.preludes else ()):
            self._speak(Spoken(one.preludes[position], one), row)
        if isinstance(one, Handshake):
            row = rows("handshakes")[0]
            self._wait(one, row)
            self._repeats.handshake(one)
            if one.server_chain or one.client_chain:
                self._weight += sum(map(len, (*(one.server_chain or ()), *(one.client_chain or ()))))
                self._showings.take(one, row)
        self._relieve()

    def _relieve(self) -> None:
        """Judge now where much waits."""
        if self._showings.full:
            self._early += 1
            self._judge_chains()
        if len(self._batch) >= self._most or self._weight > BATCH_BYTES or len(self._spoken) >= BATCH or self._showings.heavy:
            self._flush()

    def _wait(self, one: Handshake, row: Row) -> None:
        """Put a handshake among those that wait."""
        self._batch.append((one, row))
        self._weight += sum([seen.length for seen in one.seen])

    def _speak(self, spoken: Spoken, row: Row) -> None:
        self._spoken.append((spoken, row))
        if spoken.prelude.offered is not None and spoken.prelude.packets:
            server = f"{row[_SPOKEN['protocol']]} {row[_SPOKEN['server']]} {row[_SPOKEN['server_port']]}"
            number = row[_SPOKEN["handshake"]] or 0
            packet = spoken.prelude.packets[0]
            self._repeats.offer(server, offered=spoken.prelude.offered, number=number, packet=packet, time=spoken.prelude.start)

    # ------------------------------------------------------------------------------------------------ asking the rules

    def _flush(self) -> None:
        """Ask the rules on handshakes, preludes and certificates of what has come since."""
        batch, self._batch, self._weight = self._batch, [], 0
        spoken, self._spoken = self._spoken, []
        shown = self._showings.certificates()
        if batch:
            self._judge_handshakes(batch)
        if spoken:
            self._ask("prelude", spoken)
        if shown:
            self._ask("certificate", shown)
        self._note(self._repeats.settle())

    def _judge_handshakes(self, batch: list[tuple[Handshake, Row]]) -> None:
        """Ask the rules and policies, and count who is ready for post-quantum key exchange."""
        frame = self._ask("handshake", batch)
        if not self.demands:
            return
        seen = Observed(frame)
        if "readiness" in self._wanted:
            self.readiness.add(seen)
        for tally in self.tallies:
            judgement = policies.judge(tally.policy, seen)
            tally.add(judgement)
            if "policy" in self._wanted:
                self._rows.setdefault("policy", []).extend(policies.rows(judgement, self._sources()))
            self._note(policies.findings(judgement))

    @property
    def demands(self) -> bool:
        """Whether more than the rules is asked of handshakes."""
        return bool(self.tallies) or "readiness" in self._wanted

    def _judge_chains(self) -> None:
        """Judge the chains that wait, and ask the rules on chains, part by part: judged, a chain takes several times as much."""
        left = MOST_OPINIONS if "trust" in self._wanted else 0
        for chains in parts(self._showings.chains()):
            self._judge_part(chains, left)
            left = max(left - len(chains), 0)

    def _judge_part(self, chains: list[Presented], opinions: int) -> list[Judged]:
        """Judge chains; on so many of them the others are asked for their opinions."""
        known: dict[Any, Judged] = {}
        judged = [presented.judged(one, self._trust, known, opinions=place < opinions) for place, one in enumerate(chains)]
        self._tell_chains(judged)
        return judged

    def _tell_chains(self, judged: list[Judged]) -> None:
        """Give the rows of judged chains, and ask the rules on chains."""
        sources = self._sources()
        rows = [presented.row(one, sources) for one in judged]
        if "trust" in self._wanted:
            self._rows.setdefault("trust", []).extend(rows)
        pairs = list(zip(judged, rows, strict=True))
        self._ask("chain name", pairs)
        self._ask("chain", [(one, row) for one, row in pairs if one.count])

    def _ask(self, subject: str, pairs: Sequence[tuple[Any, Row]]) -> Frame:
        """Ask all rules of a subject of things with their rows, count and tell; return the things as a frame."""
        frame, states = self._asked(subject, pairs)
        self._count(subject, states)
        self._tell(subject, frame, states == FAILED)
        return frame

    def _asked(self, subject: str, pairs: Sequence[tuple[Any, Row]]) -> tuple[Frame, Array]:
        """Ask all rules of a subject of things; return the things as a frame, and the states: a row is a rule, a column a thing."""
        frame = self._framed(subject, pairs)
        return frame, np.array([ask(rule, frame) for rule in SUBJECTS[subject]], dtype=np.int8)

    def _framed(self, subject: str, pairs: Sequence[tuple[Any, Row]]) -> Frame:
        """Return things with their rows as a frame."""
        columns, derived = _SEEN[subject]
        return Frame(columns, [row for _, row in pairs], [one for one, _ in pairs], derived)

    def _count(self, subject: str, states: Array, times: int = 1) -> None:
        """Count states of a subject's rules."""
        rules, most = SUBJECTS[subject], len(STATES)
        counts = np.bincount((states + most * np.arange(len(rules))[:, None]).ravel(), minlength=most * len(rules))
        for place, count in enumerate(counts.tolist()):
            if count:
                self.states[rules[place // most].name, place % most] += times * count

    def _tell(self, subject: str, frame: Frame, failed: Mask) -> None:
        """Tell where rules of a subject fail: a row is a rule, a column a thing."""
        for place in np.flatnonzero(failed.any(axis=1)).tolist():
            rule = SUBJECTS[subject][place]
            told = [(at, rule.told(frame, at)) for at in np.flatnonzero(failed[place]).tolist()]
            if not rule.once:
                self._note(particular(rule, frame, at, detail) for at, detail in told)
                continue
            for at, detail in told:
                key = rule.name, frame.cell(rule.once, at), detail
                if not self._merging.again(key):
                    self._merging.add(key, particular(rule, frame, at, detail))
            if self._merging.full:
                self._note(self._merging.told())

    def _note(self, findings: Iterable[Finding]) -> None:
        found = list(findings)
        if "findings" in self._wanted:
            self.findings += found
        severities = {finding.severity for finding in found}
        if found:
            self.worst = min(severities if self.worst is None else severities | {self.worst}, key=severity_rank)

    def finish(self) -> None:
        """Judge what waited for the end, and compare all with each other."""
        self._flush()
        self._judge_chains()
        self._note(self._merging.told())
        self._note(self._repeats.settle(end=True))
        for rule in SUBJECTS["scan"]:
            distinct, failed = self._repeats.counts(rule.name)
            self.states[rule.name, FAILED] = failed
            self.states[rule.name, 0] = distinct - failed
        self._rows["rules"] = list(self._counted())
        self._rows["readiness"] = list(self.readiness.rows())
        self._rows["policies"] = [row for tally in self.tallies for row in tally.rows()]

    # ------------------------------------------------------------------------------------------------ what goes out

    def rows(self, table: str) -> list[Row]:
        """Return the rows of one of the judge's tables that were not asked for yet."""
        if table == "findings":
            findings, self.findings = self.findings, []
            sources = self._sources()
            return [finding_row(finding, sources) for finding in findings]
        return self._rows.pop(table, [])

    def _counted(self) -> Iterator[Row]:
        """Give the rows of the table rules."""
        for rule in RULES.values():
            yield (
                rule.name, rule.severity, rule.title, rule.subject, rule.scope, rule.citation, rule.advice,
                *(self.states[rule.name, state] for state in range(len(STATES))),
            )  # fmt: skip


def parts(chains: Iterable[Presented]) -> Iterator[list[Presented]]:
    """Cut chains into parts, in the order in which they were shown first; a chain is in one of them with all its names."""
    groups: dict[tuple[str, tuple[bytes, ...]], list[Presented]] = {}
    for one in chains:
        groups.setdefault((one.role, one.chain), []).append(one)
    part: list[Presented] = []
    weight = 0
    for (_, chain), group in groups.items():
        size = sum(map(len, chain))
        if part and (len(part) + len(group) > BATCH or weight + size > BATCH_BYTES):
            yield part
            part, weight = [], 0
        part += group
        weight += size
    if part:
        yield part
