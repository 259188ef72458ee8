"""Cells as the page has them: what is hidden is shown, everything has a bound."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from analyzer.reports.html.values import LONGEST, MOST, cell, ranges, text

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
WILD = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def test_hidden_characters_are_shown():
    assert text("a\u202eb\x00\ud800") == r"a\u{202e}b\u{0}\u{d800}"
    assert cell({"\u200bname": ["\x1b[31m"]}, "data") == {r"\u{200b}name": [r"\u{1b}[31m"]}


def test_kinds():
    assert cell(None, "text") is None
    assert cell(value=False, kind="flag") is False
    assert cell(1_767_225_600_123_456_789, "time") == "2026-01-01T00:00:00.123456789Z"
    assert cell([1, 2, 3, 7], "ints") == "1-3, 7"
    assert cell(2**53, "int") == str(2**53)
    assert cell(2**53 - 1, "int") == 2**53 - 1
    assert cell(12.34567, "float") == 12.346
    assert cell(math.inf, "float") == "inf"


def test_what_is_cut_says_so():
    assert cell("a" * (LONGEST + 1), "text") == "a" * LONGEST + "…"
    assert cell([str(number) for number in range(MOST + 5)], "texts")[-1] == "… 5 more"
    assert ranges(range(1, 2 * MOST + 20, 2)).endswith(" … 10 more")


@given(WILD)
def test_whatever_it_is_it_becomes_json(value):
    json.dumps(cell(value, "data"), allow_nan=False).encode()
    deep = value
    for _ in range(50):
        deep = [deep]
    assert "…" in json.dumps(cell(deep, "data"), ensure_ascii=False)
