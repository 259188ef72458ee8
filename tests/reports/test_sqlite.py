import json
import sqlite3
import tempfile

import msgspec
import pandas as pd
import pytest

from analyzer.facts.table import Column, Table
from analyzer.reports import sqlite
from analyzer.reports.report import Told


@pytest.fixture
def database(tmp_path):
    """Open a written database."""
    held = []

    def opened(data):
        path = tmp_path / f"{len(held)}.sqlite"
        path.write_bytes(data)
        held.append(sqlite3.connect(path))
        return held[-1]

    yield opened
    for one in held:
        one.close()


def test_tables_their_meanings_and_what_it_is(write, options, make, database):
    read = database(write(sqlite, options, make(), make(handshake=2)))
    names = {name for (name,) in read.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {*options.tables, "about", "sources", "columns", "tables"}
    assert read.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert read.execute("PRAGMA application_id").fetchone() == (sqlite.APPLICATION_ID,)
    assert read.execute("PRAGMA user_version").fetchone() == (sqlite.USER_VERSION,)
    about = dict(read.execute("SELECT name, value FROM about"))
    assert (about["tlsscan"], about["registry"], about["interrupted"]) == ("0.1.0", "2026-01-01", "false")
    assert json.loads(about["counters"])["skipped"] == {"ARP": 3, "UDP": 1200}
    assert json.loads(about["summary"])["handshakes"] == 2
    assert read.execute("SELECT name, packets, first FROM sources").fetchall() == [("a.pcap", 1234, "2026-01-01T00:00:00.123456789Z")]
    asked = """SELECT kind, refers_to, doc FROM columns WHERE "table" = 'preludes' AND "column" = 'handshake'"""
    assert read.execute(asked).fetchall() == [("int", "handshakes.handshake", "the handshake")]
    assert read.execute('SELECT doc FROM tables WHERE "table" = ?', ("kinds",)).fetchone() == ("the kinds",)
    assert ("handshakes_handshake",) in read.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()


def test_what_a_reader_does_with_it(write, options, make, database):
    read = database(write(sqlite, options, make(), make(handshake=2, packets=[7], post_quantum=False)))
    joined = "SELECT h.handshake, p.value FROM handshakes h, json_each(h.packets) p ORDER BY 1, 2"
    assert read.execute(joined).fetchall() == [(1, 1), (1, 2), (1, 5), (2, 7)]
    assert read.execute("SELECT DISTINCT strftime('%Y-%m-%d %H:%M:%f', start) FROM handshakes").fetchall() == [("2026-01-01 00:00:00.123",)]
    frame = pd.read_sql('SELECT handshake, start, "group" FROM handshakes WHERE post_quantum', read, parse_dates=["start"])
    assert frame["start"][0] == pd.Timestamp("2026-01-01T00:00:00.123456789Z")
    assert list(frame["group"]) == ["X25519MLKEM768"]


def test_numbers_and_letters_that_it_has_no_place_for(write, options, make, database):
    options = msgspec.structs.replace(options, table="kinds")
    rows = [{"a_text": "one"}, {"an_int": 2**63, "a_text": "\udcff\0"}, {"an_int": -(2**63), "a_text": "x"}, {"an_int": -(2**70)}]
    read = database(write(sqlite, options, make(kinds=rows)))
    told = read.execute("SELECT an_int, typeof(an_int), a_text FROM kinds ORDER BY rowid").fetchall()
    assert told == [
        (None, "null", "one"),
        ("0x8000000000000000", "text", "\\udcff\0"),
        (-(2**63), "integer", "x"),
        ("-0x400000000000000000", "text", None),
    ]


def test_names_from_no_wire_are_quoted(write, options, database):
    odd = Table("odd", "", (Column("group", "text", ""), Column("order", "int", "")), lambda *_: ())
    read = database(write(sqlite, msgspec.structs.replace(options, tables=options.tables | {"odd": odd})))
    assert read.execute('SELECT "group", "order" FROM odd').fetchall() == []


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where temporary files are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_nothing_temporary_stays(write, options, make, place, tmp_path):
    write(sqlite, options, make())
    assert list(place.iterdir()) == []
    with (tmp_path / "other").open("wb") as out:
        report = sqlite.Report(out, options)
        assert len(list(place.iterdir())) == 1
        del report
    assert list(place.iterdir()) == []


def test_a_full_disk_is_an_error_of_the_system_and_leaves_nothing(options, end, make, place, limited, tmp_path):
    with (tmp_path / "out").open("wb") as out:
        report = sqlite.Report(out, options)
        told = Told(options.tables, end.sources)
        told.take(make(kinds=[{"a_text": "x" * 4_000_000}]))
        limited(200_000)
        with pytest.raises(OSError, match="temporary database"):
            report.add(told)
        assert list(place.iterdir()) == []


def test_an_output_that_takes_nothing_leaves_nothing(options, end, place):
    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

    report = sqlite.Report(Full(), options)
    with pytest.raises(OSError, match="No space left"):
        report.end(end)
    assert list(place.iterdir()) == []
