import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.findings.tables import TABLES
from analyzer.reports.cells import HANDSHAKE_COLUMNS
from analyzer.reports.gravest import Gravest
from analyzer.reports.layout import LONGEST, handshake_cells, of_handshakes, of_table
from analyzer.reports.paint import Paint

WIDTHS = st.integers(min_value=1, max_value=500)
CELLS = st.lists(st.text(st.characters(), max_size=30), min_size=len(HANDSHAKE_COLUMNS), max_size=len(HANDSHAKE_COLUMNS))
FOUND = st.none() | st.builds(Gravest, st.sampled_from(["critical", "high", "medium", "low", "info"]), st.text(max_size=40))


@given(CELLS, FOUND, WIDTHS, st.booleans(), st.booleans())
def test_no_row_of_anything_is_wider_than_the_line(cells, found, width, marks, findings):
    layout, paint = of_handshakes(width, marks=marks, findings=findings), Paint(width, color=False, least=1)
    for line in (layout.header(paint), layout.handshake(paint, cells, found)):
        assert cell_len(line) <= width
        assert line.isprintable()


@given(st.integers(min_value=20, max_value=499), st.booleans())
def test_more_room_never_hides_a_column(width, marks):
    less, more = (of_handshakes(one, marks=marks, findings=True).chosen for one in (width, width + 1))
    assert set(less) <= set(more)


@pytest.mark.parametrize("marks", [False, True])
@pytest.mark.parametrize(("width", "least"), [
    (20, {"time": 8, "server name": 3, "outcome": 4}),
    (40, {"time": 8, "server name": 14, "outcome": 10}),
    (80, {"time": 12, "server name": 18, "version": 8, "outcome": 10, "findings": 16}),
    (200, {"time": 12, "server name": 22, "client": 23, "server": 21, "cipher suite": 22, "outcome": 25, "findings": 23}),
])  # fmt: skip
def test_what_each_width_shows(width, least, marks):
    layout = of_handshakes(width, marks=marks, findings=True)
    shown = {layout._columns[at].header: cells for at, cells in layout.chosen.items()}
    assert all(shown.get(header, 0) >= cells for header, cells in least.items()), shown
    assert ("" in shown) is marks


def test_the_time_is_cut_to_seconds_and_a_missing_name_is_the_server():
    cells = ["1", "12:34:56.789", "192.0.2.1:5 →", "198.51.100.7:443", "", *[""] * 6, "complete", ""]
    layout, paint = of_handshakes(40, marks=False, findings=False), Paint(40, color=False)
    assert layout.handshake(paint, cells, None) == "12:34:56 198.51.100.7:443     complete"


@pytest.mark.parametrize(("outcome", "found", "mark"), [
    ("complete", None, " "), ("failed: bad_certificate", None, "x"), ("refused", None, "x"), ("unanswered", None, " "),
    ("failed", Gravest("critical", "r"), "!"), ("complete", Gravest("medium", "r"), "*"),
])  # fmt: skip
def test_what_matters_is_marked_without_colour(outcome, found, mark):
    cells = ["1", "12:34:56.789", *[""] * 9, outcome, ""]
    line = of_handshakes(80, marks=True, findings=True).handshake(Paint(80, color=False), cells, found)
    assert line[0] == mark
    assert line.endswith("  r") is (found is not None)


def test_findings_colour_the_mark_the_name_and_the_words():
    cells = ["1", "12:34:56.789", "", "", "name", *[""] * 6, "complete", ""]
    line = of_handshakes(80, marks=True, findings=True).handshake(Paint(80, color=True), cells, Gravest("high", "weak-key"))
    assert line.count("\x1b[1;31m") == 3


def test_cells_are_cut():
    row = dict.fromkeys((column.name for column in TABLES["handshakes"].columns), None) | {"handshake": 1, "server_name": "a" * 10_000}
    assert max(map(len, handshake_cells(row))) == LONGEST


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("width", [1, 20, 40, 80, 240])
def test_any_table_at_any_width(name, width):
    layout, paint = of_table(TABLES[name], width), Paint(width, color=False, least=1)
    assert layout.chosen
    assert cell_len(layout.header(paint)) <= width
    cells = ["x" * 300] * len(TABLES[name].columns)
    assert cell_len(layout.row(paint, cells)) == sum(layout.chosen.values()) + 2 * (len(layout.chosen) - 1) <= width
