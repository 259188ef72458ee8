"""Steps as the RFCs' figures number and order them: RFC 5246 figures 1 and 2, RFC 8446 figures 1, 2 and 4, RFC 6347 section 4.2.4."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.ladders.reading import ladder
from analyzer.ladders.steps import ABBREVIATED, ELEVEN, SSLV2


def steps(name, number=1):
    """(what is counted, [(sender's letter, name, step)]) of a sample's handshake, without what has no step."""
    made = dict(analyzer.stream(talk.SAMPLES / f"{name}.pcapng"))[number]
    drawn = ladder(made, [])
    return drawn.taught, [(rung.sender[0], rung.name, rung.step.removeprefix("flight ")) for rung in drawn.rungs if rung.step]


HELLOS = [("c", "ClientHello", "1"), ("s", "ServerHello", "2")]
FULL = [
    *HELLOS, ("s", "Certificate", "3"), ("s", "ServerKeyExchange", "4"), ("s", "ServerHelloDone", "5"), ("c", "ClientKeyExchange", "6"),
    ("c", "ChangeCipherSpec", "7"), ("c", "Finished", "8"), ("s", "NewSessionTicket", "9"), ("s", "ChangeCipherSpec", "9"),
    ("s", "Finished", "10"),
]  # fmt: skip


def test_the_eleven_steps():
    assert steps("tls12-ecdhe-rsa") == ("the eleven steps of TLS 1.2", FULL)


def test_application_data_is_the_eleventh():
    """It is looked at until the handshake is over: here the other side is not in the capture."""
    turns = [*talk.full12(), (talk.CLIENT, talk.data())]
    drawn = ladder(talk.play(turns).only(talk.CLIENT).one(), [])
    assert [rung.step for rung in drawn.rungs if rung.kind == "data"] == ["11"]


def test_without_a_server_key_exchange_there_is_no_fourth():
    assert steps("tls12-rsa")[1] == [row for row in FULL if row[2] != "4"]


def test_a_client_certificate_stands_beside_the_fifth_and_the_sixth():
    told = steps("tls12-client-certificate")[1]
    assert [row for row in told if row[1] in {"CertificateRequest", "CertificateVerify"}] == [
        ("s", "CertificateRequest", "5"), ("c", "CertificateVerify", "6"),
    ]  # fmt: skip
    assert [row[2] for row in told if row[1] == "Certificate"] == ["3", "6"]


@pytest.mark.parametrize("name", ["tls12-resume-session-id", "tls12-resume-ticket"])
def test_the_abbreviated_handshake_has_seven(name):
    """RFC 5246 figure 2."""
    taught, told = steps(name, 2)
    assert taught == "the seven steps of an abbreviated handshake of TLS 1.2"
    assert [row for row in told if row[1] != "NewSessionTicket"] == [
        *HELLOS, ("s", "ChangeCipherSpec", "3"), ("s", "Finished", "4"), ("c", "ChangeCipherSpec", "5"), ("c", "Finished", "6"),
    ]  # fmt: skip


def test_a_renegotiation_has_the_steps_that_can_be_told():
    taught, told = steps("tls12-renegotiation", 2)
    assert taught == "the eleven steps of TLS 1.2"
    assert told == FULL


def test_flights_of_tls13():
    """RFC 8446 figure 1: one way and back, and the client's Finished."""
    taught, told = steps("tls13")
    assert taught == "the flights of TLS 1.3"
    assert told[:2] == HELLOS
    assert [(who, flight) for who, _, flight in told] == [("c", "1")] + [("s", "2")] * 6 + [("c", "3")] * 2
    assert told[-1] == ("c", "Finished", "3")


def test_a_retry_makes_five_flights():
    """RFC 8446 figure 2."""
    told = steps("tls13-hello-retry")[1]
    assert [row for row in told if row[1] in {"ClientHello", "HelloRetryRequest", "ServerHello"}] == [
        ("c", "ClientHello", "1"), ("s", "HelloRetryRequest", "2"), ("c", "ClientHello", "3"), ("s", "ServerHello", "4"),
    ]  # fmt: skip
    assert told[-1] == ("c", "Finished", "5")


def test_early_data_is_of_the_first_flight():
    """RFC 8446 figure 4."""
    told = steps("tls13-early-data", 2)[1]
    assert told[:3] == [("c", "ClientHello", "1"), ("c", "ChangeCipherSpec", "1"), ("c", "early data", "1")]
    assert told[-1] == ("c", "Finished", "3")


def test_flights_of_dtls():
    """RFC 6347 figures 1 and 2."""
    cookie = steps("dtls12-cookie")[1]
    assert [flight for *_, flight in cookie] == ["1", "2", "3", *["4"] * 4, *["5"] * 3, *["6"] * 3]
    assert cookie[1] == ("s", "HelloVerifyRequest", "2")
    resumed = steps("dtls12-resumed", 2)[1]
    assert [flight for *_, flight in resumed] == ["1", "2", "3", *["4"] * 3, *["5"] * 2]


def test_flights_of_dtls_without_a_cookie():
    """As figure 1 would be numbered without its second and third."""
    order = [(CLIENT, 1), (SERVER, 2), (SERVER, 11), (SERVER, 14), (CLIENT, 16), (CLIENT, -1), (CLIENT, None), (SERVER, -1), (SERVER, None)]
    seen = [Seen(sender, code, 9, number, number, number, None) for number, (sender, code) in enumerate(order, 1)]
    ends = {CLIENT: Endpoint(bytes(4), 1), SERVER: Endpoint(bytes(4), 2)}
    drawn = ladder(Handshake(**ends, seen=seen, transport="udp", framing="dtls", version=0xFEFD, outcome="complete"), [])
    assert [rung.step[-1] for rung in drawn.rungs] == list("122233344")
    server = [one for one in seen if one.sender == SERVER]
    alone = ladder(Handshake(**ends, seen=server, transport="udp", framing="dtls", version=0xFEFD, outcome="complete"), [])
    assert [rung.step[-1] for rung in alone.rungs] == list("22244")


def test_flights_of_quic():
    taught, told = steps("quic-v1")
    assert taught == "the flights of TLS 1.3, in packets of QUIC"
    assert told[-1] == ("c", "… Finished", "3")


def test_who_offers_tls13_and_is_not_answered_sends_a_flight():
    assert steps("fail-unanswered") == ("the flights of TLS 1.3", HELLOS)
    assert steps("fail-no-shared-cipher") == ("the eleven steps of TLS 1.2", HELLOS)


@pytest.mark.parametrize(("turns", "step"), [(1, ("s", "ServerHello", "2")), (2, ("c", "ClientKeyExchange", "6")),
                                             (3, ("s", "ChangeCipherSpec", "9"))])  # fmt: skip
def test_what_is_missing_has_its_step(turns, step):
    drawn = ladder(talk.play(talk.full12()[:turns]).one(), [])
    assert [(rung.sender[0], rung.name, rung.step) for rung in drawn.rungs if rung.kind == "missing"] == [step]


def test_what_is_missing_has_its_flight():
    retry = talk.server_hello(0x1301, [talk.TLS13, talk.SELECTED], random=talk.RETRY)
    asked = talk.play([(talk.CLIENT, talk.HELLO13), (talk.SERVER, retry)])
    broken = talk.play([(talk.CLIENT, talk.HELLO13), (talk.SERVER, retry), (talk.CLIENT, talk.HELLO13), (talk.SERVER, talk.ANSWER13)])
    unfinished = talk.play(talk.full13()[:2])
    drawn = [ladder(wire.one(), []) for wire in (asked, broken, unfinished)]
    told = [(rung.name, rung.step) for one in drawn for rung in one.rungs if rung.kind == "missing"]
    assert told == [("ClientHello", "flight 3"), ("EncryptedExtensions … Finished", "flight 4"), ("Finished", "flight 3")]


def test_a_close_that_is_missing_has_no_step():
    [rung] = [rung for rung in ladder(talk.play(talk.full13()).one(), []).rungs if rung.kind == "missing"]
    assert (rung.name, rung.step) == ("close", None)


@pytest.mark.parametrize("name", ["quic-retry", "quic-version-negotiation"])
def test_what_a_client_must_begin_again_for_is_a_flight(name):
    """RFC 9000 sections 17.2.5 and 6.2: both are answered with the ClientHello in other packets."""
    told = steps(name)[1]
    assert told[0] == ("c", "ClientHello", "1")
    assert told[1] in {("s", "Retry", "2"), ("s", "Version Negotiation", "2")}
    assert told[2:4] == [("c", "ClientHello", "3"), ("s", "ServerHello", "4")]
    assert told[-1] == ("c", "… Finished", "5")


@pytest.mark.parametrize(("table", "last"), [(ELEVEN, 11), (ABBREVIATED, 7), (SSLV2, 5)])
def test_every_step_of_a_table_is_there(table, last):
    assert sorted(set(table.values())) == [*range(1, last + 1)]
