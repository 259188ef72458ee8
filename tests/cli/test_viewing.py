"""Viewing: what standard output shows, and that a reader who is gone is noticed."""

import io
import os
import sys
from types import SimpleNamespace

import pytest

from analyzer.cli.accounting import Tallied
from analyzer.cli.reporting import options_of
from analyzer.cli.viewing import Lines, Quiet, Table
from analyzer.pipeline import Counters
from analyzer.reports import FORMATS, LIVE_TEXT
from analyzer.reports.report import End


def test_nothing_but_messages(capsys):
    with Quiet() as view:
        assert view.reports == []
        view.draw(None, None)
        view.note("3 packets dropped")
        view.close(None, None)
    assert capsys.readouterr() == ("", "tlsscan: 3 packets dropped\n")


def test_lines_notice_that_nobody_reads(monkeypatch):
    reader, writer = os.pipe()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(os.fdopen(writer, "wb"), "utf-8"))
    one = FORMATS["ndjson"]
    view = Lines(sys.stdout.buffer, one, options_of("handshakes", "-", one, width=None, color="never"))
    view.draw(None, None)
    os.close(reader)
    view._next = 0
    with pytest.raises(BrokenPipeError):
        view.draw(None, None)


def test_the_table_is_a_picture_and_then_a_summary(monkeypatch, capfdbinary):
    account = SimpleNamespace(dropped=4, dropped_by_kernel=4, unread=0)
    watch = SimpleNamespace(
        sources=[SimpleNamespace(name="eth0")], counters=Counters(packets=7, flows=2), accounts=lambda: [account], stopped=False
    )
    monkeypatch.setattr("analyzer.cli.viewing.RATE_SECONDS", 0)
    drawn = []
    with Table(options_of("handshakes", "-", LIVE_TEXT, width=None, color="never"), "rows") as view:
        view._screen.draw = drawn.append
        view._screen.gone = False
        view.draw(watch, Tallied())
        assert (drawn[0].interfaces, drawn[0].packets, drawn[0].dropped, drawn[0].flows) == (("eth0",), 7, 4, 2)
        view.note("eth0: 4 packets dropped")
        assert "4 packets dropped" in "\n".join(view._board.lines(100, 30, drawn[0]))
        view.close(End(sources=[], counters=Counters()), Tallied())
    assert b"\n0 handshakes\n" in capfdbinary.readouterr().out


def test_a_terminal_that_is_gone_ends_the_run(monkeypatch):
    watch = SimpleNamespace(sources=[], counters=Counters(), accounts=list, stopped=False)
    with Table(options_of("handshakes", "-", LIVE_TEXT, width=None, color="never"), "rows") as view:
        monkeypatch.setattr(view, "_screen", SimpleNamespace(draw=lambda _: None, gone=True, close=lambda: None))
        with pytest.raises(BrokenPipeError):
            view.draw(watch, Tallied())
