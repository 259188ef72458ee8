"""Alerts: what a fatal alert that can be read means, by who sent it and how far the handshake had come.

Here lives: one row for each alert, and what each function concludes.  Here does not live: certificates (``certificates``), lists with
nothing in common (``nothing_shared``), demands (``demands``), keys and bytes that are wrong (``broken``), alerts that are encrypted
(``sealed``), the end without any (``network``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.causes import broken, certificates, demands, nothing_shared
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes

if TYPE_CHECKING:
    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert

__all__ = ["by_alert"]

Found = Iterable["Candidate"]


def by_alert(view: View, alert: Alert) -> Iterator[Candidate]:
    """Rank what this alert means; a bare refusal at the end, for nothing else may be found."""
    row = _ROWS.get(alert.description if alert.description is not None else -1)
    if row is not None:
        yield from row(view, alert)
    name = registry.alert_name(alert.description) or "unknown" if alert.description is not None else "encrypted"
    yield view.make(
        10,
        "refused",
        f"The {alert.sender} refused with the alert {name}, and nothing in the capture says more.",
        f"See what the {alert.sender} writes into its log.",
        view.alert_proof(alert),
    )


# ---- handshake_failure and insufficient_security


def _failure(view: View, alert: Alert) -> Found:
    """A set of parameters that is not acceptable, before the server's answer or after it (RFC 8446 section 6.2)."""
    yield from certificates.of_client(view, alert)
    if alert.sender == CLIENT:
        yield from _client_fails(view, alert)
        return
    if not view.answered or view.handshake.server_hello is None:
        if broken.psk_only(view):
            yield broken.psk(view, alert, 50)
        yield from nothing_shared.no_common(view, alert)
        if view.newest < codes.TLS13 and not view.offers(demands.EXTENDED_MASTER_SECRET):
            yield demands.ems(view, alert, 78 if alert.description == 71 else 66 if demands.resumes(view) else 46)
        if view.newest < codes.TLS13 and not demands.secure_renegotiation(view):
            yield demands.renegotiation(view, alert, 40)
        yield from _name(view, alert, 24, 30)
    else:
        if view.story.answered.get(demands.EXTENDED_MASTER_SECRET) is None and alert.description == 71:
            yield demands.ems(view, alert, 50)
        yield nothing_shared.signature_schemes(view, alert, 40)


def _client_fails(view: View, alert: Alert) -> Found:
    """A client that does not like the ServerHello or what came with it."""
    yield from demands.small_prime(view, alert)
    if view.handshake.server_hello is None:
        return
    answered = view.story.answered
    if not view.story.tls13:
        if codes.RENEGOTIATION_INFO not in answered:
            yield demands.renegotiation(view, alert, 72)
        if demands.EXTENDED_MASTER_SECRET not in answered and view.offers(demands.EXTENDED_MASTER_SECRET):
            yield demands.ems(view, alert, 64 if alert.description == 71 else 50)
    yield from broken.violation(view, alert, 35)
    if view.handshake.server_chain:
        yield from certificates.of_server(view, alert, bare=True)


# ---- names


def _name(view: View, alert: Alert, named: int, unnamed: int) -> Found:
    """A server that refuses a name, or the lack of one."""
    if view.name is not None:
        yield view.make(
            named,
            "name_not_served",
            f"The server does not serve the name {view.name}.",
            "Ask for a name that the server serves, or add this one to its configuration.",
            view.alert_proof(alert),
            view.hello_proof(lambda: f"server name {view.name}"),
        )
    elif not view.offers(65037):
        yield view.make(
            unnamed,
            "name_missing",
            "The client named no server (SNI), and the server does not answer without a name.",
            "Let the client send the server's name, or give the server a default certificate.",
            view.alert_proof(alert),
            view.hello_proof(lambda: "no server name"),
        )


def _unrecognized(view: View, alert: Alert) -> Found:
    yield from _name(view, alert, 95, 90)


# ---- versions and the like


def _version(view: View, alert: Alert) -> Found:
    yield nothing_shared.versions(view, alert)


def _fallback(view: View, alert: Alert) -> Found:
    yield view.make(
        95,
        "inappropriate_fallback",
        f"The client came back with {view.versions_text} and TLS_FALLBACK_SCSV, and the server speaks a newer version.",
        "Find out why the client's first try failed (it is another connection); a client of today need not fall back at all.",
        view.alert_proof(alert),
        view.hello_proof(lambda: f"{view.versions_text} with TLS_FALLBACK_SCSV"),
    )


def _protocols(view: View, alert: Alert) -> Found:
    yield nothing_shared.protocols(view, alert)


def _missing(view: View, alert: Alert) -> Found:
    peer = SERVER if alert.sender == CLIENT else CLIENT
    if alert.sender == SERVER and view.name is None:
        yield from _name(view, alert, 0, 66)
    lacks = [
        name
        for code, name in (
            (codes.SUPPORTED_GROUPS, "supported_groups"),
            (codes.KEY_SHARE, "key_share"),
            (codes.SIGNATURE_ALGORITHMS, "signature_algorithms"),
            (codes.QUIC_TRANSPORT_PARAMETERS, "quic_transport_parameters"),
        )
        if not view.offers(code) and (code != codes.QUIC_TRANSPORT_PARAMETERS or view.handshake.framing == "quic")
    ]
    what = f" ({' and '.join(lacks)})" if lacks and alert.sender == SERVER else ""
    yield view.make(
        92 if what else 64,
        "missing_extension",
        f"The {alert.sender} misses an extension in what the {peer} sent{what}.",
        f"Update or configure the {peer} so that it sends the extension.",
        view.alert_proof(alert),
    )


def _unsupported(view: View, alert: Alert) -> Found:
    peer = SERVER if alert.sender == CLIENT else CLIENT
    extra = [one for one in view.handshake.anomalies if one.kind == "extension-not-offered"]
    what = f": {extra[0].detail}" if extra else ""
    proof = [view.proven(f"{one.kind}: {one.detail}", one.packet) for one in extra[:3]]
    yield view.make(
        92,
        "unsupported_extension",
        f"The {peer} sent an extension that the {alert.sender} did not ask for{what}.",
        f"Update or mend the {peer}.",
        view.alert_proof(alert),
        *proof,
    )


# ---- the rest


def _internal(view: View, alert: Alert) -> Found:
    early = view.handshake.server_hello is None and alert.sender == SERVER
    yield view.make(
        65,
        "internal_error",
        f"The {alert.sender} failed for a reason of its own (internal_error), which has nothing to do with the protocol.",
        f"See what the {alert.sender} writes into its log: no key or certificate, no memory, too many connections …",
        view.alert_proof(alert),
    )
    if early:
        yield from _name(view, alert, 28, 40)
    if alert.sender == SERVER:
        yield from certificates.of_client(view, alert)


def _canceled(view: View, alert: Alert) -> Found:
    yield view.make(
        90, "user_canceled", f"The {alert.sender} canceled the handshake.", f"Ask who uses the {alert.sender}.", view.alert_proof(alert)
    )


def _denied(view: View, alert: Alert) -> Found:
    peer = SERVER if alert.sender == CLIENT else CLIENT
    yield view.make(
        90,
        "access_denied",
        f"The {alert.sender} denied access to the {peer} (its certificate was valid).",
        f"Allow the {peer} on the {alert.sender}, or use other credentials.",
        view.alert_proof(alert),
    )


def _ech(view: View, alert: Alert) -> Found:
    yield view.make(
        92,
        "ech_refused",
        f"The client insists on Encrypted Client Hello; the server took the outer name {view.name or '(none)'} instead.",
        "Renew the ECH configuration that the DNS publishes (HTTPS record), or mend the server's ECH keys.",
        view.alert_proof(alert),
        view.hello_proof(lambda: "encrypted_client_hello"),
    )


def _stapling(view: View, alert: Alert) -> Found:
    yield view.make(
        90,
        "stapling_refused",
        f"The {alert.sender} refused the stapled OCSP response.",
        "Let the server fetch a fresh OCSP response; see that its responder signs with a valid certificate.",
        view.alert_proof(alert),
    )


def _certificate(view: View, alert: Alert) -> Found:
    """An alert about a certificate: the server's where the client sends it, else the client's."""
    if alert.sender == CLIENT:
        return certificates.of_server(view, alert)
    return certificates.of_client(view, alert)


_ROWS: dict[int, Callable[[View, Alert], Found]] = {
    10: broken.illegal,
    20: broken.unverified,
    21: broken.unverified,
    22: broken.illegal,
    30: broken.illegal,
    40: _failure,
    41: _certificate,
    42: _certificate,
    43: _certificate,
    44: _certificate,
    45: _certificate,
    46: _certificate,
    47: broken.illegal,
    48: _certificate,
    49: _denied,
    50: broken.illegal,
    51: broken.unverified,
    60: _failure,
    70: _version,
    71: _failure,
    80: _internal,
    86: _fallback,
    90: _canceled,
    100: demands.renegotiation_refused,
    109: _missing,
    110: _unsupported,
    112: _unrecognized,
    113: _stapling,
    115: broken.unknown_psk,
    116: _certificate,
    117: _internal,
    120: _protocols,
    121: _ech,
}
"""AlertDescription -> what it may mean."""
