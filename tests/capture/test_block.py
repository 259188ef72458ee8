import numpy as np
from capture_writers import FRAME, START, pcap

from analyzer.capture import SOURCE_SHIFT, Capture, packet_number, packet_source


def test_take_shares_the_bytes():
    (block,) = Capture(pcap([(START + n, 0, FRAME[: n + 1]) for n in range(5)]))
    for rows in (slice(1, 3), np.array([1, 2]), np.array([False, True, True, False, False])):
        some = block.take(rows)
        assert list(some) == [FRAME[:2], FRAME[:3]]
        assert some.data is block.data
        assert some.packet.tolist() == [2, 3]


def test_parts_are_the_packets_with_no_bytes_beside_theirs():
    (block,) = Capture(pcap([(START + n, 0, FRAME[: n + 1]) for n in range(5)]))
    for most in (1, 2, 3, 5, 9):
        parts = list(block.parts(most))
        assert [len(part) for part in parts] == [len(range(at, min(at + most, 5))) for at in range(0, 5, most)]
        assert [data for part in parts for data in part] == list(block)
        assert [packet for part in parts for packet in part.packet.tolist()] == [1, 2, 3, 4, 5]
    assert len(parts[0].data) == len(block.data), "where all fit it is the block itself"
    assert [len(part.data) for part in block.parts(1)] == [1, 2, 3, 4, 5]


def test_packet_ids():
    assert packet_number(5 << SOURCE_SHIFT | 7) == 7
    assert packet_source(5 << SOURCE_SHIFT | 7) == 5
