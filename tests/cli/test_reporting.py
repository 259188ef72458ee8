"""Reporting: the suffix decides, then --format, then text."""

import click
import pytest

from analyzer.cli import reporting
from analyzer.cli.reporting import format_or_fail, options_of, version, wanted_of
from analyzer.findings.tables import TABLES
from analyzer.reports import FORMATS


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [("-", None, "text"), ("-", "csv", "csv"), ("a.json", "csv", "json"), ("a.sarif.json", None, "sarif"), ("a", "ndjson", "ndjson")],
)
def test_formats(path, name, found):
    assert format_or_fail(path, name).name == found


def test_no_format():
    with pytest.raises(click.BadParameter, match=r"a\.docx: the suffix is none of \.txt"):
        format_or_fail("a.docx", None)


def test_what_a_report_must_know():
    options = options_of("alerts", "a.txt", FORMATS["text"], width=77, color="always")
    assert (options.table, options.width, options.color, options.version) == ("alerts", 77, True, version())
    assert options.registry
    assert options_of("alerts", "a.txt", FORMATS["text"], width=None, color="auto").width == 240


def test_a_folder_holds_a_file_for_each_table(tmp_path):
    wanted, folders = wanted_of([f"{tmp_path}/new/", "a.json"], "csv", "alerts", width=None, color="auto")
    assert folders == [f"{tmp_path}/new/"]
    assert [path for path, *_ in wanted] == [*(f"{tmp_path}/new/{table}.csv" for table in TABLES), "a.json"]
    assert [options().table for *_, options in wanted] == [*TABLES, "alerts"]
    wanted, folders = wanted_of([str(tmp_path)], "zeek", "handshakes", width=None, color="auto")
    assert [(path, options().table) for path, _, options in wanted] == [
        (f"{tmp_path}/ssl.log", "handshakes"),
        (f"{tmp_path}/x509.log", "certificates"),
    ]


@pytest.mark.parametrize("name", [None, "json", "text"])
def test_a_folder_of_what_is_one_file(name):
    with pytest.raises(click.BadParameter, match=r"out/ is a folder, and .*; ndjson, csv, parquet, zeek, zeek-json can fill one"):
        format_or_fail("out/", name)


def test_a_table_that_a_format_does_not_have():
    with pytest.raises(click.UsageError, match="zeek has no table alerts; it has handshakes, certificates"):
        options_of("alerts", "a.log", FORMATS["zeek"], width=None, color="auto")


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(reporting, "find_spec", lambda _: None)
    with pytest.raises(click.UsageError, match="parquet needs the package pyarrow: pip install pyarrow"):
        format_or_fail("a.parquet", None)


def test_bytes_are_nothing_for_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(click.UsageError, match="xlsx is no text for a terminal"):
        format_or_fail("-", "xlsx")
    assert format_or_fail("a.xlsx", None).name == "xlsx"
