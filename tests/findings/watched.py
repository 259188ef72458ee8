"""What tests of live judgement share: things to judge, and a judge that is asked for all that it tells."""

from functools import cache
from pathlib import Path

import msgspec

import analyzer
from analyzer.findings.judging import Judging
from analyzer.findings.live import LiveJudge
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.handshakes.handshake import Handshake

FOLDER = Path(__file__).parents[2] / "samples"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.pcapng"))
POLICY = "mozilla-intermediate"


@cache
def things(name):
    return tuple(analyzer.stream(FOLDER / f"{name}.pcapng").everything())


@cache
def every():
    """All samples as one capture: handshakes numbered anew."""
    told, number = [], 0
    for one in (one for name in SAMPLES for one in things(name)):
        number += isinstance(one, Handshake)
        told.append(msgspec.structs.replace(one, number=number) if isinstance(one, Handshake) else one)
    return tuple(told)


class Watched:
    """A judge, and all that it told."""

    def __init__(self, kind=LiveJudge, **judging):
        self.judge = kind(Judging(**{"policies": (POLICY,), **judging}), lambda: ["a"], tuple(JUDGED))
        self.book = JudgedBook(["a"])
        self.found = []
        self.rows = {name: [] for name in JUDGED}

    def take(self, *some):
        for one in some:
            self.judge.take(one, lambda table, one=one: rows_of(TABLES[table], one, self.book))
        return self

    def pulse(self, *some):
        """Take some, pulse, and return the rules that were told."""
        self.take(*some).judge.pulse()
        return self.collect()

    def collect(self):
        fresh = [*self.judge.findings]
        self.found += fresh
        for name in JUDGED:
            self.rows[name] += self.judge.rows(name)
        return [one.rule for one in fresh]

    def finish(self):
        self.judge.finish()
        self.collect()
        return self
