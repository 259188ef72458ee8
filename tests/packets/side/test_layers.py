"""The walk's place in a packet, names of numbers, and what looks like an inner packet."""

import pytest
from packet_makers import ether, ipv4, ipv6, tcp

from analyzer.packets.carriage import Layer
from analyzer.packets.side.layers import Walk, ethernet_at, ethertype, ip_at, protocol_name


def at(data, wire=0):
    walk = Walk()
    walk.begin(data, 100, wire)
    return walk


def test_a_packet_begins_with_all_of_it():
    walk = at(b"abcd", 9)
    assert (walk.at, walk.stop, walk.wire, walk.base, walk.layers, walk.rest, walk.pieces) == (0, 4, 9, 100, [], [], ())
    assert (walk.u16(1), walk.u32(0)) == (0x6263, 0x61626364)


def test_a_wire_length_below_the_captured_one_is_a_lie():
    assert at(b"abcd", 2).wire == 4


@pytest.mark.parametrize(("length", "stop", "wire"), [(2, 3, 3), (5, 6, 6), (7, 6, 8), (8, 6, 9), (60, 6, 9), (0, 1, 1)])
def test_narrow(length, stop, wire):
    walk = at(b"abcdef", 9)
    walk.at = 1
    walk.narrow(length)
    assert (walk.stop, walk.wire) == (stop, wire)


def test_layers():
    walk = at(b"")
    walk.enter("vlan", 5)
    walk.source, walk.target = b"\1" * 4, b"\2" * 4
    walk.tunnel("gre")
    assert walk.layers == [Layer("vlan", 5), Layer("gre", None, b"\1" * 4, b"\2" * 4)]


def test_what_was_left_is_taken_up_as_it_was():
    walk = at(b"abcdef", 9)
    walk.enter("802.11")
    walk.later(3, "A-MSDU")
    walk.later(6, "A-MSDU")  # nothing is there
    walk.enter("vlan", 5)
    walk.at, walk.data, walk.base = 5, b"other", -1
    walk.narrow(0)
    assert walk.resume() == "A-MSDU"
    assert (walk.data, walk.base, walk.at, walk.stop, walk.wire, walk.layers) == (b"abcdef", 100, 3, 6, 9, [Layer("802.11")])
    assert walk.resume() == ""


def test_names():
    assert [ethertype(kind) for kind in (0x0800, 0x8847, 0x0806, 0x4321, 5)] == ["IPv4", "MPLS", "ARP", "EtherType 0x4321", "LLC"]
    assert [protocol_name(number) for number in (6, 47, 1, 250)] == ["TCP", "GRE", "ICMP", "IP protocol 250"]


def test_what_looks_like_ip():
    for data, name in ((ipv4(tcp()), "IPv4"), (ipv6(tcp()), "IPv6"), (ipv4(tcp(), length=0), "IPv4"), (ipv4(tcp(), vihl=0x44), ""),
                       (ipv4(tcp(), length=19), ""), (ipv4(tcp(), length=999), ""), (ipv4(b"")[:19], ""), (ipv6(b"")[:39], ""),
                       (b"", "")):  # fmt: skip
        assert ip_at(at(data), 0) == name
        assert ip_at(at(b"xy" + data), 2) == name


def test_what_looks_like_ethernet():
    for data, is_one in ((ether(ipv4(tcp())), True), (ether(ipv6(tcp()), 0x86DD), True), (ether(b"1", 0x0806), True),
    (ether(b"abc", 3), True),
                         (ether(b"abc", 4), False), (ether(b"", 0x0800), False), (ether(ipv6(b"")), False), (ether(b"xx", 0x4321), False),
                         (b"", False)):  # fmt: skip
        assert ethernet_at(at(data), 0) is is_one
        assert ethernet_at(at(b"xy" + data), 2) is is_one
