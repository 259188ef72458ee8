"""frame: columns of every kind as arrays, what is null, what is asked once for each distinct value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.facts.table import Column
from analyzer.findings.frame import ABSENT, Frame

COLUMNS = tuple(Column(kind, kind, "") for kind in ("int", "time", "flag", "float", "text", "texts", "data"))
ROWS = st.tuples(
    st.none() | st.integers(-(1 << 63), (1 << 64)), st.none() | st.integers(0, 1 << 62), st.none() | st.booleans(),
    st.none() | st.floats(allow_nan=False), st.none() | st.text(), st.none() | st.lists(st.text(max_size=3), max_size=2),
    st.none() | st.tuples(st.integers(0, 9)),
)  # fmt: skip


def frame(rows, derived=None, things=None):
    return Frame(COLUMNS, rows, things if things is not None else rows, derived or {})


@given(st.lists(ROWS, max_size=6))
def test_columns_are_what_the_rows_hold(rows):
    made = frame(rows)
    assert len(made) == len(rows)
    for place, kind in enumerate(("int", "time", "flag", "float", "text", "texts", "data")):
        array, known = made[kind], made.known(kind)
        for at, row in enumerate(rows):
            fits = not (kind == "int" and row[place] is not None and not ABSENT < row[place] < 1 << 63)
            assert known[at] == (row[place] is not None and fits)
            assert not known[at] or array[at] == row[place]
            assert made.cell(kind, at) == row[place]
    assert made.known().tolist() == [True] * len(rows)
    assert (made.known("int", "text") == (made.known("int") & made.known("text"))).all()


def test_kinds_of_arrays():
    made = frame([(1, 2, True, 0.5, "x", ["y"], (1,)), (None,) * 7])
    assert [made[kind].dtype for kind in ("int", "time", "flag", "float", "text")] == [np.int64, np.int64, np.int8, np.float64, object]
    assert made["flag"].tolist() == [1, -1]
    assert made["int"].tolist() == [1, ABSENT]
    assert made.true("flag").tolist() == [True, False]
    assert made["int"] is made["int"]  # made once
    with pytest.raises(KeyError):
        made["nothing"]


def test_each_asks_once_for_each_distinct_value():
    asked = []

    def tell(value):
        asked.append(value)
        return value > "b"

    rows = [(None, None, None, None, text, None, None) for text in ("a", "c", "a", None, "c")]
    made = frame(rows)
    assert made.each("text", tell).tolist() == [False, True, False, False, True]
    assert sorted(asked) == ["a", "c"]
    assert made.each("text", len, int).tolist() == [1, 1, 1, 0, 1]
    assert made.each("text", len, int).dtype == np.int64
    assert made.each("int", lambda value: value is not None).tolist() == [False] * 5


def test_each_of_no_rows():
    made = frame([])
    assert made.each("text", bool).tolist() == []
    assert made.each("text", bool).dtype == bool
    assert made.known("text", "int").tolist() == []


def test_derived_columns_are_made_of_things_or_of_each_other():
    calls = []

    def doubled(thing):
        calls.append(thing)
        return 2 * thing

    derived = {
        "twice": ("int", doubled, None), "even more": ("int", lambda value: value + 1, "twice"), "odd": ("flag", lambda _: None, None),
    }  # fmt: skip
    made = frame([(None,) * 7] * 3, derived, things=[1, 2, 3])
    assert made["even more"].tolist() == [3, 5, 7]
    assert calls == [1, 2, 3]  # what it is made of is made once
    assert made.cell("even more", 2) == 7
    assert made.known("odd").tolist() == [False] * 3
    assert made.all().tolist() == [True] * 3


def test_known_is_a_copy():
    made = frame([(1, 1, True, 1.0, "x", None, None)])
    made.known("int")[0] = False
    assert made.known("int").tolist() == [True]
