"""Shares over time: bins of round length that hold every time, bands as high as their share, all of them named."""

import re
from itertools import pairwise

import pytest
from drawn import NUMBER, SVG, of_class, read, said, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.reports.plots.shares import SECOND, edges, over_time

START = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z
TIMES = st.integers(min_value=-(1 << 80), max_value=1 << 80)


@settings(deadline=None)
@given(TIMES, TIMES, st.integers(min_value=1, max_value=100))
def test_bins_hold_every_time(one, other, most):
    ends = edges(one, other, most)
    step = ends[1] - ends[0]
    assert 1 <= len(ends) - 1 <= max(most, 2)
    assert {after - before for before, after in pairwise(ends)} == {step}
    assert ends[0] <= min(one, other)
    assert max(one, other) < ends[-1]


@pytest.mark.parametrize(("seconds", "step"), [
    (0, 1), (59, 1), (60, 2), (3599, 60), (3600, 120), (86_399, 1_800), (40 * 86_400, 86_400), (100 * 86_400, 2 * 86_400),
])  # fmt: skip
def test_bins_are_of_round_length(seconds, step):
    ends = edges(START, START + seconds * SECOND)
    assert (ends[1] - ends[0]) // SECOND == step
    assert ends[0] == START


def high(path):
    """The heights of a band's bars, by their left edge."""
    return {float(x): float(tall) for x, tall in re.findall(r"M(-?[0-9.]+) [0-9.-]+h[0-9.-]+v([0-9.-]+)H", path.get("d"))}


def test_bands_are_as_high_as_their_share_of_the_bin():
    ends = edges(START, START + 1 * SECOND)
    root = read(over_time({"TLS 1.3": [30, 0], "TLS 1.2": [10, 7]}, ends, title="Versions"))
    first, second = (high(one) for one in (of_class(root, "c0", "path")[0], of_class(root, "c1", "path")[0]))
    (x,) = first
    assert first[x] / second[x] == pytest.approx(3, rel=0.05)
    assert sorted(second.values())[1] == pytest.approx(140, abs=1)  # all of the second bin
    assert texts(root)[4:8] == ["TLS 1.3", "64 %", "TLS 1.2", "36 %"]
    assert said(root) == (
        "Shares from 2026-01-01 00:00:00 to 2026-01-01 00:00:02 UTC in 2 bins of 1 s, 47 in all: "
        "TLS 1.3 30 (64 %, 75 % in the first and 0 % in the last), TLS 1.2 17 (36 %, 25 % in the first and 100 % in the last)."
    )


def test_names_that_are_too_long_to_stand_beside_stand_below_each_other():
    suites = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": [3, 0], "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": [1, 4]}
    beside, below = (read(over_time(series, edges(START, START + 1 * SECOND), title="Suites"))
                     for series in ({"a": [3, 0], "b": [1, 4]}, suites))  # fmt: skip
    first, second = suites
    assert texts(below)[-4:] == [second, "62 %", first, "38 %"]
    assert float(below.get("viewBox").split()[3]) > float(beside.get("viewBox").split()[3])


COUNTS = st.lists(st.integers(0, 10**20), max_size=80)


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(), max_size=30), COUNTS, max_size=20), st.integers(1, 400))
def test_any_series(series, bins):
    ends = [START + at * SECOND for at in range(bins + 1)]
    drawn = over_time(series, ends, title="Any")
    counted = [name for name, counts in series.items() if any(counts[:bins])]
    if not counted:
        assert drawn == '<p class="plot nothing">Any: nothing to count.</p>'
        return
    root = read(drawn)
    assert len([one for one in root.iter(f"{SVG}rect") if one.get("class", "").startswith("c")]) == min(len(counted), 8)
    assert all(0 <= float(number) <= 400 for one in root.iter(f"{SVG}path") for number in NUMBER.findall(one.get("d")))


def test_names_do_not_stand_on_each_other():
    root = read(over_time({f"kind {number}": [10**number] for number in range(8)}, edges(START, START), title="Any"))
    places = sorted(float(one.get("y")) for one in root.iter(f"{SVG}text") if (one.text or "").startswith("kind"))
    assert len(places) == 8
    assert min(after - before for before, after in pairwise(places)) >= 14.9
    assert places[0] >= 8


def test_of_more_kinds_than_colours_the_rarest_are_one():
    root = read(over_time({f"kind {number}": [number + 1] for number in range(12)}, edges(START, START), title="Any"))
    assert [one for one in texts(root) if one.startswith("other")] == ["other (5 more)"]
    assert "other (5 more) 15 (19 %)" in said(root)


def test_no_bins():
    assert "nothing to count" in over_time({"a": [1]}, [], title="Any")
    assert "nothing to count" in over_time({}, [START, START + SECOND], title="Any")
