"""Link headers: the offsets and EtherTypes of tcpdump.org/linktypes.html, VLAN stacks, cut frames."""

from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_makers import block_of, ether

from analyzer.packets.link import IPV4, IPV6, KEPT_TAGS, LINKS, MAX_TAGS, UNKNOWN, network, vlans

V4, V6 = b"\x45" + bytes(19), b"\x60" + bytes(39)

# (link type, header before an IPv4 packet, header before an IPv6 packet), from the LINKTYPE_ pages
HEADERS = [
    (0, pack("<I", 2), pack("<I", 30)),  # NULL, little endian: AF_INET, macOS AF_INET6
    (0, pack(">I", 2), pack(">I", 24)),  # NULL, big endian; NetBSD AF_INET6
    (108, pack(">I", 2), pack(">I", 28)),  # LOOP: network byte order, FreeBSD AF_INET6
    (1, bytes(12) + b"\x08\x00", bytes(12) + b"\x86\xdd"),
    (12, b"", b""),
    (14, b"", b""),
    (101, b"", b""),
    (113, bytes(14) + b"\x08\x00", bytes(14) + b"\x86\xdd"),  # type, ARPHRD, address length, address, protocol
    (228, b"", b""),
    (229, b"", b""),
    (276, b"\x08\x00" + bytes(18), b"\x86\xdd" + bytes(18)),  # protocol first, then 18 more
]


def found(*frames, link=1):
    at, kind, _ = network(block_of(frames, link=link))
    starts = block_of(frames, link=link).offset
    return list(zip((at - starts).tolist(), kind.tolist(), strict=True))


@pytest.mark.parametrize(("link", "four", "six"), HEADERS)
def test_each_link_type_tells_where_ip_starts(link, four, six):
    assert found(four + V4, six + V6, link=link) == [(len(four), IPV4), (len(six), IPV6)]


def test_no_link_type_is_untested():
    assert {link for link, _, _ in HEADERS} == set(LINKS)


@pytest.mark.parametrize("depth", range(MAX_TAGS + 2))
def test_vlan_tags_are_stepped_over_to_a_depth(depth):
    tags = [(0x8100, 0x88A8, 0x9100, 0x9200)[i % 4] for i in range(depth)]
    want = (14 + 4 * depth, IPV4) if depth <= MAX_TAGS else (14 + 4 * MAX_TAGS, tags[-1])
    assert found(ether(V4, tags=tags)) == [want]


def test_tags_of_one_frame_do_not_move_another():
    assert found(ether(V4), ether(V6, 0x86DD, [0x88A8, 0x8100]), ether(V4, tags=[0x8100]), ether(b"x", 0x0806)) == [
        (14, IPV4), (22, IPV6), (18, IPV4), (14, 0x0806)]  # fmt: skip


def test_vlan_in_linux_cooked():
    assert found(bytes(14) + b"\x81\x00\x00\x07\x08\x00" + V4, link=113) == [(20, IPV4)]
    assert found(b"\x81\x00" + bytes(18) + b"\x00\x07\x08\x00" + V4, link=276) == [(24, IPV4)]


@pytest.mark.parametrize(("link", "four", "six"), HEADERS)
def test_a_cut_header_is_unknown(link, four, six):
    del six
    for size in range(len(four)):
        (_, kind), (_, good) = found(four[:size], four + V4, link=link)
        assert (kind, good) == (UNKNOWN, IPV4)


def test_a_cut_tag_is_no_ip():
    frame = ether(b"", 0x8100) + b"\x00\x07\x08"
    assert found(frame, frame + b"\x00" + V4) == [(14, 0x8100), (18, IPV4)]


def test_unread_link_types_are_unknown_alone_and_in_company():
    assert [kind for _, kind in found(V4, V4, link=147)] == [UNKNOWN, UNKNOWN]
    block = block_of([V4, ether(V4), V4])
    block.link = np.array([147, 1, 101], np.int32)
    at, kind, tags = network(block)
    assert kind.tolist() == [UNKNOWN, IPV4, IPV4]
    assert tags is None
    assert (at - block.offset).tolist()[1:] == [14, 0]


def test_no_packets():
    at, kind, tags = network(block_of([]))
    assert len(at) == len(kind) == 0
    assert tags is None


IDS = st.lists(st.tuples(st.sampled_from([0x8100, 0x88A8, 0x9100, 0x9200]), st.integers(0, 0xFFFF)), max_size=MAX_TAGS)


def ids(block):
    """Return the VLAN ids of each packet."""
    tags = network(block).tags
    return [[]] * len(block) if tags is None else [vlans(one) for one in tags.tolist()]


@given(st.lists(IDS, max_size=6))
def test_vlan_ids_come_out_as_they_went_in(stacks):
    told = ids(block_of([ether(V4, tags=stack) for stack in stacks]))
    assert told == [[control & 0xFFF for _, control in stack[:KEPT_TAGS]] for stack in stacks]


@given(st.lists(st.integers(0, 0xFFFF), max_size=3), st.lists(st.integers(0, 0xFFFF), max_size=3))
@settings(max_examples=30, deadline=None)
def test_vlan_ids_are_those_that_scapy_writes(one, two):
    from scapy.layers.inet import IP
    from scapy.layers.l2 import Dot1AD, Dot1Q, Ether

    frames = []
    for controls in (one, two):
        frame = Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02")
        for number, control in enumerate(controls):
            shape = Dot1AD if number == 0 and len(controls) > 1 else Dot1Q
            frame /= shape(vlan=control & 0xFFF, prio=control >> 13)
        frames.append(bytes(frame / IP()))
    assert ids(block_of(frames)) == [[control & 0xFFF for control in controls] for controls in (one, two)]


def test_vlan_ids_of_links_in_company():
    block = block_of([ether(V4, tags=[(0x8100, 5)]), V4, bytes(14) + b"\x81\x00\x00\x09\x08\x00" + V4, V4])
    block.link = np.array([1, 101, 113, 147], np.int32)
    assert ids(block) == [[5], [], [9], []]


@given(st.lists(st.tuples(st.binary(max_size=60), st.sampled_from([*LINKS, 147, 9])), max_size=12))
def test_noise_never_raises_nor_points_before_the_packet(rows):
    block = block_of([data for data, _ in rows])
    block.link = np.array([link for _, link in rows], np.int32)
    at, kind, tags = network(block)
    assert len(at) == len(kind) == len(rows)
    assert tags is None or all(len(vlans(one)) <= KEPT_TAGS and max(vlans(one), default=0) < 4096 for one in tags.tolist())
    good = (kind == IPV4) | (kind == IPV6)
    assert (at[good] >= block.offset[good]).all()
    assert (at[good] <= (block.offset + block.caplen)[good]).all()
