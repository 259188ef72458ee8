"""Certificates of the page: rows, chains, what is drawn."""

import pytest

from analyzer.facts.table import Column, Table
from analyzer.findings.tables import TABLES
from analyzer.reports.html import certificates
from analyzer.reports.html.certificates import Certificates
from analyzer.reports.html.columns import TextRoom

NAMES = {name: [column.name for column in TABLES[name].columns] for name in ("certificates", "trust")}


def row(table, **cells):
    return tuple(cells.get(name) for name in NAMES[table])


@pytest.fixture
def told():
    return Certificates(TABLES, TextRoom(10**6))


def test_a_name_is_found_for_people(told):
    told.add([
        row("certificates", sha256="aa", subject="CN=a,O=b", subject_cn="a", issuer="CN=i", issuer_cn="i", public_key_algorithm="RSA",
            public_key_size=2048),
        row("certificates", sha256="bb", subject="", san_dns=["b.example"], public_key_algorithm="EC", public_key_size=256,
            public_key_curve="secp256r1"),
        row("certificates", sha256="cc"),
        row("certificates", sha256="aa", subject="again"),
    ])  # fmt: skip
    assert list(told.columns.texts("subject")) == ["a", "b.example", "(no subject)"]
    assert list(told.columns.texts("public_key")) == ["RSA 2048", "EC secp256r1", None]
    assert told.places(["bb", "aa", "unknown"]) == "1,0,-1"
    assert told.places(None) is None


def test_the_gravest_severity_is_kept(told):
    told.add([row("certificates", sha256="aa", subject="a")])
    for severity in ("low", "high", "info"):
        told.found("aa", severity)
    told.found("unknown", "critical")
    assert list(told.columns.texts("severity")) == ["high"]


def test_verdicts(told):
    told.add([row("certificates", sha256=one, subject=one) for one in ("aa", "bb")])
    told.judge([
        row("trust", certificates=["aa", "bb"], verdict="trusted"),
        row("trust", certificates=["aa", "bb"], verdict="trusted", server_name="other"),
        row("trust", certificates=["aa"], verdict="expired"),
        row("trust", certificates=None, verdict="incomplete"),
    ])  # fmt: skip
    assert list(told.columns.texts("verdict")) == ["expired", None]
    assert told.chains.length == 4
    assert [one["verdict"] for one in told.gravest()] == ["expired", "trusted"]


def test_the_gravest_chains_are_drawn(told, monkeypatch):
    monkeypatch.setattr(certificates, "MOST_DRAWN", 2)
    told.judge([row("trust", certificates=[str(number)], verdict="trusted") for number in range(3)])
    told.judge([row("trust", certificates=[str(number)], verdict="revoked") for number in range(3)])
    assert [(one["certificates"], one["verdict"]) for one in told.gravest()] == [(["0"], "revoked"), (["1"], "revoked")]


def test_bounds(monkeypatch):
    monkeypatch.setattr(certificates, "MOST_CERTIFICATES", 1)
    monkeypatch.setattr(certificates, "MOST_CHAINS", 2)
    told = Certificates(TABLES, TextRoom(10**6))
    told.add([row("certificates", sha256=one, subject=one) for one in ("aa", "bb")])
    told.judge([row("trust", certificates=["aa"], verdict="trusted")] * 4)
    assert (told.columns.length, told.room.left_out) == (1, 1)
    assert (told.chains.length, told.chain_room.left_out) == (2, 2)


def test_without_judgement():
    few = Table("certificates", "", tuple(Column(name, "text", "") for name in ("sha256", "subject")), lambda *_: ())
    told = Certificates({"certificates": few}, TextRoom(10**6))
    told.add([("aa", "a")])
    told.judge([])
    assert told.place("aa") == 0
