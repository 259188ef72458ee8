"""Whole: a connection that is called whole has the streams that reassembly would give; a plain one is called whole."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import ACK, FIN, RST, SYN, block_of, ether, ipv4, segments, tcp

from analyzer.limits import DEFAULT
from analyzer.streams.tcp import Side
from analyzer.streams.whole import no_tape, whole_streams


def plain(starts, said, close):
    """Return the segments (side, sequence, flags, data) of a connection in which ``said`` is said in turn."""
    at = [starts[0] + 1, starts[1] + 1]
    rows = [(0, starts[0], SYN, b""), (1, starts[1], SYN | ACK, b"")]
    for side, data in said:
        rows.append((side, at[side], ACK, data))
        at[side] += len(data)
    ends = {"fin": [(0, FIN | ACK), (1, FIN | ACK)], "server fin": [(1, FIN | ACK), (0, FIN | ACK)], "rst": [(1, RST)], "": []}[close]
    return rows + [(side, at[side], flags, b"") for side, flags in ends]


def packets_of(*connections, wire=0):
    frames = []
    for number, rows in enumerate(connections):
        for side, sequence, flags, data in rows:
            ports = (5000 + number, 443) if side == 0 else (443, 5000 + number)
            ends = ("10.0.0.1", "10.0.0.2") if side == 0 else ("10.0.0.2", "10.0.0.1")
            frames.append(
                ether(ipv4(tcp(data, source=ports[0], target=ports[1], seq=sequence, flags=flags), source=ends[0], target=ends[1]))
            )
    lengths = [len(frame) for frame in frames]
    block = block_of([frame[: max(54, len(frame) - wire)] for frame in frames], wire=lengths)
    return segments(block, Counter())


def read(*connections, wire=0):
    """Return for each connection None or {side: bytes} as ``whole_streams`` has them, side 0 the opener."""
    packets = packets_of(*connections, wire=wire)
    bounds = np.concatenate(([0], np.cumsum([len(rows) for rows in connections]))).astype(np.int64)
    streams = whole_streams(packets, bounds)
    found = [{0: b"", 1: b""} if close >= 0 else None for close in streams.closes]
    for number, begin, end in zip(streams.number.tolist(), streams.begin.tolist(), streams.end.tolist(), strict=True):
        mine = (streams.first >= begin) & (streams.last <= end)
        parts = zip(streams.row[mine], streams.start[mine], streams.last[mine] - streams.first[mine], strict=True)
        side = 0 if packets.target_port[streams.row[mine][0]] == 443 else 1
        text = b""
        for row, start, size in parts:
            assert start == packets.start[row]
            text += streams.data[start : start + size].tobytes()
        assert len(text) == end - begin
        found[number // 2][side] = text
    for close, bound, rows in zip(streams.closes.tolist(), bounds.tolist(), connections, strict=False):
        if close >= 0:
            assert close - bound == next(i for i, row in enumerate(rows) if row[2] & (FIN | RST))
    return found


START = st.integers(2**32 - 40, 2**32 - 1) | st.integers(0, 2**32 - 1)
SAID = st.lists(st.tuples(st.integers(0, 1), st.binary(min_size=1, max_size=20)), max_size=8)
PLAIN = st.builds(plain, st.tuples(START, START), SAID, st.sampled_from(["fin", "server fin", "rst"]))


@given(st.lists(PLAIN, min_size=1, max_size=4))
def test_plain_connections_are_whole(connections):
    want = [{side: b"".join(row[3] for row in rows if row[0] == side) for side in (0, 1)} for rows in connections]
    assert read(*connections) == want


@st.composite
def spoilt(draw):
    """Draw a connection and do some things to it that captures and people do."""
    rows = draw(PLAIN)
    for _ in range(draw(st.integers(0, 3))):
        if not rows:
            break
        i, j = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows) - 1))
        side, sequence, flags, data = rows[i]
        change = draw(st.sampled_from(["drop", "copy", "swap", "shift", "flags"]))
        if change == "drop":
            rows = rows[:i] + rows[i + 1 :]
        elif change == "copy":
            rows = [*rows[:j], rows[i], *rows[j:]]
        elif change == "swap":
            rows = [*rows]
            rows[i], rows[j] = rows[j], rows[i]
        elif change == "shift":
            rows = [*rows[:i], (side, sequence + draw(st.integers(-5, 5)), flags, data), *rows[i + 1 :]]
        else:
            rows = [*rows[:i], (side, sequence, draw(st.sampled_from([ACK, SYN, FIN, RST, SYN | ACK])), data), *rows[i + 1 :]]
    return rows


@given(st.lists(spoilt(), min_size=1, max_size=4))
def test_what_is_called_whole_is_what_reassembly_gives(connections):
    for rows, streams in zip(connections, read(*connections), strict=True):
        if streams is None:
            continue
        assert rows[0][2] & (SYN | ACK) == SYN, "it begins with the SYN"
        assert {row[0] for row in rows if row[2] & FIN} == {0, 1} or any(row[2] & RST for row in rows), "and is closed"
        sides = Side(DEFAULT), Side(DEFAULT)
        for side, sequence, flags, _ in rows:
            if flags & SYN:
                assert sides[side].start(sequence & 0xFFFFFFFF)
        got = [b"", b""]
        for side, sequence, _, data in rows:
            if data:
                got[side] += b"".join(run.data for run in sides[side].put(sequence & 0xFFFFFFFF, data, 1, 1))
        assert not any(one.waiting or one.conflicts or one.lost for one in sides)
        if rows[0][0] == 0:
            assert streams == {0: got[0], 1: got[1]}


def test_what_is_not_whole():
    said = [(0, b"ask"), (1, b"answer")]
    good = plain((10, 20), said, "fin")
    assert read(plain((10, 20), said, "")) == [None], "not closed"
    assert read(good[:-1]) == [None], "half closed"
    assert read(good[1:]) == [None], "no SYN"
    assert read([good[0], *good[2:]]) == [None], "no SYN/ACK"
    assert read([good[0], *good]) == [None], "a SYN twice"
    assert read([*good[:3], *good[2:]]) == [None], "a segment twice"
    assert read([*good[:2], *good[3:]], [*good[:3], *good[4:]]) != [None, None], "a side may say nothing"
    assert read(good, wire=2) == [None], "cut by the snap length"
    assert read([(0, 10, SYN, b"early"), *good[1:]]) == [None], "data with the SYN"
    assert read([*good, (1, 30, RST, b"go away")]) == [None], "an RST that carries a text"


def test_nothing_and_empty_groups():
    packets = packets_of()
    streams = whole_streams(packets, np.array([0], np.int64))
    assert len(streams.closes) == len(streams.row) == 0
    assert whole_streams(packets, np.array([0, 0, 0], np.int64)).closes.tolist() == [-1, -1]
    good = plain((1, 2), [(0, b"a")], "fin")
    streams = whole_streams(packets_of(good), np.array([0, 0, len(good), len(good)], np.int64))
    assert streams.closes.tolist() == [-1, 3, -1]


def test_without_a_tape_all_take_the_scalar_road():
    good = plain((1, 2), [(0, b"a")], "fin")
    streams = whole_streams(packets_of(good), np.array([0, len(good)], np.int64))
    tape = no_tape(streams)
    assert tape.closes == [-1]
    assert list(tape.records(0, [], [], [])) == []
