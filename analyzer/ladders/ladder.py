"""Ladder: one handshake as it is drawn on a board — both sides, and one rung for each thing that went from one to the other.

Here lives: the noun.  Here does not live: how a Handshake becomes one (``reading``), any drawing of it (``text``, ``svg``,
``mermaid``, and the HTML report's own).

A Ladder holds plain values only, so that ``msgspec.json.encode`` gives all of it.  Texts from the wire stand in it as they are:
who draws escapes them for the medium.
"""

from __future__ import annotations

import msgspec

__all__ = ["KINDS", "Epoch", "Field", "Ladder", "Pace", "Rung"]

KINDS: dict[str, str] = {
    "tcp": "SYN, SYN/ACK, FIN or RST",
    "prelude": "what was spoken before TLS: STARTTLS, a proxy's CONNECT …",
    "message": "a handshake message that can be read, or ChangeCipherSpec",
    "sealed": "an encrypted record (or packet of QUIC) that belongs to the handshake",
    "alert": "an alert, in plaintext or encrypted",
    "data": "the first application data of a side, early data, a heartbeat",
    "quic": "what QUIC says outside of TLS: Retry, version negotiation, migration, CONNECTION_CLOSE",
    "loss": "bytes that are not in the capture",
    "again": "bytes that were sent again, or came out of order",
    "oddity": "an anomaly at this place",
    "missing": "what should have come and did not",
}
"""kind of a rung -> what it means."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a message, for ``-v``: as deep in the message as ``depth`` says (0 for the message's own)."""

    depth: int = 0
    name: str
    """As the RFC spells it; an extension's name."""
    value: str = ""
    """For people: a number with its name, a list in one line; "" for what only holds others."""
    code: int | None = None
    """Number of an extension."""
    data: str | None = None
    """The bytes as lower-case hex, where there are any to show."""
    fault: str | None = None
    """Why it could not be read."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that went from one side to the other (``missing``: did not)."""

    kind: str
    sender: str
    """client or server."""
    name: str
    """ClientHello, HelloRetryRequest, ChangeCipherSpec, SYN/ACK, alert handshake_failure, application data …; an encrypted one by what its
    place says that it is."""
    guessed: bool = False
    """The name is told from place and size: it is encrypted."""
    encrypted: bool = False
    step: str | None = None
    """Number of the step, or flight, as it is taught: "1" … "11" of TLS 1.2, "flight 1" … of TLS 1.3."""
    length: int | None = None
    """Bytes: of a message's body with its header, of an encrypted record's fragment, of lost bytes."""
    records: tuple[int, ...] = ()
    """Lengths of the fragments of the records that it came in, bytes; two messages that share a record both name it."""
    time: int | None = None
    """ns since 1970 UTC; None for what did not come."""
    source: str | None = None
    """The capture that holds its packets."""
    packet: int | None = None
    """Number of its first packet in that capture …"""
    last_packet: int | None = None
    """… and of the one that completed it."""
    epoch: int | None = None
    """Index into ``Ladder.epochs``: with which keys it is protected; None for what has none (SYN)."""
    telling: tuple[tuple[str, str], ...] = ()
    """The most telling of its fields, as (label, text): at most six."""
    note: str | None = None
    """A sentence, where something is to be said of it: why it is odd, why it is missing."""
    after: int | None = None
    """ns since the rung before it; None for the first, and where a time is missing."""
    thought: int | None = None
    """ns that its sender took to answer what it had from its peer, as seen from where the capture was made, network included …"""
    network: int | None = None
    """… and how much of that was the network's, as measured by SYN and SYN/ACK; None where that is not known."""
    fields: tuple[Field, ...] = ()
    """Everything that it holds; only where it was asked for."""


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """Keys under which something is sent: from where on, and who can read it."""

    name: str
    """plaintext, Initial keys (which everybody can derive), early data, handshake traffic keys, application traffic keys, the suite's …"""
    readable: bool
    """It can be read without secrets."""
    doc: str
    """What it protects, in a sentence, with the RFC section."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time went, ns; None where it cannot be told."""

    total: int | None = None
    """From the first rung that is the handshake's own to its last."""
    client: int | None = None
    """How long the client thought, at least."""
    server: int | None = None
    network: int | None = None
    """How long packets were under way."""
    round_trip: int | None = None
    """One way there and back, as SYN and SYN/ACK (or the first exchange) show it."""
    where: str | None = None
    """Where the capture was made, as the times tell: near the client, near the server, between; None where they do not."""


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """One handshake, drawn from top to bottom."""

    number: int
    client: str
    """Address with its port (``facts.texts.place_text``) …"""
    server: str
    """… of both sides."""
    server_name: str | None = None
    framing: str = "tls"
    """tls, sslv2, dtls, quic, tds: as in ``Handshake``."""
    version: str | None = None
    cipher_suite: str | None = None
    group: str | None = None
    outcome: str = "cut"
    ending: str = ""
    """How it ended, in a sentence."""
    taught: str = ""
    """What the steps count: "the eleven steps of TLS 1.2", "the flights of TLS 1.3" …"""
    rungs: tuple[Rung, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    pace: Pace = Pace()
    left_out: int = 0
    """Rungs beyond the cap, which are not here."""
