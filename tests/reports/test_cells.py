import pytest

from analyzer.facts.table import Column
from analyzer.findings.tables import TABLES
from analyzer.reports.cells import FIRST, HANDSHAKE_COLUMNS, table_cell, table_columns


@pytest.mark.parametrize(("cells", "over"), [
    ({}, ""), ({"framing": "dtls"}, "dtls"), ({"framing": "tds", "prelude": "tds"}, "tds"), ({"prelude": "smtp"}, "smtp"),
    ({"carriage": "vlan 5, gre", "prelude": "connect", "framing": "sslv2"}, "vlan 5, gre connect sslv2"),
])  # fmt: skip
def test_what_is_not_tls_on_tcp_on_ip_is_told(cells, over):
    row = dict.fromkeys(column.name for column in TABLES["handshakes"].columns) | {"framing": "tls"} | cells
    (cell,) = [cell for column, cell in HANDSHAKE_COLUMNS if column.header == "over"]
    assert cell(row) == over


def test_the_columns_kept_longest_exist():
    for name, first in FIRST.items():
        assert set(first) <= {column.name for column in TABLES[name].columns}


def test_the_real_table_has_what_a_row_shows():
    row = dict.fromkeys(column.name for column in TABLES["handshakes"].columns)
    for _, cell in HANDSHAKE_COLUMNS:
        assert isinstance(cell(row), str)


def test_no_column_of_another_table_is_narrower_than_its_header():
    for table in TABLES.values():
        assert all(one.least >= len(one.header) for one in table_columns(table))


@pytest.mark.parametrize(("kind", "value", "cell"), [
    ("text", None, ""), ("flag", True, "yes"), ("flag", False, "no"), ("ints", [1, 2], "1 2"), ("int", 5, "5"),
    ("data", {"a": 1}, '{"a":1}'), ("time", 1, "1970-01-01T00:00:00.000000001Z"),
])  # fmt: skip
def test_cells_of_any_table(kind, value, cell):
    assert table_cell(Column("x", kind, "x"), value) == cell
