"""Bars: lengths are as counts, the rest is one row, names of the wire are only text."""

import pytest
from drawn import of_class, read, said, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.reports.plots.bars import bars

ROWS = st.lists(st.tuples(st.text(st.characters(), max_size=60), st.integers(min_value=0, max_value=10**30)), max_size=40)


@settings(deadline=None)
@given(ROWS)
def test_any_rows(rows):
    drawn = bars(rows, title="Any")
    if any(count for _, count in rows):
        assert len(of_class(read(drawn), "c0")) == min(sum(count > 0 for _, count in rows), 13)
    else:
        assert drawn == '<p class="plot nothing">Any: no handshakes to count.</p>'


def test_the_longest_first_and_lengths_as_counts():
    root = read(bars([("TLS 1.0", 1), ("TLS 1.3", 300), ("TLS 1.2", 100)], title="Versions"))
    assert texts(root) == ["TLS 1.3", "300", "75 %", "TLS 1.2", "100", "25 %", "TLS 1.0", "1", "<1 %"]
    longest, third, least = (float(one.get("width")) for one in of_class(root, "c0"))
    assert longest / third == pytest.approx(3, rel=0.01)
    assert least >= 1
    assert said(root) == "401 handshakes: TLS 1.3 300 (75 %), TLS 1.2 100 (25 %), TLS 1.0 1 (<1 %)."


def test_numbers_stand_under_each_other():
    root = read(bars([("a", 1000), ("b", 1)], title="Any"))
    places = {one.get("x") for one in of_class(root, "value", "text") if one.get("text-anchor") == "end"}
    assert len(places) == 2


def test_the_rest_is_one_row():
    root = read(bars([(f"suite {number}", 1000 - number) for number in range(300)], title="Suites", most=5))
    assert texts(root)[15:17] == ["other (295 more)", f"{sum(1000 - number for number in range(5, 300)):,}"]
    assert said(root).startswith(f"{sum(1000 - number for number in range(300)):,} handshakes: suite 0 1,000 (<1 %)")


def test_rows_of_equal_counts_stay_in_their_order():
    assert texts(read(bars([("b", 1), ("a", 1)], title="Any")))[::3] == ["b", "a"]


def test_nothing_to_count():
    assert "Names: no servers to count." in bars([], title="Names", unit="servers")
    assert "Names: no servers to count." in bars([("a", 0)], title="Names", unit="servers")


def test_markup_of_the_wire_is_text():
    evil = "</text><script>alert(1)</script>"
    root = read(bars([(evil, 1)], title=evil))
    assert texts(root)[0] == evil
