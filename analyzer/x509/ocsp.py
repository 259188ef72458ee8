"""OCSP responses: DER in, what the responder says of each certificate out (RFC 6960 section 4.2).

Here lives: the facts of a stapled response, and the bytes that its signature is about.  Here does not live: the framing of
CertificateStatus (``tls``), whether the responder may be believed and the answer is fresh (``trust.revocation``).
"""

from __future__ import annotations

from typing import Any

import msgspec

from analyzer import registry
from analyzer.x509 import der
from analyzer.x509.names import read_name
from analyzer.x509.signatures import SignatureAlgorithm, read_signature_algorithm
from analyzer.x509.times import read_time

__all__ = ["OcspAnswer", "OcspResponse", "read_ocsp_response"]

STATUSES = {0: "successful", 1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized"}
REASONS = {0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded", 5: "cessationOfOperation",
           6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise"}  # fmt: skip
_BASIC = "1.3.6.1.5.5.7.48.1.1"
_CERTIFICATE_STATUSES = {0x80: "good", 0xA1: "revoked", 0x82: "unknown"}
_SCT_LIST = "1.3.6.1.4.1.11129.2.4.5"
_FAULTS = 50

ANSWERS = 64
"""Answers read of one response: a stapled one has one, and each costs ten microseconds."""

CERTIFICATES = 8
"""Certificates kept of one response: one is needed, the responder's; some send their chain."""


class OcspAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one certificate (SingleResponse).  Times are ns since 1970 UTC; what could not be read is None."""

    serial: str | None = None
    """As ``Certificate.serial``."""
    hash_algorithm: str | None = None
    issuer_name_hash: str | None = None
    issuer_key_hash: str | None = None
    status: str | None = None
    """good, revoked or unknown."""
    revocation_time: int | None = None
    revocation_reason: str | None = None
    this_update: int | None = None
    next_update: int | None = None
    sct_list: bytes = b""
    """A SignedCertificateTimestampList (RFC 6962 section 3.3) where the answer carries one."""


class OcspResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A whole response; ``answers`` is empty where the responder refused to answer (``status``) or the bytes are broken."""

    status: str | None = None
    status_code: int | None = None
    responder: str | None = None
    """RFC 4514 name of the responder, or the hex SHA-1 of its key."""
    produced_at: int | None = None
    answers: tuple[OcspAnswer, ...] = ()
    signature_algorithm: str | None = None
    certificates: int = 0
    """Certificates that came with the response."""
    certificates_der: tuple[bytes, ...] = ()
    """The first of them, at most CERTIFICATES."""
    responder_name: bytes | None = None
    """Contents of the responder's Name, where it is told by name."""
    responder_key: str | None = None
    """Hex SHA-1 of its key, where it is told by key."""
    signed: bytes = b""
    """DER of the ResponseData."""
    signature: bytes = b""
    algorithm: SignatureAlgorithm | None = None
    faults: tuple[str, ...] = ()

    @property
    def answer(self) -> OcspAnswer:
        """The first answer: a stapled response has one.  Empty where there is none."""
        return self.answers[0] if self.answers else OcspAnswer()


def read_ocsp_response(encoded: bytes) -> OcspResponse:
    """Return what an OCSP response says; never raises.  Nothing is verified."""
    faults: list[str] = []
    fields: dict[str, Any] = {}
    outer = der.sequence(encoded, faults)
    if outer and outer[0][0] == 0x0A:
        fields["status_code"] = code = der.integer(encoded[outer[0][2] : outer[0][3]], faults)
        fields["status"] = None if code is None else STATUSES.get(code)
    else:
        faults.append("no status")
    if len(outer) > 1 and outer[1][0] == 0xA0:
        parts = [
            part for inner in der.children(encoded, outer[1][2], outer[1][3], faults)[:1]
            for part in der.children(encoded, inner[2], inner[3], faults)
        ]  # fmt: skip
        if len(parts) == 2 and parts[1][0] == 0x04 and der.object_identifiers(encoded, parts[:1], faults) == [_BASIC]:
            _basic(encoded[parts[1][2] : parts[1][3]], fields, faults)
        else:
            faults.append("no basic response")
    return OcspResponse(**fields, faults=tuple(dict.fromkeys(faults))[:_FAULTS])


def _basic(data: bytes, fields: dict[str, Any], faults: list[str]) -> None:
    """Read a BasicOCSPResponse (RFC 6960 section 4.2.1)."""
    parts = der.sequence(data, faults)
    if not parts or parts[0][0] != 0x30:
        faults.append("no response data")
        return
    fields["signed"] = data[parts[0][1] : parts[0][4]]
    if len(parts) > 1 and parts[1][0] == 0x30:
        fields["algorithm"] = algorithm = read_signature_algorithm(data[parts[1][2] : parts[1][3]])
        fields["signature_algorithm"] = algorithm.name
    if len(parts) > 2 and parts[2][0] & ~0x20 == 0x03:
        fields["signature"] = der.bit_string(der.octets(data, parts[2], faults), faults)
    for tag, _, start, stop, _ in parts[3:]:
        if tag == 0xA0:
            found = [
                one for inner in der.children(data, start, stop, faults)[:1] for one in der.children(data, inner[2], inner[3], faults)
            ]  # fmt: skip
            fields["certificates"] = len(found)
            fields["certificates_der"] = tuple([data[one[1] : one[4]] for one in found[:CERTIFICATES]])
    for tag, _, start, stop, _ in der.children(data, parts[0][2], parts[0][3], faults):
        if tag == 0xA1:
            names = der.children(data, start, stop, faults)
            fields["responder"] = read_name(data, names[0][2], names[0][3]).text if names else None
            fields["responder_name"] = data[names[0][2] : names[0][3]] if names else None
        elif tag == 0xA2:
            keys = der.children(data, start, stop, faults)
            fields["responder"] = fields["responder_key"] = data[keys[0][2] : keys[0][3]].hex() if keys else None
        elif tag == 0x18:
            fields["produced_at"] = _time(data[start:stop], faults)
        elif tag == 0x30:
            singles = der.children(data, start, stop, faults)
            if len(singles) > ANSWERS:
                faults.append(f"more than {ANSWERS} answers")
            fields["answers"] = tuple([_answer(data, single, faults) for single in singles[:ANSWERS]])


def _time(raw: bytes, faults: list[str]) -> int | None:
    """Read a GeneralizedTime; OCSP writes nothing else, so that one before 2050 is not needless here."""
    odd: list[str] = []
    time = read_time(0x18, raw, odd)
    faults += [fault for fault in odd if not fault.startswith("needless")]
    return time


def _answer(data: bytes, single: der.Element, faults: list[str]) -> OcspAnswer:
    """Read a SingleResponse: certID, certStatus, thisUpdate, [0] nextUpdate, [1] extensions."""
    fields: dict[str, Any] = {}
    parts = der.children(data, single[2], single[3], faults)
    if len(parts) < 3:
        faults.append("bad answer")
        return OcspAnswer()
    identity = der.children(data, parts[0][2], parts[0][3], faults)
    if len(identity) == 4:
        algorithm = der.object_identifiers(data, der.children(data, identity[0][2], identity[0][3], faults)[:1], faults)
        fields["hash_algorithm"] = registry.oid_name(algorithm[0]) or algorithm[0] if algorithm else None
        fields["issuer_name_hash"], fields["issuer_key_hash"] = (data[part[2] : part[3]].hex() for part in identity[1:3])
        fields["serial"] = der.integer_hex(data[identity[3][2] : identity[3][3]], faults)
    else:
        faults.append("bad certificate identifier")
    fields["status"] = _CERTIFICATE_STATUSES.get(parts[1][0])
    if fields["status"] == "revoked":
        for tag, _, start, stop, _ in der.children(data, parts[1][2], parts[1][3], faults):
            if tag == 0x18:
                fields["revocation_time"] = _time(data[start:stop], faults)
            elif tag == 0xA0:
                reasons = der.children(data, start, stop, faults)
                code = der.integer(data[reasons[0][2] : reasons[0][3]], faults) if reasons else None
                fields["revocation_reason"] = None if code is None else REASONS.get(code, str(code))
    fields["this_update"] = _time(data[parts[2][2] : parts[2][3]], faults)
    for tag, _, start, stop, _ in parts[3:]:
        if tag == 0xA0:
            inner = der.children(data, start, stop, faults)
            fields["next_update"] = _time(data[inner[0][2] : inner[0][3]], faults) if inner else None
        elif tag == 0xA1:
            fields["sct_list"] = _scts(data, start, stop, faults)
    return OcspAnswer(**fields)


def _scts(data: bytes, start: int, stop: int, faults: list[str]) -> bytes:
    """Return the list of SCTs among an answer's extensions, b"" where there is none."""
    for inner in der.children(data, start, stop, faults)[:1]:
        for extension in der.children(data, inner[2], inner[3], faults):
            parts = der.children(data, extension[2], extension[3], faults)
            if len(parts) > 1 and der.object_identifiers(data, parts[:1], faults) == [_SCT_LIST]:
                raw = der.single(data[parts[-1][2] : parts[-1][3]], 0x04, faults)
                return raw or b""
    return b""
