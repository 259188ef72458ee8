import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.reader import REASONS, Fault, Malformed, Reader


def test_numbers_are_big_endian():
    reader = Reader(bytes(range(1, 19)))
    assert (reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u64()) == (1, 0x0203, 0x040506, 0x0708090A, 0x0B0C0D0E0F101112)
    assert reader.left == 0
    assert reader.fault() is None


def test_a_field_past_the_end_is_cut_where_it_starts():
    reader = Reader(b"\x01\x02\x03")
    reader.u16()
    with pytest.raises(Malformed) as caught:
        reader.u16()
    assert (caught.value.reason, caught.value.at) == ("cut", 2)


def test_a_length_that_lies_is_told_from_a_cut():
    with pytest.raises(Malformed) as caught:
        Reader(b"\x00\x05abcd").opaque(2)
    assert (caught.value.reason, caught.value.at) == ("length", 0)


def test_a_sub_reader_cannot_leave_its_parent():
    reader = Reader(b"\x02abcd")
    inner = reader.sub(1)
    assert inner.take(2) == b"ab"
    with pytest.raises(Malformed):
        inner.u8()
    assert reader.rest() == b"cd"
    with pytest.raises(Malformed):
        Reader(b"\x03\xff\x01\x02").sub(1).sub(1)


def test_what_is_left_over_and_what_was_noted_is_a_fault():
    reader = Reader(b"\x01\x02")
    reader.u8()
    assert reader.fault() == Fault("trailing", 1)
    reader.note("short", 0)
    reader.note("odd", 1)
    assert reader.fault() == Fault("short", 0)


def test_a_note_in_a_sub_reader_reaches_the_body():
    reader = Reader(b"\x01\x00")
    reader.sub(1).note("short", 1)
    assert reader.fault() == Fault("short", 1)


STEPS = ["u8", "u16", "u24", "u32", "u64", "rest", "o1", "o2", "o3", "s1", "s2"]


@given(st.binary(max_size=40), st.lists(st.sampled_from(STEPS), max_size=12))
def test_whatever_is_asked_the_cursor_stays_inside(data, asked):
    reader = Reader(data)
    try:
        for name in asked:
            if name[0] == "o":
                reader.opaque(int(name[1]))
            elif name[0] == "s":
                reader = reader.sub(int(name[1]))
            else:
                getattr(reader, name)()
            assert 0 <= reader.at <= reader.end <= len(data)
    except Malformed as malformed:
        reason, at = malformed.reason, malformed.at
    else:
        reason, at = "cut", 0
    assert reason in REASONS
    assert 0 <= at <= len(data)
