"""Policies: what a certificate's issuer promises to have checked, and the limits it sets on promises below it.

Here lives: the readers of the policy extensions (RFC 5280 section 4.2).  Here does not live: which policy means DV, OV, IV
or EV (``registry``), any walk over a policy tree.
"""

from __future__ import annotations

from typing import Any

from analyzer import registry
from analyzer.x509 import der
from analyzer.x509.names import text_or_hex

__all__ = ["inhibit_any_policy", "policies", "policy_constraints", "policy_mappings"]

Fields = dict[str, Any]

_KINDS = ("EV", "OV", "IV", "DV")
_CPS, _USER_NOTICE = "1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"


def policies(body: bytes, faults: list[str]) -> Fields:
    """Read certificatePolicies (section 4.2.1.4), with the kind of validation that they promise: the strictest."""
    found: list[str] = []
    cps: list[str] = []
    notices: list[str] = []
    for _, _, start, stop, _ in der.sequence(body, faults):
        information = der.children(body, start, stop, faults)
        found += der.object_identifiers(body, information[:1], faults)
        if len(information) < 2:
            continue
        for qualifier in der.children(body, information[1][2], information[1][3], faults):
            pair = der.children(body, qualifier[2], qualifier[3], faults)
            kind = der.object_identifiers(body, pair[:1], faults)
            if len(pair) < 2 or not kind:
                faults.append("bad qualifier")
            elif kind[0] == _CPS:
                cps.append(text_or_hex(body, pair[1], faults))
            elif kind[0] == _USER_NOTICE:
                texts = [part for part in der.children(body, pair[1][2], pair[1][3], faults) if part[0] != 0x30]
                notices += [text_or_hex(body, part, faults) for part in texts]
    kinds = {registry.certificate_policy_kind(policy) for policy in found}
    kind_of_all = next((kind for kind in _KINDS if kind in kinds), None)
    return {"policies": tuple(found), "policy_kind": kind_of_all, "cps_uris": tuple(cps), "user_notices": tuple(notices)}


def policy_mappings(body: bytes, faults: list[str]) -> Fields:
    """Read policyMappings (section 4.2.1.5) as "issuer's=subject's"; listed, never walked."""
    pairs = [der.children(body, start, stop, faults) for _, _, start, stop, _ in der.sequence(body, faults)]
    return {"policy_mappings": tuple(["=".join(der.object_identifiers(body, pair, faults)) for pair in pairs])}


def policy_constraints(body: bytes, faults: list[str]) -> Fields:
    """Read policyConstraints (section 4.2.1.11)."""
    names = {0x80: "require_explicit_policy", 0x81: "inhibit_policy_mapping"}
    return {names[tag]: der.integer(body[a:b], faults) for tag, _, a, b, _ in der.sequence(body, faults) if tag in names}


def inhibit_any_policy(body: bytes, faults: list[str]) -> Fields:
    """Read inhibitAnyPolicy (section 4.2.1.14)."""
    raw = der.single(body, 0x02, faults)
    return {} if raw is None else {"inhibit_any_policy": der.integer(raw, faults)}
