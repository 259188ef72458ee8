r"""Arrow columns: kinds of columns → Arrow's types, rows → batches of them, and what pandas must know to give the same dtypes back.

Here lives: the types and the conversion.  Here does not live: the file (``parquet``), dtypes of frames (``facts.frames``), whose these are.

====== ===========================================================================================================
int    int64
float  double
text   string; a lone surrogate (a file name that is not UTF-8), which UTF-8 has no bytes for, is written ``\udcff``
flag   bool
time   timestamp[ns, UTC]; timestamp[ms, UTC] for those of ``frames.SECONDS``, for Parquet knows no seconds
texts  list<string>
ints   list<int64>
data   string that holds JSON, and the field's metadata says so
====== ===========================================================================================================

Absent is null.  So is a number or a time that 64 bits cannot hold, and ``beyond`` counts it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analyzer.facts.frames import BUT, NEVER_NULL, SECONDS
from analyzer.reports.ndjson import encode

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    import pyarrow as pa

    from analyzer.facts.table import Column, Row, Table

__all__ = ["batch", "schema", "weight"]

_INT64 = range(-(1 << 63), 1 << 63)
_MILLISECOND = 1_000_000

_JSON = "JSON text (RFC 8259)"

_PANDAS: dict[str, tuple[str, str]] = {
    "int": ("int64", "Int64"),
    "float": ("float64", "float64"),
    "text": ("unicode", "string"),
    "flag": ("bool", "boolean"),
    "texts": ("list[unicode]", "object"),
    "ints": ("list[int64]", "object"),
    "data": ("unicode", "string"),
}
"""Kind of column -> what pandas' metadata calls its values, and the dtype it has there (https://pandas.pydata.org/docs/development/developer.html)."""


def _types() -> dict[str, pa.DataType]:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and no dependency

    return {
        "int": pa.int64(),
        "float": pa.float64(),
        "text": pa.string(),
        "flag": pa.bool_(),
        "time": pa.timestamp("ns", "UTC"),
        "texts": pa.list_(pa.string()),
        "ints": pa.list_(pa.int64()),
        "data": pa.string(),
    }


def _described(table: str, column: Column) -> dict[str, Any]:
    """Return a column as pandas' metadata has it."""
    values, dtype = _PANDAS.get(column.kind, ("datetimetz", f"datetime64[{'s' if column.name in SECONDS else 'ns'}, UTC]"))
    if column.kind == "int" and column.name in NEVER_NULL and (table, column.name) not in BUT:
        dtype = "int64"
    zone = {"timezone": "UTC"} if column.kind == "time" else None
    return {"name": column.name, "field_name": column.name, "pandas_type": values, "numpy_type": dtype, "metadata": zone}


def schema(table: Table, about: dict[str, str]) -> pa.Schema:
    """Return the schema of a table: a field for each column, with its meaning; ``about`` is told beside what pandas must know."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and no dependency

    types = _types()
    fields = []
    for column in table.columns:
        kind = pa.timestamp("ms", "UTC") if column.kind == "time" and column.name in SECONDS else types[column.kind]
        holds = {"holds": _JSON} if column.kind == "data" else {}
        fields.append(pa.field(column.name, kind, metadata={"doc": column.doc, "kind": column.kind} | holds))
    pandas = {
        "index_columns": [],
        "column_indexes": [],
        "columns": [_described(table.name, column) for column in table.columns],
        "attributes": {},
        "creator": {"library": "tlsscan", "version": about["tlsscan"]},
        "pandas_version": "2.2.3",
    }
    return pa.schema(fields, metadata={"pandas": json.dumps(pandas), "table": table.name, "doc": table.doc} | about)


def weight(columns: Sequence[Column], row: Row) -> int:
    """Return about how many bytes a row's texts and lists take."""
    total = 0
    for column, value in zip(columns, row, strict=True):
        if value and column.kind in _WEIGHED:
            total += _WEIGHED[column.kind](value)
    return total


_WEIGHED: dict[str, Any] = {
    "text": len,
    "texts": lambda value: sum(map(len, value)),
    "ints": lambda value: 8 * len(value),
    "data": lambda value: len(value) if isinstance(value, str) else 1000,
}


def batch(shape: pa.Schema, columns: Sequence[Column], rows: Sequence[Row], beyond: Counter[str]) -> pa.RecordBatch:
    """Return rows (at least one; cells of the kind data are JSON text by now) as a batch; ``beyond``: column -> cells that did not fit."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and no dependency

    arrays = []
    for field, column, cells in zip(shape, columns, zip(*rows, strict=True), strict=True):
        values: Sequence[Any] = cells
        if column.kind == "time":
            step = _MILLISECOND if column.name in SECONDS else 1
            values = [None if value is None else value // step for value in values]
        try:
            arrays.append(pa.array(values, field.type))
        except (UnicodeEncodeError, OverflowError, pa.ArrowInvalid):  # rare: a letter or a number that the type has no place for
            fitted = [None if value is None else _fitted(value) for value in values]
            if lost := sum(value is not None and fit is None for value, fit in zip(values, fitted, strict=True)):
                beyond[column.name] += lost
            arrays.append(pa.array(fitted, field.type))
    return pa.record_batch(arrays, schema=shape)


def _fitted(value: Any) -> Any:
    """Return a value as Arrow can hold it; None for what it cannot."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list | tuple):
        fitted = [_fitted(item) for item in value]
        return None if any(fit is None for fit in fitted) else fitted
    return value if not isinstance(value, int) or value in _INT64 else None


def json_text(value: Any) -> str:
    """Return a cell of the kind data as JSON."""
    return encode(value).decode()
