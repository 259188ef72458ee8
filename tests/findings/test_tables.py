"""tables: what a scan that is judged is asked for by name."""

import captures
import pytest

import analyzer
from analyzer.facts import TABLES as FACTS
from analyzer.findings import tables
from analyzer.findings.rules import RULES
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of

TOUR = str(captures.SAMPLES / "tour.pcapng")


@pytest.fixture(scope="module")
def tour():
    return analyzer.scan(TOUR)


def test_facts_come_first_and_keep_their_columns():
    assert [name for name in TABLES if name in FACTS] == list(FACTS)
    for name, table in FACTS.items():
        assert TABLES[name].columns[: len(table.columns)] == table.columns


@pytest.mark.parametrize("name", TABLES)
def test_each_table_is_a_frame_with_its_columns(tour, name):
    made = tour.table(name)
    assert list(made.columns) == [column.name for column in TABLES[name].columns]
    assert made is getattr(tour, name)  # made once


def test_rules_are_all_there(tour):
    assert list(tour.rules["rule"]) == list(RULES)
    found = tour.judged()
    assert len(tour.findings) == len(found)
    assert tour.rules["failed"].sum() == sum(one.count if RULES[one.rule].once else 1 for one in found)
    assert list(tour.findings["finding"]) == [one.name for one in tour.judged()]


def test_why_is_said_where_a_handshake_failed(tour):
    """The likeliest cause stands in the handshakes table too, and nothing stands where nothing failed."""
    rows = tour.handshakes.set_index(tour.handshakes.columns[0])
    first = tour.causes[tour.causes["rank"] == 1].set_index("handshake")
    assert len(first)
    for number, cause in first["cause"].items():
        assert rows.loc[number, "cause"] == cause
        assert rows.loc[number, "why"] == first.loc[number, "sentence"]
    complete = rows[rows["outcome"] == "complete"]
    assert complete["cause"].isna().all()
    assert complete["why"].isna().all()


def test_the_packets_of_causes_are_those_of_their_filter(tour):
    for row in tour.causes.to_dict("records"):
        if row["packets"]:
            assert row["display_filter"] == tables.finding.display_filter(row["packets"])


def test_rows_that_only_the_judge_has(tour):
    handshake = next(iter(tour))
    book = JudgedBook([source.name for source in tour.sources])
    for name in JUDGED:
        assert rows_of(TABLES[name], handshake, book) == []
    assert len(rows_of(TABLES["handshakes"], handshake, book)) == 1


def test_connections_that_came_to_no_handshake():
    scan = analyzer.scan(str(captures.SAMPLES / "starttls-smtp-not-taken.pcapng"))
    assert len(scan) == 0
    assert len(scan.preludes) == 1
    assert list(scan.findings["rule"]) == ["starttls-not-taken"]
    assert list(scan.handshakes.columns) == [column.name for column in TABLES["handshakes"].columns]
