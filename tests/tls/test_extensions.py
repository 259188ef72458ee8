import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls import extensions
from analyzer.tls.extension_table import TABLE
from analyzer.tls.extensions import WHERE, Extension, read_block, read_extension
from analyzer.tls.reader import REASONS, Bounds, Fault, Malformed, Reader


def block(*items):
    body = b"".join(struct.pack(">HH", code, len(data)) + data for code, data in items)
    return struct.pack(">H", len(body)) + body


def test_an_unknown_one_is_kept_without_a_fault():
    assert read_extension(0x1A1A, b"\x00", "client_hello") == Extension(0x1A1A, b"\x00")


def test_a_broken_one_is_kept_with_its_fault():
    broken = read_extension(0, b"\x00\x09\x00\x00\x06serve", "client_hello")
    assert (broken.value, broken.fault) == (None, Fault("length", 0))


def test_what_is_left_over_does_not_cost_the_value():
    assert read_extension(28, b"\x40\x00\x01", "client_hello") == Extension(28, b"\x40\x00\x01", 0x4000, Fault("trailing", 2))


def test_the_order_and_duplicates_stay():
    found = []
    read_block(Reader(block((23, b""), (0, b""), (23, b""))), "client_hello", found)
    assert [extension.code for extension in found] == [23, 0, 23]


@pytest.mark.parametrize(
    ("body", "reason", "at"),
    [
        (b"\x00\x05\x00\x17\x00\x00", "length", 0),
        (b"\x00\x04\x00\x17\x00\x01", "length", 4),
        (b"\x00\x06\x00\x17\x00\x00\x00\x00", "cut", 6),
    ],
)
def test_a_block_that_lies_is_read_as_far_as_it_goes(body, reason, at):
    found = []
    with pytest.raises(Malformed) as caught:
        read_block(Reader(body), "client_hello", found)
    assert (caught.value.reason, caught.value.at) == (reason, at)
    assert len(found) == (0 if at == 4 else 1)


def test_what_comes_again_is_the_same_object_and_random_bodies_are_not_remembered():
    items = block((10, b"\x00\x02\x00\x1d"), (51, b"\x00\x06\x00\x1d\x00\x02ab"), (21, bytes(9)))
    first, second = [], []
    read_block(Reader(items), "client_hello", first)
    read_block(Reader(items), "client_hello", second)
    assert first == second
    assert [one is two for one, two in zip(first, second, strict=True)] == [True, False, False]


def test_the_same_bytes_mean_other_things_elsewhere():
    share = b"\x00\x1d"
    assert read_extension(51, share, "hello_retry_request").value == 0x1D
    assert read_extension(51, share, "client_hello").fault is not None
    assert read_extension(42, b"\x00\x00\x00\x05", "new_session_ticket").value == 5


def test_the_memory_is_bounded():
    for number in range(5000):
        read_block(Reader(block((0x9999, number.to_bytes(4, "big")))), "certificate", [])
    read_block(Reader(block((0x9999, bytes(5000)))), "certificate", [])
    memo = extensions._MEMO["certificate"]
    assert len(memo) <= 2048
    assert max(map(len, memo)) <= 516


@given(st.sampled_from(sorted(TABLE)), st.binary(max_size=120), st.sampled_from(sorted(WHERE)))
def test_no_bytes_raise(code, body, where):
    extension = read_extension(code, body, where)
    assert (extension.code, extension.body) == (code, body)
    if extension.fault is not None:
        assert extension.fault.reason in REASONS
        assert 0 <= extension.fault.at <= len(body)


def test_a_block_of_the_largest_size_is_read():
    found = []
    read_block(Reader(block(*[(number, b"") for number in range(16000)]), bounds=Bounds(items=16000)), "client_hello", found)
    assert len(found) == 16000


def test_past_the_bounds_extensions_are_not_read_and_those_before_are_kept():
    found = []
    with pytest.raises(Malformed) as raised:
        read_block(Reader(block(*[(number, b"") for number in range(16000)])), "client_hello", found)
    assert (raised.value.reason, raised.value.at) == ("limit", 2 + 4 * 1000)
    assert [extension.code for extension in found] == list(range(1000))
