"""quic_connection: connections of aioquic's two sides compared with what aioquic says of them, and by hand what it would not do."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from quic_talk import (
    CLIENT,
    SERVER,
    Play,
    client_configuration,
    close,
    crypto,
    events,
    facts,
    kinds,
    one,
    read,
    seal,
    server_configuration,
)
from talk import SHARE, SHARED, TLS13, VERSIONS, hello_message, server_hello_message

from analyzer.limits import DEFAULT
from analyzer.tls.quic import packets
from analyzer.tls.quic_versions import HANDSHAKE, INITIAL, V1, V2

pytest.importorskip("aioquic")

V2_FIRST = [V2, V1]
HELLO = hello_message((0x1301,), (VERSIONS, SHARE))
ANSWER = server_hello_message(0x1301, (TLS13, SHARED))


@pytest.fixture(scope="module")
def plain():
    return Play().connect().run()


def extensions(hello):
    return {extension.code: extension.value for extension in hello.extensions}


def test_a_plain_connection(plain):
    handshake = one(plain.wire)
    assert (handshake.outcome, handshake.transport, handshake.framing) == ("complete", "udp", "quic")
    assert handshake.cipher_suite == int(plain.client.tls.key_schedule.cipher_suite)
    assert handshake.version == 0x0304
    assert handshake.number == 1
    assert (handshake.client.port, handshake.server.port) == (50000, 443)
    assert handshake.quic.version == plain.client._version == V1
    assert handshake.quic.original_destination == plain.client.original_destination_connection_id
    assert handshake.connection_ids == {CLIENT: plain.client.host_cid, SERVER: plain.server.host_cid}
    assert handshake.client_hello.random == plain.client.tls.client_random
    assert kinds(handshake) == []
    assert [(seen.sender, seen.code, seen.guess) for seen in handshake.seen[:3]] == [
        (CLIENT, 1, None), (SERVER, 2, None), (SERVER, None, "encrypted extensions …"),
    ]  # fmt: skip
    assert (handshake.seen[-1].sender, handshake.seen[-1].guess) == (CLIENT, "… finished")
    assert {seen.record_version for seen in handshake.seen} == {None}
    assert handshake.packets == sorted(set(handshake.packets))


def test_version_2():
    play = Play(client_configuration(original_version=V2, supported_versions=V2_FIRST), server_configuration()).connect().run()
    handshake = one(play.wire)
    assert (handshake.outcome, handshake.quic.version, handshake.quic.first_version) == ("complete", V2, None)
    assert play.client._version == V2


def test_compatible_version_negotiation():
    client = client_configuration(original_version=V1, supported_versions=V2_FIRST)
    play = Play(client, server_configuration(supported_versions=V2_FIRST)).connect().run()
    assert play.client._version == V2
    handshake = one(play.wire)
    assert (handshake.outcome, handshake.quic.version, handshake.quic.first_version) == ("complete", V2, V1)
    assert kinds(handshake) == ["quic-undecryptable"]  # aioquic 1.7's client seals its next Initial with the keys of version 1


def test_compatible_version_negotiation_by_hand():
    answer = seal(SERVER, crypto(0, ANSWER), version=V2, destination=b"clientid", source=b"serverid")
    more = seal(CLIENT, b"\1", version=V2, destination=b"serverid", number=1)
    handshake = one([(CLIENT, seal(CLIENT, crypto(0, HELLO))), (SERVER, answer), (CLIENT, more)])
    assert (handshake.quic.version, handshake.quic.first_version, kinds(handshake)) == (V2, V1, [])
    assert handshake.server_hello is not None


def test_a_large_hello_over_several_initials():
    play = Play(client_configuration(alpn_protocols=["h3", *(f"protocol-{number:0200}" for number in range(9))])).connect().run()
    initials = [data for sender, data in play.wire if sender == CLIENT and next(packets(data)).kind == INITIAL]
    assert len(initials) >= 3
    handshake = one(play.wire)
    assert (handshake.outcome, kinds(handshake)) == ("complete", [])
    assert len(handshake.seen[0].message.extensions) > 5
    assert handshake.seen[0].packet < handshake.seen[0].last_packet
    assert handshake.client_hello.random == play.client.tls.client_random


@pytest.mark.parametrize(
    ("client", "server", "alert"),
    [
        ({"alpn_protocols": ["other"]}, {}, 120),
        ({"cipher_suites": [0x1303]}, {"cipher_suites": [0x1301]}, 40),
    ],
)
def test_a_refusal_by_alert(client, server, alert):
    for settings_ in (client, server):
        if "cipher_suites" in settings_:
            from aioquic.tls import CipherSuite

            settings_["cipher_suites"] = [CipherSuite(one) for one in settings_["cipher_suites"]]
    play = Play(client_configuration(**client), server_configuration(**server)).connect().run()
    assert play.server._close_event.error_code == 0x100 + alert
    handshake = one(play.wire)
    assert handshake.outcome == "failed"
    assert [(alert.sender, alert.level, alert.description) for alert in handshake.alerts] == [(SERVER, 2, alert)]
    assert ("connection_close", SERVER) in events(handshake)


def test_a_refusal_by_another_error():
    answer = seal(SERVER, close(2, b"busy"), destination=b"clientid", source=b"s")
    handshake = one([(CLIENT, seal(CLIENT, crypto(0, HELLO))), (SERVER, answer)])
    assert (handshake.outcome, handshake.closed, handshake.closed_by) == ("aborted", "connection_close", SERVER)
    assert [(anomaly.kind, anomaly.detail) for anomaly in handshake.anomalies] == [("quic-close", "error 0x2 (CONNECTION_REFUSED): busy")]


def test_a_client_that_gives_up():
    handshake = one([(CLIENT, seal(CLIENT, crypto(0, HELLO))), (CLIENT, seal(CLIENT, close(0), number=1))])
    assert (handshake.outcome, handshake.closed, handshake.closed_by, kinds(handshake)) == ("unanswered", "connection_close", CLIENT, [])


def test_one_direction_only(plain):
    client, server = ([turn for turn in plain.wire if turn[0] == sender] for sender in (CLIENT, SERVER))
    handshake = one(client)
    assert (handshake.outcome, handshake.server_hello) == ("one_sided", None)
    assert handshake.connection_ids == {CLIENT: plain.client.host_cid}
    assert read(server) == []


def test_a_capture_that_ends_before_the_handshake(plain):
    assert one(plain.wire[:1]).outcome == "unanswered"
    assert one(plain.wire[:2]).outcome == "cut"
    assert one(plain.wire[:3]).outcome == "complete"


def test_the_servers_early_1_rtt_packets_are_no_proof():
    hello, answer = seal(CLIENT, crypto(0, HELLO)), seal(SERVER, crypto(0, ANSWER), destination=b"clientid", source=b"serverid")
    long = bytes([0xE1]) + (1).to_bytes(4, "big")
    flight = long + b"\x08clientid\x08serverid" + b"\x44\x00" + bytes(1024)
    short, ack = b"\x41clientid" + bytes(60), long + b"\x08serverid\x08clientid" + b"\x40\x18" + bytes(24)
    finished = long + b"\x08serverid\x08clientid" + b"\x40\x40" + bytes(64)
    wire = [(CLIENT, hello), (SERVER, answer + flight), (SERVER, short), (CLIENT, ack), (SERVER, short)]
    assert one(wire).outcome == "cut"
    assert one([*wire, (CLIENT, finished)]).outcome == "cut"
    assert one([*wire, (CLIENT, finished), (SERVER, short)]).outcome == "complete"
    assert one([*wire, (CLIENT, b"\x41serverid" + bytes(30))]).outcome == "complete"
    greased = b"\x01serverid" + bytes(30)
    assert one([*wire, (CLIENT, greased)]).outcome == "complete"


def test_a_hello_that_cannot_be_put_together():
    handshake = one([(CLIENT, seal(CLIENT, crypto(50, HELLO[50:])))])
    assert (handshake.outcome, handshake.client_hello, kinds(handshake)) == ("cut", None, ["gap"])
    assert handshake.lost == {CLIENT: 50}
    assert handshake.start > 0
    assert len(handshake.packets) == 1, "the packet that began it proves it"
    assert len(one([(CLIENT, seal(CLIENT, crypto(0, b"")))]).packets) == 1
    assert read([(CLIENT, seal(CLIENT, b"\1"))]) == []


def test_a_datagram_that_the_capture_cut_off_is_believed_where_it_begins_a_hello():
    whole = seal(CLIENT, crypto(0, HELLO))
    handshake = one([(CLIENT, whole[:400], None, len(whole) - 400)])
    assert extensions(handshake.client_hello).keys() == {43, 51}
    other = bytearray(whole)
    other[6] ^= 1
    assert read([(CLIENT, bytes(other[:400]), None, len(whole) - 400)]) == []
    handshake = one([(CLIENT, whole[:100], None, len(whole) - 100)])
    assert (handshake.client_hello, kinds(handshake)) == (None, ["gap"])


def test_an_initial_that_its_keys_do_not_open():
    broken = bytearray(seal(SERVER, crypto(0, ANSWER), destination=b"clientid", source=b"serverid"))
    broken[-1] ^= 1
    handshake = one([(CLIENT, seal(CLIENT, crypto(0, HELLO))), (SERVER, bytes(broken)), (SERVER, bytes(broken))])
    assert (handshake.outcome, kinds(handshake)) == ("cut", ["quic-undecryptable"])


def test_frames_that_contradict_each_other():
    other = HELLO[:20] + b"\0" + HELLO[21:]
    handshake = one([(CLIENT, seal(CLIENT, crypto(20, HELLO[20:]))), (CLIENT, seal(CLIENT, crypto(0, other[:60]), number=1))])
    assert kinds(handshake) == ["overlap-conflict"]
    assert handshake.client_hello.random[16:20] == HELLO[22:26]


@pytest.mark.parametrize(("more", "kind"), [(b"\x63\0\0\1x", "unknown-message"), (b"\1\xff\xff\xff", "message-too-long")])
def test_what_cannot_be_understood_ends_the_stream(more, kind):
    wire = [(CLIENT, seal(CLIENT, crypto(0, HELLO + more))), (CLIENT, seal(CLIENT, crypto(len(HELLO + more), HELLO), number=1))]
    handshake = one(wire)
    assert kinds(handshake) == [kind]
    assert len(handshake.client_hellos) == 1


def test_a_capture_of_one_direction_does_not_go_on_for_ever(plain):
    client = [turn for turn in plain.wire if turn[0] == CLIENT]
    short = (CLIENT, b"\x41" + plain.server.host_cid + bytes(40))
    [handshake] = read([*client, *[short] * 200], keep=True)
    assert handshake.outcome == "one_sided"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_cut_of_the_hello_over_frames_and_packets_gives_the_same_handshake(data):
    cuts = sorted({0, len(HELLO), *data.draw(st.lists(st.integers(0, len(HELLO)), max_size=8))})
    parts = [crypto(start, HELLO[start:end]) for start, end in pairwise(cuts)]
    parts = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts), max_size=3))))
    count = data.draw(st.integers(1, 3))
    groups = [b"".join(parts[place::count]) for place in range(count)]
    wire = [(CLIENT, seal(CLIENT, b"\1\0\0" + group, number=number)) for number, group in enumerate(groups) if group]
    wire.append((SERVER, seal(SERVER, crypto(0, ANSWER), destination=b"clientid", source=b"serverid")))
    whole = [(CLIENT, seal(CLIENT, crypto(0, HELLO))), wire[-1]]
    assert facts(one(wire)) == facts(one(whole))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((CLIENT, SERVER)), st.binary(max_size=60)), max_size=6))
def test_random_frames_under_good_keys_never_raise(turns):
    ids = {CLIENT: {"destination": b"original"}, SERVER: {"destination": b"clientid", "source": b"serverid"}}
    wire = [(sender, seal(sender, frames, number=number, **ids[sender])) for number, (sender, frames) in enumerate(turns)]
    read([(CLIENT, seal(CLIENT, crypto(0, HELLO))), *wire])


def test_handshake_packets_are_kept_up_to_the_limit():
    flight = bytes([0xE1, 0, 0, 0, 1]) + b"\x08clientid\x08serverid" + b"\x44\x00" + bytes(1024)
    answer = (SERVER, seal(SERVER, crypto(0, ANSWER), destination=b"clientid", source=b"serverid"))
    handshake = one([(CLIENT, seal(CLIENT, crypto(0, HELLO))), answer, *[(SERVER, flight)] * 50], limits=replace(DEFAULT, messages=10))
    assert len(handshake.seen) == 9
    assert kinds(handshake) == []
    assert next(packets(flight)).kind == HANDSHAKE
