import csv as standard
import io

import msgspec

from analyzer.reports import csv


def read(data):
    return list(standard.reader(io.StringIO(data.decode(), newline="")))


def test_header_and_records(write, options, make):
    data = write(csv, options, make(), make(handshake=2, server_name='=HYPERLINK("http://evil")', cipher_suite=None))
    header, first, second = read(data)
    assert header == [column.name for column in options.tables["handshakes"].columns]
    assert data.count(b"\r\n") == 3
    row = dict(zip(header, first, strict=True))
    assert row["start"] == "2026-01-01T00:00:00.123456789Z"
    assert row["packets"] == "1 2 5"
    assert row["post_quantum"] == "true"
    assert row["alert"] == ""
    assert dict(zip(header, second, strict=True))["server_name"] == '\'=HYPERLINK("http://evil")'


def test_every_kind(write, options, make):
    options = msgspec.structs.replace(options, table="kinds")
    kinds = {"an_int": -5, "a_float": 0.5, "a_text": "two\nlines\x00", "a_flag": False, "a_time": 0}
    kinds |= {"some_texts": ["-a b", "c"], "some_ints": [1, 2], "any": {"a": [1, "ü"]}}
    header, record = read(write(csv, options, make(kinds=[kinds])))
    assert dict(zip(header, record, strict=True)) == {
        "an_int": "-5",
        "a_float": "0.5",
        "a_text": "two\\u{a}lines\\u{0}",
        "a_flag": "false",
        "a_time": "1970-01-01T00:00:00.000000000Z",
        "some_texts": "'-a\\u{20}b c",
        "some_ints": "1 2",
        "any": '{"a":[1,"ü"]}',
    }


def test_a_number_stays_a_number(write, options, make):
    options = msgspec.structs.replace(options, table="kinds")
    kinds = {"an_int": -5, "a_float": -0.5, "a_text": "-5", "some_ints": [-1, 2], "some_texts": ["=1"]}
    header, record = read(write(csv, options, make(kinds=[kinds])))
    row = dict(zip(header, record, strict=True))
    assert [row[name] for name in kinds] == ["-5", "-0.5", "'-5", "-1 2", "'=1"]


def test_a_header_without_rows(write, options):
    assert len(read(write(csv, options))) == 1


def test_the_file_stays_open_and_whole(options, end):
    out = io.BytesIO()
    report = csv.Report(out, options)
    del report
    assert not out.closed
    assert end.sources


def test_what_came_to_no_handshake_is_told_in_the_table_preludes_alone(write, options, make, plain):
    spoken = {"protocol": "ftp", "result": "refused", "greeting": "=cmd"}
    items = (make(), plain(spoken))
    header, record = read(write(csv, msgspec.structs.replace(options, table="preludes"), *items))
    assert dict(zip(header, record, strict=True)) == {"handshake": "", "protocol": "ftp", "result": "refused", "greeting": "'=cmd"}
    assert len(read(write(csv, options, *items))) == 2
    assert len(read(write(csv, msgspec.structs.replace(options, table="certificates"), *items))) == 1
