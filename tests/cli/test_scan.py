"""The command in this process, with a made-up road."""

import csv
import io
import json
import re

import jsonschema
import msgspec
import pytest

from analyzer.cli.codes import EXIT_CODES
from analyzer.findings.tables import TABLES
from analyzer.limits import DEFAULT, Limits
from analyzer.reports import FORMATS
from analyzer.reports.schema import schema


def test_help_says_everything(tlsscan):
    code, out, _ = tlsscan("--help")
    text = out.decode()
    assert code == 0
    assert text.startswith("Usage: tlsscan [OPTIONS] CAPTURE... | -i NAME")
    for option in ("--format", "--table", "--output", "--color", "--no-color", "--width", "--progress", "--quiet", "--limit"):
        assert option in text
    for name in FORMATS:
        assert f"  {name} " in text
    for exit_code in EXIT_CODES:
        assert re.search(rf"^ +{exit_code.value} ", text, re.MULTILINE)
    assert tlsscan("scan", "--help")[1] == out


def test_version_says_how_old_the_names_are(tlsscan):
    code, out, _ = tlsscan("--version")
    assert code == 0
    assert re.fullmatch(rb"tlsscan .+ \(names of numbers as of \d{4}-\d\d-\d\d\)\n", out)


def test_limits_are_listed(tlsscan):
    code, out, _ = tlsscan("--limits")
    assert code == 0
    rows = [line.split(maxsplit=2) for line in out.decode().splitlines()]
    assert [(name, int(value)) for name, value, _ in rows] == list(msgspec.structs.asdict(DEFAULT).items())
    assert all(reason for _, _, reason in rows)


def test_tables_are_listed(tlsscan):
    code, out, _ = tlsscan("--tables")
    assert code == 0
    assert [line.split()[0] for line in out.decode().splitlines()] == list(TABLES)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--nonsense", "1"],
        ["--format", "xml", "1"],
        ["--table", "nonsense", "1"],
        ["--limit", "nonsense=1", "1"],
        ["--limit", "flows=none", "1"],
        ["--limit", "flows=0", "1"],
        ["--width", "3", "1"],
        ["-o", "report.pcap", "1"],
        ["-o", "no/such/folder/report.json", "1"],
    ],
)
def test_a_wrong_command_line(tlsscan, args):
    code, out, err = tlsscan(*args)
    assert code == 2
    assert out == b""
    assert b"Traceback" not in err
    assert err.startswith((b"Usage:", b"tlsscan: no/such/folder/report.json: cannot be written: "))


@pytest.mark.parametrize(
    "args", [["--format", "ndjson", "--", "3"], ["--format", "ndjson", "3"], ["3", "--format", "ndjson"], ["scan", "3", "--format=ndjson"]]
)
def test_options_before_and_after(tlsscan, args):
    code, out, err = tlsscan(*args)
    assert (code, err) == (0, b"")
    assert [json.loads(line)["handshake"] for line in out.splitlines()] == [1, 2, 3]


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("name", ["text", "ndjson", "csv"])
def test_every_table_in_every_format(tlsscan, name, table):
    code, out, _ = tlsscan("--format", name, "--table", table, "plain")
    assert code == 0
    if name == "csv":
        assert next(csv.reader(io.StringIO(out.decode()))) == [column.name for column in TABLES[table].columns]


def test_json_is_valid(tlsscan):
    code, out, _ = tlsscan("--format", "json", "2", "3", "plain")
    report = json.loads(out)
    jsonschema.validate(report, schema(TABLES))
    assert code == 0
    assert len(report["handshakes"]) == 7
    assert len(report["preludes"]) == 2
    assert [source["name"] for source in report["sources"]] == ["2", "3", "plain"]


def test_a_connection_that_came_to_no_handshake_is_a_prelude_and_nothing_else(tlsscan):
    for name in ("ndjson", "csv"):
        handshakes = tlsscan("--format", name, "plain")[1]
        assert handshakes.replace(b"plain", b"2") == tlsscan("--format", name, "2")[1].replace(b"plain", b"2")
    code, out, err = tlsscan("--format", "ndjson", "--table", "preludes", "plain")
    assert (code, err) == (0, b"")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["handshake"], row["protocol"], row["result"], row["greeting"]) for row in rows] == [
        (None, "smtp", "not_taken", "220 mail.example")] * 2  # fmt: skip
    assert b"2 handshakes" in tlsscan("plain")[1]


def test_text_is_for_people(tlsscan):
    code, out, err = tlsscan("12")
    text = out.decode()
    assert (code, err) == (0, b"")
    assert "12 handshakes · 12 unanswered" in text
    assert "192.0.2.1:1025 →" in text
    assert "\x1b" not in text


def test_colour_is_asked_for_or_comes_with_a_terminal(tlsscan, monkeypatch):
    assert b"\x1b[" in tlsscan("--color", "always", "1")[1]
    assert b"\x1b[" not in tlsscan("--color", "always", "--no-color", "1")[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert b"\x1b[" in tlsscan("1")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b[" not in tlsscan("1")[1]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_decides_the_width(tlsscan, monkeypatch, width):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(len, tlsscan("--no-color", "5")[1].decode().splitlines())) <= width


@pytest.mark.parametrize(
    ("inputs", "code", "said"),
    [
        (["2"], 0, []),
        (["damaged"], 4, ["tlsscan: damaged: cut off after packet 2\\u{1b}[31m"]),
        (["limit", "--limit", "flows=7"], 4, ["tlsscan: limit flows was hit (7 times)"]),
        (["bad"], 3, ["tlsscan: bad: not a capture file"]),
        (["bad", "2"], 3, ["tlsscan: bad: not a capture file"]),
        (["bad", "bad", "damaged", "-q"], 3, ["tlsscan: bad: not a capture file (2 times)"]),
        (["crash"], 70, None),
    ],
)
def test_exit_codes_and_their_lines(tlsscan, inputs, code, said):
    found, out, err = tlsscan("--format", "ndjson", *inputs)
    assert found == code
    if said is None:
        assert re.fullmatch(rb"tlsscan: internal error: ZeroDivisionError in analyzer/\S+, line \d+ \(run with --debug .*\)\n", err)
    else:
        assert err.decode().splitlines() == said
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == (0 if inputs == ["bad"] else 2) or code == 70


def test_debug_shows_the_traceback(tlsscan):
    code, _, err = tlsscan("--debug", "crash")
    assert code == 70
    assert b"Traceback" in err


def test_never_more_than_twenty_lines(tlsscan):
    _, _, err = tlsscan("--format", "ndjson", *[f"bad{number}" for number in range(100)], "1")
    assert len(err.splitlines()) == 20
    assert err.endswith(b"and 81 more messages\n")


def test_every_limit_can_be_set(tlsscan):
    for name in Limits.__struct_fields__:
        assert tlsscan("--limit", f"{name}=99", "1")[0] == 0


def test_files_by_suffix(tlsscan, tmp_path):
    names = ["a.json", "b.ndjson", "c.csv", "d.txt"]
    code, out, _ = tlsscan("3", *(word for name in names for word in ("-o", tmp_path / name)), "-o", "-", "--format", "ndjson")
    assert code == 0
    assert len(out.splitlines()) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert len(json.loads((tmp_path / "a.json").read_bytes())["handshakes"]) == 3
    assert (tmp_path / "b.ndjson").read_bytes() == out
    assert (tmp_path / "c.csv").read_bytes().count(b"\r\n") == 4
    assert b"3 handshakes" in (tmp_path / "d.txt").read_bytes()


@pytest.mark.parametrize(("word", "code"), [("crash", 70), ("bad", 3)])
def test_a_file_is_whole_or_as_it_was(tlsscan, tmp_path, word, code):
    old = tmp_path / "old.ndjson"
    old.write_text("old\n")
    assert tlsscan(word, "-o", old, "-o", tmp_path / "new.json")[0] == code
    assert old.read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["old.ndjson"]


def test_a_full_disk_leaves_the_old_file(tlsscan, tmp_path, monkeypatch):
    old = tmp_path / "old.json"
    old.write_text("old\n")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, _, err = tlsscan("2", "-o", old)
    assert code == 74
    assert err == b"tlsscan: cannot write: No space left on device\n"
    assert old.read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]


def test_a_replaced_file_keeps_its_mode_and_its_link(tlsscan, tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old\n")
    real.chmod(0o640)
    link.symlink_to(real)
    assert tlsscan("2", "-o", link)[0] == 0
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes().count(b"\r\n") == 3
