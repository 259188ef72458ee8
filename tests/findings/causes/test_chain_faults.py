"""Faults of chains: dates, names, keys; certificates by ``cryptography``."""

from __future__ import annotations

import pytest
import talk
from hypothesis import given
from hypothesis import strategies as st
from refusals import DAY, Opinion, certificate

from analyzer.findings.causes.chain_faults import faults, judged, when

NOW = talk.START
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
GOOD = certificate(issuer="Lab CA")


def words(*chain, name="shop.example", judgement=None, **more):
    return [word for word, _ in faults(chain, NOW, name, judgement, **more)]


def test_nothing_wrong():
    assert words(GOOD) == []
    assert words(GOOD, name=None) == []


@pytest.mark.parametrize(
    ("der", "word"),
    [
        (certificate(issuer="Lab CA", ends=-1), "expired"),
        (certificate(issuer="Lab CA", begins=1), "not_yet_valid"),
        (certificate("nas.example", issuer="Lab CA"), "name"),
        (certificate(), "self_signed"),
        (certificate(issuer="Lab CA", bits=1024), "bad"),
        (certificate(issuer="Lab CA", usage=CLIENT_AUTH), "bad"),
        (b"no certificate", "bad"),
    ],
)
def test_one_fault(der, word):
    assert word in words(der)


def test_details_name_certificate_and_day():
    [(word, detail)] = faults([GOOD, certificate("Lab CA", issuer="Root", ends=-1)], NOW, "shop.example", None)
    assert word == "expired"
    assert detail == f"the certificate of Lab CA above it expired on {when(NOW - DAY)}"
    assert when(NOW) == "2023-11-14 22:13 UTC"


def test_a_client_s_certificate_has_no_host():
    assert words(certificate("Alice", issuer="Lab CA", usage=CLIENT_AUTH), name=None, purpose="client") == []
    assert words(certificate("Alice", issuer="Lab CA", usage="1.3.6.1.5.5.7.3.1"), name=None, purpose="client") == ["bad"]


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("private_ca", "unknown_ca"), ("revoked", "revoked"), ("bad_signature", "bad"), ("name_constraints", "bad"), ("trusted", None),
        ("a new word", "bad")],
)
def test_a_judge_s_words(verdict, word):
    assert words(GOOD, judgement=Opinion(verdict)) == ([word] if word else [])


def test_a_judge_trusts_what_signed_itself():
    assert words(certificate(), judgement=Opinion("trusted")) == []


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([certificate(issuer="Lab Root CA")], ["unknown_ca", "incomplete"]),
        ([certificate(issuer="Lab Root CA", aia="http://ca.example/ca.crt")], ["incomplete"]),
        ([certificate(issuer="Lab Issuing CA")], ["incomplete"]),
        ([GOOD, certificate("Lab CA", issuer="Somebody")], ["unknown_ca", "incomplete"]),
    ],
)
def test_what_is_missing_above(chain, expected):
    assert words(*chain, judgement=Opinion("incomplete")) == expected


def test_nobody_is_asked_about_nothing():
    def never(*_):
        raise AssertionError

    assert judged(never, (), NOW, "server", None) is None
    assert judged(None, (GOOD,), NOW, "server", None) is None


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(GOOD)), max_size=4), st.integers(-(1 << 80), 1 << 80),
    st.one_of(st.none(), st.text()))
def test_any_bytes_any_time_any_name(chain, time, name):
    assert all(isinstance(word, str) and detail for word, detail in faults(chain, time, name, None))
    assert when(time)
