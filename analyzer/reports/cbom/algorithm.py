"""Algorithm: what a cryptographic algorithm is, as a CBOM tells it: primitive, parameters, object identifier, strength and who says so.

Here lives: the noun, and algorithms that stand alone: hashes, ciphers, MACs, key derivations.  Here does not live: keys and signatures
(``keys``), groups and cipher suites (``exchanges``), how often they were seen (``assets``).

A strength stands only where a standard gives it.  Classical ones are of NIST SP 800-57 part 1 revision 5, tables 2 to 4.  The quantum
level is a category of NIST's post-quantum call (section 4.A.5): AES-128 defines 1, SHA-256 2, AES-192 3, SHA-384 4, AES-256 5; 0 says that
none is met, as of all that Shor's algorithm solves (RSA, finite fields, elliptic curves) and of keys below 128 bits.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

__all__ = ["Algorithm", "cipher", "hashing", "keyed_hash", "short", "slug"]

_OTHER = re.compile(r"[^a-z0-9.]+")
SP800_57 = "NIST SP 800-57 part 1 rev. 5"
PQC_CALL = "NIST post-quantum call 4.A.5"


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm with its parameters.  The words of ``primitive``, ``mode``, ``padding`` and ``functions`` are CycloneDX's (1.6)."""

    name: str
    primitive: str = "unknown"
    parameter: str | None = None
    """Size or parameter set: "256", "2048", "65"."""
    curve: str | None = None
    """As the Standard Curve Database calls it, which CycloneDX asks for: secg/secp256r1."""
    mode: str | None = None
    padding: str | None = None
    functions: tuple[str, ...] = ()
    oid: str | None = None
    classical: int | None = None
    """Bits of security."""
    quantum: int | None = None
    """NIST's category, 0 for none of them; None where nobody says."""
    source: str = ""
    """Who says the strengths."""
    parts: tuple[Algorithm, ...] = ()
    """What it is made of: the hash of a signature, both halves of a hybrid."""

    @property
    def ref(self) -> str:
        """Return its bom-ref, which is the same in every BOM: crypto/algorithm/aes-128-gcm@2.16.840.1.101.3.4.1.6."""
        return f"crypto/algorithm/{slug(self.name)}" + (f"@{self.oid}" if self.oid else "")


def slug(name: str) -> str:
    """Return a name in lower case, other characters than letters, digits and points as hyphens."""
    return _OTHER.sub("-", name.lower()).strip("-") or "unnamed"


_NIST = "2.16.840.1.101.3.4."

_HASHES: dict[str, tuple[str, str | None, int | None, int | None]] = {
    "md2": ("MD2", "1.2.840.113549.2.2", None, 0),
    "md4": ("MD4", "1.2.840.113549.2.4", None, 0),
    "md5": ("MD5", "1.2.840.113549.2.5", None, 0),
    "sha1": ("SHA-1", "1.3.14.3.2.26", None, 0),
    "sha224": ("SHA-224", _NIST + "2.4", 112, 0),
    "sha256": ("SHA-256", _NIST + "2.1", 128, 2),
    "sha384": ("SHA-384", _NIST + "2.2", 192, 4),
    "sha512": ("SHA-512", _NIST + "2.3", 256, None),
    "sha512-224": ("SHA-512/224", _NIST + "2.5", 112, 0),
    "sha512-256": ("SHA-512/256", _NIST + "2.6", 128, None),
    "sha3-224": ("SHA3-224", _NIST + "2.7", 112, 0),
    "sha3-256": ("SHA3-256", _NIST + "2.8", 128, 2),
    "sha3-384": ("SHA3-384", _NIST + "2.9", 192, 4),
    "sha3-512": ("SHA3-512", _NIST + "2.10", 256, None),
    "shake128": ("SHAKE128", _NIST + "2.11", None, None),
    "shake256": ("SHAKE256", _NIST + "2.12", None, None),
    "ripemd160": ("RIPEMD-160", "1.3.36.3.2.1", None, None),
    "sm3": ("SM3", "1.2.156.10197.1.401", None, None),
    "gostr3411-94": ("GOST R 34.11-94", "1.2.643.2.2.9", None, None),
    "gostr3411-2012-256": ("GOST R 34.11-2012 (256 bit)", "1.2.643.7.1.1.2.2", None, None),
    "gostr3411-2012-512": ("GOST R 34.11-2012 (512 bit)", "1.2.643.7.1.1.2.3", None, None),
}
"""Hash in TLS's spelling -> name, OID, bits against collisions (SP 800-57 table 3), quantum category."""


@lru_cache(maxsize=256)
def hashing(name: str) -> Algorithm:
    """Return a hash by the name that TLS and certificates have for it; an unknown one by that name."""
    told, oid, classical, quantum = _HASHES.get(name, (name, None, None, None))
    digits = re.search(r"(?:^|[-/A-Z])(\d{3})$", told)
    return Algorithm(
        name=told,
        primitive="xof" if told.startswith("SHAKE") else "hash",
        parameter=digits[1] if digits else None,
        functions=("digest",),
        oid=oid,
        classical=classical,
        quantum=quantum,
        source=_said(SP800_57 if classical else "", PQC_CALL if quantum is not None else ""),
    )


def short(name: str) -> str:
    """Return a hash's name as it stands in the name of what is made of it: SHA256, SHA3-256."""
    return name.replace("SHA-", "SHA", 1)


def _said(*sources: str) -> str:
    return ", ".join(filter(None, sources))


_KEYED: dict[str, tuple[str | None, str | None]] = {
    "md5": ("1.3.6.1.5.5.8.1.1", None),
    "sha1": ("1.2.840.113549.2.7", None),
    "sha256": ("1.2.840.113549.2.9", "1.2.840.113549.1.9.16.3.28"),
    "sha384": ("1.2.840.113549.2.10", "1.2.840.113549.1.9.16.3.29"),
    "sha512": ("1.2.840.113549.2.11", "1.2.840.113549.1.9.16.3.30"),
    "sm3": ("1.2.156.10197.1.401.2", None),
}
"""Hash -> OIDs of HMAC (RFC 8018 appendix B.1, GM/T 0006) and of HKDF (RFC 8619) with it."""


@lru_cache(maxsize=256)
def keyed_hash(kind: str, hashed: str) -> Algorithm:
    """Return what is made of a hash: ``kind`` is HMAC, HKDF, TLS12-PRF, or the like; ``hashed`` one hash or several, as "md5+sha1"."""
    parts = tuple(hashing(name) for name in hashed.split("+"))
    mac, derived = _KEYED.get(hashed, (None, None))
    derives = kind == "HKDF" or "PRF" in kind or "KDF" in kind
    return Algorithm(
        name=f"{kind}-{'-'.join(short(part.name) for part in parts)}",
        primitive="kdf" if derives else "mac",
        parameter=parts[0].parameter if len(parts) == 1 else None,
        functions=("keyderive",) if derives else ("tag",),
        oid=mac if kind == "HMAC" else derived if kind == "HKDF" else None,
        parts=parts,
    )


_AES = _NIST + "1."
_CIPHER_OIDS: dict[str, str] = {
    "AES-128-CBC": _AES + "2", "AES-256-CBC": _AES + "42", "AES-128-GCM": _AES + "6", "AES-256-GCM": _AES + "46",
    "AES-128-CCM": _AES + "7", "AES-256-CCM": _AES + "47", "AES-128-CCM-8": _AES + "7", "AES-256-CCM-8": _AES + "47",
    "3DES-EDE-CBC": "1.2.840.113549.3.7", "DES-CBC": "1.3.14.3.2.7", "RC2-128-CBC": "1.2.840.113549.3.2", "RC4-128": "1.2.840.113549.3.4",
    "ChaCha20-Poly1305": "1.2.840.113549.1.9.16.3.18", "SEED-CBC": "1.2.410.200004.1.4", "IDEA-CBC": "1.3.6.1.4.1.188.7.1.1.2",
    "CAMELLIA-128-CBC": "1.2.392.200011.61.1.1.1.2", "CAMELLIA-256-CBC": "1.2.392.200011.61.1.1.1.4",
    "CAMELLIA-128-GCM": "0.3.4401.5.3.1.9.6", "CAMELLIA-256-GCM": "0.3.4401.5.3.1.9.46",
    "ARIA-128-CBC": "1.2.410.200046.1.1.2", "ARIA-256-CBC": "1.2.410.200046.1.1.12",
    "ARIA-128-GCM": "1.2.410.200046.1.1.34", "ARIA-256-GCM": "1.2.410.200046.1.1.36",
    "SM4-CBC": "1.2.156.10197.1.104.2", "SM4-GCM": "1.2.156.10197.1.104.8", "SM4-CCM": "1.2.156.10197.1.104.9",
}  # fmt: skip
"""RFC 3565, 5084, 8018, 8103, 3657, 5794, 4010, FIPS 46-3; SM4: GM/T 0006."""

_NAMES = {"CHACHA20": "ChaCha20", "POLY1305": "Poly1305", "CCM_8": "CCM-8", "3DES": "3DES-EDE", "CNT": "CNT"}
_ONE_SIZE = frozenset({"CHACHA20", "3DES", "DES", "SEED", "IDEA", "SM4", "SM1", "SKIPJACK", "KUZNYECHIK", "MAGMA", "GOST28147", "NULL"})
"""Ciphers whose size need not be told, but where export laws cut it."""
_STREAMS = frozenset({"RC4", "SALSA20", "ESTREAM_SALSA20"})
_MODES = frozenset({"cbc", "ecb", "ccm", "gcm", "cfb", "ofb", "ctr"})
_WHOLE = frozenset({"GCM", "CCM", "CCM_8", "POLY1305", "MGM"})
"""Modes of authenticated encryption."""
_MEASURED: dict[str, str] = {
    "AES": "FIPS 197", "CAMELLIA": "RFC 3713", "ARIA": "RFC 5794", "CHACHA20": "RFC 8439", "3DES": SP800_57, "DES": "FIPS 46-3",
}  # fmt: skip
"""Ciphers that are as strong as their effective keys are long -> who says so."""
_AES_LEVELS = {128: 1, 192: 3, 256: 5}


@lru_cache(maxsize=256)
def cipher(family: str, mode: str | None, bits: int) -> Algorithm:
    """Return a cipher as the registry of suites has it: ("AES", "GCM", 128); the effective bits of 3DES are 112, of NULL 0."""
    full = {"DES": 56, "3DES": 112}.get(family, 128)
    sized = family not in _ONE_SIZE or (family == "DES" and bits < full)
    name = "-".join(filter(None, (_NAMES.get(family, family), str(bits) if sized and bits else "", _NAMES.get(mode or "", mode or ""))))
    measured = _MEASURED.get(family, "export key length" if 0 < bits < 112 else "")
    whole = mode in _WHOLE or family in {"ASCON", "AEGIS"}
    quantum = _AES_LEVELS.get(bits) if family == "AES" else 0 if bits < 128 else None
    known = (mode or "").lower().replace("_8", "")
    return Algorithm(
        name=name,
        primitive="other" if family == "NULL" else "ae" if whole else "stream-cipher" if family in _STREAMS else "block-cipher",
        parameter=str(bits) if bits else None,
        mode=known if known in _MODES else "other" if mode and mode != "POLY1305" else None,
        functions=() if family == "NULL" else ("encrypt", "decrypt", "tag") if whole else ("encrypt", "decrypt"),
        oid=_CIPHER_OIDS.get(name),
        classical=bits if measured or family == "NULL" else None,
        quantum=quantum,
        source=_said(measured, PQC_CALL if quantum is not None else ""),
    )
