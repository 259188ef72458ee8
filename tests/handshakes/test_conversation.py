"""What one connection can hold: where TLS begins, who is who, one handshake after another, what is missing."""

from __future__ import annotations

import msgspec
import pytest
import talk
from talk import CCS, CLIENT, FINISHED, MS, SERVER, Wire, full12, full13, kinds, play, types

from analyzer.limits import DEFAULT

HELLO = talk.client_hello(extensions=[talk.SERVER_NAME])


def test_a_full_handshake_has_eleven_steps():
    made = play(full12()).fin(CLIENT).fin(SERVER).one()
    assert [(seen.sender, seen.code, seen.guess) for seen in made.seen] == [
        (CLIENT, 1, None), (SERVER, 2, None), (SERVER, 11, None), (SERVER, 12, None), (SERVER, 14, None), (CLIENT, 16, None),
        (CLIENT, -1, None), (CLIENT, None, "finished"), (SERVER, 4, None), (SERVER, -1, None), (SERVER, None, "finished"),
    ]  # fmt: skip
    assert (made.outcome, made.closed, made.closed_by, made.version, made.cipher_suite) == ("complete", "fin", CLIENT, 0x0303, 0xC02F)
    assert made.server_chain == (b"leaf", b"authority")
    assert (made.client.address, made.client.port, made.server.port) == (bytes([192, 0, 2, 1]), 50000, 443)
    assert made.packets == [4, 5, 6, 7]
    assert (made.start, made.end, made.connect) == (talk.START + 3 * MS, talk.START + 6 * MS, MS)
    assert [event.kind for event in made.events] == ["syn", "syn_ack", "fin", "fin"]
    assert kinds(made) == []


def test_packets_of_a_message_over_several_segments():
    wire = Wire(size=100).open().client(HELLO)
    [made] = wire.server(talk.server_hello() + talk.handshake(talk.CERTIFICATE, talk.SERVER_KEY, talk.DONE)).read()
    where = {seen.code: (seen.packet, seen.last_packet) for seen in made.seen}
    assert where == {1: (4, 4), 2: (5, 5), 11: (5, 6), 12: (5, 6), 14: (5, 6)}
    assert made.packets == sorted(set(made.packets))


def test_a_resumed_session():
    turns = [(CLIENT, HELLO), (SERVER, talk.server_hello() + CCS + FINISHED), (CLIENT, CCS + FINISHED)]
    made = play(turns).one()
    assert (made.outcome, types(made, SERVER), types(made, CLIENT)) == ("complete", [2, -1, None], [1, -1, None])


def test_the_answer_to_a_hello_that_is_not_tls():
    made = Wire().open().client(HELLO).server(b"HTTP/1.1 400 Bad\x1b Request\r\nSet-Cookie: key=secret\r\n").one()
    assert (made.outcome, made.answer) == ("not_tls", b"HTTP/1.1 400 Bad\x1b Request"), "its first line"
    [odd] = made.anomalies
    assert (odd.kind, odd.sender, odd.detail) == ("not-tls-answer", SERVER, "HTTP/1.1 400 Bad\\x1b Reques")


def test_a_prelude_goes_by():
    """PostgreSQL answers an SSLRequest with one byte in the plain (its manual, chapter "Message Flow"): S."""
    request = b"\0\0\0\x08\x04\xd2\x16\x2f"
    made = play(full13(), Wire().open().client(request).server(b"S")).one()
    assert (made.outcome, kinds(made), types(made, CLIENT)) == ("complete", [], [1, -1, None])


def test_a_byte_before_the_server_hello_in_its_segment():
    wire = Wire().open().client(b"\0\0\0\x08\x04\xd2\x16\x2f").server(b"S").client(talk.HELLO13).server(talk.ANSWER13)
    assert types(wire.one()) == [1, 2]


@pytest.mark.parametrize("apart", [True, False])
def test_a_hello_that_does_not_wait_for_the_grant(apart):
    """The client's flight comes with its STARTTLS; the server's 220 comes after the hello, alone or with the ServerHello."""
    wire = Wire().open().server(b"220 mail ESMTP\r\n").client(b"EHLO me\r\n").server(b"250 STARTTLS\r\n")
    (_, hello), (_, flight), *rest = full12()
    wire.client(b"STARTTLS\r\n", hello)
    wire = wire.server(b"220 go ahead\r\n").server(flight) if apart else wire.server(b"220 go ahead\r\n", flight)
    made = play(rest, wire).one()
    assert (made.outcome, kinds(made), made.answer) == ("complete", [], b"")
    [mail] = made.preludes
    assert (mail.protocol, mail.requested, mail.granted, mail.answer) == ("smtp", True, True, b"220 go ahead")


def test_a_server_that_speaks_first_in_no_known_protocol():
    made = Wire().open().server(b"SSH-2.0-OpenSSH_9.6\r\n").client(HELLO).fin(CLIENT).one()
    assert (made.outcome, made.answer, kinds(made)) == ("not_tls", b"SSH-2.0-OpenSSH_9.6", ["not-tls-answer"])
    assert made.anomalies[0].packet == 4


def test_a_server_that_speaks_first_and_then_tls():
    made = play(full12(), Wire().open().server(b"SSH-2.0-OpenSSH_9.6\r\n")).one()
    assert (made.outcome, made.answer, kinds(made)) == ("complete", b"", [])


def test_a_refusal_after_the_hello():
    made = Wire().open().client(b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n", HELLO).server(b"HTTP/1.1 403 Forbidden\r\n\r\n").one()
    assert (made.outcome, made.preludes[0].granted) == ("refused", False)


def test_starttls_words_in_several_segments():
    wire = Wire(size=9).open().server(b"220 mail ESMTP\r\n").client(b"EHLO me\r\n").server(b"250 STARTTLS\r\n").client(b"STARTTLS\r\n")
    wire.server(b"220 go ahead\r\n")
    assert talk.facts(play(full12(), wire).one()) == talk.facts(play(full12()).one())


def test_two_handshakes_on_a_five_tuple():
    first = play(full12()).fin(CLIENT).fin(SERVER)
    second = Wire(first=(500_000_000, 7), start=first.time + MS).open()
    one, two = talk.read(first.packets + play(full13(), second).packets)
    assert (one.number, one.outcome, one.version) == (1, "complete", 0x0303)
    assert (two.number, two.outcome, two.version, two.renegotiation) == (2, "complete", 0x0304, False)
    assert two.packets[0] > one.packets[-1]


def test_a_plaintext_renegotiation_is_a_second_handshake():
    """No stack does it, for the first handshake encrypts; but a NULL cipher's reader may see it."""
    made = play([*full12(), (CLIENT, HELLO)]).read()
    assert [one.renegotiation for one in made] == [False, True]


def test_an_encrypted_renegotiation():
    """Its messages are encrypted from the hello on: what shows it are handshake records after the end of the first (RFC 5246 7.4.1.1)."""
    sealed = talk.record(22, bytes(8) + b"\xc1" * 200)
    again = [(CLIENT, sealed), (SERVER, sealed + sealed), (CLIENT, sealed + CCS + FINISHED), (SERVER, CCS + FINISHED)]
    turns = [*full12(), (CLIENT, talk.data()), (SERVER, talk.data()), *again]
    first, second = play(turns).read()
    assert (first.outcome, first.renegotiation, second.renegotiation) == ("complete", False, True)
    assert set(types(second)) <= {None, -1}
    assert second.version == 0x0303
    assert second.cipher_suite is None
    assert kinds(second) == []


def test_a_renegotiation_of_which_only_the_beginning_comes_has_its_packet():
    """Found by fuzzing: it was told without any packet, and a finding on it proved nothing."""
    begins = talk.record(22, bytes(8) + b"\xc1" * 200)[:60]
    first, second = play([*full12(), (CLIENT, talk.data()), (SERVER, talk.data()), (CLIENT, begins)]).read()
    assert (first.renegotiation, second.renegotiation) == (False, True)
    assert second.packets == [max(packet for one in (first, second) for packet in one.packets)]
    assert second.start > first.end


def test_hello_retry_request():
    retry = talk.server_hello(0x1301, [talk.TLS13, talk.SELECTED], random=talk.RETRY, session=b"s" * 32)
    turns = [(CLIENT, talk.HELLO13), (SERVER, retry + CCS), (CLIENT, CCS + talk.HELLO13), *full13()[1:]]
    made = play(turns).one()
    assert made.outcome == "complete"
    assert made.hello_retry is not None
    assert made.server_hello is not None
    assert made.server_hello is not made.hello_retry
    assert len(made.client_hellos) == 2
    assert types(made, CLIENT) == [1, -1, 1, -1, None]
    assert kinds(made) == []


def test_a_second_hello_that_nobody_asked_for():
    made = play([(CLIENT, talk.HELLO13 + talk.HELLO13), (SERVER, talk.ANSWER13)]).one()
    assert len(made.client_hellos) == 2
    assert made.client_hello is made.client_hellos[0]


def test_a_hello_after_a_fatal_alert_is_another_handshake():
    turns = [(CLIENT, HELLO), (SERVER, talk.alert(70)), (CLIENT, talk.client_hello([0x002F], version=0x0301)), (SERVER, talk.alert(40))]
    made = play(turns).read()
    assert [(one.outcome, one.renegotiation, len(one.client_hellos)) for one in made] == [("failed", False, 1)] * 2
    assert [[alert.description for alert in one.alerts] for one in made] == [[70], [40]]


def test_data_after_the_close_changes_nothing():
    wire = play([*full12(), (CLIENT, talk.alert(0, 1))]).fin(CLIENT).fin(SERVER).client(b"late").server(talk.data()).rst(CLIENT)
    made = wire.one()
    assert (made.outcome, made.closed, made.closed_by) == ("complete", "close_notify", CLIENT)


def test_closed_by_reset():
    assert play(full12()).rst(SERVER).one().closed == "rst"


# ---- what is not in the capture


def test_only_the_client_is_in_the_capture():
    made = play(full12()).only(CLIENT).one()
    assert (made.outcome, types(made)) == ("one_sided", [1, 16, -1, None])
    assert made.cipher_suite is None


def test_only_the_server_is_in_the_capture():
    made = play(full12()).only(SERVER).one()
    assert (made.outcome, types(made)) == ("one_sided", [2, 11, 12, 14, 4, -1, None])
    assert (made.client.port, made.server.port) == (50000, 443)


def test_only_the_client_of_tls13():
    made = play(full13()).only(CLIENT).one()
    assert made.outcome == "one_sided"
    assert types(made)[0] == 1


def test_only_a_hello_of_one_direction():
    assert play(full12()[:1], Wire()).one().outcome == "unanswered"


@pytest.mark.parametrize("turns", [full12(), full13()], ids=["1.2", "1.3"])
def test_joined_without_the_syn(turns):
    made = play(turns, Wire()).one()
    assert made.outcome == "complete"
    assert (made.connect, kinds(made)) == (None, [])
    assert (made.client.port, made.server.port) == (50000, 443)


def test_joined_after_the_client_hello():
    made = play(full12()[1:], Wire()).one()
    assert (made.outcome, made.client_hello, made.version, made.server_chain) == ("complete", None, 0x0303, (b"leaf", b"authority"))
    assert (made.client.port, made.server.port) == (50000, 443)
    assert kinds(made) == []


def test_joined_between_certificate_and_key_exchange():
    flight = [(SERVER, talk.handshake(talk.CERTIFICATE)), (SERVER, talk.handshake(talk.SERVER_KEY, talk.DONE)), *full12()[2:]]
    made = play(flight, Wire()).one()
    assert types(made, SERVER) == [11, 12, 14, 4, -1, None]
    assert kinds(made) == []


def test_joined_in_application_data_is_no_handshake():
    wire = Wire()
    for _ in range(20):
        wire.client(talk.data()).server(talk.data(1000))
    assert wire.read() == []


@pytest.mark.parametrize(("lost", "after"), [(slice(0, 1), "before its first message"), (slice(1, 2), "after its message of type 2")])
def test_a_gap_says_after_which_message(lost, after):
    messages = [talk.server_hello(), talk.handshake(talk.CERTIFICATE), talk.handshake(talk.SERVER_KEY), talk.handshake(talk.DONE)]
    wire = Wire().open().client(HELLO)
    for index, said in enumerate(messages):
        if index in range(*lost.indices(4)):
            wire.gap(SERVER, len(said))
        else:
            wire.server(said)
    made = play(full12()[2:], wire).one()
    [odd] = [anomaly for anomaly in made.anomalies if anomaly.kind == "gap"]
    assert after in odd.detail
    assert f"{len(messages[lost.start])} bytes" in odd.detail
    assert made.lost == {SERVER: len(messages[lost.start])}
    assert kinds(made) == ["gap"]
    assert types(made, SERVER) == [code for code in [2, 11, 12, 14, 4, -1, None] if code != [2, 11, 12, 14][lost.start]]


def test_a_gap_inside_a_record_keeps_what_stands_before_and_behind():
    flight = talk.handshake(talk.server_hello_message(), certificate := talk.certificate_message(b"l" * 3000), talk.SERVER_KEY)
    wire = Wire().open().client(HELLO).server(flight[:1460]).gap(SERVER, 1000).server(flight[2460:] + talk.handshake(talk.DONE))
    made = play(full12()[2:], wire).one()
    assert len(certificate) > 3000
    assert types(made, SERVER) == [2, 14, 4, -1, None]
    assert made.lost == {SERVER: 1000}


def test_a_capture_that_ends_in_a_record_keeps_its_whole_messages():
    flight = talk.handshake(talk.server_hello_message(), talk.CERTIFICATE, talk.SERVER_KEY)
    made = Wire().open().client(HELLO).server(flight[:-10]).one()
    assert (made.outcome, types(made)) == ("cut", [1, 2, 11])


# ---- what is not what it seems


def test_encrypted_handshake_records_are_not_misread():
    """A Finished whose encrypted bytes look like a ServerHello's header stays encrypted."""
    lure = talk.record(22, talk.server_hello_message(0x1301) + bytes(20))
    turns = [*full12()[:2], (CLIENT, talk.handshake(talk.CLIENT_KEY) + CCS + lure), (SERVER, CCS + lure)]
    made = play(turns).one()
    assert types(made) == [1, 2, 11, 12, 14, 16, -1, None, -1, None]
    assert made.cipher_suite == 0xC02F
    assert made.outcome == "complete"


def test_draft_14_server_hello_has_no_session_id():
    """TLS 1.3's drafts up to 21 have no session id in the ServerHello, and no compression method.

    The bytes after the random are then the suite: c0 2b is 49195.  Wireshark takes their first for a session id's length and
    reads 44205, a suite that nobody has.
    """
    body = b"\x7f\x0e" + b"\x22" * 32 + b"\xc0\x2b" + talk.vector(talk.extension(40, b"\0\x1d" + talk.vector(b"\4" * 32)))
    made = Wire().open().client(talk.client_hello([0xC02B], [talk.SERVER_NAME])).server(talk.handshake(talk.message(2, body))).one()
    assert (made.version, made.cipher_suite) == (0x7F0E, 49195)


def test_bytes_where_a_record_should_stand():
    made = Wire().open().client(HELLO).server(talk.server_hello() + b"garbage").server(talk.handshake(talk.DONE)).one()
    assert "bad-record" in kinds(made)
    assert types(made, SERVER) == [2, 14]


@pytest.mark.parametrize(
    "what", [talk.handshake(talk.message(0)), talk.alert(100, 1), talk.record(24, b"\1\0\1a" + bytes(16)), CCS, talk.data(1)]
)
def test_the_same_record_for_ever_stays_within_the_limits(what):
    limits = msgspec.structs.replace(DEFAULT, messages=10, anomalies=5)
    wire = Wire().open().client(HELLO).server(talk.server_hello())
    for _ in range(60):
        wire.server(what)
    made = wire.read(limits)[0]
    assert len(made.seen) <= 10
    assert len(made.anomalies) <= 5
    assert len(made.alerts) <= 10
    assert len(made.events) <= 12


def test_roles_are_told_by_the_hello_not_by_ports():
    low = (bytes([192, 0, 2, 1]), 80), (bytes([198, 51, 100, 2]), 50000)
    made = play(full12(), Wire(*low)).one()
    assert (made.client.port, made.server.port) == (80, 50000)


def test_ipv4_and_ipv6_endpoints_are_packed():
    made = play(full12()).one()
    assert (len(made.client.address), len(made.server.address)) == (4, 4)
