"""Evidence: which packets prove what is said of a handshake.

Here lives: names of what can prove something, and the packets that go with each.  Here does not live: who asks (``rules``), numbers and
filters (``finding``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.capture.block import SOURCE_SHIFT
from analyzer.facts.ending import fatal_alert
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from analyzer.handshakes.handshake import Handshake, Seen

__all__ = ["EVIDENCE", "evidence", "of_anomalies", "of_connection"]

_SSL2 = 256
_CLIENT_HELLO, _SERVER_HELLO = (codes.CLIENT_HELLO, _SSL2 + 1), (codes.SERVER_HELLO, _SSL2 + 4)
_CERTIFICATES = (codes.CERTIFICATE, codes.COMPRESSED_CERTIFICATE, _SSL2 + 4)
_CHANGE_CIPHER_SPEC = -1


def of_message(handshake: Handshake, seen: Seen) -> tuple[int, ...]:
    """Return the packets of one message: of its handshake's those from its first to its last."""
    first, last = seen.packet, seen.last_packet
    if last == first:
        return (first,)
    if last >> SOURCE_SHIFT != first >> SOURCE_SHIFT:
        return first, last
    return first, *[packet for packet in handshake.packets if first < packet < last], last


def _first(sender: str | None, *wanted: int) -> Callable[[Handshake], Collection[int]]:
    """Return what finds the first message of one of these codes by this sender (None: by either)."""

    def find(handshake: Handshake) -> Collection[int]:
        for seen in handshake.seen:
            if seen.code in wanted and sender in {None, seen.sender}:
                return of_message(handshake, seen)
        return ()

    return find


def _server_hello(handshake: Handshake) -> Collection[int]:
    """Find the real ServerHello, never a HelloRetryRequest."""
    for seen in handshake.seen:
        if seen.sender == SERVER and seen.code in _SERVER_HELLO and (seen.message is handshake.server_hello or seen.code >= _SSL2):
            return of_message(handshake, seen)
    return ()


def _hello_retry(handshake: Handshake) -> Collection[int]:
    for seen in handshake.seen:
        if seen.message is not None and seen.message is handshake.hello_retry:
            return of_message(handshake, seen)
    return ()


def _alert(handshake: Handshake) -> Collection[int]:
    alert = fatal_alert(handshake)
    return () if alert is None else (alert.packet,)


def _events(*kinds: str) -> Callable[[Handshake], Collection[int]]:
    return lambda handshake: [event.packet for event in handshake.events if event.kind in kinds]


EVIDENCE: dict[str, Callable[[Handshake], Collection[int]]] = {
    "client_hello": _first(CLIENT, *_CLIENT_HELLO),
    "server_hello": _server_hello,
    "hello_retry": _hello_retry,
    "encrypted_extensions": _first(SERVER, codes.ENCRYPTED_EXTENSIONS),
    "certificate": _first(SERVER, *_CERTIFICATES),
    "certificate_status": _first(SERVER, codes.CERTIFICATE_STATUS),
    "server_key_exchange": _first(SERVER, codes.SERVER_KEY_EXCHANGE),
    "certificate_request": _first(SERVER, codes.CERTIFICATE_REQUEST),
    "server_hello_done": _first(SERVER, codes.SERVER_HELLO_DONE),
    "client_certificate": _first(CLIENT, *_CERTIFICATES),
    "client_key_exchange": _first(CLIENT, codes.CLIENT_KEY_EXCHANGE),
    "session_ticket": _first(SERVER, codes.NEW_SESSION_TICKET),
    "change_cipher_spec": _first(None, _CHANGE_CIPHER_SPEC),
    "alert": _alert,
    "heartbeat": _events("heartbeat"),
    "close": _events("fin", "rst", "connection_close"),
    "prelude": lambda handshake: [packet for one in handshake.preludes for packet in one.packets],
    "all": lambda handshake: handshake.packets,
}
"""Name -> the packets (ids) of that in a handshake, none where it was not seen."""


def evidence(handshake: Handshake, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the packets of all of these, ascending and once each; where none of them was seen those of the whole handshake.

    A handshake of which nothing could be read has none: then those of its connection, whose anomalies say why.
    """
    if len(names) == 1:
        found: Collection[int] = EVIDENCE[names[0]](handshake)
        if len(found) == 1:
            return tuple(found)
    else:
        found = {packet for name in names for packet in EVIDENCE[name](handshake)}
    return tuple(sorted({*found})) or tuple(sorted(set(handshake.packets))) or of_connection(handshake)


def of_anomalies(handshake: Handshake, kinds: frozenset[str]) -> tuple[int, ...]:
    """Return the packets of a handshake's anomalies of these kinds."""
    return tuple(sorted({anomaly.packet for anomaly in handshake.anomalies if anomaly.kind in kinds}))


def of_connection(handshake: Handshake) -> tuple[int, ...]:
    """Return every packet that is known of a handshake's connection: its own, those before TLS, SYN, FIN, RST, alerts, anomalies."""
    found = {*handshake.packets, *(event.packet for event in handshake.events), *(alert.packet for alert in handshake.alerts)}
    found.update(anomaly.packet for anomaly in handshake.anomalies)
    found.update(packet for one in handshake.preludes for packet in one.packets)
    return tuple(sorted(found))
