"""Signature schemes (RFC 8446 section 4.2.3) and the pairs of hash and signature of TLS 1.2 (RFC 5246 section 7.4.1.4.1).

Here lives: look-up, and the rule that names a pair without a scheme.  Here does not live: the table (``generated``).
"""

from __future__ import annotations

from analyzer.registry.generated.signature_schemes import SIGNATURE_SCHEMES
from analyzer.registry.grease import is_grease

__all__ = ["signature_scheme_name"]

HASHES = ("none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")
SIGNATURES = ("anonymous", "rsa_pkcs1", "dsa", "ecdsa")


def signature_scheme_name(code: int) -> str | None:
    """Return the name of a scheme as IANA spells it, "GREASE", or None.

    A TLS 1.2 pair that has no scheme is named likewise: 0x0301 "rsa_pkcs1_sha224", 0x0402 "dsa_sha256".
    """
    name = SIGNATURE_SCHEMES.get(code)
    if name:
        return name
    digest, signature = code >> 8, code & 0xFF
    if 0 <= digest < len(HASHES) and signature < len(SIGNATURES):
        return f"{SIGNATURES[signature]}_{HASHES[digest]}"
    return "GREASE" if is_grease(code) else None
