import gc
import io
import json

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analyzer.reports import parquet
from analyzer.reports.report import Told


def read(data):
    return pq.read_table(io.BytesIO(data))


def test_types_meanings_and_what_the_file_says_of_itself(write, options, make):
    table = read(write(parquet, options, make(), make(handshake=2, server_name=None, leaf_not_after=253_402_300_799 * 10**9)))
    field = {one.name: one for one in table.schema}
    assert field["start"].type == pa.timestamp("ns", "UTC")
    assert field["leaf_not_after"].type == pa.timestamp("ms", "UTC")
    assert field["packets"].type == pa.list_(pa.int64())
    assert field["server_name"].metadata == {b"doc": b"the server_name", b"kind": b"text"}
    assert table.column("packets").to_pylist() == [[1, 2, 5]] * 2
    assert table.column("server_name").to_pylist() == ["www.example.com", None]
    assert str(table.column("leaf_not_after")[1].as_py()) == "9999-12-31 23:59:59+00:00"
    about = pq.read_metadata(io.BytesIO(write(parquet, options, make()))).metadata
    told = {name: about[name.encode()] for name in ("tlsscan", "registry", "table", "doc")}
    assert told == {"tlsscan": b"0.1.0", "registry": b"2026-01-01", "table": b"handshakes", "doc": b"the handshakes"}
    assert json.loads(about[b"sources"])[0]["first"] == "2026-01-01T00:00:00.123456789Z"
    assert json.loads(about[b"counters"])["skipped"] == {"ARP": 3, "UDP": 1200}
    assert (about[b"interrupted"], about[b"beyond"]) == (b"false", b"{}")


def test_pandas_gives_the_dtypes_of_frames_back_also_for_no_rows(write, options, make):
    for given in ((), (make(),)):
        frame = pd.read_parquet(io.BytesIO(write(parquet, options, *given)))
        types = {
            "handshake": "int64", "client_port": "int64", "server_name": "string", "start": "datetime64[ns, UTC]",
            "leaf_not_after": "datetime64[s, UTC]", "hello_retry": "boolean",
        }  # fmt: skip
        assert {name: str(frame[name].dtype) for name in types} == types


def test_what_64_bits_cannot_hold_is_left_out_and_counted(write, options, make):
    options = msgspec.structs.replace(options, table="kinds")
    rows = [{"an_int": 2**63, "a_time": 2**70, "some_ints": [1, 2**64]}, {"an_int": -5, "a_time": 7, "some_ints": [3]}]
    data = write(parquet, options, make(kinds=rows))
    table = read(data)
    assert table.column("an_int").to_pylist() == [None, -5]
    assert table.column("a_time").cast("int64").to_pylist() == [None, 7]
    assert table.column("some_ints").to_pylist() == [None, [3]]
    assert json.loads(pq.read_metadata(io.BytesIO(data)).metadata[b"beyond"]) == {"a_time": 1, "an_int": 1, "some_ints": 1}


def test_data_is_json_text_and_says_so(write, options, make):
    options = msgspec.structs.replace(options, table="kinds")
    table = read(write(parquet, options, make(kinds=[{"any": {"a": [1, "\udcff"]}, "a_text": "\udcff\\"}])))
    assert table.schema.field("any").metadata[b"holds"] == b"JSON text (RFC 8259)"
    assert json.loads(table.column("any")[0].as_py()) == {"a": [1, "\udcff"]}
    assert table.column("a_text").to_pylist() == ["\\udcff\\"]


def test_rows_go_out_in_groups(write, options, make, monkeypatch):
    monkeypatch.setattr(parquet, "_BATCH_ROWS", 3)
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 6)
    data = write(parquet, options, *(make(handshake=number) for number in range(1, 20)))
    groups = pq.ParquetFile(io.BytesIO(data)).metadata
    assert [groups.row_group(at).num_rows for at in range(groups.num_row_groups)] == [6, 6, 6, 1]
    assert read(data).column("handshake").to_pylist() == list(range(1, 20))


def test_long_texts_do_not_wait_for_many_rows(write, options, make, monkeypatch):
    monkeypatch.setattr(parquet, "_BATCH_BYTES", 1000)
    monkeypatch.setattr(parquet, "_GROUP_BYTES", 1000)
    data = write(parquet, options, *(make(handshake=number, server_name="a" * 600) for number in range(8)))
    assert pq.ParquetFile(io.BytesIO(data)).metadata.num_row_groups == 4


class Pipe:
    """Takes bytes, and knows neither its place nor its end."""

    def __init__(self, room=None):
        self.data, self.room = b"", room

    def write(self, data):
        if self.room is not None and len(self.data) + len(data) > self.room:
            raise OSError(28, "No space left on device")
        self.data += bytes(data)
        return len(data)

    def flush(self):
        pass


def told(options, end, report, *handshakes):
    telling = Told(options.tables, end.sources)
    for one in handshakes:
        telling.take(one)
        report.add(telling)


def test_a_pipe_takes_it_and_stays_open(options, end, make):
    out = Pipe()
    report = parquet.Report(out, options)
    told(options, end, report, make())
    assert out.data == b""
    report.end(end)
    assert read(out.data).num_rows == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("room", [2, 3000])
def test_a_full_disk_is_told_and_nothing_more_is_written(options, end, make, room):
    out = Pipe(room)
    report = parquet.Report(out, options)
    told(options, end, report, make())
    with pytest.raises(OSError, match="No space left"):
        report.end(end)
    held, out.room = len(out.data), None
    del report
    gc.collect()
    assert len(out.data) == held


@pytest.mark.filterwarnings("error")
def test_a_report_that_nobody_ends_writes_no_footer(options, end, make, monkeypatch):
    monkeypatch.setattr(parquet, "_BATCH_ROWS", 1)
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 1)
    out = Pipe()
    report = parquet.Report(out, options)
    told(options, end, report, make())
    held = len(out.data)
    assert held
    del report
    gc.collect()
    assert len(out.data) == held


def test_a_folder_of_files_is_one_data_set_to_duckdb(write, options, make, tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    for at in (1, 2):
        (tmp_path / f"{at}.parquet").write_bytes(write(parquet, options, make(handshake=at)))
    query = f"SELECT handshake, server_name, start, packets[3] FROM '{tmp_path}/*.parquet' ORDER BY 1"
    rows = duckdb.connect().execute(query).fetchall()
    assert [(row[0], row[1], row[3]) for row in rows] == [(1, "www.example.com", 5), (2, "www.example.com", 5)]
