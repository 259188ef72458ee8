"""Derived: columns that only judgement needs, beside those of the tables of facts, each a small function of the thing itself.

Here lives: what rules may ask of handshakes, certificates and preludes beyond their rows.  Here does not live: any rule, how things are
collected (``judge``), what policies speak of (``subjects``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer import registry
from analyzer.facts.story import values
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.lengths import is_alert
from analyzer.tls import codes
from analyzer.tls.messages import EncryptedExtensions, ServerKeyExchange

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
_OWN_VERSION = -1
"""Stands for the hello's own version among the codes of its extensions."""
"""AlertDescription, RFC 9849 section 11.2."""
_USE_SRTP, _EXTENDED_MASTER_SECRET = 14, 23


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


def _offered(handshake: Handshake) -> dict[int, Any] | None:
    """Return what the first ClientHello's extensions say, and under ``_OWN_VERSION`` its version; None where none was seen."""
    hello = handshake.client_hello
    if hello is None:
        return None
    offered = values(hello.extensions)
    offered[_OWN_VERSION] = hello.version
    return offered


def _has(code: int) -> Callable[[dict[int, Any] | None], bool | None]:
    """Return what tells whether the hello has an extension."""
    return lambda offered: None if offered is None else code in offered


def _list(code: int) -> Callable[[dict[int, Any] | None], tuple[int, ...] | None]:
    """Return what tells the numbers that an extension of the hello lists."""

    def tell(offered: dict[int, Any] | None) -> tuple[int, ...] | None:
        value = None if offered is None else offered.get(code)
        return value if isinstance(value, tuple) else None

    return tell


def _versions(offered: dict[int, Any] | None) -> tuple[int, ...] | None:
    """Return the versions that the client offers (RFC 8446 section 4.2.1), None where no hello was seen."""
    if offered is None:
        return None
    supported = offered.get(codes.SUPPORTED_VERSIONS)
    return tuple([one for one in supported if not registry.is_grease(one)]) if isinstance(supported, tuple) else (offered[_OWN_VERSION],)


def _prime(handshake: Handshake) -> bytes | None:
    """Return the prime of the ServerKeyExchange (RFC 5246 section 7.4.3)."""
    for seen in handshake.seen:
        if seen.code == codes.SERVER_KEY_EXCHANGE and isinstance(seen.message, ServerKeyExchange):
            return seen.message.dh_p
    return None


def _anomalies(handshake: Handshake) -> tuple[str, ...]:
    return tuple(dict.fromkeys(anomaly.kind for anomaly in handshake.anomalies)) if handshake.anomalies else ()


def _heartbeats(handshake: Handshake) -> bool:
    return "heartbeat" in [event.kind for event in handshake.events] or "malformed-heartbeat" in _anomalies(handshake)


def _ech_answer(handshake: Handshake) -> bool | None:
    """Whether a ClientHello with ECH was no refused one; None where the wire does not tell (RFC 9849 sections 6.1.6 and 6.2.1).

    False: the client says so in the clear.  True: TLS 1.2 or older refuses it always, and a client that then closes without an alert had
    only GREASE to offer.
    """
    if any(alert.description == _ECH_REQUIRED for alert in handshake.alerts):
        return False
    old = handshake.closed in {"fin", "rst"} and handshake.outcome == "complete" and _tls13(handshake) is False
    return True if old and all(alert.sender != CLIENT for alert in handshake.alerts) else None


def _early_data_taken(handshake: Handshake) -> bool | None:
    """Whether early data was taken (RFC 8446 section 4.2.10); None where the wire does not tell.

    The server says so in its EncryptedExtensions.  An encrypted one whose record has room for no extension refuses it.
    """
    hello, answer = handshake.client_hello, handshake.server_hello
    if hello is None or answer is None or codes.EARLY_DATA not in [one.code for one in hello.extensions or ()]:
        return None
    answered = values(answer.extensions)
    if not _tls13(handshake) or handshake.hello_retry is not None or codes.PRE_SHARED_KEY not in answered:
        return False
    for seen in handshake.seen:
        if isinstance(seen.message, EncryptedExtensions):
            return codes.EARLY_DATA in values(seen.message.extensions)
        if seen.sender == SERVER and seen.code is None:
            # header and empty list are six bytes, four more than an alert has
            return False if handshake.framing == "tls" and is_alert(seen.length - 4, handshake.cipher_suite) else None
    return None


def _answered(handshake: Handshake) -> bool:
    """Whether there is a ServerHello; that of SSL 2.0 is a message of its own."""
    return handshake.server_hello is not None or (handshake.framing == "sslv2" and handshake.cipher_suite is not None)


def _tls13(handshake: Handshake) -> bool | None:
    return None if handshake.server_hello is None else codes.speaks_tls13(handshake.version, handshake.cipher_suite)


HANDSHAKE: dict[str, Derived] = {
    "answered": ("flag", _answered, None),
    "asked": ("flag", lambda one: one.client_hello is not None, None),
    "tls_version": ("int", lambda one: None if one.version is None else codes.tls_of(one.version), None),
    "tls13": ("flag", _tls13, None),
    "offered_suites": ("data", lambda one: None if one.client_hello is None else one.client_hello.cipher_suites, None),
    "offered_versions": ("data", _versions, "offered"),
    "offered": ("data", _offered, None),
    "offered_groups": ("data", _list(codes.SUPPORTED_GROUPS), "offered"),
    "offered_schemes": ("data", _list(codes.SIGNATURE_ALGORITHMS), "offered"),
    "offered_compressions": ("data", lambda one: None if one.client_hello is None else tuple(one.client_hello.compression_methods), None),
    "offers_server_name": ("flag", _has(codes.SERVER_NAME), "offered"),
    "offers_ems": ("flag", _has(_EXTENDED_MASTER_SECRET), "offered"),
    "offers_srtp": ("flag", _has(_USE_SRTP), "offered"),
    "heartbeats": ("flag", _heartbeats, None),
    "anomaly_kinds": ("data", _anomalies, None),
    "early_data_taken": ("flag", _early_data_taken, None),
    "ech_answer": ("flag", _ech_answer, None),
    "dh_prime": ("data", _prime, None),
}
"""Of a handshake, beside the handshakes table."""

def _rsa_key(shown: Shown) -> tuple[str, str | None] | None:
    """Return modulus and exponent in hexadecimal."""
    modulus = shown.certificate.public_key_modulus
    return None if modulus is None else (modulus, shown.certificate.public_key_exponent_hex)


CERTIFICATE: dict[str, Derived] = {
    "sender": ("text", lambda shown: shown.sender, None),
    "leaf": ("flag", lambda shown: shown.position == 0, None),
    "at": ("time", lambda shown: shown.at, None),
    "rsa_key": ("data", _rsa_key, None),
    "wildcards": ("texts", lambda shown: [name for name in shown.certificate.san_dns if "*" in name] or None, None),
    "serial_bits": ("int", lambda shown: None if shown.certificate.serial is None else 4 * len(shown.certificate.serial.lstrip("-")), None),
}
"""Of a certificate, beside the certificates table."""

PRELUDE: dict[str, Derived] = {}
"""Of a prelude, beside the preludes table."""
