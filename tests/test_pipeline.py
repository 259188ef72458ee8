"""The road as a whole: what is counted on it, and that its end is bounded."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections import Counter
from pathlib import Path
from struct import pack

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import from_packets
from analyzer.handshakes.handshake import Handshake
from analyzer.handshakes.prelude import Plain
from analyzer.limits import DEFAULT
from analyzer.packets.carriage import Layer
from analyzer.packets.datagram_sieve import DatagramSieve
from analyzer.packets.sieve import Sieve
from analyzer.pipeline import Counters, handshakes
from analyzer.streams.exchanges import Exchanges
from analyzer.streams.flow import Flow
from analyzer.streams.table import Table

if "talk" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("talk", Path(__file__).parent / "handshakes" / "talk.py")
    sys.modules["talk"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["talk"])
import talk

FULL, MS = talk.full12(), talk.MS


def walk(packets, limits=DEFAULT, link=talk.RAW):
    counters = Counters()
    return list(handshakes(from_packets(packets, link, limits=limits), limits, counters)), counters


def connection(index, start=talk.START):
    wire = talk.Wire((bytes([192, 0, 2, 9]), 20_000 + index), first=(index << 20, 5), start=start)
    return talk.play(FULL, wire.open())


def test_an_empty_capture():
    assert walk([]) == ([], Counters())


def test_every_packet_is_counted():
    udp = bytes.fromhex("4500001d00000000401100000a0000010a0000020035003500090000") + b"x"
    packets = [*connection(1).packets, (talk.START + 10**9, udp), (talk.START + 10**9, b"\xff"), (talk.START + 10**9, udp[:24], len(udp))]
    made, counters = walk(packets)
    assert (len(made), counters.packets, counters.cut_packets) == (1, len(packets), 1)
    assert counters.bytes == sum(len(packet[1]) for packet in packets)
    assert counters.skipped == {"not IP": 1, "cut before the end of the UDP header": 1}, "a datagram of no interest is not skipped"
    assert counters.limits == {}


def test_too_many_flows_are_closed_early_and_told():
    """The oldest idle one first; each is told once."""
    packets = sorted((packet for index in range(10) for packet in connection(index).packets), key=lambda packet: packet[0])
    made, counters = walk(packets, msgspec.structs.replace(DEFAULT, flows=3))
    assert counters.limits["flows"] > 0
    assert {one.client.port for one in made} == {20_000 + index for index in range(10)}


def test_an_idle_flow_is_told_before_the_capture_ends():
    limits = msgspec.structs.replace(DEFAULT, block_bytes=256)
    late = connection(2, talk.START + 400 * 10**9)
    counters = Counters()
    road = handshakes(from_packets([*connection(1).packets, *late.packets], talk.RAW, limits=limits), limits, counters)
    assert next(road).client.port == 20_001
    assert counters.packets < 14
    assert [one.client.port for one in road] == [20_002]


@pytest.mark.parametrize("link", [0, 1, 12, 101, 113, 127, 228, 276, 99_999])
def test_nothing_raises_whatever_the_link_says(link):
    packets = [*connection(1).packets, (0, b""), (0, b"\x45"), (-5, bytes(range(256)))]
    made, counters = walk(packets, link=link)
    assert len(made) == (link in {12, 101, 228})
    assert counters.packets == len(packets)


def test_noise_is_no_handshake():
    from random import Random

    noise = Random(5)
    packets = [(index, bytes([0x45, 0]) + (len(said := noise.randbytes(noise.randrange(400))) + 20).to_bytes(2, "big") + bytes(5) + b"\6"
                + noise.randbytes(10) + said) for index in range(500)]  # fmt: skip
    made, counters = walk(packets)
    assert counters.packets == 500
    assert made == []


# ------------------------------------------------------------------------------------------------ carriages, datagrams, preludes


def ethernet(packet, *tags):
    return bytes(12) + b"".join(pack("!HH", 0x8100, tag) for tag in tags) + b"\x08\0" + packet


def outer(packet, protocol, body):
    """An IPv4 packet between tunnel ends that mirror the inner ends: 203.0.113.n for the n in their last byte."""
    ends = bytes([203, 0, 113, packet[15], 203, 0, 113, packet[19]])
    return pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + ends + body


def gre(packet):
    return outer(packet, 47, b"\0\0\x08\0" + packet)


def vxlan(packet):
    body = b"\x08\0\0\0\0\0\x4d\0" + ethernet(packet)
    return outer(packet, 17, pack("!HHHH", 50_000, 4789, 8 + len(body), 0) + body)


A, B = bytes([203, 0, 113, 9]), bytes([203, 0, 113, 2])
CARRIAGES = {
    "vlan": (lambda packet: ethernet(packet, 5), (Layer("vlan", 5),)),
    "two vlans": (lambda packet: ethernet(packet, 5, 6), (Layer("vlan", 5), Layer("vlan", 6))),
    "a priority": (lambda packet: ethernet(packet, 0xE000), ()),
    "gre": (lambda packet: ethernet(gre(packet)), (Layer("gre", None, A, B),)),
    "vxlan in a vlan": (lambda packet: ethernet(vxlan(packet), 7), (Layer("vlan", 7), Layer("vxlan", 77, A, B))),
}


def turned(layers):
    return tuple(msgspec.structs.replace(layer, source=layer.target, target=layer.source) for layer in layers)


@pytest.mark.parametrize("name", CARRIAGES)
def test_a_handshake_knows_what_it_travelled_in_and_is_the_same(name):
    wrap, layers = CARRIAGES[name]
    packets = connection(1).packets
    (bare,), _ = walk(packets)
    (made,), counters = walk([(time, wrap(packet)) for time, packet in packets], link=1)
    assert not counters.skipped
    assert (made.carriage, made.outbound) == (layers, True)
    assert msgspec.structs.replace(made, carriage=()) == bare
    (made,), _ = walk([(time, wrap(packet)) for time, packet in packets[1:]], link=1)
    assert made.carriage == turned(layers)
    assert not layers or not made.outbound, "the first that was seen is the server's"


def datagram(data, port, *, back=False):
    ports = (4433, port) if back else (port, 4433)
    ends = bytes([198, 51, 100, 2, 192, 0, 2, 9]) if back else bytes([192, 0, 2, 9, 198, 51, 100, 2])
    return pack("!BBHHHBBH", 0x45, 0, 28 + len(data), 1, 0, 64, 17, 0) + ends + pack("!HHHH", *ports, 8 + len(data), 0) + data


def dtls(code, body, sequence=0):
    """A DTLS 1.2 record with the whole of one message (RFC 6347 sections 4.1 and 4.2.2)."""
    size = len(body).to_bytes(3, "big")
    message = bytes([code]) + size + pack("!H", sequence) + bytes(3) + size + body
    return pack("!BHHIH", 22, 0xFEFD, 0, 0, sequence) + pack("!H", len(message)) + message


HELLO = b"\xfe\xfd" + b"\x11" * 32 + b"\0\0" + pack("!HH", 2, 0xC02B) + b"\1\0"
"""RFC 6347 section 4.2.1: a ClientHello with no session and no cookie."""
REFUSED = pack("!BHHIHH", 21, 0xFEFD, 0, 0, 0, 2) + b"\2\x28"
"""A fatal handshake_failure: behind a hello in the same block it is only read because the exchange has opened."""


def exchange(port, start):
    return [(start, datagram(dtls(1, HELLO), port)), (start + MS, datagram(REFUSED, port, back=True))]


def smtp(client, start):
    wire = talk.Wire((bytes([192, 0, 2, 1]), client), (bytes([198, 51, 100, 2]), 25), start=start).open()
    wire.server(b"220 mail.example ESMTP\r\n").client(b"EHLO a\r\n").server(b"250-mail.example\r\n250 STARTTLS\r\n").client(b"QUIT\r\n")
    return wire.fin(talk.CLIENT).fin(talk.SERVER).packets


def told(one):
    """What of a Handshake or Plain must be the same whatever the blocks were; its number may differ with what ends first."""
    if isinstance(one, Plain):
        return "plain", one.client.port, str(one.preludes)
    return one.framing, one.client.port, str(talk.facts(one)), one.packets


MIXED = sorted(
    [*connection(1).packets, *connection(2, talk.START + 3 * MS).packets, *exchange(30_001, talk.START + 2 * MS),
     *smtp(40_001, talk.START + MS), *exchange(30_002, talk.START + 5 * MS), (talk.START + 4 * MS, b"\xff"),
     (talk.START + 6 * MS, datagram(b"of no interest", 30_003))],
    key=lambda packet: packet[0],
)  # fmt: skip


def test_a_failed_exchange_is_read_from_one_block():
    (made,), counters = walk(exchange(30_001, talk.START))
    assert (made.transport, made.framing, made.outcome) == ("udp", "dtls", "failed")
    assert (made.client.port, made.server.port, len(made.alerts)) == (30_001, 4433, 1)
    assert counters.skipped == {}


@pytest.mark.parametrize("name", CARRIAGES)
def test_datagrams_know_what_they_travelled_in_too(name):
    wrap, layers = CARRIAGES[name]
    (made,), _ = walk([(time, wrap(packet)) for time, packet in exchange(30_001, talk.START)], link=1)
    assert (made.carriage, made.outbound, made.outcome) == (layers, True, "failed")


@given(st.integers(60, 2000))
@settings(max_examples=25, deadline=None)
def test_whatever_the_blocks_everything_is_told_once_and_the_same(block_bytes):
    limits = msgspec.structs.replace(DEFAULT, block_bytes=block_bytes)
    found, counters = walk(MIXED, limits)
    whole, _ = walk(MIXED)
    assert sorted(map(told, found)) == sorted(map(told, whole))
    assert Counter(type(one) for one in found) == {Handshake: 4, Plain: 1}
    assert sorted(one.number for one in found if isinstance(one, Handshake)) == [1, 2, 3, 4]
    assert (counters.packets, counters.skipped) == (len(MIXED), {"not IP": 1})


def test_too_many_exchanges_are_closed_early_and_told():
    packets = [(talk.START + port, datagram(dtls(1, HELLO), port)) for port in range(30_001, 30_011)]
    found, counters = walk(packets, msgspec.structs.replace(DEFAULT, flows=3))
    assert [one.client.port for one in found] == list(range(30_001, 30_011))
    assert counters.limits["flows"] == 7


def test_an_idle_exchange_is_told_before_the_capture_ends():
    limits = msgspec.structs.replace(DEFAULT, block_bytes=100)
    packets = [*exchange(30_001, talk.START)[:1], *connection(2, talk.START + 400 * 10**9).packets]
    counters = Counters()
    road = handshakes(from_packets(packets, talk.RAW, limits=limits), limits, counters)
    assert next(road).framing == "dtls"
    assert counters.packets < len(packets)
    assert [one.client.port for one in road] == [20_002]


def test_googles_quic_is_noted_and_no_handshake():
    packet = bytes([0xC3]) + b"Q046" + b"\x50" + bytes(8) + bytes(60)
    found, counters = walk([(talk.START, datagram(packet, 30_001)), (talk.START, datagram(packet, 30_001, back=True))])
    assert found == []
    assert counters.notes.total() >= 1
    assert any("Q046" in name for name in counters.notes)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=8), st.integers(60, 400))
@settings(max_examples=40, deadline=None)
def test_datagrams_of_noise_never_raise(said, block_bytes):
    packets = [(talk.START + index, datagram(data, 30_001, back=back)) for index, (back, data) in enumerate(said)]
    opened = [(talk.START, datagram(dtls(1, HELLO), 30_001)), *packets]
    limits = msgspec.structs.replace(DEFAULT, block_bytes=block_bytes)
    for given_ in (packets, opened):
        _, counters = walk(given_, limits)
        assert counters.packets == len(given_)


def test_nothing_large_waits_for_the_garbage_collector():
    """The sieves' tables have 20 MiB: in a notebook, or among thousands of tests, a cycle around them would fill memory."""
    gc.collect()
    gc.disable()
    try:
        made, _ = walk(connection(1).packets)
        assert made
        left = [type(one).__name__ for one in gc.get_objects() if isinstance(one, Table | Sieve | Exchanges | DatagramSieve | Flow)]
    finally:
        gc.enable()
    assert left == []
