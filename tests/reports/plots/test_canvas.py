"""The canvas: texts that fit and are whole in their title, figures that say in words what they show."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.reports.plots.canvas import WIDTH, counted, figure, fit, nothing, rectangle, text, width_of, wrapped

ANY = st.text(st.characters(), max_size=400)


@settings(deadline=None)
@given(ANY, st.floats(min_value=30, max_value=1000))
def test_what_is_cut_fits_and_says_so(words, room):
    shown = fit(words, room)
    assert width_of(shown) <= room
    assert shown == words or (shown.endswith("…") and words.startswith(shown[:-1]))


@settings(deadline=None)
@given(ANY)
def test_every_text_is_one_element_of_xml_with_only_text_in_it(words):
    told = ET.fromstring(text(0, 0, words))
    assert [child.tag for child in told] in ([], ["title"])
    assert ET.fromstring(rectangle(0, 0, 1, 1, "c0", words)).tag == "rect"
    assert ET.fromstring(figure(10, words, words, "")).get("role") == "img"
    assert ET.fromstring(nothing(words, words)).tag == "p"


def test_what_was_cut_is_in_the_title():
    told = ET.fromstring(text(0, 0, "a name that is rather long", room=60))
    assert told.find("title").text == "a name that is rather long"
    assert told.find("title").tail.endswith("…")
    assert ET.fromstring(text(0, 0, "short", room=60)).find("title") is None


def test_a_megabyte_of_a_name_is_no_megabyte_of_a_plot():
    assert len(text(0, 0, "&" * 1_000_000)) < 5000


@settings(deadline=None)
@given(ANY, st.integers(min_value=1, max_value=4))
def test_lines_are_few_and_fit(words, most):
    lines = wrapped(words, 200, most)
    assert len(lines) <= most
    assert all(width_of(one) <= 200 for one in lines)


def test_lines_break_between_words():
    assert wrapped("the issuer was not found", 100, 3) == ["the issuer was", "not found"]


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1234567, "1,234,567"), (10**30, "> 1,000,000,000,000,000")])
def test_counts(count, shown):
    assert counted(count) == shown


def test_a_figure_scales_and_is_named():
    told = ET.fromstring(figure(120, "Versions <b>", "1 of 2", "", headed=False))
    assert told.get("viewBox") == f"0 0 {WIDTH} 120"
    assert told.get("width") == "100%"
    assert told.get("style") is None
    assert [(child.tag.rpartition("}")[2], child.text) for child in told] == [("title", "Versions <b>"), ("desc", "1 of 2")]


def test_a_title_stands_above_what_it_names():
    told = ET.fromstring(figure(120, "Versions <b>", "1 of 2", "<desc/>"))
    assert told.get("viewBox") == f"0 0 {WIDTH} 142"
    title, below = told[2:]
    assert title.text == "Versions <b>"
    assert (below.get("transform"), len(below)) == ("translate(0 22)", 1)
