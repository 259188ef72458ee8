"""Hashes, ciphers, MACs: object identifiers as OpenSSL's table has them, strengths as NIST's tables have them."""

import re

import pytest

from analyzer import registry
from analyzer.registry.generated.cipher_suites import CIPHER_SUITES
from analyzer.reports.cbom import algorithm as module
from analyzer.reports.cbom.algorithm import Algorithm, cipher, hashing, keyed_hash, slug


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def test_identifiers_are_those_of_openssl():
    told = {**module._CIPHER_OIDS, **{name: oid for name, oid, *_ in module._HASHES.values()}}
    named = {name: registry.oid_name(oid) for name, oid in told.items() if registry.oid_name(oid)}
    others = {
        "AES-128-CCM-8": "aes-128-ccm", "AES-256-CCM-8": "aes-256-ccm", "3DES-EDE-CBC": "des-ede3-cbc", "RC2-128-CBC": "rc2-cbc",
        "RC4-128": "rc4", "GOST R 34.11-94": "md_gost94", "GOST R 34.11-2012 (256 bit)": "md_gost12_256",
        "GOST R 34.11-2012 (512 bit)": "md_gost12_512",
    }  # fmt: skip
    assert len(named) > 40
    assert {name: found for name, found in named.items() if plain(name) != plain(found)} == others


@pytest.mark.parametrize(
    ("parts", "name", "primitive", "mode", "classical", "quantum"),
    [
        (("AES", "GCM", 128), "AES-128-GCM", "ae", "gcm", 128, 1),
        (("AES", "GCM", 256), "AES-256-GCM", "ae", "gcm", 256, 5),
        (("AES", "CBC", 256), "AES-256-CBC", "block-cipher", "cbc", 256, 5),
        (("AES", "CCM_8", 128), "AES-128-CCM-8", "ae", "ccm", 128, 1),
        (("CHACHA20", "POLY1305", 256), "ChaCha20-Poly1305", "ae", None, 256, None),
        (("3DES", "CBC", 112), "3DES-EDE-CBC", "block-cipher", "cbc", 112, 0),
        (("DES", "CBC", 56), "DES-CBC", "block-cipher", "cbc", 56, 0),
        (("DES", "CBC", 40), "DES-40-CBC", "block-cipher", "cbc", 40, 0),
        (("RC4", None, 128), "RC4-128", "stream-cipher", None, None, None),
        (("RC4", None, 40), "RC4-40", "stream-cipher", None, 40, 0),
        (("KUZNYECHIK", "MGM", 256), "KUZNYECHIK-MGM", "ae", "other", None, None),
        (("NULL", None, 0), "NULL", "other", None, 0, 0),
    ],
)
def test_ciphers(parts, name, primitive, mode, classical, quantum):
    found = cipher(*parts)
    assert (found.name, found.primitive, found.mode, found.classical, found.quantum) == (name, primitive, mode, classical, quantum)
    assert bool(found.source) == (classical is not None or quantum is not None) or name == "NULL"


def test_every_suite_has_a_cipher_of_cyclonedx():
    from cyclonedx.model.crypto import CryptoFunction, CryptoMode, CryptoPrimitive

    found = {cipher(row[4], row[5], row[6]) for row in CIPHER_SUITES.values()}
    assert len({one.ref for one in found}) == len(found)
    for one in found:
        assert CryptoPrimitive(one.primitive)
        assert one.mode is None or CryptoMode(one.mode)
        assert [CryptoFunction(name) for name in one.functions] or one.name == "NULL"


def test_hashes():
    assert [(one.name, one.parameter, one.classical, one.quantum) for one in map(hashing, ("sha256", "sha384", "sha3-256", "md5"))] == [
        ("SHA-256", "256", 128, 2), ("SHA-384", "384", 192, 4), ("SHA3-256", "256", 128, 2), ("MD5", None, None, 0),
    ]  # fmt: skip
    assert hashing("sha1").classical is None, "SHA-1 has no strength against collisions any more"
    assert hashing("whirlpool") == Algorithm(name="whirlpool", primitive="hash", functions=("digest",))


def test_what_is_made_of_hashes():
    mac, derived, old = keyed_hash("HMAC", "sha256"), keyed_hash("HKDF", "sha384"), keyed_hash("TLS10-PRF", "md5+sha1")
    assert (mac.name, mac.primitive, mac.oid) == ("HMAC-SHA256", "mac", "1.2.840.113549.2.9")
    assert (derived.name, derived.primitive, derived.oid) == ("HKDF-SHA384", "kdf", "1.2.840.113549.1.9.16.3.29")  # RFC 8619 section 2
    assert (old.name, [part.name for part in old.parts]) == ("TLS10-PRF-MD5-SHA1", ["MD5", "SHA-1"])
    assert keyed_hash("HMAC", "sha3-256").name == "HMAC-SHA3-256"


def test_refs():
    assert cipher("AES", "GCM", 128).ref == "crypto/algorithm/aes-128-gcm@2.16.840.1.101.3.4.1.6"
    assert Algorithm(name="group 0x1234").ref == "crypto/algorithm/group-0x1234"
    assert (slug("a b/(c)"), slug("\u202e")) == ("a-b-c", "unnamed")
