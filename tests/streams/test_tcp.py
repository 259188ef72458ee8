"""Side: whatever order segments come in, the same bytes come out in order, at the right positions; the first copy of a byte wins."""

import itertools

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from analyzer.limits import DEFAULT
from analyzer.streams.tcp import Run, Side

GIB = 1 << 30
BASE = st.one_of(st.integers(0, 2**32 - 1), st.integers(2**32 - 500, 2**32 - 1))


def text(size):
    """Return bytes of which no two nearby ones are alike."""
    return bytes((i * 31 + i // 256 * 7) % 251 for i in range(size))


class Reader:
    """Feeds a Side as a flow does, and writes down what it hands on and where."""

    def __init__(self, base=None, **limits):
        self.side = Side(msgspec.structs.replace(DEFAULT, **limits))
        self.base = base
        self.bytes = {}
        self.at = 0
        self.lost = 0
        self.packets = 0
        self.runs = []
        if base is not None:
            assert self.side.start(base - 1)

    def put(self, position, data=b"", missing=0):
        sequence = (self.base + position) & 0xFFFFFFFF
        self.packets += 1
        if sequence == self.side.expected and not missing:
            self.side.took(data, self.packets, self.packets)
            return self.take([Run(data, self.packets, self.packets, 0)])
        return self.take(self.side.put(sequence, data, self.packets, self.packets, missing))

    def take(self, runs):
        for data, _, _, lost in runs:
            self.at += lost
            self.lost += lost
            self.bytes.update(enumerate(data, self.at))
            self.at += len(data)
        self.runs += runs
        assert self.at == self.side.at
        return runs

    def finish(self):
        while self.side.waiting:
            before = self.side.at
            assert self.take(self.side.give_up())
            assert self.side.at > before
        return self

    @property
    def whole(self):
        return bytes(self.bytes[i] for i in range(len(self.bytes)))


@st.composite
def pieces(draw, size):
    """Draw segments, each (position, length), that together cover ``size`` bytes: any cut, any order, copies, overlap."""
    cuts = [0, *sorted(draw(st.sets(st.integers(1, size - 1), max_size=12))), size]
    cover = list(zip(cuts, [b - a for a, b in itertools.pairwise(cuts)], strict=False))
    more = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(1, size)), max_size=8))
    return draw(st.permutations([*cover, *((at, min(length, size - at)) for at, length in more)]))


@given(BASE, pieces(300))
def test_any_segmentation_in_any_order_gives_the_same_bytes(base, segments):
    data, reader = text(300), Reader(base)
    for at, length in segments:
        reader.put(at, data[at : at + length])
    assert reader.whole == data
    assert (reader.lost, reader.side.conflicts, reader.side.waiting, reader.side.overflowed) == (0, [], False, False)


@given(BASE, pieces(300), st.sets(st.integers(0, 20), max_size=6))
def test_with_segments_lost_every_byte_still_stands_in_its_place(base, segments, dropped):
    data, reader = text(300), Reader(base)
    kept = [one for i, one in enumerate(segments) if i not in dropped]
    for at, length in kept:
        reader.put(at, data[at : at + length])
    reader.finish()
    covered = {i for at, length in kept for i in range(at, at + length)}
    assert reader.bytes == {i: data[i] for i in covered}
    assert reader.lost == reader.side.lost == (max(covered) + 1 - len(covered) if covered else 0)
    assert not reader.side.conflicts


@given(BASE, st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=2, max_size=20)), max_size=14))
@example(0, [(3, b"aaaa"), (0, b"bbbbbb"), (0, b"cc")])
def test_of_conflicting_copies_the_first_wins_and_conflicts_are_told(base, segments):
    reader, first, differ = Reader(base), {}, False
    for at, data in segments:
        one_old_byte = at + 1 == reader.at  # only the last byte handed on: cannot be told from a keep-alive
        for i, byte in enumerate(data, at):
            differ |= first.setdefault(i, byte) != byte and not (one_old_byte and i == at)
        reader.put(at, data)
    reader.finish()
    assert reader.bytes == first
    assert bool(reader.side.conflicts) == differ


def test_conflicts_say_packet_and_position():
    reader = Reader(1000)
    reader.put(0, b"abcdef")
    reader.put(2, b"cXef")
    reader.put(10, b"held")
    reader.put(10, b"hold")
    assert reader.side.conflicts == [(2, 2, 2), (4, 4, 10)]


def test_a_hole_with_two_versions_keeps_the_first():  # Ptacek and Newsham 1998, section 5.3
    reader = Reader(0)
    reader.put(4, b"FIRST")
    reader.put(4, b"other")
    reader.put(0, b"head")
    assert reader.whole == b"headFIRST"
    assert [packet for packet, _, _ in reader.side.conflicts] == [2]


def test_a_keep_alive_is_no_conflict():
    reader = Reader(0)
    reader.put(0, b"abc")
    for byte in (b"\0", b"c", b""):
        assert reader.put(2, byte) == []
    assert not reader.side.conflicts


@given(BASE, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30), st.integers(0, 40)), max_size=14))
def test_bytes_that_the_snap_length_cut_are_lost_unless_another_copy_has_them(base, segments):
    data, reader = text(300), Reader(base)
    for at, length, missing in segments:
        if length or missing:
            reader.put(at, data[at : at + length], missing)
    reader.finish()
    assert all(data[i] == byte for i, byte in reader.bytes.items())
    assert reader.at == reader.lost + len(reader.bytes)
    assert not reader.side.conflicts


def test_missing_bytes_are_told_at_once_and_filled_by_a_fuller_copy_that_came_before():
    reader = Reader(0)
    assert reader.put(0, b"abc", 2) == [Run(b"abc", 1, 1, 0), Run(b"", 1, 1, 2)]
    assert reader.put(5, b"fg") == [Run(b"fg", 2, 2, 0)]
    other = Reader(0)
    other.put(3, b"de")
    assert [run.lost for run in other.put(0, b"abc", 2)] == [0, 0]
    assert other.whole == b"abcde"


def test_a_cut_segment_in_a_hole_keeps_its_missing_bytes_around_what_is_held():
    reader = Reader(0)
    reader.put(10, b"xy")
    reader.put(4, b"ab", 10)  # 4..5 there, 6..9 missing, 10..11 held, 12..15 missing
    reader.put(16, b"end")
    reader.put(0, b"0123")
    assert not reader.side.waiting
    assert reader.bytes == dict(enumerate(b"0123ab")) | dict(enumerate(b"xy", 10)) | dict(enumerate(b"end", 16))
    assert reader.lost == 8


@pytest.mark.parametrize("limits", [{"side_segments": 4}, {"side_bytes": 500}])
def test_limits_give_the_first_gap_up(limits):
    data, reader = text(600), Reader(7, **limits)
    for at in range(3, 600, 10):
        reader.put(at, data[at : at + 5])
        assert len(reader.side._held) <= 8
        assert reader.side._held_bytes <= 600
    assert reader.side.overflowed
    reader.finish()
    assert reader.bytes == {i: data[i] for at in range(3, 600, 10) for i in range(at, min(600, at + 5))}


def test_what_is_kept_for_comparing_is_bounded():
    reader = Reader(0, side_segments=10, side_bytes=1000)
    for i in range(1000):
        reader.put(i, b"x")
        assert len(reader.side._history) <= 10
    for i in range(100):
        reader.put(1000 + i * 300, bytes(300))
        assert sum(len(data) for _, data, _, _ in reader.side._history) <= 1600
    reader.put(reader.at - 2, b"zz")
    assert reader.side.conflicts, "the latest bytes are still known"
    reader.side.conflicts.clear()
    reader.put(0, b"zz")
    assert not reader.side.conflicts, "the oldest are not"


# ------------------------------------------------------------------------------------------------ where a stream starts


def test_start_takes_a_repeated_syn_and_refuses_another_once_bytes_were_seen():
    side = Side(DEFAULT)
    assert not side.placed
    assert side.start(0xFFFFFFFF)
    assert side.placed
    assert side.started(0xFFFFFFFF)
    assert side.start(0xFFFFFFFF)
    assert side.put(0, b"a", 1, 1) == [Run(b"a", 1, 1, 0)]
    assert side.start(0xFFFFFFFF)
    assert not side.start(5)
    assert side.started(0xFFFFFFFF)


def test_of_several_syns_the_one_that_the_data_follows_counts():
    for chosen in (100, 5000, 900_000_000):
        side = Side(DEFAULT)
        for sequence in (100, 5000, 900_000_000):
            assert side.start(sequence)
        assert side.put(chosen + 1, b"data", 1, 1) == [Run(b"data", 1, 1, 0)]


def test_without_a_start_segments_wait_for_their_place():
    side = Side(DEFAULT)
    assert side.put(1010, b"later", 1, 1) == []
    assert side.put(990, b"before", 2, 2) == []
    assert side.put(1000, b"the begin ", 3, 3) == []
    assert (side.waiting, side.placed) == (True, False)
    assert [run.data for run in side.place(1000)] == [b"the begin ", b"later"]
    assert side.at == 15
    assert not side.waiting


def test_without_a_start_the_earliest_is_it_in_the_end():
    reader = Reader()
    reader.base = 0xFFFFFFF0
    for at in (20, 0, 40, 10):
        assert reader.put(at, text(50)[at : at + 10]) == []
    reader.finish()
    assert (reader.lost, reader.at) == (10, 50)
    assert reader.bytes == {i: text(50)[i] for i in range(50) if not 30 <= i < 40}


@pytest.mark.parametrize("limits", [{"side_segments": 10}, {"side_bytes": 100}])
def test_without_a_start_no_more_than_the_limits_wait(limits):
    reader = Reader(**limits)
    reader.base = 0
    for at in range(0, 500, 10):
        reader.put(at, text(500)[at : at + 10])
        assert len(reader.side._unplaced) <= 10
    assert reader.whole == text(500)


@pytest.mark.parametrize("ahead", [GIB, -GIB, (1 << 31) - 1, -(1 << 31), 1 << 27])
def test_a_segment_far_outside_the_window_is_ignored(ahead):
    reader = Reader(1001)
    assert reader.put(ahead, b"evil") == []
    assert [run.data for run in reader.put(0, b"good")] == [b"good"]
    assert reader.put(ahead, b"evil") == []
    reader.put(4, b"more")
    assert reader.finish().whole == b"goodmore"
    assert reader.lost == 0


def test_a_far_segment_counts_if_there_is_no_other():
    reader = Reader(1001)
    for at in (GIB + 4, GIB):
        assert reader.put(at, b"data") == []
    assert reader.side.waiting
    assert [run.data for run in reader.side.give_up()] == [b"data", b"data"]
    assert not reader.side.waiting


def test_far_segments_all_over_the_sequence_space_end():
    reader = Reader(0)
    for i in range(8):
        reader.put(i << 29 | 1 << 28, b"data")
    for _ in range(20):
        if not reader.side.waiting:
            break
        reader.side.give_up()
    assert not reader.side.waiting


def test_has():
    side = Side(DEFAULT)
    assert not side.has(0, 1)
    side.start(0xFFFFFFFA)
    side.put(0xFFFFFFFB, b"0123456789", 1, 1)
    assert side.has(0xFFFFFFFB, 10)
    assert side.has(2, 3)
    assert not side.has(2, 4)
    assert not side.has(5, 1)
    assert side.has(0xFFFFFFFA, 1), "a keep-alive"


def test_forget_drops_what_is_held_and_keeps_the_position():
    reader = Reader(0)
    reader.put(0, b"abc")
    reader.put(10, b"x")
    reader.side.forget()
    assert (reader.side.waiting, reader.side.at, reader.side.has(0, 3)) == (False, 3, True)


@given(st.lists(st.tuples(st.sampled_from(["put", "start", "place", "give_up", "forget"]), st.integers(0, 2**32 - 1), st.binary(max_size=9),
                          st.integers(0, 5)), max_size=25), st.sampled_from([2, 512]))  # fmt: skip
def test_no_order_of_calls_raises_or_hangs(calls, segments):
    side = Side(msgspec.structs.replace(DEFAULT, side_segments=segments))
    for name, sequence, data, missing in calls:
        if name == "put" and (data or missing):
            side.put(sequence, data, 1, 1, missing)
        elif name == "start":
            side.start(sequence)
        elif name == "place" and not side.placed:
            side.place(sequence)
        elif name == "give_up":
            side.give_up()
        elif name == "forget":
            side.forget()
    for _ in range(100):
        if not side.waiting:
            return
        side.give_up()
    pytest.fail("still waiting")


# ------------------------------------------------------------------------------------------------ copies that lost


def test_without_a_conflict_nothing_is_contested():
    reader = Reader(0)
    reader.put(0, b"abc")
    reader.put(0, b"abc")
    assert not reader.side.contested
    assert [run.data for run in reader.side.again(other=False)] == [b"abc"]


@given(st.binary(min_size=1, max_size=20), st.data())
def test_the_other_copies_stand_in_their_places(data, draw):
    start = draw.draw(st.integers(0, len(data) - 1))
    stop = draw.draw(st.integers(start + 1, len(data)))
    assume((start, stop) != (len(data) - 1, len(data)))  # one byte at the end is a keep-alive's
    other = bytes(byte ^ 0xFF for byte in data[start:stop])
    reader = Reader(0)
    cut = draw.draw(st.integers(0, len(data)))
    for begin, end in ((cut, len(data)), (0, cut)):
        if begin < end:
            reader.put(begin, data[begin:end])
    reader.put(start, other)
    side = reader.side
    assert side.contested
    assert b"".join(run.data for run in side.again(other=False)) == data
    assert b"".join(run.data for run in side.again(other=True)) == data[:start] + other + data[stop:]
    assert len(side.conflicts) == 1
    assert {run.packet for run in side.again(other=True)} - {run.packet for run in side.again(other=False)} == {reader.packets}
