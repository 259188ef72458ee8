import capture_writers
import pytest
from capture_writers import FRAME, START, pcap, pcap_header, pcap_record

PACKETS = [(START, 5, FRAME), (START + 1, 999_999, b"x"), (START + 1, 999_999, b""), (4_294_967_295, 0, FRAME * 3)]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("magic", "name", "tick"), [(0xA1B2C3D4, "pcap", 1000), (0xA1B23C4D, "pcap ns", 1)])
def test_both_clocks_in_both_byte_orders(read, order, magic, name, tick):
    got = read(pcap(PACKETS, order, magic))
    assert got.source.format == name
    assert got.data == [data for _, _, data in PACKETS]
    assert got.time == [seconds * 10**9 + fraction * tick for seconds, fraction, _ in PACKETS]
    assert got.packet == [1, 2, 3, 4]
    assert got.source.damage is None
    assert (got.source.packets, got.source.bytes) == (4, 4 * len(FRAME) + 1)
    assert (got.source.first, got.source.last) == (min(got.time), max(got.time))


@pytest.mark.parametrize("order", "<>")
def test_modified_records_have_eight_bytes_more(read, order):
    record = pcap_record(order=order, extra=b"\1\0\0\0\x08\0\4\0")
    got = read(pcap_header(order, 0xA1B2CD34) + record * 3)
    assert (got.source.format, got.data) == ("pcap modified", [FRAME] * 3)


def test_ixia_has_a_word_behind_its_header(read):
    assert read(pcap_header(magic=0x1C0001AC) + bytes(4) + pcap_record() * 2).data == [FRAME] * 2


@pytest.mark.parametrize("version", [(2, 1), (2, 2), (543, 0)])
def test_old_versions_swap_the_lengths(read, version):
    record = pcap_record(captured=99, wire=len(FRAME))
    got = read(pcap_header(version=version) + record * 2)
    assert (got.data, got.wirelen) == ([FRAME] * 2, [99, 99])


def test_version_2_3_did_either(read):
    one, other = pcap_record(wire=99), pcap_record(captured=99, wire=len(FRAME))
    got = read(pcap_header(version=(2, 3)) + one + other)
    assert (got.data, got.wirelen, got.caplen) == ([FRAME] * 2, [99, 99], [len(FRAME)] * 2)


def test_aix_counts_nanoseconds_and_has_its_own_link_numbers(read):
    record = pcap_record(fraction=7, captured=len(FRAME), wire=len(FRAME))
    got = read(pcap_header(version=(2, 2), link=6) + record)
    assert (got.source.format, got.link, got.time) == ("pcap AIX", [1], [START * 10**9 + 7])


@pytest.mark.parametrize(("network", "link"), [(1, 1), (0x5400_0001, 1), (276, 276), (0x0224_0002, 101), (65535, 65535)])
def test_upper_bits_of_the_link_type_are_not_the_link_type(read, network, link):
    got = read(pcap_header(link=network) + pcap_record())
    assert got.link == [link]
    assert got.source.interfaces[0].link == link
    assert got.source.interfaces[0].resolution == 1e-6


def test_captured_may_exceed_the_wire_and_the_snap_length(read):
    got = read(pcap_header(snap=1) + pcap_record(wire=3))
    assert (got.data, got.wirelen, got.source.damage) == ([FRAME], [3], None)


def test_header_alone_is_a_capture_without_packets(read):
    source = read(pcap_header()).source
    assert (source.packets, source.damage, source.first, source.format) == (0, None, None, "pcap")


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 16 + len(FRAME) - 1])
def test_cut_tail_keeps_what_stood_before_and_says_where(read, cut):
    got = read(pcap_header() + pcap_record() * 2 + pcap_record()[:cut])
    assert got.data == [FRAME] * 2
    assert got.source.damage.startswith(f"packet 3 at byte {24 + 2 * len(pcap_record())}: the capture ends inside it")
    want = f"{cut} of the 16 bytes of its header" if cut < 16 else f"{cut - 16} of its {len(FRAME)} bytes"
    assert want in got.source.damage


@pytest.mark.parametrize("length", [(16 << 20) + 1, 1 << 31, 0xFFFFFFFF])
def test_lying_length_ends_reading(read, length):
    got = read(pcap_header() + pcap_record() + pcap_record(captured=length) + pcap_record() * 9)
    assert got.data == [FRAME]
    at = 24 + len(pcap_record())
    assert got.source.damage == f"packet 2 at byte {at}: says it holds {length} bytes, more than the 16777216 a packet may"


def test_joined_captures_are_read_on_and_said(read):
    first, second = pcap(PACKETS), pcap(PACKETS, ">", 0xA1B23C4D, link=101)
    got = read(first + second)
    assert got.data == 2 * [data for _, _, data in PACKETS]
    assert got.link == [1] * 4 + [101] * 4
    assert got.packet == list(range(1, 9))
    assert got.source.damage.startswith(f"packet 5 at byte {len(first)}: another capture's header")


def test_endless_joining_ends(read):
    assert read(pcap_header() * 300).source.damage


def test_packet_larger_than_a_block(read):
    big = bytes(300_000)
    got = read(capture_writers.pcap([(START, 0, b"a"), (START, 0, big), (START, 0, b"b")]), block_bytes=65536)
    assert got.data == [b"a", big, b"b"]
