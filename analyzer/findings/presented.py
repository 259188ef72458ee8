"""Presented: a chain that a side showed, and what is to be said of it — one row of the table trust for each distinct one.

Here lives: the noun, its judgement put together (path, name, revocation, timestamps, owner), the table's columns.  Here does not live: how
a path is found (``x509.trust``), whether it matters (``rules.chains``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.facts.table import Column
from analyzer.findings.finding import MOST_HANDSHAKES, place
from analyzer.registry.ca_owners import ca_owner
from analyzer.tls.transparency import SignedCertificateTimestamp  # noqa: TC001 - msgspec resolves field types at run time
from analyzer.x509 import Certificate, read_certificate
from analyzer.x509.trust import ChainVerdict, check_response, check_timestamps, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.facts.table import Row
    from analyzer.findings.frame import Derived
    from analyzer.x509.trust import Judge, NameMatch, ResponseCheck, TimestampCheck

__all__ = ["CHAIN", "COLUMNS", "Judged", "Presented", "judged", "row"]


class Presented(msgspec.Struct):
    """A chain where it was shown first, and how often since."""

    chain: tuple[bytes, ...]
    role: str
    """server or client."""
    name: str | None
    """The server name that the client asked for, of a server's chain."""
    at: int
    """The time that it is judged for, ns since 1970 UTC."""
    packets: tuple[int, ...]
    """Packet ids of its Certificate message."""
    handshake: int
    time: int
    handshakes: list[int]
    count: int = 0
    responses: tuple[bytes, ...] = ()
    """Stapled OCSP responses, the leaf's first."""
    timestamps: tuple[tuple[str, SignedCertificateTimestamp], ...] = ()
    """Timestamps of the handshake (``tls``)."""
    staple_visible: bool = True
    """Whether a stapled response could have been seen."""


class Judged(msgspec.Struct):
    """A presented chain with what is said of it."""

    shown: Presented
    leaf: Certificate
    verdict: ChainVerdict
    names: NameMatch | None = None
    timestamps: tuple[TimestampCheck, ...] = ()
    response: ResponseCheck | None = None
    opinions: bool = False
    """Whether OpenSSL and the Web PKI are asked too: that costs a millisecond."""
    count: int = 0
    """How many handshakes showed the chain, under whatever name; 0 where another row of the same chain tells it."""
    handshakes: list[int] = []
    """Those of them that are named."""


_FUTURE = "timestamp is after the packet"
"""Of a timestamp: more probably the clock of who captured is wrong than the log's."""

COLUMNS = (
    Column("handshake", "int", "Number of the first handshake that showed the chain (for this server name)."),
    Column("handshakes", "ints", f"Handshakes that showed it, the first {MOST_HANDSHAKES}."),
    Column("count", "int", "How many showed it."),
    Column("role", "text", "server or client: whose chain it is."),
    Column("server_name", "text", "The server name that the client asked for; null where it named none, and for clients' chains."),
    Column("certificates", "texts", "SHA-256 of the certificates as sent, hex, leaf first."),
    Column("subject", "text", "Subject of the leaf (RFC 4514)."),
    Column("issuer", "text", "Its issuer (RFC 4514)."),
    Column("not_before", "time", "Start of the leaf's validity."),
    Column("not_after", "time", "End of the leaf's validity."),
    Column("validity_days", "float", "Days between them, both seconds included."),
    Column("at", "time", "The time that the chain is judged for: the packet's, or what --at says."),
    Column("verdict", "text", "trusted, or the gravest fault: self_signed, private_ca, incomplete, expired, revoked …"),
    Column("faults", "texts", "Every fault, the gravest first; null for none."),
    Column("detail", "text", "The gravest fault in a sentence."),
    Column("anchored", "flag", "The path ends at a root of the trust store."),
    Column("trust_store", "text", "Which trust store holds that root; null where none does."),
    Column("path", "texts", "SHA-256 of the certificates of the best path, leaf first."),
    Column("edges", "data", "Its steps: child, issuer, where the issuer came from, and each check."),
    Column("root", "text", "SHA-256 of the root where the path is complete, hex."),
    Column("owner", "text", "Who runs the CA of that root, as root programs tell; where it was not found, of the root of its name."),
    Column("policy_kind", "text", "DV, OV, IV or EV, where a policy of the leaf says so."),
    Column("in_order", "flag", "Each certificate is followed by its issuer's."),
    Column("duplicates", "ints", "Positions of certificates that stood before, from 0; null for none."),
    Column("strangers", "ints", "Positions of certificates that have nothing to do with the leaf; null for none."),
    Column("root_included", "flag", "A self-signed certificate stands behind the leaf."),
    Column("order_detail", "text", "What is wrong with the order, in words."),
    Column("borrowed", "texts", "SHA-256 of certificates on the path that only other handshakes of the scan showed; null for none."),
    Column("missing_issuer", "text", "Issuer whose certificate was not found (RFC 4514)."),
    Column("aia", "texts", "Where it could be fetched."),
    Column("name_matches", "flag", "The leaf is for the server name (RFC 9525); null where there is no name."),
    Column("name_detail", "text", "Why it is or is not."),
    Column("scts", "int", "Signed certificate timestamps of leaf, handshake and OCSP response."),
    Column("scts_valid", "int", "How many of them hold."),
    Column("scts_checked", "int", "How many of them could be checked."),
    Column("sct_logs", "texts", "Names of the logs that gave them."),
    Column("scts_wrong", "texts", "Which do not hold, and why; null for none."),
    Column("sct_checks", "data", "Each timestamp: origin, log, operator, time, valid, reason."),
    Column("ocsp_status", "text", "What the stapled response says: good, revoked, unknown, none, unsuccessful; null where none was seen."),
    Column("ocsp_verified", "flag", "It is about this certificate, by somebody who may say so, and fresh; null where that cannot be told."),
    Column("ocsp_detail", "text", "The same in words."),
    Column("must_staple", "flag", "The leaf demands a stapled response (RFC 7633)."),
    Column("openssl", "text", "OpenSSL's opinion at that time: ok, or its error; null where it was not asked."),
    Column("webpki", "text", "The opinion of the Web PKI's profile (cryptography); null where it was not asked or there is no name."),
    Column("opinions_differ", "flag", "One of the three trusts the chain and another does not."),
    Column("source", "text", "The capture that holds the first Certificate message."),
    Column("packets", "ints", "Numbers of that message's packets."),
    Column("display_filter", "text", "A Wireshark display filter that shows them."),
)
"""Columns of the table trust."""

CHAIN: dict[str, Derived] = {
    "fault_words": ("data", lambda one: one.verdict.faults, None),
    "superfluous": ("text", lambda one: superfluous(one.verdict), None),
    "staple_visible": ("flag", lambda one: True if one.shown.staple_visible else None, None),
}
"""Of a judged chain, beside the table trust."""


def judged(shown: Presented, judge: Judge, known: dict[Any, Judged], *, opinions: bool = False) -> Judged:
    """Judge a chain: its path, its revocation by the stapled response, its timestamps, its name.

    What does not depend on the name is found in ``known``, where the same chain was judged before, and else put there.
    """
    leaf = read_certificate(shown.chain[0])
    verdict = judge.judge(shown.chain, shown.at, purpose=shown.role, name=shown.name if opinions else None)
    names = match(leaf, shown.name) if shown.name is not None else None
    key = (shown.role, shown.chain, verdict.since, shown.responses, shown.timestamps)
    before = known.get(key)
    if before is not None:
        before.count += shown.count
        before.handshakes += shown.handshakes[: MOST_HANDSHAKES - len(before.handshakes)]
        return Judged(shown, leaf, _with_revocation(verdict, before.response), names, before.timestamps, before.response, opinions)
    told = known[key] = _judged(shown, leaf, verdict)
    told.names, told.opinions, told.count, told.handshakes = names, opinions, shown.count, [*shown.handshakes]
    return told


def _judged(shown: Presented, leaf: Certificate, verdict: ChainVerdict) -> Judged:
    """Judge what vouches for a chain."""
    above = verdict.certificates[1:2] or (shown.chain[:1] if "self_signed" in verdict.faults else ())
    issuer = read_certificate(above[0]) if above else None
    response = check_response(shown.responses[0], leaf, issuer, shown.at) if shown.responses and shown.responses[0] else None
    carried = (*shown.timestamps, *(("ocsp", one) for one in (response.scts if response else ())))
    return Judged(shown, leaf, _with_revocation(verdict, response), None, check_timestamps(leaf, issuer, carried, at=shown.at), response)


def _with_revocation(verdict: ChainVerdict, response: ResponseCheck | None) -> ChainVerdict:
    """Return a verdict that knows what a stapled response proves."""
    if response is None or response.status != "revoked" or not response.verified:
        return verdict
    return verdict.with_faults([revoked(response)])


def revoked(response: ResponseCheck) -> Any:
    """Return the fault that a verified response makes."""
    from analyzer.x509.trust import Fault  # noqa: PLC0415 - rare

    return Fault("revoked", 0, f"The issuer has revoked the certificate: {ocsp_detail(response)}.")


def ocsp_detail(response: ResponseCheck) -> str:
    """Tell what a stapled response says and what it is worth."""
    if response.status in {"good", "revoked", "unknown"}:
        told = [f"status {response.status}"]
    elif response.response_status == "successful":
        told = ["nothing of this certificate"]
    else:
        told = [f"no answer ({response.response_status})"]
    if response.revocation_time is not None:
        told.append(f"revoked {day(response.revocation_time)}" + (f" ({response.revocation_reason})" if response.revocation_reason else ""))
    if response.this_update is not None:
        until = f" to {day(response.next_update)}" if response.next_update is not None else " on"
        told.append(f"from {day(response.this_update)}{until}")
    told.append("verified" if response.verified else f"{response.reason}")
    return ", ".join(told)


def day(time: int) -> str:
    """Return the date of a time (ns since 1970 UTC)."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only for details

    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time // 1_000_000_000)).date().isoformat()
    except OverflowError:
        return "beyond the year 9999"


def order_detail(verdict: ChainVerdict) -> str | None:
    """Tell what is wrong with the order in which a chain was sent."""
    order = verdict.order
    told = ["" if order.in_order else "a certificate does not follow the one that it issued", superfluous(verdict)]
    return "; ".join(filter(None, told)) or None


def superfluous(verdict: ChainVerdict) -> str:
    """Tell what stands in a chain and is on no path, "" for nothing."""
    order = verdict.order
    told = [
        f"duplicates at {_places(order.duplicates)}" if order.duplicates else "",
        f"strangers at {_places(order.strangers)}" if order.strangers else "",
        "the root is included" if order.root_included else "",
    ]
    return "; ".join(filter(None, told))


def _places(positions: Sequence[int]) -> str:
    return ", ".join(map(str, positions[:10]))


def row(one: Judged, sources: Sequence[str]) -> Row:
    """Return a judged chain as a row of the table."""
    shown, leaf, verdict, response = one.shown, one.leaf, one.verdict, one.response
    order, names, packets = verdict.order, one.names, shown.packets
    root = verdict.path[-1] if verdict.root else None
    owner = ca_owner(root) if root else ca_owner("", None, order.missing_issuer) if order.missing_issuer else None
    checked = [check for check in one.timestamps if check.valid is not None]
    wrong = [f"{check.log or check.log_id[:16]}: {check.reason}" for check in checked if not check.valid and check.reason != _FUTURE]
    source, numbers, _, shown_by = place(packets, sources)
    return (
        shown.handshake,
        list(shown.handshakes),
        shown.count,
        shown.role,
        shown.name,
        [read_certificate(encoded).sha256 for encoded in shown.chain],
        leaf.subject,
        leaf.issuer,
        leaf.not_before,
        leaf.not_after,
        leaf.validity_days,
        shown.at,
        verdict.verdict,
        list(verdict.faults) or None,
        verdict.detail,
        verdict.anchored,
        verdict.anchor,
        list(verdict.path),
        [msgspec.to_builtins(edge) for edge in verdict.edges] or None,
        root,
        owner.owner if owner else None,
        leaf.policy_kind,
        order.in_order,
        list(order.duplicates) or None,
        list(order.strangers) or None,
        order.root_included,
        order_detail(verdict),
        list(order.borrowed) or None,
        order.missing_issuer,
        list(order.aia) or None,
        names.matched if names else None,
        names.detail if names else None,
        len(one.timestamps),
        sum(check.valid is True for check in one.timestamps),
        len(checked),
        list(dict.fromkeys(check.log or check.log_id for check in one.timestamps)) or None,
        wrong or None,
        [msgspec.to_builtins(check) for check in one.timestamps] or None,
        response.status if response else None,
        response.verified if response else None,
        ocsp_detail(response) if response else None,
        leaf.must_staple,
        verdict.openssl if one.opinions else None,
        verdict.webpki if one.opinions else None,
        verdict.differ if one.opinions else None,
        source,
        numbers,
        shown_by,
    )
