import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.reader import Fault, Malformed, Reader
from analyzer.tls.shapes import choice, empty, first_fit, fixed, one_of, opaque, record, rest, u8, u8s, u16, u16s, vector


@given(st.lists(st.integers(0, 0xFFFF), max_size=100))
def test_u16s_reads_what_struct_packs(numbers):
    body = struct.pack(f">H{len(numbers)}H", 2 * len(numbers), *numbers)
    assert u16s(least=0)(Reader(body)) == tuple(numbers)


def test_an_odd_vector_keeps_its_whole_items():
    reader = Reader(b"\x03\x00\x17\x00")
    assert u16s(1)(reader) == (0x17,)
    assert reader.fault() == Fault("odd", 0)


def test_a_vector_that_is_too_short_keeps_what_it_has():
    reader = Reader(b"\x00\x00")
    assert u16s()(reader) == ()
    assert reader.fault() == Fault("short", 0)
    reader = Reader(b"\x01a")
    assert opaque(1, 2)(reader) == b"a"
    assert reader.fault() == Fault("short", 0)


def test_vectors_nest_and_stay_inside_each_other():
    names = vector(opaque(1), width=2)
    assert names(Reader(b"\x00\x05\x02h2\x01x")) == (b"h2", b"x")
    with pytest.raises(Malformed) as caught:
        names(Reader(b"\x00\x03\x05h2zzzz"))
    assert (caught.value.reason, caught.value.at) == ("length", 2)


def test_an_item_without_bytes_ends():
    with pytest.raises(Malformed):
        vector(empty, width=1)(Reader(b"\x01a"))


def test_records_choices_and_the_rest():
    assert record(lambda *fields: fields, u8, fixed(2), u8s(), rest)(Reader(b"\x01ab\x02\x03\x04zz")) == (1, b"ab", (3, 4), b"zz")
    either = choice({1: u16, 2: u8})
    assert either(Reader(b"\x01\x00\x05")) == (1, 5)
    with pytest.raises(Malformed) as caught:
        either(Reader(b"\x09"))
    assert caught.value.reason == "value"
    assert choice({}, other=rest)(Reader(b"\x09ab")) == (9, b"ab")


def test_the_first_shape_that_fits_all_bytes_wins():
    shape = first_fit(u16s(), u16)
    assert shape(Reader(b"\x00\x02\x00\x01")) == (1,)
    assert shape(Reader(b"\x00\x02")) == 2
    with pytest.raises(Malformed):
        shape(Reader(b"\x00"))


def test_a_try_that_did_not_fit_leaves_no_note():
    reader = Reader(b"\x00\x00")
    assert first_fit(record(lambda *fields: fields, u16s(), u8), u16)(reader) == 0
    assert reader.fault() is None


def test_one_of_takes_the_single_item():
    assert one_of(u16s())(Reader(b"\x00\x02\x00\x07")) == 7
    with pytest.raises(Malformed):
        one_of(u16s())(Reader(b"\x00\x04\x00\x07\x00\x08"))
