"""Verdicts: the closed list of what can be said of a chain, and the value that says it.

Here lives: the words and the nouns Fault, Edge, SentOrder, ChainVerdict.  Here does not live: how any of it is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.x509.trust.hostnames import NameMatch  # noqa: TC001 - msgspec resolves field types at run time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.x509.trust.opinions import Question

__all__ = ["ALWAYS", "NEVER", "VERDICTS", "ChainVerdict", "Edge", "Fault", "SentOrder", "gravity"]

NEVER, ALWAYS = -(1 << 80), 1 << 80
"""Before and after all times that a certificate can name (the year 9999 is about 1 << 68 ns)."""

VERDICTS: dict[str, str] = {
    "empty": "No certificate was sent.",
    "unreadable": "A certificate of the path cannot be read, or can be read in two ways.",
    "revoked": "The issuer has revoked the certificate, by an OCSP response that verifies.",
    "bad_signature": "A signature does not hold under the public key of the issuer whose name is given.",
    "not_a_ca": "A certificate of the path signed another and may not: no CA by basicConstraints, or no keyCertSign.",
    "path_too_long": "More intermediate certificates than a CA's path length allows.",
    "name_constraints": "A name lies outside of what a CA of the path may certify, or its constraint cannot be judged.",
    "critical_extension": "A critical extension that is not known: who does not know it must refuse.",
    "self_signed": "The certificate is its own issuer, and the trust store does not know it.",
    "private_ca": "The path is complete, and ends at a root that the trust store does not know.",
    "incomplete": "The issuer's certificate was neither sent, nor seen in the capture, nor is it in the trust store.",
    "unchecked_signature": "A signature cannot be checked: an algorithm or key that is not computed with.",
    "forbidden_algorithm": "A signature by a broken hash, or a key that can be computed, at a time when nobody accepted it any more.",
    "wrong_usage": "A certificate of the path is not for this purpose (keyUsage, extKeyUsage).",
    "expired": "A certificate of the path was no longer valid.",
    "not_yet_valid": "A certificate of the path was not yet valid.",
    "trusted": "A path leads to a root of the trust store, and everything on it holds.",
}
"""Word -> meaning, the gravest first: what speaks of forgery, then of unknown roots, then of weakness, use and time."""

_GRAVITY = {word: position for position, word in enumerate(VERDICTS)}


def gravity(word: str) -> int:
    """Return a word's place in VERDICTS: 0 is the gravest."""
    return _GRAVITY[word]


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong on a path: word of VERDICTS, position of the certificate on the path (0: the leaf), a sentence.

    ``aspect`` is the field of Edge that fails by it, "" where none does.
    """

    word: str
    position: int
    text: str
    aspect: str = ""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a path, from a certificate to its issuer's."""

    child: str
    """SHA-256, hex."""
    issuer: str
    source: str
    """Where the issuer's certificate came from: "sent", "borrowed" (from another handshake of the capture) or "store"."""
    names_equal: bool
    """The child's issuer and the issuer's subject are the same octets; False: the same only as RFC 5280 section 7.1 compares names."""
    key_ids: bool | None
    """The child's authorityKeyIdentifier is the issuer's subjectKeyIdentifier (or serial number); None: one of them is absent."""
    signature: bool | None
    """The child's signature holds under the issuer's public key; None: cannot be told."""
    valid: bool
    """The issuer's certificate was valid at the time."""
    is_ca: bool
    path_length: bool
    key_cert_sign: bool
    """keyUsage is absent, or allows to sign certificates."""
    name_constraints: bool
    text: str

    @property
    def holds(self) -> bool:
        """Tell whether nothing speaks against this step."""
        return bool(self.signature and self.valid and self.is_ca and self.path_length and self.key_cert_sign and self.name_constraints)


class SentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """How the chain was sent, and what had to be fetched from elsewhere.  Positions count from 0, the leaf."""

    in_order: bool
    """Each certificate is followed by one whose subject is its issuer (RFC 5246 section 7.4.2; RFC 8446 section 4.4.2 forgives)."""
    duplicates: tuple[int, ...] = ()
    """Positions of certificates that stood before."""
    root_included: bool = False
    """A self-issued certificate stands behind the leaf: a waste, a client has it or does not trust it."""
    unused: tuple[int, ...] = ()
    """Not on the path (duplicates aside)."""
    strangers: tuple[int, ...] = ()
    """Those of the unused that are not the issuer's of anything that leads to the leaf."""
    borrowed: tuple[str, ...] = ()
    """SHA-256 of certificates of the path that only another handshake of the capture showed."""
    missing_issuer: str | None = None
    """RFC 4514 name of the issuer whose certificate was not found."""
    aia: tuple[str, ...] = ()
    """Where it could be fetched (authorityInfoAccess, caIssuers)."""


class ChainVerdict(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is to be said of a chain at a time, for a purpose."""

    verdict: str
    """The gravest of ``faults``, or "trusted"."""
    faults: tuple[str, ...] = ()
    """Each word of VERDICTS that applies, the gravest first."""
    reasons: tuple[Fault, ...] = ()
    """Everything that is wrong on the path, the gravest first."""
    detail: str
    """One sentence."""
    path: tuple[str, ...] = ()
    """SHA-256 from the leaf to the root, or as far as it leads."""
    certificates: tuple[bytes, ...] = ()
    """The same in DER: the second is the leaf's issuer."""
    root: str | None = None
    """SHA-256 of the root where the path is complete."""
    anchored: bool = False
    """The path ends at a root of the trust store, or at a CA that was named."""
    anchor: str | None = None
    """Which one: "certifi", the file's name, "named"."""
    edges: tuple[Edge, ...] = ()
    """One less than certificates in ``path``."""
    order: SentOrder
    names: NameMatch | None = None
    """Whether the leaf is for the name (or address) that was asked for; None where none was given.  No fault of the chain."""
    purpose: str = "server"
    since: int = NEVER
    """The same holds for times from ``since``, ns since 1970 UTC …"""
    until: int = ALWAYS
    """… to before ``until``."""
    cut: bool = False
    """The search ended at its bounds: another path may exist."""
    question: Question | None = None
    """What the other judges are asked when somebody wants to know."""

    @property
    def openssl(self) -> str:
        """OpenSSL's opinion: "ok", or its error and number.  Costs a millisecond the first time, then nothing."""
        return self.question.openssl() if self.question else "not asked: no certificate"

    @property
    def webpki(self) -> str | None:
        """The opinion of the Web PKI's profile as cryptography has it: "ok" or its message; None: no name to ask for."""
        return self.question.webpki() if self.question else None

    @property
    def differ(self) -> bool:
        """Tell whether one of the others sees it otherwise: one trusts, another does not."""
        opinions = {self.openssl == "ok", self.verdict == "trusted"} | ({self.webpki == "ok"} if self.webpki is not None else set())
        return len(opinions) > 1

    def with_faults(self, faults: Iterable[Fault]) -> ChainVerdict:
        """Return the verdict with more faults: such as "revoked", which no chain can tell by itself."""
        reasons = tuple(sorted({*self.reasons, *faults}, key=lambda fault: (gravity(fault.word), fault.position)))
        if not reasons:
            return self
        words = tuple(dict.fromkeys(fault.word for fault in reasons))
        return msgspec.structs.replace(self, verdict=words[0], faults=words, reasons=reasons, detail=reasons[0].text)
