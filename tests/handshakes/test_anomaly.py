"""The closed list of oddities."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import talk
from talk import Wire

import analyzer
from analyzer.handshakes.anomaly import KINDS
from analyzer.limits import DEFAULT

ROOMS = [Path(analyzer.__file__).parent / room for room in ("streams", "handshakes")]


def test_every_kind_that_is_told_is_listed():
    told = {
        word
        for room in ROOMS
        for path in room.glob("*.py")
        for word in re.findall(r'(?:anomaly|note|yield)\(? ?"([a-z]+-[a-z-]+)"', path.read_text())
    }
    assert told
    assert told <= set(KINDS)


def test_the_rest_is_counted_in_the_last_row():
    wire = Wire().open().client(talk.client_hello()).server(talk.server_hello())
    for _ in range(20):
        wire.server(talk.record(24, b"\1\x40\0"))
    [made] = wire.read(msgspec.structs.replace(DEFAULT, anomalies=5))
    assert [one.kind for one in made.anomalies] == ["malformed-heartbeat"] * 4 + ["more-anomalies"]
    assert made.anomalies[-1].detail == "16 more"
