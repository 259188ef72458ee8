from analyzer.facts.table import Column, Table
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
