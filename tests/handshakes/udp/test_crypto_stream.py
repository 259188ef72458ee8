"""crypto_stream: any cut, order and repetition of CRYPTO frames gives the same messages."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer.handshakes.udp.crypto_stream import CryptoStream
from analyzer.limits import DEFAULT


def message(code, body):
    return bytes([code]) + len(body).to_bytes(3, "big") + body


BODIES = [(1, bytes(range(256)) * 3), (2, b""), (2, b"b" * 90), (1, b"x")]
STREAM = b"".join(message(*one) for one in BODIES)


def told(stream, pieces, *, start=0):
    found = []
    for packet, (offset, data) in enumerate(pieces, start):
        stream.put(offset, data, packet, 1000 + packet)
        found += stream.messages()
    return found


def test_messages_in_order():
    stream = CryptoStream(DEFAULT)
    found = told(stream, [(0, STREAM)])
    assert [(one.code, one.body, one.packets, one.time) for one in found] == [(*one, (0,), 1000) for one in BODIES]
    assert (stream.missing, stream.beginning, stream.conflict, stream.full, stream.too_long) == (0, None, None, False, None)


@st.composite
def pieces(draw):
    """The stream cut into frames that overlap and repeat, shuffled, every byte there at least once."""
    cuts = sorted({0, len(STREAM), *draw(st.lists(st.integers(0, len(STREAM)), max_size=12))})
    parts = [(start, STREAM[start:end]) for start, end in pairwise(cuts)]
    for start, end in draw(st.lists(st.tuples(st.integers(0, len(STREAM)), st.integers(0, len(STREAM))), max_size=6)):
        parts.append((start, STREAM[start:end]))
    return draw(st.permutations(parts))


@given(pieces())
def test_any_cut_and_order_gives_the_same_messages(parts):
    stream = CryptoStream(DEFAULT)
    found = told(stream, parts)
    assert [(one.code, one.body) for one in found] == BODIES
    assert (stream.missing, stream.conflict, stream.full) == (0, None, False)
    assert not stream._run
    assert not stream._pieces
    assert all(tuple(sorted(set(one.packets))) == one.packets and one.time == 1000 + one.packets[0] for one in found)


@given(pieces(), st.integers(0, 20))
def test_what_is_lost_is_counted(parts, lost):
    covered = set()
    parts = parts[: max(1, len(parts) - lost)]
    for offset, data in parts:
        covered.update(range(offset, offset + len(data)))
    stream = CryptoStream(DEFAULT)
    found = told(stream, parts)
    whole, at = [], 0
    for code, body in BODIES:
        end = at + 4 + len(body)
        if not covered.issuperset(range(end)):
            break
        whole.append((code, body))
        at = end
    assert [(one.code, one.body) for one in found] == whole
    if any(place not in covered for place in range(max(covered, default=-1))):
        assert stream.missing >= 1


def test_the_packets_of_a_message_are_those_that_brought_its_bytes():
    stream = CryptoStream(DEFAULT)
    first = 4 + len(BODIES[0][1])
    found = told(stream, [(600, STREAM[600 : first + 4]), (0, STREAM[:300]), (300, STREAM[300:700]), (first + 4, STREAM[first + 4 :])])
    assert [one.packets for one in found] == [(0, 1, 2), (0,), (3,), (3,)]
    assert found[0].time == 1000


def test_the_first_copy_wins_and_a_conflict_is_told():
    stream = CryptoStream(DEFAULT)
    other = bytes(byte ^ 1 for byte in STREAM)
    found = told(stream, [(100, STREAM[100:200]), (50, other[50:120]), (0, STREAM[:50]), (120, STREAM[120:])])
    assert stream.conflict == 100
    assert found[0].body[:46] == STREAM[4:50]
    assert found[0].body[46:96] == other[50:100]
    assert found[0].body[96:] == STREAM[100:772]


def test_a_conflict_with_what_waits_for_its_end_is_told():
    stream = CryptoStream(DEFAULT)
    told(stream, [(0, STREAM[:100]), (0, b"\1\0\3\0\xff")])
    assert stream.conflict == 0


def test_limits():
    stream = CryptoStream(replace(DEFAULT, side_bytes=100, side_segments=3))
    told(stream, [(90, b"x" * 11)])
    assert stream.full
    stream = CryptoStream(replace(DEFAULT, side_segments=3))
    told(stream, [(10 * place, b"x") for place in range(1, 5)])
    assert stream.full
    assert len(stream._pieces) == 3
    stream = CryptoStream(DEFAULT)
    assert told(stream, [(0, message(2, b"") + b"\1\xff\xff\xff"), (8, STREAM)])[0].code == 2
    assert (stream.too_long, stream.missing) == (0xFFFFFF, 0)


def test_an_unfinished_message_says_how_much_is_missing():
    stream = CryptoStream(DEFAULT)
    told(stream, [(0, STREAM[:100])])
    assert (stream.missing, stream.beginning) == (4 + 768 - 100, (0, 1000))
    stream = CryptoStream(DEFAULT)
    told(stream, [(0, STREAM[:3])])
    assert stream.missing == 1
    stream = CryptoStream(DEFAULT)
    told(stream, [(40, STREAM[40:60])], start=7)
    assert (stream.missing, stream.beginning) == (40, (7, 1007))


def test_one_packet_of_many_frames_leaves_one_mark():
    stream = CryptoStream(DEFAULT)
    for place in range(700):
        stream.put(place, STREAM[place : place + 1], 5, 1)
    assert len(stream._marks) == 1


def test_bytes_that_had_come_before_are_counted():
    stream, counted = CryptoStream(DEFAULT), []
    for offset, end in ((0, 50), (0, 50), (40, 60), (100, 120), (90, 130), (60, 100)):
        stream.put(offset, STREAM[offset:end], 1, 1)
        counted.append(stream.repeated)
    assert counted == [0, 50, 10, 0, 20, 10]
