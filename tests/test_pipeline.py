"""The road as a whole: what is counted on it, and that its end is bounded."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import msgspec
import pytest

from analyzer.capture import from_packets
from analyzer.limits import DEFAULT
from analyzer.pipeline import Counters, handshakes

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
    assert sum(counters.skipped.values()) == 3
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
