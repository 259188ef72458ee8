"""Vocabularies: the names that values of a policy may have, so that a slip of the pen is found when the policy is loaded.

Here lives: which names each kind of thing has, as IANA and the registry spell them.  Here does not live: which column takes which
(``subjects``), the names themselves (``registry``).
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from analyzer.facts.agreement import GROUP_EXCHANGE
from analyzer.registry.generated.cipher_suites import CIPHER_SUITES, SIGNALS
from analyzer.registry.generated.dh_groups import DH_GROUPS
from analyzer.registry.generated.extensions import EXTENSIONS
from analyzer.registry.generated.groups import GROUPS
from analyzer.registry.protocol import COMPRESSION_METHODS, VERSIONS
from analyzer.registry.signature_schemes import HASHES, SIGNATURES, signature_scheme_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VOCABULARIES", "names", "nearest"]

_EXCHANGE, _AUTHENTICATION, _CIPHER, _MODE, _MAC = 2, 3, 4, 5, 7
"""Places in a row of the table of suites, which has all fields of ``registry.CipherSuite`` but its code."""
_OWN_HASHES = ("md2", "md4", "ripemd160", "sha512-224", "sha512-256", "sha3-224", "sha3-256", "sha3-384", "sha3-512", "shake128",
               "shake256", "sm3", "gostr3411-94", "gostr3411-2012-256", "gostr3411-2012-512")  # fmt: skip
_KEYS = (
    "RSA", "RSASSA-PSS", "EC", "Ed25519", "Ed448", "DSA", "DH", "SM2", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "HashML-DSA-44-with-SHA512",
    "HashML-DSA-65-with-SHA512", "HashML-DSA-87-with-SHA512",
    *(f"SLH-DSA-{kind}-{bits}{speed}" for kind in ("SHA2", "SHAKE") for bits in (128, 192, 256) for speed in "sf"),
)  # fmt: skip


def _suites(place: int) -> frozenset[str]:
    return frozenset(str(row[place]) for row in CIPHER_SUITES.values() if row[place])


def _schemes() -> frozenset[str]:
    codes = {(digest << 8) + kind for digest in range(len(HASHES)) for kind in range(len(SIGNATURES))}  # TLS 1.2's pairs
    told = {signature_scheme_name(code) for code in range(1 << 16) if code >> 8 >= len(HASHES) or code in codes}
    return frozenset(name for name in told if name and name != "GREASE")


VOCABULARIES: dict[str, Callable[[], frozenset[str]]] = {
    "version": lambda: frozenset(VERSIONS.values()),
    "cipher_suite": lambda: _suites(0) | frozenset(SIGNALS.values()),
    "key_exchange": lambda: _suites(_EXCHANGE) | frozenset(GROUP_EXCHANGE.values()) | {"PSK"},
    "authentication": lambda: _suites(_AUTHENTICATION),
    "cipher": lambda: _suites(_CIPHER),
    "cipher_mode": lambda: _suites(_MODE),
    "mac": lambda: _suites(_MAC),
    "group": lambda: frozenset(row[0] for row in GROUPS.values()) | frozenset(DH_GROUPS.values()),
    "signature_scheme": _schemes,
    "extension": lambda: frozenset(row[0] for row in EXTENSIONS.values()),
    "compression_method": lambda: frozenset(COMPRESSION_METHODS.values()),
    "hash": lambda: frozenset(HASHES[1:] + _OWN_HASHES),
    "key_algorithm": lambda: frozenset(_KEYS),
}
"""Name of a vocabulary -> what makes it."""


@cache
def names(vocabulary: str) -> frozenset[str]:
    """Return the names of a vocabulary; KeyError for one that is none."""
    return VOCABULARIES[vocabulary]()


def nearest(name: str, known: frozenset[str]) -> str:
    """Return a hint of what may have been meant, or nothing."""
    near = get_close_matches(name, sorted(known), 1)
    return f" (is it {near[0]}?)" if near else ""
