"""Settling: who fell silent is asked once, or again when they want to be."""

from collections import OrderedDict

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from analyzer.limits import DEFAULT
from analyzer.streams.settling import Settling

MS = 10**6
LIMITS = msgspec.structs.replace(DEFAULT, settle_ms=100)


class One:
    def __init__(self, last):
        self.last = last


def flows(*lasts):
    return OrderedDict.fromkeys(One(last * MS) for last in lasts)


def test_only_who_is_silent_for_long_enough():
    settling, everyone = Settling(LIMITS), flows(10_000, 10_050, 10_120)
    assert [one.last // MS for one in settling.silent(everyone, 10_160 * MS)] == [10_050, 10_000]
    assert [one.last // MS for one in settling.silent(everyone, 10_219 * MS)] == [10_050, 10_000]
    assert [one.last // MS for one in settling.silent(everyone, 10_220 * MS)] == [10_120, 10_050, 10_000]


def test_who_was_silent_for_a_second_is_not_asked_again():
    settling, everyone = Settling(LIMITS), flows(10_000)
    assert len([*settling.silent(everyone, 10_100 * MS)]) == 1
    assert [*settling.silent(everyone, 11_300 * MS)] != []
    assert [*settling.silent(everyone, 11_301 * MS)] == []


def test_who_wants_to_be_asked_again_is():
    settling, everyone = Settling(LIMITS), flows(10_000)
    [one] = settling.silent(everyone, 10_100 * MS)
    [*settling.silent(everyone, 12_000 * MS)]
    settling.later(one, 13_000 * MS)
    assert [*settling.silent(everyone, 12_999 * MS)] == []
    assert [*settling.silent(everyone, 13_000 * MS)] == [one]
    assert [*settling.silent(everyone, 14_000 * MS)] == []
    settling.later(one, 0)
    settling.later(one, 15_000 * MS)
    everyone.clear()
    assert [*settling.silent(everyone, 15_000 * MS)] == [], "who has ended is not asked"


def test_a_clock_that_is_set_back():
    settling = Settling(LIMITS)
    assert [*settling.silent(flows(100_000), 100_200 * MS)] != []
    assert [*settling.silent(flows(50_000), 50_200 * MS)] == []
    assert [*settling.silent(flows(50_300), 50_450 * MS)] != []


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.integers(10, 200))
def test_each_is_asked_at_least_once_and_never_too_early(lasts, step):
    settling, everyone, asked = Settling(LIMITS), flows(*sorted(lasts)), {}
    for now in range(0, 5000 + 1200, step):
        spoken = OrderedDict((one, None) for one in everyone if one.last <= now * MS)
        for one in settling.silent(spoken, now * MS):
            assert now * MS - one.last >= 100 * MS
            asked.setdefault(one, now)
    assert asked.keys() == everyone.keys()
    assert all(now - one.last // MS < 100 + step + 1 for one, now in asked.items())
