"""Rules on chains: one cause, one finding; the days that the Baseline Requirements allow; what cannot be seen."""

import datetime as dt
import re

import captures as c
import captures_authority as a
import captures_chains as chains
import pytest
import talk
from captures_chains import served

import analyzer
from analyzer.findings.rules.chains import LIFETIMES, LOGS_FROM, most_days

PASSED, FAILED, APART = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)


def details(shelf, capture, rule):
    return [one.detail for one in shelf.found(capture, rule)]


def ns(text):
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()) * 10**9


# ---- one cause, one finding


@pytest.mark.parametrize(
    ("capture", "rules"),
    [
        (chains.GOOD, set()),
        (chains.self_signed, {"chain-self-signed"}),
        (chains.unknown, {"chain-untrusted"}),
        (chains.without_issuer, {"chain-incomplete"}),
        (chains.under(chains.expired_issuer), {"chain-expired"}),
        (chains.under(chains.future_issuer), {"chain-not-yet-valid"}),
        (chains.leaf(days=(-80, -1)), {"certificate-expired"}),
        (chains.leaf(days=(1, 80)), {"certificate-not-yet-valid"}),
        (chains.leaf(extended=("client",)), {"certificate-wrong-usage"}),
        (chains.under(chains.for_code), {"chain-wrong-usage"}),
        (chains.forged, {"chain-bad-signature"}),
        (chains.under(chains.no_ca), {"chain-constraints"}),
        (chains.stapled("REVOKED"), {"chain-revoked"}),
        (chains.stapled(updated=-30, following=-20), {"ocsp-response-bad"}),
        (chains.leaf(more=(chains.MUST,)), {"staple-missing"}),
        (lambda: served(*a.chain(), name=b"other.example"), {"name-mismatch"}),
        (lambda: served(*a.chain(), a.root().der), {"chain-superfluous"}),
        (chains.in_hello(right=False), {"timestamp-wrong"}),
    ],
)
def test_what_is_said_of_a_certificate(shelf, capture, rules):
    assert {one.rule for one in shelf.found(capture) if one.certificate} == rules


def test_untrusted_is_told_whatever_else_is_wrong(shelf):
    """The detail is about trust though the gravest fault is another."""

    def both():
        other = a.issue("Other Root", ca=True, uses=("key_cert_sign",), extended=(), names=(), days=(-9, 900))
        return served(a.issue("shop.example", other, days=(-80, -1)).der)

    assert details(shelf, both, "chain-untrusted") == ['the issuer of "shop.example" was not found: CN=Other Root']
    assert len(details(shelf, both, "certificate-expired")) == 1


def test_a_root_that_came_along_and_is_not_trusted(shelf):
    def private():
        other = a.issue("Other Root", ca=True, uses=("key_cert_sign",), extended=(), names=(), days=(-9, 900))
        return served(a.issue("shop.example", other).der, other.der)

    [detail] = details(shelf, private, "chain-untrusted")
    assert "Other Root" in detail
    assert details(shelf, private, "chain-self-signed") == []


def test_roots_that_others_know(shelf):
    """A public CA's root that this trust store lacks is told apart from a CA that nobody knows."""
    from analyzer.registry.ca_owners import _tables

    known, name = next((root, told) for root in _tables()[0].values() if (told := re.fullmatch(r"CN=([\w ]+),O=([\w ]+)", root.root)))

    def make():
        issuer = a.issue(name[1], organization=name[2], ca=True, uses=("key_cert_sign",), extended=(), names=(), days=(-9, 900))
        return served(a.issue("shop.example", issuer).der)

    [detail] = details(shelf, make, "chain-untrusted")
    assert detail == (
        f'the issuer of "shop.example" was not found: {known.root}; root programs have or had a root of this name ({known.owner})')


def test_an_intermediate_that_only_others_showed(shelf):
    def borrowed():
        first, second = a.leaf().der, a.issue("mail.example", a.issuing(), names=("mail.example",)).der
        hello = c.client_hello(extensions=(c.server_name(b"mail.example"), *c.GOOD[1:]), random=b"\5" * 32)
        return c.made(c.full((first,)), c.full((second, a.issuing().der), hello=hello, answer=c.server_hello(random=b"\6" * 32)))

    [one] = shelf.found(borrowed, "chain-incomplete")
    assert one.detail == f"the certificate between is only in other handshakes: {a.hashlib.sha256(a.issuing().der).hexdigest()[:16]}"
    assert one.handshake == 1
    assert details(shelf, borrowed, "chain-untrusted") == []


# ---- lifetimes

ALLOWED = [
    # issued on, most days: version 1.0 (60 months), ballots 193, SC31, SC081v3
    ("2014-01-01", 1827), ("2015-03-31", 1827), ("2015-04-01", 1188), ("2018-02-28", 1188), ("2018-03-01", 825), ("2020-08-31", 825),
    ("2020-09-01", 398), ("2026-03-14", 398), ("2026-03-15", 200), ("2027-03-14", 200), ("2027-03-15", 100), ("2029-03-14", 100),
    ("2029-03-15", 47), ("2040-01-01", 47),
]  # fmt: skip


@pytest.mark.parametrize(("issued", "days"), ALLOWED)
def test_most_days(issued, days):
    assert most_days(ns(issued)) == days


def test_months_are_counted_at_their_longest():
    """39 and 60 months, whichever day they begin on."""
    assert max((dt.date(2018 + (month > 9), (month + 2) % 12 + 1, 1) - dt.date(2015, month, 1)).days for month in range(1, 13)) <= 1188
    assert max((dt.date(year + 5, 1, 1) - dt.date(year, 1, 1)).days for year in range(2008, 2016)) == 1827
    assert [since for since, _ in LIFETIMES] == sorted((since for since, _ in LIFETIMES), reverse=True)
    assert ns("2018-04-30") == LOGS_FROM


@pytest.mark.parametrize(("days", "fails"), [((-10, 388 - 1 / 86_400), False), ((-10, 388), True)])
def test_both_seconds_are_included(shelf, days, fails):
    """Section 6.3.2: 398 days of 86,400 s, and a certificate is valid at both its ends."""
    capture = chains.public(days=days)
    assert bool(details(shelf, capture, "certificate-long-lived")) == fails


def test_rules_of_the_web_are_for_its_cas(shelf):
    """A CA of one's own that one trusts may issue for as long as it likes, and logs nothing."""
    capture = chains.leaf(days=(-10, 3000))
    for rule in ("certificate-long-lived", "timestamps-missing"):
        assert shelf.counts(capture, rule) == APART
        assert shelf.counts(chains.self_signed, rule) == APART


# ---- what is not there, or cannot be seen


def test_staples_and_timestamps(shelf):
    for rule in ("chain-revoked", "ocsp-response-bad", "staple-missing", "timestamp-wrong"):
        assert shelf.counts(chains.GOOD, rule) == APART
    assert shelf.counts(chains.stapled(), "chain-revoked") == PASSED
    assert shelf.counts(chains.stapled("REVOKED", updated=-30, following=-20), "chain-revoked") == PASSED  # it does not hold


def test_a_log_that_nobody_knows_proves_nothing(shelf):
    assert shelf.counts(chains.logged, "timestamp-wrong") == APART
    assert shelf.counts(chains.logged, "timestamps-missing") == PASSED


def test_a_name_needs_a_certificate_that_can_be_read(shelf):
    assert shelf.counts(lambda: served(b"no certificate"), "name-mismatch") == (0, 0, 0, 1)
    assert shelf.counts(lambda: c.made(c.full(hello=c.client_hello(extensions=c.GOOD[1:]))), "name-mismatch") == APART


def test_tls13_shows_no_certificates(shelf):
    """Nothing is asked, and so nothing passes."""
    assert set(shelf.counts("tls13", "chain-untrusted")) == {0}


def test_who_is_named_is_trusted(shelf):
    """--trust-ca: a CA of the lab, whose root is in the capture."""
    path, options = str(shelf.path(chains.self_signed)), shelf.options(chains.self_signed)
    assert [one.rule for one in analyzer.scan(path, **options).judged()] == ["chain-self-signed"]

    def private():
        other = a.issue("Other Root", ca=True, uses=("key_cert_sign",), extended=(), names=(), days=(-9, 900))
        return served(a.issue("shop.example", other).der, other.der)

    path = str(shelf.path(private))
    assert "chain-untrusted" in [one.rule for one in analyzer.scan(path).judged()]
    assert "chain-untrusted" not in [one.rule for one in analyzer.scan(path, trust_ca="Other Root").judged()]


def test_handshakes_of_a_chain_are_counted(shelf):
    def thrice():
        turns = [c.full((a.leaf(days=(-80, 85)).der,), hello=c.client_hello(random=bytes([at]) * 32),
                        answer=c.server_hello(random=bytes([at]) * 32)) for at in range(1, 4)]  # fmt: skip
        return c.made(*turns)

    [one] = shelf.found(thrice, "chain-untrusted")
    assert (one.handshake, one.handshakes, one.count) == (1, (1, 2, 3), 3)
    assert one.packets == (5,)
    assert one.time == talk.START + 3 * talk.MS
