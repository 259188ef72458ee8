import io
import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from analyzer.reports import ndjson
from analyzer.reports.report import Told

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=()), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_lossless_whatever_it_is(value):
    line = ndjson.encode(value)
    assert json.loads(line) == value
    assert not any(byte < 0x20 or byte == 0x7F for byte in line)
    assert not {*"\x80\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069\u200b\ufeff"} & {*line.decode()}


def test_one_line_a_row_with_all_columns(write, options, make):
    rows = [json.loads(line) for line in write(ndjson, options, make(), make(handshake=2, server_name=None)).splitlines()]
    assert [row["handshake"] for row in rows] == [1, 2]
    assert rows[0]["start"] == "2026-01-01T00:00:00.123456789Z"
    assert rows[0]["packets"] == [1, 2, 5]
    assert rows[0]["post_quantum"] is True
    assert rows[1]["server_name"] is None
    assert list(rows[0]) == [column.name for column in options.tables["handshakes"].columns]


def test_another_table(write, options, make):
    options = msgspec.structs.replace(options, table="kinds")
    kinds = {"an_int": 2**70, "a_float": 0.5, "a_flag": False, "a_time": 1, "some_texts": ["a b"], "some_ints": [], "any": {"x": "\x9b"}}
    (line,) = write(ndjson, options, make(kinds=[kinds])).splitlines()
    assert json.loads(line) == kinds | {"a_text": None, "a_time": "1970-01-01T00:00:00.000000001Z"}
    assert b"\\u009b" in line


def test_no_rows_no_bytes(write, options):
    assert write(ndjson, options) == b""


def test_lines_come_out_whole_and_soon(options, end, make):
    out = io.BytesIO()
    report = ndjson.Report(out, options)
    told = Told(options.tables, end.sources)
    told.take(make())
    report.add(told)
    assert out.getvalue().endswith(b"}\n")  # the first row does not wait
    for number in range(2, 400):
        told.take(make(handshake=number))
        report.add(told)
        assert out.getvalue().endswith(b"}\n")
    report.flush()
    assert out.getvalue().count(b"\n") == 399


def test_what_came_to_no_handshake_is_told_in_the_table_preludes_alone(write, options, make, plain):
    spoken = {"protocol": "imap", "result": "not_taken", "greeting": "* OK \x1b[31m"}
    items = (make(), plain(spoken, spoken), make(handshake=2, preludes=[spoken | {"handshake": 2, "result": "upgraded"}]))
    rows = [json.loads(line) for line in write(ndjson, msgspec.structs.replace(options, table="preludes"), *items).splitlines()]
    assert rows == [spoken | {"handshake": None}] * 2 + [spoken | {"handshake": 2, "result": "upgraded"}]
    assert [json.loads(line)["handshake"] for line in write(ndjson, options, *items).splitlines()] == [1, 2]
    assert write(ndjson, msgspec.structs.replace(options, table="kinds"), *items) == b""
