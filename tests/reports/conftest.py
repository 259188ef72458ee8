"""Small tables and made-up handshakes: what the formats do with rows does not depend on what facts makes of packets."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from analyzer.facts.table import Column, Table
from analyzer.handshakes.handshake import Endpoint, Handshake
from analyzer.handshakes.prelude import Plain
from analyzer.reports.report import End, Options, Told
from analyzer.scanning import Counters, Source

spec = importlib.util.spec_from_file_location("made_findings", Path(__file__).with_name("made_findings.py"))
sys.modules["made_findings"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(sys.modules["made_findings"])

START = 1_767_225_600_123_456_789  # 2026-01-01T00:00:00.123456789Z
DAY = 86_400 * 10**9

HANDSHAKES = {
    "handshake": "int",
    "source": "text",
    "framing": "text",
    "carriage": "text",
    "prelude": "text",
    "client": "text",
    "client_port": "int",
    "server": "text",
    "server_port": "int",
    "start": "time",
    "duration_ms": "float",
    "server_name": "text",
    "version": "text",
    "cipher_suite": "text",
    "group": "text",
    "key_exchange": "text",
    "post_quantum": "flag",
    "alpn": "text",
    "resumption": "text",
    "hello_retry": "flag",
    "outcome": "text",
    "alert": "text",
    "certificates": "texts",
    "certificates_state": "text",
    "leaf_subject": "text",
    "leaf_issuer": "text",
    "leaf_not_after": "time",
    "hidden": "texts",
    "packets": "ints",
}
CERTIFICATES = {"sha256": "text", "subject": "text", "subject_cn": "text", "not_after": "time"}
PRELUDES = {"handshake": "int", "protocol": "text", "result": "text", "greeting": "text"}
KINDS = {
    "an_int": "int",
    "a_float": "float",
    "a_text": "text",
    "a_flag": "flag",
    "a_time": "time",
    "some_texts": "texts",
    "some_ints": "ints",
    "any": "data",
}

ORDINARY = {
    "handshake": 1,
    "source": "a.pcap",
    "framing": "tls",
    "client": "192.0.2.1",
    "client_port": 50000,
    "server": "198.51.100.7",
    "server_port": 443,
    "start": START,
    "duration_ms": 12.5,
    "server_name": "www.example.com",
    "version": "TLS 1.3",
    "cipher_suite": "TLS_AES_128_GCM_SHA256",
    "group": "X25519MLKEM768",
    "key_exchange": "hybrid",
    "post_quantum": True,
    "hello_retry": False,
    "outcome": "complete",
    "certificates_state": "encrypted",
    "hidden": ["alpn", "certificates"],
    "packets": [1, 2, 5],
}


class Made(Handshake, kw_only=True):
    """A handshake that brings its rows along."""

    rows: dict[str, list[dict[str, object]]] = msgspec.field(default_factory=dict)


class MadePlain(Plain, kw_only=True):
    """A connection that came to no handshake, with its rows."""

    rows: dict[str, list[dict[str, object]]] = msgspec.field(default_factory=dict)


def table(name: str, columns: dict[str, str]) -> Table:
    def rows(number, handshake, book):
        del number, book
        return [tuple(row.get(column) for column in columns) for row in handshake.rows.get(name, [])]

    def plain(one, book):
        return rows(None, one, book)

    made = tuple(Column(column, kind, f"the {column}") for column, kind in columns.items())
    return Table(name, f"the {name}", made, rows, plain if name == "preludes" else None)


SHAPES = {"handshakes": HANDSHAKES, "certificates": CERTIFICATES, "preludes": PRELUDES, "kinds": KINDS}
TABLES = {name: table(name, columns) for name, columns in SHAPES.items()}
ENDS = {"client": Endpoint(bytes(4), 1), "server": Endpoint(bytes(4), 2)}


def handshake(*, chain=(), kinds=(), anomalies=(), preludes=(), **cells):
    cells = ORDINARY | cells
    return Made(
        **ENDS,
        number=cells["handshake"],
        rows={"handshakes": [cells], "certificates": list(chain), "kinds": list(kinds), "preludes": list(preludes)},
        preludes=tuple(preludes),
        anomalies=[SimpleNamespace(kind=kind) for kind in anomalies],
        start=cells["start"],
        server_chain=(b"der",) if chain else None,
    )


def plain_connection(*preludes):
    return MadePlain(**ENDS, rows={name: list(preludes) for name in TABLES})


@pytest.fixture
def tables():
    return TABLES


@pytest.fixture
def options():
    return Options(tables=TABLES, version="0.1.0", registry="2026-01-01")


@pytest.fixture
def end():
    source = Source(name="a.pcap", format="pcap", packets=1234, bytes=5678, first=START, last=START + 3 * DAY)
    return End(sources=[source], counters=Counters(packets=1234, bytes=5678, skipped={"ARP": 3, "UDP": 1200}))


@pytest.fixture
def make():
    return handshake


@pytest.fixture
def plain():
    """Make a connection that came to no handshake, of rows of the table preludes."""
    return plain_connection


@pytest.fixture
def write(end, tmp_path):
    """Write a report of handshakes (and connections that came to none) with a format; return its bytes."""

    def run(module, options, *handshakes, end=end):
        path = tmp_path / "report"
        with path.open("wb") as out:
            report = module.Report(out, options)
            told = Told(options.tables, end.sources)
            for one in handshakes:
                told.take(one)
                report.add(told)
            report.end(end)
        return path.read_bytes()

    return run
