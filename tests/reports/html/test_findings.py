"""Findings of the page: rows, evidence, the list that is read without script."""

import io

import pytest

from analyzer.findings.tables import TABLES
from analyzer.reports.html import findings
from analyzer.reports.html.columns import TextRoom
from analyzer.reports.html.findings import Findings

NAMES = [column.name for column in TABLES["findings"].columns]
PLAIN = {"rule": "a-rule", "severity": "low", "title": "It is wrong", "detail": "here", "advice": "Mend it.", "citation": "RFC 1",
         "handshake": 1, "handshakes": [1], "count": 1, "packets": [1, 2, 3], "display_filter": "frame.number in {1..3}"}  # fmt: skip


@pytest.fixture
def told():
    return Findings(TABLES, TextRoom(10**6))


def add(told, *many, certificate=None, place=None):
    for given in many:
        cells = PLAIN | {"finding": f"{given.get('rule', 'a-rule')}:{given.get('handshake', 1)}"} | given
        (row,) = told.rows([tuple(cells.get(name) for name in NAMES)])
        told.add(row, certificate, place)


def test_a_finding_has_its_row_and_its_rule(told):
    add(told, {}, certificate="a name", place=4)
    assert list(told.columns.texts("certificate")) == ["a name"]
    assert list(told.columns.numbers("certificate_place")) == [4]
    assert told.rules == {"a-rule": {"advice": "Mend it.", "citation": "RFC 1", "severity": "low", "title": "It is wrong"}}
    assert told.severities == {"low": 1}


def test_evidence_tells_what_the_row_does_not(told, taken):
    add(told, {}, {"handshake": 2, "handshakes": [2, 5], "detail": "x" * 300, "count": 2})
    out = io.BytesIO()
    told.details.write(out, 10**6)
    held = taken(out.getvalue()).details("evidence")
    assert held["a-rule:1"] == {"display_filter": "frame.number in {1..3}"}
    assert held["a-rule:2"] == {"display_filter": "frame.number in {1..3}", "handshakes": [2, 5], "detail": "x" * 300}


def test_the_gravest_are_listed_the_first_of_equals(told, monkeypatch):
    monkeypatch.setattr(findings, "MOST_LISTED", 3)
    severities = ["low", "high", "info", "medium", "high", "low"]
    add(told, *({"handshake": number, "severity": severity} for number, severity in enumerate(severities)))
    assert [(one["severity"], one["handshake"]) for one in told.listed()] == [("high", 1), ("high", 4), ("medium", 3)]
    assert told.listed()[0]["packets"] == "1-3"


def test_the_gravest_have_room(monkeypatch):
    monkeypatch.setattr(findings, "MOST_FINDINGS", 4)
    told = Findings(TABLES, TextRoom(10**6))
    add(told, *[{"severity": "info"}] * 6, {"severity": "high"})
    assert list(told.columns.texts("severity")) == ["info"] * 3 + ["high"]
    assert (told.room.left_out, told.severities.total()) == (3, 7)


def test_rules_that_failed_come_first(told):
    names = [column.name for column in TABLES["rules"].columns]
    cells = [("b", "low", 0), ("a", "info", 3), ("c", "high", 1), ("d", "high", 0)]
    rows = [tuple({"rule": rule, "severity": severity, "failed": failed}.get(name) for name in names) for rule, severity, failed in cells]
    assert [one["rule"] for one in told.asked(rows)] == ["c", "a", "d", "b"]
