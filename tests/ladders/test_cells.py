"""Cutting and wrapping by cells: nothing is wider than asked, nothing is lost unless an ellipsis says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.ladders.cells import cell_len, packed, safe, shortened, width_of, wrapped

SHOWN = st.text(max_size=200).map(safe)
WIDTHS = st.integers(2, 60)


@given(SHOWN, st.integers(-2, 60))
def test_what_is_shortened_fits(text, width):
    cut = shortened(text, width)
    assert cell_len(cut) <= max(width, 0)
    assert cut == text or not cut or cut.endswith("…")


@given(SHOWN, WIDTHS, st.booleans())
def test_what_is_wrapped_fits_and_is_whole(text, width, listed):
    lines = wrapped(text, width, listed=listed)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(SHOWN, WIDTHS, st.integers(1, 4))
def test_no_more_lines_than_asked(text, width, most):
    whole, lines = wrapped(text, width), wrapped(text, width, most)
    assert len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)
    assert lines == whole if len(whole) <= most else lines[-1].endswith("…")


@given(st.lists(st.tuples(SHOWN, st.just("plain")), max_size=8), WIDTHS)
def test_short_texts_share_lines(spans, width):
    lines = packed(spans, width)
    assert all(width_of(line) <= width for line in lines)
    assert [text for line in lines for text, style in line if style == "plain"] == [shortened(text, width) for text, _ in spans]


@pytest.mark.parametrize(
    ("text", "width", "listed", "lines"),
    [
        ("", 10, False, [""]),
        ("one two three", 7, False, ["one two", "three"]),
        ("TLS 1.3, TLS 1.2, TLS 1.1", 18, True, ["TLS 1.3, TLS 1.2,", "TLS 1.1"]),
        ("TLS 1.3, TLS 1.2, TLS 1.1", 18, False, ["TLS 1.3, TLS 1.2,", "TLS 1.1"]),
        ("CN=a b,O=Example Lab", 14, True, ["CN=a b,", "O=Example Lab"]),
        ("CN=a b,O=Example Lab", 14, False, ["CN=a", "b,O=Example", "Lab"]),
        ("日本語の名前", 5, False, ["日本", "語の", "名前"]),  # two cells each: a letter is never cut in half
        ("abcdef", 0, False, ["ab", "cd", "ef"]),
    ],
)
def test_where_lines_break(text, width, listed, lines):
    assert wrapped(text, width, listed=listed) == lines


def test_text_from_the_wire_is_escaped_before_it_is_measured():
    assert safe("a\x1b[31mb\u202ec") == "a\\u{1b}[31mb\\u{202e}c"
    assert safe("x" * 2000) == "x" * 1000 + "…"
