"""waiting: who is judged anew when a certificate comes, and how many wait."""

import captures_authority as a
import pytest
import talk

from analyzer.findings import waiting
from analyzer.findings.presented import Presented, judged
from analyzer.findings.waiting import Waiting
from analyzer.x509.trust import Judge, Root, TrustStore
from analyzer.x509.trust.verdicts import gravity

ROOT = a.root().der


def shown(*chain, name="shop.example"):
    return Presented(tuple(chain), "server", name, talk.START, (1,), 1, talk.START, [1], 1)


def judge():
    return Judge(TrustStore("none", ()))


def put(room, *chain, name="shop.example"):
    one = judged(shown(*chain, name=name), judge(), {})
    room.put(one)
    return one


def test_who_waits_for_whom():
    room = Waiting()
    one = put(room, a.leaf().der)
    room.came([(a.issue("stranger").der,)])
    assert room.due() == []
    room.came([(a.leaf().der, a.issuing().der)])
    assert room.due() == [(one.shown, gravity("incomplete"))]
    assert room.due() == []
    assert len(room) == 0
    room.put(one)
    room.came([(a.issuing().der,)])
    assert room.due() == [], "it came before"


def test_whoever_may_have_issued_a_ca_of_the_path():
    room = Waiting()
    one = put(room, a.leaf().der, a.issuing().der)
    room.came([(ROOT,)])
    assert [each for each, _ in room.due()] == [one.shown]


def test_one_chain_of_many_names_waits_once():
    room = Waiting()
    for name in ("a.example", "b.example"):
        put(room, a.leaf().der, name=name)
    assert len(room) == 1
    room.came([(a.issuing().der,)])
    assert [each.name for each, _ in room.due()] == ["a.example"]


@pytest.mark.parametrize(("cap", "most"), [("MOST_WAITING", 2), ("MOST_BYTES", 2 * len(a.leaf().der) + 100)])
def test_the_oldest_waits_no_more(monkeypatch, cap, most):
    monkeypatch.setattr(waiting, cap, most)
    room = Waiting()
    leaves = [a.leaf(serial=100 + at).der for at in range(5)]
    for leaf in leaves:
        put(room, leaf)
    assert (len(room), room.dropped) == (2, 3)
    room.came([(a.issuing().der,)])
    assert [one.chain for one, _ in room.due()] == [(leaf,) for leaf in leaves[-2:]]
    assert room._named == {}
    assert room._bytes == 0


def test_so_many_at_a_time(monkeypatch):
    monkeypatch.setattr(waiting, "MOST_DUE", 2)
    room = Waiting()
    for at in range(5):
        put(room, a.leaf(serial=100 + at).der)
    room.came([(a.issuing().der,)])
    assert [len(room.due()) for _ in range(4)] == [2, 2, 1, 0]


def test_what_is_trusted_waits_for_nothing():
    room = Waiting()
    trusting = Judge(TrustStore("test", (Root(ROOT, "test"),)))
    one = judged(shown(*(made.der for made in (a.leaf(), a.issuing()))), trusting, {})
    assert one.verdict.verdict == "trusted"
    room.put(one)
    assert len(room) == 0
