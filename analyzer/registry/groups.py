"""Supported groups (named curves): a number in, the group with its parts out.

Here lives: the type Group, look-up, and the names of well-known Diffie-Hellman primes.  Here does not live: the tables
(``generated``, from IANA's "TLS Supported Groups" and the Open Quantum Safe project's experiments).
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from analyzer.registry.generated.dh_groups import DH_GROUPS
from analyzer.registry.generated.groups import GROUPS
from analyzer.registry.grease import is_grease

__all__ = ["Group", "dh_group", "group", "group_name"]


class Group(NamedTuple):
    """One group.  A hybrid has a classical and a post-quantum part, every other group one of them."""

    code: int
    name: str
    kind: str
    """ecdh, ffdhe, mlkem, kem (another post-quantum one), hybrid, explicit (the curve is spelled out in ServerKeyExchange)."""
    bits: int | None
    """Field or modulus of the classical part; the parameter number of a pure ML-KEM; None where unknown."""
    post_quantum: bool
    """Safe against a quantum computer as far as is known; False for SIKE and SIDH, which fell to a classical attack."""
    classical: str | None
    """Name of the classical part: x25519 for X25519MLKEM768."""
    post_quantum_part: str | None
    """Name of the post-quantum part: MLKEM768 for X25519MLKEM768."""


def group(code: int) -> Group | None:
    """Return the group of a number; None for an unknown one and for GREASE."""
    row = GROUPS.get(code)
    return Group(code, *row) if row else None


def group_name(code: int) -> str | None:
    """Return the name of a group as IANA spells it, "GREASE", or None."""
    row = GROUPS.get(code)
    if row:
        return row[0]
    return "GREASE" if is_grease(code) else None


def dh_group(p: bytes) -> str | None:
    """Return the name of a well-known Diffie-Hellman prime (big-endian), such as "ffdhe2048 (RFC 7919)", or None."""
    return DH_GROUPS.get(hashlib.sha256(p.lstrip(b"\0")).digest())
