"""What stands at the head of the page."""

from collections import Counter

import pytest

from analyzer.reports.html import overview
from analyzer.reports.html.columns import Columns, Shown, TextRoom
from analyzer.reports.report import Told
from analyzer.reports.summary import Summary
from analyzer.scanning import Source

SECOND = 10**9


@pytest.fixture
def summary(tables, make):
    def run(*made):
        told, counted = Told(tables, []), Summary(tables)
        for one in made or (make(), make(handshake=2, outcome="failed", post_quantum=False), make(handshake=3, outcome="not_tls")):
            told.take(one)
            counted.add(told)
        return counted

    return run


def test_figures(summary):
    told = {one.label: one for one in overview.figures(summary(), Counter(low=2, high=1), 7)}
    assert (told["handshakes"].value, told["complete"].value, told["complete"].note) == ("3", "1", "33 %")
    assert told["not complete"].note == "1 failed, 1 not tls"
    assert (told["findings"].value, told["findings"].note, told["findings"].style) == ("3", "1 high, 2 low", "high")
    assert (told["servers"].value, told["servers"].link) == ("7", "#servers")
    assert told["post-quantum key exchange"].note == "2 of 3 that are known"


def test_damaged_captures_are_listed_first_where_not_all_can_be(monkeypatch):
    monkeypatch.setattr(overview, "MOST_CAPTURES", 2)
    sources = [Source(name="a"), Source(name="b", dropped=1_000), Source(name="c", damage="it breaks off")]
    shown = overview.captures(sources)
    assert [one["name"] for one in shown] == ["c", "a"]
    assert shown[0]["damage"] == "it breaks off"
    assert overview.captures(sources[1:2])[0]["damage"] == "1,000 packets dropped while capturing"


def test_plots_over_time_need_some_handshakes(summary):
    shown = (
        Shown("start", "time"), Shown("post_quantum", "flag"), Shown("version"), Shown("cipher_suite"), Shown("duration_ms", "float"),
        Shown("outcome"),
    )  # fmt: skip
    columns = Columns(shown, TextRoom(1000))
    few = len(overview.plots(summary(), columns))
    for number in range(10):
        columns.add((number * SECOND, number % 2 == 0, "TLS 1.3", "TLS_AES_128_GCM_SHA256", 5.0 + number, "complete"))
    columns.add((None, None, None, None, None, "failed"))
    drawn = overview.plots(summary(), columns)
    assert len(drawn) == few + 4
    told = " ".join(drawn)
    assert "Key exchange over time" in told
    assert "post-quantum" in told
    assert "TLS_AES_128_GCM_SHA256 10 (" in told


def test_what_else_was_counted(summary, end):
    told = dict(overview.noted(summary(), end))
    assert told == {"Not followed": [("UDP", "1,200"), ("ARP", "3")]}


def test_times(summary):
    assert overview.times(summary()) == "2026-01-01 00:00:00 to 00:00:00 UTC (0.000 s)"
