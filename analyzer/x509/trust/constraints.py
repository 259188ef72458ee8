"""Constraints: what each certificate of a path must allow, for the path to hold at a time and for a purpose.

Here lives: validity, what makes a CA, path length, usages, critical extensions, algorithms that nobody takes any more.  Here
does not live: how names are compared with subtrees (``name_constraints``), signatures (``edges``), which path is taken (``paths``).

Policies (certificatePolicies and what limits them) are not walked: no TLS client asks for any.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analyzer.x509.times import SECOND
from analyzer.x509.trust.name_constraints import NAME_CONSTRAINTS, Comparison
from analyzer.x509.trust.verdicts import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.x509.trust.member import Member

__all__ = ["FORBIDDEN_HASHES", "SHORT_KEYS", "faults_of_path", "own_faults", "turning_points", "valid_at", "when"]

_KEY_USAGE, _BASIC_CONSTRAINTS, _EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.19", "2.5.29.37"

_KNOWN = {
    _KEY_USAGE, _BASIC_CONSTRAINTS, _EXTENDED_KEY_USAGE, NAME_CONSTRAINTS,
    "2.5.29.17",  # subjectAltName
    "2.5.29.31",  # cRLDistributionPoints
    "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54",  # policies, which nobody asks for
    "2.16.840.1.113730.1.1",  # netscapeCertType
}  # fmt: skip
"""Extensions that may be critical: those that OpenSSL knows too."""

_USAGES = {"server": {"serverAuth", "anyExtendedKeyUsage", "msSGC", "nsSGC"}, "client": {"clientAuth", "anyExtendedKeyUsage"}}
_KEY_USAGES = {"server": {"digitalSignature", "keyEncipherment", "keyAgreement"}, "client": {"digitalSignature", "keyAgreement"}}


def _moment(text: str) -> int:
    """Return ns since 1970 of a date."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


# hash -> (since when nobody takes it, who says so).  Before that it was in use, and a capture of that time is judged as its clients did.
FORBIDDEN_HASHES: dict[str, tuple[int, str]] = {
    "md2": (_moment("2009-08-01"), "CVE-2009-2409: NSS, OpenSSL and others turned it off"),
    "md4": (_moment("2009-08-01"), "RFC 6150, with MD2"),
    "md5": (_moment("2011-07-01"), "Mozilla took none after June 30th 2011, RFC 6151"),
    "sha1": (_moment("2017-01-24"), "Chrome 56 and Firefox 51, CA/Browser Forum Baseline Requirements 7.1.3"),
}

# key algorithm -> (bits that are enough, since when fewer are not, who says so): 80 bits of strength, OpenSSL's security level 1
SHORT_KEYS: dict[str, tuple[int, int, str]] = {
    **dict.fromkeys(("RSA", "RSASSA-PSS", "DSA"), (1024, _moment("2012-10-09"), "Microsoft KB2661254, NIST SP 800-131A")),
    **dict.fromkeys(("EC", "ECDH", "SM2"), (160, _moment("2012-10-09"), "NIST SP 800-131A")),
}


def when(time: int) -> str:
    """Return a time as a sentence has it, "" beyond the year 9999."""
    try:
        return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "a time that no calendar has"


def valid_at(member: Member, at: int) -> bool:
    """Tell whether a time lies in the validity of a certificate, both seconds included (RFC 5280 section 4.1.2.5)."""
    before, after = member.certificate.not_before, member.certificate.not_after
    return before is not None and after is not None and before <= at < after + SECOND


def turning_points(member: Member) -> Iterator[int]:
    """Walk the times at which a certificate may begin to be judged otherwise."""
    certificate = member.certificate
    if certificate.not_before is not None:
        yield certificate.not_before
    if certificate.not_after is not None:
        yield certificate.not_after + SECOND
    forbidden = FORBIDDEN_HASHES.get(certificate.signature_hash or "")
    if forbidden:
        yield forbidden[0]
    short = SHORT_KEYS.get(certificate.public_key_algorithm or "")
    if short:
        yield short[1]


def _validity(member: Member, position: int, at: int) -> Iterator[Fault]:
    """Hold a certificate to its time."""
    before, after = member.certificate.not_before, member.certificate.not_after
    if before is not None and at < before:
        yield Fault("not_yet_valid", position, f"{member.title} was not valid before {when(before)}", "valid")
    if after is not None and at >= after + SECOND:
        yield Fault("expired", position, f"{member.title} expired on {when(after)}", "valid")


def _critical(member: Member, position: int) -> Iterator[Fault]:
    """Look for critical extensions that are not known (RFC 5280 section 4.2)."""
    unknown = [one for one in member.certificate.extensions if one.critical and one.oid not in _KNOWN]
    if unknown:
        names = ", ".join(one.name or one.oid for one in unknown[:5])
        text = f"{member.title} has critical extensions that are not known: {names}"
        yield Fault("critical_extension", position, text)


def _usage(member: Member, position: int, purpose: str) -> Iterator[Fault]:
    """Hold extKeyUsage of every certificate, and keyUsage of the leaf, to the purpose.

    RFC 5280 section 4.2.1.12 speaks of leaves; that a CA's extKeyUsage limits what is below is what all clients do.
    """
    certificate = member.certificate
    if member.has(_EXTENDED_KEY_USAGE) and not _USAGES[purpose] & set(certificate.extended_key_usage):
        usages = ", ".join(certificate.extended_key_usage[:5]) or "nothing"
        text = f"{member.title} is for {usages}, not for {'serverAuth' if purpose == 'server' else 'clientAuth'} (extKeyUsage)"
        yield Fault("wrong_usage", position, text)
    if position == 0 and member.has(_KEY_USAGE) and not _KEY_USAGES[purpose] & set(certificate.key_usage):
        usages = ", ".join(certificate.key_usage) or "nothing"
        yield Fault("wrong_usage", position, f"{member.title} is for {usages}, which no TLS {purpose} can use (keyUsage)")


def _key(member: Member, position: int, at: int) -> Iterator[Fault]:
    """Look at the length of the key."""
    certificate = member.certificate
    if certificate.public_key_curve == "explicit":
        text = f"{member.title}: its key spells out a curve of its own (RFC 5480 section 2.1.1; CVE-2020-0601)"
        yield Fault("forbidden_algorithm", position, text)
    enough, since, source = SHORT_KEYS.get(certificate.public_key_algorithm or "", (0, 0, ""))
    if certificate.public_key_size is not None and certificate.public_key_size < enough and at >= since:
        key = f"{certificate.public_key_algorithm} key of {certificate.public_key_size} bits"
        text = f"{member.title}: its {key} can be computed ({source})"
        yield Fault("forbidden_algorithm", position, text)


def _hash(member: Member, position: int, at: int) -> Iterator[Fault]:
    """Look at the hash that is signed."""
    certificate = member.certificate
    since, source = FORBIDDEN_HASHES.get(certificate.signature_hash or "", (None, ""))
    if since is not None and at >= since:
        text = f"{member.title} is signed with {certificate.signature_algorithm}, taken no more since {when(since)[:10]} ({source})"
        yield Fault("forbidden_algorithm", position, text)


def _ca(member: Member, position: int, last: bool) -> Iterator[Fault]:
    """Hold a certificate that issued another to what a CA must be (RFC 5280 section 6.1.4 (k), (n)).

    Without basicConstraints only the end of a path may be a CA: a root of version 1, or one that says so by keyUsage.
    """
    certificate = member.certificate
    if certificate.is_ca is None:
        root = certificate.self_issued and (certificate.version != 3 or "keyCertSign" in certificate.key_usage)
        if not (last and root):
            yield Fault("not_a_ca", position, f"{member.title} issued a certificate and has no basicConstraints", "is_ca")
    elif not certificate.is_ca:
        yield Fault("not_a_ca", position, f"{member.title} issued a certificate and is no CA (basicConstraints)", "is_ca")
    if member.has(_KEY_USAGE) and "keyCertSign" not in certificate.key_usage:
        text = f"{member.title} issued a certificate and its key may sign none (keyUsage without keyCertSign)"
        yield Fault("not_a_ca", position, text, "key_cert_sign")


def own_faults(member: Member, position: int, at: int, purpose: str) -> Iterator[Fault]:
    """Walk what is wrong with a certificate wherever its path leads."""
    if member.unreadable:
        yield Fault("unreadable", position, f"{member.title} cannot be judged by: {member.unreadable}")
        return
    yield from _validity(member, position, at)
    yield from _critical(member, position)
    yield from _usage(member, position, purpose)
    yield from _key(member, position, at)


def faults_of_path(path: Sequence[Member], at: int, purpose: str, names: Comparison, *, whole: bool) -> list[Fault]:
    """Return everything that is wrong on a path, signatures aside, in the order of the path.

    ``whole`` says that the path ends at a root, known or not.  A root's own signature proves nothing and may be made with any hash;
    the trust store's word for a root says nothing about its time and its constraints, which are held to as OpenSSL and browsers do.
    """
    faults: list[Fault] = []
    last = len(path) - 1
    below = 0  # intermediates between the leaf and here that are not self-issued (RFC 5280 section 4.2.1.9)
    for position, member in enumerate(path):
        faults += own_faults(member, position, at, purpose)
        if not (whole and position == last):
            faults += _hash(member, position, at)
        if position == 0:
            continue
        faults += _ca(member, position, last=position == last and whole)
        length = member.certificate.path_length
        if length is not None and below > length:
            text = f"{member.title} allows {length} CAs below it, and there are {below}"
            faults.append(Fault("path_too_long", position, text, "path_length"))
        below += not member.certificate.self_issued
        if member.has(NAME_CONSTRAINTS):
            for under in range(position):
                if under and path[under].certificate.self_issued:
                    continue
                broken = names.outside(member, path[under])
                if broken:
                    text = f"{member.title} may not certify {path[under].title}: {broken}"
                    faults.append(Fault("name_constraints", position, text, "name_constraints"))
    return faults
