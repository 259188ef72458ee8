"""What should have come and did not."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.handshake import OUTCOMES
from analyzer.ladders.missing import REASONS
from analyzer.ladders.reading import ladder


def missing(made):
    """(place among the rungs of the handshake's own, sender, name, sentence) of what is missing."""
    rungs = [rung for rung in ladder(made, []).rungs if rung.kind in {"message", "sealed", "missing"}]
    return [(place, rung.sender, rung.name, rung.note) for place, rung in enumerate(rungs) if rung.kind == "missing"]


def sample(name):
    return missing(next(made for _, made in analyzer.stream(talk.SAMPLES / f"{name}.pcapng")))


def test_nobody_answered():
    assert sample("fail-unanswered") == [(1, "server", "ServerHello", "it did not come: the client closed the connection before")]
    silent = talk.Wire().open().client(talk.full12()[0][1]).one()
    assert missing(silent) == [(1, "server", "ServerHello", "it did not come: nobody answered")]


def test_an_alert_ended_it():
    assert sample("fail-no-shared-cipher") == [(1, "server", "ServerHello", "it did not come: an alert ended the handshake")]


def test_what_was_said_was_no_tls():
    assert sample("fail-plain-http")[0][2:] == ("ServerHello", "it did not come: the server answered in something that is not TLS")


@pytest.mark.parametrize(
    ("turns", "sender", "name"),
    [(2, "client", "ClientKeyExchange"), (3, "server", "ChangeCipherSpec")],
)
def test_the_next_of_tls12(turns, sender, name):
    """A capture that ends, and a connection that is closed, after so many turns."""
    wire = talk.play(talk.full12()[:turns])
    [(place, *told)] = missing(wire.one())
    assert told == [sender, name, "it is not in the capture, which ends, or lacks bytes, before it"]
    [(again, *told)] = missing(wire.fin(talk.CLIENT).one())
    assert (again, told) == (place, [sender, name, "it did not come: the client closed the connection before"])


def test_the_next_of_tls13():
    assert missing(talk.play(talk.full13()[:2]).one())[0][1:3] == ("client", "Finished")
    wire = talk.Wire().open().client(talk.HELLO13).server(talk.ANSWER13)
    assert missing(wire.one())[0][1:3] == ("server", "EncryptedExtensions … Finished")


def test_a_retry_wants_a_second_hello():
    retry = talk.server_hello(0x1301, [talk.TLS13, talk.SELECTED], random=talk.RETRY)
    wire = talk.Wire().open().client(talk.HELLO13).server(retry)
    assert missing(wire.one())[0][1:3] == ("client", "ClientHello")


def test_what_was_lost_is_missed_at_its_place():
    flight = talk.full12()[1][1]
    hello, rest = talk.server_hello(), flight[len(talk.server_hello()) :]
    gone = talk.handshake(talk.CERTIFICATE)
    assert rest.startswith(gone)
    wire = talk.Wire().open().client(talk.full12()[0][1]).server(hello).gap(talk.SERVER, len(gone)).server(rest[len(gone) :])
    assert missing(wire.one())[0] == (2, "server", "Certificate", "it is not in the capture: bytes of the server are missing")


def test_a_capture_of_one_side():
    told = missing(talk.play(talk.full12()).only(talk.SERVER).one())
    assert told[0] == (0, "client", "ClientHello", REASONS["one_sided"])
    assert {note for *_, note in told} == {REASONS["one_sided"]}


def test_a_close_that_was_not_seen():
    assert [row[2] for row in missing(talk.play(talk.full12()).one())] == ["close"]
    assert missing(talk.play(talk.full12()).fin(talk.CLIENT).one()) == []
    assert sample("quic-v1") == []


def test_a_renegotiation_hides_what_it_misses():
    assert missing(dict(analyzer.stream(talk.SAMPLES / "tls12-renegotiation.pcapng"))[2]) == []


def test_every_outcome_has_its_reason():
    assert set(REASONS) == set(OUTCOMES) - {"complete"}
