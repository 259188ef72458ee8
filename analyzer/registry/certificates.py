"""What certificates' numbers mean: object identifiers, policies, Certificate Transparency logs.

Here lives: look-up.  Here does not live: the tables (``generated``), reading of DER (``x509``).
"""

from __future__ import annotations

from typing import NamedTuple

from analyzer.registry.generated.ct_logs import CT_LOGS
from analyzer.registry.generated.oids import ATTRIBUTES, OIDS, POLICIES

__all__ = ["CtLog", "attribute_short_name", "certificate_policy_kind", "certificate_policy_owner", "ct_log", "oid_name"]


class CtLog(NamedTuple):
    """A Certificate Transparency log (RFC 6962), also one that has been retired."""

    log_id: bytes
    """SHA-256 of its public key."""
    operator: str
    description: str


def ct_log(log_id: bytes) -> CtLog | None:
    """Return the log of an id (32 bytes), or None."""
    row = CT_LOGS.get(log_id)
    return CtLog(log_id, *row) if row else None


def oid_name(dotted: str) -> str | None:
    """Return the name of an object identifier, such as "sha256WithRSAEncryption" for "1.2.840.113549.1.1.11", or None."""
    return OIDS.get(dotted)


def attribute_short_name(dotted: str) -> str | None:
    """Return the short name of an attribute type in distinguished names: CN, C, ST, L, O, OU … (RFC 4514 section 3), or None."""
    return ATTRIBUTES.get(dotted)


def certificate_policy_kind(dotted: str) -> str | None:
    """Return what a policy says was validated: "DV", "OV", "IV", "EV", or None for a policy that says nothing known."""
    row = POLICIES.get(dotted)
    return row[0] if row else None


def certificate_policy_owner(dotted: str) -> str | None:
    """Return whose policy it is, such as "CA/Browser Forum" or "DigiCert", or None."""
    row = POLICIES.get(dotted)
    return row[1] if row else None
