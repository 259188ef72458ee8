import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.reports.grid import Grid, GridColumn, widths
from analyzer.reports.paint import Paint

COLUMNS = (
    GridColumn("#", 0, 3, 5, right=True),
    GridColumn("address", 2, 8, 20, "middle"),
    GridColumn("name", 1, 8, 30, "middle", instead=1),
    GridColumn("note", 3, 10, 40),
)

NATURALS = st.lists(st.integers(min_value=0, max_value=300), min_size=4, max_size=4)


@given(NATURALS, st.integers(min_value=20, max_value=300))
def test_columns_fit(natural, width):
    chosen = widths(COLUMNS, natural, width)
    assert sum(chosen.values()) + 2 * (len(chosen) - 1) <= width


@given(NATURALS, st.integers(min_value=20, max_value=299))
def test_more_room_never_hides_a_column(natural, width):
    assert set(widths(COLUMNS, natural, width)) <= set(widths(COLUMNS, natural, width + 1))


def draw(width, rows):
    grid = Grid(COLUMNS)
    for row in rows:
        grid.add(row)
    out = io.BytesIO()
    dropped = grid.write(out, Paint(width, color=False))
    return out.getvalue().decode().splitlines(), dropped


@given(st.lists(st.lists(st.text(max_size=40), min_size=4, max_size=4), max_size=5), st.integers(min_value=20, max_value=120))
def test_a_line_a_row_at_any_width(rows, width):
    lines, _ = draw(width, rows)
    assert len(lines) == len(rows) + 1
    assert all(cell_len(line) <= width for line in lines)


def test_empty_columns_take_no_room_and_dropped_ones_are_named():
    lines, dropped = draw(80, [["1", "192.0.2.1", "example.com", ""]])
    assert lines == ["#  address    name", "1  192.0.2.1  example.com"]
    assert dropped == []
    lines, dropped = draw(20, [["1", "192.0.2.1", "example.com", "x" * 30]])
    assert lines == ["#  name", "1  example.com"]
    assert dropped == ["address", "note"]


def test_rows_come_in_their_order():
    grid = Grid(COLUMNS)
    for order in (3, 1, 2, 1):
        grid.add([str(order), "", f"row {grid.rows}", ""], order)
    out = io.BytesIO()
    grid.write(out, Paint(40, color=False))
    assert out.getvalue().decode().splitlines()[1:] == ["1  row 1", "1  row 3", "2  row 2", "3  row 0"]


def test_a_cell_stands_in_for_a_hidden_one():
    lines, _ = draw(20, [["1", "192.0.2.1", "", ""], ["2", "192.0.2.1", "example.com", "x" * 30]])
    assert lines[1] == "1  192.0.2.1"
