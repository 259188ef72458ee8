import io
import shutil
import subprocess

import numpy as np
import pytest
from capture_writers import FRAME, enhanced, interface, option, pcap, section
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.capture import SOURCE_SHIFT, Block, Capture, Interface, Source
from analyzer.capture.writing import BEFORE_1970, Writer, origin, select
from analyzer.limits import Limits

LEAST = BEFORE_1970 * 10**9
"""The earliest nanosecond that is told as it is."""

int64 = st.integers(-(1 << 63), (1 << 63) - 1)
packet = st.tuples(
    st.binary(max_size=200),
    st.one_of(st.integers(0, 2 * 10**18), int64, st.sampled_from([-1, 0, LEAST, LEAST - 1, -(1 << 63), (1 << 63) - 1])),
    st.one_of(st.integers(0, 400), int64),
    st.one_of(st.sampled_from([1, 101, 113, 276]), st.integers(0, 0xFFFF)),
    st.integers(0, 3),
    st.integers(0, 2),
)


def block(rows, numbers=None):
    """A Block of (bytes, time, length on the wire, link type, interface, source)."""
    data, times, wires, links, interfaces, sources = zip(*rows, strict=True) if rows else ((),) * 6
    ends = np.cumsum([0, *map(len, data)], dtype=np.int64)
    numbers = range(1, len(rows) + 1) if numbers is None else numbers
    ids = [source << SOURCE_SHIFT | number for source, number in zip(sources, numbers, strict=True)]
    return Block(
        np.frombuffer(b"".join(data), np.uint8), ends[:-1], np.diff(ends), np.array(wires, np.int64), np.array(times, np.int64),
        np.array(links, np.int32), np.array(interfaces, np.int32), np.array(ids, np.int64),
    )  # fmt: skip


def written(*blocks, tell=None, **options):
    out = io.BytesIO()
    writer = Writer(out, **options)
    for one in blocks:
        writer.write(one, tell)
    assert writer.packets == sum(map(len, blocks))
    return out.getvalue()


@given(st.lists(packet, max_size=20), st.integers(1, 4096), st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_written_is_read_back(read, rows, most, comment):
    made = block(rows)
    sources = [Source(f"{name}.pcap") for name in "abc"]
    data = written(made, tell=origin(sources), sources=sources, comment=comment, application="a test", limits=Limits(interfaces=most))
    got = read(data, interfaces=most)
    assert got.source.damage is None
    assert got.data == [row[0] for row in rows]
    assert got.time == [max(row[1], LEAST) for row in rows]
    assert got.wirelen == [min(max(row[2], 0), 0xFFFF_FFFF) for row in rows]
    assert got.link == [row[3] for row in rows]
    assert got.packet == list(range(1, len(rows) + 1))


@given(st.integers(-(1 << 31), (1 << 31) - 1), int64)
def test_no_column_raises(link, number):
    one = block([(FRAME, 0, 60, 1, 0, 0)])
    one.link[:], one.interface[:], one.packet[:] = link, link, number
    out = io.BytesIO()
    Writer(out, sources=[Source("a.pcap")]).write(one, origin([]))
    assert len(list(Capture(out.getvalue()))) == 1


def test_each_interface_is_described_once():
    rows = [(FRAME, 1, 60, link, number, source) for link in (1, 101) for number in (0, 1) for source in (0, 1)]
    source = Capture(written(block(rows), block(rows)))
    assert sum(map(len, source)) == 16
    assert len(source.source.interfaces) == 8
    assert {one.resolution for one in source.source.interfaces} == {1e-9}


def test_interfaces_keep_a_name_that_is_beyond_doubt():
    one = Source("a.pcap", interfaces=[Interface("eth0", 1, 1e-6), Interface("tun0", 101, 1e-6), Interface("eth0", 1, 1e-9)])
    two = Source("b.pcap", interfaces=[Interface("eth0", 1, 1e-6), Interface("eth1", 1, 1e-6)])
    rows = [(FRAME, 1, 60, 1, 0, 0), (FRAME, 1, 60, 101, 1, 0), (FRAME, 1, 60, 1, 1, 1), (FRAME, 1, 60, 1, 0, 7)]
    data = written(block(rows), sources=[one, two])
    got = Capture(data)
    assert sum(map(len, got)) == 4
    assert [one.name for one in got.source.interfaces] == ["eth0", "tun0", None, None]
    assert b"interface 1 of b.pcap" in data


def test_names_and_comments_are_cut_and_escaped():
    data = written(block([(FRAME, 1, 60, 1, 0, 0)]), comment="\udcff" + "é" * 70_000, sources=[Source("\udcff.pcap")])
    got = Capture(data)
    assert sum(map(len, got)) == 1
    [comment] = got.source.comments
    assert comment.startswith("\\udcffé")
    assert comment.endswith("…")
    assert len(comment.encode()) <= 4096
    assert b"interface 0 of \\udcff.pcap" in data


def test_where_a_packet_comes_from():
    tell = origin([Source("a.pcap"), Source("b.pcap")])
    assert tell(1 << SOURCE_SHIFT | 5) == "packet 5 of b.pcap"
    assert tell(2 << SOURCE_SHIFT | 5) == "packet 5"


# ---- another reader


def tshark(path, *fields):
    done = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "fields", *(word for field in fields for word in ("-e", field))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr.replace('Running as user "root" and group "root". This could be dangerous.', "").strip() == ""
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark (Wireshark) is not installed")
def test_wireshark_reads_the_same(tmp_path):
    times = [1_767_225_600_123_456_789, 0, -1, -1_500_000_000, 4_102_444_800_000_000_001]
    rows = [(FRAME + bytes(at), time, 60 + 10 * at, 1, at % 2, 0) for at, time in enumerate(times)]
    path = tmp_path / "slice.pcapng"
    path.write_bytes(written(block(rows, range(11, 16)), tell=origin([Source("a.pcap")]), sources=[Source("a.pcap")]))
    names = ("frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_id", "frame.comment")
    got = tshark(path, *names)
    assert [(int(row[1]), int(row[2])) for row in got] == [(len(row[0]), row[2]) for row in rows]
    assert [row[3] for row in got] == ["0", "1", "2", "3", "0"]  # those from before 1970 have clocks of their own
    assert [row[4] for row in got] == [f"packet {number} of a.pcap" for number in range(11, 16)]
    told = [row[0] for row in got]
    assert [told[0], told[1], told[4]] == ["1767225600.123456789", "0.000000000", "4102444800.000000001"]
    assert [one[0] for one in told[2:4]] == ["-", "-"]  # how it prints the fraction of such a time depends on its version


@pytest.mark.skipif(shutil.which("capinfos") is None, reason="capinfos (Wireshark) is not installed")
def test_capinfos_reads_the_same(tmp_path):
    path = tmp_path / "slice.pcapng"
    data = written(block([(FRAME, 10**18, 60, 1, 0, 0), (FRAME, 10**18 + 7, 60, 1, 0, 0)]), comment="a test", application="tlsscan 1")
    path.write_bytes(data)
    done = subprocess.run(["capinfos", "-M", path], capture_output=True, text=True, check=True)
    told = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in done.stdout.splitlines())}
    assert told["Number of packets"].startswith("2")
    assert told["File encapsulation"] in {"Ethernet", "ether"}
    assert told["Capture application"] == "tlsscan 1"
    assert told["Capture comment"] == "a test"
    assert "nanoseconds" in told["File timestamp precision"]


# ---- picking packets out


def picked(captures, wanted):
    return [number for one in select(captures, wanted) for number in one.packet.tolist()]


@given(st.sets(st.integers(0, 30)), st.integers(64, 2000))
def test_only_the_wanted_are_handed_on(wanted, size):
    data = pcap([(at, 0, FRAME + bytes(at)) for at in range(20)])
    capture = Capture(data, 0, Limits(block_bytes=size))
    assert picked([capture], wanted) == sorted(wanted & set(range(1, 21)))


def test_reading_stops_behind_the_last():
    class Counted(io.BytesIO):
        taken = 0

        def readinto1(self, room):
            got = super().readinto1(room[:1000])
            self.taken += got
            return got

    file = Counted(pcap([(at, 0, FRAME) for at in range(10_000)]))
    list(select([Capture(file, 0, Limits(block_bytes=2000))], [1, 3, 3]))
    assert file.taken < 10_000
    assert list(select([Capture(io.BytesIO(b"no capture"))], [])) == []


def test_several_captures_come_in_order_of_time():
    first, second = pcap([(at, 0, FRAME) for at in (1, 3, 5)]), pcap([(at, 0, FRAME) for at in (2, 4)])
    captures = [Capture(first, 0), Capture(second, 1)]
    wanted = [1, 3, 1 << SOURCE_SHIFT | 1, 1 << SOURCE_SHIFT | 2]
    got = [(int(time), int(number)) for one in select(captures, wanted) for time, number in zip(one.time, one.packet, strict=True)]
    assert [time for time, _ in got] == [second * 10**9 for second in (1, 2, 4, 5)]
    assert {number for _, number in got} == set(wanted)


def test_what_is_gone_is_missing():
    assert picked([Capture(pcap([(1, 0, FRAME)]))], [1, 2]) == [1]


def test_no_secret_is_copied():
    from capture_writers import block as raw

    secret = b"CLIENT_RANDOM 00 11"
    secrets = raw(10, b"KSLT"[::-1] + len(secret).to_bytes(4, "little") + secret)
    data = section() + secrets + interface(options=option(2, b"eth0")) + enhanced()
    capture = Capture(data)
    out = io.BytesIO()
    writer = Writer(out, sources=[capture.source])
    for one in select([capture], [1]):
        writer.write(one)
    assert capture.secrets
    assert writer.packets == 1
    assert b"CLIENT_RANDOM" not in out.getvalue()
