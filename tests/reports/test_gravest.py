import pytest

from analyzer.findings.finding import SEVERITIES, Finding, row
from analyzer.reports.gravest import MARKS, Gravest, about, gravest


def found(severity, rule="a-rule", **cells):
    return row(Finding(rule=rule, severity=severity, title="T", detail="D", citation="C", advice="A", packets=(1,), **cells), ["a.pcap"])


def test_every_severity_has_its_own_mark_of_two_cells_at_most():
    assert MARKS.keys() == SEVERITIES.keys()
    assert len(set(MARKS.values())) == len(MARKS)
    assert all(0 < len(mark) <= 2 and mark.isascii() for mark in MARKS.values())


@pytest.mark.parametrize(("order", "words", "short"), [
    (("low",), "low: low-rule", "low-rule"),
    (("low", "high"), "high +1: high-rule", "high-rule +1"),
    (("high", "low", "info"), "high +2: high-rule", "high-rule +2"),
])  # fmt: skip
def test_the_gravest_is_named_and_the_others_are_counted(order, words, short):
    one = gravest(None, [found(severity, f"{severity}-rule") for severity in order])
    assert (one.words, one.short) == (words, short)
    step = None
    for severity in order:
        step = gravest(step, [found(severity, f"{severity}-rule")])
    assert step == one


def test_of_equals_the_first_stays_and_nothing_is_nothing():
    assert gravest(None, [found("high", "first"), found("high", "second")]) == Gravest("high", "first", 2)
    assert gravest(None, []) is None


def test_which_handshakes_a_finding_is_about():
    assert about(found("low", handshake=3, handshakes=(3, 5))) == (3, 5)
    assert about(found("low", handshake=3)) == (3,)
    assert about(found("low")) == ()
