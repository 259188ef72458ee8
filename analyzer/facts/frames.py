"""Frames: rows of a table in, a pandas DataFrame out whose dtypes are the same whatever the rows hold, also for none.

Here lives: which dtype each kind of column has.  Here does not live: rows.  pandas is imported when a frame is made.

====== =========================================================================================================
int    Int64, absent is pd.NA; int64 where a column is never null (``NEVER_NULL``)
float  float64, absent is NaN
text   string, absent is pd.NA
flag   boolean, absent is pd.NA
time   datetime64[ns, UTC], absent is NaT; datetime64[s, UTC] for the times in certificates (``SECONDS``), which reach
       to the year 9999, where 64 bits of nanoseconds end in 2262
texts  object: lists of str or None
ints   object: lists of int or None
data   object: what JSON would hold, or None
====== =========================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from analyzer.facts.table import Column, Row, Table

__all__ = ["NEVER_NULL", "SECONDS", "frame"]

NEVER_NULL = frozenset({"handshake", "message", "position", "client_port", "server_port", "lost_bytes", "size", "length"})
"""int columns that always have a value."""
BUT = frozenset({("preludes", "handshake"), ("findings", "handshake")})
"""(table, column) where a column of that name may be null all the same."""
SECONDS = frozenset({"not_before", "not_after", "leaf_not_before", "leaf_not_after"})
"""time columns kept to the second."""

NAT = -(1 << 63)
"""numpy's number for NaT; also what becomes of a time that 64 bits cannot hold."""
DTYPES = {"float": "float64", "text": "string", "flag": "boolean", "texts": "object", "ints": "object", "data": "object"}


def times(values: Sequence[int | None], unit: str) -> pd.Series[Any]:
    """Make a column of times from ns since 1970 UTC."""
    import numpy as np  # noqa: PLC0415 - loaded when a frame is wanted
    import pandas as pd  # noqa: PLC0415 - loaded when a frame is wanted

    step = 1_000_000_000 if unit == "s" else 1
    numbers = [NAT if value is None else value // step for value in values]
    whole = np.array([number if -NAT > number >= NAT else NAT for number in numbers], dtype="int64")
    return pd.Series(whole.view(f"datetime64[{unit}]")).dt.tz_localize("UTC")


def series(table: str, column: Column, values: Sequence[Any]) -> pd.Series[Any]:
    """Make one column."""
    import pandas as pd  # noqa: PLC0415 - loaded when a frame is wanted

    if column.kind == "time":
        return times(values, "s" if column.name in SECONDS else "ns")
    if column.kind == "int":
        return pd.Series(values, dtype="Int64" if column.name not in NEVER_NULL or (table, column.name) in BUT else "int64")
    return pd.Series(values, dtype=DTYPES[column.kind])


def frame(table: Table, rows: Iterable[Row]) -> pd.DataFrame:
    """Return a DataFrame of rows of a table: its columns in their order, index from 0."""
    import pandas as pd  # noqa: PLC0415 - loaded when a frame is wanted

    cells = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    return pd.DataFrame({column.name: series(table.name, column, values) for column, values in zip(table.columns, cells, strict=True)})
