"""ocsp: responses that cryptography makes, refusals, broken bytes."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.x509.ocsp import OcspAnswer, OcspResponse, read_ocsp_response

THIS, NEXT, REVOKED = (dt.datetime(2025, 1, day, 12, 0, 0, tzinfo=dt.UTC) for day in (2, 9, 1))


def nanoseconds(moment):
    return int(moment.timestamp()) * 1_000_000_000


@pytest.fixture(scope="session")
def respond(make, keys):
    own = x509.load_der_x509_certificate(make("p256", serial=0xABC))

    def responded(status="GOOD", *, encoding=ocsp.OCSPResponderEncoding.NAME, next_update=NEXT, reason=None, certificates=False):
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=own, issuer=own, algorithm=hashes.SHA1(), cert_status=getattr(ocsp.OCSPCertStatus, status), this_update=THIS,
            next_update=next_update, revocation_time=REVOKED if status == "REVOKED" else None, revocation_reason=reason,
        )  # fmt: skip
        builder = builder.responder_id(encoding, own)
        if certificates:
            builder = builder.certificates([own])
        return builder.sign(keys["p256"], hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    return responded


def test_good(respond):
    response = read_ocsp_response(respond(certificates=True))
    theirs = ocsp.load_der_ocsp_response(respond())
    assert response.faults == ()
    assert (response.status, response.status_code, response.responder, response.certificates) == ("successful", 0, "CN=made", 1)
    assert abs(response.produced_at - nanoseconds(dt.datetime.now(dt.UTC))) < 3600_000_000_000
    assert response.signature_algorithm == "ecdsa-with-SHA256"
    assert response.answer == response.answers[0] == OcspAnswer(
        serial="abc", hash_algorithm=response.answer.hash_algorithm, issuer_name_hash=theirs.issuer_name_hash.hex(),
        issuer_key_hash=theirs.issuer_key_hash.hex(), status="good", this_update=nanoseconds(THIS), next_update=nanoseconds(NEXT),
    )  # fmt: skip
    assert "sha1" in response.answer.hash_algorithm.lower()


def test_revoked_and_unknown(respond):
    answer = read_ocsp_response(respond("REVOKED", reason=x509.ReasonFlags.key_compromise)).answer
    assert (answer.status, answer.revocation_time, answer.revocation_reason) == ("revoked", nanoseconds(REVOKED), "keyCompromise")
    assert read_ocsp_response(respond("REVOKED")).answer.revocation_reason is None
    assert read_ocsp_response(respond("UNKNOWN", next_update=None)).answer.status == "unknown"
    assert read_ocsp_response(respond("UNKNOWN", next_update=None)).answer.next_update is None


def test_responder_by_key(respond, keys):
    digest = hashes.Hash(hashes.SHA1())
    digest.update(keys["p256"].public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))
    assert read_ocsp_response(respond(encoding=ocsp.OCSPResponderEncoding.HASH)).responder == digest.finalize().hex()


@pytest.mark.parametrize("status", list(ocsp.OCSPResponseStatus))
def test_refusals(status):
    if status is ocsp.OCSPResponseStatus.SUCCESSFUL:
        return
    response = read_ocsp_response(ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER))
    assert response.status_code == status.value
    assert response.status.lower() == status.name.lower().replace("_", "")
    assert (response.answers, response.answer, response.faults) == ((), OcspAnswer(), ())


def test_broken(respond):
    whole = respond("REVOKED", reason=x509.ReasonFlags.ca_compromise)
    for length in range(len(whole)):
        assert read_ocsp_response(whole[:length]).faults
    for at in range(len(whole)):
        assert isinstance(read_ocsp_response(whole[:at] + bytes((whole[at] ^ 0xFF,)) + whole[at + 1 :]), OcspResponse)
    assert "no status" in read_ocsp_response(b"").faults
    read_ocsp_response(b"\x30\x80" * 100_000)


@settings(max_examples=200)
@given(st.binary(max_size=100))
def test_any_bytes(data):
    assert read_ocsp_response(data).faults or data.startswith(b"\x30")
