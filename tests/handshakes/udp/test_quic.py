"""quic: whose a packet is, in connections between aioquic's client and server, whatever their order."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from quic_talk import (
    CLIENT,
    ENDS,
    MOVED,
    SERVER,
    Play,
    client_configuration,
    crypto,
    events,
    facts,
    kinds,
    one,
    read,
    seal,
)
from talk import SHARE, SHARED, TLS13, VERSIONS, hello_message, server_hello_message

from analyzer.limits import DEFAULT
from analyzer.tls.quic import packets
from analyzer.tls.quic_versions import ONE_RTT, V1, V2

pytest.importorskip("aioquic")

V2_FIRST = [V2, V1]
HELLO = hello_message((0x1301,), (VERSIONS, SHARE))
ANSWER = server_hello_message(0x1301, (TLS13, SHARED))


@pytest.fixture(scope="module")
def plain():
    return Play().connect().run()


def extensions(hello):
    return {extension.code: extension.value for extension in hello.extensions}


def retried(broken=False):
    from aioquic.quic.packet import encode_quic_retry

    play = Play().connect()
    original, source = play.client.original_destination_connection_id, b"retrysrc"
    play.flight(CLIENT)
    retry = encode_quic_retry(
        version=V1, source_cid=source, destination_cid=play.client.host_cid, original_destination_cid=original, retry_token=b"token"
    )
    play.wire.append((SERVER, retry[:-1] + bytes([retry[-1] ^ broken])))
    play.client.receive_datagram(retry, ("198.51.100.2", 443), now=0.1)
    play.server_arguments = {"original_destination_connection_id": original, "retry_source_connection_id": source}
    return play.run(), original, source


def test_retry():
    play, original, source = retried()
    handshake = one(play.wire)
    assert (handshake.outcome, kinds(handshake)) == ("complete", [])
    assert (handshake.quic.retried, handshake.quic.retry_source, handshake.quic.original_destination) == (True, source, original)
    assert handshake.quic.token == 0
    assert ("retry", SERVER) in events(handshake)
    assert len(handshake.client_hellos) == 1


def test_a_retry_with_a_wrong_tag_is_told_and_not_heeded():
    play, *_ = retried(broken=True)
    handshake = read(play.wire[:2])[0]
    assert (kinds(handshake), handshake.quic.retried) == (["quic-retry-tag"], False)


@pytest.mark.parametrize("version", [0x1A2A3A4A, V1])
def test_version_negotiation_is_one_attempt(version):
    from aioquic.quic.packet import encode_quic_version_negotiation

    first = seal(CLIENT, crypto(0, HELLO), key=b"attempt1", destination=b"attempt1", source=b"mine")
    first = first[:1] + version.to_bytes(4, "big") + first[5:]
    answer = encode_quic_version_negotiation(source_cid=b"attempt1", destination_cid=b"mine", supported_versions=[V2, 0xFF00001D])
    play = Play(client_configuration(original_version=V2, supported_versions=[V2])).connect().run()
    handshake = one([(CLIENT, first), (SERVER, answer), *play.wire])
    assert (handshake.outcome, handshake.quic.version, handshake.quic.first_version) == ("complete", V2, version)
    assert handshake.quic.versions_refused == (V2, 0xFF00001D)
    assert handshake.quic.original_destination == play.client.original_destination_connection_id
    assert ("version_negotiation", SERVER) in events(handshake)
    assert [hello.random for hello in handshake.client_hellos][-1] == play.client.tls.client_random
    assert handshake.server_hello is not None


def test_a_version_negotiation_that_names_the_version_itself_is_dropped():
    from aioquic.quic.packet import encode_quic_version_negotiation

    first = seal(CLIENT, crypto(0, HELLO), source=b"mine")
    answer = encode_quic_version_negotiation(source_cid=b"original", destination_cid=b"mine", supported_versions=[V1, V2])
    handshake = one([(CLIENT, first), (SERVER, answer)])
    assert (handshake.outcome, handshake.quic.versions_refused) == ("unanswered", ())


def resumed():
    tickets = []
    first = Play()
    first.client._session_ticket_handler = tickets.append
    store = {}
    first.server_arguments = {"session_ticket_handler": lambda ticket: store.__setitem__(ticket.ticket, ticket)}
    first.connect().run()
    second = Play(client_configuration(session_ticket=tickets[0]), session_ticket_fetcher=store.pop)
    second.connect()
    second.client.send_stream_data(0, b"early" * 100)
    return second.run()


def test_0_rtt():
    play = resumed()
    assert play.client.tls.early_data_accepted
    handshake = one(play.wire)
    assert (handshake.outcome, kinds(handshake)) == ("complete", [])
    assert handshake.quic.zero_rtt >= 1
    assert events(handshake)[0] == ("zero_rtt", CLIENT)
    assert 42 in extensions(handshake.client_hello)


def test_0_rtt_that_overtakes_the_initial():
    play = resumed()
    [first, *rest] = play.wire
    parts = [first[1][packet.at : packet.end] for packet in packets(first[1])]
    assert len(parts) == 2
    handshake = one([(CLIENT, parts[1]), (CLIENT, parts[0]), *rest])
    assert handshake.outcome == "complete"
    assert handshake.quic.zero_rtt >= 1


# ---- whose it is


def test_a_port_that_changes_in_the_middle(plain):
    first = next(place for place, (sender, _) in enumerate(plain.wire) if sender == SERVER) + 1
    moved = [(sender, data, MOVED if place >= first else None) for place, (sender, data) in enumerate(plain.wire)]
    handshake = one(moved)
    assert (handshake.outcome, handshake.quic.paths) == ("complete", 2)
    assert [kind for kind, _ in events(handshake)].count("migration") == 1
    assert handshake.client.port == ENDS[CLIENT][2]


def test_many_connections_on_one_pair_of_ends():
    plays = [Play().connect().run() for _ in range(4)]
    wires = [list(play.wire) for play in plays]
    mixed, chance = [], random.Random(5)
    while any(wires):
        mixed.append(chance.choice([wire for wire in wires if wire]).pop(0))
    found = read(mixed)
    assert sorted(handshake.client_hello.random for handshake in found) == sorted(play.client.tls.client_random for play in plays)
    assert {handshake.outcome for handshake in found} == {"complete"}
    assert sorted(handshake.number for handshake in found) == [1, 2, 3, 4]


def test_a_repeated_connection_just_over_is_not_told_again(plain):
    assert len(read(plain.wire + plain.wire)) == 1
    assert len(read([one for turn in plain.wire for one in (turn, turn)])) == 1


def test_a_client_without_connection_id():
    play = Play(client_configuration(connection_id_length=0)).connect().run()
    handshake = one(play.wire)
    assert (handshake.outcome, handshake.connection_ids[CLIENT], kinds(handshake)) == ("complete", b"", [])


def test_the_server_comes_first_in_the_capture(plain):
    place = next(place for place, (sender, _) in enumerate(plain.wire) if sender == SERVER)
    wire = [plain.wire[place], *plain.wire[:place], *plain.wire[place + 1 :]]
    assert facts(one(wire)) == facts(one(plain.wire))


def test_a_client_that_takes_a_new_id_before_its_finished():
    hello, answer = seal(CLIENT, crypto(0, HELLO)), seal(SERVER, crypto(0, ANSWER), destination=b"clientid", source=b"serverid")
    finished = bytes([0xE1, 0, 0, 0, 1]) + b"\x08newnewid\x08clientid" + b"\x40\x40" + bytes(64)
    flight = bytes([0xE1, 0, 0, 0, 1]) + b"\x08clientid\x08serverid" + b"\x44\x00" + bytes(1024)
    wire = [(CLIENT, hello), (SERVER, answer), (SERVER, flight), (CLIENT, finished + b"\x41newnewid" + bytes(30))]
    assert one(wire).outcome == "complete"


# ---- what is odd


def test_limits():
    wire = [(CLIENT, seal(CLIENT, crypto(0, HELLO), key=pack, destination=pack)) for pack in (bytes([n]) * 8 for n in range(6))]
    assert len(read(wire, replace(DEFAULT, flows=2), keep=True)) == 6
    junk = [(SERVER, seal(SERVER, b"\1", destination=b"who", source=b"what"))] * 300
    assert read(junk) == []
    flood = one([(CLIENT, seal(CLIENT, crypto(0, HELLO + bytes(1000))))], limits=replace(DEFAULT, messages=10))
    assert "too-many-messages" in kinds(flood)


# ---- any order


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_and_repetition_of_the_datagrams_gives_the_same_handshake(plain, data):
    wire = plain.wire
    assert any(packet.kind == ONE_RTT for sender, one in wire for packet in packets(one) if sender == CLIENT)
    more = data.draw(st.lists(st.integers(0, len(wire) - 1), max_size=4))
    shuffled = data.draw(st.permutations([*range(len(wire)), *more]))
    assert facts(one([wire[place] for place in shuffled])) == facts(one(wire))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_flips_and_cuts_never_raise(plain, data):
    wire = [list(turn) for turn in plain.wire]
    for _ in range(data.draw(st.integers(1, 6))):
        turn = wire[data.draw(st.integers(0, len(wire) - 1))]
        broken = bytearray(turn[1])
        if broken:
            broken[data.draw(st.integers(0, min(len(broken) - 1, 60)))] ^= data.draw(st.integers(1, 255))
        turn[1] = bytes(broken[: data.draw(st.integers(0, len(broken)) | st.just(len(broken)))])
    read([(*turn, None, data.draw(st.sampled_from((0, 0, 300)))) for turn in wire])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((CLIENT, SERVER)), st.binary(max_size=80)), max_size=8))
def test_random_datagrams_tell_nothing(wire):
    assert read(wire) == []
