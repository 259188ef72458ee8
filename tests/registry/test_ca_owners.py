"""Owners of CAs: certifi's roots all have one, known ones the right one, cross-certificates are found by key."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry.ca_owners import ca_owner
from analyzer.registry.generated.ca_roots import CA_ROOTS
from analyzer.x509 import read_certificate

ISRG_X1 = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"  # letsencrypt.org/certificates
ISRG_X1_PIN = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="


def test_a_root():
    found = ca_owner(ISRG_X1)
    assert (found.owner, found.country, found.by, found.source) == ("Internet Security Research Group", "US", "certificate", "owner")
    assert (found.root, found.sha256) == ("CN=ISRG Root X1,O=Internet Security Research Group,C=US", ISRG_X1)
    assert {"Apple", "Google", "Microsoft", "Mozilla"} <= set(found.programs)
    assert found.distrust == ()
    assert list(found.programs) == sorted(found.programs)


def test_another_certificate_of_a_root():
    assert ca_owner("00" * 32) is None
    cross = ca_owner("00" * 32, ISRG_X1_PIN, "CN=anything")
    assert (cross.owner, cross.by, cross.sha256) == ("Internet Security Research Group", "key", ISRG_X1)
    named = ca_owner("00" * 32, "other", "CN=ISRG Root X1,O=Internet Security Research Group,C=US")
    assert (named.owner, named.by) == ("Internet Security Research Group", "name")
    assert ca_owner(ISRG_X1, "other", "CN=other").by == "certificate"


@pytest.mark.parametrize(("subject", "owner"), [
    ("CN=Starfield Services Root Certificate Authority - G2", "Amazon Trust Services"),
    ("CN=Starfield Root Certificate Authority - G2", "GoDaddy"),
    ("CN=USERTrust RSA Certification Authority", "Sectigo"),
    ("CN=Baltimore CyberTrust Root", "DigiCert"),
])  # fmt: skip
def test_roots_that_were_sold(subject, owner):
    found = [ca_owner(sha256.hex()) for sha256, row in CA_ROOTS.items() if row[1].startswith(subject + ",")]
    assert found
    assert {root.owner for root in found} == {owner}


def test_every_root_of_certifi_has_an_owner():
    certifi = pytest.importorskip("certifi")
    text = Path(certifi.where()).read_text()
    roots = [base64.b64decode(body) for body in re.findall("-BEGIN CERTIFICATE-----(.*?)-----END", text, re.DOTALL)]
    assert len(roots) > 100
    found = [ca_owner(hashlib.sha256(root).hexdigest()) for root in roots]
    missing = [read_certificate(root).subject for root, owner in zip(roots, found, strict=True) if owner is None]
    assert len(missing) < len(roots) // 10, missing  # certifi may be newer than the table
    for root, owner in zip(roots, found, strict=True):
        if owner is not None:
            certificate = read_certificate(root)
            assert (owner.root, owner.country) == (certificate.subject, certificate.subject_c)
            assert ca_owner("", certificate.spki_sha256).by == "key"
            assert owner.owner


def test_limits_are_told():
    limited = {ca_owner(sha256.hex()).distrust for sha256, row in CA_ROOTS.items() if row[6]}
    assert limited
    assert all(program in {"Apple", "Google", "Microsoft", "Mozilla"} for (program, _, _), *_ in limited)


@given(st.text(), st.text(), st.text())
def test_anything_is_answered(sha256, pin, subject):
    assert ca_owner(sha256, pin, subject) is None
