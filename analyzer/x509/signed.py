"""Signed: whether a signature over given bytes holds under a given public key.

Here lives: the one check of a signature, for certificates, OCSP responses and timestamps alike.  Here does not live: what an
AlgorithmIdentifier means (``signatures``), which bytes are signed and by whom (``trust``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.x509 import der

if TYPE_CHECKING:
    from analyzer.x509.signatures import SignatureAlgorithm

__all__ = ["signed_by"]

# hash -> the class of that name in cryptography's hashes
_CLASSES = {"md5": "MD5", "sha1": "SHA1", "sha224": "SHA224", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512",
            "sha512-224": "SHA512_224", "sha512-256": "SHA512_256", "sha3-224": "SHA3_224", "sha3-256": "SHA3_256",
            "sha3-384": "SHA3_384", "sha3-512": "SHA3_512"}  # fmt: skip

KEY_OCTETS = 8192
"""Largest SubjectPublicKeyInfo that is computed with: any key in use fits, and a key of a megabit does not cost minutes."""

_MODULUS_BITS, _EXPONENT_BITS = 16384, 64
"""OpenSSL computes with no more, and would call the signature wrong."""

_PSS = "1.2.840.113549.1.1.10"


def signed_by(spki: bytes, algorithm: SignatureAlgorithm, signed: bytes, signature: bytes) -> bool | None:
    """Tell whether ``signature`` over ``signed`` holds under the key of a SubjectPublicKeyInfo (DER); never raises.

    RSA with PKCS #1 v1.5 and PSS, ECDSA, DSA, Ed25519, Ed448, and ML-DSA as far as cryptography's OpenSSL computes with it.  Weak
    hashes (MD5, SHA-1) are checked like any other: whether one may still be believed is not asked here.  False also where a known
    algorithm wants a key of another kind.  None where it cannot be told: a key or algorithm that cryptography does not compute with,
    a key that is broken or too large.  Costs 50 to 500 microseconds; not remembered.
    """
    if not signature or not spki or len(spki) > KEY_OCTETS:
        return None
    try:
        return _verified(spki, algorithm, signed, signature)
    except Exception:  # noqa: BLE001 - OpenSSL refuses keys of strangers in ways of its own; then it cannot be told
        return None


def _verified(spki: bytes, algorithm: SignatureAlgorithm, signed: bytes, signature: bytes) -> bool | None:
    """Check with cryptography, which is loaded only here; whatever it raises beside InvalidSignature is the caller's to take."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - heavy, and most scans never verify
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa  # noqa: PLC0415 - as above

    def hash_of(name: str | None) -> Any:
        return getattr(hashes, _CLASSES[name or ""])()

    kinds: dict[str | None, Any] = {"RSA": rsa.RSAPublicKey, "EC": ec.EllipticCurvePublicKey, "DSA": dsa.DSAPublicKey}
    pss = algorithm.oid == _PSS
    kind = "RSA" if pss else algorithm.key
    key: Any = serialization.load_der_public_key(spki)
    if kind in kinds and not isinstance(key, kinds[kind]):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size > _MODULUS_BITS or key.public_numbers().e.bit_length() > _EXPONENT_BITS:
                return None
            if not pss and _key_oid(spki) == _PSS:  # RFC 4055 section 1.2: such a key is for nothing but PSS
                return False
            scheme: Any = padding.PKCS1v15()
            if pss:  # no other salt than the one that is promised: OpenSSL takes none
                scheme = padding.PSS(padding.MGF1(hash_of(algorithm.mask_hash)), algorithm.salt_length)  # type: ignore[arg-type] # None: cannot be told
            key.verify(signature, signed, scheme, hash_of(algorithm.hash))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(hash_of(algorithm.hash)))
        elif isinstance(key, dsa.DSAPublicKey):
            key.verify(signature, signed, hash_of(algorithm.hash))
        elif hasattr(key, "verify") and algorithm.oid == _key_oid(spki):  # Ed25519, Ed448, ML-DSA: one identifier for both
            key.verify(signature, signed)
        else:
            return None
    except InvalidSignature:
        return False
    return True


def _key_oid(spki: bytes) -> str | None:
    """Return the algorithm of a SubjectPublicKeyInfo in dots, None where there is none."""
    identifier = [part for outer in der.sequence(spki, [])[:1] for part in der.children(spki, outer[2], outer[3], [])[:1]]
    return der.object_identifier(spki[identifier[0][2] : identifier[0][3]], []) if identifier and identifier[0][0] == 0x06 else None
