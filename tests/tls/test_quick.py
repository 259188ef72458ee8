"""The short cuts give exactly what the shapes give, on sound hellos, on broken ones and on anything else."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.tls import extensions, messages, quick
from analyzer.tls.codes import CLIENT_HELLO, HELLO_RETRY_RANDOM, SERVER_HELLO


def block(*pairs):
    body = b"".join(pack(">HH", code, len(data)) + data for code, data in pairs)
    return pack(">H", len(body)) + body


def name(host):
    return pack(">HBH", len(host) + 3, 0, len(host)) + host


def share(*entries):
    body = b"".join(pack(">HH", group, len(key)) + key for group, key in entries)
    return pack(">H", len(body)) + body


EXTENSIONS = [
    (0, name(b"shop.example")), (0, name(b"")), (0, name(b"a") + b"\0"), (0, pack(">H", 8) + (b"\0\0\1x" * 2)), (0, b""),
    (10, b"\0\4\0\x1d\0\x17"), (11, b"\1\0"), (16, b"\0\3\2h2"), (23, b""), (35, b""), (35, bytes(40)), (43, b"\4\3\4\3\3"),
    (51, share((29, bytes(32)))), (51, share((4588, bytes(1216)), (29, bytes(32)))), (51, share()), (51, share((29, b""))),
    (51, b"\0\5\0\x1d\0\x20x"), (51, b""), (0x0A0A, b""), (65281, b"\0"), (21, bytes(100)), (0x1234, b"xyz"),
]  # fmt: skip
ANSWERS = [
    (43, b"\3\4"), (51, b"\0\x1d\0\x20" + bytes(32)), (51, b"\0\x1d\0\0"), (51, b"\0\x1d"), (0, b""), (16, b"\0\3\2h2"), (65281, b"\0"),
]  # fmt: skip


@st.composite
def client_hellos(draw):
    version = draw(st.sampled_from([0x0300, 0x0301, 0x0303, 0x0304, 0xFEFD, 0x7F12]))
    suites = pack(">5H", *draw(st.lists(st.sampled_from([0x1301, 0xC02F, 0x002F, 0x00FF]), min_size=5, max_size=5)))
    session = draw(st.sampled_from([b"", bytes(32), bytes(7)]))
    front = pack(">H", version) + bytes(range(32)) + bytes([len(session)]) + session + pack(">H", len(suites)) + suites + b"\1\0"
    chosen = draw(st.none() | st.lists(st.sampled_from(EXTENSIONS), max_size=6))
    return front if chosen is None else front + block(*chosen)


@st.composite
def server_hellos(draw):
    random = draw(st.sampled_from([bytes(range(32)), HELLO_RETRY_RANDOM]))
    session = draw(st.sampled_from([b"", bytes(32)]))
    front = pack(">H", draw(st.sampled_from([0x0303, 0x0301, 0x0304, 0x7F12]))) + random + bytes([len(session)]) + session + b"\x13\1\0"
    chosen = draw(st.none() | st.lists(st.sampled_from(ANSWERS), max_size=4))
    return front if chosen is None else front + block(*chosen)


def both_ways(code, body):
    """What is read with the short cuts, and without any of them; memories are emptied in between."""
    told = []
    for usual, short in ((messages._USUAL, extensions._QUICK), ({}, {key: {} for key in extensions.WHERE})):
        for memory in extensions._MEMO.values():
            memory.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(messages, "_USUAL", usual)
            patch.setattr(extensions, "_QUICK", short)
            told.append(messages.read_message(code, body))
    return told


@settings(max_examples=300)
@given(client_hellos(), st.data())
def test_client_hellos_are_read_alike(body, data):
    messages.read_message(CLIENT_HELLO, body)  # so that its suites are known
    for variant in (body, body[: data.draw(st.integers(0, len(body)))], body + b"\0"):
        quickly, plainly = both_ways(CLIENT_HELLO, variant)
        assert quickly == plainly
        assert type(quickly) is type(plainly)


@settings(max_examples=300)
@given(server_hellos(), st.data())
def test_server_hellos_are_read_alike(body, data):
    for variant in (body, body[: data.draw(st.integers(0, len(body)))], body + b"\0"):
        quickly, plainly = both_ways(SERVER_HELLO, variant)
        assert quickly == plainly
        assert type(quickly) is type(plainly)


@settings(max_examples=300)
@given(client_hellos() | server_hellos(), st.data())
def test_one_wrong_byte_makes_no_difference_between_the_ways(body, data):
    at, value = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 255))
    wrong = body[:at] + bytes([value]) + body[at + 1 :]
    for code in (CLIENT_HELLO, SERVER_HELLO):
        quickly, plainly = both_ways(code, wrong)
        assert quickly == plainly


def test_a_usual_hello_does_take_the_short_cut():
    said = block((0, name(b"shop.example")), (51, share((29, bytes(32)))))
    body = pack(">H", 0x0303) + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + said
    messages.read_message(CLIENT_HELLO, body)
    fields, start = quick.client_hello(body, {b"\x13\1": (0x1301,)})
    assert fields["cipher_suites"] == (0x1301,)
    assert body[start - 2 : start] == pack(">H", len(body) - start)
    assert quick.EXTENSIONS["client_hello"][0](name(b"shop.example"))[0].name == b"shop.example"
