"""Chunks: what was put in comes out, and what has no room is counted."""

import base64
import io
import json
import re
import zlib

import pytest

from analyzer.reports.html import chunks
from analyzer.reports.html.chunks import Chunks


def unpacked(data):
    blocks = re.findall(rb'<script type="text/plain" id="([^"]+)">([^<]*)</script>\n', data)
    return {name.decode(): json.loads(zlib.decompress(base64.b64decode(block), -15)) for name, block in blocks}


@pytest.fixture
def together(monkeypatch):
    monkeypatch.setattr(chunks, "TOGETHER", 3)


@pytest.mark.usefixtures("together")
def test_things_are_found_where_add_said():
    made, out = Chunks("thing", lambda: {"forms": ["f"]}), io.BytesIO()
    places = {key: made.add(key, {"a": key * 2, "b": None if key % 2 else "even"}) for key in range(7)}
    written, left_out = made.write(out, 10**6)
    held = unpacked(out.getvalue())
    assert (written, left_out) == (len(out.getvalue()), 0)
    assert list(held) == ["thing-0", "thing-1", "thing-2"]
    for key, name in places.items():
        at = held[name]["keys"].index(key)
        assert held[name]["facts"]["a"][at] == key * 2
        assert held[name]["facts"].get("b", [None] * 3)[at] == (None if key % 2 else "even")
        assert held[name]["forms"] == ["f"]


@pytest.mark.usefixtures("together")
def test_the_first_ones_are_written_and_the_rest_is_counted():
    made, out = Chunks("thing"), io.BytesIO()
    for key in range(8):
        made.add(key, {"a": "x"})
    written, left_out = made.write(out, 200)
    assert list(unpacked(out.getvalue())) == ["thing-0"]
    assert written == len(out.getvalue()) <= 200
    assert left_out == 5


def test_heavy_things_close_a_chunk(monkeypatch):
    monkeypatch.setattr(chunks, "HEAVIEST", 100)
    made = Chunks("thing")
    assert [made.add(key, {"a": "x" * 60}) for key in range(4)] == ["thing-0", "thing-0", "thing-1", "thing-1"]
