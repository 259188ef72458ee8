"""Every field with its value and bytes, aligned and wrapped to any width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.ladders import Field
from analyzer.ladders.cells import width_of
from analyzer.ladders.detail import detail

FIELDS = (
    Field(name="random", value="2 bytes", data="00ff"),
    Field(name="extensions", value="2"),
    Field(name="server_name", code=0, value="17 bytes", data="000f00000c73686f702e6578616d706c65", depth=1),
    Field(name="name", value="shop.example", depth=2),
    Field(name="65000", code=65000, depth=1, fault="cut short"),
)


def texts(fields, width):
    return ["".join(text for text, _ in line) for line in detail(fields, width)]


def test_wide():
    assert texts(FIELDS, 80) == [
        "random             2 bytes",
        "  0000  00 ff",
        "extensions         2",
        "  server_name (0)  17 bytes",
        "    0000  00 0f 00 00 0c 73 68 6f 70 2e 65 78 61 6d 70 6c",
        "    0010  65",
        "    name           shop.example",
        "  65000 (65000)",
        "    ! cut short",
    ]


def test_narrow():
    assert texts(FIELDS[2:4], 24) == [
        "  server_name (0)",
        "              17 bytes",
        "    0000  00 0f 00 00",
        "    0004  0c 73 68 6f",
        "    0008  70 2e 65 78",
        "    000c  61 6d 70 6c",
        "    0010  65",
        "    name      shop.examp",
        "              le",
    ]


def test_bytes_that_were_left_out_are_told():
    assert texts([Field(name="key", data="00" * 100_000)], 120)[-1] == "  … more bytes than are shown"


def test_a_list_of_values_breaks_behind_commas():
    assert texts([Field(name="suites", value="TLS_AES_128_GCM_SHA256 (0x1301), TLS_AES_256_GCM_SHA384 (0x1302)")], 44) == [
        "suites  TLS_AES_128_GCM_SHA256 (0x1301),",
        "        TLS_AES_256_GCM_SHA384 (0x1302)",
    ]


@given(
    st.lists(
        st.builds(
            Field,
            depth=st.integers(-1, 40),
            name=st.text(max_size=60),
            value=st.text(max_size=200),
            code=st.none() | st.integers(0, 65535),
            data=st.none() | st.binary(max_size=80).map(bytes.hex),
            fault=st.none() | st.text(max_size=60),
        ),
        max_size=5,
    ),
    st.integers(16, 120),
)
def test_any_fields_fit_any_width(fields, width):
    for line in detail(fields, width):
        assert width_of(line) <= width
        assert "".join(text for text, _ in line).isprintable()


@pytest.mark.parametrize("value", ["a\x1b[31m", "a\u202eb", "\ud800"])
def test_values_are_escaped(value):
    assert texts([Field(name=value, value=value, fault=value)], 80)[0].isprintable()
