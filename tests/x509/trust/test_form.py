"""form: certificates that can be read in two ways are not judged by; every other is trusted only where OpenSSL trusts it."""

from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analyzer.x509 import read_certificate
from analyzer.x509.trust import Judge
from analyzer.x509.trust.edges import key_ids_agree
from analyzer.x509.trust.form import EXTENSIONS, flaw
from analyzer.x509.trust.member import read_member


def flaw_of(encoded):
    return flaw(read_certificate(encoded))


def test_good_ones(pki):
    assert [flaw_of(one.der) for one in (pki.root, pki.inter, pki.leaf)] == [None, None, None]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"validity": b""}, "no beginning"),
        ({"serial": b""}, "no serial number"),
        ({"serial": b"\x02\x02\x00\x01"}, "non-minimal integer in serial"),
        ({"serial": b"\x02\x01\xff"}, None),  # a negative number is odd, and no doubt
        ({"signature": b"\3\1\0"}, "no signature"),
        ({"spki": b"\x30\x00"}, "no public key algorithm"),
        ({"signature": b"\3\2\1\0"}, "unused bits in public key or signature"),
        ({"extensions": b"\xa2\x02\x30\x00"}, "fields of another kind or order"),
        ({"extensions": b"\x82\x02\x30\x00"}, "a unique identifier that is none"),
        ({"extensions": b"\x81\x02\x00\x01\x82\x02\x00\x01"}, None),
        ({"version": b"\xa0\x03\x04\x01\x02"}, "no version"),
        ({"extensions": b"\xa3\x00"}, "extensions that are no SEQUENCE"),
        ({"issuer": b"\x30\x04\x31\x02\x30\x00"}, "bad attribute in issuer"),
        ({"subject": b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\xff"}, "bad UTF8String in subject"),
        ({"subject": b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x01"}, None),  # a control character
        ({}, None),
    ],
)
def test_fields(der, changed, told):
    assert flaw_of(der.certificate(**changed)) == told


def test_what_is_behind_and_between(der):
    good = der.certificate()
    assert flaw_of(good + b"\5\0") == "trailing bytes"
    assert flaw_of(good + b"\0") == "cut off"
    assert flaw_of(der.certificate(signature=der.fields["signature"] + b"\5\0")) == "4 parts where three belong"
    assert flaw_of(good[:-1]) == "length past the end"
    assert flaw_of(b"") == "no serial number"


@pytest.mark.parametrize(
    ("dotted", "value", "told"),
    [
        ("2.5.29.19", "3003010101", "bad boolean in basicConstraints"),  # a TRUE that is not DER's
        ("2.5.29.19", "3003010100", None),  # a default that is spelled out
        ("2.5.29.19", "30060101ff0201ff00", "trailing bytes in basicConstraints"),
        ("2.5.29.15", "0500", "no element of tag 0x03 in keyUsage"),
        ("2.5.29.15", "03020718", "unused bits that are set in keyUsage"),
        ("2.5.29.15", "03020780", None),
        ("2.5.29.14", "0405", "length past the end in subjectKeyIdentifier"),
        ("2.5.29.17", "3002820141", "length past the end in subjectAltName"),
        ("2.5.29.32", "3005", None),  # policies are not asked for
        ("1.2.3.4", "3005", None),  # nobody knows what stands there
    ],
)
def test_extensions(der, dotted, value, told):
    encoded = der.certificate(extensions=der.extensions(der.extension(dotted, bytes.fromhex(value))))
    found = flaw_of(encoded)
    assert (found is None) == (told is None)
    assert told is None or told.split(" in ")[1] in found


def test_the_shape_of_extensions(der):
    basic = der.extension("2.5.29.19", b"\x30\x00")
    assert "stands twice" in flaw_of(der.certificate(extensions=der.extensions(basic, basic)))
    many = [der.extension(f"1.2.3.{number}", b"") for number in range(EXTENSIONS + 1)]
    assert flaw_of(der.certificate(extensions=der.extensions(*many[:-1]))) is None
    assert flaw_of(der.certificate(extensions=der.extensions(*many))) == "more than 100 extensions"
    critical = der.extension("2.5.29.19", b"\x30\x00", b"\x02\x01\xff")  # an integer where a boolean belongs
    assert flaw_of(der.certificate(extensions=der.extensions(critical))) == "bad extension"
    assert flaw_of(der.certificate(extensions=der.tlv(0xA3, der.tlv(0x31, basic)))) == "extensions that are no SEQUENCE"


def test_too_many_faults(der):
    names = [der.tlv(0x31, der.tlv(0x30, der.oid(f"2.5.4.{number}"), b"\x02\x01\x05")) for number in range(60)]
    assert flaw_of(der.certificate(subject=der.tlv(0x30, *names))) == "more faults than are kept"


@pytest.fixture(scope="module")
def parts(pki):
    """A CA with every constraint and its leaf: what is signed of both, to be changed and signed again."""
    limits = {"permitted": ["dns:example.com", "ip:192.0.2.0/24"], "excluded": ["dns:bad.example.com"], "length": 0, "eku": ("server",)}
    inter = pki.make("Inter", pki.root, ca=True, usage=("key_cert_sign",), serial=7, **limits)
    usages = {"ca": False, "usage": ("digital_signature",), "eku": ("server",)}
    leaf = pki.make("www.example.com", inter, san=("dns:www.example.com",), serial=8, **usages)
    return {"leaf": (leaf, inter.key), "inter": (inter, pki.root.key)}


@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.sampled_from(["leaf", "inter"]), place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
@example(which="inter", place=0.7, change=0x20)
def test_whatever_a_ca_signs_is_trusted_only_where_openssl_trusts_it(pki, der, parts, which, place, change):
    made, key = parts[which]
    signed = bytearray(x509.load_der_x509_certificate(made.der).tbs_certificate_bytes)
    position = 4 + int(place * (len(signed) - 4))
    signed[position] ^= change
    signature = key.sign(bytes(signed), ec.ECDSA(hashes.SHA256()))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    changed = der.tlv(0x30, bytes(signed), algorithm, der.tlv(0x03, b"\0" + signature))
    chain = [changed, parts["inter"][0].der] if which == "leaf" else [parts["leaf"][0].der, changed]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    if judged.verdict != "trusted" or judged.openssl == "ok":
        return
    members = [read_member(one) for one in (*chain, pki.root.der)]
    if read_member(changed).has("2.5.29.31"):  # made of another: nothing is read from the addresses of revocation lists
        return
    if judged.openssl.endswith("(20)"):  # a signature proves more than key identifiers
        assert False in [key_ids_agree(*pair) for pair in pairwise(members)]
    else:  # a leaf's key of an algorithm or curve that OpenSSL does not know, or no string as its name
        known = read_certificate(changed).public_key_curve == "secp256r1" and read_certificate(changed).public_key_algorithm == "EC"
        assert not known or "no string" in " ".join(read_certificate(changed).faults), judged.openssl
