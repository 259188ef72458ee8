"""Live: a Judge for whom somebody waits — at each pulse it tells what is new since the last, for weeks, in bounded memory.

Here lives: when things are judged, what is told of what was judged before.  Here does not live: how anything is judged (``judge``), what is
remembered and how (``memory``, ``merging``, ``ledgers``, ``waiting``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.findings import policies, presented
from analyzer.findings.judge import LIMITS, Judge, parts
from analyzer.findings.memory import News, Standing, apart
from analyzer.findings.policies import Judgement, Observed, Tally
from analyzer.findings.rule import FAILED, NOT_APPLICABLE
from analyzer.findings.waiting import Waiting
from analyzer.handshakes.handshake import Handshake
from analyzer.x509.trust.verdicts import gravity

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from analyzer.facts.table import Row
    from analyzer.findings.frame import Array, Frame
    from analyzer.findings.judging import Judging
    from analyzer.findings.presented import Judged
    from analyzer.handshakes.prelude import Plain

__all__ = ["LIVE_LIMITS", "LiveJudge"]

LIVE_LIMITS = {
    **LIMITS,
    "waiting": "chains that nobody vouches for were told so, and are not told again should their issuers come",
    "unasked": "rows of tables that nobody asked for in time",
}
"""What is given up -> what that means."""
MOST_OPINIONS = 20
"""Chains of one pulse on which OpenSSL and the Web PKI are asked too, a millisecond each."""
MOST_UNASKED = 20_000
"""Rows and findings of one table that wait to be asked for, a kilobyte each; past it the older half is let go."""
MOST_STANDING = {"handshake": 250_000, "certificate": 100_000, "chain": 50_000, "chain name": 50_000}
"""Subject -> things of which it is remembered how they were judged, 100 bytes each: handshakes of open connections (there are at most
``Limits.flows`` of these, some with several), certificates and chains.  Past it the older half is forgotten, and may be told again."""
RENEWED = 3600 * 10**9
"""Nanoseconds between two times at which a memory of CAs that is full, or whose effort is spent, is begun anew: a flood of an hour
should not be felt for weeks."""
_UNTOLD = 9
"""In the place of a verdict that was told before."""

_KEYS: dict[str, Callable[[Any], int]] = {
    "certificate": lambda one: hash(one.certificate.sha256),
    "chain": lambda one: Waiting.key(one.shown),
    "chain name": lambda one: hash((one.shown.role, one.shown.chain, one.shown.name)),
}
"""Subject -> what tells one thing from another, whenever it is judged."""


class LiveJudge(Judge):
    """Give it every handshake when it is over, and again when its connection is; ``pulse`` it ten times a second, then ask for ``rows``.

    Nothing is told twice, as long as it is remembered: of a handshake that comes again only rules that it failed since; of a certificate
    or chain that is judged again (it expired, its issuer came, a stapled response is another) the same; of what repeats one finding.
    """

    live = True

    def __init__(self, judging: Judging, sources: Callable[[], list[str]], wanted: Container[str]) -> None:
        super().__init__(judging, sources, wanted)
        self._standing = {subject: Standing(most) for subject, most in MOST_STANDING.items()}
        self._places: dict[int, int] = {}
        """Number of a handshake that waits -> its place in the batch."""
        self._waiting = Waiting()
        self._unasked = 0
        self._now = self._renewed = 0
        self._before = {"intermediates": 0, "paths": 0}

    def _limits(self) -> dict[str, int]:
        limits = super()._limits()
        forgotten = sum(standing.forgotten for standing in self._standing.values())
        return {
            **limits,
            **{name: limits[name] + count for name, count in self._before.items()},
            "chains": 0,  # they do not wait for the end
            "told": limits["told"] + forgotten + self._merging.forgotten + self._repeats.forgotten,
            "waiting": self._waiting.dropped,
            "unasked": self._unasked,
        }

    def given_up(self) -> dict[str, int]:
        """Return what was given up for want of room or time, in words -> how often; no handshake is lost by it."""
        return {f"findings: {LIVE_LIMITS[name]}": count for name, count in self.limits.items()}

    def take(self, one: Handshake | Plain, rows: Callable[[str], Sequence[Row]]) -> None:
        """Take a handshake (``open``: it comes again, with the same number), or a connection that came to none."""
        if isinstance(one, Handshake):
            self._now = max(self._now, one.start)
            place = self._places.get(one.number)
            if place is not None:
                self._batch[place] = (one, rows("handshakes")[0])
                return
            self._places[one.number] = len(self._batch)
            if one.number in self._standing["handshake"]:
                self._wait(one, rows("handshakes")[0])
                self._relieve()
                return
        super().take(one, rows)

    def pulse(self) -> None:
        """Judge what has come since the last pulse, so that ``rows`` gives it."""
        self._flush()
        self._judge_chains()
        self._note(self._merging.told())
        waiting: list[list[Any]] = [self.findings, *self._rows.values()]
        for rows in waiting:
            if len(rows) > MOST_UNASKED:
                self._unasked += len(rows) // 2
                del rows[: len(rows) // 2]
        if (self._trust.pool_full or self._trust.cut) and self._now - self._renewed > RENEWED:
            self._renew()

    def _renew(self) -> None:
        """Begin the memory of CAs anew."""
        self._renewed = self._now
        self._before["intermediates"] += self._trust.pool_full
        self._before["paths"] += self._trust.cut
        self._trust = self._showings.trust = self._judging.judge()

    # ------------------------------------------------------------------------------------------------ handshakes

    def _judge_handshakes(self, batch: list[tuple[Handshake, Row]]) -> None:
        """Ask rules and policies; of handshakes that come again tell what is new."""
        self._places = {}
        frame, states = self._asked("handshake", batch)
        seen = Observed(frame)
        judgements = [policies.judge(tally.policy, seen) for tally in self.tallies]
        every = np.concatenate([states, *(judgement.states for judgement in judgements)])
        news = self._standing["handshake"].renew([one.number for one, _ in batch], every, [one.open for one, _ in batch])
        rules = len(states)
        self._recount("handshake", states, news.earlier[:rules])
        self._tell("handshake", frame, news.fresh[:rules])
        for tally, judgement in zip(self.tallies, judgements, strict=True):
            own = slice(rules, rules + len(judgement.states))
            self._demand(tally, judgement, News(news.fresh[own], news.places, news.earlier[own]))
            rules = own.stop
        if "readiness" in self._wanted:
            self._ready(seen, batch, news)

    def _recount(self, subject: str, states: Array, earlier: Array) -> None:
        """Count states, in the place of those that were counted before."""
        self._count(subject, states)
        if earlier.size:
            self._count(subject, earlier, -1)

    def _demand(self, tally: Tally, judgement: Judgement, news: News) -> None:
        """Count and tell what a policy says; of a handshake that was told before the verdicts that are others now."""
        tally.add(judgement)
        states = judgement.states
        if news.places:
            tally.add(Judgement(judgement.policy, judgement.seen, news.earlier), -1)
            again = states[:, news.places]
            states = states.copy()
            states[:, news.places] = np.where(again == news.earlier, _UNTOLD, again)
        if "policy" in self._wanted:
            told = Judgement(judgement.policy, judgement.seen, states)
            self._rows.setdefault("policy", []).extend(policies.rows(told, self._sources()))
        failed = np.where(news.fresh, FAILED, NOT_APPLICABLE).astype(np.int8)
        self._note(policies.findings(Judgement(judgement.policy, judgement.seen, failed)))

    def _ready(self, seen: Observed, batch: list[tuple[Handshake, Row]], news: News) -> None:
        """Count who is ready for post-quantum key exchange: a handshake when it comes first, as it was then."""
        if news.places:
            known = {*news.places}
            fresh = [pair for at, pair in enumerate(batch) if at not in known]
            if not fresh:
                return
            seen = Observed(self._framed("handshake", fresh))
        self.readiness.add(seen)

    # ------------------------------------------------------------------------------------------------ certificates and chains

    def _ask(self, subject: str, pairs: Sequence[tuple[Any, Row]]) -> Frame:
        """Ask all rules of a subject of things with their rows; of those that were judged before tell what is new."""
        if subject not in _KEYS or not pairs:
            return super()._ask(subject, pairs)
        keys = [_KEYS[subject](one) for one, _ in pairs]
        for places in apart(keys):
            frame, states = self._asked(subject, [pairs[at] for at in places])
            news = self._standing[subject].renew([keys[at] for at in places], states)
            self._recount(subject, states, news.earlier)
            self._tell(subject, frame, news.fresh)
        return frame

    def _judge_chains(self) -> None:
        """Judge the chains that are new, then those that may be better for them."""
        left = MOST_OPINIONS if "trust" in self._wanted else 0
        for chains in parts(self._showings.chains()):
            judged = self._judge_part(chains, left)
            self._waiting.came(one.chain for one in chains)
            for one in judged:
                self._waiting.put(one)
            left = max(left - len(chains), 0)
        better: list[Judged] = []
        for shown, before in self._waiting.due():
            one = presented.judged(shown, self._trust, {})
            self._waiting.put(one)
            if gravity(one.verdict.verdict) > before:
                better.append(one)
        if better:
            self._tell_chains(better)
