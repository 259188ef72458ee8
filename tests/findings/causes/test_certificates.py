"""Which fault of a chain an alert means."""

from __future__ import annotations

import pytest
import talk
from refusals import certificate, flight, judge, refused, shown
from talk import CLIENT, SERVER

from analyzer.findings.causes import causes

GOOD = certificate(issuer="Lab CA")
EXPIRED = certificate(issuer="Lab CA", ends=-1)
OTHER = certificate("nas.example", issuer="Lab CA")

SEEN = [
    (45, EXPIRED, None, "certificate_expired", "certain"),
    (46, EXPIRED, None, "certificate_expired", "likely"),
    (42, EXPIRED, None, "certificate_expired", "likely"),
    (42, certificate(issuer="Lab CA", begins=2), None, "certificate_not_yet_valid", "likely"),
    (42, OTHER, None, "certificate_name", "likely"),
    (46, OTHER, None, "certificate_name", "likely"),
    (48, certificate(), None, "certificate_self_signed", "certain"),
    (48, GOOD, None, "certificate_unknown_ca", "likely"),
    (48, GOOD, judge("private_ca"), "certificate_unknown_ca", "certain"),
    (48, GOOD, judge("trusted"), "pinned_or_untrusted", "likely"),
    (46, GOOD, judge("trusted"), "pinned_or_untrusted", "likely"),
    (44, GOOD, None, "certificate_revoked", "certain"),
    (43, certificate(issuer="Lab CA", usage="1.3.6.1.5.5.7.3.2"), None, "certificate_bad", "certain"),
    (45, GOOD, None, "certificate_expired", "likely"),
    (45, EXPIRED, judge("private_ca"), "certificate_expired", "certain"),
    (42, OTHER, judge("private_ca"), "certificate_name", "likely"),
    (51, GOOD, judge("bad_signature"), "tampered", "likely"),
]


@pytest.mark.parametrize(("description", "der", "verdict", "cause", "certainty"), SEEN)
def test_a_chain_that_can_be_read(description, der, verdict, cause, certainty):
    [first, *_] = causes(shown(description, [der]), verdict)
    assert (first.cause, first.certainty) == (cause, certainty)
    assert not first.inferred
    assert first.proof[0].startswith("alert ")


def test_a_bad_signature_is_among_the_causes():
    assert "certificate_bad" in {one.cause for one in causes(shown(51, [GOOD]), judge("bad_signature"))}


def test_the_sentence_has_the_facts():
    [first, *_] = causes(shown(45, [EXPIRED]))
    detail = "the certificate of shop.example expired on 2023-11-13 22:13 UTC"
    assert first.sentence == f"The client refused the certificate of shop.example: {detail}."
    assert first.proof[1] == "certificate of shop.example, issued by Lab CA, in packet 5"


def test_a_clock_that_is_wrong():
    [first, *_] = causes(shown(45, [GOOD]))
    assert "the client's clock" in first.sentence


HIDDEN = {45: "certificate_expired", 48: "certificate_unknown_ca", 44: "certificate_revoked", 43: "certificate_bad", 42: "certificate_name",
          46: "certificate_unknown_ca"}  # fmt: skip


@pytest.mark.parametrize(("description", "cause"), HIDDEN.items())
def test_a_chain_that_tls13_hides(description, cause):
    made = talk.play([*talk.full13()[:2], (CLIENT, talk.alert(description))]).one()
    assert made.server_chain is None
    assert causes(made)[0].cause == cause


def test_a_server_that_shows_none():
    [first, *_] = causes(shown(42, []))
    assert first.cause == "certificate_bad"
    assert "no certificate at all" in first.sentence


def client(*chain, description, extra=()):
    """A server that asked for a certificate refuses what the client showed."""
    answer = (CLIENT, b"".join(map(talk.handshake, (talk.certificate_message(*chain), talk.CLIENT_KEY))))
    return refused(description, SERVER, before=(flight(b"leaf", more=(talk.REQUEST,)), answer, *extra))


@pytest.mark.parametrize("description", [40, 41, 42, 116])
def test_no_client_certificate(description):
    [first, *_] = causes(client(description=description))
    assert (first.cause, first.certainty) == ("client_certificate_missing", "certain")
    proof = ["CertificateRequest of the server", "an empty Certificate of the client"]
    assert [one.partition(" in packet")[0] for one in first.proof[1:]] == proof


@pytest.mark.parametrize("description", [42, 43, 44, 45, 46, 48])
def test_a_client_certificate_refused(description):
    [first, *_] = causes(client(certificate("Alice", issuer="Lab CA"), description=description))
    assert (first.cause, first.certainty) == ("client_certificate_refused", "certain")


def test_a_client_certificate_that_had_expired():
    [first, *_] = causes(client(certificate("Alice", issuer="Lab CA", ends=-1), description=45))
    assert "the certificate of Alice expired on" in first.sentence


def test_a_failure_with_a_client_certificate_is_only_likely_about_it():
    [first, *_] = causes(client(certificate("Alice", issuer="Lab CA"), description=40))
    assert (first.cause, first.certainty) == ("client_certificate_refused", "likely")
