"""Where rungs stand: in order, without touching, waits drawn longer the longer they were."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import ANY, MS, long, made, rung

from analyzer.ladders.drawing.placing import FIRST, LAST, SHORT, chosen, places, stretch
from analyzer.ladders.ladder import Epoch, Ladder


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_rungs_stand_below_each_other(ladder):
    placed = places(ladder, 100)
    assert [place.rung for place in placed] == list(ladder.rungs)
    y = 100
    for place in placed:
        assert place.top == y
        marks = [at for at in (place.wait, place.tag) if at is not None]
        assert place.top <= min(marks, default=y) <= max(marks, default=y) < place.name < place.arrow < place.bottom
        assert place.bottom - place.arrow >= 17 * (len(place.fields) + len(place.notes))
        y = place.bottom


def test_waits_grow_with_their_logarithm_and_end():
    assert stretch(None) == stretch(-5) == stretch(0) == stretch(SHORT) == 0
    lengths = [stretch(ns) for ns in (MS, 10 * MS, 100 * MS, 1000 * MS)]
    assert lengths == [12, 24, 36, 48]
    assert stretch(2**63) == 72


@given(st.integers(-(2**63), 2**63), st.integers(-(2**63), 2**63))
def test_a_longer_wait_is_never_shorter(one, other):
    assert (stretch(min(one, other))) <= stretch(max(one, other))


def test_a_second_is_broken_off_and_said():
    placed = places(made(), 0)
    assert [place.rung.name for place in placed if place.broken is not None] == ["SYN sent again", "ServerHello"]
    assert [place.rung.name for place in placed if place.wait is not None] == ["ServerHello"]


def test_keys_are_named_where_they_change():
    placed = places(made(), 0)
    assert [place.rung.name for place in placed if place.tag is not None] == ["Finished", "application data"]
    epochs = (Epoch(name="Initial keys", readable=True, doc=""), Epoch(name="Handshake keys", readable=False, doc=""))
    rungs = tuple(rung(epoch=epoch) for epoch in (0, 1, 1, 0, None, 9, -1, 0))
    for framing, wanted in (("quic", [0, 1, 3]), ("tls", [1, 3])):
        placed = places(Ladder(number=1, client="", server="", framing=framing, rungs=rungs, epochs=epochs), 0)
        assert [at for at, place in enumerate(placed) if place.tag is not None] == wanted


def test_of_very_many_the_first_and_the_last_are_drawn():
    rungs, left = chosen(long(FIRST + LAST + 7))
    assert left == 7
    numbers = [number for number, _ in rungs]
    assert numbers == [*range(FIRST), *range(FIRST + 7, FIRST + 7 + LAST)]
    placed = places(long(FIRST + LAST + 7), 0)
    assert [at for at, place in enumerate(placed) if place.skipped] == [FIRST]
    assert placed[FIRST].skipped == 7
    assert all(one.bottom == other.top for one, other in itertools.pairwise(placed))
