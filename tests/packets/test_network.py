"""IPv4 (RFC 791) and IPv6 (RFC 8200) headers: options, lies, fragments, extension headers."""

from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import block_of, ipv4, ipv6

from analyzer.packets import network
from analyzer.packets.network import BROKEN, FRAGMENT, IPV4_HIGH


def read(reader, *packets, wire=None, pad=b""):
    block = block_of([packet + pad for packet in packets], wire=wire)
    end = block.offset + block.caplen
    return block, reader(block.data, np.arange(len(block)), block.offset.copy(), end, np.maximum(end, block.offset + block.wirelen))


def one(reader, packet, **more):
    """Return (protocol, payload as the data has it, bytes of payload that the wire had)."""
    block, got = read(reader, packet, **more)
    assert got.row.tolist() == [0]
    return int(got.protocol[0]), block.data[got.start[0] : got.stop[0]].tobytes(), int(got.wire_stop[0] - got.start[0])


def test_ipv4_plain_with_options_and_ethernet_padding():
    assert one(network.ipv4, ipv4(b"body")) == (6, b"body", 4)
    assert one(network.ipv4, ipv4(b"body", options=b"\x94\x04\x00\x00" * 10)) == (6, b"body", 4)
    assert one(network.ipv4, ipv4(b"body"), pad=bytes(22)) == (6, b"body", 4)


def test_ipv4_addresses():
    _, got = read(network.ipv4, ipv4(b"", source="1.2.3.4", target="255.254.253.252"))
    assert (int(got.source_high[0]), int(got.source_low[0])) == (int(IPV4_HIGH), 0x01020304)
    assert (int(got.target_high[0]), int(got.target_low[0])) == (int(IPV4_HIGH), 0xFFFEFDFC)


def test_ipv4_total_length_0_is_offload_and_the_frame_says_how_long():
    assert one(network.ipv4, ipv4(b"x" * 100, length=0)) == (6, b"x" * 100, 100)
    assert one(network.ipv4, ipv4(b"x" * 100, length=0), wire=[20 + 70000]) == (6, b"x" * 100, 70000)


def test_ipv4_snap_length_is_told_from_padding():
    packet = ipv4(b"x" * 100)
    assert one(network.ipv4, packet[:50], wire=[120]) == (6, b"x" * 30, 100)


@pytest.mark.parametrize("lie", [{"length": 19}, {"vihl": 0x44}, {"vihl": 0x65}, {"vihl": 0x40}, {"length": 24, "vihl": 0x47}])
def test_ipv4_lies_are_broken(lie):
    assert one(network.ipv4, ipv4(b"body", **lie))[0] == BROKEN


def test_a_packet_cannot_be_longer_than_its_frame():
    assert one(network.ipv4, ipv4(b"body", length=60000)) == (6, b"body", 4)
    assert one(network.ipv6, ipv6(b"body", length=60000)) == (6, b"body", 4)
    assert one(network.ipv4, ipv4(b"body", length=60000), wire=[50]) == (6, b"body", 30)


@pytest.mark.parametrize(
    ("field", "fragment"), [(0x2000, True), (0x0001, True), (0x3FFF, True), (0x4000, False), (0x8000, False), (0xC000, False)]
)
def test_ipv4_fragments(field, fragment):
    assert one(network.ipv4, ipv4(b"body", fragment=field))[0] == (FRAGMENT if fragment else 6)


def test_a_cut_header_yields_no_row():
    for reader, packet in ((network.ipv4, ipv4(b"")), (network.ipv6, ipv6(b""))):
        for size in range(len(packet)):
            assert len(read(reader, packet[:size])[1].row) == 0
        assert len(read(reader, packet)[1].row) == 1


def test_ipv6_plain_and_addresses():
    _, got = read(network.ipv6, ipv6(b"", source="2001:db8::1", target="fe80::ff:2"))
    assert (int(got.source_high[0]), int(got.source_low[0])) == (0x20010DB800000000, 1)
    assert (int(got.target_high[0]), int(got.target_low[0])) == (0xFE80000000000000, 0xFF0002)
    assert one(network.ipv6, ipv6(b"body"), pad=bytes(6)) == (6, b"body", 4)


def test_ipv6_length_0_is_a_jumbogram_or_offload():
    assert one(network.ipv6, ipv6(b"x" * 80, length=0)) == (6, b"x" * 80, 80)
    jumbo = bytes([6, 0, 0xC2, 4]) + pack("!I", 88) + b"x" * 80  # RFC 2675: Hop-by-Hop with the Jumbo Payload option
    assert one(network.ipv6, ipv6(jumbo, following=0, length=0)) == (6, b"x" * 80, 80)


def option_header(following, units=0):
    return bytes([following, units]) + bytes(6 + 8 * units)


def ah(following, words=4):
    return bytes([following, words]) + bytes(4 * (words + 2) - 2)


def fragment_header(following, offset=0, *, more=False, reserved=0):
    return bytes([following, 0]) + pack("!H", offset << 3 | reserved << 1 | more) + bytes(4)


@pytest.mark.parametrize("number", [0, 43, 60, 135, 139, 140])
@pytest.mark.parametrize("units", [0, 1, 5])
def test_ipv6_extension_headers_are_stepped_over(number, units):
    assert one(network.ipv6, ipv6(option_header(6, units) + b"body", following=number)) == (6, b"body", 4)


@pytest.mark.parametrize("words", [1, 4, 7])
def test_ipv6_authentication_header_counts_in_4_byte_units(words):  # RFC 4302 section 2.2
    assert one(network.ipv6, ipv6(ah(6, words) + b"body-of-8", following=51)) == (6, b"body-of-8", 9)


def test_ipv6_chains_of_headers():
    chain = option_header(43) + option_header(60, 2) + option_header(51) + ah(6) + b"body"
    assert one(network.ipv6, ipv6(chain, following=0)) == (6, b"body", 4)
    long = b"".join(option_header(60) for _ in range(15)) + option_header(6) + b"body"
    assert one(network.ipv6, ipv6(long, following=60))[:2] == (6, b"body")
    assert one(network.ipv6, ipv6(option_header(60) + long, following=60))[0] == 60, "a longer chain is not walked to its end"


def test_ipv6_atomic_fragments_are_whole_packets():  # RFC 6946
    assert one(network.ipv6, ipv6(fragment_header(6) + b"body", following=44)) == (6, b"body", 4)
    assert one(network.ipv6, ipv6(fragment_header(6, reserved=3) + b"body", following=44)) == (6, b"body", 4)
    behind = fragment_header(60) + option_header(51) + ah(6) + b"body"
    assert one(network.ipv6, ipv6(option_header(44) + behind, following=0)) == (6, b"body", 4)


def test_ipv6_true_fragments():
    for header in (fragment_header(6, more=True), fragment_header(6, 1), fragment_header(6, 0x1FFF)):
        assert one(network.ipv6, ipv6(header + b"body", following=44))[0] == FRAGMENT
        assert one(network.ipv6, ipv6(option_header(44) + header + b"body", following=60))[0] == FRAGMENT


def test_ipv6_wrong_version_is_broken():
    assert one(network.ipv6, ipv6(b"body", version=4))[0] == BROKEN


def test_ipv6_an_extension_header_that_lies_leaves_no_payload():
    block, got = read(network.ipv6, ipv6(bytes([6, 255]) + bytes(6), following=0))
    assert (got.stop >= got.start).all()
    assert got.stop[0] - got.start[0] == 0
    assert got.start[0] > len(block.data)


CHAIN = st.builds(lambda n, body: ipv6(body, following=n), st.sampled_from([0, 6, 43, 44, 51, 60]), st.binary(max_size=60))


@given(st.lists(st.one_of(st.binary(max_size=90), CHAIN), max_size=8))
def test_noise_never_raises_and_stays_inside(packets):
    for reader in (network.ipv4, network.ipv6):
        block, got = read(reader, *packets)
        end = (block.offset + block.caplen)[got.row]
        there = got.start < got.stop
        assert (got.stop[there] <= end[there]).all()
        assert (got.start >= block.offset[got.row]).all()
