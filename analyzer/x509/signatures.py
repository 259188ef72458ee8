"""Signatures: what a signature algorithm is made of, and whether a certificate signed itself.

Here lives: the table of signature algorithms, RSASSA-PSS parameters.  Here does not live: names of algorithms
(``registry``), the check of a signature (``signed``), chains and trust.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from analyzer import registry
from analyzer.x509 import der
from analyzer.x509.signed import signed_by

if TYPE_CHECKING:
    from analyzer.x509.certificate import Certificate

__all__ = ["SignatureAlgorithm", "is_self_signed", "read_signature_algorithm"]


class SignatureAlgorithm(msgspec.Struct, frozen=True):
    """An AlgorithmIdentifier of a signature: dotted, its name, the hash in TLS's spelling (None where the algorithm has its own)."""

    oid: str | None = None
    name: str | None = None
    hash: str | None = None
    mask_hash: str | None = None
    """Hash of RSASSA-PSS's mask generation function."""
    key: str | None = None
    """Kind of key that signs with it: RSA, RSASSA-PSS, EC, DSA, SM2, GOST; None where the algorithm names its key (Ed25519, ML-DSA)."""
    salt_length: int | None = None
    """Octets of RSASSA-PSS's salt; None where it is no such algorithm, or the number could not be read."""
    faults: tuple[str, ...] = ()


_PSS = "1.2.840.113549.1.1.10"
_PKCS1, _ECDSA, _DSA, _NIST = "1.2.840.113549.1.1.", "1.2.840.10045.4.", "1.2.840.10040.4.", "2.16.840.1.101.3.4."
_SHA2 = ("sha224", "sha256", "sha384", "sha512")
_SHA3 = ("sha3-224", "sha3-256", "sha3-384", "sha3-512")

# dotted -> (key algorithm, hash): RFC 3279, 4055, 5758, 8410, 8692, 9215, NIST CSOR, OIW
_SIGNATURES: dict[str, tuple[str, str]] = {
    _PKCS1 + "2": ("RSA", "md2"),
    _PKCS1 + "3": ("RSA", "md4"),
    _PKCS1 + "4": ("RSA", "md5"),
    _PKCS1 + "5": ("RSA", "sha1"),
    _PKCS1 + "11": ("RSA", "sha256"),
    _PKCS1 + "12": ("RSA", "sha384"),
    _PKCS1 + "13": ("RSA", "sha512"),
    _PKCS1 + "14": ("RSA", "sha224"),
    _PKCS1 + "15": ("RSA", "sha512-224"),
    _PKCS1 + "16": ("RSA", "sha512-256"),
    "1.3.14.3.2.3": ("RSA", "md5"),
    "1.3.14.3.2.29": ("RSA", "sha1"),
    "1.3.36.3.3.1.2": ("RSA", "ripemd160"),
    "1.3.14.3.2.13": ("DSA", "sha1"),
    "1.3.14.3.2.27": ("DSA", "sha1"),
    _DSA + "3": ("DSA", "sha1"),
    _ECDSA + "1": ("EC", "sha1"),
    **{f"{_ECDSA}3.{1 + i}": ("EC", name) for i, name in enumerate(_SHA2)},
    **{f"{_NIST}3.{1 + i}": ("DSA", name) for i, name in enumerate(_SHA2)},
    **{f"{_NIST}3.{5 + i}": ("DSA", name) for i, name in enumerate(_SHA3)},
    **{f"{_NIST}3.{9 + i}": ("EC", name) for i, name in enumerate(_SHA3)},
    **{f"{_NIST}3.{13 + i}": ("RSA", name) for i, name in enumerate(_SHA3)},
    "1.3.6.1.5.5.7.6.30": ("RSASSA-PSS", "shake128"),
    "1.3.6.1.5.5.7.6.31": ("RSASSA-PSS", "shake256"),
    "1.3.6.1.5.5.7.6.32": ("EC", "shake128"),
    "1.3.6.1.5.5.7.6.33": ("EC", "shake256"),
    "1.2.156.10197.1.501": ("SM2", "sm3"),
    "1.2.643.2.2.4": ("GOST", "gostr3411-94"),
    "1.2.643.2.2.3": ("GOST", "gostr3411-94"),
    "1.2.643.7.1.1.3.2": ("GOST", "gostr3411-2012-256"),
    "1.2.643.7.1.1.3.3": ("GOST", "gostr3411-2012-512"),
}

# dotted -> hash, as RSASSA-PSS parameters name it (RFC 4055 section 2.1)
_HASHES: dict[str, str] = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    **{f"{_NIST}2.{number}": name for number, name in ((4, "sha224"), (1, "sha256"), (2, "sha384"), (3, "sha512"))},
    **{f"{_NIST}2.{5 + i}": name for i, name in enumerate(("sha512-224", "sha512-256"))},
    **{f"{_NIST}2.{7 + i}": name for i, name in enumerate(_SHA3)},
}


def read_signature_algorithm(body: bytes) -> SignatureAlgorithm:
    """Return what the contents of an AlgorithmIdentifier's SEQUENCE say (RFC 5280 section 4.1.1.2)."""
    return _read_cached(body) if len(body) <= 256 else _read(body)


def _read(body: bytes) -> SignatureAlgorithm:
    """Read a signature's AlgorithmIdentifier."""
    faults: list[str] = []
    parts = der.children(body, 0, len(body), faults)
    if not parts or parts[0][0] != 0x06:
        return SignatureAlgorithm(faults=(*faults, "no algorithm"))
    oid = der.object_identifier(body[parts[0][2] : parts[0][3]], faults)
    kind, hashing = _SIGNATURES.get(oid, (None, None))
    mask, salt = None, None
    if oid == _PSS:
        # RFC 4055 section 3.1: what is absent is SHA-1
        parameters = {part[0]: part for part in der.children(body, parts[1][2], parts[1][3], faults)} if len(parts) > 1 else {}
        kind, hashing, mask, salt = "RSASSA-PSS", "sha1", "sha1", 20
        if 0xA0 in parameters:
            hashing = _hash(body, parameters[0xA0], faults)
        if 0xA1 in parameters:
            generator = der.children(body, parameters[0xA1][2], parameters[0xA1][3], faults)
            inner = der.children(body, generator[0][2], generator[0][3], faults) if generator else []
            mask = _hash(body, (0, 0, inner[1][1], inner[1][4], 0), faults) if len(inner) > 1 else None
        if 0xA2 in parameters:
            lengths = der.children(body, parameters[0xA2][2], parameters[0xA2][3], faults)
            salt = der.integer(body[lengths[0][2] : lengths[0][3]], faults) if lengths and lengths[0][0] == 0x02 else None
    return SignatureAlgorithm(oid, registry.oid_name(oid) or oid, hashing, mask, kind, salt, faults=tuple(faults))


_read_cached = lru_cache(maxsize=512)(_read)


def _hash(body: bytes, element: der.Element, faults: list[str]) -> str | None:
    """Return the hash that the AlgorithmIdentifier inside an element names."""
    outer = der.children(body, element[2], element[3], faults)
    inner = der.children(body, outer[0][2], outer[0][3], faults) if outer else []
    if not inner or inner[0][0] != 0x06:
        faults.append("no hash")
        return None
    oid = der.object_identifier(body[inner[0][2] : inner[0][3]], faults)
    return _HASHES.get(oid) or registry.oid_name(oid) or oid


def is_self_signed(certificate: Certificate) -> bool | None:
    """Tell whether a certificate is self-issued and its signature verifies with its own key (RFC 5280 section 3.2).

    None where that cannot be told: an algorithm or key that cryptography does not compute with, or a broken certificate.
    Weak hashes (MD5, SHA-1) are checked like any other.  Costs 50 to 500 microseconds; not remembered.
    """
    if not certificate.self_issued:
        return False if certificate.subject is not None and certificate.issuer is not None else None
    if not certificate.signature or certificate.spki is None:
        return None
    outer = der.children(certificate.der, 0, len(certificate.der), [])
    parts = der.children(certificate.der, outer[0][2], outer[0][3], [])
    algorithm = read_signature_algorithm(certificate.der[parts[1][2] : parts[1][3]])
    return signed_by(certificate.spki, algorithm, certificate.der[parts[0][1] : parts[0][4]], certificate.signature)
