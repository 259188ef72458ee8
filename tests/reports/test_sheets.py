import datetime as dt
import gc
import io
import re
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.escapes import terminal
from analyzer.reports.sheets import ROWS, Book, Sheet

CELL = 32_767
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def saved(*tables):
    """The bytes of a workbook with a sheet for each (name, header, made, rows)."""
    out = io.BytesIO()
    book = Book(out, "<0.1.0>")
    sheets = []
    for name, header, made, rows in tables:
        sheets.append(Sheet(book, name, header))
        for row in rows:
            sheets[-1].add(row, made)
    for sheet in sheets:
        sheet.end()
    book.end()
    return out.getvalue()


def below(write, *values):
    """A workbook with these values below a header."""
    return saved(("one", ["a"], ((0, write),), [[value] for value in values]))


def column(write, *values):
    """The sheet as openpyxl reads it, which leaves escapes as they are."""
    return openpyxl.load_workbook(io.BytesIO(below(write, *values)))["one"]


def values(write, *given):
    return [cell.value for (cell,) in column(write, *given).iter_rows(min_row=2)]


def texts(data):
    """The texts below the header as ECMA-376 part 1 has them (18.3.1.53, 18.4.8, 22.9.2.19): runs in a row, each with its escapes."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        root = ET.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    told = []
    for cell in root.iter(f"{MAIN}c"):
        assert cell.get("t") == "inlineStr"
        assert {child.tag for child in cell.iter()} <= {
            MAIN + tag for tag in ("c", "is", "t", "r", "rPr", "sz", "color", "rFont", "family", "scheme")
        }
        told.append("".join(ESCAPED.sub(lambda found: chr(int(found[1], 16)), run.text or "") for run in cell.iter(f"{MAIN}t")))
    return told[1:]


def test_numbers_are_within_sixteen_digits():
    numbers = [0.1, 0.1 + 0.2, 1e-7, -2.5e300, 2.2250738585072014e-308, 9.99e307, 1234567.891234567, 100 / 3]
    assert values(Sheet.number, *numbers) == [pytest.approx(number, rel=1e-15, abs=0) for number in numbers]
    assert values(Sheet.number, 0.0, -1.0, 12.5) == [0, -1, 12.5]
    # Excel's own limits: 2.2251E-308 and 9.99999999999999E+307; openpyxl would read the largest of Python's as infinity
    past = [float("inf"), float("nan"), 5e-324, 1.7976931348623157e308]
    assert values(Sheet.number, *past) == ["inf", "nan", "5e-324", "1.7976931348623157e+308"]


def test_whole_numbers_are_exact():
    whole = [0, -5, 2**53, -(2**53), 2**53 - 1]
    assert values(Sheet.integer, *whole) == whole
    past = [2**53 + 1, -(2**70)]
    assert values(Sheet.integer, *past) == [str(one) for one in past]


def test_flags_and_dates():
    assert values(Sheet.flag, 1, 0) == [True, False]
    sheet = column(Sheet.date, 1_767_225_600_123_456_789, 253_402_300_799_999_000_000, -(10**30), 10**30, -2_203_891_200_000 * 10**6 - 1)
    assert abs(sheet["A2"].value - dt.datetime.fromisoformat("2026-01-01T00:00:00.123")) < dt.timedelta(milliseconds=1)
    assert sheet["A2"].number_format == "yyyy-mm-dd hh:mm:ss.000"
    assert sheet["A3"].value.year == 9999
    assert [sheet[f"A{at}"].value for at in (4, 5, 6)] == [None] * 3


def test_the_first_day_that_excel_counts_rightly():
    # Excel 1900 system: 61 is 1900-03-01 (ECMA-376 part 1, 18.17.4.1), 60 the 29th of February that never was
    since = dt.datetime(1900, 3, 1, tzinfo=dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    with zipfile.ZipFile(io.BytesIO(below(Sheet.date, since.days * 86_400 * 10**9))) as packed:
        assert b"<v>61</v>" in packed.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", " =1", "'=1", '"=cmd', "=_x0041_x0042_"])
def test_what_would_be_a_formula_is_text_and_marked_as_quoted(value):
    cell = column(Sheet.text, value)["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (value, "s", True)
    assert not column(Sheet.text, "a=1")["A2"].quotePrefix


LINKS = ["http://example.com", "mailto:a@b", "internal:one!A1", "external:c:\\a.xlsx", "{=1}", "1", "1e5", "TRUE", "#REF!"]


@pytest.mark.parametrize("value", LINKS)
def test_no_text_is_a_link_or_a_number(value):
    sheet = column(Sheet.text, value)
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].hyperlink) == (value, "s", None)


RICH = ["<r><t>x</t></r>", "<r></t></si><evil/></r>", "<r></r>", "<r></t></is></c><c><f>1+1</f></c></r>", "<r>" + "a" * 100 + "</r>"]
MARKUP = [*RICH, "</t></is></c>", "&lt;", "]]>", '"', "a&b", "<r>", "</r>", " <r></r>"]


@pytest.mark.parametrize("value", MARKUP)
def test_no_text_is_markup(value):
    assert column(Sheet.text, value)["A2"].value == value
    assert texts(below(Sheet.text, value)) == [value]


ESCAPES = [
    "_x0041_",
    "_x0041_x0042_",
    "__x0041__x0042_x0043_x0044__",
    "_x005F_x0041_",
    "_x41_",
    "<r>_x0041_</r>",
    "<r>_x0041_x0042_</r>",
    "_x005f_",
]


@pytest.mark.parametrize("value", [*ESCAPES, "_x0041" * 5_000 + "_"])
def test_what_looks_like_an_escape_is_itself(value):
    assert texts(below(Sheet.text, value)) == [value]


@given(st.lists(st.text("_xA0<r>/t &=", max_size=30) | st.text(st.characters(exclude_categories=())), max_size=20))
@settings(deadline=None)
def test_any_text_is_well_formed(given_texts):
    assert texts(below(Sheet.text, *given_texts)) == [terminal(value) for value in given_texts]


@given(st.lists(st.sampled_from(["_x0041", "_", "x0041_", "<r>", "</r>", "=", " "]), max_size=8).map("".join))
@settings(deadline=None)
def test_escapes_and_marks_in_any_order(value):
    assert texts(below(Sheet.text, value)) == [value]


def test_blanks_at_the_ends_stay():
    assert values(Sheet.text, "  a b ", " ") == ["  a b ", " "]


@pytest.mark.parametrize("value", ["a" * CELL, "𐍈" * (CELL // 2), "€" * CELL, "<r>" + "a" * (CELL - 7) + "</r>"])
def test_what_a_cell_holds_is_not_cut(value):
    cut = Counter()
    assert texts(below(lambda sheet, at, it: sheet.text(at, it, partial(cut.update, "c")), value)) == [value]
    assert not cut


@pytest.mark.parametrize("value", ["a" * (CELL + 1), "𐍈" * (CELL // 2 + 1), "\0" * 30_000, "a" * 5_000_000, "_x0041" * 6_000])
def test_a_long_text_says_that_it_was_cut(value):
    cut = Counter()
    (held,) = texts(below(lambda sheet, at, it: sheet.text(at, it, partial(cut.update, "c")), value))
    assert cut == {"c": 1}
    assert CELL - 1 <= len(held.encode("utf-16-le")) // 2 <= CELL
    assert held.endswith(f"… (cut: {len(value):,} characters in all)")


def test_a_sheet_stays_in_sight_and_has_filters():
    wide = (
        "a" * 31,
        [f"c{at}" for at in range(800)],
        ((0, Sheet.integer), *((1, Sheet.text) for _ in range(799))),
        [[None, "last"], [None, None]],
    )
    book = openpyxl.load_workbook(io.BytesIO(saved(("first", ["x"], (), []), wide)))
    assert book.sheetnames == ["first", "a" * 31]
    read = book["a" * 31]
    assert (read.freeze_panes, read.auto_filter.ref, read["ADT2"].value) == ("A2", "A1:ADT3", "last")
    assert read["A1"].font.b
    assert not read["B2"].font.b
    assert book.properties.creator == "tlsscan <0.1.0>"


def test_columns_are_as_wide_as_what_they_hold_within_reason():
    made = ((0, Sheet.integer), (1, Sheet.text), (1, Sheet.text), (2, Sheet.date))
    first, later = [1, "x" * 30, 0], [1, "y" * 40, 0]
    read = openpyxl.load_workbook(io.BytesIO(saved(("one", ["id", "b", "c" * 70, "d"], made, [first] * 100 + [later]))))["one"]
    assert [int(read.column_dimensions[letter].width) for letter in "ABCD"] == [9, 30, 60, 23]


def test_parts_carry_no_date_of_now_and_are_well_formed():
    with zipfile.ZipFile(io.BytesIO(below(Sheet.integer, 1))) as packed:
        assert packed.testzip() is None
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        for name in packed.namelist():
            ET.fromstring(packed.read(name))
        assert packed.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2
    assert below(Sheet.text, "a") == below(Sheet.text, "a")


def test_a_sheet_takes_as_many_rows_as_excel_has():
    book = Book(io.BytesIO(), "0.1.0")
    sheet = Sheet(book, "one", ["a"])
    sheet.rows = ROWS - 2
    sheet.add([1], ((0, Sheet.integer),))
    assert sheet._sheet.write_number(sheet.rows, 0, 1) == 0
    assert sheet._sheet.write_number(sheet.rows + 1, 0, 1) == -1  # XlsxWriter: out of the sheet's bounds


class Full(io.BytesIO):
    """A disk that takes so many bytes."""

    def write(self, data):
        if self.tell() + len(data) > 2_000:
            raise OSError(28, "No space left on device")
        return super().write(data)


@pytest.fixture
def waiting(tmp_path, monkeypatch):
    """The folder where rows wait: what is left in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: list(tmp_path.rglob("*"))


def test_nothing_waits_when_all_is_written(waiting):
    below(Sheet.text, "a")
    assert waiting() == []


def test_rows_wait_on_disk_and_go_with_the_workbook(waiting):
    book = Book(io.BytesIO(), "0.1.0")
    sheet = Sheet(book, "one", ["a"])
    for at in range(5_000):
        sheet.add([f"{at} " * 10], ((0, Sheet.text),))
    assert sum(path.stat().st_size for path in waiting() if path.is_file()) > 200_000
    assert len(sheet._sheet.table) == 1
    del sheet, book
    gc.collect()
    assert waiting() == []


def test_a_full_disk_is_told_once_and_nothing_stays(waiting, recwarn, monkeypatch):
    unraisable = []
    monkeypatch.setattr("sys.unraisablehook", unraisable.append)
    out = Full()
    book = Book(out, "0.1.0")
    sheet = Sheet(book, "one", ["a"])
    sheet.add(["a"], ((0, Sheet.text),))
    sheet.end()
    with pytest.raises(OSError, match="No space left") as failed:
        book.end()
    assert type(failed.value) is OSError
    assert waiting() == []
    held = out.tell()
    del book, sheet, failed
    gc.collect()
    assert (out.tell(), unraisable, list(recwarn)) == (held, [], [])


def test_a_folder_that_cannot_be_made_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(Path(tmp_path, "none")))
    with pytest.raises(OSError, match="No such file"):
        Book(io.BytesIO(), "0.1.0")
