"""Signatures and keys: what the registry and certificates call differently is one algorithm; identifiers are OpenSSL's."""

import pytest

from analyzer import registry
from analyzer.registry.generated.signature_schemes import SIGNATURE_SCHEMES
from analyzer.reports.cbom import keys as module
from analyzer.reports.cbom.keys import curve_name, curve_strength, field_strength, key, scheme, signature


@pytest.mark.parametrize(
    ("code", "name", "oid"),
    [
        (0x0401, "RSASSA-PKCS1-v1.5-SHA256", "sha256WithRSAEncryption"),
        (0x0420, "RSASSA-PKCS1-v1.5-SHA256", "sha256WithRSAEncryption"),
        (0x0301, "RSASSA-PKCS1-v1.5-SHA224", "sha224WithRSAEncryption"),
        (0x0804, "RSASSA-PSS-SHA256", "RSASSA-PSS"),
        (0x080B, "RSASSA-PSS-SHA512", "RSASSA-PSS"),
        (0x0403, "ECDSA-SHA256", "ecdsa-with-SHA256"),
        (0x0203, "ECDSA-SHA1", "ecdsa-with-SHA1"),
        (0x081A, "ECDSA-SHA256", "ecdsa-with-SHA256"),
        (0x0402, "DSA-SHA256", "dsa_with_SHA256"),
        (0x0807, "Ed25519", "Ed25519"),
        (0x0905, "ML-DSA-65", "id-ml-dsa-65"),
        (0x0914, "SLH-DSA-SHA2-192f", "id-slh-dsa-sha2-192f"),
        (0x091B, "SLH-DSA-SHAKE-256s", "id-slh-dsa-shake-256s"),
        (0x0708, "SM2-SM3", "sm2sign-with-sm3"),
    ],
)
def test_schemes(code, name, oid):
    found = scheme(code)
    assert found.name == name
    assert (registry.oid_name(found.oid) or "").lower().replace("rsassapss", "rsassa-pss") == oid.lower()


def test_every_scheme_of_the_registry_has_an_algorithm():
    found = {code: scheme(code) for code in SIGNATURE_SCHEMES}
    assert {one.primitive for one in found.values()} == {"signature", "combiner"}
    assert all(found[code].oid for code in range(0x0911, 0x091D))
    assert scheme(0x9999).name == "signature scheme 0x9999"
    assert (scheme(0xFF06).name, scheme(0xFF06).quantum) == ("p256_mldsa44", 2)


def test_tls_and_certificates_speak_of_one_algorithm():
    for code, oid, hashed in ((0x0401, "1.2.840.113549.1.1.11", "sha256"), (0x0805, "1.2.840.113549.1.1.10", "sha384"),
                              (0x0503, "1.2.840.10045.4.3.3", "sha384"), (0x0807, "1.3.101.112", None),
                              (0x0201, "1.3.14.3.2.29", "sha1")):  # fmt: skip
        assert signature(oid, registry.oid_name(oid), hashed) == scheme(code)


def test_signatures_by_identifier_are_those_of_openssl():
    short = {"RSASSA-PKCS1-v1.5": "rsa", "ECDSA": "ecdsa", "DSA": "dsa", "SM2": "sm2"}
    for (kind, hashed), oid in module._OIDS.items():
        name = registry.oid_name(oid).lower()
        assert hashed in name
        assert short[kind] in name
        assert kind != "DSA" or "ecdsa" not in name


def test_unknown_signatures():
    assert signature("1.2.3", None, None).name == "1.2.3"
    assert signature(None, None, None).name == "no signature algorithm"
    assert signature("1.2.840.113549.1.1.10", "RSASSA-PSS", None).name == "RSASSA-PSS-unknown hash"


@pytest.mark.parametrize(("bits", "strength"), [(512, None), (1024, 80), (2048, 112), (3072, 128), (4096, 128), (7680, 192), (15360, 256)])
def test_strength_of_moduli(bits, strength):
    assert field_strength(bits) == strength  # SP 800-57 part 1 revision 5, table 2


@pytest.mark.parametrize(("bits", "strength"), [(112, None), (160, 80), (224, 112), (256, 128), (384, 192), (521, 256)])
def test_strength_of_curves(bits, strength):
    assert curve_strength(bits) == strength


def test_keys():
    rsa, ec = key("RSA", "1.2.840.113549.1.1.1", 2048, None), key("EC", "1.2.840.10045.2.1", 384, "secp384r1")
    assert (rsa.name, rsa.primitive, rsa.classical, rsa.quantum) == ("RSA-2048", "pke", 112, 0)
    assert (ec.name, ec.curve, ec.classical, ec.quantum) == ("EC-secp384r1", "secg/secp384r1", 192, 0)
    assert key("Ed25519", "1.3.101.112", 256, None) == scheme(0x0807)
    assert key("ML-DSA-87", None, None, None).quantum == 5  # FIPS 204 table 1
    assert key("1.2.3", "1.2.3", 77, None).primitive == "unknown"
    assert len(key("9" * 5000, "1." * 5000, 1, None).name) == 100


def test_curves():
    assert [*map(curve_name, ("secp256r1", "x25519", "brainpoolP256r1tls13", "curveSM2"))] == [
        "secg/secp256r1", "other/Curve25519", "brainpool/brainpoolP256r1", "curveSM2",
    ]  # fmt: skip
