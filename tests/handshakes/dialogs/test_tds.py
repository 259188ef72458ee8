"""TDS before TLS and around it.  PRELOGIN from MS-TDS section 4.1 (example), answers built from its section 2.2.6.5."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.tds import Tds, Unwrapper

EXAMPLE = bytes.fromhex("1201002f00000100 00001a0006 0100200001 0200210001 0300220004 0400260001 ff 090000000000 01 00 b80d0000 01")
"""MS-TDS section 4.1: version 9.0.0, ENCRYPT_ON, INSTOPT, THREADID, MARS."""
OFF, ON, NONE, REQUIRED = range(4)


def prelogin(encryption, kind=0x12, version=b"\x0f\0\x07\xd0\0\0"):
    body = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF) + version + bytes([encryption])
    return packet(body, kind)


def packet(body, kind=0x12, number=1):
    return struct.pack(">BBHHBB", kind, 1, 8 + len(body), 0, number, 0) + body


def answer(encryption):
    return prelogin(encryption, 4)


LOGIN7 = packet(struct.pack("<I", 100) + bytes(96), 0x10)
OLD = b"\x02\0\x02\0\0\0\0\0" + b"host".ljust(504, b"\0")


@given(st.sampled_from([OFF, ON, REQUIRED]), st.sampled_from([OFF, ON, REQUIRED]), cuts)
def test_granted(asked, said, sizes):
    client, server = prelogin(asked), answer(said)
    turns = [(C, client), (S, server), (C, packet(TLS)), (S, packet(TLS))]
    name = [b"ENCRYPT_OFF", b"ENCRYPT_ON", b"", b"ENCRYPT_REQ"][said]
    expected = (True, False, "tds", [len(client), len(server)], "tds", True, True, True, b"15.0.2000", name)
    assert carried(Tds, turns, sizes)[:10] == expected


def test_one_side_or_the_answer_late():
    preludes, ends = told((C, prelogin(ON)), (C, packet(TLS)))
    assert (preludes.framing, ends[C], preludes.unwrap(C, packet(TLS))) == ("tds", len(prelogin(ON)), TLS)
    assert preludes.unwrap(S, answer(ON) + packet(TLS)) == TLS
    assert preludes.told[0].answer == b"ENCRYPT_ON"


def test_the_example():
    dialog, ends = heard(Tds, (C, EXAMPLE), (C, packet(TLS)))
    assert (dialog.sure, dialog.prelude.requested, dialog.framing, ends[C]) == (True, True, "tds", 47)


@pytest.mark.parametrize(("asked", "said", "granted"), [(ON, NONE, False), (NONE, NONE, None), (NONE, REQUIRED, None)])
def test_not_taken_or_refused(asked, said, granted):
    dialog, _ = heard(Tds, (C, prelogin(asked)), (S, answer(said)), (C, LOGIN7))
    assert (dialog.prelude.requested, dialog.prelude.granted, dialog.settled, dialog.framing) == (asked == ON, granted, True, None)


@given(cuts)
def test_logins_that_know_no_tls(sizes):
    for login in (OLD, LOGIN7):
        assert carried(Tds, [(C, login)], sizes)[:3] == (True, True, None)


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=6), st.booleans(), cuts)
def test_unwrapping(flights, bare, sizes):
    flights = [b"\x16" + flight for flight in flights]
    stream = b"".join(packet(flight) for flight in flights) + (b"\x17\x03\x03\0\2okmore" if bare else packet(b"\xfd plaintext", 4))
    unwrapper, found, sizes = Unwrapper(), b"", iter(sizes)
    while stream:
        size = next(sizes, 10_000)
        found += unwrapper.take(stream[:size])
        stream = stream[size:]
    assert found == b"".join(flights) + (b"\x17\x03\x03\0\2okmore" if bare else b"")
    assert unwrapper.raw == bare


@given(cuts)
def test_records_may_be_cut_by_packets(sizes):
    turns = (C, prelogin(OFF)), (S, answer(OFF)), (C, packet(TLS)), (S, packet(TLS))
    preludes, ends = told(*turns, sizes=sizes)
    assert (preludes.framing, ends) == ("tds", [len(prelogin(OFF)), len(answer(OFF))])
    stream = packet(TLS[:4]) + packet(TLS[4:], number=2)
    assert b"".join(preludes.unwrap(C, stream[at : at + 3]) for at in range(0, len(stream), 3)) == TLS


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_junk_comes_out_no_longer_than_it_went_in(pieces):
    unwrapper = Unwrapper()
    assert sum(len(unwrapper.take(piece)) for piece in pieces) <= sum(map(len, pieces))


test_junk, test_damage = strict(Tds, [(C, prelogin(ON)), (S, answer(ON)), (C, packet(TLS))], [(C, LOGIN7)], [(C, OLD)])
