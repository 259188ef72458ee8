"""Occurrence: where a column has a meaning at all — yes, no, or not to be seen.

Here lives: the answers for each kind of column.  Here does not live: which column takes which (``subjects``), values (``values``).
An answer is an int8 for each handshake: 1 yes, 0 no, -1 cannot be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Array
    from analyzer.findings.policies.observed import Observed

    Answer = Array
    Occurs = Callable[[Observed], Answer]

__all__ = [
    "CURVES", "FINITE", "GROUPED", "always", "answered", "before_tls13", "exchanged", "greeted", "hashed", "plain", "plain_alpn", "shown",
    "signed", "stapling",
]  # fmt: skip


def always(seen: Observed) -> Answer:
    """Answer yes."""
    return np.ones(len(seen), dtype=np.int8)


def greeted(seen: Observed) -> Answer:
    """Answer yes where a ClientHello was seen."""
    return seen.greeted()


def answered(seen: Observed) -> Answer:
    """Answer yes where the server's hello was seen."""
    return seen.answered()


def before_tls13(seen: Observed) -> Answer:
    """Answer as ``answered``, but no in TLS 1.3, which has no such thing."""
    return np.where(seen.versions() == codes.TLS13, 0, seen.answered())


def plain(seen: Observed) -> Answer:
    """Answer as ``answered``, but unknown in TLS 1.3, which encrypts it."""
    return np.where(seen.versions() == codes.TLS13, -1, seen.answered())


def shown(seen: Observed) -> Answer:
    """Answer where the server shows a certificate: none and resumed are no, encrypted and unseen unknown."""
    states, told = seen.texts("certificates_state")
    return np.array([{"seen": 1, "none": 0, "resumed": 0}.get(state, -1) for state in told], dtype=np.int8)[states]


def hashed(seen: Observed) -> Answer:
    """As ``shown``, but no where the signature's algorithm has a hash of its own (Ed25519, ML-DSA)."""
    own = [leaf is not None and leaf.signature_hash is None and leaf.signature_algorithm is not None for leaf in seen.leaves()]
    return np.where(np.array(own, dtype=bool), 0, shown(seen))


FINITE, CURVES = frozenset({"DHE", "DHE_PSK", "DH_anon"}), frozenset({"ECDHE", "ECDHE_PSK", "ECDH_anon"})
GROUPED = FINITE | CURVES | {"hybrid", "ML-KEM", "KEM"}
"""Key exchanges that have a group (of the suites, and of TLS 1.3's groups as ``agreement`` names them)."""
_SIGNED = frozenset({"DHE", "ECDHE", "hybrid", "ML-KEM", "KEM"})
_UNSIGNED = frozenset({"anon", "PSK", "NULL"})


def exchanged(kinds: frozenset[str]) -> Occurs:
    """Answer where keys are exchanged in one of these ways; a session that was taken up before TLS 1.3 exchanges none."""

    def occurs(seen: Observed) -> Answer:
        places, told = seen.texts("key_exchange")
        answers = np.array([-1 if kind is None else int(kind in kinds) for kind in told], dtype=np.int8)[places]
        return np.where(seen.resumed(), 0, np.where(seen.answered() == 1, answers, -1))

    return occurs


def signed(seen: Observed) -> Answer:
    """Answer where the server signs the key exchange and says with which scheme: never before TLS 1.2."""
    places, told = seen.texts("authentication")
    unsigned = np.array([name in _UNSIGNED for name in told], dtype=bool)[places]
    old = (seen.versions() > 0) & (seen.versions() < codes.TLS12)
    psk = seen.frame.known("resumption_evidence")  # in TLS 1.3 a PSK takes the place of certificate and signature
    return np.where(old | unsigned | psk, 0, exchanged(_SIGNED)(seen))


def plain_alpn(seen: Observed) -> Answer:
    """Answer for the server's choice of a protocol: unknown where TLS 1.3 encrypts it."""
    hidden = (seen.versions() == codes.TLS13) & ~seen.frame.known("alpn") & seen.frame.known("hidden")
    return np.where(hidden, -1, seen.answered())


def stapling(seen: Observed) -> Answer:
    """Answer for OCSP responses: yes where it was seen that there is one or none, else as for the certificate."""
    return np.where(seen.frame["ocsp_stapled"] >= 0, 1, np.where(shown(seen) == 0, 0, -1))
