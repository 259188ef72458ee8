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


def test_packet_ids():
    assert packet_number(5 << SOURCE_SHIFT | 7) == 7
    assert packet_source(5 << SOURCE_SHIFT | 7) == 5
