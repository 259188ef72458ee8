import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from capture_writers import FRAME, START

from analyzer.capture import Capture, blocks, from_packets
from analyzer.capture.memory import nanoseconds
from analyzer.limits import Limits


def test_bytes_and_times_and_lengths():
    packets = from_packets([b"a", (START + 0.25, b"bc"), (START * 10**9 + 1, b"def", 99), bytearray(b"g")], link=101)
    (block,) = packets
    assert list(block) == [b"a", b"bc", b"def", b"g"]
    assert block.time.tolist() == [0, START * 10**9 + 250_000_000, START * 10**9 + 1, START * 10**9 + 1]
    assert block.wirelen.tolist() == [1, 2, 99, 1]
    assert block.link.tolist() == [101] * 4
    assert block.packet.tolist() == [1, 2, 3, 4]
    assert (packets.source.packets, packets.source.bytes, packets.source.format) == (4, 7, "packets")


@pytest.mark.parametrize(
    "time",
    [
        START * 10**9,
        float(START),
        Decimal(START),
        np.int64(START * 10**9),
        dt.datetime.fromtimestamp(START, dt.UTC),
        dt.datetime.fromtimestamp(START, dt.UTC).replace(tzinfo=None),
        dt.datetime.fromtimestamp(START, dt.timezone(dt.timedelta(hours=5))),
    ],
)
def test_times(time):
    assert nanoseconds(time) == START * 10**9


def test_times_stay_in_64_bits():
    assert nanoseconds(1e30) == 2**63 - 1
    assert nanoseconds(-(10**30)) == -(2**63)


def test_scapy_packets_are_known_by_their_face():
    class Face:
        def __init__(self, time, wirelen=None):
            self.time, self.wirelen = time, wirelen

        def __bytes__(self):
            return FRAME

    names = {"Ether": 1, "IP": 101, "IPv6": 101, "CookedLinux": 113, "CookedLinuxV2": 276, "Loopback": 0, "Novel": 7}
    (block,) = from_packets([type(name, (Face,), {})(Decimal("1.000000001"), 80) for name in names], link=7)
    assert block.link.tolist() == list(names.values())
    assert set(block.time.tolist()) == {1_000_000_001}
    assert set(block.wirelen.tolist()) == {80}


def test_real_scapy_packets():
    layers = pytest.importorskip("scapy.layers.l2")
    packet = layers.Ether(dst="02:00:00:00:00:01", src="02:00:00:00:00:02")
    packet.time = START
    (block,) = from_packets([packet])
    assert (list(block), block.time.tolist(), block.link.tolist()) == ([bytes(packet)], [START * 10**9], [1])


def test_endless_iterables_are_not_read_ahead():
    def endless():
        n = 0
        while True:
            n += 1
            yield n * 10**9, bytes(100)

    packets = from_packets(endless(), limits=Limits(block_bytes=1000))
    walk = iter(packets)
    assert [next(walk).packet.tolist() for _ in range(2)] == [list(range(1, 11)), list(range(11, 21))]


def test_they_are_merged_with_captures_like_any_other():
    from capture_writers import pcap

    given = from_packets([(float(START + n), b"even") for n in range(0, 6, 2)], index=1)
    capture = Capture(pcap([(START + n, 0, b"odd") for n in range(1, 6, 2)]))
    assert [data for block in blocks([capture, given]) for data in block] == [b"even", b"odd"] * 3
    assert given.source.packets == 3


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="not a packet: int"):
        list(from_packets([5]))
    assert list(from_packets([])) == []
