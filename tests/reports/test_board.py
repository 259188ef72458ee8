import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_findings import Finds
from rich.cells import cell_len

from analyzer.findings.finding import Finding
from analyzer.findings.tables import JUDGED
from analyzer.reports import board
from analyzer.reports.board import Board, Status

STATUS = Status(interfaces=("eth0",), packets=1000, dropped=0)
HOSTILE = ("evil\x1b[31m\u202e[bold]\u0301\n\u200f", "漢字" * 300, "\x9b2J\x07", "e" + "\u0301" * 50, "[red]")
SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def finding(number, severity="high", rule="weak-key", **cells):
    return Finding(rule=rule, severity=severity, title="T", detail="D", citation="C", advice="", handshake=number, packets=(1,), **cells)


class Watched:
    """A board, and what tells it."""

    def __init__(self, options, view="rows"):
        self.board = Board(options, view)
        self.told = Finds(options.tables, [])

    def add(self, one=None, *found):
        self.told.give(self.board, one, *found)

    def lines(self, width=100, height=24):
        return self.board.lines(width, height, STATUS)


@pytest.fixture
def asked(options, tables):
    return msgspec.structs.replace(options, tables=tables | JUDGED)


@pytest.fixture
def watched(asked):
    return Watched(asked)


@SLOW
@given(width=st.integers(0, 260), height=st.integers(0, 80), view=st.sampled_from(board.VIEWS), color=st.booleans())
def test_a_picture_fits_any_screen_whatever_the_wire_said(asked, make, width, height, view, color):
    one = Watched(msgspec.structs.replace(asked, color=color), view)
    for number, text in enumerate(HOSTILE * 3, 1):
        cells = dict.fromkeys(("server_name", "version", "cipher_suite", "group", "outcome", "alert", "alpn", "client", "prelude"), text)
        one.add(make(handshake=number, **cells), finding(number, rule=text))
    one.board.note(HOSTILE[0])
    lines = one.lines(width, height)
    assert len(lines) <= height
    bare = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
    assert all(cell_len(line) <= width and line.isprintable() for line in bare)
    assert color or bare == lines


def test_the_newest_is_at_the_bottom_and_the_oldest_leave(watched, make):
    for number in range(1, 31):
        watched.add(make(handshake=number, server_name=f"host{number}.example"))
    lines = watched.lines()
    assert len(lines) == 24
    shown = [line.split()[1] for line in lines if ".example" in line]
    assert shown == [f"host{number}.example" for number in range(31 - len(shown), 31)]
    assert "30" in lines[2], "all of them are counted"


def test_no_line_moves_between_two_pictures(watched, make):
    watched.add(make())
    before = watched.lines()
    watched.add(make(handshake=2, server_name="x" * 99, cipher_suite="y" * 99, outcome="failed", alert="z" * 99), finding(2, rule="r" * 99))
    after = watched.lines()
    header = [line for line in before if "server name" in line]
    assert header == [line for line in after if "server name" in line]
    assert before.index(header[0]) == after.index(header[0])
    assert before[-1] == after[-2]


def test_a_note_takes_a_line_that_was_kept_free(watched, make):
    watched.add(make())
    before = watched.lines()
    watched.board.note("eth0: 3 packets dropped\x1b[2J", at=0)
    after = watched.lines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("", "00:00:00  eth0: 3 packets dropped\\u{1b}[2J")]
    assert any("3 packets dropped" in line for line in watched.lines(40, 8)), "on a low screen too"


def test_findings_mark_rows_also_when_they_come_later(watched, make):
    watched.add(make(), finding(1, "low", "odd"))
    watched.add(make(handshake=2, outcome="failed", alert="bad_certificate"))
    watched.add(make(handshake=3))
    watched.lines()  # what was painted is painted anew
    watched.add(None, finding(1, "critical", "no-cipher", handshakes=(1, 3)), finding(99), finding(None))
    first, second, third = watched.lines()[-3:]
    assert first.startswith("!! ")
    assert first.endswith("no-cipher +1")
    assert second.startswith("x ")
    assert third.startswith("!! ")
    (findings,) = [line for line in watched.lines() if line.startswith("findings")]
    assert findings.split(None, 1)[1] == "!! 1 critical · ! 2 high · - 1 low"


def test_colour_changes_nothing_but_colour(asked, make):
    plain, colored = Watched(asked), Watched(msgspec.structs.replace(asked, color=True))
    for one in (plain, colored):
        one.add(make(), finding(1))
        one.add(make(handshake=2, outcome="failed"))
    bare = [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in colored.lines()]
    assert bare == plain.lines()
    assert any("\x1b[1;31m" in line for line in colored.lines())


def opened(one, *, is_open):
    one.open = is_open
    return one


def test_one_that_is_told_again_is_counted_once_and_keeps_its_row(watched, make, monkeypatch):
    monkeypatch.setattr(board, "KEPT", 2)
    watched.add(opened(make(outcome="complete"), is_open=True), finding(1))
    watched.add(opened(make(handshake=2), is_open=True))
    watched.add(opened(make(outcome="aborted"), is_open=False))
    assert watched.board.summary.counts("outcomes") == {"complete": 1, "aborted": 1}
    assert watched.board.summary.handshakes == 2
    watched.add(opened(make(handshake=2, outcome="aborted"), is_open=False))
    assert watched.board.summary.counts("outcomes") == {"aborted": 2}
    assert "0 complete" not in watched.lines()[2]
    first, second = watched.lines()[-2:]
    assert first.startswith("! ")
    assert "aborted" in first
    assert "aborted" in second
    for number in (3, 4, 5):
        watched.add(opened(make(handshake=number), is_open=number == 3))
    watched.add(opened(make(handshake=3, outcome="failed"), is_open=False))
    assert watched.board.summary.handshakes == 5, "one that left the screen too"
    assert len(watched.board._shown) == 2


def test_what_is_kept_is_bounded(watched, make, monkeypatch):
    monkeypatch.setattr(board, "KEPT", 5)
    monkeypatch.setattr(board, "OPEN", 7)
    for number in range(1, 40):
        watched.add(opened(make(handshake=number), is_open=True), finding(number))
    assert len(watched.board._shown) == 5
    assert len(watched.board._open) == 7


def test_a_connection_that_came_to_no_handshake_is_counted_and_has_no_row(watched, plain):
    before = watched.lines()
    watched.add(plain({"protocol": "smtp", "result": "not_taken"}))
    assert watched.board.summary.preludes == {"smtp not_taken": 1}
    assert watched.lines() == before


def test_the_summary_view_has_lists_and_no_rows(asked, make):
    one = Watched(asked, "summary")
    one.add(make(), finding(1))
    lines = one.lines(100, 40)
    assert {"Findings", "Versions", "Cipher suites", "Groups", "Servers"} <= set(lines)
    assert not any("server name" in line for line in lines)
    assert one.board.last(100, 5) == []


def test_the_last_rows_to_be_left_behind(watched, make):
    assert watched.board.last(100, 5) == []
    for number in range(1, 9):
        watched.add(make(handshake=number, server_name=f"host{number}.example"))
    last = watched.board.last(100, 3)
    assert [line.split()[1] for line in last] == ["server", "host6.example", "host7.example", "host8.example"]
    assert last[1:] == watched.lines()[-3:]


def test_changes_grow_with_what_is_seen_anew(watched, make):
    seen = [watched.board.changes]
    for step in (lambda: watched.add(make()), lambda: watched.add(None, finding(1)), lambda: watched.board.note("x")):
        step()
        seen.append(watched.board.changes)
    watched.add(None)
    assert seen == sorted(set(seen))
    assert watched.board.changes == seen[-1], "nothing came"
