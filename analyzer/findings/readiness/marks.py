"""Marks: what each handshake shows of post-quantum readiness, as masks over a frame.

Here lives: what every figure counts.  Here does not live: sums (``counting``), words (``telling``), which groups resist a quantum computer
(``registry``).  A group counts as post-quantum if any part of it does: hybrids, and the drafts of hybrids by their own names.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analyzer import registry
from analyzer.facts.story import values
from analyzer.registry.generated.groups import GROUPS
from analyzer.tls import codes

if TYPE_CHECKING:
    from analyzer.findings.frame import Array, Mask
    from analyzer.findings.policies.observed import Observed
    from analyzer.handshakes.handshake import Handshake

__all__ = ["FIGURES", "MOST_GROUPS", "marks", "offers"]

MOST_GROUPS = 16
"""Post-quantum groups of one hello that are counted; clients offer two or three."""

FIGURES: dict[str, str] = {
    "handshakes": "Handshakes with a ClientHello in the capture: the base of offered and of the figures on hellos.",
    "offered": "Of these, those whose supported_groups hold a post-quantum group.",
    "not_offered": "Of these, the others.",
    "key_share_sent": "Of offered, those that send a key for such a group in the first ClientHello.",
    "answered": "Of offered, those in which a TLS 1.3 server chose a group: the base of accepted.",
    "accepted": "Of answered, those in which it chose a post-quantum one.",
    "classical_forced": "Of answered, those in which it chose a classical one.",
    "legacy_version": "Of offered, those that the server answered with TLS 1.2 or older, which has no post-quantum groups.",
    "psk_alone": "Of offered, those in which a PSK takes the place of a key exchange.",
    "failed": "Of offered, those that an alert, a close or an answer that is not TLS ended before a ServerHello.",
    "unseen": "Of offered, those whose outcome is not in the capture, or whose group is in no registry.",
    "retry_lost": "Of offered, those in which a HelloRetryRequest asked for a classical group.",
    "retry_gained": "Of offered, those in which a HelloRetryRequest asked for a post-quantum group.",
    "hello_split": "Of handshakes, those whose first ClientHello needed more than one packet.",
    "mldsa_offered": "Of handshakes, those whose client takes ML-DSA signatures (signature_algorithms).",
    "certificates_seen": "Of handshakes, those in which the server's certificate can be read: the base of mldsa_certificates.",
    "mldsa_certificates": "Of certificates_seen, those whose leaf has an ML-DSA key or an ML-DSA signature.",
    "certificates_encrypted": "Of handshakes, those whose certificate TLS 1.3 encrypts.",
}
"""Figure -> what it counts."""
_ENDED = frozenset({"failed", "unanswered", "aborted", "refused", "not_tls"})
"""Outcomes (``handshake.OUTCOMES``) that are an answer of a kind where there is no ServerHello; silence is not, see ``_outcomes``."""

@cache
def _post_quantum() -> frozenset[str]:
    return frozenset(row[0] for row in GROUPS.values() if row[3])


def offers(seen: Observed) -> tuple[Array, list[tuple[str, ...]]]:
    """Return the offered groups as codes, and the post-quantum ones of each distinct list."""
    lists, told = seen.texts("offered_groups")
    return lists, [tuple(name for name in value or () if name in _post_quantum())[:MOST_GROUPS] for value in told]


def _holds(seen: Observed, column: str, wanted: frozenset[str] | None, part: str = "") -> Mask:
    """Where a list has one of these names, or one with this part."""
    lists, told = seen.texts(column)
    return np.array([any(name in wanted if wanted else part in name for name in value or ()) for value in told], dtype=bool)[lists]


def marks(seen: Observed, greeted: Mask) -> dict[str, Mask]:
    """Return where each figure counts a handshake, in the order of FIGURES."""
    frame, everything = seen.frame, _post_quantum()
    offered = greeted & _holds(seen, "offered_groups", everything)
    answered, tls13 = seen.answered() == 1, seen.versions() == codes.TLS13
    quantum, exchange = frame["post_quantum"], seen.texts("key_exchange")
    psk = np.array([value == "PSK" for value in exchange.values], dtype=bool)[exchange.codes]
    accepted, classical = offered & answered & tls13 & (quantum == 1), offered & answered & tls13 & (quantum == 0)
    legacy, psk_alone = offered & answered & ~tls13, offered & answered & tls13 & psk
    failed = offered & ~answered & _ended(seen)
    lost, gained = _retries(seen)
    state = seen.texts("certificates_state")
    shown, hidden = (np.array([value == word for value in state.values], dtype=bool)[state.codes] for word in ("seen", "encrypted"))
    split = np.fromiter((_split(one) for one in seen.things), dtype=bool, count=len(seen))
    made = {
        "handshakes": greeted,
        "offered": offered,
        "not_offered": greeted & ~offered,
        "key_share_sent": offered & _holds(seen, "offered_key_shares", everything),
        "answered": accepted | classical,
        "accepted": accepted,
        "classical_forced": classical,
        "legacy_version": legacy,
        "psk_alone": psk_alone,
        "failed": failed,
        "unseen": offered & ~(accepted | classical | legacy | psk_alone | failed),
        "retry_lost": offered & lost,
        "retry_gained": offered & gained,
        "hello_split": greeted & split,
        "mldsa_offered": greeted & _holds(seen, "offered_signature_schemes", None, "mldsa"),
        "certificates_seen": greeted & shown,
        "mldsa_certificates": greeted & shown & _mldsa(seen),
        "certificates_encrypted": greeted & hidden,
    }
    assert list(made) == list(FIGURES)
    return made


def _ended(seen: Observed) -> Mask:
    """Where something came to an end in place of a ServerHello; a hello that met silence is unseen, it may have been answered elsewhere."""
    return np.fromiter(
        (one.outcome in _ENDED and (one.outcome != "unanswered" or one.closed is not None or bool(one.alerts)) for one in seen.things),
        dtype=bool, count=len(seen),
    )  # fmt: skip


def _retries(seen: Observed) -> tuple[Mask, Mask]:
    """Where a HelloRetryRequest asked for a classical group, and where for a post-quantum one."""
    lost, gained = np.zeros(len(seen), dtype=bool), np.zeros(len(seen), dtype=bool)
    for at in np.flatnonzero(seen.frame.true("hello_retry")).tolist():
        hello = seen.things[at].hello_retry
        asked = values(hello.extensions) if hello else {}
        number = asked.get(codes.KEY_SHARE, asked.get(codes.KEY_SHARE_DRAFT))
        group = registry.group(number) if isinstance(number, int) else None
        if group is not None:
            (gained if group.post_quantum else lost)[at] = True
    return lost, gained


def _split(handshake: Handshake) -> bool:
    """Whether the first ClientHello came in more than one packet."""
    for seen in handshake.seen:
        if seen.message is handshake.client_hello and seen.message is not None:
            return bool(seen.last_packet != seen.packet)
    return False


def _mldsa(seen: Observed) -> Mask:
    """Where the server's certificate has to do with ML-DSA: its key, or what it is signed with."""
    named = ((leaf.public_key_algorithm, leaf.signature_algorithm) if leaf else () for leaf in seen.leaves())
    return np.fromiter((any("ML-DSA" in (name or "").upper() for name in names) for names in named), dtype=bool, count=len(seen))
