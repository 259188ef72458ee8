"""Anomaly: something on the wire that is odd, as a named datum (never an exception).

Here lives: the type and the closed list of kinds.  Here does not live: whether it matters (``findings``).
"""

from __future__ import annotations

import msgspec

__all__ = ["KINDS", "Anomaly"]

KINDS: dict[str, str] = {
    # streams
    "gap": "bytes of the stream, or a numbered message, are not in the capture",
    "overlap-conflict": "two segments or fragments claim the same bytes with different content; the first that a receiver takes counts",
    "dropped-segment": "a SYN, FIN or RST whose checksum is wrong, so that its receiver drops it; it was not heeded",
    "buffer-full": "a limit on buffered bytes or segments was hit; the missing bytes were given up",
    # records
    "bad-record": "bytes where a record header should stand",
    "record-overflow": "a record longer than its version allows",
    "unknown-content-type": "a record of an unknown content type",
    "record-version": "a record version that does not fit the handshake",
    "message-too-long": "a handshake message longer than the limit; it was skipped",
    "not-tls-answer": "the peer answered a hello with bytes that are not TLS",
    # messages
    "malformed-message": "a handshake message that breaks its own lengths",
    "malformed-extension": "an extension whose body breaks its own lengths",
    "malformed-alert": "an alert record that is not level and description",
    "malformed-heartbeat": "a heartbeat whose payload length exceeds its record (RFC 6520 section 4)",
    "duplicate-extension": "an extension type that stands twice in one message (RFC 8446 section 4.2)",
    "extension-not-offered": "the server answered an extension that the client did not send (RFC 8446 section 4.2)",
    "unexpected-message": "a message that the protocol does not allow at this point",
    "unknown-message": "a handshake message of an unknown type",
    "cipher-suite-not-offered": "the server chose a cipher suite that the client did not offer",
    "too-many-messages": "more handshake messages than the limit; the rest was not kept",
    "certificate-unpack": "a compressed certificate that could not be unpacked or passes the limit",
    "downgrade-sentinel": "the server's random says it could speak the newer version that the client offered (RFC 8446 section 4.1.3)",
    "early-plaintext": "application data before any encryption was agreed",
    # datagrams
    "quic-undecryptable": "a QUIC Initial packet of a known connection that its keys do not open",
    "quic-retry-tag": "a QUIC Retry packet whose integrity tag is wrong; the client drops it (RFC 9001 section 5.8)",
    "quic-close": "a QUIC connection closed before its handshake was over, by an error that is no TLS alert (RFC 9000 section 20.1)",
    "more-anomalies": "anomalies beyond the limit, counted in detail",
}
"""kind -> what it means."""


class Anomaly(msgspec.Struct, frozen=True, gc=False):
    """One oddity: ``layer`` is ip, tcp, record, message, extension or quic; ``packet`` a packet id; ``time`` ns since 1970 UTC."""

    kind: str
    layer: str
    detail: str
    sender: str | None
    packet: int
    time: int
