"""Names of object identifiers against RFCs and the cryptography library; logs by the hash of a known key."""

import base64
import hashlib
import json
from importlib import resources

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID, SignatureAlgorithmOID
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import attribute_short_name, certificate_policy_kind, certificate_policy_owner, ct_log, oid_name
from analyzer.registry.generated.ct_logs import CT_LOGS
from analyzer.registry.generated.oids import ATTRIBUTES, OIDS, POLICIES

GOLDEN = {
    "1.2.840.113549.1.1.1": "rsaEncryption", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",  # RFC 8017, 4055
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption", "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.10045.2.1": "id-ecPublicKey", "1.2.840.10045.3.1.7": "secp256r1", "1.3.132.0.34": "secp384r1",  # RFC 5480
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256", "1.3.101.112": "Ed25519",  # RFC 5758, 8410
    "2.16.840.1.101.3.4.3.17": "id-ml-dsa-44", "2.16.840.1.101.3.4.3.20": "id-slh-dsa-sha2-128s",  # RFC 9881, 9909
    "1.2.643.7.1.1.1.1": "gost3410-12-256", "1.2.156.10197.1.501": "sm2sign-with-sm3", "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "2.5.29.17": "subjectAltName", "2.5.29.37": "extKeyUsage", "2.5.29.19": "basicConstraints", "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.3.1": "serverAuth", "1.3.6.1.5.5.7.1.24": "tlsfeature", "1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestampList",
    "2.5.4.3": "commonName", "0.9.2342.19200300.100.1.25": "domainComponent", "1.2.3.4": None, "": None, "no": None,
}  # fmt: skip


@pytest.mark.parametrize(("dotted", "name"), GOLDEN.items())
def test_golden(dotted, name):
    assert oid_name(dotted) == name


SHORT = {"CN": "2.5.4.3", "L": "2.5.4.7", "ST": "2.5.4.8", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6", "STREET": "2.5.4.9",
         "DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1"}  # fmt: skip


@pytest.mark.parametrize(("short", "dotted"), SHORT.items())
def test_short_names_of_rfc4514(short, dotted):
    assert attribute_short_name(dotted) == short


def test_short_names_are_distinct_and_named_in_full():
    assert len(set(ATTRIBUTES.values())) == len(ATTRIBUTES)
    assert all(oid_name(dotted) for dotted in ATTRIBUTES)


# cryptography's own spellings; ours are RFC 5280's, RFC 4514's and OpenSSL's
OTHERWISE = {"extendedKeyUsage": "extKeyUsage", "userID": "userId", "OCSPNoCheck": "ocsp-nocheck", "Admissions": "x509ExtAdmission"}


def test_names_of_cryptography():
    known = [oid for group in (ExtensionOID, NameOID) for oid in vars(group).values() if isinstance(oid, x509.ObjectIdentifier)]
    assert len(known) > 50
    told = [(oid._name, oid_name(oid.dotted_string)) for oid in known if oid._name != "Unknown OID"]
    same = [theirs for theirs, ours in told if OTHERWISE.get(theirs, theirs).lower() == (ours or "").lower()]
    assert {theirs for theirs, _ in told} - set(same) <= UNLIKE


UNLIKE = {
    "TLSFeature", "msCertificateTemplate", "signedCertificateTimestampList", "ctPoison", "distinguishedName", "x500UniqueIdentifier",
    "inn", "ogrn", "snils", "signedCertificateTimestamps",
}  # fmt: skip


@pytest.mark.parametrize("group", [SignatureAlgorithmOID, ExtendedKeyUsageOID, ExtensionOID, NameOID])
def test_all_that_cryptography_knows_has_a_name(group):
    missing = {name for name, oid in vars(group).items() if isinstance(oid, x509.ObjectIdentifier) and oid_name(oid.dotted_string) is None}
    assert missing <= {"CERTIFICATE_TRANSPARENCY", "BUNDLE_SECURITY"}


@pytest.mark.parametrize(("dotted", "kind"), [
    ("2.23.140.1.1", "EV"), ("2.23.140.1.2.1", "DV"), ("2.23.140.1.2.2", "OV"), ("2.23.140.1.2.3", "IV"),  # Baseline Requirements 7.1.6.1
    ("0.4.0.2042.1.4", "EV"), ("2.16.840.1.114412.2.1", "EV"), ("1.3.6.1.4.1.44947.1.1.1", "DV"), ("2.5.29.32.0", None), ("", None),
])  # fmt: skip
def test_policies(dotted, kind):
    assert certificate_policy_kind(dotted) == kind
    assert (certificate_policy_owner(dotted) is None) == (kind is None)


def test_tables_are_well_formed():
    for dotted in (*OIDS, *ATTRIBUTES, *POLICIES):
        assert all(arc == str(int(arc)) for arc in dotted.split("."))
        assert dotted.count(".") >= 1 or dotted in OIDS
    assert {kind for kind, _ in POLICIES.values()} == {"DV", "OV", "IV", "EV"}
    assert all(len(log_id) == 32 and operator and description for log_id, (operator, description) in CT_LOGS.items())


def test_a_log_by_its_key():  # Google "Argon2023", from the log's public key (RFC 6962 section 3.2)
    key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0JCPZFJOQqyEti5M8j13ALN3CAVHqkVM4yyOcKWCu2yye5yYeqDpEXYoALIgtM3TmHtNlifmt+4iatGwLpF3eA=="
    found = ct_log(hashlib.sha256(base64.b64decode(key)).digest())
    assert found is not None
    assert (found.operator, found.description) == ("Google", "Google 'Argon2023' log")


def test_log_ids_are_hashes_of_keys():
    try:
        text = (resources.files("cryptodatahub") / "common/certificate-transparency-log.json").read_text()
    except ModuleNotFoundError:
        pytest.skip("cryptodatahub is not installed")
    for row in json.loads(text).values():
        assert ct_log(hashlib.sha256(base64.b64decode(row["key"])).digest()).description == row["description"]


@given(st.text(), st.binary())
def test_anything_is_answered(dotted, log_id):
    oid_name(dotted)
    attribute_short_name(dotted)
    certificate_policy_kind(dotted)
    ct_log(log_id)
