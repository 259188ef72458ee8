"""memory: what a dictionary would remember, less the oldest; what is new of things that are judged again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.memory import Marks, Recent, Standing, apart
from analyzer.findings.rule import FAILED, NOT_APPLICABLE, PASSED

KEYS = st.lists(st.integers(0, 40), max_size=200)


@given(KEYS, st.integers(1, 30))
def test_the_newest_half_is_always_remembered(keys, most):
    """Of what was put or asked for last, so many distinct ones as half the room are there; never more than the room."""
    marks, recent = Marks(most), Recent(most)
    for at, key in enumerate(keys):
        if key not in marks:
            marks.add(key)
        if recent.get(key) is None:
            recent.put(key, str(key))
        newest = list(dict.fromkeys(reversed(keys[: at + 1])))[: most // 2]
        for held in ({*marks._young, *marks._old}, {*recent._young, *recent._old}):
            assert {*newest} <= held
            assert len(held) <= most
        assert all(recent.get(one) == str(one) for one in newest[:1])


def test_what_is_forgotten_is_counted():
    marks, recent = Marks(4), Recent(4)
    for key in range(6):
        marks.add(key)
        recent.put(key, "value")
    assert (marks.forgotten, recent.forgotten) == (4, 4)
    assert 0 not in marks
    assert recent.get(0) is None
    assert recent.get(5) == "value"


def test_what_is_asked_for_stays():
    marks = Marks(4)
    marks.add(0)
    for key in range(1, 40):
        assert 0 in marks
        marks.add(key)
    assert 5 not in marks


def test_what_is_dropped_is_gone():
    recent = Recent(4)
    for key in (1, 2, 3):
        recent.put(key, key)
    for key in (1, 3, 9):
        recent.drop(key)
    assert [key in recent for key in (1, 2, 3)] == [False, True, False]
    assert recent.forgotten == 0


def column(*states):
    return np.array([states], dtype=np.int8).T


def test_what_failed_before_is_no_news():
    standing = Standing(10)
    first = standing.renew([7], column(FAILED, PASSED, NOT_APPLICABLE))
    assert (first.fresh.T.tolist(), first.places, first.earlier.shape) == ([[True, False, False]], [], (3, 0))
    again = standing.renew([7], column(FAILED, FAILED, PASSED))
    assert (again.fresh.T.tolist(), again.places) == ([[False, True, False]], [0])
    assert again.earlier.T.tolist() == [[FAILED, PASSED, NOT_APPLICABLE]]


def test_what_failed_passed_and_fails_again_was_told():
    standing = Standing(10)
    for state, fresh in ((FAILED, True), (PASSED, False), (FAILED, False)):
        news = standing.renew([7], column(state))
        assert news.fresh.tolist() == [[fresh]]
    assert news.earlier.tolist() == [[PASSED]]


def test_new_and_known_things_together():
    standing = Standing(10)
    standing.renew([2], column(PASSED))
    news = standing.renew([1, 2, 3], np.array([[FAILED, FAILED, PASSED]], dtype=np.int8))
    assert (news.fresh.tolist(), news.places, news.earlier.tolist()) == ([[True, True, False]], [1], [[PASSED]])


def test_what_does_not_come_again_is_forgotten():
    standing = Standing(10)
    standing.renew([1, 2], np.array([[FAILED, FAILED]], dtype=np.int8), [True, False])
    assert (1 in standing, 2 in standing) == (True, False)
    standing.renew([1], column(FAILED), [False])
    assert len(standing) == 0


@given(st.lists(st.integers(0, 5), max_size=30))
def test_stretches_hold_each_key_once_and_all_in_order(keys):
    stretches = apart(keys)
    assert [at for places in stretches for at in places] == list(range(len(keys)))
    for places in stretches:
        assert len({keys[at] for at in places}) == len(places)


@pytest.mark.parametrize("most", [0, 1])
def test_the_smallest_room(most):
    marks = Marks(most)
    marks.add(1)
    marks.add(2)
    assert len(marks) <= 1
