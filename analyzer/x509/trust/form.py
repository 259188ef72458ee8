"""Form: whether a certificate can be read in one way only, so that a judgement can stand on it.

Here lives: which oddities of the encoding forbid it.  Here does not live: what stands in the certificate (``x509``, which reads
what it can of any), what a certificate must allow (``constraints``).

An analyst wants to see broken certificates; a client refuses them.  What only looks odd (a default that is spelled out, a control
character, a serial number of zero) is taken, as OpenSSL takes it; what one reader could take for something else is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.x509 import der

if TYPE_CHECKING:
    from analyzer.x509.certificate import Certificate

__all__ = ["flaw"]

FAULTS = 50
"""A certificate with as many faults may have more than were kept."""

EXTENSIONS = 100
"""A certificate with more is not judged by: they are walked again for each path, and real ones have a dozen."""

_EXACT = {"basicConstraints", "keyUsage", "extKeyUsage", "nameConstraints"}
"""Extensions that paths stand on: no fault in them is passed over, but this one."""

_KEY_USAGE = "2.5.29.15"

_HARMLESS = "encoded default"

_ASIDE = {"certificatePolicies", "policyMappings", "policyConstraints", "inhibitAnyPolicy", "authorityInfoAccess", "issuerAltName",
          "signedCertificateTimestampList", "tlsFeature", "netscapeComment", "netscapeCertType", "precertificatePoison"}  # fmt: skip
"""Extensions that nothing here is read from."""

_BROKEN = re.compile(
    r"(length |reserved length|endless tag|non-minimal |cut off|no end of contents|more than |tag 0x|bad (?:attribute|object|point)|padded "
    r"|no (?:element|SEQUENCE|single|object|curve|prime|RSA|key bits|algorithm|hash)|string in pieces|indefinite|general name with tag"
    r"|[013-9]\d* times|leap second|trailing bytes|empty (?:integer|bit string)|overlong|negative (?:modulus|exponent)|modulus or )"
)
"""How faults of ``der`` and its callers begin that speak of the structure, and not of what is in it."""


_FIELDS, _OPTIONAL = [0x02, 0x30, 0x30, 0x30, 0x30, 0x30], {0x81, 0x82, 0xA3}
"""Tags of serial number, algorithm, issuer, validity, subject, key; then of unique identifiers and extensions (RFC 5280 section 4.1)."""

_WIDE = {"bad UTF8String", "bad BMPString", "bad UniversalString"}
"""Faults that may be an encoding that is none, or only a character that does not belong there."""

_CODECS = {0x0C: "utf-8", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}


def flaw(certificate: Certificate) -> str | None:
    """Return why no judgement can stand on a certificate, or None.  Costs 10 microseconds, more only for one that is odd."""
    needed = {
        "no serial number": certificate.serial, "no subject": certificate.subject, "no issuer": certificate.issuer,
        "no beginning": certificate.not_before, "no end": certificate.not_after, "no public key": certificate.spki,
        "no public key algorithm": certificate.public_key_oid, "no signature": certificate.signature or None,
        "no version": certificate.version,
    }  # fmt: skip
    for text, value in needed.items():
        if value is None:
            return text
    if len(certificate.faults) >= FAULTS:
        return "more faults than are kept"
    if len(certificate.extensions) > EXTENSIONS:
        return f"more than {EXTENSIONS} extensions"
    if len({extension.oid for extension in certificate.extensions}) < len(certificate.extensions):
        return "an extension stands twice (RFC 5280 section 4.2)"
    doubts = (_doubt(certificate, fault) for fault in certificate.faults)
    return _layers(certificate.der) or _unused_bits(certificate) or next(filter(None, doubts), None)


def _doubt(certificate: Certificate, fault: str) -> str | None:
    """Return the fault if it leaves a doubt."""
    what, _, where = fault.rpartition(" in ")
    if where in {"extensions", "certificate"} or fault == "bad extension" or (where in _EXACT and what != _HARMLESS):
        return fault
    if what in _WIDE and where in {"subject", "issuer"}:
        return fault if _no_text(certificate.der) else None
    return fault if where not in _ASIDE and _BROKEN.match(fault) else None


def _layers(data: bytes) -> str | None:
    """Return what is odd in the outer layers: one SEQUENCE of three and nothing behind it, and the extensions' own."""
    faults: list[str] = []
    outer = der.children(data, 0, len(data), faults)
    if len(outer) != 1:
        return faults[0] if faults else "trailing bytes"
    parts = der.children(data, outer[0][2], outer[0][3], faults)
    if len(parts) != 3:
        faults.append(f"{len(parts)} parts where three belong")
    fields = der.children(data, parts[0][2], parts[0][3], faults)
    tags = [field[0] for field in fields if field[0] != 0xA0]
    if tags[:6] != _FIELDS or tags[6:] != sorted({*tags[6:]} & _OPTIONAL):
        faults.append("fields of another kind or order")
    if any(field[0] in {0x81, 0x82} and data[field[2] : field[3]][:1] > b"\7" for field in fields):
        faults.append("a unique identifier that is none")
    for tag, _, start, stop, _ in fields[-1:]:
        lists = der.children(data, start, stop, faults) if tag == 0xA3 else []
        if [one[0] for one in lists] != ([0x30] if tag == 0xA3 else []):
            faults.append("extensions that are no SEQUENCE")
        for one in lists[:1]:
            for kind, _, first, last, _ in der.children(data, one[2], one[3], faults):
                inner = [part[0] for part in der.children(data, first, last, faults)] if kind == 0x30 else []
                if inner not in ([0x06, 0x04], [0x06, 0x01, 0x04]):
                    faults.append("bad extension")
    return faults[0] if faults else None


def _unused_bits(certificate: Certificate) -> str | None:
    """Look for unused bits in key and signature, and for a keyUsage where they are set (X.690 section 11.2.1).

    One reader sees usages there, another none.
    """
    for data in (certificate.spki or b"", certificate.der):
        for _, _, start, stop, _ in der.children(data, 0, len(data), [])[:1]:
            if any(tag == 0x03 and data[first:last][:1] > b"\0" for tag, _, first, last, _ in der.children(data, start, stop, [])):
                return "unused bits in public key or signature"
    value = next((extension.value for extension in certificate.extensions if extension.oid == _KEY_USAGE), b"")
    if len(value) > 3 and value[2] < 8 and value[-1] & (1 << value[2]) - 1:
        return "unused bits that are set in keyUsage"
    return None


def _no_text(data: bytes) -> bool:
    """Tell whether a string of subject or issuer is not in the encoding that its type promises."""
    stack = [(0, len(data), 0)]
    while stack:  # as many elements as there are octets at most
        start, stop, depth = stack.pop()
        for tag, _, first, last, _ in der.children(data, start, stop, []):
            if tag in _CODECS:
                try:
                    data[first:last].decode(_CODECS[tag])
                except UnicodeDecodeError:
                    return True
            elif tag in {0x30, 0x31} and depth < 6:  # certificate, TBSCertificate, Name, RDN, attribute
                stack.append((first, last, depth + 1))
    return False
