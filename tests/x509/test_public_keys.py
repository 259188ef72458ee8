"""public_keys: each algorithm, sizes without arithmetic, RFC 7469's pin."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import serialization

from analyzer.x509.public_keys import read_public_key


def read(spki):
    faults = []
    return read_public_key(spki, faults), faults


def spki_of(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("key", "algorithm", "size", "curve"),
    [
        ("rsa", "RSA", 2048, None),
        ("p256", "EC", 256, "secp256r1"),
        ("p384", "EC", 384, "secp384r1"),
        ("p521", "EC", 521, "secp521r1"),
        ("brainpool", "EC", 256, "brainpoolP256r1"),
        ("k1", "EC", 256, "secp256k1"),
        ("ed25519", "Ed25519", 256, None),
        ("ed448", "Ed448", 456, None),
        ("dsa", "DSA", 1024, None),
    ],
)
def test_keys_that_cryptography_makes(keys, key, algorithm, size, curve):
    spki = spki_of(keys[key])
    fields, faults = read(spki)
    assert faults == []
    assert (fields["public_key_algorithm"], fields["public_key_size"], fields.get("public_key_curve")) == (algorithm, size, curve)
    assert fields["spki"] == spki
    assert fields["spki_sha256"] == base64.b64encode(hashlib.sha256(spki).digest()).decode()
    if key == "rsa":
        numbers = keys[key].public_key().public_numbers()
        assert int(fields["public_key_modulus"], 16) == numbers.n
        assert fields["public_key_exponent"] == numbers.e == int(fields["public_key_exponent_hex"], 16)


# RFC 8410 section 10.1
def test_rfc_8410_key():
    fields, faults = read(base64.b64decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="))
    assert (fields["public_key_algorithm"], fields["public_key_oid"], faults) == ("Ed25519", "1.3.101.112", [])


@pytest.mark.parametrize(
    ("dotted", "octets", "algorithm"),
    [
        ("2.16.840.1.101.3.4.3.17", 1312, "ML-DSA-44"),  # RFC 9881
        ("2.16.840.1.101.3.4.3.18", 1952, "ML-DSA-65"),
        ("2.16.840.1.101.3.4.3.19", 2592, "ML-DSA-87"),
        ("2.16.840.1.101.3.4.3.20", 32, "SLH-DSA-SHA2-128s"),  # RFC 9909
        ("2.16.840.1.101.3.4.3.25", 64, "SLH-DSA-SHA2-256f"),
        ("2.16.840.1.101.3.4.3.31", 64, "SLH-DSA-SHAKE-256f"),
        ("1.3.101.110", 32, "X25519"),
        ("1.2.3.4.5.6.7", 10, "1.2.3.4.5.6.7"),
    ],
)
def test_opaque_keys(der, dotted, octets, algorithm):
    fields, faults = read(der.tlv(0x30, der.tlv(0x30, der.oid(dotted)), der.tlv(0x03, bytes(octets + 1))))
    assert (fields["public_key_algorithm"], fields["public_key_size"], faults) == (algorithm, 8 * octets, [])


def test_sm2_and_gost(der):
    point = der.tlv(0x03, b"\0\4" + bytes(64))
    sm2 = der.tlv(0x30, der.tlv(0x30, der.oid("1.2.840.10045.2.1"), der.oid("1.2.156.10197.1.301")), point)
    assert read(sm2)[0]["public_key_algorithm"] == "SM2"
    sets = der.tlv(0x30, der.oid("1.2.643.7.1.2.1.2.1"), der.oid("1.2.643.7.1.1.2.3"))
    gost = der.tlv(0x30, der.tlv(0x30, der.oid("1.2.643.7.1.1.1.2"), sets), der.tlv(0x03, b"\0", der.tlv(0x04, bytes(128))))
    fields, faults = read(gost)
    assert (fields["public_key_algorithm"], fields["public_key_size"], fields["public_key_curve"]) == (
        "GOST R 34.10-2012 (512 bit)",
        512,
        "GC512A",
    )
    assert faults == []


def rsa(der, modulus, exponent):
    key = der.tlv(0x30, der.tlv(0x02, modulus), der.tlv(0x02, exponent))
    return read(der.tlv(0x30, der.tlv(0x30, der.oid("1.2.840.113549.1.1.1"), b"\x05\0"), der.tlv(0x03, b"\0", key)))


def test_odd_rsa_keys(der):
    assert rsa(der, b"\0\xff" * 4, b"\x03")[0]["public_key_size"] == 56
    assert rsa(der, b"\xff" * 4, b"\x03")[1] == ["negative modulus"]
    fields, faults = rsa(der, b"", b"\x03")
    assert (fields["public_key_size"], faults) == (0, ["modulus or exponent of zero"])
    fields, faults = rsa(der, b"\x7f" * 4, b"\x01" * 64)
    assert (fields["public_key_exponent"], fields["public_key_exponent_hex"], faults) == (None, "01" * 64, [])


def test_two_million_bits_are_only_measured(der):
    fields, _ = rsa(der, b"\x7f" * (1 << 18), b"\x03")
    assert fields["public_key_size"] == (8 << 18) - 1


def test_odd_curves(der):
    def ec(parameters, point):
        return read(der.tlv(0x30, der.tlv(0x30, der.oid("1.2.840.10045.2.1"), parameters), der.tlv(0x03, b"\0", point)))

    prime = der.tlv(0x30, b"\x02\x01\x01", der.tlv(0x30, der.oid("1.2.840.10045.1.1"), der.tlv(0x02, b"\0" + b"\xff" * 60_000)))
    fields, faults = ec(prime, b"\4" + bytes(120_000))
    assert (fields["public_key_curve"], fields["public_key_size"], faults) == ("explicit", 480_000, ["explicit curve"])
    assert ec(b"", b"\4" + bytes(64))[1] == ["no curve"]
    assert ec(der.oid("1.2.840.10045.3.1.7"), b"\4" + bytes(63))[1] == ["bad point"]
    assert ec(der.oid("1.2.840.10045.3.1.7"), b"\2" + bytes(32))[1] == []
    assert ec(der.oid("1.2.3.4.5"), b"\4" + bytes(64))[0]["public_key_curve"] == "1.2.3.4.5"


@pytest.mark.parametrize("spki", [b"", b"\x30\0", b"\x30\x02\x30\0", b"\x30\x80\0\0", b"\x05\0"])
def test_no_key(spki):
    fields, faults = read(spki)
    assert "no algorithm" in faults
    assert fields["spki"] == spki
