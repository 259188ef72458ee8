"""Who wants to deceive an analyst: copies that no receiver takes, bytes sent twice, networks with the same addresses.

Everything here goes the whole road, in Blocks of any size: the right handshake is read, or the conflict has its name.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from struct import pack, unpack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture.block import SOURCE_SHIFT, Block
from analyzer.limits import DEFAULT
from analyzer.pipeline import Counters, handshakes

for name in ("talk", "quic_talk", "dtls_talk"):
    if name not in sys.modules:  # importlib mode puts no test folder on the path
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "handshakes" / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
import dtls_talk  # noqa: E402 - they are modules from here on
import quic_talk  # noqa: E402 - as above
import talk  # noqa: E402 - as above

CLIENT, SERVER, MS = talk.CLIENT, talk.SERVER, talk.MS
RIGHT, WRONG, NO_SUM = "right", "wrong", "none"


def named(name):
    return talk.extension(0, talk.vector(b"\0" + talk.vector(name)))


def turns(name=b"shop.example"):
    return [(CLIENT, talk.client_hello(extensions=[named(name)])), *talk.full12()[1:]]


def ones(data):
    """RFC 1071, as it is written there."""
    words = unpack(f">{len(data) // 2}H", data) if not len(data) % 2 else unpack(f">{len(data) // 2 + 1}H", data + b"\0")
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Wire(talk.Wire):
    """A wire whose packets have checksums and a Time to Live; ``tagged`` says in which network they travel."""

    def __init__(self, *arguments, ttl=64, sums=RIGHT, **more):
        super().__init__(*arguments, **more)
        self.ttl, self.sums = ttl, sums

    def segment(self, sender, flags=talk.ACK, data=b"", sequence=None, *, ttl=None, sums=None):
        (source, sport), (target, dport) = self.ends[sender], self.ends[talk.other(sender)]
        sequence = self.at[sender] if sequence is None else sequence
        acknowledged = self.at[talk.other(sender)] if flags & talk.ACK else 0
        head = [sport, dport, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0]
        tcp = pack(">HHIIBBHHH", *head) + data
        right = ones(source + target + pack(">HH", 6, len(tcp)) + tcp)
        head[7] = {RIGHT: right, WRONG: right ^ 0x1234, NO_SUM: 0}[sums or self.sums]
        tcp = pack(">HHIIBBHHH", *head) + data
        ip = pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), len(self.packets) & 0xFFFF, 0x4000, ttl or self.ttl, 6, 0) + source + target
        self.packets.append((self.time, ip + tcp))
        self.time += MS
        return self


def blocks(rows, size=1000):
    """Blocks of (time, packet, link type, interface, source)."""
    for begin in range(0, len(rows), size):
        times, frames, links, interfaces, sources = zip(*rows[begin : begin + size], strict=True)
        caplen = np.array([len(frame) for frame in frames], np.int64)
        offset = np.concatenate(([0], np.cumsum(caplen)[:-1])).astype(np.int64)
        number = np.array(sources, np.int64) << SOURCE_SHIFT | np.arange(begin + 1, begin + 1 + len(frames))
        yield Block(np.frombuffer(b"".join(frames), np.uint8), offset, caplen, caplen.copy(), np.array(times, np.int64),
                    np.array(links, np.int32), np.array(interfaces, np.int32), number)  # fmt: skip


def read(rows, size=1000, limits=DEFAULT):
    counters = Counters()
    return sorted(handshakes(blocks(rows, size), limits, counters), key=lambda made: made.number), counters


def raw(packets):
    return [(time, packet, talk.RAW, 0, 0) for time, packet in packets]


def server_name(made):
    values = [extension.value for extension in made.client_hello.extensions if extension.code == 0]
    return values[0][0].name


def kinds(made):
    return [anomaly.kind for anomaly in made.anomalies]


SIZES = st.integers(1, 40)
EVIL = [{"sums": WRONG}, {"ttl": 1}, {"ttl": 3, "sums": WRONG}]


# ---- copies that no receiver takes


@settings(max_examples=60)
@given(st.data(), SIZES)
def test_a_copy_that_no_receiver_takes_never_counts(data, size):
    """Wrong checksum or short Time to Live, in front of the true bytes, behind them or between, cut anywhere."""
    hello, decoy = turns()[0][1], turns(b"evil.example")[0][1]
    assert len(hello) == len(decoy)
    wire = Wire().open()
    base, pieces = wire.at[CLIENT], []
    cuts = sorted(data.draw(st.sets(st.integers(1, len(hello) - 1), max_size=6)))
    pieces += [(start, stop, hello, {}) for start, stop in zip([0, *cuts], [*cuts, len(hello)], strict=True)]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(hello) - 1))
        pieces.append((start, data.draw(st.integers(start + 1, len(hello))), decoy, data.draw(st.sampled_from(EVIL))))
    for start, stop, source, odd in data.draw(st.permutations(pieces)):
        wire.segment(CLIENT, talk.PSH_ACK, source[start:stop], base + start, **odd)
    wire.at[CLIENT] = base + len(hello)
    talk.play(turns()[1:], wire)
    [made], _ = read(raw(wire.packets), size)
    assert (server_name(made), made.outcome) == (b"shop.example", "complete")
    different = any(source is decoy and source[start:stop] != hello[start:stop] for start, stop, source, _ in pieces)
    assert ("overlap-conflict" in kinds(made)) == different


@pytest.mark.parametrize("sums", [WRONG, NO_SUM])
def test_checksums_that_the_network_card_was_to_fill_in_say_nothing(sums):
    [made], _ = read(raw(talk.play(turns(), Wire(sums=sums).open(), sizes=[100, 100]).packets))
    assert (made.outcome, kinds(made)) == ("complete", [])


@pytest.mark.parametrize("odd", EVIL)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_only_the_odd_copy_has_is_read(odd, size):
    """Segments merged on receipt keep a wrong checksum, paths change: what the peer acknowledges it has taken."""
    wire = Wire().open()
    for sender, said in turns():
        wire.segment(sender, talk.PSH_ACK, said, **odd)
        wire.at[sender] += len(said)
    [made], _ = read(raw(wire.packets), size)
    assert (server_name(made), made.outcome, kinds(made)) == (b"shop.example", "complete", [])
    assert made.packets == sorted(made.packets)


def test_a_lone_doubtful_hello_is_read_when_the_capture_ends():
    wire = Wire().open()
    wire.segment(CLIENT, talk.PSH_ACK, turns()[0][1], sums=WRONG)
    [made], _ = read(raw(wire.packets))
    assert (server_name(made), made.outcome) == (b"shop.example", "unanswered")


@pytest.mark.parametrize("flags", [talk.SYN, talk.RST, talk.RST | talk.ACK, talk.FIN | talk.ACK])
@pytest.mark.parametrize("sender", [CLIENT, SERVER])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_connection_does_not_begin_or_end_by_what_its_receiver_drops(flags, sender, size):
    wire = Wire().open()
    for turn, (speaker, said) in enumerate(turns()):
        if turn == 1:
            wire.segment(sender, flags, sequence=0x12345678 if flags == talk.SYN else None, sums=WRONG)
        wire.say(speaker, said)
    [made], _ = read(raw(wire.packets), size)
    assert (server_name(made), made.outcome, made.closed, kinds(made)) == (b"shop.example", "complete", None, ["dropped-segment"])


def test_of_two_equal_copies_in_a_hole_the_one_that_can_be_read_counts():
    """Neither checksum nor Time to Live tells them apart (Ptacek and Newsham, 1998): the record's own lengths do."""
    hello, decoy = turns()[0][1], turns(b"evil.example.net")[0][1]
    for first, second in ((decoy, hello), (hello, decoy)):
        wire = Wire().open()
        base = wire.at[CLIENT]
        for source, start, stop in ((first, 40, None), (second, 40, None), (hello, 0, 40)):
            wire.segment(CLIENT, talk.PSH_ACK, source[start:stop], base + start)
        wire.fin(CLIENT)
        [made], _ = read(raw(wire.packets))
        assert server_name(made) == b"shop.example"
        assert made.number == 1
        assert kinds(made)[:1] == ["overlap-conflict"]
        assert made.closed == "fin"


@settings(max_examples=60)
@given(st.data(), SIZES)
def test_copies_that_agree_are_one_stream_whatever_the_order(data, size):
    hello = turns()[0][1]
    wire = Wire().open()
    base = wire.at[CLIENT]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(hello) - 1), max_size=8)))
    pieces = list(zip([0, *cuts], [*cuts, len(hello)], strict=True))
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(hello) - 1))
        pieces.append((start, data.draw(st.integers(start + 1, len(hello)))))
    for start, stop in data.draw(st.permutations(pieces)):
        wire.segment(CLIENT, talk.PSH_ACK, hello[start:stop], base + start)
    wire.at[CLIENT] = base + len(hello)
    talk.play(turns()[1:], wire)
    [made], _ = read(raw(wire.packets), size)
    assert (server_name(made), made.outcome, kinds(made)) == (b"shop.example", "complete", [])


@pytest.mark.parametrize("at", [1, 5, 6, 43, 60])
def test_a_hello_may_be_split_at_every_byte_and_a_syn_may_carry_it(at):
    hello = turns()[0][1]
    wire = Wire()
    wire.segment(CLIENT, talk.SYN, hello[:at])
    wire.at[CLIENT] += 1 + at
    wire.segment(SERVER, talk.SYN | talk.ACK)
    wire.at[SERVER] += 1
    wire.client(hello[at:])
    [made], _ = read(raw(talk.play(turns()[1:], wire).packets))
    assert (server_name(made), made.outcome, kinds(made)) == (b"shop.example", "complete", [])


# ---- networks with the same addresses


def vlan(tag, packet):
    return bytes(12) + pack(">HHH", 0x8100, tag, 0x0800) + packet


def vxlan(number, packet):
    inner = bytes(12) + b"\x08\0" + packet
    udp = pack(">HHHHII", 50000, 4789, 16 + len(inner), 0, 0x08000000, number << 8) + inner
    return pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + bytes([172, 16, 0, 1, 172, 16, 0, 2]) + udp


NETWORKS = {
    "VLANs": lambda number, time, packet: (time, vlan(10 + number, packet), 1, 0, 0),
    "interfaces": lambda number, time, packet: (time, packet, talk.RAW, number, 0),
    "captures": lambda number, time, packet: (time, packet, talk.RAW, 0, number),
    "tunnels": lambda number, time, packet: (time, vxlan(100 + number, packet), talk.RAW, 0, 0),
    "a tunnel and none": lambda number, time, packet: (time, vxlan(9, packet) if number else packet, talk.RAW, 0, 0),
}


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS.keys(), scope="module")
def network(request):
    return request.param


def shuffled(data, *streams):
    """Interleave, each in its own order; times go on evenly."""
    order = data.draw(st.permutations([number for number, stream in enumerate(streams) for _ in stream]))
    walks = [iter(stream) for stream in streams]
    return [(talk.START + index * MS, number, next(walks[number])[1]) for index, number in enumerate(order)]


@settings(max_examples=40)
@given(data=st.data(), size=SIZES)
def test_two_connections_with_the_same_addresses_never_mix(network, data, size):
    wires = [talk.play(turns(name), Wire(first=first).open(), sizes=data.draw(st.lists(st.integers(1, 200), max_size=3)))
             for name, first in ((b"one.example", (1000, 77)), (b"two.example", (0x80000000, 0x40000000)))]  # fmt: skip
    rows = shuffled(data, *(wire.packets for wire in wires))
    made, counters = read([network(number, time, packet) for time, number, packet in rows], size)
    assert sorted(map(server_name, made)) == [b"one.example", b"two.example"]
    assert [(one.outcome, kinds(one)) for one in made] == [("complete", [])] * 2
    for one in made:
        which = [b"one.example", b"two.example"].index(server_name(one))
        assert {rows[(packet & 0xFFFFFFFF) - 1][1] for packet in one.packets} == {which}
    assert not counters.limits


@settings(max_examples=40)
@given(data=st.data(), size=SIZES)
def test_one_connection_whose_directions_travel_apart_is_one(network, data, size):
    wire = talk.play(turns(), Wire().open(), sizes=data.draw(st.lists(st.integers(1, 200), max_size=3)))
    rows = [network(int(packet[12:16] == wire.ends[SERVER][0]), time, packet) for time, packet in wire.packets]
    [made], _ = read(rows, size)
    assert (server_name(made), made.outcome, kinds(made)) == (b"shop.example", "complete", [])


@settings(max_examples=40)
@given(data=st.data(), size=SIZES)
def test_one_connection_seen_twice_is_one(network, data, size):
    wire = talk.play(turns(), Wire().open(), sizes=data.draw(st.lists(st.integers(1, 200), max_size=3)))
    rows = shuffled(data, wire.packets, wire.packets)
    made, _ = read([network(number, time, packet) for time, number, packet in rows], size)
    opened = [one for one in made if one.client_hello is not None]
    assert [(server_name(one), one.outcome) for one in opened] in ([(b"shop.example", "complete")], [(b"shop.example", "complete")] * 2)
    assert [kinds(one) for one in opened] == [[]] * len(opened)
    if len(opened) == 2:  # it was over in one network before it began in the other
        first, second = ({rows[(packet & 0xFFFFFFFF) - 1][1] for packet in one.packets} for one in opened)
        assert first.isdisjoint(second)


def test_a_rotated_set_of_captures_is_one_body_of_traffic():
    wire = talk.play(turns(), Wire().open())
    for cut in range(1, len(wire.packets)):
        rows = [(time, packet, talk.RAW, 0, int(index >= cut)) for index, (time, packet) in enumerate(wire.packets)]
        [made], _ = read(rows, 1)
        assert (server_name(made), made.outcome, kinds(made)) == (b"shop.example", "complete", [])


def test_more_networks_than_the_limit_are_told_and_lose_nothing():
    firsts = [(number * 0x13579BDF, number * 0x2468ACE1) for number in range(1, 9)]
    wires = [talk.play(turns(b"n%d.example" % number), Wire(first=first).open()) for number, first in enumerate(firsts, 1)]
    rows = []
    for step in zip(*(wire.packets for wire in wires), strict=True):
        rows += [(time, vlan(number, packet), 1, 0, 0) for number, (time, packet) in enumerate(step, 1)]
    made, counters = read(rows, 3)
    assert (len(made), {one.outcome for one in made}, counters.limits) == (8, {"complete"}, {})
    few = DEFAULT.__class__(networks=3)
    made, counters = read(rows, 3, few)
    assert {server_name(one) for one in made if one.client_hello is not None} == {b"n%d.example" % number for number in range(1, 9)}
    assert counters.limits["networks"] > 0


def udp(sender, data, port=443):
    (source, _), (target, _) = talk.ENDS[sender], talk.ENDS[talk.other(sender)]
    sport, dport = (50000, port) if sender == CLIENT else (port, 50000)
    head = pack(">BBHHHBBH", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0)
    return head + source + target + pack(">HHHH", sport, dport, 8 + len(data), 0) + data


def quic(name):
    pytest.importorskip("aioquic")
    peers = quic_talk.Play(client=quic_talk.client_configuration(server_name=name))
    return [(0, udp(sender, data)) for sender, data in peers.connect().run().wire]


def dtls(name):
    hello = talk.hello_message(extensions=[named(name)], version=0xFEFD)
    said = [(0, hello), (1, talk.server_hello_message(version=0xFEFD)), (1, talk.DONE)]
    said[0] = 0, hello[:1] + (len(hello) - 3).to_bytes(3, "big") + hello[4:39] + b"\0" + hello[39:]  # an empty cookie behind the session id
    sequences = [0, 0]
    packets = []
    for side, message in said:
        body = dtls_talk.fragment(message, sequences[side])
        packets.append((0, udp((CLIENT, SERVER)[side], dtls_talk.record(22, body, sequence=sequences[side]), 4433)))
        sequences[side] += 1
    return packets


@settings(max_examples=20)
@given(data=st.data(), size=SIZES)
def test_two_exchanges_over_udp_with_the_same_addresses_never_mix(network, data, size):
    for made_by in (dtls, quic):
        names = (b"one.example", b"two.example") if made_by is dtls else ("one.example", "two.example")
        rows = shuffled(data, *(made_by(name) for name in names))
        made, _ = read([network(number, time, packet) for time, number, packet in rows], size)
        assert sorted(map(server_name, made)) == [b"one.example", b"two.example"]
        for one in made:
            which = [b"one.example", b"two.example"].index(server_name(one))
            assert {rows[(packet & 0xFFFFFFFF) - 1][1] for packet in one.packets} == {which}
            assert one.server_hello is not None


@settings(max_examples=20)
@given(data=st.data(), size=SIZES)
def test_an_exchange_over_udp_seen_twice_or_by_two_ways_is_one(network, data, size):
    packets = dtls(b"shop.example")
    rows = shuffled(data, packets, packets)
    [made], _ = read([network(number, time, packet) for time, number, packet in rows], size)
    assert (server_name(made), kinds(made), made.server_hello is not None) == (b"shop.example", [], True)
    apart = [network(int(packet[12:16] == talk.ENDS[SERVER][0]), index, packet) for index, (_, packet) in enumerate(packets)]
    [made], _ = read(apart, size)
    assert (server_name(made), kinds(made), made.server_hello is not None) == (b"shop.example", [], True)


# ---- IP fragments


def pieces(packet, cuts, number=7):
    """Cut an IPv4 packet's payload at multiples of eight bytes."""
    head, body = packet[:20], packet[20:]
    for start, stop in zip([0, *cuts], [*cuts, len(body)], strict=True):
        more = stop < len(body)
        part = body[start:stop]
        yield head[:2] + pack(">HHH", 20 + len(part), number, more << 13 | start >> 3) + head[8:] + part


@settings(max_examples=40)
@given(st.data(), SIZES)
def test_a_hello_in_fragments_is_read_and_a_contradicting_copy_is_named(data, size):
    wire, evil = Wire().open(), Wire().open()
    wire.client(turns()[0][1])
    evil.client(turns(b"evil.example")[0][1])
    opening, hello, decoy = wire.packets[:-1], wire.packets[-1][1], evil.packets[-1][1]
    cuts = [8 * cut for cut in sorted(data.draw(st.sets(st.integers(1, (len(hello) - 21) // 8), min_size=1, max_size=5)))]
    whole, false = list(pieces(hello, cuts)), list(pieces(decoy, cuts))
    order = data.draw(st.permutations(range(len(whole))))
    sent = [whole[index] for index in order]
    lies = [place for place, index in enumerate(order[:-1]) if whole[index] != false[index]]  # a copy behind the first, before the last
    contradicted = bool(lies) and data.draw(st.booleans())
    if contradicted:
        place = lies[0]
        sent.insert(data.draw(st.integers(place + 1, len(order) - 1)), false[order[place]])
    rows = [*opening, *((talk.START + 100 * MS + index * MS, one) for index, one in enumerate(sent))]
    [made], counters = read(raw(rows), size)
    assert server_name(made) == b"shop.example"
    assert ("overlap-conflict" in kinds(made)) == bool(counters.notes) == contradicted
    assert len(made.packets) == len(sent)
