"""Live: packets of several interfaces in order of time, ticks between them, and an end that loses nothing."""

from __future__ import annotations

import threading
import time

import pytest
from capture_writers import pcap
from made_catchers import Deaf, Made

from analyzer.capture.live import watching
from analyzer.capture.live.request import Tally
from analyzer.capture.live.watching import Live
from analyzer.limits import DEFAULT

OLD = 1_700_000_000_000_000_000
MS = 1_000_000


def capture(*packets):
    return pcap([(time // 10**9, time % 10**9, bytes([number]) * 60) for time, number in packets], magic=0xA1B23C4D)


def records(*packets):
    return capture(*packets)[24:]


def walk(live):
    """Walk on another thread; return the list that grows, and the thread."""
    blocks = []
    thread = threading.Thread(target=lambda: blocks.extend(live), daemon=True)
    thread.start()
    return blocks, thread


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def numbers(blocks):
    return [data[0] for block in blocks for data in block]


@pytest.fixture
def catchers():
    made = []
    yield lambda kind=Made, **words: made.append(kind(**words)) or made[-1]
    for one in made:
        one.close()


def test_time_passes_where_nothing_comes(catchers):
    one = catchers()
    live = Live([("a", one)], DEFAULT)
    blocks, thread = walk(live)
    time.sleep(0.12)
    assert all(not block.now for block in blocks), "before the first packet nobody knows how late it is"
    one.feed(capture((OLD, 1)))
    until(lambda: len(blocks) > 6 and blocks[-1].now > OLD + 150 * MS)
    live.stop()
    thread.join(5)
    times = [block.now for block in blocks if block.now]
    assert times == sorted(times)
    assert numbers(blocks) == [1]
    assert OLD <= times[0] < OLD + 10**9, "by the clock of the packets, not by ours"


def test_our_own_clock_is_believed(catchers):
    one = catchers()
    live = Live([("a", one)], DEFAULT)
    blocks, thread = walk(live)
    one.feed(capture((time.time_ns() - 100 * MS, 1)))
    until(lambda: numbers(blocks))
    time.sleep(0.1)
    behind = time.time_ns() - blocks[-1].now
    live.stop()
    thread.join(5)
    assert behind < 100 * MS + 10**9 // 2


def test_packets_of_several_interfaces_are_in_order_of_time(catchers):
    one, two = catchers(), catchers()
    live = Live([("a", one), ("b", two)], DEFAULT)
    blocks, thread = walk(live)
    now = time.time_ns()
    one.feed(capture((now + 1000, 2), (now + 3000, 4)))
    time.sleep(0.03)
    two.feed(capture((now, 1), (now + 2000, 3)))
    until(lambda: len(numbers(blocks)) == 4)
    assert numbers(blocks) == [1, 2, 3, 4]
    live.stop()
    thread.join(5)
    assert [(account.interface, account.received, account.read, account.unread) for account in live.accounts()] == [
        ("a", 2, 2, 0),
        ("b", 2, 2, 0),
    ]


def test_one_that_is_silent_holds_nobody_up_for_long(catchers):
    one, two = catchers(), catchers()
    live = Live([("a", one), ("b", two)], DEFAULT)
    blocks, thread = walk(live)
    one.feed(capture((time.time_ns(), 1)))
    until(lambda: numbers(blocks) == [1])
    live.stop()
    thread.join(5)


def test_what_a_catcher_still_holds_comes_after_stop(catchers):
    one = catchers(hold=records((OLD + 5, 2), (OLD + 6, 3)))
    live = Live([("a", one)], DEFAULT)
    blocks, thread = walk(live)
    one.feed(capture((OLD, 1)))
    until(lambda: numbers(blocks) == [1])
    live.stop()
    thread.join(5)
    assert numbers(blocks) == [1, 2, 3]
    assert live.ended() == []


def test_one_that_will_not_end_is_left(catchers, monkeypatch):
    monkeypatch.setattr(watching, "DRAIN", 0.2)
    one = catchers(Deaf, tally=Tally(received=10, dropped_by_kernel=2, dropped_by_interface=1))
    live = Live([("a", one)], DEFAULT)
    blocks, thread = walk(live)
    one.feed(capture((OLD, 1)))
    until(lambda: numbers(blocks) == [1])
    live.stop()
    thread.join(5)
    assert one.closed
    [account] = live.accounts()
    assert (account.received, account.read, account.unread, account.dropped) == (10, 1, 9, 3)


def test_it_ends_when_every_interface_has(catchers):
    one, two = catchers(), catchers()
    live = Live([("a", one), ("b", two)], DEFAULT)
    blocks, thread = walk(live)
    one.feed(capture((OLD, 1)))
    one.end("the interface went away")
    two.feed(capture((OLD + 1, 2)))
    until(live.ended)
    assert thread.is_alive(), "the other one goes on"
    two.feed(records((OLD + 10**9, 3)))
    two.end()
    thread.join(5)
    assert numbers(blocks) == [1, 2, 3]
    assert live.ended() == ["a: the interface went away"]


def test_an_interrupt_is_a_stop(catchers, monkeypatch):
    one = catchers(hold=records((OLD + 5, 2)))
    live = Live([("a", one)], DEFAULT)
    one.feed(capture((OLD, 1)))
    take, taken = live._inbox.take, []

    def interrupted(seconds):
        came = take(seconds)
        taken.extend(came)
        if not came and len(taken) == 1:
            taken.append(None)
            raise KeyboardInterrupt
        return came

    monkeypatch.setattr(live._inbox, "take", interrupted)
    assert numbers(live) == [1, 2]
    assert one.stopped
