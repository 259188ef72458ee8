"""der: X.690's own examples, oddities, and that no bytes can hurt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509 import der


def read(data):
    faults = []
    return der.children(data, 0, len(data), faults), faults


def test_elements_stand_where_they_stand():
    assert read(b"\x02\x01\x05\x30\x03\x0c\x01a\x05\x00") == (
        [(0x02, 0, 2, 3, 3), (0x30, 3, 5, 8, 8), (0x05, 8, 10, 10, 10)],
        [],
    )


@pytest.mark.parametrize(
    ("data", "element", "fault"),
    [
        (b"\x04\x81\x01a", (0x04, 0, 3, 4, 4), "non-minimal length"),
        (b"\x04\x82\x00\x80" + bytes(128), (0x04, 0, 4, 132, 132), "non-minimal length"),
        (b"\x04\x05abc", (0x04, 0, 2, 5, 5), "length past the end"),
        (b"\x04\x82\xff\xffabc", (0x04, 0, 4, 7, 7), "length past the end"),
        (b"\x04\x88" + b"\xff" * 8 + b"abc", (0x04, 0, 10, 13, 13), "length past the end"),
        (b"\x24\x80\x04\x01a\0\0", (0x24, 0, 2, 5, 7), "indefinite length"),
        (b"\x30\x80\x30\x80\0\0\0\0", (0x30, 0, 2, 6, 8), "indefinite length"),
        (b"\x30\x80\x04\x01a", (0x30, 0, 2, 5, 5), "no end of contents"),
        (b"\x1f\x01\x00", (0x1F | 1 << 8, 0, 3, 3, 3), "non-minimal tag"),
    ],
)
def test_oddities_are_noted_and_read(data, element, fault):
    elements, faults = read(data)
    assert elements == [element]
    assert fault in faults


def test_long_forms_that_der_wants_are_no_fault():
    for size in (0x80, 0xFF, 0x100, 0xFFFF, 0x10000):
        octets = (size.bit_length() + 7) // 8
        data = bytes((0x04, 0x80 | octets)) + size.to_bytes(octets, "big") + bytes(size)
        assert read(data) == ([(0x04, 0, 2 + octets, len(data), len(data))], [])
    assert read(b"\x7f\x49\x01a") == ([(0x7F | 0x49 << 8, 0, 3, 4, 4)], [])


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\x30", "cut off"),
        (b"\x30\x82\x01", "length of length past the end"),
        (b"\x30\xff" + bytes(200), "reserved length"),
        (b"\x1f" + b"\xff" * 30, "endless tag"),
        (b"\x1f\x81", "endless tag"),
    ],
)
def test_what_has_no_sense_ends_the_list(data, fault):
    assert read(b"\x05\0" + data) == ([(0x05, 0, 2, 2, 2)], [fault])


def test_too_many_elements_are_cut():
    elements, faults = read(b"\x05\0" * (der.ELEMENTS + 1))
    assert len(elements) == der.ELEMENTS
    assert len(faults) == 1
    assert read(b"\x05\0" * der.ELEMENTS)[1] == []


def test_indefinite_lengths_nested_a_million_deep_cost_one_walk():
    elements, faults = read(b"\x30\x80" * 500_000)
    assert len(elements) == 1
    assert faults == ["indefinite length", "no end of contents"]


# X.690 section 8.3 and 8.19; RFC 5280 names the last two
@pytest.mark.parametrize(
    ("encoded", "dotted"),
    [
        ("883703", "2.999.3"),
        ("8837", "2.999"),
        ("2a864886f70d", "1.2.840.113549"),
        ("551d11", "2.5.29.17"),
        ("2b06010401d679020402", "1.3.6.1.4.1.11129.2.4.2"),
        ("27", "0.39"),
        ("78", "2.40"),
    ],
)
def test_object_identifiers(encoded, dotted):
    faults = []
    assert der.object_identifier(bytes.fromhex(encoded), faults) == dotted
    assert not faults


@pytest.mark.parametrize(
    ("raw", "text", "fault"),
    [
        (b"", "#", "bad object identifier"),
        (b"\x2a\x86", "#2a86", "bad object identifier"),
        (b"\x2a\x80\x01", "1.2.1", "padded object identifier"),
        (b"\x2a" + b"\xff" * 100_000 + b"\x01", "#2a" + "ff" * 63, "overlong object identifier"),
    ],
)
def test_odd_object_identifiers(raw, text, fault):
    faults = []
    assert der.object_identifier(raw, faults) == text
    assert faults == [fault]


@given(st.integers(-(1 << 200), 1 << 200))
def test_integers_of_any_sign_and_size(number):
    raw = number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True)
    faults = []
    assert der.integer_hex(raw, faults) == format(number, "x")
    if -(1 << 63) <= number < 1 << 64:
        assert der.integer(raw, faults) == number
    if number >= 0:
        assert der.integer_bits(raw) == number.bit_length()
    assert not faults


def test_odd_integers():
    for raw, fault in ((b"", "empty integer"), (b"\0\x01", "non-minimal integer"), (b"\xff\x80", "non-minimal integer")):
        faults = []
        der.integer(raw, faults)
        der.integer_hex(raw, faults)
        assert faults == [fault, fault]


def test_a_megabyte_of_integer_is_quick():
    raw = b"\x7f" + b"\xff" * (1 << 20)
    assert len(der.integer_hex(raw, [])) == 2 * len(raw)
    assert der.integer(raw, []) is None
    assert der.integer_bits(raw) == 8 * len(raw) - 1


def test_strings_in_pieces_and_bits():
    data = b"\x24\x06\x04\x01a\x04\x01b"
    faults = []
    assert der.octets(data, read(data)[0][0], faults) == b"ab"
    assert faults == ["string in pieces"]
    for raw, value, fault in ((b"\0a", b"a", []), (b"", b"", ["empty bit string"]), (b"\x09a", b"a", ["bad count of unused bits"])):
        faults = []
        assert der.bit_string(raw, faults) == value
        assert faults == fault
    faults = []
    assert (der.boolean(b"\xff", faults), der.boolean(b"\0", faults), faults) == (True, False, [])
    assert der.boolean(b"\x01", faults)
    assert faults == ["bad boolean"]


@given(st.binary(max_size=300))
def test_elements_never_leave_their_parent(data):
    elements, _ = read(data)
    at = 0
    for _, head, start, stop, end in elements:
        assert at == head < start <= stop <= end <= len(data)
        at = end


HEADERS = {0: "3000", 127: "307f", 128: "308180", 255: "3081ff", 256: "30820100", 65535: "3082ffff", 65536: "3083010000"}


@pytest.mark.parametrize(("size", "header"), HEADERS.items())
def test_what_is_written_is_read(size, header):  # X.690 section 8.1.3
    element = der.encoded(0x30, bytes(size))
    assert element[:-size or None].hex() == header
    assert read(element) == ([(0x30, 0, len(header) // 2, len(element), len(element))], [])
