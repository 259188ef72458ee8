"""Broken: keys that differ and bytes that are wrong — alerts by which a side says that it could not verify or read what came.

Here lives: pre-shared keys, records and signatures that do not hold, messages against the protocol.  Here does not live: the table of
alerts (``alerts``), certificates whose signature is wrong (``certificates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.causes import certificates, demands, nothing_shared
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.cipher_suites import cipher_suite
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert

__all__ = ["illegal", "psk", "psk_only", "unknown_psk", "unverified", "violation"]

_ODD = (
    "malformed-message",
    "malformed-extension",
    "unexpected-message",
    "unknown-message",
    "duplicate-extension",
    "extension-not-offered",
    "cipher-suite-not-offered",
    "bad-record",
    "record-overflow",
    "unknown-content-type",
    "message-too-long",
    "certificate-unpack",
)
"""Anomalies that a strict peer refuses."""


def _psk_suite(view: View) -> bool:
    suite = cipher_suite(view.handshake.cipher_suite) if view.handshake.cipher_suite is not None else None
    return suite is not None and "PSK" in (suite.key_exchange or "")


def psk_only(view: View) -> bool:
    """Whether the client has nothing but pre-shared keys to offer."""
    suites = [suite for suite in map(cipher_suite, view.suites) if suite and suite.code >> 8 != 0x13]
    return bool(suites) and view.newest < codes.TLS13 and all("PSK" in (suite.key_exchange or "") for suite in suites)


def psk(view: View, alert: Alert, rank: int) -> Candidate:
    """Make the cause that pre-shared keys differ."""
    offer = view.told(CLIENT, codes.CLIENT_KEY_EXCHANGE)
    how = "a pre-shared key (PSK)"
    proof = view.proven("ClientKeyExchange with a PSK identity", offer.last_packet) if offer else view.hello_proof(lambda: how)
    return view.make(
        rank,
        "wrong_psk",
        "The two sides do not have the same pre-shared key, or the server does not know the client's identity.",
        "Compare identity and key on both sides.",
        view.alert_proof(alert),
        proof,
    )


def unknown_psk(view: View, alert: Alert) -> Iterator[Candidate]:
    """unknown_psk_identity."""
    yield psk(view, alert, 95)


def unverified(view: View, alert: Alert) -> Iterator[Candidate]:
    """bad_record_mac, decryption_failed, decrypt_error."""
    if _psk_suite(view) or (view.offers(codes.PRE_SHARED_KEY) and view.handshake.server_hello is None):
        yield psk(view, alert, 85)
    if alert.description == 51:
        if alert.sender == CLIENT and view.handshake.server_chain:
            yield from certificates.of_server(view, alert, bare=True)
        elif alert.sender == SERVER and view.handshake.client_chain:
            yield from certificates.of_client(view, alert)
    peer = SERVER if alert.sender == CLIENT else CLIENT
    what = "a signature or Finished" if alert.description == 51 else "a record"
    yield view.make(
        75,
        "tampered",
        f"The {alert.sender} could not verify {what} of the {peer}: it was changed on the way, or the two have different keys.",
        f"Look for what stands between the two (proxy, faulty memory); else for a fault in the {peer}'s key or library.",
        view.alert_proof(alert),
    )


def violation(view: View, alert: Alert, rank: int) -> Iterator[Candidate]:
    """The peer's message breaks the protocol, in our eyes too where an anomaly says so."""
    peer = SERVER if alert.sender == CLIENT else CLIENT
    odd = [one for one in view.handshake.anomalies if one.kind in _ODD and one.sender in {peer, None}]
    if not odd:
        return
    first = odd[0]
    yield view.make(
        max(rank, 80),
        "protocol_violation",
        f"The {peer} broke the protocol and the {alert.sender} refused: {first.kind} ({first.detail}).",
        f"Update or mend the {peer}.",
        view.alert_proof(alert),
        view.proven(f"{first.kind} of the {peer}: {first.detail}", first.packet),
    )


def _downgraded(view: View, alert: Alert) -> Iterator[Candidate]:
    """A client that refuses a ServerHello whose random confesses a newer version (RFC 8446 section 4.1.3)."""
    odd = next((one for one in view.handshake.anomalies if one.kind == "downgrade-sentinel"), None)
    if odd is not None and alert.sender == CLIENT and alert.description == 47:
        yield view.make(
            84,
            "downgraded",
            f"The server chose {view.version_text}, and its random says that it could speak the newer version that the client offers.",
            "Look for what stands between the two (a proxy or firewall that looks into TLS): update it, or the server.",
            view.alert_proof(alert),
            view.proven(f"the downgrade sentinel ({odd.detail})", odd.packet),
            view.hello_proof(lambda: view.versions_text),
        )


def illegal(view: View, alert: Alert) -> Iterator[Candidate]:
    """unexpected_message, illegal_parameter, decode_error, record_overflow and their kin."""
    peer = SERVER if alert.sender == CLIENT else CLIENT
    yield from _downgraded(view, alert)
    yield from violation(view, alert, 70)
    early = view.handshake.server_hello is None
    if alert.description == 47 and alert.sender == SERVER and early:
        if view.offers(codes.PRE_SHARED_KEY):
            yield psk(view, alert, 66)
        if demands.resumes(view) and view.newest < codes.TLS13 and not view.offers(demands.EXTENDED_MASTER_SECRET):
            yield demands.ems(view, alert, 72)
        if view.groups and not _usual(view):
            yield nothing_shared.groups(view, alert, 64)
    name = registry.alert_name(alert.description) if alert.description is not None else None
    yield view.make(
        62,
        "protocol_violation",
        f"The {alert.sender} says that the {peer} broke the protocol ({name}).",
        f"Update or mend the {peer}, or see whether something between the two changes what it sends.",
        view.alert_proof(alert),
    )


def _usual(view: View) -> bool:
    return 0x001D in view.groups or 0x0017 in view.groups
