import json

import jsonschema
import msgspec
import pytest

from analyzer.reports import json as report
from analyzer.reports.schema import schema
from analyzer.scanning import Counters, Source


@pytest.fixture
def valid(tables):
    validator = jsonschema.Draft202012Validator(schema(tables), format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema(tables))
    return validator.validate


def test_everything_in_one_valid_object(write, options, make, valid):
    one = make(chain=[{"sha256": "00", "subject": "CN=a", "subject_cn": "a", "not_after": 5}], anomalies=["gap"])
    written = json.loads(write(report, options, one, make(handshake=2)))
    valid(written)
    head = ["tlsscan", "registry", "interrupted", "sources", "counters", "summary"]
    assert list(written) == [*head, "handshakes", "certificates", "preludes", "kinds"]
    assert written["sources"][0]["first"] == "2026-01-01T00:00:00.123456789Z"
    assert [row["handshake"] for row in written["handshakes"]] == [1, 2]
    assert written["certificates"][0]["subject_cn"] == "a"
    assert written["summary"]["anomalies"] == {"gap": 1}
    assert written["summary"]["certificates_expired"] == 1
    assert written["kinds"] == []


def test_nothing_seen_is_valid_too(write, options, valid, end):
    empty = msgspec.structs.replace(end, sources=[Source(name="\udcff.pcap")], counters=Counters(), interrupted=True)
    written = json.loads(write(report, options, end=empty))
    assert written["handshakes"] == []
    assert written["interrupted"] is True
    assert written["sources"][0]["name"] == "\udcff.pcap"
    valid(written)


def test_what_came_to_no_handshake_is_told_in_the_table_preludes_alone(write, options, make, plain, valid):
    spoken = {"protocol": "smtp", "result": "no_tls"}
    with_it = json.loads(write(report, options, make(), plain(spoken), plain(spoken)))
    without = json.loads(write(report, options, make()))
    valid(with_it)
    assert with_it.pop("preludes") == [spoken | {"handshake": None, "greeting": None}] * 2
    assert without.pop("preludes") == []
    assert with_it["summary"].pop("preludes") == {"smtp no_tls": 2}
    assert without["summary"].pop("preludes") == {}
    assert with_it == without


def test_tables_wait_on_disk(write, options, make, monkeypatch):
    monkeypatch.setattr(report, "_SPOOL_BYTES", 100)
    written = json.loads(write(report, options, *(make(handshake=number) for number in range(50))))
    assert len(written["handshakes"]) == 50


def test_every_field_of_a_source_is_described(tables):
    described = schema(tables)["properties"]
    assert set(described["sources"]["items"]["properties"]) == set(Source.__struct_fields__)
    assert set(described["counters"]["properties"]) == set(Counters.__struct_fields__)
