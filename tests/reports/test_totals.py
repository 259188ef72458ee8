import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.findings.finding import Finding, row
from analyzer.findings.tables import TABLES
from analyzer.reports.concerns import Concerns
from analyzer.reports.paint import STYLES, Paint
from analyzer.reports.summary import Summary
from analyzer.reports.totals import Status, head

BUSY = Status(
    interfaces=("eth0", "lo"), filter="tcp port 443", seconds=93_784.9, packets=1_234_567, packets_per_second=51_234.4,
    handshakes_per_second=9.96, dropped=37, unread=0, flows=1234,
)  # fmt: skip


def counted(**outcomes):
    summary, concerns = Summary(TABLES), Concerns()
    summary.handshakes = sum(outcomes.values())
    summary.counts("outcomes").update(outcomes)
    summary.counts("versions").update({"TLS 1.2": 1, "TLS 1.3": 3})
    summary.post_quantum, summary.key_exchanges_known = 1, 4
    made = {"title": "T", "detail": "D", "citation": "C", "advice": "A", "packets": (1,)}
    concerns.add([row(Finding(rule=name, severity=name, **made), ["a"]) for name in ("low", "critical", "low")])
    return summary, concerns


def text(lines):
    return ["".join(span for span, _ in line).rstrip() for line in lines]


def test_a_wide_and_high_screen_has_all_of_it():
    summary, concerns = counted(complete=1200, failed=20, unanswered=14, cut=1)
    assert text(head(BUSY, summary, concerns, 100, 40)) == [
        "tlsscan  eth0, lo  tcp port 443" + " " * 58 + "1 d 2:03:04",
        "packets           1,234,567   51,234/s  37 dropped · 0 unread · 1,234 open flows",
        "handshakes            1,235     10.0/s  1,200 complete · 20 failed · 14 unanswered · 1 cut",
        "versions      TLS 1.3 75 % · TLS 1.2 25 %",
        "post-quantum  25 % of 4 key exchanges",
        "findings      !! 1 critical · - 2 low",
    ]


def test_a_low_screen_keeps_what_matters_most():
    summary, concerns = counted(complete=5)
    names = [[line.split()[0] for line in text(head(BUSY, summary, concerns, 80, height))] for height in range(1, 24)]
    assert names[0] == []
    assert names[1] == ["handshakes"]
    assert names[3] == ["packets", "handshakes"]
    assert names[7] == ["tlsscan", "packets", "handshakes", "findings"]
    assert "post-quantum 25 %" in " ".join(text(head(BUSY, summary, concerns, 80, 12)))
    assert all(set(less) <= set(more) for less, more in itertools.pairwise(names))
    assert "versions" not in " ".join(text(head(BUSY, summary, concerns, 80, 40, {"versions"})))


def test_losses_are_red_and_first_where_there_is_little_room():
    summary, concerns = counted(complete=5)
    (packets,) = [line for line in head(BUSY, summary, concerns, 40, 24) if line[0][0].startswith("packets")]
    assert packets[1] == ("37 dropped", "bad")
    (packets,) = [line for line in head(Status(dropped=0, unread=3), summary, concerns, 80, 24) if line[0][0].startswith("packets")]
    assert ("0 dropped", "faint") in packets
    assert ("3 unread", "bad") in packets
    assert "drops not known" in " ".join(text(head(Status(), summary, concerns, 80, 24)))


def test_an_outcome_that_grows_past_another_changes_no_place():
    shown = [text(head(BUSY, *counted(failed=failed, complete=9, unanswered=1), 100, 24))[2] for failed in (1, 8)]
    assert shown[0].replace("1 failed", "8 failed").replace("11 ", "18 ") == shown[1]


COUNTS = st.integers(min_value=0, max_value=10**18)
STATUS = st.builds(
    Status, interfaces=st.lists(st.text(max_size=20), max_size=5).map(tuple), filter=st.text(max_size=30), packets=COUNTS, unread=COUNTS,
    dropped=st.none() | COUNTS, seconds=st.floats(0, 1e12), flows=COUNTS, packets_per_second=st.floats(0, 1e12),
)  # fmt: skip


@given(STATUS, st.integers(min_value=1, max_value=200), st.integers(min_value=1, max_value=60))
def test_no_line_is_wider_than_the_screen(status, width, height):
    summary, concerns = counted(**{"complete": 10**9, "a\x1b[31m漢": 3})
    paint = Paint(width, color=False, least=1)
    for line in head(status, summary, concerns, width, height):
        shown = paint.text(line)
        assert cell_len(shown) <= width
        assert shown.isprintable()
        assert all(style in STYLES for _, style in line)


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00:00"), (59.9, "0:00:59"), (3600, "1:00:00"), (90_061, "1 d 1:01:01")])
def test_the_running_time(seconds, shown):
    assert text(head(Status(seconds=seconds), *counted(complete=1), 80, 24))[0].endswith(f" {shown}")
