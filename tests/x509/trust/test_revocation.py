"""revocation: responses that cryptography makes, judged beside ``openssl ocsp``: who signed, of whom it speaks, when."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import scan
from analyzer.tls.messages import CertificateStatus
from analyzer.x509 import read_certificate
from analyzer.x509.ocsp import CERTIFICATES, read_ocsp_response
from analyzer.x509.trust.revocation import REASONS, SKEW, STATUSES, check_response

SAMPLES = Path(__file__).parents[3] / "samples"
DER = serialization.Encoding.DER
OPENSSL = shutil.which("openssl")
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)  # openssl ocsp compares with its clock
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "leaf", "responder", "other")}
BY_KEY, BY_NAME = ocsp.OCSPResponderEncoding.HASH, ocsp.OCSPResponderEncoding.NAME


def ns(moment):
    return int(moment.timestamp()) * 1_000_000_000


def build(subject, key, *, issuer="ca", signer="ca", serial=0xABC, start=NOW - 30 * DAY, days=60, purposes=(), ca=False, more=()):
    name, above = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (subject, issuer))
    builder = x509.CertificateBuilder(above, name, KEYS[key].public_key(), serial, start, start + days * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in purposes]), critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(KEYS[signer], hashes.SHA256())


SIGNING = ("1.3.6.1.5.5.7.3.9",)
CA = build("ca", "ca", serial=1, ca=True)
OTHER_CA = build("other ca", "other", issuer="other ca", signer="other", serial=2, ca=True)
SAME_NAME = build("ca", "other", signer="other", serial=3, ca=True)
LEAF = build("leaf", "leaf")
LEAF2 = build("leaf", "leaf", serial=0xDEF)
RESPONDER = build("responder", "responder", serial=5, purposes=SIGNING)
NO_PURPOSE = build("responder", "responder", serial=6)
FOREIGN = build("responder", "responder", issuer="other ca", signer="other", serial=7, purposes=SIGNING)
FORGED = build("responder", "responder", signer="other", serial=8, purposes=SIGNING)
OLD = build("responder", "responder", serial=9, start=NOW - 90 * DAY, purposes=SIGNING)
STRANGE = build("responder", "responder", serial=10, purposes=SIGNING,
                more=(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"),))  # fmt: skip


def respond(leaf=LEAF, *, status="GOOD", issuer=CA, by=CA, key="ca", encoding=BY_KEY, sent=(), this=NOW - HOUR, until=NOW + DAY,
            reason=None, algorithm=hashes.SHA1, damaged=False):  # fmt: skip
    args = (leaf, issuer, algorithm(), getattr(ocsp.OCSPCertStatus, status), this, until)
    builder = ocsp.OCSPResponseBuilder().add_response(*args, NOW - 2 * DAY if status == "REVOKED" else None, reason)
    if sent:
        builder = builder.certificates(list(sent))
    response = builder.responder_id(encoding, by).sign(KEYS[key], hashes.SHA256()).public_bytes(DER)
    signature = read_ocsp_response(response).signature
    return response.replace(signature, signature[:-1] + bytes((signature[-1] ^ 1,))) if damaged else response


def check(response, *, leaf=LEAF, issuer=CA, at=NOW):
    given = None if issuer is None else read_certificate(issuer.public_bytes(DER))
    return check_response(response, read_certificate(leaf.public_bytes(DER)), given, ns(at))


def openssl_says(response, folder, *, leaf=LEAF, issuer=CA, digest="sha1"):
    """Return what openssl ocsp thinks: (signed by somebody who may, status or None, times valid)."""
    (folder / "r.der").write_bytes(response)
    for name, certificate in (("leaf", leaf), ("ca", issuer)):
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    command = [OPENSSL, "ocsp", "-respin", "r.der", "-issuer", "ca.pem", f"-{digest}", "-cert", "leaf.pem", "-CAfile", "ca.pem"]
    command += ["-no_nonce", "-attime", str(ns(NOW) // 10**9)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = done.stdout.partition("leaf.pem: ")[2].splitlines()  # the times' errors stand before the status
    status = next((line for line in lines if line in {"good", "revoked", "unknown"}), None)
    return "Response verify OK" in done.stderr, status, "WARNING: Status times invalid." not in lines


DELEGATED = {"by": RESPONDER, "key": "responder", "sent": (RESPONDER,)}

# name -> (arguments of respond, status, signed, verified, reason)
CASES = {
    "good by key": ({}, "good", True, True, None),
    "good by name": ({"encoding": BY_NAME}, "good", True, True, None),
    "sha256 names the certificate": ({"algorithm": hashes.SHA256}, "good", True, True, None),
    "unknown": ({"status": "UNKNOWN"}, "unknown", True, True, None),
    "revoked": ({"status": "REVOKED", "reason": x509.ReasonFlags.key_compromise}, "revoked", True, True, None),
    "never ages": ({"until": None}, "good", True, True, None),
    "too old": ({"this": NOW - 9 * DAY, "until": NOW - 2 * DAY}, "good", True, False, "answer is too old"),
    "from the future": ({"this": NOW + HOUR}, "good", True, False, "answer is from the future"),
    "issuer's certificate sent": ({"sent": (CA,)}, "good", True, True, None),
    "delegated": (DELEGATED, "good", True, True, None),
    "delegated by name": (DELEGATED | {"encoding": BY_NAME}, "good", True, True, None),
    "delegated among others": (DELEGATED | {"sent": (OTHER_CA, RESPONDER, CA)}, "good", True, True, None),
    "no purpose": (DELEGATED | {"by": NO_PURPOSE, "sent": (NO_PURPOSE,)}, "good", False, False, "responder may not sign"),
    "strange": (DELEGATED | {"by": STRANGE, "sent": (STRANGE,)}, "good", False, False, "responder's certificate is broken"),
    "foreign": (DELEGATED | {"by": FOREIGN, "sent": (FOREIGN, OTHER_CA)}, "good", False, False, "responder is not the issuer's"),
    "forged": (DELEGATED | {"by": FORGED, "sent": (FORGED,)}, "good", False, False, "responder is not the issuer's"),
    "not sent": (DELEGATED | {"sent": ()}, "good", None, None, "responder's certificate is missing"),
    "wrong signature": ({"damaged": True}, "good", False, False, "signature is wrong"),
    "delegated, wrong signature": (DELEGATED | {"damaged": True}, "good", False, False, "signature is wrong"),
    "responder expired": (DELEGATED | {"by": OLD, "sent": (OLD,)}, "good", True, False, "responder's certificate is out of its time"),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case):
    arguments, status, signed, verified, reason = CASES[case]
    found = check(respond(**arguments))
    assert (found.status, found.signed, found.verified, found.reason) == (status, signed, verified, reason)
    assert (found.response_status, found.this_update) == ("successful", ns(arguments.get("this", NOW - HOUR)))
    assert found.delegated is (None if case == "not sent" else arguments.get("key") == "responder")


@pytest.mark.skipif(OPENSSL is None, reason="asks the openssl command")
@pytest.mark.parametrize("case", CASES)
def test_openssl_says_the_same(case, tmp_path):
    response = respond(**CASES[case][0])
    digest = CASES[case][0].get("algorithm", hashes.SHA1).name
    found, (verified, status, times) = check(response), openssl_says(response, tmp_path, digest=digest)
    expired = found.reason == "responder's certificate is out of its time"
    assert verified == (found.signed is True and not expired)
    assert status == found.status
    assert times == found.fresh


def test_revoked_tells_when_and_why():
    found = check(respond(status="REVOKED", reason=x509.ReasonFlags.key_compromise))
    assert (found.revocation_time, found.revocation_reason) == (ns(NOW - 2 * DAY), "keyCompromise")
    assert check(respond(status="REVOKED")).revocation_reason is None


@pytest.mark.skipif(OPENSSL is None, reason="asks the openssl command")
def test_of_another_certificate(tmp_path):
    other = respond(LEAF2)
    assert (check(other).status, check(other).verified, check(other).reason) == ("none", False, "no answer for this serial number")
    for issuer in (OTHER_CA, SAME_NAME):
        wrong = respond(issuer=issuer, by=issuer, key="other")
        assert (check(wrong).status, check(wrong).verified, check(wrong).reason) == ("none", False, "answer is for another issuer")
        assert openssl_says(wrong, tmp_path)[1] is None
    assert openssl_says(other, tmp_path)[1] is None


def test_what_openssl_stapled():
    """A real server's response, as the lab recorded it."""
    (handshake,) = scan(SAMPLES / "tls12-ocsp.pcapng")
    leaf, issuer = map(read_certificate, handshake.server_chain)
    status = next(seen for seen in handshake.seen if isinstance(seen.message, CertificateStatus))
    found = check_response(status.message.responses[0], leaf, issuer, status.time)
    assert (found.status, found.verified, found.delegated) == ("good", True, False)
    assert check_response(status.message.responses[0], issuer, issuer, status.time).reason == "no answer for this serial number"


def test_without_the_issuer():
    found = check(respond(), issuer=None)
    assert (found.status, found.verified, found.reason, found.fresh) == ("good", None, "issuer not in the capture", True)
    assert check(respond(LEAF2), issuer=None).reason == "no answer for this serial number"
    assert check(respond(), issuer=SAME_NAME).reason == "answer is for another issuer"  # its key hash differs


@pytest.mark.parametrize("status", [one for one in ocsp.OCSPResponseStatus if one is not ocsp.OCSPResponseStatus.SUCCESSFUL])
def test_refusals(status):
    found = check(ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(DER))
    assert (found.status, found.verified, found.reason) == ("unsuccessful", None, "responder refused to answer")
    assert found.response_status.lower() == status.name.lower().replace("_", "")


def signed_anew(der, data):
    """Return a response with that ResponseData, signed by the issuer: by hand, for cryptography writes one answer and orders times."""
    signature = KEYS["ca"].sign(data, ec.ECDSA(hashes.SHA256()))
    basic = der.tlv(0x30, data, der.tlv(0x30, der.oid("1.2.840.10045.4.3.2")), der.tlv(0x03, b"\0", signature))
    kind = der.tlv(0x30, der.oid("1.3.6.1.5.5.7.48.1.1"), der.tlv(0x04, basic))
    return der.tlv(0x30, b"\x0a\x01\0", der.tlv(0xA0, kind))


def two_answers(der):
    good, revoked = (read_ocsp_response(one).signed for one in (respond(LEAF2), respond(status="REVOKED")))
    first, second = singles(good), singles(revoked)
    before = good[good.index(b"\xa2") : good.index(first)]  # responderID byKey, producedAt
    return signed_anew(der, der.tlv(0x30, before, der.tlv(0x30, first[2:], second[2:])))


def test_several_answers(der):
    found = [check(two_answers(der), leaf=leaf) for leaf in (LEAF, LEAF2)]
    assert [(one.status, one.verified) for one in found] == [("revoked", True), ("good", True)]


@pytest.mark.skipif(OPENSSL is None, reason="asks the openssl command")
def test_openssl_finds_the_same_of_several(der, tmp_path):
    for leaf, status in ((LEAF, "revoked"), (LEAF2, "good")):
        assert openssl_says(two_answers(der), tmp_path, leaf=leaf) == (True, status, True)


@pytest.mark.skipif(OPENSSL is None, reason="asks the openssl command")
def test_times_that_contradict_each_other(der, tmp_path):
    told = [f"{moment:%Y%m%d%H%M%SZ}".encode() for moment in (NOW + DAY, NOW - 2 * HOUR)]
    response = signed_anew(der, read_ocsp_response(respond()).signed.replace(*told))
    assert (check(response).signed, check(response).reason) == (True, "nextUpdate before thisUpdate")
    assert openssl_says(response, tmp_path) == (True, "good", False)


def test_timestamps_in_the_answer(der):
    data = read_ocsp_response(respond()).signed
    before, answer = data[data.index(b"\xa2") : data.index(singles(data))], singles(data)[4:]
    sct = b"\0" + bytes(32) + (5).to_bytes(8, "big") + b"\0\0\4\3\0\1s"
    listed = (len(sct) + 2).to_bytes(2, "big") + len(sct).to_bytes(2, "big") + sct
    extension = der.extension("1.3.6.1.4.1.11129.2.4.5", der.tlv(0x04, listed))
    answer = der.tlv(0x30, answer, der.tlv(0xA1, der.tlv(0x30, extension)))
    response = signed_anew(der, der.tlv(0x30, before, der.tlv(0x30, answer)))
    found = check(response)
    assert found.verified is True
    assert [(one.version, one.timestamp, one.signature) for one in found.scts] == [(0, 5, b"s")]
    theirs = ocsp.load_der_ocsp_response(response).single_extensions.get_extension_for_class(x509.SignedCertificateTimestamps)
    assert [(one.log_id, one.timestamp.microsecond) for one in theirs.value] == [(one.log_id, 5000) for one in found.scts]


def singles(data):
    """Return the SEQUENCE OF SingleResponse that ends a ResponseData without extensions."""
    from analyzer.x509 import der as walk

    outer = walk.children(data, 0, len(data), [])[0]
    last = [part for part in walk.children(data, outer[2], outer[3], []) if part[0] == 0x30][-1]
    return data[last[1] : last[4]]


def test_skew_and_time():
    response = respond(this=NOW, until=NOW + DAY)
    five = dt.timedelta(seconds=SKEW // 10**9)
    for at, fresh in ((NOW - five, True), (NOW - five - dt.timedelta(seconds=1), False), (NOW + DAY + five, True), (NOW + 2 * DAY, False)):
        assert check(response, at=at).fresh is fresh


def test_what_cannot_be_read():
    for response in (b"", b"\x30\0", respond()[:40], b"\x30\x03\x0a\x01\0"):
        found = check(response)
        assert (found.status, found.verified, found.reason) == ("none", None, "response is broken")


def test_no_more_certificates_than_the_cap():
    many = respond(**DELEGATED | {"sent": (OTHER_CA,) * (CERTIFICATES + 1) + (RESPONDER,)})
    read = read_ocsp_response(many)
    assert (read.certificates, len(read.certificates_der)) == (CERTIFICATES + 2, CERTIFICATES)
    assert check(many).reason == "responder's certificate is missing"


GOOD = respond(**DELEGATED)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_bytes_raise_and_no_damage_verifies(data):
    damaged = bytearray(GOOD[: data.draw(st.integers(0, len(GOOD)))] if data.draw(st.booleans()) else GOOD)
    for at in data.draw(st.lists(st.integers(0, max(len(damaged) - 1, 0)), max_size=3, unique=True)):
        if at < len(damaged):
            damaged[at] ^= data.draw(st.integers(1, 255))
    found = check(bytes(damaged))
    assert found.status in STATUSES
    assert found.reason is None or found.reason in REASONS
    if found.verified:
        assert read_ocsp_response(bytes(damaged)).signed == read_ocsp_response(GOOD).signed
        assert found.status == "good"
