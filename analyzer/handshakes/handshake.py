"""Handshake: one TLS handshake rebuilt from its packets, the noun that ``facts`` reads.

Here lives: the types.  Here does not live: how they are filled (``conversation``), names of numbers (``registry``), tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.handshakes.anomaly import Anomaly
    from analyzer.handshakes.prelude import Prelude
    from analyzer.packets.carriage import Layer
    from analyzer.tls.messages import ClientHello, Message, ServerHello

__all__ = ["CLIENT", "HITCHES", "SERVER", "OUTCOMES", "Alert", "Endpoint", "Event", "Handshake", "Hitch", "Quic", "Seen"]

CLIENT, SERVER = "client", "server"

OUTCOMES: dict[str, str] = {
    "complete": "both sides finished the handshake (TLS 1.3: judged by the encrypted records after it)",
    "failed": "an alert ended it: a fatal one, or an encrypted one in the handshake's place",
    "unanswered": "a ClientHello that no server message followed, though the server's direction is in the capture or silent",
    "aborted": "the connection was closed (FIN or RST) after the server's answer and before the end, without an alert",
    "cut": "the capture ends, or bytes are missing, before the end of the handshake",
    "refused": "a proxy or server refused the request before TLS, and the client went on all the same",
    "not_tls": "the server answered the ClientHello with something that is not TLS: see answer",
    "one_sided": "only one direction is in the capture and what it shows got as far as its Finished or encrypted data",
}
"""outcome -> what it means."""


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """An address as packed bytes (4 or 16) and a port."""

    address: bytes
    port: int


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One handshake message (or ChangeCipherSpec) where and when it was seen.

    ``message`` is None where the message is encrypted; then ``code`` is None too, and ``length`` is that of the record's
    fragment.  ``code`` is the HandshakeType number, or 256 + the number for SSL 2.0 messages, or -1 for ChangeCipherSpec.
    ``guess`` says what an encrypted message must be by its place and length ("finished", "encrypted extensions …", "certificate") or None.
    """

    sender: str
    code: int | None
    length: int
    packet: int
    last_packet: int
    time: int
    message: Message | None
    guess: str | None = None
    record_version: int | None = None
    records: tuple[int, ...] = ()
    """Lengths of the fragments of the records it came in, where it did not have one whole record for itself; 0 for one that is torn.
    () of what comes in no records (QUIC, SSL 2.0)."""


class Alert(msgspec.Struct, frozen=True, gc=False):
    """An alert; ``level`` and ``description`` are None where it is encrypted."""

    sender: str
    level: int | None
    description: int | None
    packet: int
    time: int


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that is no handshake message.

    ``kind`` is syn, syn_ack, fin, rst, heartbeat, application_data (first of each sender); of QUIC: retry, version_negotiation,
    zero_rtt (first), one_rtt (first of each sender), migration, connection_close (where it can be read).
    """

    kind: str
    sender: str
    packet: int
    time: int
    length: int = 0


HITCHES: dict[str, str] = {
    "lost": "bytes that are not in the capture",
    "early": "bytes that came before others which belong in front of them: those were late, or lost",
    "late": "bytes that came after others which belong behind them: out of order, or sent again because they were lost",
    "again": "bytes that had come before: sent again",
}
"""kind of a hitch -> what it means."""


class Hitch(msgspec.Struct, frozen=True, gc=False):
    """Where a stream did not come smoothly: ``length`` bytes, told by ``packet``, while its handshake was going on."""

    kind: str
    """Key of HITCHES."""
    sender: str
    packet: int
    time: int
    length: int


class Quic(msgspec.Struct, kw_only=True, gc=False):
    """What QUIC says outside of TLS (RFC 9000 section 17)."""

    version: int
    """Version of the packets that carried the handshake (0x00000001, 0x6b3343cf …)."""
    original_destination: bytes = b""
    """The client's first Destination Connection ID, of which the Initial keys are made (RFC 9001 section 5.2)."""
    retried: bool = False
    """A Retry packet was seen."""
    retry_source: bytes | None = None
    versions_refused: tuple[int, ...] = ()
    """Versions that a Version Negotiation packet named."""
    first_version: int | None = None
    """Version of the client's first packet where another one carried the handshake (version negotiation, RFC 9368)."""
    zero_rtt: int = 0
    """0-RTT packets seen."""
    token: int = 0
    """Length of the token in the client's first Initial (a NEW_TOKEN of an earlier connection), bytes."""
    paths: int = 1
    """Pairs of addresses and ports on which packets of it were seen."""


class Handshake(msgspec.Struct, kw_only=True, gc=False):
    """One handshake of one connection.  Times are ns since 1970 UTC, packets are packet ids, in order of capture."""

    number: int = 0
    """Counts the handshakes of a scan from 1, about in the order of their first packets (those of one block: TCP, then UDP)."""
    client: Endpoint
    server: Endpoint
    transport: str = "tcp"
    framing: str = "tls"
    """tls, sslv2, dtls, quic, tds; a ClientHello in SSL 2.0 framing that is answered in TLS is framing tls."""
    preludes: tuple[Prelude, ...] = ()
    """What was spoken before TLS began, in order; only the first handshake of a connection has it."""
    carriage: tuple[Layer, ...] = ()
    """What its first packet travelled in, outermost first."""
    outbound: bool = True
    """That packet came from the client: the ``source`` of each layer of ``carriage`` is on the client's side."""
    quic: Quic | None = None
    connection_ids: dict[str, bytes] = {}
    """DTLS and QUIC: the connection id that each sender asked its peer to use, {"client": …, "server": …}, where it was seen."""
    answer: bytes = b""
    """What the server said to a ClientHello where that was not TLS: its first line, up to 200 bytes."""
    renegotiation: bool = False
    open: bool = False
    """Live: it is told because it is over, while its connection goes on; once that is over too it is told again, and this is False."""
    client_known: bool = True
    """False where neither SYN nor a hello told the sides apart and ports decided."""
    start: int = 0
    """Time of its first message."""
    end: int = 0
    """Time of the last message that belongs to it."""
    connect: int | None = None
    """ns from SYN to SYN/ACK, None where one of them was not seen."""
    confirm: int | None = None
    """ns from SYN/ACK to the client's next packet, its ACK or what it says at once; None as above."""
    seen: list[Seen] = []
    alerts: list[Alert] = []
    anomalies: list[Anomaly] = []
    events: list[Event] = []
    outcome: str = "cut"
    closed: str | None = None
    """close_notify, fin, rst, connection_close (QUIC) or None.

    The first that was seen after the handshake (an alert that failed it is no close_notify).
    """
    closed_by: str | None = None
    hitches: tuple[Hitch, ...] = ()
    """Losses, and bytes sent again or out of order, until it was over (TCP: from the SYN on; DTLS and QUIC: handshake messages only)."""
    lost: dict[str, int] = {}
    """Bytes missing in each sender's stream: {"client": n, "server": n}, only where n > 0."""
    packets: list[int] = []

    # ---- the messages that everything asks for (filled by conversation as they come)
    client_hello: ClientHello | None = None
    """The first ClientHello; ``client_hellos`` has all (two with a HelloRetryRequest)."""
    server_hello: ServerHello | None = None
    """The real ServerHello, never the HelloRetryRequest."""
    hello_retry: ServerHello | None = None
    client_hellos: list[ClientHello] = []
    version: int | None = None
    """The negotiated version (supported_versions heeded): 0x0304, or a draft's 0x7f1c; the record's where no hello was seen."""
    cipher_suite: int | None = None
    server_chain: tuple[bytes, ...] | None = None
    """DER certificates, leaf first; () where an empty Certificate message was seen, None where none was seen."""
    client_chain: tuple[bytes, ...] | None = None
