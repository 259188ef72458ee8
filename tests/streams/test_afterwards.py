"""Which segments a flow is shown behind its handshake, and how many."""

from __future__ import annotations

import pytest

from analyzer.limits import DEFAULT
from analyzer.streams.afterwards import BYTES, SEGMENTS, Afterwards
from analyzer.streams.flow import Flow


class Ear:
    """A listener that finds what it is told to find."""

    def __init__(self, wants=(True, True), sign=b"data"):
        self.wants, self.sign, self.told = wants, sign, []

    def remains(self):
        return self.wants

    def after(self, side, data, packet, _time, *, follows):
        self.told.append((side, data, packet, follows))
        return data == self.sign


def shown(ear, *segments, start=100):
    flow = Flow(1, ((0, 1, 1), (0, 2, 2)), ear, DEFAULT)
    for side in flow.sides:
        side.start(start - 1)
    one = Afterwards(flow, 7)
    for number, (side, sequence, data) in enumerate(segments, 1):
        one.take(side, sequence, data, number, 0)
    return one


def test_what_follows_is_told_from_what_does_not():
    ear = Ear()
    one = shown(ear, (0, 100, b"abc"), (0, 103, b"de"), (0, 100, b"abc"), (0, 200, b"far"), (1, 100, b"x"), (1, 101, b""))
    assert [(side, packet, follows) for side, _, packet, follows in ear.told] == [
        (0, 1, True), (0, 2, True), (0, 3, False), (0, 4, False), (1, 5, True),
    ]  # fmt: skip
    assert (one.curious, one.born) == (True, 7)


def test_sequence_numbers_wrap():
    ear = Ear()
    shown(ear, (0, 2**32 - 2, b"abcd"), (0, 2, b"e"), start=2**32 - 2)
    assert [follows for *_, follows in ear.told] == [True, True]


def test_a_side_whose_data_was_found_is_asked_no_more():
    ear = Ear()
    one = shown(ear, (0, 100, b"data"), (0, 104, b"more"))
    assert (len(ear.told), one.curious) == (1, True)
    assert not shown(Ear(), (0, 100, b"data"), (1, 100, b"data")).curious
    assert not shown(Ear(wants=(False, True)), (1, 100, b"data")).curious
    assert not shown(Ear(wants=(False, False))).curious


@pytest.mark.parametrize(("size", "most"), [(1, SEGMENTS), (BYTES // 4, 4), (BYTES + 1, 1)])
def test_a_side_that_never_says_data_is_given_up(size, most):
    ear = Ear(wants=(True, False))
    one = shown(ear, *[(0, 5, bytes(size))] * (SEGMENTS + 9))
    assert (len(ear.told), one.curious) == (most, False)
