"""What the benchmarks share: dense captures, and figures per packet and per handshake beside the seconds."""

import importlib.util
import sys
from pathlib import Path

import pytest

if "dense" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("dense", Path(__file__).with_name("dense.py"))
    sys.modules["dense"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["dense"])

import dense


@pytest.fixture(scope="session")
def captures(tmp_path_factory):
    """Kind -> (path, packets, handshakes)."""
    folder = tmp_path_factory.mktemp("captures")
    made = {}
    for kind, connections, bulk in (("dense", 3000, 0), ("mixed", 600, 100), ("bulk", 24, 4000)):
        packets = dense.packets(connections, bulk)
        path = folder / f"{kind}.pcap"
        path.write_bytes(dense.pcap(packets))
        made[kind] = (path, len(packets), dense.handshakes(connections))
    return made


@pytest.fixture
def rate(benchmark):
    """Note how many things one round is, so that the figure per second stands beside the seconds."""

    def note(**counts):
        for name, count in counts.items() if benchmark.stats else ():  # none where benchmarks are only tried out
            benchmark.extra_info[f"{name} per second"] = round(count / benchmark.stats.stats.median)

    return note
