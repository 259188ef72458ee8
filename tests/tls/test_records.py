import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls import records


def record(content_type, body, version=0x0301):
    return struct.pack(">BHH", content_type, version, len(body)) + body


HELLO = record(22, b"\x01\x00\x00\x28\x03\x03" + bytes(32) + b"\x00\x00\x02\x00\x2f\x01")


def test_header():
    assert records.read_header(b"x" + HELLO, 1) == (22, 0x0301, 44)
    assert records.read_header(HELLO[:4]) is None


@pytest.mark.parametrize("content_type", [20, 21, 22, 23, 24])
@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302, 0x0303, 0x0304])
def test_all_types_and_versions_are_plausible(content_type, version):
    assert records.plausible_header(content_type, version, 1)
    assert records.plausible_header(content_type, version, (1 << 14) + 2048)
    assert not records.plausible_header(content_type, version, (1 << 14) + 2049)
    assert records.plausible_header(content_type, version, 0) is (content_type == 23)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1",
        b"SSH-2.0-",
        b"\x16\x02\x01\x00\x10",
        b"\x16\x03\x05\x00\x10",
        b"\x13\x03\x01\x00\x10",
        b"\x19\x03\x01\x00\x10",
        b"\x16\x03\x01\x49\x00",
        b"\x16\x03\x01\x00\x00",
        b"",
        b"\x14\x03\x01\x00\x02",
        b"\x16\x03\x01\x00\x10\x63",
        b"\x16\x03\x01\x00\x40\x01\x7f\x00\x00",
        b"\x15\x03\x01\x00\x02\x07",
    ],
)
def test_other_things_do_not_look_like_records(data):
    assert not records.looks_like_record(data)


@given(st.sampled_from([20, 21, 22, 23, 24]), st.integers(0x0300, 0x0304), st.binary(min_size=4, max_size=300))
def test_every_prefix_of_a_record_looks_like_one(content_type, version, body):
    body = {20: b"\x01", 21: b"\x02" + body[:1], 22: b"\x0b\x00\x00" + body}.get(content_type, body)
    data = record(content_type, body, version)
    assert all(records.looks_like_record(data[:cut]) for cut in range(1, len(data) + 1))


def test_a_client_hello_is_told_as_soon_as_it_can_be():
    answers = [records.looks_like_client_hello(HELLO[:cut]) for cut in range(len(HELLO) + 1)]
    assert answers == [None] * 11 + [True] * (len(HELLO) - 10)
    assert records.looks_like_client_hello(b"zz" + HELLO, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"GET /",
        record(23, b"x"),
        record(22, b"\x02\x00\x00\x28\x03\x03"),
        record(22, b"\x01\x00\x00\x05\x03\x03"),
        record(22, b"\x01\x00\x00\x28\x02\x00" + bytes(40)),
        HELLO[:43] + b"\x40" + bytes(10),
    ],
)
def test_other_things_are_no_client_hello(data):
    assert records.looks_like_client_hello(data) is False


@given(st.binary(max_size=60), st.integers(0, 70))
def test_no_bytes_raise(data, at):
    records.read_header(data, at)
    records.looks_like_record(data, at)
    records.looks_like_client_hello(data, at)
