"""Spread: every time is in one bar, median and 95 % are those of the definition, what has no place is told."""

import math
import statistics

import pytest
from drawn import SVG, of_class, read, said, texts
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.reports.plots.spread import spread


def held(root):
    """How many times the bars hold, by their titles."""
    return [int(one.find(f"{SVG}title").text.rpartition(": ")[2].replace(",", "")) for one in of_class(root, "c0")]


@settings(deadline=None)
@given(st.lists(st.floats(), max_size=200))
@example([1e175, 3e-295])
def test_any_times(values):
    drawn = spread(values, title="Any")
    there = [value for value in values if 0 < value < 1e200]
    if not there:
        assert drawn.startswith('<p class="plot nothing">Any: no time')
        return
    root = read(drawn)
    assert sum(held(root)) == len(there)
    assert all(-0.1 <= float(one.get("x1")) <= 400.1 for one in root.iter(f"{SVG}line"))
    assert ("at zero or below" in said(root)) is (len(there) < len(values))


def test_median_and_the_time_that_most_stay_within():
    values = [float(number) for number in range(1, 101)]
    root = read(spread(values, title="Times"))
    assert said(root) == "100 times from 1 ms to 100 ms, median 50.5 ms, 95 % within 95 ms."
    assert "median 50.5 ms" in texts(root)
    marks = [float(one.get("x1")) for one in root.iter(f"{SVG}line") if one.get("stroke-dasharray")]
    assert marks == pytest.approx([200 * math.log10(95), 200 * math.log10(statistics.median(values))], abs=0.1)  # two decades on 400


def test_the_highest_bar_is_the_fullest():
    root = read(spread([1.5] * 30 + [15.0] * 10, title="Times"))
    tall, low = (float(one.get("height")) for one in of_class(root, "c0"))
    assert tall / low == pytest.approx(3, rel=0.01)
    assert "most in a bar: 30" in texts(root)


@pytest.mark.parametrize(("value", "shown"), [
    (0.000123, "0.000123 ms"), (5, "5 ms"), (1234, "1.23 s"), (603_000, "10 min 3 s"), (1e100, "1e+97 s"),
])  # fmt: skip
def test_times_for_people(value, shown):
    assert f"median {shown}" in texts(read(spread([value], title="Times")))


def test_what_has_no_place_is_told():
    assert "no time above zero (3 at zero or below)." in spread([0, -1, 0.0], title="Times")
    assert "no times." in spread([], title="Times")
    assert "2 at zero or below have no place on this axis." in texts(read(spread([0, 0, 1], title="Times")))
