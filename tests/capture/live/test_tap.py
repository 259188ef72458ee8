"""Tap: a catcher's packets come into the inbox, which is bounded, and its end is told with its reason."""

from __future__ import annotations

import threading
import time

import pytest
from capture_writers import pcap
from made_catchers import Made

from analyzer.capture.live.tap import Inbox, Tap
from analyzer.limits import DEFAULT

PACKETS = [(1_700_000_000_000_000_000 + at * 1000, bytes([at]) * 60) for at in range(20)]
CAPTURE = pcap([(time // 10**9, time % 10**9, data) for time, data in PACKETS], magic=0xA1B23C4D)


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def taken(inbox, count):
    blocks = []
    until(lambda: blocks.extend(block for _, block in inbox.take(0.05)) or sum(map(len, blocks)) >= count)
    return blocks


@pytest.fixture
def catcher():
    made = Made()
    yield made
    made.close()


def test_packets_come_as_they_are_caught(catcher):
    inbox = Inbox(1 << 20)
    tap = Tap("veth0", 3, catcher, inbox, DEFAULT)
    whole = CAPTURE
    half = len(whole) // 2
    catcher.feed(whole[:half])
    first = taken(inbox, 1)
    assert not tap.over
    catcher.feed(whole[half:])
    rest = taken(inbox, len(PACKETS) - sum(map(len, first)))
    assert [data for block in [*first, *rest] for data in block] == [data for _, data in PACKETS]
    assert int(first[0].packet[0]) == 3 << 40 | 1, "its packets are those of source 3"
    assert (tap.source.name, tap.source.packets) == ("veth0", len(PACKETS))
    catcher.end()
    until(lambda: tap.over)
    assert tap.reason is None


def test_why_it_ended(catcher):
    tap = Tap("veth0", 0, catcher, Inbox(1 << 20), DEFAULT)
    catcher.feed(CAPTURE)
    catcher.end("the interface went away")
    until(lambda: tap.over)
    assert tap.reason == "veth0: the interface went away"


def test_what_is_no_capture_is_said(catcher):
    tap = Tap("veth0", 0, catcher, Inbox(1 << 20), DEFAULT)
    catcher.feed(b"no capture at all, but some text")
    catcher.end()
    until(lambda: tap.over)
    assert tap.reason == "veth0: not a capture file (starts with 'no c')"


def test_a_full_inbox_lets_the_catcher_wait():
    inbox = Inbox(100)
    tap = Tap.__new__(Tap)

    class Sized:
        data = bytes(80)

    assert inbox.put(tap, Sized())
    assert inbox.put(tap, Sized()), "a Block more than what fits is taken, or a large one never would be"
    assert inbox.bytes == 160
    done = []
    thread = threading.Thread(target=lambda: done.append(inbox.put(tap, Sized())), daemon=True)
    thread.start()
    thread.join(0.1)
    assert not done, "it waits"
    assert len(inbox.take(1)) == 2
    thread.join(5)
    assert done == [True]
    inbox.put(tap, Sized())
    waiting = threading.Thread(target=lambda: done.append(inbox.put(tap, Sized())), daemon=True)
    waiting.start()
    inbox.shut()
    waiting.join(5)
    assert done == [True, False], "after the end nobody waits"


def test_waking_ends_a_wait():
    inbox = Inbox(100)
    threading.Timer(0.05, inbox.wake).start()
    begun = time.monotonic()
    assert inbox.take(30) == []
    assert time.monotonic() - begun < 20
