"""Host names: whether a certificate is for the name or address that a client asked for (RFC 9525).

Here lives: DNS-ID and IP-ID against subjectAltName, wildcards, internationalized names.  Here does not live: SRV-ID and URI-ID,
which no TLS client of the Web uses; whether the certificate can be trusted.
"""

from __future__ import annotations

import re
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.x509.certificate import Certificate

__all__ = ["REASONS", "NameMatch", "match", "read_reference"]

REASONS = {
    "match": "An alternative name of the certificate is that name.",
    "mismatch": "The certificate has alternative names of that kind, and none is that name.",
    "no_san": "The certificate has no alternative name of that kind; its common name does not count (RFC 9525 section 2).",
    "bad_name": "What was asked for is neither a host name nor an address.",
}
"""Closed list of what ``NameMatch.reason`` can be."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""Letters, digits, hyphens (RFC 5890 section 2.3.1); underscores because real names have them."""

_SHOWN = 3
"""Names shown in a sentence."""


class NameMatch(msgspec.Struct, frozen=True):
    """Whether a certificate is for a name: by which of its alternative names ("dNSName:*.example.com"), why not, in words."""

    matched: bool
    reason: str
    by: str | None
    detail: str


def _address(text: str) -> bytes | None:
    """Return an IP address in octets, None where the text is none."""
    bare = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    for family in (AF_INET, AF_INET6):
        try:
            return inet_pton(family, bare)
        except (OSError, ValueError):
            continue
    return None


def _labels(name: str) -> list[str] | None:
    """Return the labels of a host name in A-labels and lower case; None where it is none."""
    name = name.removesuffix(".")
    if not name.isascii():
        import idna  # noqa: PLC0415 - such names are rare

        try:
            name = idna.encode(name, uts46=True).decode()
        except (idna.IDNAError, UnicodeError, ValueError, IndexError):
            return None
    labels = name.lower().split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return None
    return labels


def read_reference(name: str) -> tuple[str, str] | None:
    """Return what a client asks for as ("dNSName", A-labels in lower case) or ("iPAddress", as inet_ntop writes it); None: neither.

    A trailing dot is dropped, brackets around an address too; U-labels become A-labels by UTS 46.
    """
    if len(name) > 1024:
        return None
    address = _address(name)
    if address is not None:
        return "iPAddress", inet_ntop(AF_INET if len(address) == 4 else AF_INET6, address)
    labels = _labels(name)
    if labels is None or labels[-1].isdigit():  # a last label of digits is an address that went wrong (WHATWG URL, RFC 3696)
        return None
    return "dNSName", ".".join(labels)


def _presented(pattern: str, labels: list[str]) -> bool:
    """Compare a dNSName with the labels of a name (RFC 9525 section 6.3).

    "*" stands for exactly one whole label, the left-most; not for one right below the root, as "*.com" would (nobody takes that).
    """
    parts = pattern.lower().split(".")
    if len(parts) != len(labels):
        return False
    if parts[0] == "*":
        return len(parts) > 2 and parts[1:] == labels[1:]
    return parts == labels


def _list(values: tuple[str, ...]) -> str:
    """Return some names for a sentence."""
    shown = ", ".join(value if len(value) <= 64 else value[:63] + "…" for value in values[:_SHOWN])
    return f"{shown} and {len(values) - _SHOWN} more" if len(values) > _SHOWN else shown


def match(certificate: Certificate, name: str) -> NameMatch:
    """Tell whether a certificate is for a host name or IP address; never raises.

    A DNS name matches dNSName alone, an address iPAddress alone; a common name matches nothing, but is said.  About a
    microsecond for each alternative name.
    """
    reference = read_reference(name)
    if reference is None:
        return NameMatch(matched=False, reason="bad_name", by=None, detail="what was asked for is neither a host name nor an address")
    kind, wanted = reference
    labels = wanted.split(".")
    values = certificate.san_dns if kind == "dNSName" else certificate.san_ip
    for value in values:
        if value == wanted or (kind == "dNSName" and len(value) <= 255 and _presented(value, labels)):
            return NameMatch(matched=True, reason="match", by=f"{kind}:{value}", detail=f"{wanted} is {kind} {value}")
    if values:
        return NameMatch(matched=False, reason="mismatch", by=None, detail=f"the certificate is for {_list(values)}, not for {wanted}")
    common = certificate.subject_cn or ""
    detail = f"the certificate has no {kind}"
    if common and (common.lower() == wanted or (kind == "dNSName" and len(common) <= 255 and _presented(common, labels))):
        detail += f"; its common name is {common}, which counted until RFC 6125 (2011) and does not since RFC 9525"
    return NameMatch(matched=False, reason="no_san", by=None, detail=detail)
