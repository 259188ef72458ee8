"""Timestamps: whether the logs of Certificate Transparency really promised what a certificate's SCTs say (RFC 6962 section 3.2).

Here lives: what a log signs, the precertificate rebuilt from the certificate, the check of each SCT.  Here does not live: the keys of
logs (``registry``), the SCT as bytes (``tls``), how many logs are enough (``findings``).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from analyzer.registry.ct_log_keys import ct_log_keys
from analyzer.tls.transparency import read_sct_list
from analyzer.x509 import der
from analyzer.x509.signatures import SignatureAlgorithm
from analyzer.x509.signed import signed_by
from analyzer.x509.trust.edges import Signatures
from analyzer.x509.trust.member import read_member

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.registry.ct_log_keys import CtLogKey
    from analyzer.tls.transparency import SignedCertificateTimestamp
    from analyzer.x509.certificate import Certificate

__all__ = ["REASONS", "TIMESTAMPS", "TimestampCheck", "check_timestamps", "precertificate_tbs"]

TIMESTAMPS = 64
"""SCTs that are checked of one certificate: real ones have two to five, and each costs a signature."""

SKEW = 300_000_000_000
"""A timestamp may be this much (ns, five minutes: what ``openssl ocsp`` grants) after the packet: the clock that captured may be late."""

SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"
_PRECERTIFICATE_SIGNING = "ctPrecertificateSigning"  # 1.3.6.1.4.1.11129.2.4.4, RFC 6962 section 3.1
_SCT_LIST_DER = bytes.fromhex("060a2b06010401d679020402")

# (HashAlgorithm, SignatureAlgorithm) of TLS 1.2 -> the same in X.509; RFC 6962 section 2.1.4 knows no other
_ALGORITHMS: dict[tuple[int | None, int | None], SignatureAlgorithm] = {
    (4, 1): SignatureAlgorithm("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "sha256", key="RSA"),
    (4, 3): SignatureAlgorithm("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", "sha256", key="EC"),
}

REASONS: dict[str, str] = {
    "unknown version": "the SCT is of a version other than 1: only RFC 6962 is known",
    "unknown log": "no log of that id is known, so that there is no key to check with",
    "issuer not in the capture": "what the log signed names the issuer's key, and the certificate that holds it was not seen",
    "issuer is a precertificate signing certificate": "what the log signed names the CA above it",
    "certificate is broken": "what the log signed cannot be rebuilt from these bytes",
    "cannot be checked": "the log's key or algorithm is none that can be computed with",
    "algorithm is not allowed": "neither ECDSA nor RSA with SHA-256 (RFC 6962 section 2.1.4)",
    "signature is wrong": "the log's key did not sign this certificate at this time",
    "timestamp is after the packet": "the SCT is from the future (RFC 6962 section 5.2: to be refused)",
    "timestamp is after the log's last date": "every root program that knew the log had closed it by then",
}
"""reason -> what it means."""


class TimestampCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One SCT and whether it holds.  Times are ns since 1970 UTC."""

    origin: str
    """certificate, tls (extension of the handshake) or ocsp (extension of the stapled response)."""
    log_id: str
    """Hex; "" where the SCT's version is unknown."""
    log: str | None = None
    operator: str | None = None
    kind: str | None = None
    """production, test or monitoring_only; None for an unknown log."""
    time: int | None = None
    signed: bool | None = None
    """The log's signature holds; None where it could not be checked."""
    valid: bool | None = None
    """It is signed, and at a time that can be: not after the packet, not after the log was closed."""
    reason: str | None = None
    """Key of REASONS: why ``valid`` is False or None."""
    states: tuple[tuple[str, str, int], ...] = ()
    """(root program, state of the log in the table's time, since when)."""


def check_timestamps(
    leaf: Certificate,
    issuer: Certificate | None,
    carried: Sequence[tuple[str, SignedCertificateTimestamp]] = (),
    *,
    at: int | None = None,
    logs: Mapping[bytes, CtLogKey] | None = None,
) -> tuple[TimestampCheck, ...]:
    """Check the SCTs inside a certificate and those carried beside it, in this order; never raises.

    ``issuer`` is the certificate that signed the leaf, needed for those inside it; None where it was not seen.  ``carried`` has
    ("tls" or "ocsp", SCT).  ``at`` is the packet's time (ns; None: no timestamp is from the future).  ``logs`` are the logs by id,
    the registry's by default.  At most TIMESTAMPS are checked.  Costs about 100 microseconds an SCT; not remembered.
    """
    known = ct_log_keys() if logs is None else logs
    embedded = _embedded(leaf)
    entries: dict[str, tuple[bytes | None, str | None]] = {}
    signatures, checks = Signatures(), []
    for origin, sct in [*(("certificate", sct) for sct in embedded), *carried][:TIMESTAMPS]:
        kind = "precertificate" if origin == "certificate" else "certificate"
        if kind not in entries:
            entries[kind] = _precertificate_entry(leaf, issuer) if kind == "precertificate" else _certificate_entry(leaf)
        checks.append(_check(origin, sct, leaf, issuer, entries[kind], known, signatures, at))
    return tuple(checks)


def _embedded(leaf: Certificate) -> tuple[SignedCertificateTimestamp, ...]:
    """Return the SCTs inside a certificate (RFC 6962 section 3.3)."""
    for extension in leaf.extensions:
        if extension.oid == SCT_LIST:
            raw = der.single(extension.value, 0x04, [])
            return read_sct_list(raw)[0] if raw is not None else ()
    return ()


def _check(
    origin: str,
    sct: SignedCertificateTimestamp,
    leaf: Certificate,
    issuer: Certificate | None,
    entry: tuple[bytes | None, str | None],
    logs: Mapping[bytes, CtLogKey],
    signatures: Signatures,
    at: int | None,
) -> TimestampCheck:
    """Check one SCT."""
    if sct.version != 0 or sct.timestamp is None:
        return TimestampCheck(origin=origin, log_id="", reason="unknown version")
    log = logs.get(sct.log_id)
    time = sct.timestamp * 1_000_000
    signed, reason = _signed(sct, log, entry)
    if signed is False and origin == "certificate" and issuer is not None and not _issued(leaf, issuer, signatures):
        signed, reason = None, "issuer not in the capture"  # a stranger's key is no reason to call the log's signature wrong
    elif signed:
        if at is not None and time > at + SKEW:
            reason = "timestamp is after the packet"
        elif log is not None and log.closed is not None and time > log.closed:
            reason = "timestamp is after the log's last date"
    valid = None if signed is None else reason is None
    if log is None:
        return TimestampCheck(origin=origin, log_id=sct.log_id.hex(), time=time, signed=signed, valid=valid, reason=reason)
    return TimestampCheck(
        origin=origin, log_id=sct.log_id.hex(), log=log.description, operator=log.operator, kind=log.kind, time=time,
        signed=signed, valid=valid, reason=reason, states=log.states,
    )  # fmt: skip


def _signed(
    sct: SignedCertificateTimestamp, log: CtLogKey | None, entry: tuple[bytes | None, str | None]
) -> tuple[bool | None, str | None]:
    """Tell whether the log signed the entry, and why not."""
    if log is None:
        return None, "unknown log"
    algorithm = _ALGORITHMS.get((sct.hash_algorithm, sct.signature_algorithm))
    if algorithm is None:
        return False, "algorithm is not allowed"
    if entry[0] is None:
        return None, entry[1]
    # version v1, SignatureType certificate_timestamp, timestamp, then LogEntryType and entry, then CtExtensions
    head = b"\0\0" + (sct.timestamp or 0).to_bytes(8, "big")
    signed = signed_by(log.key, algorithm, head + entry[0] + len(sct.extensions).to_bytes(2, "big") + sct.extensions, sct.signature)
    if signed is None and not sct.signature:
        signed = False
    return signed, {True: None, False: "signature is wrong", None: "cannot be checked"}[signed]


def _certificate_entry(leaf: Certificate) -> tuple[bytes | None, str | None]:
    """Return LogEntryType x509_entry with the certificate, as SCTs beside it sign it."""
    if leaf.size >= 1 << 24:
        return None, "certificate is broken"
    return b"\0\0" + leaf.size.to_bytes(3, "big") + leaf.der, None


def _precertificate_entry(leaf: Certificate, issuer: Certificate | None) -> tuple[bytes | None, str | None]:
    """Return LogEntryType precert_entry: SHA-256 of the issuer's key and the TBSCertificate without its SCTs."""
    if issuer is None and leaf.self_issued:
        issuer = leaf
    if issuer is None or issuer.spki is None:
        return None, "issuer not in the capture"
    if _PRECERTIFICATE_SIGNING in issuer.extended_key_usage:
        return None, "issuer is a precertificate signing certificate"
    tbs = precertificate_tbs(leaf.der)
    if tbs is None or len(tbs) >= 1 << 24:
        return None, "certificate is broken"
    return b"\0\1" + sha256(issuer.spki).digest() + len(tbs).to_bytes(3, "big") + tbs, None


def precertificate_tbs(certificate: bytes) -> bytes | None:
    """Return the TBSCertificate of a certificate (DER) without its list of SCTs, as the log signed it; None where there is none.

    RFC 6962 section 3.2.  All other bytes stay as they are; only the three lengths around the list are written anew.
    """
    faults: list[str] = []
    outer = der.sequence(certificate, faults)
    if not outer or outer[0][0] != 0x30:
        return None
    _, _, start, stop, _ = outer[0]
    for tag, head, inner, inner_stop, end in der.children(certificate, start, stop, faults):
        if tag != 0xA3:
            continue
        lists = der.children(certificate, inner, inner_stop, faults)
        if len(lists) != 1 or lists[0][0] != 0x30:
            return None
        kept = [
            certificate[one[1] : one[4]]
            for one in der.children(certificate, lists[0][2], lists[0][3], faults)
            if not certificate.startswith(_SCT_LIST_DER, one[2], one[3])
        ]
        # RFC 5280 section 4.1: Extensions hold at least one, so that without any the field is not there
        field = der.encoded(0xA3, der.encoded(0x30, b"".join(kept))) if kept else b""
        return der.encoded(0x30, certificate[start:head] + field + certificate[end:stop])
    return None


def _issued(leaf: Certificate, issuer: Certificate, signatures: Signatures) -> bool:
    """Whether the issuer's key signed the leaf."""
    return signatures.hold(read_member(leaf.der), read_member(issuer.der)) is True
