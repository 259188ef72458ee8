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
    told.take(1, make())
    assert told.rows("t") == [(1, "a")]
    assert told.rows("t") == [(1, "a")]
    sources.append(Source(name="b"))
    told.take(2, make())
    assert told.rows("t") == [(2, "a", "b")]
    assert calls == [1, 2]


def test_all_reports_are_told(tables, make):
    class Heard(list):
        def add(self, told):
            self.append(told.number)

    first, second = Heard(), Heard()
    tell([(1, make()), (2, make())], Told(tables, []), [first, second])
    assert first == second == [1, 2]
