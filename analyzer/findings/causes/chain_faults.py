"""Chain faults: what is wrong with a chain of certificates that can be read, in the words of the causes.

Here lives: dates, names, keys and hashes of the chain by our own eyes, and the words of a judge of chains.  Here does not live: which
of it an alert means (``certificates``), building paths (``x509.trust``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analyzer.x509 import read_certificate
from analyzer.x509.trust.hostnames import match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.findings.causes.cause import Judgement, Verdict
    from analyzer.x509 import Certificate

__all__ = ["Fault", "faults", "judged", "when"]

Fault = tuple[str, str]
"""(word: expired, not_yet_valid, name, self_signed, unknown_ca, incomplete, revoked, bad; a sentence's part: what and since when)."""

MOST = 32
"""Certificates of a chain that are looked at: real chains have fewer than ten."""
_SECOND = 10**9
_LAST = 253402300799
"""The last second of the year 9999."""
WORDS = {
    "self_signed": "self_signed",
    "private_ca": "unknown_ca",
    "unknown_ca": "unknown_ca",
    "untrusted": "unknown_ca",
    "incomplete": "incomplete",
    "expired": "expired",
    "not_yet_valid": "not_yet_valid",
    "revoked": "revoked",
    "trusted": "",
    "unchecked_signature": "",
    "name": "name",
}
"""A judge's word -> ours; any other is bad."""
_OLD_HASHES = frozenset({"md2", "md4", "md5", "sha1"})
_SMALL_RSA = 2048
_INTERMEDIATE = ("issuing", "intermediate", "subordinate", "sub ca", "subca")
"""Words by which authorities call those that stand below a root."""


def when(time: int) -> str:
    """Tell a time in ns since 1970 as a day and minute, UTC; one outside of the years 1 to 9999 as what it is."""
    seconds = time // _SECOND
    if not -62135596800 <= seconds <= _LAST:
        return "a time beyond the calendar"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def judged(verdict: Verdict | None, chain: Sequence[bytes], time: int, purpose: str, name: str | None) -> Judgement | None:
    """Ask the judge, where there is one and something to judge."""
    return verdict(chain, time, purpose, name) if verdict is not None and chain else None


def _label(certificate: Certificate, position: int) -> str:
    name = certificate.subject_cn or certificate.subject or "without a name"
    return f"the certificate of {name[:100]}" if not position else f"the certificate of {name[:100]} above it"


def faults(chain: Sequence[bytes], time: int, name: str | None, judgement: Judgement | None, *, purpose: str = "server") -> list[Fault]:
    """Return what is wrong with a chain at a time, gravest first; each word once.

    Without a judge nobody knows whether an authority is trusted: then that is never among the faults.
    """
    found: dict[str, str] = {}
    read = [read_certificate(one) for one in chain[:MOST]]
    for position, one in enumerate(read):
        if one.not_after is not None and one.not_after < time:
            found.setdefault("expired", f"{_label(one, position)} expired on {when(one.not_after)}")
        if one.not_before is not None and one.not_before > time:
            found.setdefault("not_yet_valid", f"{_label(one, position)} is valid from {when(one.not_before)} on")
    leaf = read[0] if read else None
    if judgement is not None:
        word = WORDS.get(judgement.verdict, "bad")
        if word == "incomplete" and not _intermediate_missing(read):
            found["unknown_ca"] = judgement.detail or judgement.verdict
        if word and word not in found:
            found[word] = judgement.detail or judgement.verdict
    if leaf is not None:
        if leaf.self_issued and (judgement is None or judgement.verdict != "trusted") and "self_signed" not in found:
            found["self_signed"] = f"{_label(leaf, 0)} is signed by itself"
        if name is not None and purpose == "server":
            named = match(leaf, name)
            matches = judgement.name_matches if judgement is not None and judgement.name_matches is not None else named.matched
            if not matches:
                found.setdefault("name", named.detail)
        weak = _weak(leaf, purpose)
        if weak:
            found.setdefault("bad", weak)
    return list(found.items())


def _intermediate_missing(read: Sequence[Certificate]) -> bool:
    """Whether what is missing above a chain is an intermediate certificate rather than a root that is not known.

    Servers send no roots, so both look alike.  An intermediate is more probable above a leaf that came alone, where the leaf says from
    where its issuer's certificate can be fetched (public authorities' do, RFC 5280 section 4.2.2.1), or the issuer's name says what it is.
    """
    if len({one.sha256 for one in read}) != 1:
        return False
    issuer = (read[0].issuer_cn or read[0].issuer or "").lower()
    return bool(read[0].aia_ca_issuers) or any(word in issuer for word in _INTERMEDIATE)


def _weak(leaf: Certificate, purpose: str) -> str | None:
    """Say what clients of today refuse in a leaf."""
    if leaf.faults and leaf.subject is None:
        return f"it cannot be read ({leaf.faults[0]})"
    if leaf.public_key_algorithm in {"RSA", "rsaEncryption"} and (leaf.public_key_size or _SMALL_RSA) < _SMALL_RSA:
        return f"its RSA key has {leaf.public_key_size} bits"
    if leaf.signature_hash in _OLD_HASHES:
        return f"it is signed with {leaf.signature_hash}"
    usage = "serverAuth" if purpose == "server" else "clientAuth"
    if leaf.extended_key_usage and not {usage, "anyExtendedKeyUsage"} & set(leaf.extended_key_usage):
        return f"it is for {', '.join(leaf.extended_key_usage[:4])} only, not for {usage}"
    return None
