"""Demands: what one side insists on and the other does not have — extended master secret, secure renegotiation, a long prime.

Here lives: these three.  Here does not live: lists with nothing in common (``nothing_shared``), the table of alerts (``alerts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes
from analyzer.tls.messages import ServerKeyExchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert

__all__ = ["EXTENDED_MASTER_SECRET", "ems", "renegotiation", "renegotiation_refused", "resumes", "secure_renegotiation", "small_prime"]

EXTENDED_MASTER_SECRET = 23
"""ExtensionType of RFC 7627."""
SMALL_PRIME = 2048
"""Bits of a Diffie-Hellman prime that clients of today take (RFC 9325 section 4.3)."""


def small_prime(view: View, alert: Alert) -> Iterator[Candidate]:
    """A Diffie-Hellman prime in the server's flight that its client may find too short."""
    exchange = view.told(SERVER, codes.SERVER_KEY_EXCHANGE)
    message = exchange.message if exchange is not None else None
    if exchange is not None and isinstance(message, ServerKeyExchange) and message.dh_p is not None:
        bits = int.from_bytes(message.dh_p, "big").bit_length()
        if bits <= SMALL_PRIME:
            name = registry.dh_group(message.dh_p)
            yield view.make(
                85 if bits < SMALL_PRIME else 55,
                "small_dh_key",
                f"The client refused the server's Diffie-Hellman prime of {bits} bits{f' ({name})' if name else ''}.",
                "Give the server a prime of 2048 bits or more (ffdhe2048 …), or better, elliptic curves (ECDHE).",
                view.alert_proof(alert),
                view.proven(f"ServerKeyExchange with a prime of {bits} bits", exchange.last_packet),
            )


def ems(view: View, alert: Alert, rank: int) -> Candidate:
    """Make the cause that the sender of an alert demands the extended master secret."""
    who, whom = ("client", "server") if alert.sender == CLIENT else ("server", "client")
    return view.make(
        rank,
        "missing_ems",
        f"The {who} demands the extended master secret, which the {whom} does not offer.",
        f"Update the {whom} (RFC 7627), or let the {who} do without as long as that is not possible.",
        view.alert_proof(alert),
        _hello(view, whom, "extended_master_secret"),
    )


def _hello(view: View, side: str, lacks: str) -> tuple[str, int | None]:
    seen = view.hello_seen if side == CLIENT else view.told(SERVER, codes.SERVER_HELLO)
    what = f"no {lacks} in the {side}'s hello"
    return view.proven(what, seen.last_packet) if seen else (what, None)


def secure_renegotiation(view: View) -> bool:
    """Tell whether the client knows secure renegotiation: by the extension, or by a suite that signals it (RFC 5746 section 3.3)."""
    return view.offers(codes.RENEGOTIATION_INFO) or (
        view.hello is not None and codes.EMPTY_RENEGOTIATION_INFO_SCSV in view.hello.cipher_suites
    )


def renegotiation(view: View, alert: Alert, rank: int) -> Candidate:
    """Make the cause that the sender of an alert demands secure renegotiation."""
    whom = SERVER if alert.sender == CLIENT else CLIENT
    return view.make(
        rank,
        "insecure_renegotiation",
        f"The {alert.sender} demands secure renegotiation (RFC 5746), which the {whom} does not know.",
        f"Update the {whom}; until then the {alert.sender} can be told to take such peers (OpenSSL: UnsafeLegacyServerConnect).",
        view.alert_proof(alert),
        _hello(view, whom, "renegotiation_info"),
    )


def renegotiation_refused(view: View, alert: Alert) -> Iterator[Candidate]:
    """no_renegotiation."""
    yield view.make(
        90,
        "insecure_renegotiation",
        f"The {alert.sender} refused to negotiate anew in the middle of the connection.",
        "Do without renegotiation: TLS 1.3 has none.",
        view.alert_proof(alert),
    )


def resumes(view: View) -> bool:
    """Whether the client offers a session of before: without the extended master secret that the session has, it must be refused."""
    return view.hello is not None and (bool(view.hello.session_id) or bool(view.story.offered.get(codes.SESSION_TICKET)))
