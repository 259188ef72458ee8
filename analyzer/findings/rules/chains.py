"""Rules on chains: trust, completeness, order, names, revocation, timestamps.  Each distinct chain is judged once for each name.

Here lives: these rules.  Here does not live: how a chain is judged (``x509.trust``), single certificates (``certificates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.findings.rule import Rule
from analyzer.registry.ca_owners import ca_owner

if TYPE_CHECKING:
    from analyzer.findings.frame import Frame, Mask

__all__ = ["RULES"]

DAY = 86_400_000_000_000
LIFETIMES: tuple[tuple[int, int], ...] = (
    (1_868_227_200_000_000_000, 47),  # issued from 2029-03-15 on
    (1_805_068_800_000_000_000, 100),  # from 2027-03-15
    (1_773_532_800_000_000_000, 200),  # from 2026-03-15
    (1_598_918_400_000_000_000, 398),  # from 2020-09-01
    (1_519_862_400_000_000_000, 825),  # from 2018-03-01
    (1_427_846_400_000_000_000, 1188),  # from 2015-04-01: 39 months
    (0, 1827),  # 60 months
)
"""Issued from (ns since 1970) -> most days of a public server certificate.

CA/Browser Forum Baseline Requirements section 6.3.2: version 1.0, ballots 193, SC31 and SC081v3; a month has at most 31 days.
"""
HALF_A_SECOND = 0.5 / 86_400
"""Of a day, which a float of days may err by; one second more than allowed is too much."""
LOGS_FROM = 1_525_046_400_000_000_000
"""2018-04-30: from then on issued, Chrome asks for timestamps; Apple from 2018-10-15."""


def _faults(frame: Frame, at: int, words: frozenset[str], above: int = -1) -> list[str]:
    """Return the sentences of a verdict on these words, of certificates past a position on the path."""
    return [fault.text for fault in frame.things[at].verdict.reasons if fault.word in words and fault.position > above]


def _chain(
    name: str, severity: str, title: str, citation: str, advice: str, *words: str, above: int = -1, subject: str = "chain", **more: object
) -> Rule:  # fmt: skip
    """Return a rule on chains: it fails by these words of the verdict, of certificates past a position, unless ``fails`` is given."""
    wanted = frozenset(words)

    def fails(frame: Frame) -> Mask:
        found = frame.each("fault_words", lambda faults: bool(wanted.intersection(faults)))
        for at in np.flatnonzero(found).tolist():
            found[at] = bool(_faults(frame, at, wanted, above))
        return found

    fields: dict[str, Any] = {
        "scope": "chains of both sides",
        "detail": lambda frame, at: "; ".join(_faults(frame, at, wanted, above)[:3]),
        "fails": fails,
        **more,
    }
    return Rule(name=name, severity=severity, title=title, subject=subject, citation=citation, advice=advice, **fields)


def _stranger_detail(frame: Frame, at: int) -> str:
    """Tell why nothing trusted was found, whatever else is wrong with the chain."""
    told = "; ".join(_faults(frame, at, _UNKNOWN)[:3])
    owner = ca_owner("", None, frame.things[at].verdict.order.missing_issuer)
    return f"{told}; root programs have or had a root of this name ({owner.owner})" if owner else told


_UNKNOWN = frozenset({"private_ca", "incomplete"})


def _missing(frame: Frame) -> Mask:
    """Return where a certificate is missing that a server should send: one of which it is known where it is, and that is no old root."""
    lost = frame.each("fault_words", lambda faults: "incomplete" in faults)
    for at in np.flatnonzero(lost).tolist():
        order = frame.things[at].verdict.order
        lost[at] = bool(order.aia) and ca_owner("", None, order.missing_issuer) is None
    for at in np.flatnonzero(frame.known("borrowed")).tolist():
        lost[at] = lost[at] or bool(_between(frame, at))
    return lost


def _between(frame: Frame, at: int) -> list[str]:
    """Return the certificates that only other handshakes showed, but for the root: a server need not send that (RFC 8446 section 4.4.2)."""
    verdict = frame.things[at].verdict
    return [one for one in verdict.order.borrowed if one != verdict.root]


def _unknown(frame: Frame) -> Mask:
    """Return where the chain leads to a CA that is not in the trust store, its root sent or not."""
    stranger = frame.each("fault_words", lambda faults: "private_ca" in faults)
    return stranger | (frame.each("fault_words", lambda faults: "incomplete" in faults) & ~_missing(frame))


def _lacks(frame: Frame, at: int) -> str:
    order = frame.things[at].verdict.order
    between = _between(frame, at)
    if between:
        return "the certificate between is only in other handshakes: " + ", ".join(one[:16] for one in between)
    where = f"; it says it is at {order.aia[0]}" if order.aia else ""
    return f"the certificate of {order.missing_issuer} is missing{where}"


def most_days(issued: int) -> int:
    """Return the most days that a public server certificate issued then may be valid."""
    return next((days for since, days in LIFETIMES if issued >= since), LIFETIMES[-1][1])


def _server(frame: Frame) -> Mask:
    server: Mask = frame["role"] == "server"
    return server


def _public(frame: Frame) -> Mask:
    """Return the servers' chains that lead to a root of the trust store that root programs hold: a CA of one's own has its own rules."""
    public: Mask = _server(frame) & frame.true("anchored") & frame.known("owner")
    return public


def _too_long(frame: Frame) -> Mask:
    found = frame.all()
    for at in range(len(frame)):
        issued, days = frame.cell("not_before", at), frame.cell("validity_days", at)
        found[at] = issued is not None and days is not None and days > most_days(issued) + HALF_A_SECOND
    return found


def _lifetime(frame: Frame, at: int) -> str:
    most = most_days(frame.cell("not_before", at))
    return f"{frame.cell('validity_days', at):,.0f} days, and at most {most} were allowed when it was issued"


_PUBLIC = "servers' chains that lead to a root of the trust store that root programs hold"

RULES: tuple[Rule, ...] = (
    _chain("chain-untrusted", "medium", "The chain ends at a CA that the trust store does not know",
           "RFC 5280 section 6.1; RFC 9325 section 7.1",
           "Have a public CA issue it, or give the clients this CA's root (tlsscan: --trust-store, --trust-ca).", fails=_unknown,
           detail=_stranger_detail),
    _chain("chain-self-signed", "medium", "A self-signed certificate", "RFC 5280 section 3.2; RFC 9325 section 7.1",
           "Have a CA issue one, or pin this one in the clients.", "self_signed"),
    _chain("chain-incomplete", "medium", "An intermediate certificate is missing", "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2",
           "Install the whole chain on the server: clients that do not fetch the missing certificate fail.",
           fails=_missing, detail=_lacks),
    _chain("chain-expired", "high", "A certificate on the path had expired", "RFC 5280 section 6.1.3",
           "Renew it; where it is an intermediate or root, install the chain over its successor.", "expired",
           above=0, scope="chains of both sides, past the leaf"),
    _chain("chain-not-yet-valid", "high", "A certificate on the path was not valid yet", "RFC 5280 section 6.1.3",
           "Install it later, or correct the clock of its CA or of the capture (tlsscan: --at).", "not_yet_valid",
           above=0, scope="chains of both sides, past the leaf"),
    _chain("chain-revoked", "high", "The certificate was revoked, says the server's own OCSP response",
           "RFC 6960 section 2.2; RFC 9325 section 7.5",
           "Replace the certificate and its key.", scope="chains with a stapled OCSP response",
           applies=lambda frame: frame.known("ocsp_status"),
           fails=lambda frame: (frame["ocsp_status"] == "revoked") & frame.true("ocsp_verified"), detail="{ocsp_detail}"),
    _chain("chain-bad-signature", "critical", "A signature in the chain is wrong", "RFC 5280 section 6.1.3",
           "Find who changed the certificate; install the one that was issued.", "bad_signature"),
    _chain("chain-forbidden-algorithm", "medium", "The path rests on an algorithm or key that verifiers refuse",
           "RFC 9155 section 1; RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements sections 6.1.5 and 7.1.3.2",
           "Have the certificates issued anew with SHA-256 or better and keys of at least RSA 2048 or P-256.", "forbidden_algorithm"),
    _chain("chain-constraints", "high", "An issuer on the path may not issue this certificate",
           "RFC 5280 sections 4.2.1.3, 4.2.1.9, 4.2.1.10 and 6.1.4", "Have it issued by a CA that may.",
           "not_a_ca", "path_too_long", "name_constraints", "critical_extension"),
    _chain("chain-wrong-usage", "medium", "A CA on the path may not issue for this use", "RFC 5280 section 4.2.1.12",
           "Have it issued by a CA whose certificate allows that.", "wrong_usage", above=0, scope="chains of both sides, past the leaf"),
    _chain("chain-out-of-order", "low", "The chain is out of order", "RFC 5246 section 7.4.2; RFC 8446 section 4.4.2",
           "Install the leaf first, and after each certificate its issuer's.", needs=("in_order",),
           fails=lambda frame: frame["in_order"] == 0, detail="a certificate does not follow the one that it issued"),
    _chain("chain-superfluous", "info", "The chain has certificates that no path needs", "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2",
           "Leave duplicates, strangers and the root out: they cost every handshake bytes.", detail="{superfluous}",
           fails=lambda frame: frame.known("duplicates") | frame.known("strangers") | frame.true("root_included")),
    _chain("name-mismatch", "high", "The certificate is not for the name that the client asked for",
           "RFC 9525 section 6; RFC 6066 section 3",
           "Have a certificate issued for this name, or have the server choose the right one by server_name.",
           scope="servers' chains where the client sent a server name", applies=lambda frame: _server(frame) & frame.known("server_name"),
           subject="chain name", needs=("name_matches", "not_after"),
           fails=lambda frame: frame["name_matches"] == 0, detail="{name_detail}"),
    _chain("certificate-long-lived", "low", "A public certificate that is valid for longer than is allowed",
           "CA/Browser Forum Baseline Requirements section 6.3.2", "Have it issued anew for a shorter time, and automate that (RFC 8555).",
           scope=_PUBLIC, applies=_public, needs=("not_before", "validity_days"), fails=_too_long, detail=_lifetime),
    _chain("timestamps-missing", "medium", "A public certificate without signed certificate timestamps",
           "RFC 6962 section 3.3; Chrome Certificate Transparency Policy",
           "Have it issued anew by a CA that logs it: browsers refuse this one.",
           scope=f"{_PUBLIC}, of certificates issued since 2018-04-30",
           applies=lambda frame: _public(frame) & (frame["not_before"] >= LOGS_FROM), needs=("scts",),
           fails=lambda frame: frame["scts"] == 0, detail="no timestamp in the certificate, the handshake or an OCSP response"),
    _chain("timestamp-wrong", "high", "A signed certificate timestamp that does not hold", "RFC 6962 section 3.2",
           "Have the certificate issued anew; a CA or log that does this should be told.",
           scope="chains with timestamps that can be checked",
           applies=lambda frame: frame.known("scts_checked") & (frame["scts_checked"] > 0), fails=lambda frame: frame.known("scts_wrong"),
           detail="{scts_wrong}"),
    _chain("ocsp-response-bad", "medium", "The stapled OCSP response does not hold", "RFC 6960 sections 3.2 and 4.2.2; RFC 6066 section 8",
           "Have the server fetch a fresh response before it staples it.", scope="chains with a stapled OCSP response",
           applies=lambda frame: frame.known("ocsp_status"), needs=("ocsp_verified",), fails=lambda frame: frame["ocsp_verified"] == 0,
           detail="{ocsp_detail}"),
    _chain("staple-missing", "medium", "The certificate demands a stapled OCSP response, and there is none", "RFC 7633 section 4.2.3",
           "Have the server staple, or have the certificate issued anew without the demand.",
           scope="servers' certificates that demand stapling",
           applies=lambda frame: _server(frame) & frame.true("must_staple"), needs=("staple_visible",),
           fails=lambda frame: ~frame.known("ocsp_status"), detail="no OCSP response in the handshake"),
)  # fmt: skip
