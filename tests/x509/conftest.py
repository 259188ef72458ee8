"""Builders for the tests of x509: DER by hand (``der``) and certificates by the cryptography library (``make``)."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID


def tlv(tag: int, *contents: bytes) -> bytes:
    body = b"".join(contents)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    octets = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + size.to_bytes(octets, "big") + body


def oid(dotted: str) -> bytes:
    first, second, *arcs = map(int, dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *arcs):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return tlv(0x06, bytes(out))


def attribute(dotted: str, value: bytes, tag: int = 0x0C) -> bytes:
    return tlv(0x30, oid(dotted), tlv(tag, value))


def name(*pairs: tuple[str, bytes, int]) -> bytes:
    return tlv(0x30, *(tlv(0x31, attribute(*pair)) for pair in pairs))


SHA256_RSA = tlv(0x30, oid("1.2.840.113549.1.1.11"), b"\x05\0")
SPKI = tlv(
    0x30,
    tlv(0x30, oid("1.2.840.113549.1.1.1"), b"\x05\0"),
    tlv(0x03, b"\0", tlv(0x30, tlv(0x02, b"\0\xc1" + b"\x55" * 255), b"\x02\x03\x01\0\x01")),
)
FIELDS = {
    "version": b"\xa0\x03\x02\x01\x02",
    "serial": b"\x02\x01\x7b",
    "algorithm": SHA256_RSA,
    "issuer": name(("2.5.4.3", b"issuer", 0x0C)),
    "validity": tlv(0x30, tlv(0x17, b"250101000000Z"), tlv(0x17, b"260101000000Z")),
    "subject": name(("2.5.4.3", b"subject", 0x0C)),
    "spki": SPKI,
    "extensions": b"",
    "outer_algorithm": SHA256_RSA,
    "signature": tlv(0x03, b"\0" + b"\x11" * 256),
}


def certificate(**changed: bytes) -> bytes:
    """Build a certificate by hand, any of FIELDS replaced."""
    parts = {**FIELDS, **changed}
    tbs = tlv(0x30, *(parts[key] for key in ("version", "serial", "algorithm", "issuer", "validity", "subject", "spki", "extensions")))
    return tlv(0x30, tbs, parts["outer_algorithm"], parts["signature"])


def extension(dotted: str, value: bytes, critical: bytes = b"") -> bytes:
    return tlv(0x30, oid(dotted), critical, tlv(0x04, value))


def extensions(*all_of_them: bytes) -> bytes:
    return tlv(0xA3, tlv(0x30, *all_of_them))


@pytest.fixture(scope="session")
def der():
    return SimpleNamespace(
        tlv=tlv, oid=oid, attribute=attribute, name=name, certificate=certificate, extension=extension, extensions=extensions, fields=FIELDS
    )


@pytest.fixture(scope="session")
def keys():
    """One private key of each kind (DSA's parameters cost too much to make: q and g of a fixed 1024-bit prime are loaded)."""
    return {
        "rsa": rsa.generate_private_key(65537, 2048),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "p521": ec.generate_private_key(ec.SECP521R1()),
        "brainpool": ec.generate_private_key(ec.BrainpoolP256R1()),
        "k1": ec.generate_private_key(ec.SECP256K1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "ed448": ed448.Ed448PrivateKey.generate(),
        "dsa": dsa.generate_private_key(1024),
    }


@pytest.fixture(scope="session")
def make(keys):
    def made(key="p256", *, subject=None, issuer=None, extensions=(), digest=None, padding=None, signer=None, serial=0x1234ABCD):
        own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject if subject is not None else own)
            .issuer_name(issuer if issuer is not None else subject if subject is not None else own)
            .public_key(keys[key].public_key())
            .serial_number(serial)
            .not_valid_before(dt.datetime(2025, 1, 2, 3, 4, 5, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2051, 6, 7, 8, 9, 10, tzinfo=dt.UTC))
        )
        for value, critical in extensions:
            builder = builder.add_extension(value, critical)
        private = keys[signer or key]
        default = None if (signer or key).startswith("ed") else hashes.SHA256()
        signed = builder.sign(private, digest or default, **({"rsa_padding": padding} if padding else {}))
        return signed.public_bytes(serialization.Encoding.DER)

    return made
