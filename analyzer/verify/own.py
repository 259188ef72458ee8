"""Own: the facts that tlsscan itself tells of a capture, as they are compared.

Here lives: Handshake → Facts.  Here does not live: Wireshark's side (``wireshark``), comparing (``compare``).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.capture.block import packet_number
from analyzer.facts.texts import address_text
from analyzer.fingerprints.ja3 import ja3, ja3s
from analyzer.handshakes.handshake import CLIENT
from analyzer.tls.codes import is_grease
from analyzer.tls.messages import Certificate, ClientHello, CompressedCertificate, HelloVerifyRequest, ServerHello
from analyzer.tls.sslv2 import Sslv2ClientMasterKey, Sslv2ServerHello
from analyzer.verify.fact import ALERT, LISTED, SSLV2, Fact, Sides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.handshakes.handshake import Handshake

__all__ = ["Seal", "facts", "sealed"]

Seal = tuple[int, bool]
"""From which packet on a direction is encrypted, and whether by a NULL cipher, which leaves everything readable."""


def _sides(handshake: Handshake, sender: str) -> Sides:
    client = address_text(handshake.client.address), handshake.client.port
    server = address_text(handshake.server.address), handshake.server.port
    return (handshake.transport, client, server) if sender == CLIENT else (handshake.transport, server, client)


def facts(handshake: Handshake) -> Iterator[Fact]:
    """Give a Fact for each message and alert that can be read."""
    for seen in handshake.seen:
        if seen.code is None or seen.code < 0 or seen.message is None:
            continue
        broken = seen.message.fault is not None
        values = _values(seen.message)
        if seen.code < SSLV2:
            values["length"] = seen.length
        if seen.record_version is not None:
            values["record_version"] = seen.record_version
        packet = packet_number(seen.last_packet)
        yield Fact(packet=packet, sides=_sides(handshake, seen.sender), type=seen.code, values=values, broken=broken)
    for alert in handshake.alerts:
        if alert.level is not None and handshake.framing != "quic":  # there an alert is a CONNECTION_CLOSE (RFC 9001 section 4.8)
            said = {"level": alert.level, "description": alert.description}
            packet = packet_number(alert.packet)
            yield Fact(packet=packet, sides=_sides(handshake, alert.sender), type=ALERT, values=said)


def sealed(handshake: Handshake) -> Iterator[tuple[Sides, Seal]]:
    """Give the first packet of each sender that holds something encrypted, or the ChangeCipherSpec before it."""
    hidden = [(seen.sender, seen.packet) for seen in handshake.seen if seen.code is None or seen.code < 0]
    hidden += [(alert.sender, alert.packet) for alert in handshake.alerts if alert.level is None]
    hidden += [(event.sender, event.packet) for event in handshake.events if event.kind == "application_data"]
    first: dict[str, int] = {}
    for sender, packet in hidden:
        first[sender] = min(packet, first.get(sender, packet))
    suite = None if handshake.cipher_suite is None else registry.cipher_suite(handshake.cipher_suite)
    for sender, packet in first.items():
        yield _sides(handshake, sender), (packet_number(packet), suite is not None and suite.cipher == "NULL")


def _text(data: bytes) -> str:
    """Tell bytes as Wireshark does: what is no ASCII becomes U+FFFD."""
    return data.decode("ascii", "replace")


def _items(field: str, value: Any) -> tuple[Any, ...]:
    """Tell the value of an extension as a tuple."""
    if value is None:
        return ()
    items = value if isinstance(value, tuple) else (value,)
    if field == "server_name":
        return tuple(_text(item.name) for item in items if item.name_type == 0)
    if field == "key_share_groups":
        return tuple(getattr(item, "group", item) for item in items)
    return tuple(_text(item) if isinstance(item, bytes) else item for item in items)


def _hello(message: ClientHello | ServerHello) -> dict[str, Any]:
    extensions = message.extensions or ()
    values: dict[str, Any] = {
        "version": message.version,
        "random": message.random.hex(),
        "session_id": message.session_id.hex(),
        "extensions": tuple(extension.code for extension in extensions if not is_grease(extension.code)),
    }
    for field, listed in LISTED.items():
        found = (_items(field, extension.value) for extension in extensions if extension.code in listed.codes)
        values[field] = tuple(item for items in found for item in items)
    return values


def _client_hello(message: ClientHello) -> dict[str, Any]:
    if message.sslv2:
        return {"version": message.version, "cipher_suites": message.cipher_suites}
    cookie = {} if message.cookie is None else {"cookie": message.cookie.hex()}
    return {**_hello(message), **cookie, "cipher_suites": message.cipher_suites, "ja3": ja3(message)}


def _certificates(message: Certificate) -> dict[str, Any]:
    return {"certificates": tuple(sha256(entry.data).hexdigest() for entry in message.chain)}


_TELLERS: tuple[tuple[type, Callable[[Any], dict[str, Any]]], ...] = (
    (ClientHello, _client_hello),
    (ServerHello, lambda message: {**_hello(message), "cipher_suite": message.cipher_suite, "ja3s": ja3s(message)}),
    (HelloVerifyRequest, lambda message: {"version": message.version, "cookie": message.cookie.hex()}),
    (Certificate, _certificates),
    (CompressedCertificate, lambda message: _certificates(message.certificate) if message.certificate else {}),
    (
        Sslv2ServerHello,
        lambda message: {
            "version": message.version,
            "cipher_suites": message.cipher_specs,
            "certificates": (sha256(message.certificate).hexdigest(),) if message.certificate else (),
        },
    ),
    (Sslv2ClientMasterKey, lambda message: {"cipher_suite": message.cipher_kind}),
)
"""Type of a message -> its values; messages of other types have none of their own."""


def _values(message: object) -> dict[str, Any]:
    return next((tell(message) for kind, tell in _TELLERS if isinstance(message, kind)), {})
