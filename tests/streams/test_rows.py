"""Rows: checksums as RFC 9293 has them, and what looks like a hello."""

from collections import Counter

import numpy as np
import pytest
from packet_makers import block_of, ether, hello, ipv4, ipv6, segments, tcp

from analyzer.streams.rows import Rows


def rows_of(frames, **more):
    return Rows(segments(block_of(frames, **more), Counter()))


scapy = pytest.importorskip("scapy.all")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 536, 1460])
@pytest.mark.parametrize("version", [4, 6])
def test_checksums_are_those_of_scapy(size, version):
    ip = scapy.IP(src="10.1.2.3", dst="10.254.0.9") if version == 4 else scapy.IPv6(src="2001:db8::1", dst="fe80::ffff:1")
    data = bytes(np.random.default_rng(size).integers(0, 256, size, np.uint8))
    segment = scapy.TCP(sport=5, dport=443, flags="S", options=[("MSS", 9)]) / data
    packet = bytes(scapy.Ether(type=0x0800 if version == 4 else 0x86DD) / ip / segment)
    at = len(packet) - size - 24 + 16
    wrong = packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1 :]
    rows = rows_of([packet, wrong])
    assert [rows.sum_is_right(0), rows.sum_is_right(1)] == [True, False]
    assert rows.ttl == [64, 64]
    assert rows.data[0] == data


def test_of_a_segment_that_was_cut_the_checksum_is_not_known():
    packet = bytes(scapy.Ether() / scapy.IP() / scapy.TCP() / b"0123456789")
    rows = rows_of([packet[:-3]], wire=[len(packet)])
    assert (rows.missing, rows.sum_is_right(0)) == ([3], False)


def test_what_opens():
    rows = rows_of([ether(ipv4(tcp(hello()))), ether(ipv4(tcp(b"x"))), ether(ipv6(tcp(hello())), 0x86DD)])
    assert sum(rows.opens(row, row + 1) for row in range(3)) == 2
    assert not rows.opens(1, 1)
