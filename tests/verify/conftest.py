from __future__ import annotations

import shutil
from struct import pack

import pytest


@pytest.fixture
def tshark():
    """The real one, or skip."""
    found = shutil.which("tshark")
    if found is None:
        pytest.skip("tshark (Wireshark) is not installed")
    pytest.importorskip("pyshark", reason="pyshark is not installed")
    return found


@pytest.fixture
def capture(tmp_path):
    """Write the packets of a ``talk.Wire`` to a pcap file (LINKTYPE_RAW, nanoseconds) and return its path."""

    def write(wire, name="made.pcap"):
        out = [pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 101)]
        for time, data in wire.packets:
            out += [pack("<IIII", time // 10**9, time % 10**9, len(data), len(data)), data]
        path = tmp_path / name
        path.write_bytes(b"".join(out))
        return path

    return write
