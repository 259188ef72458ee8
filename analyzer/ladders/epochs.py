"""Epochs: under which keys each thing was sent, and who can read it.

Here lives: the list of epochs, and which rung is of which.  Here does not live: the keys themselves: nothing is decrypted but QUIC's
Initial packets, whose keys everybody can make (``handshakes.udp``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.handshakes.handshake import CLIENT
from analyzer.ladders.ladder import Epoch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.facts.story import Story
    from analyzer.ladders.draft import Draft

__all__ = ["EPOCHS", "TICKET", "bare", "protect"]

TICKET = "NewSessionTicket or application data"
"""What a TLS 1.3 server says behind its Finished: the two look alike (RFC 8446 sections 4.6.1 and 5.2)."""

EPOCHS: dict[str, Epoch] = {
    "plaintext": Epoch(
        name="plaintext", readable=True,
        doc="Everybody on the way can read and change it; the Finished messages prove later that nobody did (RFC 5246 section 7.4.9).",
    ),
    "plaintext13": Epoch(
        name="plaintext", readable=True,
        doc="Hellos travel unprotected; everything after the ServerHello is encrypted (RFC 8446 section 2).",
    ),
    "initial": Epoch(
        name="Initial keys", readable=True,
        doc="Made of the client's first connection id, which is in the packet: everybody can derive them (RFC 9001 section 5.2).",
    ),
    "early": Epoch(
        name="early traffic keys", readable=False,
        doc="Early data, sealed with a key from an earlier session: not forward secret, and it may be replayed (RFC 8446 section 2.3).",
    ),
    "handshake": Epoch(
        name="handshake traffic keys", readable=False,
        doc="From the key shares of both hellos: they hide the rest of the handshake, certificates too (RFC 8446 section 7.1).",
    ),
    "application": Epoch(
        name="application traffic keys", readable=False,
        doc="From the master secret, once a side has sent its Finished: application data, tickets, alerts (RFC 8446 section 7.1).",
    ),
    "session": Epoch(
        name="session keys", readable=False,
        doc="From the master secret: all that a side sends after its ChangeCipherSpec, its Finished first (RFC 5246 section 6.3).",
    ),
    "null": Epoch(
        name="session keys without a cipher", readable=True,
        doc="The suite proves that nothing was changed and encrypts nothing: everybody can read it (RFC 5246 section 6.2.3.1).",
    ),
    "before": Epoch(
        name="keys of the handshake before", readable=False,
        doc="A renegotiation travels under the keys that the connection has already (RFC 5246 section 7.4.1.1).",
    ),
    "sslv2": Epoch(
        name="session keys", readable=False,
        doc="From the client's master key: all that comes after SERVER-HELLO and CLIENT-MASTER-KEY (draft-hickman-netscape-ssl-00).",
    ),
    "dtls0": Epoch(
        name="epoch 0, plaintext", readable=True,
        doc="Records of epoch 0 are not protected (RFC 6347 section 4.1).",
    ),
    "dtls1": Epoch(
        name="epoch 1, session keys", readable=False,
        doc="Each ChangeCipherSpec begins an epoch: from here on its sender's records are encrypted (RFC 6347 section 4.1).",
    ),
    "dtls1null": Epoch(
        name="epoch 1, session keys without a cipher", readable=True,
        doc="The suite proves that nothing was changed and encrypts nothing (RFC 6347 section 4.1, RFC 5246 section 6.2.3.1).",
    ),
    "dtls13early": Epoch(
        name="epoch 1, early traffic keys", readable=False,
        doc="Early data, sealed with a key from an earlier session (RFC 9147 section 6.1).",
    ),
    "dtls13handshake": Epoch(
        name="epoch 2, handshake traffic keys", readable=False,
        doc="The rest of the handshake behind the hellos (RFC 9147 section 6.1).",
    ),
    "dtls13application": Epoch(
        name="epoch 3, application traffic keys", readable=False,
        doc="Application data and what comes after the handshake (RFC 9147 section 6.1).",
    ),
    "quic0rtt": Epoch(
        name="0-RTT keys", readable=False,
        doc="Early data, sealed with a key from an earlier session: it may be replayed (RFC 9001 sections 4.6 and 9.2).",
    ),
    "quichandshake": Epoch(
        name="Handshake keys", readable=False,
        doc="From the key shares of both hellos: they hide the rest of the handshake (RFC 9001 section 4.1.4).",
    ),
    "quic1rtt": Epoch(
        name="1-RTT keys", readable=False,
        doc="Application data, and what ends the handshake (RFC 9001 sections 4.1.2 and 5.1).",
    ),
}  # fmt: skip
"""word -> the epoch."""

ROLES: dict[str, tuple[str, str, str, str]] = {
    "quic": ("initial", "quic0rtt", "quichandshake", "quic1rtt"),
    "dtls13": ("dtls0", "dtls13early", "dtls13handshake", "dtls13application"),
    "tls13": ("plaintext13", "early", "handshake", "application"),
    "dtls": ("dtls0", "dtls1", "dtls1", "dtls1"),
    "dtlsnull": ("dtls0", "dtls1null", "dtls1null", "dtls1null"),
    "tls": ("plaintext", "early", "session", "session"),
    "null": ("plaintext", "early", "null", "null"),
    "sslv2": ("plaintext", "sslv2", "sslv2", "sslv2"),
    "again": ("before", "before", "before", "session"),
}
"""kind of handshake -> its epochs for what is open, early data, the sealed handshake, application data."""
_OPEN, _EARLY, _SEALED, _DATA = range(4)


def protect(story: Story, drafts: Iterable[Draft]) -> tuple[Epoch, ...]:
    """Give each rung the index of its epoch, in order of capture; return the epochs in the order in which they are first used."""
    roles = ROLES[_kind(story)]
    used: dict[str, int] = {}
    finished: set[str] = set()
    changed: set[str] = set()
    again, null = roles is ROLES["again"], bare(story)
    for one in drafts:
        role = _role(one, finished, tls13=story.tls13)
        if role == _OPEN and null and one.sender in changed:
            role = _DATA
        if one.seen is not None and one.seen.code is None and one.name.endswith("Finished"):
            finished.add(one.sender)
        if again and role is not None and one.sender in changed:
            role = _DATA  # the new keys
        if one.name == "ChangeCipherSpec":
            changed.add(one.sender)
        if role is not None:
            one.epoch = used.setdefault(roles[role], len(used))
    return tuple(EPOCHS[word] for word in used)


def bare(story: Story) -> bool:
    """Whether the suite of TLS 1.2 or older encrypts nothing: what comes behind a ChangeCipherSpec has a MAC and can be read."""
    return not story.tls13 and registry.encrypts_nothing(story.handshake.cipher_suite)


def _kind(story: Story) -> str:
    made = story.handshake
    if made.framing in {"quic", "sslv2"}:
        return made.framing
    if story.tls13:
        return "dtls13" if made.framing == "dtls" else "tls13"
    if made.renegotiation and any(seen.code is None for seen in made.seen[:1]):
        return "again"
    null = bare(story)
    return ("dtlsnull" if null else "dtls") if made.framing == "dtls" else "null" if null else "tls"


def _role(one: Draft, finished: set[str], *, tls13: bool) -> int | None:
    """Return which of the four it is, None for what has no keys (TCP, losses, what did not come)."""
    if one.kind == "message":
        return _OPEN
    if one.kind == "sealed":
        return _DATA if one.name == TICKET else _SEALED
    if one.kind == "alert":
        if not one.encrypted:
            return _OPEN
        return _DATA if one.sender in finished or (one.sender != CLIENT and tls13 and CLIENT in finished) else _SEALED
    if one.kind == "data":
        early = one.name in {"early data", "0-RTT packet"}
        return _EARLY if early else _DATA if one.encrypted else _OPEN
    return _OPEN if one.name == "CONNECTION_CLOSE" else None
