"""Key exchanges and cipher suites as algorithms: what a handshake of a version, with a suite and a group, computes with.

Here lives: groups, Diffie-Hellman primes and suites → Algorithms.  Here does not live: signatures (``keys``), hashes and ciphers
(``algorithm``), which were seen (``assets``).
"""

from __future__ import annotations

import re
from functools import lru_cache

from analyzer import registry
from analyzer.reports.cbom.algorithm import PQC_CALL, SP800_57, Algorithm, cipher, keyed_hash
from analyzer.reports.cbom.keys import curve_name, curve_strength, field_strength
from analyzer.tls.codes import is_tls13

__all__ = ["group", "prime", "sealing", "suited"]

_CURVE_OIDS: dict[str, str] = {
    "x25519": "1.3.101.110", "x448": "1.3.101.111", "secp192r1": "1.2.840.10045.3.1.1", "secp224r1": "1.3.132.0.33",
    "secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34", "secp521r1": "1.3.132.0.35", "secp256k1": "1.3.132.0.10",
    "brainpoolP256r1": "1.3.36.3.3.2.8.1.1.7", "brainpoolP384r1": "1.3.36.3.3.2.8.1.1.11", "brainpoolP512r1": "1.3.36.3.3.2.8.1.1.13",
    "curveSM2": "1.2.156.10197.1.301",
}  # fmt: skip
"""RFC 8410, RFC 5480, SEC 2, RFC 5639, GM/T 0006."""
_MLKEM = re.compile(r"ml_?kem[-_]?(512|768|1024)", re.IGNORECASE)
_MLKEM_OIDS = {size: f"2.16.840.1.101.3.4.4.{1 + at}" for at, size in enumerate(("512", "768", "1024"))}
_MLKEM_LEVELS = {"512": (128, 1), "768": (192, 3), "1024": (256, 5)}
_FFDHE = {2048: 112, 3072: 128, 4096: 152, 6144: 176, 8192: 200}
"""NIST SP 800-56A revision 3, table 26."""
_KEM = ("keygen", "encapsulate", "decapsulate")


def _curve(name: str, bits: int | None) -> Algorithm:
    strength = {"x25519": 128, "x448": 224}.get(name) or curve_strength(bits)
    said = "RFC 7748" if name in {"x25519", "x448"} else SP800_57 if strength else ""
    return Algorithm(
        name=name, primitive="key-agree", parameter=str(bits) if bits else None, curve=curve_name(name), functions=("keygen", "keyderive"),
        oid=_CURVE_OIDS.get(name.removesuffix("tls13")), classical=strength, quantum=0, source=", ".join(filter(None, (said, PQC_CALL))),
    )  # fmt: skip


def _kem(name: str) -> Algorithm:
    found = _MLKEM.fullmatch(name)
    if found is None:
        return Algorithm(name=name, primitive="kem", functions=_KEM)
    classical, quantum = _MLKEM_LEVELS[found[1]]
    return Algorithm(
        name=f"ML-KEM-{found[1]}", primitive="kem", parameter=found[1], functions=_KEM, oid=_MLKEM_OIDS[found[1]], classical=classical,
        quantum=quantum, source="FIPS 203",
    )  # fmt: skip


@lru_cache(maxsize=1024)
def group(code: int) -> Algorithm:
    """Return the key exchange of a named group (IANA "TLS Supported Groups"); an unknown one by its number."""
    known = registry.group(code)
    if known is None:
        return Algorithm(name=f"group 0x{code:04x}")
    if known.kind == "ecdh":
        return _curve(known.name, known.bits)
    if known.kind == "ffdhe":
        return _field(known.name, known.bits or 0)
    if known.kind in {"mlkem", "kem"}:
        return _kem(known.name) if known.post_quantum else Algorithm(name=known.name, primitive="kem", functions=_KEM, quantum=0)
    if known.kind == "hybrid":
        halves = (_curve(known.classical or "", known.bits), _kem(known.post_quantum_part or ""))
        strengths = [half.classical for half in halves if half.classical]
        return Algorithm(
            name=known.name, primitive="combiner", functions=("keygen", "encapsulate", "decapsulate", "keyderive"),
            classical=max(strengths, default=None), quantum=halves[1].quantum if known.post_quantum else 0, source=halves[1].source,
            parts=halves,
        )  # fmt: skip
    return Algorithm(name=known.name, primitive="key-agree", quantum=0, source=PQC_CALL)


def _field(name: str, bits: int) -> Algorithm:
    strength = _FFDHE.get(bits) if name.startswith("ffdhe") else field_strength(bits)
    said = "NIST SP 800-56A rev. 3" if name.startswith("ffdhe") else SP800_57
    return Algorithm(
        name=name, primitive="key-agree", parameter=str(bits) if bits else None, functions=("keygen", "keyderive"),
        oid="1.2.840.113549.1.3.1", classical=strength, quantum=0, source=", ".join(filter(None, (said if strength else "", PQC_CALL))),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def prime(name: str | None, bits: int) -> Algorithm:
    """Return the Diffie-Hellman exchange of a ServerKeyExchange by the prime's size and, where it is well known, its name."""
    named = (name or "").partition(" ")[0]
    return _field(named if named.startswith("ffdhe") else f"DH-{bits} {name}" if name else f"DH-{bits}", bits)


_SIGNS = ("sign", "verify")
_EXCHANGES: dict[str, Algorithm] = {
    "RSA": Algorithm(
        name="RSAES-PKCS1-v1.5", primitive="pke", padding="pkcs1v15", functions=("encrypt", "decrypt"), oid="1.2.840.113549.1.1.1",
        quantum=0, source=PQC_CALL,
    ),
    "ECDHE": Algorithm(name="ECDHE", primitive="key-agree", functions=("keygen", "keyderive"), quantum=0, source=PQC_CALL),
    "ECDH": Algorithm(name="ECDH", primitive="key-agree", functions=("keyderive",), oid="1.3.132.1.12", quantum=0, source=PQC_CALL),
    "DHE": Algorithm(name="DHE", primitive="key-agree", functions=("keygen", "keyderive"), quantum=0, source=PQC_CALL),
    "DH": Algorithm(name="DH", primitive="key-agree", functions=("keyderive",), oid="1.2.840.113549.1.3.1", quantum=0, source=PQC_CALL),
}  # fmt: skip
"""Key exchange of a suite -> what it is where no group is told."""
_ALIKE = {
    "RSA_PSK": "RSA", "ECDHE_PSK": "ECDHE", "ECDH_anon": "ECDHE", "DHE_PSK": "DHE", "DH_anon": "DHE",
}  # fmt: skip
_NONE = frozenset({None, "PSK", "NULL"})
_SIGNED: dict[str, Algorithm] = {
    "RSA": Algorithm(name="RSA", primitive="signature", functions=_SIGNS, oid="1.2.840.113549.1.1.1", quantum=0, source=PQC_CALL),
    "ECDSA": Algorithm(name="ECDSA", primitive="signature", functions=_SIGNS, quantum=0, source=PQC_CALL),
    "DSS": Algorithm(name="DSA", primitive="signature", functions=_SIGNS, oid="1.2.840.10040.4.1", quantum=0, source=PQC_CALL),
}  # fmt: skip
_UNSIGNED = frozenset({"anon", "PSK", "NULL"})
_MACS = {"SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384", "MD5": "md5", "SM3": "sm3"}
_GOST_MACS = frozenset({"IMIT", "OMAC", "GOSTR3411"})
SSL20, SSL30, TLS12 = 0x0002, 0x0300, 0x0303
_TLS12_LIKE = frozenset({TLS12, 0xFEFD, 0x0101})


@lru_cache(maxsize=4096)
def sealing(code: int, version: int) -> tuple[Algorithm, ...]:
    """Return what protects the records of a suite in a version: cipher, MAC, key derivation; () for a suite in no registry."""
    suite = registry.cipher_suite(code)
    if suite is None:
        return ()
    told = [cipher(suite.cipher, suite.mode, suite.bits)]
    tail = suite.name.rpartition("_")[2]
    old = {SSL20: "SSL2", SSL30: "SSL3"}.get(version)
    if suite.mac in _MACS:
        told.append(keyed_hash(f"{old}-MAC" if old else "HMAC", _MACS[suite.mac]))
    elif suite.mac in _GOST_MACS:
        told.append(Algorithm(name=f"GOST-{suite.mac}", primitive="mac", functions=("tag",)))
    if is_tls13(version):
        told.append(keyed_hash("HKDF", _MACS.get(tail, "sha256")))
    elif version in _TLS12_LIKE:
        told.append(keyed_hash("TLS12-PRF", _MACS[tail] if tail in {"SHA384", "SM3"} else "sha256"))  # RFC 5246 section 5
    else:
        told.append(keyed_hash(f"{old}-KDF" if old else "TLS10-PRF", "md5" if version == SSL20 else "md5+sha1"))
    return tuple(told)


@lru_cache(maxsize=4096)
def suited(code: int) -> tuple[Algorithm, ...]:
    """Return what a suite exchanges keys and proves with, as far as its name tells: none in TLS 1.3, where groups and schemes do."""
    suite = registry.cipher_suite(code)
    if suite is None or suite.key_exchange in _NONE:
        return ()
    exchange = _ALIKE.get(suite.key_exchange or "", suite.key_exchange or "")
    told = [_EXCHANGES.get(exchange) or Algorithm(name=exchange, primitive="combiner" if exchange == "CECPQ1" else "key-agree")]
    if exchange in {"ECDHE", "DHE", "CECPQ1"} and suite.authentication not in _UNSIGNED:
        proof = suite.authentication or ""
        told.append(_SIGNED.get(proof) or Algorithm(name=proof, primitive="signature"))
    return tuple(told)
