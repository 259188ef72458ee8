"""report: rows are made once for all reports; live, what is found comes at the pulse."""

from pathlib import Path

import analyzer
from analyzer.facts.table import Column, Table
from analyzer.findings.judging import Judging
from analyzer.findings.tables import TABLES
from analyzer.reports import report
from analyzer.reports.report import Told, tell
from analyzer.scanning import Source


def test_rows_are_made_once_for_all_reports_and_know_the_sources(make):
    calls = []

    def rows(number, handshake, book):
        assert handshake
        calls.append(number)
        return [(number, *book.sources)]

    sources = [Source(name="a")]
    told = Told({"t": Table("t", "", (Column("n", "int", ""),), rows)}, sources)
    told.take(make())
    assert told.rows("t") == [(1, "a")]
    assert told.rows("t") == [(1, "a")]
    sources.append(Source(name="b"))
    told.take(make(handshake=2))
    assert told.rows("t") == [(2, "a", "b")]
    assert calls == [1, 2]


def test_all_reports_are_told(tables, make, plain):
    class Heard(list):
        def add(self, told):
            self.append(told.handshake and told.handshake.number)

    first, second = Heard(), Heard()
    tell([make(), plain(), make(handshake=2)], Told(tables, []), [first, second])
    assert first == second == [1, None, 2, None], "once more at the end"


def test_what_came_to_no_handshake_has_rows_only_where_a_table_has_them_for_it(tables, make, plain):
    told = Told(tables, [Source(name="a")])
    smtp = {"protocol": "smtp", "result": "refused"}
    told.take(make(handshake=3))
    assert told.rows("handshakes")[0][0] == told.handshake.number == 3
    told.take(plain(smtp))
    assert told.handshake is None
    assert {name: len(told.rows(name)) for name in tables} == {"handshakes": 0, "certificates": 0, "preludes": 1, "kinds": 0}
    assert told.rows("preludes") == [(None, "smtp", "refused", None)]
    assert told.rows("preludes") is told.rows("preludes"), "made once"
    told.take(make(handshake=4, preludes=[smtp | {"handshake": 4, "result": "upgraded"}]))
    assert told.rows("preludes") == [(4, "smtp", "upgraded", None)]
    assert len(told.rows("handshakes")) == 1


SAMPLE = Path(__file__).parents[2] / "samples" / "tls10-rc4.pcapng"


def watching(**how):
    sources = [Source(name="a")]
    return Told(TABLES, sources, Judging(trust_store=("none",), **how), wanted=("findings", "policy", "rules", "policies"), live=True)


def test_live_findings_come_at_the_pulse_and_sums_at_the_end():
    told = watching(policies=("rfc9325",))
    (one,) = analyzer.scan(SAMPLE)
    told.take(one)
    assert told.handshake is one
    assert told.rows("findings") == told.rows("policy") == []
    assert not told.worse_than("high")
    told.pulse()
    assert (told.handshake, told.over) == (None, False)
    found = told.rows("findings")
    assert found
    assert told.rows("findings") is found, "made once for all reports"
    assert told.rows("policy")
    assert told.rows("handshakes") == told.rows("rules") == told.rows("policies") == []
    assert told.worse_than("high")
    told.pulse()
    assert told.rows("findings") == []
    told.finish()
    assert told.over
    assert told.rows("findings") == []
    assert len(told.rows("rules")) > 50
    assert told.rows("policies")
    assert {heading for heading, _ in told.sums()} == {"Post-quantum", "Policies"}
    assert told.given_up() == {}


def test_live_a_handshake_that_comes_again_is_asked_anew_why_it_failed():
    told = watching()
    one = next(iter(analyzer.scan(SAMPLE.with_name("fail-unknown-ca.pcapng"))))
    alerts, outcome = one.alerts, one.outcome
    one.open, one.alerts, one.outcome = True, [], "complete"
    told.take(one)
    place = [column.name for column in TABLES["handshakes"].columns].index("cause")
    assert told.rows("handshakes")[0][place] is None
    one.open, one.alerts, one.outcome = False, alerts, outcome
    told.take(one)
    assert told.rows("handshakes")[0][place] is not None


def test_live_certificates_are_remembered_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(report, "MOST_CERTIFICATES", 0)
    told = watching()
    (one,) = analyzer.scan(SAMPLE)
    for _ in range(2):
        told.take(one)
        assert told.rows("certificates")
    assert list(told.given_up().values()) == [1]


def test_a_pulse_without_a_judge_tells_nothing(tables, make):
    told = Told(tables, [Source(name="a")], live=True)
    told.take(make())
    told.pulse()
    assert told.handshake is None
    assert {name: told.rows(name) for name in tables} == {name: [] for name in tables}
