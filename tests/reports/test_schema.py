"""The schema in the repository is the one that the tables make."""

from pathlib import Path

import jsonschema

from analyzer.findings.tables import TABLES
from analyzer.reports.schema import KINDS, schema, schema_text

FILE = Path(__file__).parents[2] / "docs" / "tlsscan.schema.json"


def test_the_file_is_in_step():
    assert FILE.read_text(encoding="utf-8") == schema_text(TABLES), "run: python -m analyzer.reports.schema docs/tlsscan.schema.json"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema(TABLES))


def test_every_kind_of_column_is_known():
    assert {column.kind for table in TABLES.values() for column in table.columns} <= set(KINDS)
