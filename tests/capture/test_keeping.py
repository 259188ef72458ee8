"""What -w keeps, by hand: how long it is at hand, in which order it is written, what is lost; test_keeping_road has the road."""

import importlib.util
import sys
import weakref
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import SOURCE_SHIFT, Capture, Source
from analyzer.capture.keeping import FLOW, GONE, OVERHEAD, WRITTEN, Keeper
from analyzer.limits import DEFAULT

if "kept_files" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("kept_files", Path(__file__).with_name("kept_files.py"))
    sys.modules["kept_files"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["kept_files"])
from kept_files import Memory, block, take


def written(sink):
    return [data for part in Capture(sink.whole()) for data in part]


def test_the_file_is_a_capture_before_anything_was_told():
    sink = Memory()
    keeper = Keeper(sink, application="tlsscan 1")
    assert len(sink.files[-1]) == 1
    capture = Capture(sink.whole())
    assert list(capture) == []
    assert capture.source.damage is None
    keeper.close()
    keeper.close()
    assert len(sink.files[-1]) == 1


def test_one_write_for_what_is_told():
    sink = Memory()
    keeper = Keeper(sink)
    take(keeper, block([b"one", b"two", b"three"]), [5, 6, 5])
    keeper.told(6, over=False)
    keeper.told(7)
    assert len(sink.files[-1]) == 2
    take(keeper, block([b"four"], 4), [6])
    keeper.told(6)
    keeper.told(6)
    assert len(sink.files[-1]) == 3
    keeper.told(5)
    assert written(sink) == [b"two", b"four", b"one", b"three"]
    assert (keeper.packets, keeper.lost) == (4, 0)


def test_a_block_is_not_kept_alive_by_a_packet():
    keeper = Keeper(Memory())
    made = block([bytes(100)] * 10)
    alive = weakref.ref(made.data)
    take(keeper, made, [5], [3])
    keeper.aside(made, 4)
    del made
    assert alive() is None


def test_a_frame_with_packets_of_several_flows_is_written_once():
    sink = Memory()
    keeper = Keeper(sink)
    made = block([b"aggregate", b"other"])
    take(keeper, made, [5, 6, 5, 6], [0, 0, 0, 1])
    keeper.told(5)
    keeper.told(6)
    assert written(sink) == [b"aggregate", b"other"]
    for first in range(10, 10 + 4 * WRITTEN, WRITTEN // 2):  # what is remembered as written is bounded
        take(keeper, block([b"x"] * (WRITTEN // 2), first), [7] * (WRITTEN // 2))
        keeper.told(7)
    assert sum(map(len, keeper._written)) <= 2 * WRITTEN + WRITTEN // 2


def test_what_is_at_hand_no_more_is_counted():
    sink = Memory()
    keeper = Keeper(sink, limits=msgspec.structs.replace(DEFAULT, kept_bytes=3 * (FLOW + OVERHEAD + 100)))
    for key in range(1, 6):
        take(keeper, block([bytes([key]) * 100], key), [key])
    assert len(keeper._flows) == 3
    keeper.told(1)
    keeper.told(5)
    assert (keeper.lost, keeper.packets) == (1, 1)
    take(keeper, block([b"late"], 9), [2])
    keeper.told(2)
    assert (keeper.lost, keeper.packets) == (2, 2)
    assert written(sink) == [b"\5" * 100, b"late"]
    syn = block([b"syn"], 10)
    syn.data = syn.data[:0]  # as the sieve remembers one for long
    take(keeper, syn, [8])
    keeper.told(8)
    assert (keeper.lost, keeper.packets) == (3, 2)


def test_one_flow_alone_loses_its_oldest_packets():
    sink = Memory()
    keeper = Keeper(sink, limits=msgspec.structs.replace(DEFAULT, kept_bytes=20 * (OVERHEAD + 10)))
    for at in range(1000):
        take(keeper, block([b"%010d" % at], at + 1), [5])
    keeper.told(5)
    assert keeper.packets + keeper.lost == 1000
    assert written(sink) == [b"%010d" % at for at in range(1000 - keeper.packets, 1000)]
    assert 5 < keeper.packets <= 20


def test_what_is_forgotten_is_bounded_too():
    keeper = Keeper(Memory(), limits=msgspec.structs.replace(DEFAULT, kept_bytes=1000))
    many = GONE + 1000
    take(keeper, block([b"x"] * many), range(1, many + 1))
    assert len(keeper._gone) == GONE
    assert keeper._held <= 1000 + FLOW + OVERHEAD


def test_packets_of_several_ways_are_in_order_of_capture():
    sink = Memory()
    keeper = Keeper(sink)
    take(keeper, block([b"a", b"b", b"c", b"d"]), [5, 6, 5, 6], wanders=True)
    keeper.told(5, [1, 2, 99], over=False)
    take(keeper, block([b"e", b"f"], 5), [6, 5], wanders=True)
    keeper.told(5)
    assert written(sink) == [b"a", b"b", b"c", b"d", b"e", b"f"]
    made = block([(b"later", 50), (b"sooner", 40)])
    made.packet[:] = 1, 1 << SOURCE_SHIFT | 1  # several captures: numbers say nothing of their order
    take(keeper, made, [7, 8], wanders=True)
    keeper.told(7, [1, 1 << SOURCE_SHIFT | 1])
    assert written(sink)[6:] == [b"sooner"], "packet 1 was written before"


def test_live_interfaces_keep_their_names():
    sink = Memory()
    keeper = Keeper(sink, sources=[Source("eth0"), Source("lo")], live=["eth0", "lo"])
    made = block([b"a", b"b"])
    made.packet[1] = 1 << SOURCE_SHIFT | 1
    take(keeper, made, [5, 5])
    keeper.told(5)
    capture = Capture(sink.whole())
    list(capture)
    assert [one.name for one in capture.source.interfaces] == ["eth0", "lo"]


# ---- files that follow each other, and a disk that is full


def test_each_file_is_whole():
    sink = Memory(full_at=2)
    keeper = Keeper(sink, sources=[Source("a")])
    for key in range(1, 7):
        take(keeper, block([b"%d" % key], key), [key])
        keeper.told(key)
    keeper.close()
    told_in = [[data for part in Capture(sink.whole(at)) for data in part] for at in range(len(sink.files))]
    assert told_in == [[b"1"], [b"2", b"3"], [b"4", b"5"], [b"6"]]


def test_the_time_ends_a_file_by_the_clock_of_packets_or_of_ticks():
    sink = Memory()
    keeper = Keeper(sink)
    take(keeper, block([(b"a", 7 * 10**9)]), [5])
    keeper.told(5)
    assert sink.now == 7 * 10**9
    keeper.tick(9 * 10**9)
    assert (sink.now, sink.turned) == (9 * 10**9, 0)
    sink.full_at = 1
    keeper.tick(10 * 10**9)
    assert sink.turned == 1
    take(keeper, block([(b"b", 99 * 10**9)], 2), [6])
    keeper.told(6)
    assert sink.now == 10 * 10**9, "where there are ticks, no packet says how late it is"


def test_a_full_disk_is_told_once_and_the_rest_is_quiet():
    sink = Memory(fails=2)
    keeper = Keeper(sink)
    for key in (1, 2):
        take(keeper, block([b"x"], key), [key])
    keeper.told(1)
    with pytest.raises(OSError, match="No space"):
        keeper.told(2)
    take(keeper, block([b"y"], 3), [3])
    keeper.aside(block([b"z"], 4), 0)
    keeper.told(3)
    keeper.tick(10**18)
    keeper.close()
    assert (keeper.packets, written(sink), sink.closed) == (1, [b"x"], 1)
    assert not keeper._flows
    assert not keeper._aside


chunk = st.tuples(st.integers(0, 3), st.binary(max_size=40), st.booleans())
step = st.one_of(st.tuples(st.just("take"), st.lists(chunk, max_size=6)), st.tuples(st.just("told"), st.integers(0, 3), st.booleans()),
                 st.tuples(st.just("tick"), st.integers(0, 1 << 62)), st.tuples(st.just("aside"), st.binary(max_size=20)))  # fmt: skip


@given(st.lists(step, max_size=30), st.integers(1, 6000), st.integers(0, 3))
@settings(deadline=None)
def test_whatever_comes_in_whatever_order_every_file_is_whole(steps, room, full_at):
    sink = Memory(full_at=full_at)
    keeper = Keeper(sink, limits=msgspec.structs.replace(DEFAULT, kept_bytes=room))
    keeper.pieces = lambda packet: (packet - 1, packet) if packet % 3 == 0 else ()
    number, given_, moved = 1, 0, []
    for what, *rest in steps:
        if what == "take":
            made = block([data for _, data, _ in rest[0]], number)
            take(keeper, made, [key for key, _, _ in rest[0]], wanders=any(one for *_, one in rest[0]))
            moved += made.packet.tolist()
            given_ += len(made)
            number += len(made)
        elif what == "told":
            keeper.told(rest[0], moved[-5:] if rest[1] else (), over=rest[1])
        elif what == "tick":
            keeper.tick(rest[0])
        else:
            keeper.aside(block([rest[0]], number), 0)
            number += 1
            given_ += 1
    keeper.close()
    read = 0
    for at in range(len(sink.files)):
        capture = Capture(sink.whole(at))
        if sink.files[at]:
            read += sum(map(len, capture))
            assert capture.source.damage is None
    assert read == keeper.packets <= given_
    assert keeper._held == 0
