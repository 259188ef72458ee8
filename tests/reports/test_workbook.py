import datetime as dt
import io
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from functools import partial

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.escapes import terminal
from analyzer.reports import workbook
from analyzer.reports.workbook import CELL, Sheet, date, flag, integer, number, save, text

NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def saved(*sheets):
    out = io.BytesIO()
    save(sheets, "tlsscan <0.1.0>", lambda whole: out.write(whole.read()))
    return out.getvalue()


def column(*cells):
    """A workbook with these cells below a header, as openpyxl reads it."""
    sheet = Sheet("one", ["a"])
    for cell in cells:
        sheet.add([cell])
    return openpyxl.load_workbook(io.BytesIO(saved(sheet)))["one"]


def test_numbers_keep_every_digit():
    numbers = [0.0, -1.0, 0.1, 0.1 + 0.2, 1e-7, -2.5e300, 5e-324]
    assert [cell.value for (cell,) in column(*map(number, numbers)).iter_rows(min_row=2)] == numbers
    past = [float("inf"), float("nan")]
    assert [cell.value for (cell,) in column(*map(number, past)).iter_rows(min_row=2)] == ["inf", "nan"]
    whole = [0, -5, 2**53, -(2**53)]
    assert [cell.value for (cell,) in column(*map(integer, whole)).iter_rows(min_row=2)] == whole
    past = [2**53 + 1, -(2**70)]
    assert [cell.value for (cell,) in column(*map(integer, past)).iter_rows(min_row=2)] == [str(one) for one in past]


def test_flags_and_dates():
    sheet = column(flag(1), flag(0), date(1_767_225_600_123_456_789), date(253_402_300_799_999_000_000))
    assert [sheet.cell(at, 1).value for at in (2, 3)] == [True, False]
    assert abs(sheet["A4"].value - dt.datetime.fromisoformat("2026-01-01T00:00:00.123")) < dt.timedelta(milliseconds=1)
    assert sheet["A4"].number_format == "yyyy\\-mm\\-dd\\ hh:mm:ss.000"
    assert sheet["A5"].value.year == 9999
    assert (date(-(10**30)), date(10**30), date(-2_203_891_200_000 * 10**6 - 1)) == (None, None, None)


def test_the_first_day_that_excel_counts_rightly():
    # Excel 1900 system: 61 is 1900-03-01 (ECMA-376 part 1, 18.17.4.1), 60 the 29th of February that never was
    since = dt.datetime(1900, 3, 1, tzinfo=dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert ">61.0<" in date(since.days * 86_400 * 10**9)


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", " =1", "'=1", '"=cmd'])
def test_what_would_be_a_formula_is_text_and_marked_as_quoted(value):
    cell = column(text(value))["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (value, "s", True)
    assert not column(text("a=1"))["A2"].quotePrefix


@pytest.mark.parametrize("value", ["<r><t>x</t></r>", "</t></is></c>", "&lt;", "]]>", '"', "a&b"])
def test_no_text_is_markup(value):
    assert column(text(value))["A2"].value == value


def test_what_looks_like_an_escape_is_escaped():
    # ECMA-376 part 1, 22.9.2.19: _x005F_ stands for the underscore itself
    assert "<t>_x005F_x0041_</t>" in text("_x0041_")
    assert "<t>_x005F_x0041_x005F_x0042_</t>" in text("_x0041_x0042_")
    assert "<t>_x41_</t>" in text("_x41_")


def test_blanks_at_the_ends_stay():
    assert column(text("  a b "))["A2"].value == "  a b "


def test_a_long_text_says_that_it_was_cut():
    for value in ("a" * CELL, "𐍈" * (CELL // 2), "€" * CELL):
        cut = Counter()
        shown = text(value, on_cut=partial(cut.update, "c"))
        assert not cut
        assert column(shown)["A2"].value == value
    for value in ("a" * (CELL + 1), "𐍈" * (CELL // 2 + 1), "\0" * 30_000, "a" * 5_000_000):
        cut = Counter()
        shown = text(value, on_cut=partial(cut.update, "c"))
        held = column(shown)["A2"].value
        assert cut == {"c": 1}
        assert CELL - 1 <= len(held.encode("utf-16-le")) // 2 <= CELL
        assert held.endswith(f"… (cut: {len(value):,} characters in all)")


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_text_is_well_formed(value):
    root = ET.fromstring(f"<c{text(value)}")
    held = root.find("is/t").text or ""
    assert held.replace("_x005F_", "_") == terminal(value)


def test_a_sheet_stays_in_sight_and_has_filters():
    sheet = Sheet("a" * 31, [f"c{at}" for at in range(800)])
    sheet.add([None] * 799 + [text("last")])
    sheet.add([None] * 800)
    book = openpyxl.load_workbook(io.BytesIO(saved(Sheet("first", ["x"]), sheet)))
    assert book.sheetnames == ["first", "a" * 31]
    read = book["a" * 31]
    assert (read.freeze_panes, read.auto_filter.ref, read["ADT2"].value) == ("A2", "A1:ADT3", "last")
    assert read["A1"].font.b
    assert not read["A2"].font.b
    assert book.properties.creator == "tlsscan <0.1.0>"


def test_columns_are_as_wide_as_what_they_hold_within_reason():
    sheet = Sheet("one", ["id", "b", "c"])
    sheet.add([number(1), text("x" * 30), text("y" * 500)])
    read = openpyxl.load_workbook(io.BytesIO(saved(sheet)))["one"]
    assert [read.column_dimensions[letter].width for letter in "ABC"] == [9, 30, 60]


def test_parts_carry_no_date_and_are_well_formed():
    with zipfile.ZipFile(io.BytesIO(saved(Sheet("one", ["a"])))) as packed:
        assert packed.testzip() is None
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert packed.namelist()[0] == "[Content_Types].xml"  # where readers of streams look first (ECMA-376 part 2)
        for name in packed.namelist():
            ET.fromstring(packed.read(name))
        assert ET.fromstring(packed.read("xl/workbook.xml")).find("m:sheets/m:sheet", NAMES).get("name") == "one"


def test_rows_wait_on_disk(monkeypatch):
    monkeypatch.setattr(workbook, "_SPOOL_BYTES", 100)
    sheet = Sheet("one", ["a"])
    for at in range(200):
        sheet.add([number(at)])
    read = openpyxl.load_workbook(io.BytesIO(saved(sheet)))["one"]
    assert [row[0] for row in read.iter_rows(min_row=2, values_only=True)] == [*range(200)]
