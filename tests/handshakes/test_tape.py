"""The two roads that a connection can take, whole (cut in lock-step) and scalar, end in the same handshake."""

from __future__ import annotations

import pytest
import talk
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import CLIENT, SERVER, Wire, play

import analyzer.pipeline
from analyzer.handshakes import tape
from analyzer.streams.whole import no_tape

SAMPLES = (
    "tls12-ecdhe-rsa", "tls13", "tls13-hello-retry", "tls12-client-certificate", "fail-unknown-ca", "tls10-rc4", "sslv2-hello",
    "tls12-fragmented", "tls12-renegotiation", "tls13-early-data",
)  # fmt: skip
TALKS = {name: talk.turns(name) for name in SAMPLES} | {"full12": talk.full12(), "full13": talk.full13()}


def both_roads(packets):
    whole = talk.read(packets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analyzer.pipeline, "Tape", no_tape)
        return whole, talk.read(packets)


@given(
    st.sampled_from(list(TALKS)),
    st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from([0, 1, 2, 3, 11, 20, 21, 22, 23, 0x80, 0xFF]) | st.integers(0, 255)), max_size=3
    ),
    st.integers(20, 3000),
    st.lists(st.integers(1, 3000), max_size=20),
    st.sampled_from([(CLIENT, SERVER), (SERVER, CLIENT), "rst"]),
    st.one_of(st.none(), st.integers(0, 10**6)),
)
@settings(max_examples=150, deadline=None)
def test_both_roads_tell_the_same(name, flips, size, sizes, close, cut):
    wire = Wire(size=size).open()
    total = sum(len(said) for _, said in TALKS[name])
    at, sizes = 0, iter(sizes)
    for sender, said in TALKS[name]:
        changed = bytearray(said)
        for where, value in flips:
            if at <= where % total < at + len(said):
                changed[where % total - at] = value
        if cut is not None:
            del changed[max(0, cut % total - at) :]
        at += len(said)
        wire.say(sender, bytes(changed), sizes)
    if close == "rst":
        wire.rst(SERVER)
    else:
        for sender in close:
            wire.fin(sender)
    whole, scalar = both_roads(wire.packets)
    assert whole == scalar


def test_many_connections_of_a_batch():
    packets = []
    for index, name in enumerate([*TALKS, *TALKS]):
        wire = Wire((bytes([192, 0, 2, 9]), 20_000 + index), first=(index << 28, index << 27), start=talk.START + index)
        packets += play(TALKS[name], wire.open()).fin(CLIENT).fin(SERVER).packets
    packets.sort(key=lambda packet: packet[0])
    whole, scalar = both_roads(packets)
    assert len(whole) >= 2 * len(TALKS)
    assert whole == scalar


def test_packets_of_a_record_over_several_segments():
    wire = play(talk.full12(), Wire(size=50).open()).fin(CLIENT).fin(SERVER)
    whole, scalar = both_roads(wire.packets)
    assert whole == scalar
    assert whole[0].packets == list(range(4, len(wire.packets) - 1))


def test_a_handshake_of_more_records_than_a_tape_holds():
    flight = talk.handshake(talk.server_hello_message()) + b"".join(
        talk.record(22, bytes([byte])) for byte in talk.CERTIFICATE + talk.SERVER_KEY
    )
    turns = [talk.full12()[0], (SERVER, flight + talk.handshake(talk.DONE)), *talk.full12()[2:]]
    assert flight.count(b"\x16\3\3") > tape.LONGEST
    whole, scalar = both_roads(play(turns).fin(CLIENT).fin(SERVER).packets)
    assert whole == scalar
    assert talk.types(whole[0], SERVER) == [2, 11, 12, 14, 4, -1, None]
