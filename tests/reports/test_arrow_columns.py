from collections import Counter

import pyarrow as pa

from analyzer.facts.frames import frame
from analyzer.facts.table import Column, Table
from analyzer.findings.tables import TABLES
from analyzer.reports.arrow_columns import batch, json_text, schema, weight

ABOUT = {"tlsscan": "0.1.0", "registry": "2026-01-01"}


def test_every_table_has_the_dtypes_of_its_frame():
    for table in TABLES.values():
        read = pa.Table.from_batches([], schema=schema(table, ABOUT)).to_pandas()
        data = [column.name for column in table.columns if column.kind == "data"]
        ours = frame(table, ()).dtypes
        assert read.dtypes.drop(data).to_dict() == ours.drop(data).to_dict(), table.name


def test_weight_counts_what_can_be_long():
    columns = [Column(kind, kind, "") for kind in ("text", "texts", "ints", "data", "int", "time")]
    assert weight(columns, ("abc", ["de", "f"], [1, 2], "[1]", 2**60, 5)) == 3 + 3 + 16 + 3
    assert weight(columns, (None,) * 6) == 0


def test_only_what_does_not_fit_changes():
    columns = (Column("a", "text", ""), Column("b", "texts", ""), Column("c", "int", ""))
    table = Table("made", "", columns, lambda *_: ())
    beyond = Counter()
    rows = [("plain", ["x"], 1), ("\ud800", ["\udfff", "é"], -(2**63) - 1), (None, None, None)]
    made = batch(schema(table, ABOUT), columns, rows, beyond)
    assert made.to_pydict() == {"a": ["plain", "\\ud800", None], "b": [["x"], ["\\udfff", "é"], None], "c": [1, None, None]}
    assert beyond == {"c": 1}
    assert json_text({"a": "\udcff"}) == '{"a":"\\udcff"}'
