"""Elements of SVG, and texts that fit."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.ladders.drawing.ink import cut, element, flow, label, line, measure, path, rect, rich, safe, title, wrap

ANY = st.text(st.characters(exclude_categories=()), max_size=200)


def test_elements():
    assert element("g") == "<g/>"
    assert element("g", "x", class_="a b", text_anchor="") == '<g class="a b">x</g>'
    assert line(1, 2.25, 3.04, 4, "c") == '<line x1="1" y1="2.2" x2="3" y2="4" class="c"/>'
    assert rect(0, 0, 1.5, 2, "c") == '<rect x="0" y="0" width="1.5" height="2" class="c"/>'
    assert rect(0, 0, 1, 2, "c", 3) == '<rect x="0" y="0" width="1" height="2" rx="3" class="c"/>'
    assert path("M0 0", "c") == '<path d="M0 0" class="c"/>'
    assert label(1, 2, "<&>", "c", "end") == '<text x="1" y="2" class="c" text-anchor="end">&lt;&amp;&gt;</text>'
    assert label(1, 2, "") == title("") == ""
    assert title("a\u202eb") == "<title>a\\u{202e}b</title>"


def test_blanks_between_pieces_stay():
    """Librsvg drops blanks at the ends of elements, no-break ones too."""
    assert rich(1, 2, [("a ", "label"), ("b", "")]) == '<text x="1" y="2" xml:space="preserve"><tspan class="label">a </tspan>b</text>'


@given(ANY, ANY)
def test_any_text_is_valid(text, attribute):
    root = ET.fromstring(element("g", label(0, 0, text) + rich(0, 0, [(text, "a")]) + title(text), class_=attribute))
    shown = safe(text)
    assert "".join(root.itertext()) == shown * 3
    assert not set(shown) & set("\x00\x1b\u202e\u2028")


def test_measuring():
    assert measure("", 10) == 0
    assert measure("mm", 10) == 20
    assert measure("mm", 20) == 40
    assert measure("i", 10) < measure("n", 10) < measure("W", 10) < measure("例", 10)
    assert measure("e\u0301", 10) == measure("e", 10)
    assert measure("n", 10, bold=True) > measure("n", 10)


@given(ANY, st.floats(20, 500), st.floats(5, 30))
def test_what_is_cut_fits(text, width, size):
    found = cut(text, width, size)
    assert found == text or (found.endswith("…") and text.startswith(found[:-1]))
    assert measure(found, size) <= max(width, measure("…", size)) + 1e-6
    assert (found == text) == (measure(text, size) <= width) or text.endswith("…")


@given(st.text("abc W例", max_size=200), st.integers(1, 4))
def test_what_is_wrapped_fits(text, most):
    lines = wrap(text, 100, 10, most)
    assert len(lines) <= most
    assert all(measure(one, 10) <= 100 for one in lines)
    if not any(one.endswith("…") for one in lines):
        assert " ".join(lines).split() == text.split()


@pytest.mark.parametrize(
    ("fields", "most", "lines"),
    [
        ([], 3, []),
        ([("a", "1"), ("b", "2")], 3, ["a 1 · b 2"]),
        ([("a", "x" * 20), ("b", "y" * 20)], 3, ["a " + "x" * 20, "b " + "y" * 20]),
        ([("a", "x" * 20), ("b", "y" * 20), ("c", "3")], 1, ["a " + "x" * 20 + " · … 2 more"]),
        ([("", "alone")], 1, ["alone"]),
        ([("a", "W" * 100)], 1, ["a " + "W" * 16 + "…"]),
    ],
)
def test_fields_flow(fields, most, lines):
    assert ["".join(text for text, _ in pieces) for pieces in flow(fields, 180, 10, most)] == lines
