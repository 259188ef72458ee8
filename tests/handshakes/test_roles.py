"""Who is the client, and which handshake is on, on connections made by hand."""

from __future__ import annotations

import talk
from talk import CCS, CLIENT, MS, SERVER, Wire, client_hello, data, full12, play, server_hello

import analyzer
from analyzer.handshakes.roles import Numbers


def swapped(turns):
    return [(talk.other(sender), said) for sender, said in turns]


def test_numbers_count_and_can_be_taken_back():
    numbers = Numbers()
    assert [numbers.next() for _ in range(3)] == [1, 2, 3]
    numbers.back(2)
    assert numbers.next() == 2


def test_who_sends_the_client_hello_is_the_client_whoever_sent_the_syn():
    made = play(swapped(full12())).fin(CLIENT).fin(SERVER).one()  # as FTP's data connections do it (RFC 4217)
    assert (made.client.port, made.server.port) == (443, 50000)
    assert made.seen[0].sender == CLIENT
    assert [(event.kind, event.sender) for event in made.events[:2]] == [("syn", SERVER), ("syn_ack", CLIENT)]
    assert made.outcome == "complete"


def test_a_server_hello_alone_tells_the_sides_apart():
    made = Wire().say(CLIENT, server_hello()).one()
    assert (made.server.port, made.client.port) == (50000, 443)
    assert made.connect is None


def test_where_only_ports_tell_the_sides_apart_that_is_said():
    chain = talk.handshake(talk.CERTIFICATE)  # either side may send one
    made = Wire().say(SERVER, chain).one()
    assert (made.client.port, made.server.port, made.client_known) == (50000, 443, False)
    made = Wire().say(SERVER, chain).say(CLIENT, talk.handshake(talk.CLIENT_KEY)).one()
    assert made.client_known  # a ClientKeyExchange leaves no doubt
    assert play(full12()).one().client_known


def test_connect_time_counts_from_the_first_syn():
    wire = Wire()
    wire.segment(CLIENT, talk.SYN).segment(CLIENT, talk.SYN).segment(SERVER, talk.SYN | talk.ACK)
    for sender in (CLIENT, SERVER):
        wire.at[sender] += 1
    assert play(full12(), wire).one().connect == 2 * MS


def test_early_data_whose_finished_has_no_length_of_its_own_is_complete_when_both_sides_go_on():
    hello = client_hello([0x1301], [talk.SERVER_NAME, talk.VERSIONS, talk.SHARE, talk.extension(42, b"")], session=b"s" * 32)
    answer = server_hello(0x1301, [talk.TLS13, talk.SHARED], session=b"s" * 32)
    turns = [(CLIENT, hello + CCS + data(500)), (SERVER, answer + CCS + data(90)), (CLIENT, data(600)), (SERVER, data(300))]
    assert play(turns).one().outcome == "complete"
    assert play(turns[:3]).one().outcome == "cut"


def test_a_renegotiation_is_a_second_handshake_whose_messages_are_encrypted():
    first, second = sorted(analyzer.scan(talk.SAMPLES / "tls12-renegotiation.pcapng"), key=lambda made: made.number)
    assert (first.renegotiation, second.renegotiation) == (False, True)
    assert (first.outcome, second.outcome) == ("complete", "complete")
    assert (first.closed, second.closed) == ("close_notify", "close_notify")  # of one connection
    assert [(seen.sender, seen.code, seen.packet) for seen in second.seen] == [  # the packets that Wireshark shows them in
        (CLIENT, None, 12), (SERVER, None, 13), (SERVER, None, 13), (SERVER, None, 13), (SERVER, None, 14), (CLIENT, None, 16),
        (CLIENT, -1, 16), (CLIENT, None, 16), (SERVER, None, 17), (SERVER, -1, 17), (SERVER, None, 17),
    ]  # fmt: skip
    assert second.packets == [12, 13, 14, 16, 17]
    assert (second.version, second.cipher_suite) == (0x0303, None)
