"""Derived: columns that only judgement needs, beside those of the tables of facts, each a small function of the thing itself.

Here lives: what rules may ask of handshakes, certificates and preludes beyond their rows.  Here does not live: any rule, how things are
collected (``judge``), what policies speak of (``subjects``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer import registry
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes
from analyzer.tls.messages import ServerKeyExchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Derived
    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.prelude import Plain, Prelude
    from analyzer.x509 import Certificate

__all__ = ["CERTIFICATE", "HANDSHAKE", "PRELUDE", "SENDERS", "Shown", "Spoken", "extension"]

SENDERS = {SERVER: "certificate", CLIENT: "client_certificate"}
"""Who shows a certificate -> the name of the evidence for it."""
_ECH_REQUIRED = 121
_HEARTBEAT, _EXTENDED_MASTER_SECRET = 15, 23


class Shown(msgspec.Struct, frozen=True):
    """A certificate where it was shown first: ``at`` is the time it is judged for, ns since 1970 UTC."""

    certificate: Certificate
    handshake: Handshake
    sender: str
    position: int
    at: int


class Spoken(msgspec.Struct, frozen=True):
    """A prelude, and the connection that it was spoken on."""

    prelude: Prelude
    connection: Handshake | Plain


def extension(handshake: Handshake, code: int, *, server: bool = False) -> Any:
    """Return the value of a hello's extension, None where there is none or it is broken."""
    hello = handshake.server_hello if server else handshake.client_hello
    for one in (hello.extensions or ()) if hello is not None else ():
        if one.code == code:
            return one.value
    return None


def _has(code: int, *, server: bool = False) -> Callable[[Handshake], bool | None]:
    """Return what tells whether a hello has an extension, None where the hello was not seen."""

    def tell(handshake: Handshake) -> bool | None:
        hello = handshake.server_hello if server else handshake.client_hello
        return None if hello is None else any(one.code == code for one in hello.extensions or ())

    return tell


def _versions(handshake: Handshake) -> tuple[int, ...] | None:
    """Return the versions that the client offers (RFC 8446 section 4.2.1), None where no hello was seen."""
    hello = handshake.client_hello
    if hello is None:
        return None
    supported = extension(handshake, codes.SUPPORTED_VERSIONS)
    return tuple(version for version in supported if not registry.is_grease(version)) if isinstance(supported, tuple) else (hello.version,)


def _list(code: int) -> Callable[[Handshake], tuple[int, ...] | None]:
    def tell(handshake: Handshake) -> tuple[int, ...] | None:
        value = extension(handshake, code)
        return value if isinstance(value, tuple) else None

    return tell


def _prime(handshake: Handshake) -> bytes | None:
    """Return the prime of the ServerKeyExchange (RFC 5246 section 7.4.3)."""
    for seen in handshake.seen:
        if isinstance(seen.message, ServerKeyExchange):
            return seen.message.dh_p
    return None


def _anomalies(handshake: Handshake) -> tuple[str, ...]:
    return tuple(dict.fromkeys(anomaly.kind for anomaly in handshake.anomalies)) if handshake.anomalies else ()


def _heartbeats(handshake: Handshake) -> bool:
    return any(event.kind == "heartbeat" for event in handshake.events) or "malformed-heartbeat" in _anomalies(handshake)


def _ech_answer(handshake: Handshake) -> bool | None:
    """Whether ECH was taken; only its refusal can be seen, where the alert is in the clear (RFC 9849 section 6.1.6)."""
    return False if any(alert.description == _ECH_REQUIRED for alert in handshake.alerts) else None


def _tls13(handshake: Handshake) -> bool | None:
    return None if handshake.server_hello is None else codes.speaks_tls13(handshake.version, handshake.cipher_suite)


HANDSHAKE: dict[str, Derived] = {
    "answered": ("flag", lambda one: one.server_hello is not None),
    "asked": ("flag", lambda one: one.client_hello is not None),
    "tls_version": ("int", lambda one: None if one.version is None else codes.tls_of(one.version)),
    "tls13": ("flag", _tls13),
    "offered_suites": ("data", lambda one: None if one.client_hello is None else one.client_hello.cipher_suites),
    "offered_versions": ("data", _versions),
    "offered_groups": ("data", _list(codes.SUPPORTED_GROUPS)),
    "offered_schemes": ("data", _list(codes.SIGNATURE_ALGORITHMS)),
    "offered_compressions": ("data", lambda one: None if one.client_hello is None else tuple(one.client_hello.compression_methods)),
    "offers_server_name": ("flag", _has(codes.SERVER_NAME)),
    "offers_ems": ("flag", _has(_EXTENDED_MASTER_SECRET)),
    "heartbeats": ("flag", _heartbeats),
    "anomaly_kinds": ("data", _anomalies),
    "ech_answer": ("flag", _ech_answer),
    "dh_prime": ("data", _prime),
}
"""Of a handshake, beside the handshakes table."""

CERTIFICATE: dict[str, Derived] = {
    "sender": ("text", lambda shown: shown.sender),
    "leaf": ("flag", lambda shown: shown.position == 0),
    "at": ("time", lambda shown: shown.at),
    "modulus": ("text", lambda shown: shown.certificate.public_key_modulus),
    "wildcards": ("texts", lambda shown: [name for name in shown.certificate.san_dns if "*" in name] or None),
    "serial_bits": ("int", lambda shown: None if shown.certificate.serial is None else 4 * len(shown.certificate.serial.lstrip("-"))),
}
"""Of a certificate, beside the certificates table."""

PRELUDE: dict[str, Derived] = {}
"""Of a prelude, beside the preludes table."""
