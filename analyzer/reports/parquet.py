"""Parquet: one table in columns with their types, as pandas, DuckDB, Spark and Polars read it.

Here lives: rows → row groups, and what the file says of itself.  Here does not live: types (``arrow_columns``), the folder with a
file for each table (``folder``).

``pandas.read_parquet`` gives the frame that ``Scan.table`` gives, with its dtypes, but that rows stand as handshakes ended, that lists
are arrays of numpy, and that a column of the kind data holds JSON text (``json.loads``), as its field's metadata says.  The file's own
metadata: ``tlsscan`` (version), ``registry`` (date), ``table``, ``doc``, and as JSON ``sources``, ``counters``, ``interrupted``, ``beyond``
(column -> cells left out: 64 bits cannot hold them).  Rows wait in columns for their row group, in bounded memory.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.reports.arrow_columns import batch, json_text, schema, weight
from analyzer.reports.json import source_facts
from analyzer.reports.ndjson import encode
from analyzer.reports.sink import Sink

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

    from analyzer.facts.table import Row
    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]

_BATCH_ROWS, _BATCH_BYTES = 2_000, 4 << 20
"""Rows that wait as Python objects, and about the bytes of their texts."""
_GROUP_ROWS, _GROUP_BYTES = 122_880, 32 << 20
"""Rows of a row group (DuckDB reads as many at once), and bytes that they may take in memory: a folder has a group of each table."""


class Report:
    """One table; the file is whole at the end, when its footer is written."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; nothing is written before the first row group or the end, for an input may be no capture."""
        self._out = out
        self._sink = Sink(out)
        self._table = options.tables[options.table]
        self._about = {"tlsscan": options.version, "registry": options.registry}
        self._data = [at for at, column in enumerate(self._table.columns) if column.kind == "data"]
        self._schema: pa.Schema | None = None
        self._writer: parquet.ParquetWriter | None = None
        self._beyond: Counter[str] = Counter()
        self._rows: list[Row] = []
        self._bytes = 0
        self._batches: list[pa.RecordBatch] = []

    def __del__(self) -> None:
        """Keep Arrow's writer from writing a footer where nobody wants the file any more."""
        self._sink.leave()

    def add(self, told: Told) -> None:
        """Tell one handshake."""
        for row in told.rows(self._table.name):
            self._rows.append(self._as_text(row))
            self._bytes += weight(self._table.columns, self._rows[-1])
            if len(self._rows) >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES:
                self._gather()

    def _as_text(self, row: Row) -> Row:
        """Return the row with JSON text in its cells of the kind data."""
        if not self._data:
            return row
        cells = list(row)
        for at in self._data:
            if cells[at] is not None:
                cells[at] = json_text(cells[at])
        return tuple(cells)

    def _shape(self) -> pa.Schema:
        if self._schema is None:
            self._schema = schema(self._table, self._about)
        return self._schema

    def _gather(self) -> None:
        """Turn the rows that wait into columns, and those into a row group when there are enough."""
        if self._rows:
            self._batches.append(batch(self._shape(), self._table.columns, self._rows, self._beyond))
            self._rows, self._bytes = [], 0
        rows = sum(one.num_rows for one in self._batches)
        if rows >= _GROUP_ROWS or sum(one.nbytes for one in self._batches) >= _GROUP_BYTES:
            self._write()

    def _write(self) -> None:
        """Write a row group of the batches that wait."""
        import pyarrow as pa  # noqa: PLC0415 - heavy, and no dependency
        from pyarrow import parquet  # noqa: PLC0415 - as above

        try:
            if self._writer is None:
                self._writer = parquet.ParquetWriter(pa.PythonFile(self._sink, mode="w"), self._shape(), compression="zstd")
            if self._batches:
                gathered = pa.Table.from_batches(self._batches)
                self._writer.write_table(gathered, row_group_size=gathered.num_rows)
                self._batches = []
        except OSError:
            self._sink.leave()
            raise

    def flush(self) -> None:
        """Do nothing: without its footer the file is none."""

    def end(self, end: End) -> None:
        """Write the last row group and the footer.  Raises OSError."""
        self._gather()
        self._write()
        assert self._writer is not None
        told: dict[str, Any] = {
            "sources": [source_facts(source) for source in end.sources],
            "counters": msgspec.to_builtins(end.counters),
            "interrupted": end.interrupted,
            "beyond": dict(sorted(self._beyond.items())),
        }
        try:
            self._writer.add_key_value_metadata({name: encode(value).decode() for name, value in told.items()})
            self._writer.close()
        except OSError:
            self._sink.leave()
            raise
        self._out.flush()
