"""Happenings: all that is no handshake message — TCP, preludes, alerts, first data, QUIC's own packets, losses, anomalies — as rungs.

Here lives: what each is called and what is said of it.  Here does not live: messages (``spoken``), what did not come (``missing``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.facts.texts import address_text, wire_text
from analyzer.handshakes.anomaly import KINDS
from analyzer.handshakes.handshake import CLIENT, HITCHES, SERVER
from analyzer.ladders.draft import Draft
from analyzer.ladders.epochs import TICKET, bare
from analyzer.tls.codes import CLIENT_HELLO, EARLY_DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.story import Story
    from analyzer.handshakes.anomaly import Anomaly
    from analyzer.handshakes.handshake import Alert, Event, Handshake, Hitch
    from analyzer.handshakes.prelude import Prelude

__all__ = ["drafts"]

HEADER = 4
"""Bytes of a handshake message's header (RFC 8446 section 4)."""
LONGEST = 120
"""Characters of a text from the wire in what is told of a rung: the tables have all of it."""

EVENTS: dict[str, tuple[str, str, bool]] = {
    "syn": ("tcp", "SYN", False),
    "syn_ack": ("tcp", "SYN/ACK", False),
    "fin": ("tcp", "FIN", False),
    "rst": ("tcp", "RST", False),
    "heartbeat": ("data", "heartbeat", False),
    "application_data": ("data", "application data", True),
    "retry": ("quic", "Retry", False),
    "version_negotiation": ("quic", "Version Negotiation", False),
    "zero_rtt": ("data", "0-RTT packet", True),
    "one_rtt": ("data", "1-RTT packet", True),
    "migration": ("quic", "migration to another path", True),
    "connection_close": ("quic", "CONNECTION_CLOSE", False),
}
"""kind of an event -> kind of its rung, name, whether it is encrypted."""
NOTES = {
    "retry": "the server sees first whether the client is where it says (RFC 9000 section 8.1.2)",
    "version_negotiation": "the server does not speak the client's version of QUIC and names those that it does (RFC 9000 section 6)",
    "migration": "from here on the client uses another address or port (RFC 9000 section 9)",
}
HITCH_NAMES = {"lost": "lost bytes", "early": "out of order", "late": "late bytes", "again": "sent again"}
"""kind of a hitch -> name of its rung."""
PRELUDES = {
    "smtp": "SMTP STARTTLS", "lmtp": "LMTP STARTTLS", "imap": "IMAP STARTTLS", "pop3": "POP3 STLS", "ftp": "FTP AUTH TLS",
    "nntp": "NNTP STARTTLS", "managesieve": "ManageSieve STARTTLS", "xmpp": "XMPP starttls", "irc": "IRC STARTTLS",
    "ldap": "LDAP StartTLS", "postgresql": "PostgreSQL SSLRequest", "mysql": "MySQL SSL request", "rdp": "RDP negotiation request",
    "tds": "TDS pre-login", "connect": "HTTP CONNECT", "socks4": "SOCKS 4 CONNECT", "socks4a": "SOCKS 4a CONNECT",
    "socks5": "SOCKS 5 CONNECT", "proxy1": "PROXY protocol 1", "proxy2": "PROXY protocol 2",
}  # fmt: skip
"""protocol -> what the client asks for in it, as its document spells it."""


def drafts(story: Story) -> Iterator[Draft]:
    """Give a rung for each, in no order."""
    made = story.handshake
    for prelude in made.preludes:
        yield from _prelude(prelude)
    syns: set[str] = set()
    for event in made.events:
        yield _event(story, event, again=event.kind in syns)
        syns |= {event.kind} & {"syn", "syn_ack"}
    for alert in made.alerts:
        yield _alert(story, alert)
    lost = {hitch.packet for hitch in made.hitches if hitch.kind == "lost"}
    again = _hello_again(made)
    if again:
        yield _second_hello([made.hitches[index] for index in again])
    for index, hitch in enumerate(made.hitches):
        if index not in again:
            yield _hitch(hitch)
    senders = {seen.packet: seen.sender for seen in made.seen}
    for anomaly in made.anomalies:
        if anomaly.kind != "gap" or anomaly.packet not in lost:
            yield _anomaly(anomaly, senders)


def _event(story: Story, event: Event, *, again: bool) -> Draft:
    kind, name, encrypted = EVENTS.get(event.kind, ("oddity", event.kind, False))
    note = NOTES.get(event.kind)
    if again:
        note = "sent again: its sender had no answer, or the answer was lost"
    hello = story.handshake.server_hello
    if event.kind == "application_data" and event.sender == CLIENT and EARLY_DATA in story.offered:
        answer = next((seen for seen in story.handshake.seen if seen.message is hello and hello is not None), None)
        name = "early data" if answer is None or event.packet < answer.packet else name
    if event.kind == "application_data" and not story.tls13 and name != "early data":
        encrypted = not bare(story) and any(seen.sender == event.sender and seen.code in {None, -1} for seen in story.handshake.seen)
    elif event.kind == "application_data" and event.sender == SERVER:
        name = f"ACK, {TICKET}" if story.handshake.framing == "dtls" else TICKET  # RFC 9147 section 7
    return Draft(
        kind=kind, sender=event.sender, name=name, encrypted=encrypted, packet=event.packet, time=event.time, note=note, event=event,
        length=event.length or None,
    )  # fmt: skip


def _alert(story: Story, alert: Alert) -> Draft:
    made = story.handshake
    if alert.description is not None:
        name = registry.alert_name(alert.description) or str(alert.description)
        level = None if alert.level is None else registry.alert_level_name(alert.level) or str(alert.level)
        told = (("level", level or "unknown"), ("description", f"{name} ({alert.description})"))
        return Draft(kind="alert", sender=alert.sender, name=f"alert {name}", packet=alert.packet, time=alert.time, telling=told, length=2)
    closes = made.outcome == "complete" and made.closed == "close_notify"
    return Draft(
        kind="alert", sender=alert.sender, name="alert close_notify" if closes else "alert", guessed=closes, encrypted=True,
        packet=alert.packet, time=alert.time,
        note="encrypted: by its place the word that its sender will send no more" if closes else "encrypted: its place and size tell it",
    )  # fmt: skip


def _hello_again(made: Handshake) -> list[int]:
    """Return which hitches are the bytes sent again with which a client answers a Retry, if they are all of its ClientHello."""
    retry = next((event for event in made.events if event.kind == "retry"), None)
    hello = next((seen for seen in made.seen if seen.code == CLIENT_HELLO), None)
    if retry is None or hello is None or made.framing != "quic":
        return []
    answer = next((seen.packet for seen in made.seen if seen.sender == SERVER), None)
    size, found = hello.length + HEADER, list[int]()
    for index, hitch in enumerate(made.hitches):
        if hitch.kind == "again" and hitch.sender == CLIENT and hitch.packet > retry.packet and (answer is None or hitch.packet < answer):
            found.append(index)
            size -= hitch.length
            if size <= 0:
                return found if not size else []
    return []


def _second_hello(again: list[Hitch]) -> Draft:
    length = sum(hitch.length for hitch in again)
    return Draft(
        kind="message", sender=CLIENT, name="ClientHello", packet=again[0].packet, last=again[-1].packet, time=again[0].time,
        length=length, note="the same as before, now with the token of the Retry (RFC 9000 section 17.2.5.2)",
    )  # fmt: skip


def _hitch(hitch: Hitch) -> Draft:
    return Draft(
        kind="loss" if hitch.kind == "lost" else "again", sender=hitch.sender, name=HITCH_NAMES[hitch.kind], packet=hitch.packet,
        time=hitch.time, length=hitch.length, note=HITCHES[hitch.kind],
    )  # fmt: skip


def _anomaly(anomaly: Anomaly, senders: dict[int, str]) -> Draft:
    lost = anomaly.kind == "gap"
    doc = KINDS.get(anomaly.kind, anomaly.kind)
    sender = anomaly.sender or senders.get(anomaly.packet, CLIENT)
    return Draft(
        kind="loss" if lost else "oddity", sender=sender, name=HITCH_NAMES["lost"] if lost else anomaly.kind,
        packet=anomaly.packet, time=anomaly.time, note=anomaly.detail if lost else f"{doc}: {anomaly.detail}" if anomaly.detail else doc,
    )  # fmt: skip


def _prelude(one: Prelude) -> Iterator[Draft]:
    """Give what the client asked for and, where the server answered, the answer; who only greets has one rung."""
    first, last = (one.packets[0], one.packets[-1]) if one.packets else (None, None)
    name = PRELUDES.get(one.protocol, one.protocol)
    told: list[tuple[str, str]] = []
    if one.greeting:
        told.append(("greeting", wire_text(one.greeting)[:LONGEST]))
    if one.offered is not None:
        told.append(("TLS offered", "yes" if one.offered else "no"))
    if one.target is not None:
        host = wire_text(one.target.name) if one.target.name else address_text(one.target.address) if one.target.address else "unknown"
        told.append(("target", (host if one.target.port is None else f"{host} port {one.target.port}")[:LONGEST]))
    if one.origin is not None:
        told.append(("real client", f"{address_text(one.origin.address)} port {one.origin.port}"))
    yield Draft(kind="prelude", sender=CLIENT, name=name, packet=first, time=one.start or None, telling=tuple(told),
                note=None if one.requested else "the client did not ask for it")  # fmt: skip
    if one.granted is not None or one.answer:
        answer = (("answer", wire_text(one.answer)[:LONGEST]),) if one.answer else ()
        word = "answered" if one.granted is None else "granted" if one.granted else "refused"
        yield Draft(kind="prelude", sender=SERVER, name=f"{name}: {word}", packet=last, time=one.end or None, telling=answer)
