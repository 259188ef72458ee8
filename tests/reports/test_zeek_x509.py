import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from analyzer import scan
from analyzer.facts.chains import shown
from analyzer.reports import zeek, zeek_x509
from analyzer.reports.report import MOST_CERTIFICATES
from analyzer.reports.zeek_x509 import Shown, name, serial
from analyzer.x509 import Certificate

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import EVERY, SAMPLES, fields, log, told


def certificate(**known):
    return Certificate(sha256="0" * 64, sha1="0" * 40, der=b"", size=0, **known)


def cell(column, **known):
    record = Shown(certificate(**known), host=True, client=False, time=1)
    return next(one for one in zeek_x509.COLUMNS if one.name == column).value(record)


def openssl(oid, *, short=False):
    """Return what OpenSSL calls an object."""
    crypto = pytest.importorskip("OpenSSL.crypto", reason="pyOpenSSL is not installed")
    number = crypto._lib.OBJ_txt2nid(oid.encode())
    return crypto._ffi.string((crypto._lib.OBJ_nid2sn if short else crypto._lib.OBJ_nid2ln)(number)).decode()


def test_samples_as_cryptography_reads_them():
    lines = {(line["fingerprint"], line["client_cert"]): line for line in fields(log(zeek, *EVERY, table="certificates"))}
    checked = 0
    for path in EVERY:
        for made in scan(SAMPLES / path):
            for sender, _, one in shown(made):
                theirs, line = x509.load_der_x509_certificate(one.der), lines[one.sha256, "T" if sender == "client" else "F"]
                assert line["fingerprint"] == theirs.fingerprint(hashes.SHA256()).hex()
                assert int(line["certificate.serial"], 16) == theirs.serial_number
                assert float(line["certificate.not_valid_after"]) == theirs.not_valid_after_utc.timestamp()
                assert line["certificate.version"] == str(theirs.version.value + 1)
                assert line["certificate.sig_alg"] == openssl(theirs.signature_algorithm_oid.dotted_string)
                assert line["certificate.key_length"] in {str(theirs.public_key().key_size), "256"}
                checked += 1
    assert checked > 100


def test_a_certificate_has_a_line_for_each_part_that_it_played():
    lines = fields(log(zeek, "tls12-client-certificate.pcapng", table="certificates"))
    assert [(line["host_cert"], line["client_cert"]) for line in lines] == [("T", "F"), ("F", "F"), ("T", "T"), ("F", "T")]
    assert len({line["fingerprint"] for line in lines}) == 3  # both showed the same CA
    again = fields(log(zeek, "tls12-client-certificate.pcapng", "tls12-client-certificate.pcapng", table="certificates"))
    assert len(again) == 4


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(zeek_x509, "MOST_CERTIFICATES", 2)
    (made,) = scan(SAMPLES / "tls12-client-certificate.pcapng")
    of = zeek_x509.records({})
    assert len(list(of(told(made)))) == 4
    assert len(list(of(told(made)))) > 0  # forgotten, and told again
    assert MOST_CERTIFICATES == 100_000


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("4a2c8628c1010633", "4A2C8628C1010633"), ("23a69", "023A69"), ("0", "00"), ("-a", "-0A"), (None, None)],
)
def test_serial_numbers_are_whole_octets(ours, theirs):
    assert serial(certificate(serial=ours)) == theirs


@pytest.mark.parametrize(
    ("rfc4514", "theirs"),
    [
        (r"CN=a,O=Amazon Web Services\, Inc.,C=US", r"CN=a,O=Amazon Web Services\, Inc.,C=US"),
        ("STREET=Suite 400,O=a+STREET=b", "street=Suite 400,O=a+street=b"),
        (r"CN=a\,STREET=b\\,STREET=c", r"CN=a\,STREET=b\\,street=c"),
        ("CN=Zürich €", r"CN=Z\C3\BCrich \E2\82\AC"),
        ("CN=a\tb\x7f\ud800", r"CN=a\09b\7F\ED\A0\80"),
        ("", ""),
        (None, None),
    ],
)
def test_names_are_openssls(rfc4514, theirs):
    assert name(rfc4514) == theirs


def test_names_of_samples_are_those_that_openssl_prints():
    import subprocess

    names = set()
    for path in ("tls12-ecdhe-rsa.pcapng", "tls12-client-certificate.pcapng"):
        for made in scan(SAMPLES / path):
            names |= {(one.der, name(one.subject)) for _, _, one in shown(made)}
    try:
        for der, ours in names:
            asked = ["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253"]
            said = subprocess.run(asked, input=der, capture_output=True, check=True).stdout.decode()
            assert said.strip().removeprefix("subject=") == ours
    except FileNotFoundError:
        pytest.skip("openssl is not installed")


@pytest.mark.parametrize("oid", sorted(set(zeek_x509.KEYS) - {"1.2.840.10046.2.1"}))
def test_keys_have_openssls_long_names(oid):
    assert cell("certificate.key_alg", public_key_oid=oid) == openssl(oid)


@pytest.mark.parametrize(("curve", "oid"), [("secp192r1", "1.2.840.10045.3.1.1"), ("secp256r1", "1.2.840.10045.3.1.7"),
                                            ("secp384r1", "1.3.132.0.34"), ("curveSM2", "1.2.156.10197.1.301")])  # fmt: skip
def test_curves_have_openssls_short_names(curve, oid):
    assert cell("certificate.curve", public_key_curve=curve) == openssl(oid, short=True)


def test_kinds_of_keys_and_what_is_odd():
    oids = ("1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10040.4.1")
    assert [cell("certificate.key_type", public_key_oid=oid) for oid in oids] == ["rsa", "ecdsa", "dsa"]
    assert cell("certificate.key_type", public_key_oid="2.16.840.1.101.3.4.3.17", public_key_algorithm="ML-DSA-44") == "ML-DSA-44"
    assert cell("certificate.sig_alg", signature_algorithm="id-ml-dsa-44") == "ML-DSA-44"
    assert cell("certificate.sig_alg", signature_algorithm="id-slh-dsa-shake-256f") == "SLH-DSA-SHAKE-256f"
    assert cell("certificate.exponent", public_key_exponent=65537) == "65537"
    assert cell("certificate.exponent", public_key_exponent_hex="01" * 20) == "0x" + "01" * 20
    assert cell("san.ip", san_ip=("192.0.2.1", "#0011", "::1")) == ["192.0.2.1", "::1"]
    assert {cell(column.name) for column in zeek_x509.COLUMNS[2:20]} == {None}
