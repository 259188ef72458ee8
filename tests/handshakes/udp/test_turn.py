"""What relays carry: golden bytes from RFC 8656 and RFC 5415."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.udp.turn import unwrap

INNER = b"\x16\xfe\xfd" + bytes(30)
PEER = b"\x00\x12\x00\x08\x00\x01\x21\x12\xe1\xba\xa5\x43"
SOFTWARE = b"\x80\x22\x00\x05tests\0\0\0"


def indication(kind, *attributes, cookie=0x2112A442):
    body = b"".join(attributes)
    return pack(">HHI", kind, len(body), cookie) + bytes(12) + body


@pytest.mark.parametrize("channel", [0x4000, 0x4FFF])
@pytest.mark.parametrize("padding", [0, 3])
def test_channel_data(channel, padding):
    assert unwrap(pack(">HH", channel, len(INNER)) + INNER + bytes(padding)) == INNER


@pytest.mark.parametrize("kind", [0x0016, 0x0017])
def test_indications(kind):
    data = pack(">HH", 0x0013, len(INNER)) + INNER + bytes(3)
    assert unwrap(indication(kind, PEER, SOFTWARE, data)) == INNER


def test_capwap():
    assert unwrap(b"\1\0\0\0" + INNER) == INNER


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x40\0\0\1",
        pack(">HH", 0x4000, 4) + INNER,  # more than padding behind it
        pack(">HH", 0x5000, len(INNER)) + INNER,
        indication(0x0016, PEER),
        indication(0x0001, pack(">HH", 0x0013, 3) + b"abc"),
        indication(0x0016, pack(">HH", 0x0013, 3) + b"abc", cookie=7),
        INNER,
    ],
)
def test_what_is_no_envelope(data):
    assert unwrap(data) is None


def test_an_envelope_that_the_capture_cut():
    assert unwrap(pack(">HH", 0x4000, len(INNER)) + INNER[:9]) == INNER[:9]


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x40\0", b"\0\x16\0\0\x21\x12\xa4\x42" + bytes(12)]))
def test_any_bytes_are_read(data, front):
    inner = unwrap(front + data)
    assert inner is None or len(inner) <= len(front + data)
