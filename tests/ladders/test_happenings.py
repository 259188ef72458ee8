"""What is no message: TCP, preludes, alerts, first data, QUIC's own packets, losses, anomalies."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.anomaly import KINDS, Anomaly
from analyzer.handshakes.handshake import CLIENT, HITCHES, SERVER, Endpoint, Event, Handshake, Hitch
from analyzer.ladders.happenings import EVENTS, HITCH_NAMES, PRELUDES
from analyzer.ladders.reading import ladder


def rungs(made, *kinds):
    return [(one.sender, one.name, one.packet) for one in ladder(made, []).rungs if one.kind in kinds]


def sample(name, number=1):
    return dict(analyzer.stream(talk.SAMPLES / f"{name}.pcapng"))[number]


def made_of(**fields):
    return Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(4), 2), **fields)


def test_tcp_opens_and_closes():
    assert rungs(sample("close-fin"), "tcp")[:2] == [("client", "SYN", 1), ("server", "SYN/ACK", 2)]
    assert {name for _, name, _ in rungs(sample("close-rst"), "tcp")} >= {"SYN", "SYN/ACK", "RST"}


def test_alerts_are_named():
    [alert] = [one for one in ladder(sample("fail-no-shared-cipher"), []).rungs if one.kind == "alert"]
    assert (alert.name, dict(alert.telling)) == ("alert handshake_failure", {"level": "fatal", "description": "handshake_failure (40)"})
    closing = [one for one in ladder(sample("close-notify"), []).rungs if one.kind == "alert"]
    assert {(one.name, one.guessed, one.encrypted) for one in closing} == {("alert close_notify", True, True)}


def test_what_was_spoken_before():
    told = [one for one in ladder(sample("socks5-smtp"), []).rungs if one.kind == "prelude"]
    assert [(one.sender, one.name) for one in told] == [
        ("client", "SOCKS 5 CONNECT"), ("server", "SOCKS 5 CONNECT: granted"), ("client", "SMTP STARTTLS"),
        ("server", "SMTP STARTTLS: granted"),
    ]  # fmt: skip
    assert dict(told[0].telling)["target"] == "smtp.mail.example port 587"
    assert dict(told[3].telling)["answer"].startswith("220 ")


@pytest.mark.parametrize("name", [one.stem for one in talk.SAMPLES.glob("starttls-*.pcapng")])
def test_every_prelude_of_the_samples_has_a_name(name):
    for _, made in analyzer.stream(talk.SAMPLES / f"{name}.pcapng"):
        assert {one.protocol for one in made.preludes} <= set(PRELUDES)


def test_quic_says_more_than_tls():
    assert ("server", "Retry", 2) in rungs(sample("quic-retry"), "quic")
    assert ("server", "Version Negotiation", 2) in rungs(sample("quic-version-negotiation"), "quic")
    assert rungs(sample("quic-early-data", 2), "data")[0][1] == "0-RTT packet"


def test_a_retry_is_answered_with_the_same_hello():
    """RFC 9000 section 17.2.5.2; what is sent again once more is only that."""
    made = sample("quic-retry")
    said = [(one.name, one.kind, one.packet) for one in ladder(made, []).rungs if one.sender == CLIENT][:2]
    assert said == [("ClientHello", "message", 1), ("ClientHello", "message", 3)]
    [again] = made.hitches
    made.hitches = (again, again)
    assert [one.name for one in ladder(made, []).rungs if one.packet == again.packet] == ["ClientHello", "sent again"]
    made.hitches = (Hitch("again", CLIENT, again.packet, again.time, again.length - 1),)
    assert [one.name for one in ladder(made, []).rungs if one.packet == again.packet] == ["sent again"]


def test_what_a_server_says_behind_both_finished_is_left_open():
    """RFC 8446 section 4.6.1: samples/keys/tls13.keys shows that it is a NewSessionTicket."""
    data = [(one.sender, one.name) for one in ladder(sample("tls13"), []).rungs if one.kind == "data"]
    assert data == [("client", "application data"), ("server", "NewSessionTicket or application data")]


def test_alerts_of_a_suite_without_a_cipher_can_be_read():
    """As tshark reads them."""
    told = [(one.name, one.encrypted, one.note) for one in ladder(sample("tls12-null"), []).rungs if one.kind == "alert"]
    assert told == [("alert close_notify", False, None)] * 2


def test_losses_and_what_was_sent_again_have_their_place():
    hello = talk.full12()[0][1]
    wire = talk.Wire().open().client(hello)
    wire.segment(talk.CLIENT, talk.PSH_ACK, hello, sequence=wire.at[talk.CLIENT] - len(hello))
    wire.server(talk.server_hello()).gap(talk.SERVER, 300).server(talk.handshake(talk.DONE))
    drawn = ladder(wire.one(), [])
    odd = [(one.kind, one.name, one.sender, one.packet, one.length) for one in drawn.rungs if one.kind in {"again", "loss", "oddity"}]
    assert odd == [
        ("again", "sent again", "client", 5, len(hello)), ("loss", "lost bytes", "server", 7, 300),
        ("again", "out of order", "server", 7, len(talk.handshake(talk.DONE))),
    ]  # fmt: skip


def test_every_kind_of_hitch_and_anomaly_is_shown():
    hitches = tuple(Hitch(kind, SERVER, 9, 9, 5) for kind in HITCHES)
    anomalies = [Anomaly(kind, "tcp", "why", None, 8, 8) for kind in KINDS]
    drawn = ladder(made_of(hitches=hitches, anomalies=anomalies), [])
    assert set(HITCH_NAMES) == set(HITCHES)
    assert [one.name for one in drawn.rungs if one.kind == "again"] == ["out of order", "late bytes", "sent again"]
    assert {one.name for one in drawn.rungs if one.kind == "oddity"} == set(KINDS) - {"gap"}
    assert all(one.note for one in drawn.rungs)


def test_a_gap_is_told_once():
    hitches = (Hitch("lost", SERVER, 9, 9, 5),)
    drawn = ladder(made_of(hitches=hitches, anomalies=[Anomaly("gap", "tcp", "5 bytes", SERVER, 9, 9)]), [])
    assert [one.length for one in drawn.rungs if one.kind == "loss"] == [5]


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_has_a_rung(kind):
    [one] = ladder(made_of(events=[Event(kind, CLIENT, 3, 3, 7)], outcome="complete", closed="fin"), []).rungs
    assert (one.kind, one.name, one.packet, one.length) == (*EVENTS[kind][:2], 3, 7)
