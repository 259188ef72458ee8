"""The lab's certificate authority: its chains hold, and the openssl commands that it teaches make the same certificates."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

LAB = Path(__file__).parents[2] / "samples" / "lab"
sys.path.insert(0, str(LAB))

from authority import ROLES, Authority, main  # noqa: E402 - the lab is scripts, found by path

KEY_IDS = (x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="the openssl command is not installed")


@pytest.fixture(scope="module")
def lab():
    return Authority.of()


@pytest.fixture(scope="module")
def folder(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    lab.write(folder)
    return folder


def openssl(*arguments, cwd):
    return subprocess.run(["openssl", *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def told(certificate):
    """What a certificate says, keys and numbers apart."""
    extensions = {e.oid: (e.critical, e.value) for e in certificate.extensions if not isinstance(e.value, KEY_IDS)}
    ids = {e.oid for e in certificate.extensions if isinstance(e.value, x509.SubjectKeyIdentifier)}
    days = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    names = [[(a.oid, a.value) for a in name] for name in (certificate.subject, certificate.issuer)]
    return names, days, extensions, ids, certificate.signature_algorithm_oid, type(certificate.public_key())


@pytest.mark.parametrize("role", [role.id for role in ROLES])
def test_each_is_signed_by_the_one_above(lab, role):
    one = lab.identities[role]
    above = lab.identities[one.role.issuer]
    one.certificate.verify_directly_issued_by(above.certificate)
    for leaf, issuer in zip(one.chain, one.chain[1:], strict=False):
        leaf.verify_directly_issued_by(issuer)
    if one.request:
        assert one.request.is_signature_valid
        assert one.request.subject == one.certificate.subject


def test_the_subject_has_the_seven_fields_that_openssl_req_asks_for(lab):
    assert lab.identities["shop"].certificate.subject.rfc4514_string({x509.NameOID.EMAIL_ADDRESS: "emailAddress"}) == (
        "emailAddress=admin@shop.example,CN=shop.example,OU=Servers,O=Example Lab,L=Winterthur,ST=Zurich,C=CH"
    )


@needs_openssl
@pytest.mark.parametrize("role", ["shop", "mail", "bank", "modern", "alice", "deep"])
def test_openssl_trusts_the_chain(folder, role):
    asked = openssl("verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", f"{role}.chain.pem", f"{role}.pem", cwd=folder)
    assert asked.stdout == f"{role}.pem: OK\n", asked.stderr


@needs_openssl
@pytest.mark.parametrize(
    ("role", "reason"),
    [("expired", "certificate has expired"), ("selfsigned", "self-signed certificate"), ("stranger", "self-signed certificate")],
)
def test_openssl_refuses_the_bad_ones(folder, role, reason):
    asked = openssl("verify", "-CAfile", "root.pem", "-untrusted", f"{role}.chain.pem", f"{role}.pem", cwd=folder)
    assert reason in asked.stderr


@needs_openssl
def test_openssl_finds_the_wrong_host(folder):
    trust = ("-CAfile", "root.pem", "-untrusted", "wronghost.chain.pem")
    asked = openssl("verify", *trust, "-verify_hostname", "shop.example", "wronghost.pem", cwd=folder)
    assert "hostname mismatch" in asked.stderr


@needs_openssl
def test_the_taught_commands_make_the_same_certificates(lab, tmp_path):
    version = tuple(map(int, re.search(r"OpenSSL (\d+)\.(\d+)", openssl("version", cwd=tmp_path).stdout).groups()))
    if version < (3, 0):
        pytest.skip("the commands are those of OpenSSL 3")
    for step in lab.steps:
        if step.openssl <= version:
            done = subprocess.run(step.command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (step, done.stderr)
    for role, one in lab.identities.items():
        if (made := tmp_path / f"{role}.pem").exists():
            assert told(x509.load_pem_x509_certificate(made.read_bytes())) == told(one.certificate), role
        if (asked := tmp_path / f"{role}.csr").exists():
            assert x509.load_pem_x509_csr(asked.read_bytes()).subject == one.request.subject
    assert openssl("verify", "-CAfile", "root.pem", "-untrusted", "issuing.pem", "mail.pem", cwd=tmp_path).returncode == 0


def test_the_expired_one_is_over_and_the_others_are_not(lab):
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    over = {id_ for id_, one in lab.identities.items() if one.certificate.not_valid_after_utc < now}
    assert over == {"expired"}


def test_the_stapled_answer_is_about_the_certificate(lab):
    answer = ocsp.load_der_ocsp_response(lab.staple("mail"))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == lab.identities["mail"].certificate.serial_number
    lab.identities["issuing"].certificate.public_key().verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))


def test_keys_are_for_their_owner_only(folder):
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.key")} == {0o600}


def test_the_lesson_is_printed(tmp_path, capsys):
    assert main([str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "openssl genpkey" in told
    assert "openssl req -new -key shop.key" in told
    assert "openssl x509 -req -in shop.csr -CA root.pem" in told
    assert main([]) == 2
