"""Record boundaries in one side's bytes."""

from __future__ import annotations

import talk
from hypothesis import given
from hypothesis import strategies as st
from talk import record

from analyzer.handshakes.sender import Sender

kinds = st.sampled_from([20, 21, 22, 23, 24])
some = st.lists(st.tuples(kinds, st.binary(min_size=1, max_size=60)), min_size=1, max_size=8)


def fed(pieces):
    sender, found = Sender(), []
    for packet, piece in enumerate(pieces, 1):
        found += sender.take(piece, packet, packet * 10)
    return sender, found


@given(some, st.lists(st.integers(1, 50), max_size=60))
def test_any_cut_gives_the_same_records_with_their_packets(records, sizes):
    stream = b"".join(record(*one) for one in records)
    pieces, owners, at, sizes = [], [], 0, iter(sizes)
    while at < len(stream):
        pieces.append(stream[at : at + next(sizes, 1000)])
        at += len(pieces[-1])
        owners += [len(pieces)] * len(pieces[-1])
    sender, found = fed(pieces)
    assert [(one.kind, one.fragment, one.version, one.whole) for one in found] == [(kind, body, 0x0303, True) for kind, body in records]
    at = 0
    for one in found:
        mine = owners[at : at + 5 + len(one.fragment)]
        assert one.packets == tuple(range(mine[0], mine[-1] + 1))
        assert one.time == mine[0] * 10
        at += len(mine)
    assert sender.torn() is None
    assert sender.spoke == len(stream)


def test_a_torn_record():
    sender, found = fed([record(22, b"abcdef")[:-2]])
    torn = sender.torn()
    assert (found, torn.fragment, torn.whole, torn.kind) == ([], b"abcd", False, 22)


def test_less_than_a_header_is_no_record():
    assert fed([b"\x16\x03\x03"])[0].torn() is None


def test_a_gap_inside_a_record_keeps_the_boundary():
    sender, _ = fed([record(23, bytes(100))[:50]])
    sender.aligned = True
    assert sender.lose(30).fragment == bytes(45)
    assert sender.aligned
    [after] = sender.take(bytes(25) + record(22, b"next"), 9, 90)
    assert (after.fragment, after.packets) == (b"next", (9,))


def test_two_gaps_inside_one_record():
    sender, _ = fed([record(23, bytes(100))[:50]])
    sender.aligned = True
    sender.lose(30)
    assert sender.take(bytes(5), 2, 20) == []
    assert sender.lose(10) is None
    assert sender.aligned
    assert [one.fragment for one in sender.take(bytes(10) + record(22, b"next"), 3, 30)] == [b"next"]


def test_a_gap_over_the_record_s_end_loses_the_boundary():
    sender, _ = fed([record(23, bytes(100))[:50]])
    sender.aligned = True
    sender.lose(56)
    assert not sender.aligned


def test_bytes_that_are_no_header():
    sender, found = fed([record(21, b"\2\0") + b"GET / HTTP"])
    assert [one.kind for one in found] == [21]
    assert sender.strange == b"GET / HTTP"
    assert not sender.aligned


def test_talk_builds_what_the_rfc_says():
    """RFC 8446 section 5.1: type, version, length."""
    assert talk.alert(40).hex() == "15030300020228"
