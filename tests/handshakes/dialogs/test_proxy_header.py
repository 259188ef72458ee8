"""The PROXY protocol.  Headers from the examples and the worst cases of haproxy's specification, sections 2.1 and 2.2."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.proxy_header import Proxy1, Proxy2
from analyzer.handshakes.handshake import Endpoint
from analyzer.handshakes.prelude import Target

FOUR = b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
WORST = {
    b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n": 56,
    b"PROXY TCP6 ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n".replace(b"ffff:f...f:ffff", b":".join([b"ffff"] * 8)): 104,
    b"PROXY UNKNOWN\r\n": 15,
    b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n".replace(b"ffff:f...f:ffff", b":".join([b"ffff"] * 8)): 107,
}
"""The longest lines of section 2.1, and their lengths as it gives them."""
SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
A, B = socket.inet_aton("192.168.0.1"), socket.inet_aton("192.168.0.11")
A6, B6 = (socket.inet_pton(socket.AF_INET6, f"2001:db8::{n}") for n in (1, 2))


def header(command, family, body):
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(body)) + body


def tlv(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


PORTS = struct.pack(">HH", 56324, 443)
BINARY = header(0x21, 0x11, A + B + PORTS + tlv(2, b"shop.example") + tlv(0x20, bytes(30)) + tlv(4, bytes(9)))


@given(cuts)
def test_version_1(sizes):
    found = carried(Proxy1, [(C, FOUR + TLS), (S, TLS)], sizes)
    target = Target(address=B, port=443)
    assert found == (True, False, None, [len(FOUR), 0], "proxy1", None, False, None, b"", b"", target, Endpoint(A, 56324))


@pytest.mark.parametrize(("line", "length"), WORST.items())
def test_worst_cases_of_version_1(line, length):
    assert len(line) == length
    dialog, ends = heard(Proxy1, (C, line + TLS), sizes=[1] * 200)
    assert (dialog.sure, ends[C], (dialog.prelude.origin is None)) == (True, length, b"UNKNOWN" in line)


@pytest.mark.parametrize("line", [
    b"PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n", b"PROXY TCP4 ::1 ::2 1 2\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
    b"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", b"PROXY UNKNOWN " + b"x" * 100 + b"\r\n",
])  # fmt: skip
def test_lines_that_are_none(line):
    assert heard(Proxy1, (C, line))[0].sure is False


@given(cuts)
def test_version_2(sizes):
    found = carried(Proxy2, [(C, BINARY + TLS), (S, TLS)], sizes)
    target = Target(name=b"shop.example", address=B, port=443)
    assert found == (True, False, None, [len(BINARY), 0], "proxy2", None, False, None, b"", b"", target, Endpoint(A, 56324))


@pytest.mark.parametrize(("data", "origin", "target"), [
    (header(0x20, 0, b""), None, None),
    (header(0x20, 0x11, A + B + PORTS), None, None),
    (header(0x21, 0x21, A6 + B6 + PORTS), Endpoint(A6, 56324), Target(address=B6, port=443)),
    (header(0x21, 0x12, A + B + PORTS), Endpoint(A, 56324), Target(address=B, port=443)),
    (header(0x21, 0x31, bytes(216)), None, None),
    (header(0x21, 0x31, bytes(216) + tlv(2, b"a.io")), None, Target(name=b"a.io")),
    (header(0x21, 0, b"whatever"), None, None),
    (header(0x21, 0x11, A + B + PORTS + tlv(4, bytes(60_000))), Endpoint(A, 56324), Target(address=B, port=443)),
])  # fmt: skip
def test_families_of_version_2(data, origin, target):
    dialog, ends = heard(Proxy2, (C, data + TLS), sizes=[1400] * 50)
    assert (dialog.sure, dialog.prelude.origin, dialog.prelude.target, ends[C]) == (True, origin, target, len(data))


@pytest.mark.parametrize("data", [header(0x11, 0x11, A + B + PORTS), header(0x22, 0x11, A + B + PORTS), header(0x21, 0x51, bytes(40)),
                                  header(0x21, 0x11, A + B), header(0x21, 0x13, A + B + PORTS)])  # fmt: skip
def test_headers_that_are_none(data):
    assert heard(Proxy2, (C, data))[0].sure is False


@given(st.sampled_from([FOUR, BINARY]), st.lists(st.integers(20, 400), max_size=10))
def test_anything_may_follow(head, sizes):
    ssl, startup = struct.pack(">II", 8, 80877103), [(S, b"S"), (C, TLS), (S, TLS)]
    preludes, ends = told((C, head + ssl), *startup, sizes=sizes)
    assert ([one.protocol for one in preludes.told][1:], ends) == (["postgresql"], [len(head) + 8, 1])
    preludes, ends = told((C, head + TLS), (S, TLS), sizes=sizes)
    assert (len(preludes.told), ends) == (1, [len(head), 0])


test_junk1, test_damage1 = strict(Proxy1, [(C, FOUR + TLS)], [(C, b"PROXY UNKNOWN\r\n")])
test_junk2, test_damage2 = strict(Proxy2, [(C, BINARY + TLS)])
