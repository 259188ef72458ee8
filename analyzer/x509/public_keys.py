"""Public keys: the SubjectPublicKeyInfo of a certificate in, algorithm, size, curve and numbers out.

Here lives: the table of key algorithms and of curves.  Here does not live: any arithmetic with a key (a modulus is only
measured, never computed with), whether a key is strong enough (``findings``).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from analyzer import registry
from analyzer.x509 import der

__all__ = ["read_public_key"]

Fields = dict[str, Any]
Reader = Callable[[bytes, bytes, int, list[str]], Fields]
"""``(key bits, data, start of the AlgorithmIdentifier's parameters, faults) -> fields``."""

# dotted -> (name, bits): SEC 2, RFC 5480, RFC 5639, RFC 4357, RFC 7836, GB/T 32918.5
_CURVES: dict[str, tuple[str, int]] = {
    "1.2.840.10045.3.1.1": ("secp192r1", 192),
    "1.2.840.10045.3.1.7": ("secp256r1", 256),
    "1.3.132.0.33": ("secp224r1", 224),
    "1.3.132.0.34": ("secp384r1", 384),
    "1.3.132.0.35": ("secp521r1", 521),
    "1.3.132.0.6": ("secp112r1", 112),
    "1.3.132.0.7": ("secp112r2", 112),
    "1.3.132.0.28": ("secp128r1", 128),
    "1.3.132.0.29": ("secp128r2", 128),
    "1.3.132.0.8": ("secp160r1", 160),
    "1.3.132.0.9": ("secp160k1", 160),
    "1.3.132.0.30": ("secp160r2", 160),
    "1.3.132.0.31": ("secp192k1", 192),
    "1.3.132.0.32": ("secp224k1", 224),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.132.0.1": ("sect163k1", 163),
    "1.3.132.0.2": ("sect163r1", 163),
    "1.3.132.0.15": ("sect163r2", 163),
    "1.3.132.0.24": ("sect193r1", 193),
    "1.3.132.0.25": ("sect193r2", 193),
    "1.3.132.0.26": ("sect233k1", 233),
    "1.3.132.0.27": ("sect233r1", 233),
    "1.3.132.0.3": ("sect239k1", 239),
    "1.3.132.0.16": ("sect283k1", 283),
    "1.3.132.0.17": ("sect283r1", 283),
    "1.3.132.0.36": ("sect409k1", 409),
    "1.3.132.0.37": ("sect409r1", 409),
    "1.3.132.0.38": ("sect571k1", 571),
    "1.3.132.0.39": ("sect571r1", 571),
    "1.3.36.3.3.2.8.1.1.1": ("brainpoolP160r1", 160),
    "1.3.36.3.3.2.8.1.1.3": ("brainpoolP192r1", 192),
    "1.3.36.3.3.2.8.1.1.5": ("brainpoolP224r1", 224),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.9": ("brainpoolP320r1", 320),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
    "1.2.156.10197.1.301": ("curveSM2", 256),
    "1.2.250.1.223.101.256.1": ("FRP256v1", 256),
    "1.2.643.2.2.35.0": ("GOST R 34.10-2001 test", 256),
    "1.2.643.2.2.35.1": ("GOST R 34.10-2001 CryptoPro A", 256),
    "1.2.643.2.2.35.2": ("GOST R 34.10-2001 CryptoPro B", 256),
    "1.2.643.2.2.35.3": ("GOST R 34.10-2001 CryptoPro C", 256),
    "1.2.643.2.2.36.0": ("GOST R 34.10-2001 CryptoPro XchA", 256),
    "1.2.643.2.2.36.1": ("GOST R 34.10-2001 CryptoPro XchB", 256),
    "1.2.643.7.1.2.1.1.1": ("GC256A", 256),
    "1.2.643.7.1.2.1.1.2": ("GC256B", 256),
    "1.2.643.7.1.2.1.1.3": ("GC256C", 256),
    "1.2.643.7.1.2.1.1.4": ("GC256D", 256),
    "1.2.643.7.1.2.1.2.1": ("GC512A", 512),
    "1.2.643.7.1.2.1.2.2": ("GC512B", 512),
    "1.2.643.7.1.2.1.2.3": ("GC512C", 512),
}


def _rsa(key: bytes, data: bytes, at: int, faults: list[str]) -> Fields:  # noqa: ARG001 - one signature for the table
    """RFC 8017 appendix A.1.1: SEQUENCE of modulus and exponent."""
    outer = der.children(key, 0, len(key), faults)
    numbers = der.children(key, outer[0][2], outer[0][3], faults) if outer and outer[0][0] == 0x30 else []
    if len(numbers) != 2 or numbers[0][0] != 0x02 or numbers[1][0] != 0x02:
        faults.append("no RSA modulus and exponent")
        return {}
    modulus, exponent = (key[number[2] : number[3]] for number in numbers)
    if modulus[:1] >= b"\x80":
        faults.append("negative modulus")
    if exponent[:1] >= b"\x80":
        faults.append("negative exponent")
    if not modulus.strip(b"\0") or not exponent.strip(b"\0"):
        faults.append("modulus or exponent of zero")
    return {
        "public_key_size": der.integer_bits(modulus),
        "public_key_modulus": modulus.lstrip(b"\0").hex() or "00",
        "public_key_exponent": der.integer(exponent, faults),
        "public_key_exponent_hex": exponent.lstrip(b"\0").hex() or "00",
    }


def _ec(key: bytes, data: bytes, at: int, faults: list[str]) -> Fields:
    """RFC 5480 section 2.1.1: a named curve; RFC 3279 section 2.3.5: curves spelled out (measured, not computed with)."""
    parameters = der.children(data, at, len(data), faults)
    tag, _, start, stop, _ = parameters[0] if parameters else (0, 0, 0, 0, 0)
    curve: str | None = None
    bits: int | None = None
    if tag == 0x06:
        oid = der.object_identifier(data[start:stop], faults)
        curve, bits = _CURVES[oid] if oid in _CURVES else (registry.oid_name(oid) or oid, None)
    elif tag == 0x30:
        faults.append("explicit curve")
        curve = "explicit"
        parts = der.children(data, start, stop, faults)
        field = der.children(data, parts[1][2], parts[1][3], faults) if len(parts) > 1 else []
        if len(field) > 1 and field[1][0] == 0x02:
            bits = der.integer_bits(data[field[1][2] : field[1][3]])
    else:
        faults.append("no curve")
    octets = len(key) - 1 if key[:1] in {b"\2", b"\3"} else (len(key) - 1) // 2
    if key[:1] not in {b"\2", b"\3", b"\4"} or (bits and octets != (bits + 7) // 8):
        faults.append("bad point")
    return {"public_key_size": bits, "public_key_curve": curve}


def _gost(key: bytes, data: bytes, at: int, faults: list[str]) -> Fields:
    """RFC 4491 section 2.3.2, RFC 9215 section 4.2: SEQUENCE of parameter set identifiers, the curve first; an OCTET STRING as key."""
    parameters = der.children(data, at, len(data), faults)
    sets = der.children(data, parameters[0][2], parameters[0][3], faults) if parameters and parameters[0][0] == 0x30 else []
    inner = der.children(key, 0, len(key), faults)
    size = (inner[0][3] - inner[0][2]) * 4 if inner else None
    if not sets or sets[0][0] != 0x06:
        return {"public_key_size": size}
    oid = der.object_identifier(data[sets[0][2] : sets[0][3]], faults)
    return {"public_key_size": size, "public_key_curve": _CURVES[oid][0] if oid in _CURVES else registry.oid_name(oid) or oid}


def _prime(key: bytes, data: bytes, at: int, faults: list[str]) -> Fields:
    """RFC 3279 sections 2.3.2 and 2.3.3: the first integer of the parameters is the prime; absent, the issuer's is meant."""
    del key
    parameters = der.children(data, at, len(data), faults)
    numbers = der.children(data, parameters[0][2], parameters[0][3], faults) if parameters and parameters[0][0] == 0x30 else []
    if not numbers or numbers[0][0] != 0x02:
        faults.append("no prime")
        return {}
    return {"public_key_size": der.integer_bits(data[numbers[0][2] : numbers[0][3]])}


def _opaque(key: bytes, data: bytes, at: int, faults: list[str]) -> Fields:  # noqa: ARG001 - one signature for the table
    """RFC 8410, RFC 9881, RFC 9909: the key is the bit string; its size is that of its encoding."""
    return {"public_key_size": 8 * len(key)}


_NIST = "2.16.840.1.101.3.4."

# dotted -> (name, reader)
_ALGORITHMS: dict[str, tuple[str, Reader]] = {
    "1.2.840.113549.1.1.1": ("RSA", _rsa),
    "1.2.840.113549.1.1.7": ("RSAES-OAEP", _rsa),
    "1.2.840.113549.1.1.10": ("RSASSA-PSS", _rsa),
    "2.5.8.1.1": ("RSA", _rsa),
    "1.2.840.10045.2.1": ("EC", _ec),
    "1.3.132.1.12": ("ECDH", _ec),
    "1.3.132.1.13": ("ECMQV", _ec),
    "1.2.156.10197.1.301": ("SM2", _ec),
    "1.3.101.110": ("X25519", _opaque),
    "1.3.101.111": ("X448", _opaque),
    "1.3.101.112": ("Ed25519", _opaque),
    "1.3.101.113": ("Ed448", _opaque),
    "1.2.840.10040.4.1": ("DSA", _prime),
    "1.3.14.3.2.12": ("DSA", _prime),
    "1.2.840.10046.2.1": ("DH", _prime),
    "1.2.840.113549.1.3.1": ("DH", _prime),
    "1.2.643.2.2.20": ("GOST R 34.10-94", _gost),
    "1.2.643.2.2.19": ("GOST R 34.10-2001", _gost),
    "1.2.643.7.1.1.1.1": ("GOST R 34.10-2012 (256 bit)", _gost),
    "1.2.643.7.1.1.1.2": ("GOST R 34.10-2012 (512 bit)", _gost),
    **{f"{_NIST}3.{17 + i}": (f"ML-DSA-{name}", _opaque) for i, name in enumerate(("44", "65", "87"))},
    **{f"{_NIST}3.{32 + i}": (f"HashML-DSA-{name}-with-SHA512", _opaque) for i, name in enumerate(("44", "65", "87"))},
    **{f"{_NIST}4.{1 + i}": (f"ML-KEM-{name}", _opaque) for i, name in enumerate(("512", "768", "1024"))},
    **{
        f"{_NIST}3.{20 + i}": (f"SLH-DSA-{hashing}-{bits}{speed}", _opaque)
        for i, (hashing, bits, speed) in enumerate((h, b, s) for h in ("SHA2", "SHAKE") for b in ("128", "192", "256") for s in "sf")
    },
}


def read_public_key(spki: bytes, faults: list[str]) -> Fields:
    """Return the ``public_key_*`` and ``spki*`` fields of a Certificate from the DER of a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).

    ``public_key_size`` is the bits of the modulus, of the prime or of the curve; for a key without such a number, of its encoding.
    """
    fields: Fields = {"spki": spki, "spki_sha256": b64encode(sha256(spki).digest()).decode()}
    outer = der.children(spki, 0, len(spki), faults)
    parts = der.children(spki, outer[0][2], outer[0][3], faults) if outer else []
    identifier = der.children(spki, parts[0][2], parts[0][3], faults) if parts and parts[0][0] == 0x30 else []
    if not identifier or identifier[0][0] != 0x06:
        faults.append("no algorithm")
        return fields
    oid = der.object_identifier(spki[identifier[0][2] : identifier[0][3]], faults)
    name, reader = _ALGORITHMS.get(oid, (None, _opaque))
    fields["public_key_oid"] = oid
    fields["public_key_algorithm"] = name or registry.oid_name(oid) or oid
    if len(parts) < 2 or parts[1][0] & ~0x20 != 0x03:
        faults.append("no key bits")
        return fields
    if len(parts) > 2:
        faults.append("trailing bytes")
    key = der.bit_string(der.octets(spki, parts[1], faults), faults)
    fields.update(reader(key, spki[: identifier[-1][4]], identifier[0][4], faults))
    if fields.get("public_key_curve") == "curveSM2" and name == "EC":
        fields["public_key_algorithm"] = "SM2"
    return fields
