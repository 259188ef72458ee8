"""The choice: DTLS, QUIC, a relay around DTLS, or something else on the same ports; and what an exchange travelled in."""

from __future__ import annotations

from collections import Counter
from struct import pack

import dtls_talk as dt
import pytest
import quic_talk as qt
import talk
from dtls_talk import CLIENT, SERVER
from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.roles import Numbers
from analyzer.handshakes.udp.datagrams import Demultiplexer
from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Layer
from analyzer.streams.exchange import Exchange
from analyzer.streams.flow import DONE, WATCH

STUN = bytes.fromhex("000100002112a442") + b"transaction!"
GOOGLE = b"\x09" + bytes(8) + b"Q043" + bytes(20)
"""Public header with version and connection id, as Google's QUIC had it until Q043."""
TUNNEL = (Layer("gre", 7, b"\x0a\0\0\1", b"\x0a\0\0\2"),)
HELLO = qt.seal(talk.CLIENT, qt.crypto(0, talk.HELLO13[5:]))


class Ear:
    """One exchange and what came of it."""

    def __init__(self, ends=dt.ENDS, *, carriage=0, opener=0):
        self.told, self.notes, self.packet = [], Counter(), 0
        self.exchange = Exchange(1, ends, carriage, opener)
        self.hearer = Demultiplexer(DEFAULT, Numbers(), self.told.append, self.notes, [(), TUNNEL]).hear(self.exchange)

    def say(self, side, data, missing=0):
        self.packet += 1
        self.exchange.heard |= 1 << side
        self.exchange.last = talk.START + self.packet * talk.MS
        return self.hearer.datagram(side, data, self.packet, self.exchange.last, missing)

    def play(self, turns, wrap=bytes):
        return [self.say(side, wrap(data)) for side, data in turns]

    def read(self):
        self.hearer.finish()
        return self.told


def channel(data):
    """ChannelData, RFC 8656 section 12.4."""
    return pack(">HH", 0x4001, len(data)) + data


def indication(data):
    """A Send indication with XOR-PEER-ADDRESS and DATA, RFC 8656 section 11.1."""
    padded = data + bytes(-len(data) % 4)
    attributes = pack(">HH", 0x0012, 8) + bytes(8) + pack(">HH", 0x0013, len(data)) + padded
    return pack(">HHI", 0x0016, len(attributes), 0x2112A442) + b"transaction!" + attributes


def test_dtls():
    ear = Ear()
    assert ear.play(dt.full())[0] == WATCH
    [made] = ear.read()
    assert (made.framing, made.transport, made.outcome, made.carriage) == ("dtls", "udp", "complete", ())


def test_quic():
    ear = Ear((qt.ENDS[talk.CLIENT], qt.ENDS[talk.SERVER]))
    assert ear.say(CLIENT, HELLO) == WATCH
    [made] = ear.read()
    assert (made.framing, made.transport, made.outcome) == ("quic", "udp", "unanswered")
    assert made.client_hello is not None


@pytest.mark.parametrize("cut", [0, 40])
def test_a_cut_first_datagram_of_quic(cut):
    ear = Ear((qt.ENDS[talk.CLIENT], qt.ENDS[talk.SERVER]))
    ear.say(CLIENT, HELLO[: len(HELLO) - cut], cut)
    assert [made.framing for made in ear.read()] == ["quic"]


@pytest.mark.parametrize(("wrap", "name"), [(channel, "turn"), (indication, "turn"), (b"\1\0\0\0".__add__, "capwap")])
def test_what_dtls_may_be_wrapped_in_is_part_of_its_carriage(wrap, name):
    ear = Ear()
    ear.play(dt.full(), wrap)
    [made] = ear.read()
    assert (made.framing, made.outcome, [layer.name for layer in made.carriage]) == ("dtls", "complete", [name])


def test_other_protocols_on_the_same_ports():
    turns = dt.full()
    mixed = [one for turn in turns for one in ((SERVER, STUN), turn, (CLIENT, b"\x80\x60" + bytes(30)))]
    ear = Ear()
    ear.play(mixed[1:])
    [made] = ear.read()
    assert (made.outcome, made.anomalies) == ("complete", [])


@pytest.mark.parametrize("noise", [b"", STUN, b"\x16", b"\xfe\xfd", channel(STUN), bytes(100)])
def test_noise_is_done_at_once(noise):
    ear = Ear()
    assert ear.say(CLIENT, noise) == DONE
    assert ear.read() == []


def test_google_quic_is_named_counted_and_not_read():
    ear = Ear()
    assert ear.say(CLIENT, GOOGLE) == DONE
    assert (ear.notes, ear.read()) == ({"Google QUIC Q043": 1}, [])


@pytest.mark.parametrize(("opener", "outbound"), [(CLIENT, True), (SERVER, False)])
def test_the_carriage_is_that_of_the_first_datagram_and_knows_its_way(opener, outbound):
    for turns, ends in ((dt.full(), dt.ENDS), ([(CLIENT, HELLO)], (qt.ENDS[talk.CLIENT], qt.ENDS[talk.SERVER]))):
        ear = Ear(ends, carriage=1, opener=opener)
        ear.play(turns)
        [made] = ear.read()
        assert (made.carriage, made.outbound) == (TUNNEL, outbound)


SAID = st.binary(max_size=80) | st.sampled_from([HELLO, GOOGLE, STUN, dt.full()[0][1]])


@given(st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), SAID), max_size=6))
def test_nothing_raises(turns):
    ear = Ear()
    assert set(ear.play(turns)) <= {WATCH, DONE}
    assert all(made.client_hello for made in ear.read() if made.framing == "quic")
