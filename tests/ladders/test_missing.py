"""What should have come and did not."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.handshake import CLIENT, OUTCOMES, SERVER, Endpoint, Handshake, Seen
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


def sides_of(*order, **fields):
    """A handshake of these messages, (sender, code), one a packet; what is missing stands in the list of all rungs as (name, None)."""
    seen = [Seen(sender, code, 9, number, number, number, None) for number, (sender, code) in enumerate(order, 1)]
    made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(4), 2), seen=seen, **fields)
    return [rung.name + (" missing" if rung.kind == "missing" else "") for rung in ladder(made, []).rungs]


def test_what_is_missing_stands_before_what_comes_with_the_next():
    """RFC 5246 section 7.3: a client's Certificate answers the ServerHelloDone; RFC 5077 section 3.3: a ticket comes before the change."""
    told = sides_of((CLIENT, 1), (CLIENT, 11), (CLIENT, 16), version=0x0303, outcome="one_sided")
    assert told == [
        "ClientHello", "ServerHello missing", "ServerHelloDone missing", "Certificate", "ClientKeyExchange", "ChangeCipherSpec missing",
    ]  # fmt: skip
    told = sides_of((SERVER, 4), (SERVER, -1), (SERVER, None), version=0x0303, outcome="one_sided")
    assert told[told.index("NewSessionTicket") - 1].endswith(" missing")


def test_a_client_alone_that_offers_tls13_misses_its_messages():
    """A ChangeCipherSpec without a ClientKeyExchange is RFC 8446 appendix D.4's."""
    turns = [(talk.CLIENT, talk.HELLO13), (talk.CLIENT, talk.CCS + talk.data(talk.FINISHED13) + talk.data(200))]
    made = talk.play(turns).only(talk.CLIENT).one()
    drawn = ladder(made, [])
    assert made.outcome == "one_sided"
    assert drawn.taught == "the flights of TLS 1.3"
    assert [(rung.name, rung.step) for rung in drawn.rungs if rung.kind in {"message", "missing"}][:4] == [
        ("ClientHello", "flight 1"), ("ServerHello", "flight 2"), ("EncryptedExtensions … Finished", "flight 2"),
        ("ChangeCipherSpec", "flight 3"),
    ]  # fmt: skip


def test_who_is_asked_to_begin_again_and_does_not():
    """RFC 9000 section 6: two copies of one packet have two answers, which are of one flight."""
    made = next(made for _, made in analyzer.stream(talk.SAMPLES / "quic-version-negotiation.pcapng"))
    first = [seen for seen in made.seen if seen.code == 1][:1]
    asks = [event for event in made.events if event.kind == "version_negotiation"]
    ends = {"client": made.client, "server": made.server}
    alone = Handshake(**ends, seen=first, client_hello=first[0].message, client_hellos=[first[0].message], events=asks * 2, transport="udp",
                      framing="quic", outcome="unanswered")  # fmt: skip
    assert [(rung.name, rung.step, rung.kind) for rung in ladder(alone, []).rungs] == [
        ("ClientHello", "flight 1", "message"), ("Version Negotiation", "flight 2", "quic"), ("Version Negotiation", "flight 2", "quic"),
        ("ClientHello", "flight 3", "missing"),
    ]  # fmt: skip
    assert missing(alone)[0][3] == "it did not come: the client did not begin again"
