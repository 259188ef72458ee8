"""Groups, primes, suites of every registry; what a suite is made of depends on the version."""

import pytest

from analyzer import registry
from analyzer.registry.generated.cipher_suites import CIPHER_SUITES
from analyzer.registry.generated.groups import GROUPS
from analyzer.reports.cbom import exchanges as module
from analyzer.reports.cbom.exchanges import group, prime, sealing, suited


def names(found):
    return [one.name for one in found]


def test_groups():
    hybrid = group(0x11EC)  # X25519MLKEM768
    assert (hybrid.primitive, hybrid.quantum, names(hybrid.parts)) == ("combiner", 3, ["x25519", "ML-KEM-768"])
    assert (group(0x0200).name, group(0x0200).quantum) == ("ML-KEM-512", 1)  # FIPS 203 table 3
    assert (group(29).classical, group(29).quantum, group(29).curve) == (128, 0, "other/Curve25519")
    assert (group(23).classical, group(30).classical) == (128, 224)
    assert (group(0x0100).classical, group(0x0104).classical) == (112, 200)  # SP 800-56A revision 3, table 26
    assert group(0x9999).name == "group 0x9999"
    assert (group(0x021B).name, group(0x021B).quantum) == ("sidhp434", 0), "broken by a classical computer"
    assert names(group(0x2FB6).parts) == ["x25519", "ML-KEM-512"], "however it is spelt"
    assert group(0xFF01).primitive == "key-agree"


def test_every_group_of_the_registry_says_whether_it_resists():
    for code in GROUPS:
        resists = registry.group(code).post_quantum
        found = group(code)
        assert found.ref.startswith("crypto/algorithm/")
        assert (found.quantum or 0) == 0 or resists
        assert found.quantum != 0 or not resists


def test_identifiers_are_those_of_openssl():
    for name, oid in module._CURVE_OIDS.items():
        assert registry.oid_name(oid).lower() == name.lower()
    assert [registry.oid_name(oid) for oid in module._MLKEM_OIDS.values()] == [f"id-alg-ml-kem-{size}" for size in (512, 768, 1024)]


def test_primes():
    assert (prime(None, 1024).name, prime(None, 1024).classical) == ("DH-1024", 80)
    assert prime("ffdhe2048 (RFC 7919)", 2048) == group(0x0100)
    assert prime("Oakley 2 (RFC 2409)", 1024).name == "DH-1024 Oakley 2 (RFC 2409)"


@pytest.mark.parametrize(
    ("suite", "version", "sealed", "proved"),
    [
        (0x1301, 0x0304, ["AES-128-GCM", "HKDF-SHA256"], []),
        (0x1302, 0x0304, ["AES-256-GCM", "HKDF-SHA384"], []),
        (0xC02F, 0x0303, ["AES-128-GCM", "TLS12-PRF-SHA256"], ["ECDHE", "RSA"]),
        (0xC030, 0xFEFD, ["AES-256-GCM", "TLS12-PRF-SHA384"], ["ECDHE", "RSA"]),
        (0xC013, 0x0303, ["AES-128-CBC", "HMAC-SHA1", "TLS12-PRF-SHA256"], ["ECDHE", "RSA"]),  # RFC 5246 section 5
        (0xC013, 0x0301, ["AES-128-CBC", "HMAC-SHA1", "TLS10-PRF-MD5-SHA1"], ["ECDHE", "RSA"]),
        (0x000A, 0x0300, ["3DES-EDE-CBC", "SSL3-MAC-SHA1", "SSL3-KDF-MD5-SHA1"], ["RSAES-PKCS1-v1.5"]),
        (0x010080, 0x0002, ["RC4-128", "SSL2-MAC-MD5", "SSL2-KDF-MD5"], ["RSAES-PKCS1-v1.5"]),
        (0x0034, 0x0302, ["AES-128-CBC", "HMAC-SHA1", "TLS10-PRF-MD5-SHA1"], ["DHE"]),
        (0x008C, 0x0303, ["AES-128-CBC", "HMAC-SHA1", "TLS12-PRF-SHA256"], []),
        (0xC0AE, 0x0303, ["AES-128-CCM-8", "TLS12-PRF-SHA256"], ["ECDHE", "ECDSA"]),
        (0xEEEE, 0x0303, [], []),
    ],
)
def test_suites(suite, version, sealed, proved):
    assert names(sealing(suite, version)) == sealed
    assert names(suited(suite)) == proved


def test_every_suite_of_the_registry():
    for code in CIPHER_SUITES:
        for version in (0x0002, 0x0300, 0x0301, 0x0303, 0x0304, 0x7F1C, 0x0101):
            assert sealing(code, version)
        assert all(one.primitive != "unknown" for one in suited(code))
