"""How fast captures are read: ``pytest tests/bench/bench_capture.py`` (pytest-benchmark; not collected by default)."""

from struct import pack

import numpy as np
import pytest

from analyzer.capture import Capture
from analyzer.capture.index import plain, walk
from analyzer.capture.pcap import Pcap
from analyzer.capture.source import Source
from analyzer.limits import DEFAULT

PACKETS = 200_000


@pytest.fixture(scope="module")
def pcap():
    """About 120 MB: packets of 60 to 1514 bytes, random inside."""
    rng = np.random.default_rng(7)
    noise = rng.bytes(1 << 20)
    parts = [pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    sizes, places = rng.choice([60, 66, 590, 1514], PACKETS).tolist(), rng.integers(0, 1 << 19, PACKETS).tolist()
    for n, (size, at) in enumerate(zip(sizes, places, strict=True)):
        parts.append(pack("<IIII", 1_700_000_000 + n // 10_000, n % 10_000 * 100, size, size) + noise[at : at + size])
    return b"".join(parts)


@pytest.fixture(scope="module")
def pcapng(pcap):
    section = pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + pack("<IIHHII", 1, 20, 1, 0, 0, 20)
    parts, data = [section], memoryview(pcap)
    for at in plain(data, 24, len(data), _layout(pcap)[0])[0]:
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        total = 32 + (size + 3 & ~3)
        packet = bytes(data[at + 16 : at + 16 + size]) + bytes(-size % 4)
        parts.append(pack("<IIIIIII", 6, total, 0, 395_000, 0, size, size) + packet + pack("<I", total))
    return b"".join(parts)


def _layout(data):
    reader = Pcap(Source("x"), 0, DEFAULT)
    reader.decode(np.frombuffer(data[:100], np.uint8))
    return reader._layout, reader


def _chunks(data, step):
    array, at, count = np.frombuffer(data, np.uint8), 24, 0
    while at < len(array):
        offsets, end = step(array[at : at + DEFAULT.block_bytes])
        if not end:
            break
        at, count = at + end, count + len(offsets)
    return count


def test_index_in_lanes(benchmark, pcap):
    layout, reader = _layout(pcap)
    assert benchmark(_chunks, pcap, lambda chunk: walk(chunk, layout, reader._quarry(chunk.data, 0, layout))) == PACKETS


def test_index_plain(benchmark, pcap):
    layout, _ = _layout(pcap)
    assert benchmark(_chunks, pcap, lambda chunk: plain(chunk.data, 0, len(chunk), layout)) == PACKETS


@pytest.mark.parametrize("name", ["pcap", "pcapng"])
def test_reading(benchmark, name, request, tmp_path):
    path = tmp_path / name
    path.write_bytes(request.getfixturevalue(name))
    assert benchmark(lambda: sum(len(block) for block in Capture(path))) == PACKETS
