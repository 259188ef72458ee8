"""live: in pulses of any size the same is found as when all is judged at the end, and nothing is told twice."""

import random
from collections import Counter
from functools import cache

import captures_handshakes as h
import msgspec
import pytest
import talk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from watched import SAMPLES, Watched, every, things

import analyzer
from analyzer.findings import judge, live
from analyzer.findings.judge import Judge
from analyzer.findings.judging import Judging
from analyzer.findings.live import LiveJudge
from analyzer.findings.rules import RULES
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.handshakes.handshake import Handshake
from analyzer.x509.trust import pool

POLICY = "mozilla-intermediate"


@cache
def whole(name=None):
    return Watched(Judge).take(*(every() if name is None else things(name))).finish()


def early(one, dice):
    """Return a handshake as it is told while its connection is open: some of what is odd comes later."""
    odd = [each for each in one.anomalies if dice.random() < 0.5]
    return msgspec.structs.replace(one, open=True, events=[], closed=None, closed_by=None, alerts=[], anomalies=odd)


def watched(some, seed):
    """Judge things in pulses of random sizes, most handshakes twice: when they are over and when their connection is."""
    dice, room, late = random.Random(seed), Watched(), []
    often = dice.choice((0.02, 0.1, 0.5, 1))
    for one in some:
        if isinstance(one, Handshake) and dice.random() < 0.7:
            room.take(early(one, dice))
            late.append(one)
        else:
            room.take(one)
        if dice.random() < often:
            room.pulse()
        while late and dice.random() < 0.4:
            room.take(late.pop(dice.randrange(len(late))))
    return room.take(*late).finish()


def subject(one):
    """What a finding is about: a certificate or chain is told once, whatever handshake showed it first."""
    if one.rule in RULES and RULES[one.rule].subject in {"chain", "certificate"}:
        return one.rule, one.certificate
    return one.rule, one.handshake, one.certificate, one.packets if one.handshake is None else None


def counted(room, *, but=()):
    return [row for row in room.rows["rules"] if row[3] not in but]


def same(room, wanted, *, but=()):
    """Hold what was told live to what is found at the end."""
    told, other = Counter(map(subject, room.found)), Counter(map(subject, wanted.found))
    assert told.keys() == other.keys()
    assert told == other if not but else all(told[key] <= other[key] for key in told), "nothing is told twice"
    assert counted(room, but=but) == counted(wanted, but=but)
    assert room.rows["policies"] == wanted.rows["policies"]
    assert room.rows["readiness"] == wanted.rows["readiness"]
    assert room.judge.worst == wanted.judge.worst
    assert room.judge.limits == {}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(name):
    same(watched(things(name), name), whole(name))


@given(st.sampled_from(SAMPLES), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_pulses(name, seed):
    same(watched(things(name), seed), whole(name))


@pytest.mark.parametrize("seed", range(4))
def test_all_samples_at_once(seed):
    """Counts of chains differ: one that came with several OCSP responses is one for who told it already."""
    same(watched(every(), seed), whole(), but={"chain", "chain name"})


def test_a_row_for_each_verdict_and_chain():
    room = watched(every(), 1)
    for table, key in (("policy", slice(0, 3)), ("trust", slice(0, 1))):
        assert {(*row[key],) for row in room.rows[table]} == {(*row[key],) for row in whole().rows[table]}
    last = {row[:3]: row[5] for row in room.rows["policy"]}
    assert last == {row[:3]: row[5] for row in whole().rows["policy"]}, "the last row of a verdict is the one that holds"


# ---- handshakes that come again


def one_of(make):
    [one] = [one for one in analyzer.scan(make().packets, link=talk.RAW) if isinstance(one, Handshake)]
    return one


def test_what_happens_after_the_handshake_is_told_then_and_counted_once():
    one = one_of(h.bleeding)
    room = Watched(policies=())
    first = room.pulse(msgspec.structs.replace(one, open=True, anomalies=[], events=[]))
    assert "heartbleed" not in first
    assert room.pulse() == []
    assert room.pulse(one) == ["heartbleed"]
    states = {row[0]: row[-4:] for row in room.finish().rows["rules"]}
    assert states["heartbleed"] == (0, 1, 0, 0)
    assert {sum(states[name]) for name, rule in RULES.items() if rule.subject == "handshake"} == {1}


def test_told_twice_between_two_pulses_it_is_judged_as_it_is_then():
    one = one_of(h.bleeding)
    room = Watched()
    room.take(msgspec.structs.replace(one, open=True, anomalies=[], events=[]), one)
    assert room.pulse().count("heartbleed") == 1
    assert len(room.judge._standing["handshake"]) == 0
    assert room.finish().judge.states["heartbleed", 1] == 1


def test_only_open_handshakes_are_remembered():
    room = Watched()
    some = [one for one in every() if isinstance(one, Handshake)]
    room.pulse(*(msgspec.structs.replace(one, open=True) for one in some))
    assert len(room.judge._standing["handshake"]) == len(some)
    room.pulse(*some)
    assert len(room.judge._standing["handshake"]) == 0


def test_very_many_that_end_at_once_are_judged_in_batches(monkeypatch):
    monkeypatch.setattr(judge, "BATCH", 10)
    room = Watched(policies=())
    some = [one for one in every() if isinstance(one, Handshake)]
    room.pulse(*(msgspec.structs.replace(one, open=True) for one in some))
    for one in some:
        room.take(one)
        assert len(room.judge._batch) < 10


# ---- bounds


def test_what_nobody_asks_for_is_let_go(monkeypatch):
    monkeypatch.setattr(live, "MOST_UNASKED", 100)
    room = LiveJudge(Judging(policies=(POLICY,)), lambda: ["a"], tuple(JUDGED))
    book = JudgedBook(["a"])
    for one in every():
        room.take(one, lambda table, one=one: rows_of(TABLES[table], one, book))
        room.pulse()
    assert room.limits["unasked"] > 0
    assert max(len(room.findings), *map(len, room._rows.values())) <= 200


def test_a_memory_of_cas_that_is_full_begins_anew(monkeypatch):
    monkeypatch.setattr(pool, "ENTRIES", 0)
    room = Watched(policies=(), trust_store=("none",))
    some = [one for one in every() if isinstance(one, Handshake) and one.server_chain and len(one.server_chain) > 1]
    before = room.judge._trust
    room.pulse(some[0])
    assert room.judge._trust is not before
    assert room.judge._showings.trust is room.judge._trust
    before = room.judge._trust
    room.pulse(some[1])
    assert room.judge._trust is before, "not again within the hour"
    assert room.judge.limits["intermediates"] >= 1


def test_every_limit_has_its_words():
    room = LiveJudge(Judging(), list, ())
    assert room._limits().keys() == live.LIVE_LIMITS.keys()
