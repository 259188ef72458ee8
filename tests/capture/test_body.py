import gzip
import os
import resource
from pathlib import Path

import msgspec
import numpy as np
import pytest
from capture_writers import START, pcap, pcap_header
from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture import Capture, blocks, expand, packet_number, packet_source
from analyzer.errors import CaptureError, NotACaptureError
from analyzer.limits import DEFAULT

SMALL = msgspec.structs.replace(DEFAULT, block_bytes=500)


def captures(files, limits=SMALL):
    return [Capture(file, index, limits) for index, file in enumerate(files)]


def walked(files, limits=SMALL):
    """(time, source, number, data) of every packet, in the order of the walk."""
    return [
        (time, packet_source(packet), packet_number(packet), data)
        for block in blocks(captures(files, limits))
        for time, packet, data in zip(block.time.tolist(), block.packet.tolist(), block, strict=True)
    ]


def file(times):
    return pcap([(START + time, 0, f"{time}.".encode() * 3) for time in times])


def rows(times):
    return [
        ((START + time) * 10**9, source, number + 1, f"{time}.".encode() * 3)
        for source, some in enumerate(times)
        for number, time in enumerate(some)
    ]


@given(st.lists(st.lists(st.integers(0, 100)).map(sorted), max_size=6))
def test_captures_in_order_merge_into_order(times):
    got = walked([file(some) for some in times])
    want = sorted(
        rows(times),
        key=lambda row: row[:3],
    )
    assert got == want or len(times) == 1


@given(st.lists(st.lists(st.integers(0, 100)), max_size=5))
def test_no_packet_is_lost_or_doubled_whatever_the_times(times):
    got = walked([file(some) for some in times])
    assert sorted(got) == sorted(rows(times))


def test_a_single_capture_keeps_its_order():
    assert [row[2] for row in walked([file([5, 3, 9, 1])])] == [1, 2, 3, 4]


def test_captures_that_do_not_overlap_are_read_in_order_of_time_without_copying():
    files = [file(range(200, 300)), file(range(100)), file(range(100, 200))]
    all_blocks = list(blocks(captures(files)))
    assert np.all(np.diff(np.concatenate([block.time for block in all_blocks])) > 0)
    assert all(block.data[0] == 0xD4 or block.data.base is not None for block in all_blocks)  # the file's own bytes
    sources = [packet_source(int(block.packet[0])) for block in all_blocks]
    assert sources == sorted(sources, key=[1, 2, 0].index)


def test_sources_are_whole_after_the_walk():
    every = captures([file([1, 2]), pcap_header(), file([1]) + b"cut"])
    assert sum(len(block) for block in blocks(every)) == 3
    assert [capture.source.packets for capture in every] == [2, 0, 1]
    assert every[1].source.format == "pcap"
    assert every[2].source.damage is not None


def test_many_overlapping_captures_need_few_descriptors(tmp_path):
    for n in range(120):
        (tmp_path / f"{n}.pcap").write_bytes(file(range(n % 7, 100, 7)))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 64
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 80, hard))
    try:
        times = [row[0] for row in walked(expand(tmp_path).inputs)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert times == sorted(times)
    assert len(times) == sum(len(range(n % 7, 100, 7)) for n in range(120))


def test_non_captures_raise_when_named(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(NotACaptureError, match=r"notes\.txt"):
        list(blocks(captures([file([1]), path])))


def test_folders_are_searched_to_their_depths_in_natural_order(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("a.pcap10", "a.pcap2", "a.pcap", "a.pcap1", "deep/b.gz"):
        data = file([1])
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    found, skipped = expand([tmp_path])
    assert [os.path.relpath(path, tmp_path) for path in found] == ["a.pcap", "a.pcap1", "a.pcap2", "a.pcap10", "deep/b.gz"]
    assert [Path(name).name for name, _ in skipped] == ["empty", "notes.txt"]
    assert "starts with 'hell'" in skipped[1][1]


def test_patterns_that_no_shell_expanded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in (10, 9, 1):
        (tmp_path / f"x{n}.pcap").write_bytes(file([1]))
    assert expand("x*.pcap").inputs == ["x1.pcap", "x9.pcap", "x10.pcap"]
    with pytest.raises(CaptureError, match="no file matches"):
        expand("y*.pcap")
    (tmp_path / "[1].pcap").write_bytes(file([1]))
    assert expand("[1].pcap").inputs == ["[1].pcap"]  # a file of that very name is no pattern


def test_other_inputs_are_taken_as_they_are(tmp_path):
    path = tmp_path / "none.pcap"
    data = file([1])
    with Path(os.devnull).open("rb") as handle:
        assert expand(["-", data, handle, path]).inputs == ["-", data, handle, str(path)]
    assert expand(data).inputs == [data]


def test_a_file_named_twice_is_read_once(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(file([1]))
    assert expand([path, tmp_path, str(path)]).inputs == [str(path)]


def test_a_folder_without_captures_is_an_error(tmp_path):
    with pytest.raises(CaptureError, match="without captures"):
        expand(tmp_path)
