import gc
import io
import tempfile

import msgspec
import openpyxl
import pandas as pd
import pytest

from analyzer.reports import xlsx
from analyzer.reports.report import Told
from analyzer.scanning import Counters


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def overview(book):
    return {(section, name): value for section, name, value in book["overview"].iter_rows(min_row=2, values_only=True)}


def test_an_overview_and_a_sheet_per_table(write, options, make, plain):
    one = make(chain=[{"sha256": "00", "subject": "CN=a", "not_after": 5}], anomalies=["gap"], server_name="=evil")
    book = opened(write(xlsx, options, one, make(handshake=2), plain({"protocol": "smtp", "result": "no_tls"})))
    assert book.sheetnames == ["overview", *options.tables]
    told = overview(book)
    assert told["report", "tlsscan"] == "0.1.0"
    assert told["report", "interrupted"] == "no"
    assert told["rows", "handshakes"] == 2
    assert told["capture 1", "name"] == "a.pcap"
    assert told["packets: skipped", "UDP"] == 1200
    assert told["summary: versions", "TLS 1.3"] == 2
    assert told["summary: anomalies", "gap"] == 1
    assert told["summary: preludes", "smtp no_tls"] == 1
    assert told["summary: servers", "=evil 198.51.100.7:443"] == 1
    sheet = pd.read_excel(io.BytesIO(write(xlsx, options, make())), sheet_name="handshakes")
    assert sheet["start"][0] == "2026-01-01T00:00:00.123456789Z"
    assert abs(sheet["start (date)"][0] - pd.Timestamp("2026-01-01T00:00:00.123")) <= pd.Timedelta("1ms")
    assert list(sheet.columns[:3]) == ["handshake", "source", "framing"]


def test_every_kind(write, options, make):
    kinds = {"an_int": 2**60, "a_float": 0.1, "a_text": "two\nlines\x00", "a_flag": False, "a_time": 0}
    kinds |= {"some_texts": ["-a b", "c"], "some_ints": [1, 2], "any": {"a": [1, "ü"]}}
    header, row, absent = opened(write(xlsx, options, make(kinds=[kinds, {"an_int": 1}])))["kinds"].iter_rows(values_only=True)
    told = dict(zip(header, row, strict=True))
    assert told.pop("a_time (date)").isoformat() == "1970-01-01T00:00:00"
    assert told == {
        "an_int": str(2**60),
        "a_float": 0.1,
        "a_text": "two\\u{a}lines\\u{0}",
        "a_flag": False,
        "a_time": "1970-01-01T00:00:00.000000000Z",
        "some_texts": "-a\\u{20}b c",
        "some_ints": "1 2",
        "any": '{"a":[1,"ü"]}',
    }
    assert absent == (1, *[None] * 8)


def test_what_was_cut_is_counted(write, options, make):
    book = opened(write(xlsx, options, make(server_name="a" * 40_000), make(handshake=2, kinds=[{"some_texts": ["b" * 20_000] * 2}])))
    cut = {name: value for (section, name), value in overview(book).items() if section.startswith("cells that were cut")}
    assert cut == {"handshakes.server_name": 1, "kinds.some_texts": 1}


def test_a_table_goes_on_in_another_sheet(write, options, make, monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS", 4)
    monkeypatch.setattr(xlsx, "_SHEETS", 3)
    book = opened(write(xlsx, options, *(make(handshake=number) for number in range(1, 12))))
    assert [name for name in book.sheetnames if name.startswith("handshakes")] == ["handshakes", "handshakes (2)", "handshakes (3)"]
    assert [row[0] for row in book["handshakes (2)"].iter_rows(min_row=2, values_only=True)] == [4, 5, 6]
    told = overview(book)
    assert told["rows", "handshakes"] == 9
    assert told["rows that were left out: more than Excel holds", "handshakes"] == 2


def test_nothing_seen_is_a_workbook_too(write, options, end):
    book = opened(write(xlsx, options, end=msgspec.structs.replace(end, sources=[], counters=Counters(), interrupted=True)))
    assert overview(book)["report", "interrupted"] == "yes"
    assert book["handshakes"].max_row == 1


def test_a_full_disk_is_told(options, end, make, limited, tmp_path):
    with (tmp_path / "out").open("wb") as out:
        report = xlsx.Report(out, options)
        told = Told(options.tables, end.sources)
        told.take(make(kinds=[{"a_text": f"{at} " * 8_000} for at in range(100)]))
        limited(2_000)
        with pytest.raises(OSError, match="large"):  # noqa: PT012 - which of the two writes is up to the disk
            report.add(told)
            report.end(end)


def test_a_report_that_is_dropped_leaves_nothing(options, end, make, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    report = xlsx.Report(io.BytesIO(), options)
    told = Told(options.tables, end.sources)
    told.take(make())
    report.add(told)
    assert list(tmp_path.rglob("*"))
    del report
    gc.collect()
    assert not list(tmp_path.rglob("*"))
