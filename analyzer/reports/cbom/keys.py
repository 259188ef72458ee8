"""Keys and signatures as algorithms: what signs, in TLS and in certificates, is one algorithm whatever the registry calls it.

Here lives: signature schemes (numbers of TLS, identifiers of certificates) and public keys → Algorithm.  Here does not live: which were
seen (``assets``).  An EC key of a certificate is told as signature: that is what TLS does with it, but for static ECDH.
"""

from __future__ import annotations

import re
from functools import lru_cache

from analyzer import registry
from analyzer.reports.cbom.algorithm import PQC_CALL, SP800_57, Algorithm, hashing, short

__all__ = ["curve_name", "curve_strength", "field_strength", "key", "scheme", "signature"]

_PKCS1, _ECDSA, _NIST = "1.2.840.113549.1.1.", "1.2.840.10045.4.", "2.16.840.1.101.3.4.3."
_SIGNS = ("sign", "verify")

_OIDS: dict[tuple[str, str], str] = {
    **{("RSASSA-PKCS1-v1.5", name): _PKCS1 + number for name, number in (
        ("md2", "2"), ("md4", "3"), ("md5", "4"), ("sha1", "5"), ("sha224", "14"), ("sha256", "11"), ("sha384", "12"), ("sha512", "13"),
        ("sha512-224", "15"), ("sha512-256", "16"),
    )},
    **{("ECDSA", name): _ECDSA + number for name, number in (
        ("sha1", "1"), ("sha224", "3.1"), ("sha256", "3.2"), ("sha384", "3.3"), ("sha512", "3.4"),
    )},
    ("DSA", "sha1"): "1.2.840.10040.4.3",
    **{("DSA", name): _NIST + str(1 + at) for at, name in enumerate(("sha224", "sha256", "sha384", "sha512"))},
    **{(kind, f"sha3-{size}"): _NIST + str(start + at) for kind, start in (("DSA", 5), ("ECDSA", 9), ("RSASSA-PKCS1-v1.5", 13))
       for at, size in enumerate((224, 256, 384, 512))},
    ("SM2", "sm3"): "1.2.156.10197.1.501",
}  # fmt: skip
"""(scheme, hash) -> OID: RFC 3279, 4055, 5758, 8017, NIST CSOR, GM/T 0006."""

_BY_OID = {oid: pair for pair, oid in _OIDS.items()} | {
    "1.3.14.3.2.29": ("RSASSA-PKCS1-v1.5", "sha1"),
    "1.3.14.3.2.3": ("RSASSA-PKCS1-v1.5", "md5"),
    "1.3.36.3.3.1.2": ("RSASSA-PKCS1-v1.5", "ripemd160"),
    "1.3.14.3.2.13": ("DSA", "sha1"),
    "1.3.14.3.2.27": ("DSA", "sha1"),
    "1.3.6.1.5.5.7.6.30": ("RSASSA-PSS", "shake128"),
    "1.3.6.1.5.5.7.6.31": ("RSASSA-PSS", "shake256"),
    "1.3.6.1.5.5.7.6.32": ("ECDSA", "shake128"),
    "1.3.6.1.5.5.7.6.33": ("ECDSA", "shake256"),
}
_PSS = _PKCS1 + "10"

_SLH = [f"SLH-DSA-{hashed}-{size}{speed}" for hashed in ("SHA2", "SHAKE") for size in ("128", "192", "256") for speed in "sf"]
_WHOLE: dict[str, tuple[str, int | None, int | None, str]] = {
    "Ed25519": ("1.3.101.112", 128, 0, "RFC 8032"),
    "Ed448": ("1.3.101.113", 224, 0, "RFC 8032"),
    "ML-DSA-44": (_NIST + "17", 128, 2, "FIPS 204"),
    "ML-DSA-65": (_NIST + "18", 192, 3, "FIPS 204"),
    "ML-DSA-87": (_NIST + "19", 256, 5, "FIPS 204"),
    **{name: (_NIST + str(20 + at), int(name[-4:-1]), {"128": 1, "192": 3, "256": 5}[name[-4:-1]], "FIPS 205")
       for at, name in enumerate(_SLH)},
}  # fmt: skip
"""Algorithms that name their key and hash -> OID, classical bits, quantum category, who says so."""
_WHOLE_BY_OID = {fields[0]: name for name, fields in _WHOLE.items()}
_WHOLE_BY_SCHEME = {name.lower().replace("ml-dsa-", "mldsa").replace("slh-dsa", "slhdsa"): name for name in _WHOLE}


def _whole(name: str) -> Algorithm:
    oid, classical, quantum, source = _WHOLE[name]
    curve = {"Ed25519": "other/Ed25519", "Ed448": "other/Ed448"}.get(name)
    parameter = None if curve else name.partition("DSA-")[2]
    return Algorithm(
        name=name, primitive="signature", parameter=parameter, curve=curve, functions=_SIGNS, oid=oid, classical=classical, quantum=quantum,
        source=source,
    )  # fmt: skip


def _made(kind: str, hashed: str) -> Algorithm:
    """Return a signature algorithm that is told by its scheme and its hash, or hashes ("md5+sha1", before TLS 1.2)."""
    parts = tuple(hashing(name) for name in hashed.split("+"))
    broken = kind in {"RSASSA-PKCS1-v1.5", "RSASSA-PSS", "ECDSA", "DSA"}
    return Algorithm(
        name=f"{kind}-{'-'.join(short(part.name) for part in parts)}",
        primitive="signature",
        padding={"RSASSA-PKCS1-v1.5": "pkcs1v15", "RSASSA-PSS": "other"}.get(kind),
        functions=_SIGNS,
        oid=_PSS if kind == "RSASSA-PSS" else _OIDS.get((kind, hashed)),
        quantum=0 if broken else None,
        source=PQC_CALL if broken else "",
        parts=parts,
    )


_SCHEME = re.compile(r"(rsa_pkcs1|rsa_pss_(?:rsae|pss)|ecdsa|dsa)(?:_\w+?)?_(md5|sha\d{1,3})(?:_legacy)?")
_KINDS = {"rsa_pkcs1": "RSASSA-PKCS1-v1.5", "rsa_pss_rsae": "RSASSA-PSS", "rsa_pss_pss": "RSASSA-PSS", "ecdsa": "ECDSA", "dsa": "DSA"}
_HYBRID = re.compile(r"(p256|p384|p521|rsa3072)_(mldsa\d\d)")


@lru_cache(maxsize=1024)
def scheme(code: int) -> Algorithm:
    """Return the signature algorithm of a SignatureScheme (RFC 8446 section 4.2.3) or a pair of TLS 1.2; an unknown one by its number."""
    name = registry.signature_scheme_name(code)
    if name is None:
        return Algorithm(name=f"signature scheme 0x{code:04x}", primitive="signature")
    if found := _SCHEME.fullmatch(name):
        return _made(_KINDS[found[1]], found[2])
    if name.replace("_", "-") in _WHOLE_BY_SCHEME:
        return _whole(_WHOLE_BY_SCHEME[name.replace("_", "-")])
    if name == "sm2sig_sm3":
        return _made("SM2", "sm3")
    if found := _HYBRID.fullmatch(name):
        part = _whole(_WHOLE_BY_SCHEME[found[2]])
        return Algorithm(
            name=name, primitive="combiner", functions=_SIGNS, classical=part.classical, quantum=part.quantum, source=part.source,
            parts=(part,),
        )  # fmt: skip
    return Algorithm(name=name, primitive="signature", functions=_SIGNS)


@lru_cache(maxsize=1024)
def signature(oid: str | None, name: str | None, hashed: str | None) -> Algorithm:
    """Return the algorithm that signed a certificate, by its OID; an unknown one by its name (of ``registry``) or its OID."""
    if oid in _WHOLE_BY_OID:
        return _whole(_WHOLE_BY_OID[oid])
    if oid == _PSS:
        return _made("RSASSA-PSS", hashed or "unknown hash")
    if oid in _BY_OID:
        return _made(*_BY_OID[oid])
    return Algorithm(name=name or oid or "no signature algorithm", primitive="signature", functions=_SIGNS, oid=oid)


_RSA_STRENGTHS = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
_CURVE_STRENGTHS = ((512, 256), (384, 192), (256, 128), (224, 112), (160, 80))


def field_strength(bits: int | None) -> int | None:
    """Return the bits of security of RSA, DSA or DH by the size of modulus or prime (SP 800-57 table 2); None below 1024."""
    return next((strength for size, strength in _RSA_STRENGTHS if bits is not None and bits >= size), None)


def curve_strength(bits: int | None) -> int | None:
    """Return the bits of security of a curve by the size of its field (SP 800-57 table 2); None below 160."""
    return next((strength for size, strength in _CURVE_STRENGTHS if bits is not None and bits >= size), None)


def curve_name(name: str) -> str:
    """Return a curve as the Standard Curve Database calls it, where it has it."""
    if name.startswith(("secp", "sect")):
        return f"secg/{name}"
    if name.startswith("brainpool"):
        return f"brainpool/{name.removesuffix('tls13')}"
    return {"x25519": "other/Curve25519", "x448": "other/Curve448"}.get(name, name)


_LONGEST = 100
"""Characters of a name that a certificate could choose: an OID may have thousands."""


@lru_cache(maxsize=1024)
def key(algorithm: str, oid: str | None, size: int | None, curve: str | None) -> Algorithm:
    """Return the algorithm of a certificate's public key, as its columns of the certificates table tell it."""
    if algorithm in _WHOLE:
        return _whole(algorithm)
    algorithm = algorithm[:_LONGEST]
    oid = oid[:_LONGEST] if oid else None
    if algorithm.startswith(("RSA", "DSA", "DH")):
        strength = field_strength(size)
        return Algorithm(
            name=f"{algorithm}-{size}" if size else algorithm,
            primitive={"RS": "pke", "DS": "signature", "DH": "key-agree"}[algorithm[:2]],
            parameter=str(size) if size else None,
            oid=oid,
            classical=strength,
            quantum=0,
            source=f"{SP800_57}, {PQC_CALL}" if strength else PQC_CALL,
        )
    if algorithm == "EC" and curve:
        curve = curve[:_LONGEST]
        strength = curve_strength(size)
        return Algorithm(
            name=f"EC-{curve}", primitive="signature", parameter=str(size) if size else None, curve=curve_name(curve), oid=oid,
            classical=strength, quantum=0, source=f"{SP800_57}, {PQC_CALL}" if strength else PQC_CALL,
        )  # fmt: skip
    return Algorithm(name=algorithm, parameter=str(size) if size else None, curve=curve, oid=oid)
