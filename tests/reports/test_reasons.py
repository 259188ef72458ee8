"""Reasons: what is told of many failures, in which order, and in how much memory."""

import io

from analyzer.findings.tables import TABLES
from analyzer.reports import reasons
from analyzer.reports.report import End, Options


class Told:
    """A handshake that failed for one cause."""

    def __init__(self, number, outcome="failed", cause="no_answer"):
        self.handshake = type("Handshake", (), {"outcome": outcome})
        self._number, self._cause, self._outcome = number, cause, outcome

    def rows(self, table):
        if table == "causes" and self._outcome == "complete":
            return []
        values = {
            "handshake": self._number, "cause": self._cause, "sentence": f"S{self._number} \x1b[31m", "certainty": "likely", "rank": 1,
            "proof": ["p"], "advice": "a", "packets": [1], "outcome": self._outcome, "client": "10.0.0.1", "client_port": 1,
        }  # fmt: skip
        return [tuple(values.get(column.name) for column in TABLES[table].columns)]


def report(*told, width=80):
    out = io.BytesIO()
    made = reasons.Report(out, Options(tables=TABLES, table="causes", width=width))
    for one in told:
        made.add(one)
    made.end(End(sources=[], counters=None))
    return out.getvalue().decode()


def test_in_the_order_of_their_numbers():
    text = report(Told(3), Told(1), Told(2, outcome="complete"))
    assert [line[:2] for line in text.splitlines() if line.startswith("#")] == ["#1", "#3"]
    assert text.startswith("3 handshakes · 2 failed · 1 complete\n")
    assert "      2  no_answer" in text


def test_nothing_of_the_wire_is_obeyed():
    assert "\x1b" not in report(Told(1))


def test_of_very_many_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(reasons, "MOST", 5)
    text = report(*map(Told, range(1, 13)))
    assert sum(line.startswith("#") for line in text.splitlines()) == 5
    assert "… and 7 more" in text
    assert "     12  no_answer" in text
