"""evidence: the packets of each thing that can prove something, in connections whose packets are known."""

import captures as c
import captures_authority as a
import captures_handshakes as h
import captures_names as n
import msgspec
import pytest
import talk
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.evidence import EVIDENCE, evidence, of_anomalies, of_connection
from analyzer.findings.rules import RULES
from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.handshake import CLIENT, Endpoint, Handshake

# Packets of a connection: 1 to 3 open it.


def one(turns, size=4000):
    wire = talk.Wire(size=size).open()
    [handshake] = talk.read(talk.play(turns, wire).fin(talk.CLIENT).fin(talk.SERVER).packets)
    return handshake


def split(turns):
    """Each TLS record in a packet of its own."""
    for sender, said in turns:
        at = 0
        while at < len(said):
            end = at + 5 + int.from_bytes(said[at + 3 : at + 5], "big")
            yield sender, said[at:end]
            at = end


MUTUAL = one(list(split(c.full(request=talk.REQUEST, mine=[a.leaf().der], ticket=300))))
PLACES = {
    # 4 ClientHello, 5 ServerHello, 6 Certificate, 7 ServerKeyExchange, 8 CertificateRequest, 9 ServerHelloDone, 10 Certificate,
    # 11 ClientKeyExchange, 12 CertificateVerify, 13 ChangeCipherSpec, 14 Finished, 15 NewSessionTicket …
    "client_hello": (4,), "server_hello": (5,), "certificate": (6,), "server_key_exchange": (7,), "certificate_request": (8,),
    "server_hello_done": (9,), "client_certificate": (10,), "client_key_exchange": (11,), "change_cipher_spec": (13,),
    "session_ticket": (15,),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_a_message_is_where_it_was_seen(name):
    assert tuple(EVIDENCE[name](MUTUAL)) == PLACES[name]
    assert evidence(MUTUAL, (name,)) == PLACES[name]


def test_several_are_put_together():
    assert evidence(MUTUAL, ("server_hello", "client_hello", "server_hello")) == (4, 5)
    assert evidence(MUTUAL, ("server_hello", "hello_retry")) == (5,)


@pytest.mark.parametrize("names", [(), ("hello_retry",), ("hello_retry", "heartbeat")])
def test_where_nothing_was_seen_the_whole_handshake_proves_it(names):
    assert evidence(MUTUAL, names) == tuple(MUTUAL.packets)
    assert evidence(MUTUAL, ("all",)) == tuple(MUTUAL.packets)


def test_a_message_in_many_packets():
    """Its packets from the first to the last; the message after it begins in its last one."""
    made = one(c.full(), size=100)
    certificate = evidence(made, ("certificate",))
    assert len(certificate) > 5
    assert list(certificate) == list(range(certificate[0], certificate[-1] + 1))
    assert evidence(made, ("server_key_exchange",))[0] == certificate[-1]


def test_alerts_and_closes():
    hello, flight, *_ = c.full()
    failed = one([hello, flight, (talk.CLIENT, talk.alert(48))])
    assert evidence(failed, ("alert",)) == (6,)
    assert set(EVIDENCE["close"](failed)) == {7, 8}
    assert list(EVIDENCE["alert"](MUTUAL)) == []


def test_retries():
    retry = talk.server_hello(0x1301, [talk.TLS13, talk.SELECTED], random=talk.RETRY)
    turns = [(talk.CLIENT, h.TLS13_HELLO), (talk.SERVER, retry), *h.tls13()]
    made = one(turns)
    assert (evidence(made, ("client_hello",)), evidence(made, ("hello_retry",)), evidence(made, ("server_hello",))) == ((4,), (5,), (7,))


def test_preludes_and_anomalies():
    upgrade = [(sender, said.encode()) for sender, said in (*n.SMTP, n.OFFER, *n.ASKED, n.GRANTED)]
    [told] = talk.read(c.made(upgrade + c.full(), port=25).packets)
    assert set(EVIDENCE["prelude"](told)) == {4, 5, 6, 7, 8}
    [odd] = talk.read(h.two_copies().packets)
    assert of_anomalies(odd, frozenset({"overlap-conflict"})) == (6,)
    assert of_anomalies(odd, frozenset({"gap"})) == ()


def test_a_connection_is_all_that_is_known_of_it():
    assert of_connection(MUTUAL) == tuple(sorted({*MUTUAL.packets, *(event.packet for event in MUTUAL.events)}))
    [odd] = talk.read(h.two_copies().packets)
    assert 6 in of_connection(odd)
    assert {1, 2} <= set(of_connection(odd))  # SYN and SYN/ACK


def test_rules_name_evidence_that_there_is():
    assert [name for name, rule in RULES.items() if not set(rule.evidence) <= set(EVIDENCE)] == []


@given(st.lists(st.sampled_from(sorted(EVIDENCE)), max_size=4), st.lists(st.integers(1, 40), min_size=1))
def test_packets_are_ascending_and_once_each(names, packets):
    """However a handshake lists its packets: one that is split over two captures may list them in any order."""
    shuffled = msgspec.structs.replace(MUTUAL, packets=packets, preludes=())
    told = evidence(shuffled, tuple(names))
    assert told == tuple(sorted(set(told)))
    assert told


def test_a_handshake_of_which_nothing_could_be_read_is_proved_by_its_anomalies():
    """Found by fuzzing: a QUIC connection whose first message is too long to be kept."""
    odd = Anomaly("message-too-long", "quic", "6431616 bytes", CLIENT, 2, 7)
    made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(4), 2), packets=[], anomalies=[odd])
    assert evidence(made, ("client_hello",)) == evidence(made, ("all",)) == (2,)
