"""Columns hold each text once, numbers exactly, and no more than they may."""

import json
import math

import pytest

from analyzer.reports.html.columns import BEYOND, LONGEST, Columns, Shown, TextRoom

SHOWN = (Shown("name"), Shown("count", "int"), Shown("took", "float"), Shown("at", "time"), Shown("is", "flag"))


@pytest.fixture
def columns():
    return Columns(SHOWN, TextRoom(1000))


def whole(columns):
    return json.loads(b"".join(columns.pieces()))


def told(columns, name):
    return next(one for one in whole(columns)["columns"] if one["name"] == name)


def test_a_text_stands_once(columns):
    for name in ("a", None, "b", "a"):
        columns.add((name, 1, 0.5, 1000, True))
    assert told(columns, "name")["texts"] == [None, BEYOND, "a", "b"]
    assert told(columns, "name")["rows"] == [2, 0, 3, 2]
    assert list(columns.texts("name")) == ["a", None, "b", "a"]
    assert whole(columns)["length"] == 4


def test_numbers_times_flags(columns):
    start = 1_767_225_600_123_456_789
    columns.add((None, 2**53 - 1, 1.23456, start, True))
    columns.add((None, 2**70, None, None, None))
    columns.add((None, 0, math.inf, start + 5_000, False))
    assert told(columns, "count")["rows"] == [2**53 - 1, None, 0]
    assert told(columns, "took")["rows"] == [1.235, None, None]
    assert told(columns, "at")["steps"] == [start // 1000, None, 5]
    assert list(columns.texts("is")) == ["yes", None, "no"]


def test_cells_known_later(columns):
    place = columns.add((None, None, 0.0, 0, None))
    columns.put("name", place, "late")
    columns.put("count", place, 7)
    assert list(columns.texts("name")) == ["late"]
    assert told(columns, "count")["rows"] == [7]


def test_what_the_wire_invents_is_shown_cut_and_bounded():
    room = TextRoom(50)
    columns = Columns((Shown("name"),), room)
    columns.add(("\u202e",))
    columns.add(("x" * 1000,))
    columns.add(("y" * 20,))
    columns.add(("y" * 20,))
    assert list(columns.texts("name")) == [r"\u{202e}", BEYOND, "y" * 20, "y" * 20]
    assert room.beyond == 1
    wide = Columns((Shown("name"),), TextRoom(10_000))
    wide.add(("x" * 1000,))
    assert list(wide.texts("name")) == ["x" * LONGEST + "…"]
