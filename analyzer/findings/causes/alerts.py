"""Alerts: what a fatal alert that can be read means, by who sent it and how far the handshake had come.

Here lives: one row for each alert, and what each function concludes.  Here does not live: certificates (``certificates``), lists with nothing in
common (``nothing_shared``), alerts that are encrypted (``sealed``), the end without any (``network``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.causes import certificates, nothing_shared
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.cipher_suites import cipher_suite
from analyzer.tls import codes
from analyzer.tls.messages import ServerKeyExchange

if TYPE_CHECKING:
    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert

__all__ = ["by_alert"]

Found = Iterable["Candidate"]
EXTENDED_MASTER_SECRET = 23
SMALL_PRIME = 2048
"""Bits of a Diffie-Hellman prime that clients of today take (RFC 9325 section 4.3)."""
_ODD = ("malformed-message", "malformed-extension", "unexpected-message", "unknown-message", "duplicate-extension", "extension-not-offered",
        "cipher-suite-not-offered", "bad-record", "record-overflow", "unknown-content-type", "message-too-long", "certificate-unpack")  # fmt: skip
"""Anomalies that a strict peer refuses."""


def by_alert(view: View, alert: Alert) -> Iterator[Candidate]:
    """Rank what this alert means; a bare refusal at the end, for nothing else may be found."""
    row = _ROWS.get(alert.description if alert.description is not None else -1)
    if row is not None:
        yield from row(view, alert)
    name = registry.alert_name(alert.description) or "unknown" if alert.description is not None else "encrypted"
    yield view.make(
        10, "refused", f"The {alert.sender} refused with the alert {name}, and nothing in the capture says more.",
        f"See what the {alert.sender} writes into its log.", view.alert_proof(alert),
    )  # fmt: skip


# ---- handshake_failure and insufficient_security


def _failure(view: View, alert: Alert) -> Found:
    """A set of parameters that is not acceptable, before the server's answer or after it (RFC 8446 section 6.2)."""
    yield from certificates.of_client(view, alert)
    if alert.sender == CLIENT:
        yield from _client_fails(view, alert)
        return
    if not view.answered or view.handshake.server_hello is None:
        if _weak_psk_only(view):
            yield _psk(view, alert, 72)
        yield from nothing_shared.no_common(view, alert)
        if view.newest < codes.TLS13 and not view.offers(EXTENDED_MASTER_SECRET):
            yield _ems(view, alert, 78 if alert.description == 71 else 46)
        if view.newest < codes.TLS13 and not _secure_renegotiation(view):
            yield _renegotiation(view, alert, 40)
        yield from _name(view, alert, 24, 30)
    else:
        if view.story.answered.get(EXTENDED_MASTER_SECRET) is None and alert.description == 71:
            yield _ems(view, alert, 50)
        yield nothing_shared.signature_schemes(view, alert, 40)


def _client_fails(view: View, alert: Alert) -> Found:
    """A client that does not like the ServerHello or what came with it."""
    exchange = view.told(SERVER, codes.SERVER_KEY_EXCHANGE)
    message = exchange.message if exchange is not None else None
    if exchange is not None and isinstance(message, ServerKeyExchange) and message.dh_p is not None:
        bits = int.from_bytes(message.dh_p, "big").bit_length()
        if bits <= SMALL_PRIME:
            name = registry.dh_group(message.dh_p)
            yield view.make(
                85 if bits < SMALL_PRIME else 55, "small_dh_key",
                f"The client refused the server's Diffie-Hellman prime of {bits} bits{f' ({name})' if name else ''}.",
                "Give the server a prime of 2048 bits or more (ffdhe2048 …), or better, elliptic curves (ECDHE).",
                view.alert_proof(alert), view.proven(f"ServerKeyExchange with a prime of {bits} bits", exchange.last_packet),
            )  # fmt: skip
    if view.handshake.server_hello is None:
        return
    answered = view.story.answered
    if not view.story.tls13:
        if codes.RENEGOTIATION_INFO not in answered:
            yield _renegotiation(view, alert, 72)
        if EXTENDED_MASTER_SECRET not in answered and view.offers(EXTENDED_MASTER_SECRET):
            yield _ems(view, alert, 64 if alert.description == 71 else 50)
    yield from _violation(view, alert, 35)
    if view.handshake.server_chain:
        yield from certificates.of_server(view, alert, bare=True)


def _ems(view: View, alert: Alert, rank: int) -> Candidate:
    who, whom = ("client", "server") if alert.sender == CLIENT else ("server", "client")
    return view.make(
        rank, "missing_ems", f"The {who} demands the extended master secret, which the {whom} does not offer.",
        f"Update the {whom} (RFC 7627), or let the {who} do without as long as that is not possible.",
        view.alert_proof(alert), _hello(view, whom, "extended_master_secret"),
    )  # fmt: skip


def _hello(view: View, side: str, lacks: str) -> tuple[str, int | None]:
    seen = view.hello_seen if side == CLIENT else view.told(SERVER, codes.SERVER_HELLO)
    what = f"no {lacks} in the {side}'s hello"
    return view.proven(what, seen.last_packet) if seen else (what, None)


def _secure_renegotiation(view: View) -> bool:
    return view.offers(codes.RENEGOTIATION_INFO) or (
        view.hello is not None and codes.EMPTY_RENEGOTIATION_INFO_SCSV in view.hello.cipher_suites
    )


def _renegotiation(view: View, alert: Alert, rank: int) -> Candidate:
    whom = SERVER if alert.sender == CLIENT else CLIENT
    return view.make(
        rank, "insecure_renegotiation", f"The {alert.sender} demands secure renegotiation (RFC 5746), which the {whom} does not know.",
        f"Update the {whom}; until then the {alert.sender} can be told to take such peers (OpenSSL: UnsafeLegacyServerConnect).",
        view.alert_proof(alert), _hello(view, whom, "renegotiation_info"),
    )  # fmt: skip


def _no_renegotiation(view: View, alert: Alert) -> Found:
    yield view.make(
        90, "insecure_renegotiation", f"The {alert.sender} refused to negotiate anew in the middle of the connection.",
        "Do without renegotiation: TLS 1.3 has none.", view.alert_proof(alert),
    )  # fmt: skip


# ---- names


def _name(view: View, alert: Alert, named: int, unnamed: int) -> Found:
    """A server that refuses a name, or the lack of one."""
    if view.name is not None:
        yield view.make(
            named, "name_not_served", f"The server does not serve the name {view.name}.",
            "Ask for a name that the server serves, or add this one to its configuration.",
            view.alert_proof(alert), view.hello_proof(lambda: f"server name {view.name}"),
        )  # fmt: skip
    elif not view.offers(65037):
        yield view.make(
            unnamed, "name_missing", "The client named no server (SNI), and the server does not answer without a name.",
            "Let the client send the server's name, or give the server a default certificate.",
            view.alert_proof(alert), view.hello_proof(lambda: "no server name"),
        )  # fmt: skip


def _unrecognized(view: View, alert: Alert) -> Found:
    yield from _name(view, alert, 95, 90)


# ---- versions and the like


def _version(view: View, alert: Alert) -> Found:
    yield nothing_shared.versions(view, alert)


def _fallback(view: View, alert: Alert) -> Found:
    yield view.make(
        95, "inappropriate_fallback",
        f"The client came back with {view.versions_text} and TLS_FALLBACK_SCSV, and the server speaks a newer version.",
        "Find out why the client's first try failed (it is another connection); a client of today need not fall back at all.",
        view.alert_proof(alert), view.hello_proof(lambda: f"{view.versions_text} with TLS_FALLBACK_SCSV"),
    )  # fmt: skip


def _protocols(view: View, alert: Alert) -> Found:
    yield nothing_shared.protocols(view, alert)


# ---- keys and bytes


def _psk_suite(view: View) -> bool:
    suite = cipher_suite(view.handshake.cipher_suite) if view.handshake.cipher_suite is not None else None
    return suite is not None and "PSK" in (suite.key_exchange or "")


def _weak_psk_only(view: View) -> bool:
    """Whether the client has nothing but pre-shared keys to offer."""
    suites = [suite for suite in map(cipher_suite, view.suites) if suite and suite.code >> 8 != 0x13]
    return bool(suites) and view.newest < codes.TLS13 and all("PSK" in (suite.key_exchange or "") for suite in suites)


def _psk(view: View, alert: Alert, rank: int) -> Candidate:
    offer = view.told(CLIENT, codes.CLIENT_KEY_EXCHANGE)
    how = "a pre-shared key (PSK)"
    proof = view.proven("ClientKeyExchange with a PSK identity", offer.last_packet) if offer else view.hello_proof(lambda: how)
    return view.make(
        rank, "wrong_psk", "The two sides do not have the same pre-shared key, or the server does not know the client's identity.",
        "Compare identity and key on both sides.", view.alert_proof(alert), proof,
    )  # fmt: skip


def _unknown_psk(view: View, alert: Alert) -> Found:
    yield _psk(view, alert, 95)


def _broken(view: View, alert: Alert) -> Found:
    """bad_record_mac, decryption_failed, decrypt_error."""
    if _psk_suite(view) or (view.offers(codes.PRE_SHARED_KEY) and view.handshake.server_hello is None):
        yield _psk(view, alert, 85)
    if alert.description == 51:
        if alert.sender == CLIENT and view.handshake.server_chain:
            yield from certificates.of_server(view, alert, bare=True)
        elif alert.sender == SERVER and view.handshake.client_chain:
            yield from certificates.of_client(view, alert)
    peer = SERVER if alert.sender == CLIENT else CLIENT
    what = "a signature or Finished" if alert.description == 51 else "a record"
    yield view.make(
        75, "tampered", f"The {alert.sender} could not verify {what} of the {peer}: it was changed on the way, or the two have different keys.",
        f"Look for what stands between the two (proxy, faulty memory); else for a fault in the {peer}'s key or library.", view.alert_proof(alert),
    )  # fmt: skip


def _violation(view: View, alert: Alert, rank: int) -> Found:
    """The peer's message breaks the protocol, in our eyes too where an anomaly says so."""
    peer = SERVER if alert.sender == CLIENT else CLIENT
    odd = [one for one in view.handshake.anomalies if one.kind in _ODD and one.sender in {peer, None}]
    if not odd:
        return
    first = odd[0]
    yield view.make(
        max(rank, 80), "protocol_violation", f"The {peer} broke the protocol and the {alert.sender} refused: {first.kind} ({first.detail}).",
        f"Update or mend the {peer}.", view.alert_proof(alert), view.proven(f"{first.kind} of the {peer}: {first.detail}", first.packet),
    )  # fmt: skip


def _illegal(view: View, alert: Alert) -> Found:
    """unexpected_message, illegal_parameter, decode_error, record_overflow and their kin."""
    peer = SERVER if alert.sender == CLIENT else CLIENT
    yield from _violation(view, alert, 70)
    early = view.handshake.server_hello is None
    if alert.description == 47 and alert.sender == SERVER and early:
        if view.offers(codes.PRE_SHARED_KEY):
            yield _psk(view, alert, 66)
        if view.groups and not _usual(view):
            yield nothing_shared.groups(view, alert, 64)
    name = registry.alert_name(alert.description) if alert.description is not None else None
    yield view.make(
        62, "protocol_violation", f"The {alert.sender} says that the {peer} broke the protocol ({name}).",
        f"Update or mend the {peer}, or see whether something between the two changes what it sends.", view.alert_proof(alert),
    )  # fmt: skip


def _usual(view: View) -> bool:
    return 0x001D in view.groups or 0x0017 in view.groups


def _missing(view: View, alert: Alert) -> Found:
    peer = SERVER if alert.sender == CLIENT else CLIENT
    if alert.sender == SERVER and view.name is None:
        yield from _name(view, alert, 0, 66)
    lacks = [name for code, name in ((codes.SUPPORTED_GROUPS, "supported_groups"), (codes.KEY_SHARE, "key_share"),
             (codes.SIGNATURE_ALGORITHMS, "signature_algorithms"), (codes.QUIC_TRANSPORT_PARAMETERS, "quic_transport_parameters"))
             if not view.offers(code) and (code != codes.QUIC_TRANSPORT_PARAMETERS or view.handshake.framing == "quic")]  # fmt: skip
    what = f" ({' and '.join(lacks)})" if lacks and alert.sender == SERVER else ""
    yield view.make(
        92 if what else 64, "missing_extension", f"The {alert.sender} misses an extension in what the {peer} sent{what}.",
        f"Update or configure the {peer} so that it sends the extension.", view.alert_proof(alert),
    )  # fmt: skip


def _unsupported(view: View, alert: Alert) -> Found:
    peer = SERVER if alert.sender == CLIENT else CLIENT
    extra = [one for one in view.handshake.anomalies if one.kind == "extension-not-offered"]
    what = f": {extra[0].detail}" if extra else ""
    proof = [view.proven(f"{one.kind}: {one.detail}", one.packet) for one in extra[:3]]
    yield view.make(
        92, "unsupported_extension", f"The {peer} sent an extension that the {alert.sender} did not ask for{what}.",
        f"Update or mend the {peer}.", view.alert_proof(alert), *proof,
    )  # fmt: skip


# ---- the rest


def _internal(view: View, alert: Alert) -> Found:
    early = view.handshake.server_hello is None and alert.sender == SERVER
    yield view.make(
        65, "internal_error", f"The {alert.sender} failed for a reason of its own (internal_error), which has nothing to do with the protocol.",
        f"See what the {alert.sender} writes into its log: no key or certificate, no memory, too many connections …", view.alert_proof(alert),
    )  # fmt: skip
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
        90, "access_denied", f"The {alert.sender} denied access to the {peer} (its certificate was valid).",
        f"Allow the {peer} on the {alert.sender}, or use other credentials.", view.alert_proof(alert),
    )  # fmt: skip


def _ech(view: View, alert: Alert) -> Found:
    yield view.make(
        92, "ech_refused", f"The client insists on Encrypted Client Hello; the server took the outer name {view.name or '(none)'} instead.",
        "Renew the ECH configuration that the DNS publishes (HTTPS record), or mend the server's ECH keys.",
        view.alert_proof(alert), view.hello_proof(lambda: "encrypted_client_hello"),
    )  # fmt: skip


def _stapling(view: View, alert: Alert) -> Found:
    yield view.make(
        90, "stapling_refused", f"The {alert.sender} refused the stapled OCSP response.",
        "Let the server fetch a fresh OCSP response; see that its responder signs with a valid certificate.", view.alert_proof(alert),
    )  # fmt: skip


def _certificate(view: View, alert: Alert) -> Found:
    """An alert about a certificate: the server's where the client sends it, else the client's."""
    if alert.sender == CLIENT:
        return certificates.of_server(view, alert)
    return certificates.of_client(view, alert)


_ROWS: dict[int, Callable[[View, Alert], Found]] = {
    10: _illegal, 20: _broken, 21: _broken, 22: _illegal, 30: _illegal, 40: _failure, 41: _certificate, 42: _certificate, 43: _certificate,
    44: _certificate, 45: _certificate, 46: _certificate, 47: _illegal, 48: _certificate, 49: _denied, 50: _illegal, 51: _broken,
    60: _failure, 70: _version, 71: _failure, 80: _internal, 86: _fallback, 90: _canceled, 100: _no_renegotiation, 109: _missing,
    110: _unsupported, 112: _unrecognized, 113: _stapling, 115: _unknown_psk, 116: _certificate, 117: _internal, 120: _protocols, 121: _ech,
}  # fmt: skip
"""AlertDescription -> what it may mean."""

