"""How fast packets that shake no hands fall through: ``pytest tests/bench/bench_packets.py`` (not collected by default)."""

from collections import Counter

import pytest

from analyzer.capture import Capture
from analyzer.limits import DEFAULT
from analyzer.packets.sieve import Sieve
from analyzer.packets.transport import Transport


@pytest.fixture(scope="module", params=["bulk", "dense"])
def blocks(request, captures):
    path, packets, _ = captures[request.param]
    return list(Capture(path)), packets


def test_columns(benchmark, blocks, rate):
    made, packets = blocks
    assert benchmark(lambda: sum(len(Transport(DEFAULT, Counter()).read(block)[0]) for block in made)) == packets
    rate(packets=packets)


def test_sieve(benchmark, blocks, rate):
    made, packets = blocks

    def sift():
        sieve, transport = Sieve(DEFAULT), Transport(DEFAULT, Counter())
        return sum(len(sieve.sift(transport.read(block)[0])[1]) for block in made)

    assert benchmark(sift) > 0
    rate(packets=packets)
