"""RDP's negotiation.  The request and the answers of MS-RDPBCGR section 4.1 (annotated examples)."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.desktop import Rdp

EXAMPLE = bytes.fromhex("0300002c27e00000000000436f6f6b69653a206d737473686173683d656c746f6e730d0a0100080000000000")
"""MS-RDPBCGR 4.1.1: the cookie names eltons, PROTOCOL_RDP is asked for."""
CONFIRM = bytes.fromhex("030000130ed000001234000200080000000000")
"""MS-RDPBCGR 4.1.2: PROTOCOL_RDP selected."""


def request(protocols, cookie=b"", more=b""):
    body = cookie + struct.pack("<BBHI", 1, 8 if more else 0, 8, protocols) + more
    return struct.pack(">BBHBBHHB", 3, 0, 11 + len(body), 6 + len(body), 0xE0, 0, 0, 0) + body


def confirm(kind, number):
    return CONFIRM[:11] + struct.pack("<BBHI", kind, 0x1F, 8, number)


HYBRID = request(3, b"Cookie: mstshash=alice\r\n")


@given(cuts)
def test_granted(sizes):
    turns = [(C, HYBRID), (S, confirm(2, 2)), (C, TLS), (S, TLS)]
    found = carried(Rdp, turns, sizes)
    assert found[:10] == (True, False, None, [len(HYBRID), 19], "rdp", None, True, True, b"", b"PROTOCOL_HYBRID")


@given(st.sampled_from([1, 2, 4, 8, 16]))
def test_every_protocol_that_is_tls(number):
    dialog, _ = heard(Rdp, (C, request(number)), (S, confirm(2, number)))
    assert (dialog.prelude.requested, dialog.prelude.granted) == (True, True)


def test_refused():
    dialog, _ = heard(Rdp, (C, HYBRID), (S, confirm(3, 2)))
    assert (dialog.prelude.granted, dialog.prelude.answer) == (False, b"SSL_NOT_ALLOWED_BY_SERVER")
    assert heard(Rdp, (C, HYBRID), (S, confirm(2, 0)))[0].prelude.granted is False
    silent = bytes.fromhex("0300000b06d00000123400")
    assert heard(Rdp, (C, HYBRID), (S, silent))[0].prelude.granted is False
    assert heard(Rdp, (C, HYBRID), (S, silent), (C, b"\x03\0\0\x0crest"))[0].settled


@given(cuts)
def test_not_asked_for(sizes):
    found = carried(Rdp, [(C, EXAMPLE), (S, CONFIRM)], sizes)
    assert found[:8] == (True, True, None, [None, None], "rdp", None, False, None)


def test_the_user_is_not_kept():
    preludes, _ = told((C, HYBRID), (S, confirm(2, 1)), (C, TLS))
    assert b"alice" not in repr(preludes.told).encode()


def test_a_request_with_a_correlation_id():
    dialog, _ = heard(Rdp, (C, request(11, more=b"\x06\0\x24\0" + bytes(32))))
    assert dialog.prelude.requested


def test_other_protocols_over_x224_are_not_believed():
    siemens = bytes.fromhex("0300001611e00000000100c1020100c2020102c0010a")  # S7: TSAPs and a TPDU size
    assert heard(Rdp, (C, siemens))[0].sure is False
    assert heard(Rdp, (C, bytes.fromhex("0300000b06e00000000000")))[0].sure is None


test_junk, test_damage = strict(Rdp, [(C, HYBRID), (S, confirm(2, 2)), (C, TLS)], [(C, EXAMPLE), (S, CONFIRM)])
