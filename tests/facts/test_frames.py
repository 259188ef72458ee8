import pandas as pd
import pytest

from analyzer.facts import TABLES, Book
from analyzer.facts.frames import BUT, NEVER_NULL, SECONDS, frame
from analyzer.facts.table import Column, Table
from analyzer.findings.tables import TABLES as JUDGED
from analyzer.handshakes.handshake import CLIENT, Endpoint
from analyzer.handshakes.prelude import Target

DTYPES = {"float": "float64", "text": "string", "flag": "boolean", "texts": "object", "ints": "object", "data": "object"}


def dtype(table, column):
    if column.kind == "time":
        return f"datetime64[{'s' if column.name in SECONDS else 'ns'}, UTC]"
    if column.kind == "int":
        return "int64" if column.name in NEVER_NULL and (table.name, column.name) not in BUT else "Int64"
    return DTYPES[column.kind]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_dtypes_whatever_the_rows(make, table):
    many = [
        make.full(make.sni(b"a"), certificates=[make.certificate(), b"x"]),
        make.handshake((CLIENT, make.client_hello()), outcome="unanswered"),
        make.handshake(preludes=(make.prelude(), make.prelude(target=Target(name=b"a", port=1), origin=Endpoint(bytes(4), 9)))),
        make.handshake(),
    ]
    book = Book(sources=["a.pcap"])
    rows = [row for number, made in enumerate(many, 1) for row in table.rows(number, made, book)]
    if table.plain is not None:
        rows += table.plain(make.plain(make.prelude()), book)
    for chosen in (rows, rows[-1:], []):
        made = frame(table, iter(chosen))
        assert list(made.columns) == [column.name for column in table.columns]
        assert list(made.index) == list(range(len(chosen)))
        for column in table.columns:
            assert made[column.name].dtype == dtype(table, column), column


def test_cells(make):
    shake, book = make.full(certificates=[make.certificate()]), Book(sources=["x"])
    rows = [row for number in (1, 2) for row in TABLES["handshakes"].rows(number, shake, book)]
    made = frame(TABLES["handshakes"], rows)
    first = made.iloc[0]
    assert first["start"] == pd.Timestamp(make.START, tz="UTC")
    assert first["start"].nanosecond == make.START % 1000
    assert first["leaf_not_after"] == pd.Timestamp("9999-12-31T23:59:59Z")
    assert first["leaf_not_after"].to_pydatetime().year == 9999
    assert (made["leaf_not_after"] > made["start"]).all()
    assert first["alert"] is pd.NA
    assert first["alpn_offered"] is None
    assert len(first["certificates"]) == 1
    assert first["cipher_suite_code"] == 0xC02F


def test_a_time_that_64_bits_cannot_hold_is_absent():
    table = Table("t", "d", (Column("a", "time", "."),), lambda *_: ())
    made = frame(table, [(1 << 70,), (-(1 << 70),), (-1,), (None,)])
    assert made["a"].isna().tolist() == [True, True, False, True]
    assert made["a"][2] == pd.Timestamp(-1, tz="UTC")


def test_lists_of_one_length_stay_lists():
    table = Table("t", "d", (Column("a", "ints", "."), Column("b", "data", ".")), lambda *_: ())
    made = frame(table, [([1, 2], {"x": 1}), ([3, 4], [1])])
    assert made["a"].tolist() == [[1, 2], [3, 4]]
    assert made["b"].tolist() == [{"x": 1}, [1]]


def test_a_row_of_another_length_is_refused():
    table = Table("t", "d", (Column("a", "int", "."),), lambda *_: ())
    with pytest.raises(ValueError, match="zip"):
        frame(table, [(1, 2)])


def test_a_prelude_that_no_handshake_followed_has_no_number(make):
    table, book = TABLES["preludes"], Book(sources=["x"])
    followed = list(table.rows(7, make.full(preludes=(make.prelude(),)), book))
    alone = list(table.plain(make.plain(make.prelude(requested=False)), book))
    made = frame(table, followed + alone)
    assert str(made["handshake"].dtype) == "Int64"
    assert made["handshake"].tolist() == [7, pd.NA]
    assert made["handshake"].isna().tolist() == [False, True]
    assert {str(made[name].dtype) for name in ("position", "client_port", "server_port")} == {"int64"}
    for rows in (followed, alone, []):
        assert str(frame(table, rows)["handshake"].dtype) == "Int64"
        assert made.dtypes.equals(frame(table, rows).dtypes)
    for other in set(TABLES) - {"preludes", "certificates"}:
        assert str(frame(TABLES[other], [])["handshake"].dtype) == "int64"


def test_what_may_be_null_is_named():
    assert BUT.issubset((table.name, column.name) for table in JUDGED.values() for column in table.columns if column.kind == "int")
    assert {name for _, name in BUT} <= NEVER_NULL
