"""Revocation: whether a stapled OCSP response speaks of this certificate, comes from somebody who may, and is fresh (RFC 6960).

Here lives: which answer is meant, who signed, delegated responders, freshness.  Here does not live: the fields of a response
(``x509.ocsp``), the check of a signature (``x509.signed``), what a revoked certificate is worth (``findings``).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from analyzer.tls.transparency import SignedCertificateTimestamp, read_sct_list
from analyzer.x509 import der
from analyzer.x509.ocsp import OcspAnswer, OcspResponse, read_ocsp_response
from analyzer.x509.signed import signed_by
from analyzer.x509.trust.constraints import own_faults, valid_at
from analyzer.x509.trust.edges import Signatures, names_equal
from analyzer.x509.trust.member import Member, name_key, read_member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.x509.certificate import Certificate

__all__ = ["REASONS", "SKEW", "STATUSES", "ResponseCheck", "check_response"]

SKEW = 300_000_000_000
"""Clocks of responder and capture may differ by this much (ns): five minutes, what ``openssl ocsp`` grants by default."""

_REMEMBERED_OCTETS = 32_768
"""Response, leaf and issuer together that are remembered: real ones have 3,000 to 10,000 octets, and 512 of them are kept."""

STATUSES: dict[str, str] = {
    "good": "not revoked, as far as the responder knows",
    "revoked": "revoked: revocation_time says since when",
    "unknown": "the responder does not know the certificate",
    "none": "nothing that can be read about this certificate",
    "unsuccessful": "the responder refused to answer: response_status says how",
}
"""status -> what it means (RFC 6960 section 2.2)."""

REASONS: dict[str, str] = {
    "response is broken": "no response that RFC 6960 section 4.2.1 describes",
    "responder refused to answer": "a status other than successful, which nobody signs",
    "no answer for this serial number": "the response speaks of other certificates",
    "answer is for another issuer": "the serial number is the leaf's, the hash of the issuer's name or key is not",
    "hash is not known": "the certificate is named by a hash that cannot be computed",
    "issuer not in the capture": "without its key neither the answer's issuer nor its signer can be judged",
    "responder's certificate is missing": "neither the issuer nor a certificate of the response is who signed",
    "responder's certificate is broken": "it cannot be read for certain, or has a critical extension that is not known",
    "responder is not the issuer's": "the certificate that signed is not issued by the leaf's issuer (RFC 6960 section 4.2.2.2)",
    "responder may not sign": "its certificate lacks the extended key usage OCSPSigning (RFC 6960 section 4.2.2.2)",
    "cannot be checked": "a key or algorithm that is not computed with",
    "signature is wrong": "the responder's key did not sign this response",
    "responder's certificate is out of its time": "it was not valid when the response was made, or is not at the time asked for",
    "no time": "thisUpdate cannot be read",
    "answer is from the future": "thisUpdate lies after the time asked for",
    "answer is too old": "nextUpdate lies before the time asked for",
    "nextUpdate before thisUpdate": "the answer's own times contradict each other",
}
"""reason -> what it means."""

# reasons for which ``verified`` is None: nothing was refuted
_OPEN = frozenset({
    "response is broken", "responder refused to answer", "hash is not known", "issuer not in the capture",
    "responder's certificate is missing", "cannot be checked", "no time",
})  # fmt: skip

_HASHES = {name.replace("_", "-"): name for name in (
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512")}  # fmt: skip


class ResponseCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a response is worth for one certificate at one time.  Times are ns since 1970 UTC."""

    status: str
    """Key of STATUSES: what the response says, believed or not."""
    verified: bool | None = None
    """It is about this certificate, signed by somebody who may, and fresh.  None: that cannot be told."""
    reason: str | None = None
    """Key of REASONS: why ``verified`` is not True."""
    signed: bool | None = None
    """Signed by the issuer or by a responder that it appointed, whatever the times say."""
    response_status: str | None = None
    """successful, tryLater, internalError …"""
    responder: str | None = None
    """RFC 4514 name, or the hex SHA-1 of its key."""
    delegated: bool | None = None
    """A responder with a certificate of its own signed; None where it is not known who did."""
    responder_sha256: str | None = None
    """Of the delegated responder's certificate, hex."""
    fresh: bool | None = None
    """thisUpdate ≤ time ≤ nextUpdate, give or take SKEW; an answer without nextUpdate does not age."""
    produced_at: int | None = None
    this_update: int | None = None
    next_update: int | None = None
    revocation_time: int | None = None
    revocation_reason: str | None = None
    scts: tuple[SignedCertificateTimestamp, ...] = ()
    """Signed certificate timestamps that came in the answer."""


class _Judged(msgspec.Struct, frozen=True):
    """What holds whatever the time."""

    response: OcspResponse
    answer: OcspAnswer | None = None
    reason: str | None = None
    signed: bool | None = None
    delegate: Member | None = None
    known: bool = False
    """It is known who signed."""


def check_response(response: bytes, leaf: Certificate, issuer: Certificate | None, at: int) -> ResponseCheck:
    """Return what a DER OCSP response says of ``leaf`` and whether that holds at ``at`` (ns since 1970 UTC); never raises.

    ``issuer`` is the certificate that signed the leaf, None where it was not seen.  A nonce is ignored: a stapled response answers
    no request of the client.  A signature costs about 100 microseconds; the last 512 responses are remembered.
    """
    size = len(response) + leaf.size + (issuer.size if issuer is not None else 0)
    judged = (_judged if size <= _REMEMBERED_OCTETS else _judge)(response, leaf.der, None if issuer is None else issuer.der)
    read, answer = judged.response, judged.answer
    if answer is None:
        status = "unsuccessful" if judged.reason == "responder refused to answer" else "none"
        verified = None if judged.reason in _OPEN else False
        return ResponseCheck(
            status=status, verified=verified, reason=judged.reason, response_status=read.status, responder=read.responder,
            produced_at=read.produced_at,
        )  # fmt: skip
    late = _late(answer, at)
    reason = judged.reason or _outlived(judged.delegate, read.produced_at, at) or late
    scts = read_sct_list(answer.sct_list)[0] if answer.sct_list else ()
    return ResponseCheck(
        status=answer.status or "none",
        verified=reason is None or (None if reason in _OPEN else False),
        reason=reason,
        signed=judged.signed,
        response_status=read.status,
        responder=read.responder,
        delegated=(judged.delegate is not None) if judged.known else None,
        responder_sha256=judged.delegate.sha256 if judged.delegate else None,
        fresh=None if late == "no time" else late is None,
        produced_at=read.produced_at,
        this_update=answer.this_update,
        next_update=answer.next_update,
        revocation_time=answer.revocation_time,
        revocation_reason=answer.revocation_reason,
        scts=scts,
    )


def _late(answer: OcspAnswer, at: int) -> str | None:
    """Say why an answer is not fresh (RFC 6960 section 3.2, points 5 and 6)."""
    if answer.this_update is None:
        return "no time"
    if answer.next_update is not None and answer.next_update < answer.this_update:
        return "nextUpdate before thisUpdate"
    if answer.this_update > at + SKEW:
        return "answer is from the future"
    if answer.next_update is not None and answer.next_update < at - SKEW:
        return "answer is too old"
    return None


def _outlived(delegate: Member | None, produced_at: int | None, at: int) -> str | None:
    """Say whether a delegated responder's certificate was not valid at one of the two times."""
    if delegate is None or (valid_at(delegate, at) and (produced_at is None or valid_at(delegate, produced_at))):
        return None
    return "responder's certificate is out of its time"


def _judge(encoded: bytes, leaf_der: bytes, issuer_der: bytes | None) -> _Judged:
    """Judge a response without regard to time."""
    response = read_ocsp_response(encoded)
    if response.status_code not in {None, 0}:
        return _Judged(response, reason="responder refused to answer")
    if not response.answers or not response.signed:
        return _Judged(response, reason="response is broken")
    leaf = read_member(leaf_der)
    issuer = None if issuer_der is None else read_member(issuer_der)
    answer, reason = _answer(response.answers, leaf, issuer)
    if answer is None:
        return _Judged(response, reason=reason)
    if answer.status is None:
        return _Judged(response, reason="response is broken")
    if issuer is None or issuer.certificate.spki is None:
        return _Judged(response, answer, "issuer not in the capture")
    return _signer(response, answer, issuer)


_judged = lru_cache(maxsize=512)(_judge)


def _answer(answers: Iterable[OcspAnswer], leaf: Member, issuer: Member | None) -> tuple[OcspAnswer | None, str | None]:
    """Return the first answer about a certificate, or why there is none (RFC 6960 section 4.1.1: CertID)."""
    reason = "no answer for this serial number"
    name, key = der.encoded(0x30, leaf.issuer_der), _key_bits(issuer.certificate.spki) if issuer is not None else None
    for answer in answers:
        if answer.serial is None or answer.serial != leaf.certificate.serial:
            continue
        algorithm = _HASHES.get((answer.hash_algorithm or "").lower())
        if algorithm is None:
            reason = "hash is not known"
        elif _hashed(algorithm, name) == answer.issuer_name_hash and (key is None or _hashed(algorithm, key) == answer.issuer_key_hash):
            return answer, None
        else:
            reason = "answer is for another issuer"
    return None, reason


def _hashed(algorithm: str, data: bytes) -> str:
    """Return the hex hash of data."""
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def _signer(response: OcspResponse, answer: OcspAnswer, issuer: Member) -> _Judged:
    """Find who signed and whether he may: the issuer, or whom the issuer appointed (RFC 6960 section 4.2.2.2)."""
    reason, delegate, known = "responder's certificate is missing", None, False
    if _is_responder(response, issuer):
        signed = _holds(response, issuer)
        if signed is not False:
            return _Judged(response, answer, _TOLD[signed], signed, known=True)
        reason, known = "signature is wrong", True  # unless a responder of the issuer's own name is appointed below
    for member in map(read_member, response.certificates_der):
        if member.sha256 == issuer.sha256 or not _is_responder(response, member):
            continue
        delegate = member
        issued = Signatures().hold(member, issuer) if names_equal(member, issuer) else False
        if issued is not True:
            reason = "cannot be checked" if issued is None else "responder is not the issuer's"
        elif any(fault.word in {"unreadable", "critical_extension"} for fault in own_faults(member, 0, 0, "server")):
            reason = "responder's certificate is broken"
        elif "OCSPSigning" not in member.certificate.extended_key_usage:
            reason = "responder may not sign"
        else:
            signed = _holds(response, member)
            return _Judged(response, answer, _TOLD[signed], signed, member, known=True)
    return _Judged(response, answer, reason, None if reason in _OPEN else False, delegate, known=known or delegate is not None)


_TOLD: dict[bool | None, str | None] = {True: None, False: "signature is wrong", None: "cannot be checked"}


def _holds(response: OcspResponse, member: Member) -> bool | None:
    """Tell whether a certificate's key signed the response."""
    if response.algorithm is None or member.certificate.spki is None:
        return None
    if not response.signature:
        return False
    return signed_by(member.certificate.spki, response.algorithm, response.signed, response.signature)


def _is_responder(response: OcspResponse, member: Member) -> bool:
    """Whether the ResponderID names a certificate: its subject, or the SHA-1 of its key (RFC 6960 section 4.2.1)."""
    if response.responder_key is not None:
        key = _key_bits(member.certificate.spki)
        return key is not None and _hashed("sha1", key) == response.responder_key
    return response.responder_name is not None and name_key(response.responder_name) == member.subject


def _key_bits(spki: bytes | None) -> bytes | None:
    """Return the contents of the BIT STRING of a SubjectPublicKeyInfo, without its count of unused bits, as issuerKeyHash takes it."""
    parts = der.sequence(spki or b"", [])
    return (spki or b"")[parts[1][2] + 1 : parts[1][3]] if len(parts) > 1 and parts[1][0] == 0x03 else None
