"""Chain faults: what is wrong with a chain of certificates that can be read, in the words of the causes.

Here lives: dates, names, keys and hashes of the chain by our own eyes, and the words of a judge of chains.  Here does not live: which
of it an alert means (``certificates``), building paths (``x509.trust``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from analyzer.x509 import read_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.findings.causes.cause import Judgement, Verdict
    from analyzer.x509 import Certificate

__all__ = ["Fault", "faults", "is_for", "judged", "when"]

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
    "name": "name",
}
"""A judge's word -> ours; any other is bad."""
_OLD_HASHES = frozenset({"md2", "md4", "md5", "sha1"})
_SMALL_RSA = 2048


def when(time: int) -> str:
    """Tell a time in ns since 1970 as a day and minute, UTC; one outside of the years 1 to 9999 as what it is."""
    seconds = time // _SECOND
    if not -62135596800 <= seconds <= _LAST:
        return "a time beyond the calendar"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def judged(verdict: Verdict | None, chain: Sequence[bytes], time: int, purpose: str, name: str | None) -> Judgement | None:
    """Ask the judge, where there is one and something to judge."""
    return verdict(chain, time, purpose, name) if verdict is not None and chain else None


def is_for(certificate: Certificate, name: str) -> bool | None:
    """Tell whether a certificate is for a host name or address (RFC 9525: subject alternative names only); None where it names none."""
    if not certificate.san_dns and not certificate.san_ip:
        return None
    wanted = name.lower().rstrip(".")
    try:
        address = ip_address(wanted)
    except ValueError:
        head, _, rest = wanted.partition(".")
        known = {one.lower().rstrip(".") for one in certificate.san_dns}
        return wanted in known or bool(head and rest and f"*.{rest}" in known)
    return str(address) in certificate.san_ip


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
        if word and word not in found:
            found[word] = judgement.detail or judgement.verdict
    if leaf is not None:
        if leaf.self_issued and "self_signed" not in found:
            found["self_signed"] = f"{_label(leaf, 0)} is signed by itself"
        matches = judgement.name_matches if judgement is not None else None
        if matches is None and name is not None and purpose == "server":
            matches = is_for(leaf, name)
            matches = False if matches is None and leaf.subject_cn != name else matches
        if matches is False and purpose == "server" and name is not None:
            for_whom = ", ".join((*leaf.san_dns, *leaf.san_ip)[:6])[:300] or leaf.subject_cn or "nobody"
            found.setdefault("name", f"it is for {for_whom}, not for {name}")
        weak = _weak(leaf)
        if weak:
            found.setdefault("bad", weak)
    return list(found.items())


def _weak(leaf: Certificate) -> str | None:
    """Say what clients of today refuse in a leaf."""
    if leaf.faults and leaf.subject is None:
        return f"it cannot be read ({leaf.faults[0]})"
    if leaf.public_key_algorithm in {"RSA", "rsaEncryption"} and (leaf.public_key_size or _SMALL_RSA) < _SMALL_RSA:
        return f"its RSA key has {leaf.public_key_size} bits"
    if leaf.signature_hash in _OLD_HASHES:
        return f"it is signed with {leaf.signature_hash}"
    if leaf.extended_key_usage and not {"serverAuth", "clientAuth", "anyExtendedKeyUsage"} & set(leaf.extended_key_usage):
        return f"it is for {', '.join(leaf.extended_key_usage[:4])} only"
    return None
