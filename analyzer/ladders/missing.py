"""Missing: what should have come and did not.

Each protocol has its list of what must come, in order (RFC 5246 section 7.3, RFC 8446 section 2, RFC 6347 section 4.2.4, the draft of SSL
2.0).  What of it was passed over — something behind it came — is not in the capture, and is shown at its place.  Of what stands behind
the last thing that came, the next is shown at the end: there the handshake stopped.

Here lives: these lists, and the sentences.  Here does not live: why it stopped (``findings.causes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer import registry
from analyzer.facts.identity import CERTLESS
from analyzer.facts.resumption import abbreviated
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.ladders import steps
from analyzer.ladders.draft import Draft
from analyzer.tls import codes
from analyzer.tls.messages import HelloRetryRequest

if TYPE_CHECKING:
    from analyzer.facts.story import Story

__all__ = ["CLOSE", "REASONS", "place"]


class Due(NamedTuple):
    """Something that must come: by whom, its name, and the names of rungs that are it."""

    sender: str
    name: str
    names: frozenset[str]


def _due(sender: str, name: str, *others: str) -> Due:
    return Due(sender, name, frozenset((name, *others)))


HELLO, ANSWER = _due(CLIENT, "ClientHello", "CLIENT-HELLO"), _due(SERVER, "ServerHello")
CERTIFICATE = _due(SERVER, "Certificate", "CompressedCertificate")
KEYS = _due(SERVER, "ServerKeyExchange")
FULL = (_due(SERVER, "ServerHelloDone"), _due(CLIENT, "ClientKeyExchange"))
CLIENT_ENDS = (_due(CLIENT, "ChangeCipherSpec"), _due(CLIENT, "Finished"))
SERVER_ENDS = (_due(SERVER, "ChangeCipherSpec"), _due(SERVER, "Finished"))
SEALED = (
    _due(SERVER, "EncryptedExtensions … Finished", "EncryptedExtensions …", "EncryptedExtensions", "Finished", "encrypted handshake record",
         "Handshake packet"),
    _due(CLIENT, "Finished", "… Finished", "1-RTT packet"),
)  # fmt: skip
"""What TLS 1.3 hides."""
DATA = (SEALED[0], _due(CLIENT, "Finished", "… Finished", "application data"))
"""The same where no early data can be: a client's data comes with or behind its Finished, even if nothing tells which record that is."""
RETRY, VERIFY = _due(SERVER, "HelloRetryRequest"), _due(SERVER, "HelloVerifyRequest")
SSLV2 = (
    _due(CLIENT, "CLIENT-HELLO"), _due(SERVER, "SERVER-HELLO"), _due(CLIENT, "CLIENT-MASTER-KEY"), _due(CLIENT, "CLIENT-FINISHED"),
    _due(SERVER, "SERVER-VERIFY"),
)  # fmt: skip
EPHEMERAL = ("DHE", "ECDHE", "DH_anon", "ECDH_anon", "SRP", "ECJPAKE", "ECCPWD")
"""Beginnings of key exchanges that need a ServerKeyExchange (RFC 5246 section 7.4.3)."""

COMPANIONS = frozenset({
    (SERVER, codes.CERTIFICATE_REQUEST), (SERVER, codes.NEW_SESSION_TICKET), (CLIENT, codes.CERTIFICATE), (CLIENT, codes.CERTIFICATE_URL),
    (CLIENT, codes.SUPPLEMENTAL_DATA),
})  # fmt: skip
"""Messages of TLS 1.2 and older that are only sometimes there, in front of one that must come."""

CLOSED = "it did not come: the {closer} closed the connection before"
REASONS = {
    "failed": "it did not come: an alert ended the handshake",
    "unanswered": "it did not come: nobody answered",
    "aborted": CLOSED,
    "cut": "it is not in the capture, which ends, or lacks bytes, before it",
    "refused": "it did not come: what was asked for before TLS had been refused",
    "not_tls": "it did not come: the server answered in something that is not TLS",
    "one_sided": "it is not in the capture, which holds the packets of one side only",
}
"""outcome -> why what is next did not come."""
LOST = "it is not in the capture: bytes of the {sender} are missing"
BEFORE = "it is not in the capture, which begins later"
UNSEEN = "it is not in the capture, though what follows it is"
BEGIN_AGAIN = "it did not come: the client did not begin again"
CLOSE = "the capture does not show how the connection was closed: it ends before, or the connection went on"


def place(story: Story, drafts: list[Draft]) -> list[Draft]:
    """Return the rungs with those that are missing at their places.  A renegotiation hides all of its messages, and misses none."""
    made = story.handshake
    if made.renegotiation and all(seen.code is None for seen in made.seen):
        return drafts
    if made.outcome == "complete":
        open_still = made.open or made.transport != "tcp" or made.closed is not None
        return drafts if open_still else [*drafts, Draft(kind="missing", sender=SERVER, name=steps.CLOSE, note=CLOSE)]
    dues = _dues(story)
    companions = COMPANIONS | {(CLIENT, CHANGE_CIPHER_SPEC)} if dues[-1] is DATA[-1] else COMPANIONS  # RFC 8446 appendix D.4
    found = _found(dues, drafts)
    came = [index for index, at in enumerate(found) if at is not None]
    last = came[-1] if came else -1
    gone: dict[int, list[Draft]] = {}
    for index in range(last):
        if found[index] is None:
            at = next(at for at in found[index + 1 :] if at is not None)
            note = LOST.format(sender=dues[index].sender) if made.lost.get(dues[index].sender) else UNSEEN if index else BEFORE
            note = REASONS["one_sided"] if made.outcome == "one_sided" else note
            gone.setdefault(_before(drafts, at, companions), []).append(_draft(dues[index], note))
    told = [one for index, rung in enumerate(drafts) for one in (*gone.get(index, ()), rung)]
    if last + 1 < len(dues):
        due = dues[last + 1]
        told.append(_draft(due, _reason(story, due)))
    return told


def _before(drafts: list[Draft], at: int, companions: frozenset[tuple[str, int]]) -> int:
    """Return where something stands that is missing before the rung ``at``: before what only comes together with that, too."""
    while at and (one := drafts[at - 1].seen) is not None and (one.sender, one.code) in companions:
        at -= 1
    return at


def _reason(story: Story, due: Due) -> str:
    """Say why what is next did not come."""
    made = story.handshake
    if made.outcome == "cut" and made.lost.get(due.sender):
        return LOST.format(sender=due.sender)
    if made.outcome == "unanswered" and due.sender == CLIENT:
        return BEGIN_AGAIN
    if made.outcome == "unanswered" and made.closed is not None:
        return CLOSED.format(closer=made.closed_by)
    return REASONS.get(made.outcome, UNSEEN).format(closer=made.closed_by)


def _draft(due: Due, note: str) -> Draft:
    return Draft(kind="missing", sender=due.sender, name=due.name, note=note)


def _dues(story: Story) -> tuple[Due, ...]:
    """Return what must come, as far as what was negotiated tells."""
    made = story.handshake
    if made.framing == "sslv2":
        return SSLV2
    asked = tuple(
        due for seen in made.seen for due in _ASKED if due.sender == seen.sender
        and (isinstance(seen.message, HelloRetryRequest) if due is RETRY else seen.code == codes.HELLO_VERIFY_REQUEST)
    )[:1]  # fmt: skip
    if made.framing == "quic":
        asked = tuple(QUIC_ASKS[kind] for kind in dict.fromkeys(event.kind for event in made.events) if kind in QUIC_ASKS)
    begins = (HELLO, *(one for due in asked for one in (due, HELLO)), ANSWER)
    if story.tls13 or steps.by_flights(story):
        return (*begins, *(SEALED if codes.EARLY_DATA in story.offered or made.framing == "quic" else DATA))
    if abbreviated(story):
        return (*begins, *SERVER_ENDS, *CLIENT_ENDS)
    suite = None if made.cipher_suite is None else registry.cipher_suite(made.cipher_suite)
    exchange = suite.key_exchange or "" if suite else ""
    certified = (CERTIFICATE,) if suite and suite.authentication not in CERTLESS else ()
    keyed = (KEYS,) if exchange.startswith(EPHEMERAL) else ()
    return (*begins, *certified, *keyed, *FULL, *CLIENT_ENDS, *SERVER_ENDS)


_ASKED = (RETRY, VERIFY)
QUIC_ASKS = {"retry": _due(SERVER, "Retry"), "version_negotiation": _due(SERVER, "Version Negotiation")}
"""kind of an event -> what the client answers with another ClientHello, or the same in other packets."""
_OWN = frozenset({"message", "sealed", "data", "quic"})


def _found(dues: tuple[Due, ...], drafts: list[Draft]) -> list[int | None]:
    """Return where each thing that is due came: each sender's in its order, so that a second ClientHello is not the first."""
    found: list[int | None] = [None] * len(dues)
    for sender in (CLIENT, SERVER):
        rungs = [(index, one.name) for index, one in enumerate(drafts) if one.sender == sender and one.kind in _OWN]
        at = 0
        for number, due in enumerate(dues):
            if due.sender != sender:
                continue
            here = next((place for place in range(at, len(rungs)) if rungs[place][1] in due.names), None)
            if here is not None:
                found[number], at = rungs[here][0], here + 1
    return found
