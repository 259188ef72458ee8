import io
import os
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest
from capture_writers import FRAME, START, enhanced, interface, pcap, pcap_header, pcap_record, section
from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture import SOURCE_SHIFT, Capture
from analyzer.errors import CaptureError, NotACaptureError
from analyzer.limits import DEFAULT

SMALL = pcap([(START, 0, FRAME), (START + 1, 0, b"abc")])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"\n\x1b[31mhi", r"starts with '\\n\\x1b\[3'"),
        (bytes(4096), r"starts with '\\x00"),
        (SMALL[:23], "it ends inside its own header"),
        (SMALL[:4], "it ends inside its own header"),
        (section()[:20], "it ends inside its own header"),
        (b"snoop\0\0\0\0\0\0\2", "it is a snoop capture; editcap can turn it into pcap"),
    ],
)
def test_what_is_no_capture_is_said_in_one_line(tmp_path, data, reason):
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    for what in (path, data, io.BytesIO(data)):
        with pytest.raises(NotACaptureError, match=rf"not a capture file \({reason}") as error:
            list(Capture(what))
        assert str(error.value).isprintable()
        with pytest.raises(NotACaptureError):
            Capture(what if what is not data else bytes(data)).peek()


def test_what_cannot_be_opened_is_said(tmp_path):
    with pytest.raises(CaptureError, match="No such file"):
        list(Capture(tmp_path / "none"))
    with pytest.raises(CaptureError, match="irectory"):
        list(Capture(tmp_path))
    with pytest.raises(CaptureError, match="null"):
        list(Capture("a\0b"))


def test_names_with_control_characters_stay_in_their_line(tmp_path):
    path = tmp_path / "a\n\x1b[2J.pcap"
    path.write_bytes(SMALL)
    assert Capture(path).source.name.isprintable()


def test_packet_ids_carry_their_source(read):
    assert read(SMALL, index=3).packet == [3 << SOURCE_SHIFT | 1, 3 << SOURCE_SHIFT | 2]


@given(st.integers(17, 4000))
def test_chunks_of_any_size_give_the_same(size):
    records = [(START + n, n, bytes([n % 256]) * (n * 13 % 300)) for n in range(200)]
    limits = msgspec.structs.replace(DEFAULT, block_bytes=size)
    for data in (pcap(records), section() + interface() + b"".join(enhanced(data, n) for n, _, data in records)):
        capture = Capture(data, 0, limits)
        blocks = list(capture)
        assert [packet for block in blocks for packet in block] == [data for _, _, data in records]
        assert np.concatenate([block.packet for block in blocks]).tolist() == list(range(1, 201))
        assert capture.source.damage is None


def test_blocks_do_not_share_their_bytes_with_later_ones():
    records = [(START, 0, bytes([n]) * 100) for n in range(100)]
    blocks = list(Capture(pcap(records), 0, msgspec.structs.replace(DEFAULT, block_bytes=1000)))
    assert len(blocks) > 5
    assert [packet for block in blocks for packet in block] == [data for _, _, data in records]


class Trickle(io.RawIOBase):
    """A pipe that brings one, two, three … bytes."""

    def __init__(self, data):
        self.data, self.at, self.step = data, 0, 0

    def readable(self):
        return True

    def readinto(self, room):
        self.step += 1
        piece = self.data[self.at : self.at + min(self.step % 50 + 1, len(room))]
        room[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)


@pytest.mark.parametrize("wrap", [Trickle, lambda data: io.BufferedReader(Trickle(data)), io.BytesIO])
def test_file_objects_with_short_reads(read, wrap):
    records = [(START, n, bytes(n)) for n in range(100)]
    file = wrap(pcap(records))
    assert read(file).data == [data for _, _, data in records]
    assert not file.closed


def test_objects_that_can_only_read(read):
    class Old:
        def __init__(self):
            self.inner = io.BytesIO(SMALL)

        def read(self, n):
            return self.inner.read(min(n, 5))

    assert read(Old()).data == [FRAME, b"abc"]


def test_text_files_are_refused():
    with pytest.raises(NotACaptureError):
        list(Capture(io.StringIO("abc")))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_live_pipe_does_not_wait_for_a_full_block(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    seen, go = [], threading.Semaphore(0)

    def write():
        with Path(path).open("wb", buffering=0) as file:
            file.write(pcap_header())
            for n in range(3):
                file.write(pcap_record(bytes([n])) + pcap_record(b"cut short")[:20])
                assert go.acquire(timeout=5)  # not until the reader has the packet
                file.write(pcap_record(b"cut short")[20:])

    writer = threading.Thread(target=write)
    writer.start()
    for block in Capture(path):
        for packet in block:
            if packet != b"cut short":
                go.release()
            seen.append(packet)
    writer.join(5)
    assert seen == [b"\0", b"cut short", b"\1", b"cut short", b"\2", b"cut short"]


def test_pipes_are_peeked_at_without_loss():
    inner, outer = os.pipe()
    os.write(outer, SMALL)
    os.close(outer)
    with os.fdopen(inner, "rb") as file:
        capture = Capture(file)
        assert capture.peek() == START * 10**9
        assert [packet for block in capture for packet in block] == [FRAME, b"abc"]
        assert capture.source.packets == 2


def test_peeking_leaves_nothing_behind(tmp_path):
    path = tmp_path / "a.pcapng"
    path.write_bytes(section() + interface() + enhanced())
    capture = Capture(path)
    assert capture.peek() == capture.peek() == START * 10**9
    assert capture.source.format is None
    assert sum(len(block) for block in capture) == 1
    assert len(capture.source.interfaces) == 1


def test_a_parked_file_goes_on_and_a_swapped_one_is_damage(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([(START, 0, bytes(90))] * 1000))
    limits = msgspec.structs.replace(DEFAULT, block_bytes=10_000)
    capture, count = Capture(path, 0, limits), 0
    for block in capture:
        count += len(block)
        capture.park()
    assert (count, capture.source.damage) == (1000, None)

    capture = Capture(path, 0, limits)
    blocks = iter(capture)
    next(blocks)
    capture.park()
    (tmp_path / "b").write_bytes(path.read_bytes())
    (tmp_path / "b").replace(path)
    assert sum(len(block) for block in blocks) < 900
    assert capture.source.damage is not None
    assert "another file" in capture.source.damage


@given(st.sampled_from([SMALL * 3, section() + interface() + enhanced() * 5]), st.data())
def test_no_bytes_raise_anything_but_that_it_is_no_capture(data, draw):
    hurt = bytearray(data)
    for at in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=8)):
        hurt[at] = draw.draw(st.sampled_from([0, 1, 127, 128, 255]))
    hurt = hurt[: draw.draw(st.integers(0, len(hurt)))]
    capture = Capture(bytes(hurt))
    try:
        for block in capture:
            assert (block.offset + block.caplen <= len(block.data)).all()
            assert (block.caplen >= 0).all()
            assert (block.offset >= 0).all()
    except NotACaptureError:
        assert capture.source.packets == 0
