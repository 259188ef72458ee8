"""Every cell of every table, read back from each tabular format by its own library, against the rows of the library face."""

import csv as standard
import datetime as dt
import io
import json
import math
import os
import sqlite3
import struct

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText
from talk import CLIENT, SAMPLES, SERVER, Wire, certificate_message, client_hello, extension, handshake, server_hello_message, vector

import analyzer
from analyzer.escapes import csv_cell, terminal
from analyzer.facts.table import Column, Table
from analyzer.findings.tables import JUDGED, TABLES
from analyzer.reports import csv, ndjson, parquet, sqlite, xlsx
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import Counters, stream

EVIL = ["=cmd|'/C calc'!A0", "+1;-1", "@SUM(1)", "\x1b[31m\x00\r\n\t", "\u202ez\u200b"]
EVIL += ["<r><t>x</t></r>", "_x0041_", "_x0041_x0042_", "<r></t></si><evil/>_x0041_</r>", "</c>&amp;<", " a ", "𐍈" * 40, "long" * 15_000]
KINDS = ("int", "float", "text", "flag", "time", "texts", "ints", "data")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A capture in which server names, ALPNs and certificates are hostile, and a file name that is not UTF-8."""
    frames = []
    for at, name in enumerate(EVIL):
        raw = name.encode()[:60_000]
        named = extension(0, vector(b"\0" + vector(raw)))
        alpn = extension(16, vector(vector(raw[:200], 1)))
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, raw[:64].decode(errors="ignore"))])
        start, stop = dt.datetime(1950, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
        built = x509.CertificateBuilder(subject, subject, key.public_key(), 1 << 150, start, stop)
        der = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        wire = Wire(client=(bytes([192, 0, 2, 1]), 50_000 + at)).open()
        wire.say(CLIENT, client_hello(extensions=(named, alpn)))
        wire.say(SERVER, handshake(server_hello_message(extensions=(alpn,)), certificate_message(der)))
        frames += wire.packets
    data = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 101)
    for time, packet in frames:
        data += struct.pack("<IIII", *divmod(time, 10**9), len(packet), len(packet)) + packet
    path = tmp_path_factory.mktemp("hostile") / os.fsdecode(b"\xff=1.pcap")
    try:
        path.write_bytes(data)
    except OSError:
        pytest.skip("file names are UTF-8 here")
    return str(path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("empty") / "empty.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 101))
    return str(path)


@pytest.fixture(scope="module", params=["tour", "hostile", "empty"])
def capture(request):
    return str(SAMPLES / "tour.pcapng") if request.param == "tour" else request.getfixturevalue(request.param)


def rows_of(path):
    """Table -> rows as a program that uses the library gets them, before pandas gives them dtypes."""
    kept = {}
    original, analyzer.scanning.frame = analyzer.scanning.frame, lambda table, rows: kept.setdefault(table.name, list(rows))
    try:
        scan = analyzer.scan(path)
        for name in TABLES:
            scan.table(name)
    finally:
        analyzer.scanning.frame = original
    return kept


def report(module, path, table="handshakes"):
    walk = stream(path)
    told = Told(TABLES, walk.sources, judged=True, wanted=JUDGED)
    out = io.BytesIO()
    written = module.Report(out, Options(tables=TABLES, table=table, version="0.1.0", registry="2026-01-01"))
    tell(walk.everything(), told, [written])
    written.end(End(sources=walk.sources, counters=walk.counters))
    return out.getvalue()


def ns(text):
    """ISO 8601 -> ns since 1970, by the standard library (which knows the years 1 to 9999)."""
    moment = dt.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=dt.UTC)
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + int(text[20:29])


def plain(kind, value):
    """A cell as the formats for programs hold it: JSON's values, and texts that UTF-8 has bytes for."""
    if value is None or (kind == "float" and math.isnan(value)):
        return None
    if kind == "data":
        return json.loads(ndjson.encode(value))
    if kind == "texts":
        return [item.encode("utf-8", "backslashreplace").decode() for item in value]
    return value.encode("utf-8", "backslashreplace").decode() if kind == "text" else list(value) if kind == "ints" else value


def in_sqlite(kind, value):
    """As ``plain``, but that lists are JSON, which has an escape for what UTF-8 has no bytes for."""
    return list(value) if kind == "texts" and value is not None else plain(kind, value)


def ordered(rows):
    return sorted(rows, key=repr)


def from_parquet(data, table):
    read = pq.read_table(io.BytesIO(data))
    assert read.column_names == [column.name for column in table.columns]
    cells = []
    for column, values in zip(table.columns, read.columns, strict=True):
        if column.kind == "time":
            cells.append([value and value * {"ns": 1, "ms": 10**6}[values.type.unit] for value in values.cast("int64").to_pylist()])
        else:
            cells.append([json.loads(value) if column.kind == "data" and value is not None else value for value in values.to_pylist()])
    return list(zip(*cells, strict=True))


FROM_SQLITE = {"flag": bool, "time": ns, "texts": json.loads, "ints": json.loads, "data": json.loads}


def from_sqlite(database, table):
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    for row in database.execute(f'SELECT {names} FROM "{table.name}" ORDER BY rowid'):
        cells = zip(table.columns, row, strict=True)
        yield tuple(None if value is None else FROM_SQLITE.get(column.kind, lambda same: same)(value) for column, value in cells)


def opened(data, tmp_path):
    path = tmp_path / "report.sqlite"
    path.write_bytes(data)
    return sqlite3.connect(path)


JOINED = {
    "texts": lambda value: " ".join(item.replace(" ", "\\u{20}") for item in value),
    "ints": lambda value: " ".join(map(str, value)),
    "data": lambda value: ndjson.encode(value).decode(),
}


def for_excel(kind, value):
    """A cell as Excel shows it: numbers of 16 digits, and none past Excel's own limits."""
    if value is None or (kind == "float" and math.isnan(value)):
        return None
    if kind == "float" and (not value or 2.2250738585072014e-308 <= abs(value) <= 9.99999999999999e307):
        return float(f"{value:.16g}")  # within 1e-15 of it
    if kind == "flag" or (kind == "int" and abs(value) <= 1 << 53):
        return value
    if kind == "time":
        return ns_text(value)
    text = str(JOINED.get(kind, str)(value))
    shown = terminal(text[:32_767], 32_767)
    if len(text) > 32_767 or len(shown.encode("utf-16-le")) > 2 * 32_767:
        word = f"… (cut: {len(text):,} characters in all)"
        return shown.encode("utf-16-le")[: 2 * (32_767 - len(word))].decode("utf-16-le", "ignore") + word
    return shown


def ns_text(value):
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=value // 10**9)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{value % 10**9:09d}Z"


def from_excel(book, table):
    """Rows of a sheet that was read with its runs (else openpyxl leaves escapes), and that dates are their times to the millisecond."""
    header, *rows = book[table.name].iter_rows(values_only=True)
    places = {name: at for at, name in enumerate(header)}
    assert len(places) == len(header)
    for row in rows:
        told = []
        for column in table.columns:
            value = row[places[column.name]]
            if isinstance(value, CellRichText):
                value = str(value)
            told.append(float(value) if column.kind == "float" and isinstance(value, int) else value)  # it was written without a point
            if column.kind == "time" and value is not None:
                shown = row[places[f"{column.name} (date)"]]
                assert shown is None or abs(shown - dt.datetime.fromisoformat(value[:23])) <= dt.timedelta(milliseconds=1), value
        yield tuple(told)


def for_csv(kind, value):
    if value is None:
        return ""
    if kind == "flag":
        return "true" if value else "false"
    if kind in {"text", "texts", "data"}:
        return csv_cell(JOINED.get(kind, str)(value)).encode("utf-8", "backslashreplace").decode()
    return ns_text(value) if kind == "time" else JOINED["ints"](value) if kind == "ints" else repr(value)


def expected(table, rows, one):
    return ordered(tuple(one(column.kind, value) for column, value in zip(table.columns, row, strict=True)) for row in rows)


def test_parquet_and_csv_hold_every_cell(capture):
    kept = rows_of(capture)
    for name, table in TABLES.items():
        assert ordered(from_parquet(report(parquet, capture, name), table)) == expected(table, kept[name], plain), name
        header, *records = standard.reader(io.StringIO(report(csv, capture, name).decode(), newline=""))
        assert header == [column.name for column in table.columns]
        assert ordered(map(tuple, records)) == expected(table, kept[name], for_csv), name


def test_sqlite_holds_every_cell(capture, tmp_path):
    kept = rows_of(capture)
    database = opened(report(sqlite, capture), tmp_path)
    for name, table in TABLES.items():
        assert ordered(from_sqlite(database, table)) == expected(table, kept[name], in_sqlite), name
    database.close()


def test_excel_holds_every_cell(capture):
    kept = rows_of(capture)
    book = openpyxl.load_workbook(io.BytesIO(report(xlsx, capture)), rich_text=True)
    assert book.sheetnames == ["overview", *TABLES]
    for name, table in TABLES.items():
        assert ordered(from_excel(book, table)) == expected(table, kept[name], for_excel), name


def test_pandas_gives_the_frames_of_the_library():
    path = str(SAMPLES / "tour.pcapng")
    scan = analyzer.scan(path)
    for name, table in TABLES.items():
        ours, read = scan.table(name), pd.read_parquet(io.BytesIO(report(parquet, path, name)))
        lists = [column.name for column in table.columns if column.kind in {"texts", "ints"}]
        data = [column.name for column in table.columns if column.kind == "data"]
        assert {column: read[column].dtype for column in data} == dict.fromkeys(data, pd.StringDtype())
        assert list(read.columns) == list(ours.columns)
        pd.testing.assert_series_equal(read.dtypes.drop(data), ours.dtypes.drop(data))
        if "handshake" in ours.columns:
            ours, read = (one.sort_values("handshake", kind="stable", ignore_index=True) for one in (ours, read))
        flat = [column for column in ours.columns if column not in {*lists, *data}]
        pd.testing.assert_frame_equal(read[flat], ours[flat])
        for column in lists:
            assert [None if cell is None else list(cell) for cell in read[column]] == list(ours[column])


def texts(**kinds):
    return st.text(st.characters(exclude_categories=()), **kinds)


VALUES = {
    "int": st.integers(-(2**63) + 1, 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "text": texts() | st.sampled_from([*EVIL, "\udcff", "#REF!", "=1"]),
    "flag": st.booleans(),
    "time": st.integers(-(2**63) + 1, 2**63 - 1),
    "texts": st.lists(texts(max_size=5), max_size=3),
    "ints": st.lists(st.integers(-(2**63) + 1, 2**63 - 1), max_size=3),
    "data": st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(max_size=5), inner, max_size=3),
        max_leaves=6,
    ).filter(lambda value: value is not None),
}
MADE = Table("kinds", "every kind", tuple(Column(f"a_{kind}", kind, f"a {kind}") for kind in KINDS), lambda *_: ())
ROWS = st.lists(st.tuples(*(st.none() | VALUES[kind] for kind in KINDS)).filter(any), max_size=12)


class Given:
    """Tells rows of the one made table."""

    handshake, over = None, False

    def __init__(self, rows):
        self._rows = rows

    def rows(self, table):
        return self._rows if table == "kinds" else []


def made(module, rows):
    out = io.BytesIO()
    written = module.Report(out, Options(tables=TABLES | {"kinds": MADE}, table="kinds", version="0.1.0"))
    written.add(Given(rows))
    written.end(End(sources=[], counters=Counters()))
    return out.getvalue()


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_every_kind_whatever_it_holds(tmp_path_factory, rows):
    def kept(one):
        return [tuple(one(kind, value) for kind, value in zip(KINDS, row, strict=True)) for row in rows]

    assert from_parquet(made(parquet, rows), MADE) == kept(plain)
    database = opened(made(sqlite, rows), tmp_path_factory.mktemp("made"))
    assert list(from_sqlite(database, MADE)) == kept(in_sqlite)
    database.close()
    book = openpyxl.load_workbook(io.BytesIO(made(xlsx, rows)), rich_text=True)
    assert list(from_excel(book, MADE)) == kept(for_excel)


def test_the_same_capture_gives_the_same_bytes():
    path = str(SAMPLES / "tls12-client-certificate.pcapng")
    for module in (parquet, sqlite, xlsx):
        assert report(module, path) == report(module, path), module.__name__
