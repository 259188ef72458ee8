import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.reports.paint import Paint, fit, shorten

ANY = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANY, st.integers(min_value=0, max_value=40), st.sampled_from(["end", "middle"]))
def test_a_shortened_text_fits(text, width, where):
    assert cell_len(shorten(text, width, where)) <= width


@given(ANY, st.integers(min_value=2, max_value=40), st.sampled_from(["end", "middle"]), st.booleans())
def test_a_fitted_text_has_exactly_its_width(text, width, where, right):
    assert cell_len(fit(text, width, where, right=right)) == width


def test_ends_of_long_names_stay():
    assert shorten("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 20, "middle") == "TLS_ECDHE_…GCM_SHA256"[:10] + "…CM_SHA256"
    assert shorten("www.example.com", 8, "end") == "www.exa…"


@given(st.lists(st.tuples(ANY, st.sampled_from(["plain", "bad", "faint"])), max_size=5), st.integers(min_value=20, max_value=80))
def test_a_line_is_one_line_that_fits(spans, width):
    line = Paint(width, color=False).line(spans).decode()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert cell_len(line[:-1]) <= width


def test_colour_only_where_asked():
    assert b"\x1b" not in Paint(40, color=False).line([("a", "bad")])
    colored = Paint(40, color=True).line([("a", "bad"), ("b", "plain")]).decode()
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == "ab\n"
    assert "\x1b[" in colored
