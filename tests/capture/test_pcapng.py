from struct import pack

import pytest
from capture_writers import FRAME, START, block, enhanced, interface, obsolete, option, section, simple, statistics

HEAD = section() + interface()


@pytest.mark.parametrize("order", "<>")
def test_three_kinds_of_packets(read, order):
    data = section(order) + interface(order) + simple(order=order) + enhanced(order=order) + simple(b"ab", order) + obsolete(order=order)
    got = read(data)
    assert got.data == [FRAME, FRAME, b"ab", FRAME]
    assert got.time == [0, START * 10**9, START * 10**9, START * 10**9]  # a simple packet has the time before
    assert got.packet == [1, 2, 3, 4]
    assert (got.source.format, got.source.damage) == ("pcapng", None)


def test_sections_each_with_byte_order_and_interfaces_of_their_own(read):
    other = section(">") + interface(">", 113) + interface(">", 101) + enhanced(number=1, order=">")
    data = HEAD + enhanced() + other + HEAD + enhanced()
    got = read(data)
    assert got.link == [1, 101, 1]
    assert got.interface == [0, 1, 0]
    assert [interface.link for interface in got.source.interfaces] == [1, 113, 101, 1]
    assert got.source.damage is None


@pytest.mark.parametrize(
    ("resolution", "offset", "ticks", "time"),
    [
        (None, 0, 5, 5000),
        (b"\x09", 0, 5, 5),
        (b"\x00", 0, 5, 5 * 10**9),
        (b"\x0c", 0, 5001, 5),
        (b"\x8a", 0, 1025, 10**9 + 976562),
        (b"\x06", 100, 7, 100 * 10**9 + 7000),
        (b"\x06", -1, 1_000_001, 1000),
        (b"\x7f", 0, 5, 0),
        (b"", 0, 5, 5000),
    ],
)
def test_clocks(read, resolution, offset, ticks, time):
    options = option(14, pack("<q", offset)) + option(2, b"eth0") + option(0, b"")
    if resolution is not None:
        options = option(9, resolution) + options
    got = read(section() + interface(options=options) + enhanced(ticks=ticks))
    assert got.time == [time]
    assert got.source.interfaces[0].name == "eth0"


def test_interfaces_with_different_clocks_in_one_section(read):
    data = HEAD + interface(options=option(9, b"\x09")) + enhanced(ticks=7, number=1) + enhanced(ticks=7) + enhanced(ticks=8, number=1)
    assert read(data).time == [7, 7000, 8]


def test_simple_packets_are_cut_by_the_snap_length(read):
    got = read(section() + interface(snap=10) + simple(FRAME[:10], wire=60))
    assert (got.data, got.wirelen) == ([FRAME[:10]], [60])


def test_statistics_say_what_was_lost(read):
    data = HEAD + interface() + enhanced()
    data += statistics(0, ifdrop=1, osdrop=2) + statistics(0, ifdrop=4, osdrop=2) + statistics(1, ifdrop=10)
    assert read(data).source.dropped == 16
    assert read(data + HEAD + statistics(0, osdrop=5)).source.dropped == 21
    assert read(HEAD + statistics()).source.dropped is None


def test_comments_and_secrets_are_kept_and_secrets_stay_out_of_the_source(read):
    import msgspec

    secret = b"CLIENT_RANDOM 00 11"
    head = section(options=option(1, "grüß".encode()) + option(4, b"tlsscan") + option(0, b""))
    got = read(head + block(10, pack("<II", 0x544C534B, len(secret)) + secret) + interface() + enhanced())
    assert got.source.comments == ["grüß"]
    assert got.secrets == [(0x544C534B, secret)]
    assert b"CLIENT_RANDOM" not in msgspec.json.encode(got.source)
    assert "CLIENT_RANDOM" not in repr(got.source)


def test_blocks_that_are_no_packets_are_stepped_over_and_some_have_frame_numbers(read):
    others = block(4, bytes(8)) + block(0x777, b"abcd")
    counted = block(9, b"MESSAGE=a\n\n") + block(0xBAD, bytes(8)) + block(0x4000_0BAD, bytes(8)) + block(0x204, bytes(40))
    got = read(HEAD + others + enhanced() + counted + enhanced(options=option(1, b"hm") + option(0, b"")))
    assert got.packet == [1, 6]  # as Wireshark 4.0 numbers them
    assert got.source.damage is None


def test_a_packet_needs_its_interface_before_it(read):
    one = enhanced() + interface() + enhanced(b"a") + enhanced(number=1)
    got = read(section() + one + interface() + enhanced(b"b", number=1) + enhanced(number=2**32 - 1))
    assert got.data == [b"a", b"b"]
    assert got.packet == [1, 2]
    assert "never described (3 like it); left out" in got.source.damage


@pytest.mark.parametrize(
    "short", [block(6, b""), block(6, bytes(16)), block(3, b""), block(3, pack("<I", 50)), enhanced(captured=500), block(2, bytes(8))]
)
def test_packets_longer_than_their_block_are_left_out(read, short):
    for data in (HEAD + enhanced() + short, HEAD + enhanced() + short + enhanced()):
        got = read(data)
        assert got.data == [FRAME] * ((len(data) - len(HEAD) - len(short)) // len(enhanced()))
        assert "longer than its block" in got.source.damage


@pytest.mark.parametrize("size", [0, 4, 8, 11, 13, 2**31, 2**32 - 4])
def test_lying_block_lengths_end_reading(read, size):
    got = read(HEAD + enhanced() + pack("<II", 6, size) + bytes(64) + enhanced())
    assert got.data == [FRAME]
    assert got.source.damage.startswith(f"block at byte {len(HEAD + enhanced())}, before packet 2: ")


def test_lengths_that_differ_end_reading(read):
    got = read(HEAD + enhanced() + enhanced()[:-4] + pack("<I", 4) + enhanced())
    assert got.data == [FRAME]
    assert "at its end 4" in got.source.damage


@pytest.mark.parametrize("cut", [1, 7, 8, 11, 12, 60])
def test_cut_tail(read, cut):
    got = read(HEAD + enhanced() + enhanced()[:cut])
    assert got.data == [FRAME]
    assert f"the capture ends inside it, {cut}" in got.source.damage


@pytest.mark.parametrize("body", [option(9, b"\x06")[:-3], pack("<HH", 2, 500) + b"abc"])
def test_options_longer_than_their_block_leave_the_interface_standing(read, body):
    got = read(section() + interface(options=body) + enhanced())
    assert got.data == [FRAME]


@pytest.mark.parametrize("length", [8, 0, -(2**63)])
def test_the_section_length_is_not_believed(read, length):
    assert read(section(length=length) + interface() + enhanced()).data == [FRAME]


def test_unknown_version(read):
    got = read(section(version=(99, 0)) + interface() + enhanced())
    assert got.data == []
    assert "pcapng version 99.0 is not known" in got.source.damage


def test_second_section_without_magic(read):
    broken = section()[:8] + b"\0\0\0\0" + section()[12:]
    got = read(HEAD + enhanced() + broken + enhanced())
    assert got.data == [FRAME]
    assert "byte-order magic" in got.source.damage


def test_blocks_of_every_size_cross_chunks(read):
    packets = [bytes([n % 256]) * (n * 7 % 900) for n in range(400)]
    data = HEAD + b"".join(enhanced(packet, n) for n, packet in enumerate(packets)) + section(">") + interface(">") + enhanced(order=">")
    got = read(data, block_bytes=1000)
    assert got.data == [*packets, FRAME]
    assert len(got.blocks) > 50


def test_many_sections(read):
    got = read((HEAD + enhanced()) * 500)
    assert got.packet == list(range(1, 501))
    assert got.source.damage is None
