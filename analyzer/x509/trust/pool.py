"""Pool: certificates seen in the capture that may have issued others, and CAs that are trusted by their name.

Here lives: what is kept of the chains that pass, and its bounds.  Here does not live: the trust store (``store``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.x509.certificate import read_certificate
from analyzer.x509.signatures import is_self_signed
from analyzer.x509.trust.member import Member, NameKey, read_member

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SENT", "Pool"]

SENT = 64
"""Certificates of one chain that are looked at; TLS allows some ten thousand, real servers send five."""

ENTRIES, OCTETS = 4096, 4 << 20
"""Certificates and their octets (read, they take a few times as much); past either nothing more is learned.  The CAs of all of the Web
are some two thousand, of three megabytes."""

KNOWN = 1 << 16
"""Hashes of certificates that were looked at, so that they are not again: 5 MB; when full they are forgotten, and only looked at anew."""

PER_NAME = 64
"""Certificates of one subject: cross-signed CAs have a handful; who floods the pool with one name is heard no more."""


class Pool:
    """CAs' certificates by subject."""

    def __init__(self, named: Sequence[str] = ()) -> None:
        self._named = frozenset(named)
        self._seen: set[int] = set()
        self._by_subject: dict[NameKey, list[Member]] = {}
        self._trusted: dict[str, Member] = {}
        self._by_sha256: dict[str, Member] = {}
        self._octets = 0
        self.generation = 0
        """Counts the certificates that were learned: while it stays, nothing that was found out changes."""
        self.full = False
        """Something was not learned for want of room."""

    def learn(self, chain: Sequence[bytes]) -> None:
        """Keep those certificates of a chain that may have issued others."""
        for encoded in chain[:SENT]:
            mark = hash(encoded)
            if mark in self._seen:
                continue
            if len(self._seen) >= KNOWN:
                self._seen.clear()
            self._seen.add(mark)
            certificate = read_certificate(encoded)
            if certificate.is_ca or (certificate.is_ca is None and (certificate.self_issued or "keyCertSign" in certificate.key_usage)):
                self._keep(read_member(encoded))

    def _keep(self, member: Member) -> None:
        """Add a member, if there is room and it is not there."""
        there = self._by_subject.get(member.subject, [])
        if member.unreadable or member.sha256 in self._by_sha256:
            return
        if len(self._by_sha256) >= ENTRIES or self._octets + member.certificate.size > OCTETS or len(there) >= PER_NAME:
            self.full = True
            return
        self._by_subject.setdefault(member.subject, there).append(member)
        self._by_sha256[member.sha256] = member
        self._octets += member.certificate.size
        self.generation += 1
        certificate = member.certificate
        called = certificate.self_issued and self._named & {certificate.subject_cn, certificate.subject_o}
        if called and is_self_signed(certificate) is not False:
            self._trusted[member.sha256] = member

    def named(self, subject: NameKey) -> Sequence[Member]:
        """Return the certificates of that subject."""
        return self._by_subject.get(subject, ())

    def certificate(self, sha256: str) -> bytes | None:
        """Return a certificate by its SHA-256."""
        member = self._by_sha256.get(sha256)
        return member.certificate.der if member else None

    def trusts(self, member: Member) -> bool:
        """Tell whether a certificate is a CA's that the user named."""
        return member.sha256 in self._trusted

    def trusted(self) -> tuple[bytes, ...]:
        """Return the certificates that are trusted by name."""
        return tuple([member.certificate.der for member in self._trusted.values()])
