import io

import msgspec
import pytest
from made_findings import Finds
from rich.cells import cell_len

from analyzer.findings.finding import Finding
from analyzer.findings.tables import JUDGED
from analyzer.reports import lines

HOSTILE = "evil\x1b[31m\u202e[bold]\u0301\n" + "漢" * 300


def finding(number, severity="high", rule="weak-key", detail="512 bits", **cells):
    return Finding(rule=rule, severity=severity, title="T", detail=detail, citation="C", advice="", handshake=number, time=0, **cells)


class Reading:
    """A report, and what was written of it."""

    def __init__(self, options):
        self.out = io.BytesIO()
        self.report = lines.Report(self.out, options)
        self.told = Finds(options.tables, [])

    def add(self, one=None, *found):
        self.told.give(self.report, one, *found)

    def read(self):
        self.report.flush()
        shown = self.out.getvalue().decode()
        assert shown.endswith("\n")
        return shown.splitlines()


@pytest.fixture
def reading(options, tables):
    return lambda **asked: Reading(msgspec.structs.replace(options, tables=tables | JUDGED, **asked))


@pytest.mark.parametrize("width", [20, 40, 80, 120, 240])
def test_columns_stand_still_whatever_comes(reading, make, width):
    one = reading(width=width)
    one.add(make())
    first = one.read()
    one.add(make(handshake=2, server_name=HOSTILE, outcome="failed", alert=HOSTILE, version=HOSTILE, cipher_suite=HOSTILE), finding(2))
    one.add(make(handshake=3, server_name=None, start=None, version=None))
    shown = one.read()
    assert shown[:2] == first, "nothing that was written is written again"
    place = shown[0].index("out")
    assert shown[1][place:].startswith("com")
    assert shown[3].replace("漢", "xx")[place:].startswith("com")
    assert all(cell_len(line) <= width and line.isprintable() for line in shown)


@pytest.mark.parametrize(("width", "row"), [
    (20, "00:00:00 www…om com…"), (40, "00:00:00 www.example.com      complete"),
    (80, "00:00:00.123  www.example.com             TLS 1.3   complete"),
])  # fmt: skip
def test_narrow_lines_show_time_name_and_outcome(reading, make, width, row):
    one = reading(width=width)
    one.add(make())
    assert one.read()[1] == row


def test_findings_of_the_same_tick_stand_in_the_line(reading, make):
    one = reading(width=120)
    one.add(make(), finding(1, "low"))
    one.add(make(handshake=2))
    one.add(None, finding(1, "critical", "no-cipher"), finding(2, "info", "odd"))
    _, first, second = one.read()
    assert first.endswith("critical +1: no-cipher")
    assert second.endswith("info: odd")


def test_findings_that_come_later_have_a_line_of_their_own(reading, make):
    one = reading(width=120)
    one.add(make())
    one.read()
    one.add(None, finding(1, detail="512 bits\x1b[0m"), finding(None, packets=(7,)))
    assert one.read()[2:] == ["00:00:00.000 → high: weak-key:1  512 bits\\u{1b}[0m", "00:00:00.000 → high: weak-key:p7  512 bits"]


def test_where_findings_have_no_column_they_have_lines(reading, make):
    one = reading(width=40)
    one.add(make(), finding(1))
    assert one.read()[2:] == ["00:00:00 → high: weak-key:1  512 bits"]


def test_a_finding_about_many_marks_those_that_wait(reading, make):
    one = reading(width=120)
    for number in (1, 2, 3):
        one.add(make(handshake=number))
    one.add(None, finding(1, handshakes=(1, 3)))
    assert [line.endswith("high: weak-key") for line in one.read()[1:]] == [True, False, True]


def test_one_told_again_before_it_is_written_is_one_line_and_later_another(reading, make):
    one = reading(width=120)
    one.add(make(outcome="complete"), finding(1))
    one.add(make(outcome="failed"))
    assert "failed" in one.read()[1]
    assert one.read()[1].endswith("high: weak-key")
    one.add(make(outcome="aborted"))
    assert [("failed" in line, "aborted" in line) for line in one.read()[1:]] == [(True, False), (False, True)]


def test_a_header_comes_at_once_and_once(reading, make, end):
    one = reading(width=80)
    one.report.flush()
    assert len(one.read()) == 1
    one.add(make())
    one.report.end(end)
    assert len(one.read()) == 2
    assert one.read()[0].split() == ["time", "server", "name", "version", "outcome", "findings"]


def test_rows_are_written_also_where_nobody_flushes(reading, make, monkeypatch):
    monkeypatch.setattr(lines, "HELD", 3)
    one = reading(width=80)
    for number in range(1, 4):
        one.add(make(handshake=number))
    assert one.out.getvalue().count(b"\n") == 4


def test_another_table_in_columns_of_fixed_width(reading, make):
    one = reading(width=60, table="kinds")
    one.add(make(kinds=[{"an_int": 5, "a_text": "hello", "a_flag": True}, {"an_int": 6, "a_text": HOSTILE}]))
    shown = one.read()
    assert shown[0].split()[:3] == ["an_int", "a_float", "a_text"]
    assert shown[1].split()[:2] == ["5", "hello"]
    assert all(cell_len(line) <= 60 and line.isprintable() for line in shown)


def test_colour_changes_nothing_but_colour(reading, make):
    plain, colored = reading(width=100), reading(width=100, color=True)
    for one in (plain, colored):
        one.add(make(), finding(1))
    assert "\x1b[1;31mhigh: weak-key" in colored.read()[1]
    assert "\x1b" not in "".join(plain.read())
