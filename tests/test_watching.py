"""The library face of live capture: each handshake once, soon, and a Scan that says what one of the file says."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from made_catchers import Made

import analyzer
from analyzer.capture import Capture
from analyzer.capture.live.watching import Live
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.watching import Watch

SAMPLES = Path(__file__).parents[1] / "samples"
TOUR = SAMPLES / "tour.pcapng"


def watching(*names, end=True, **words):
    """Watch samples, one an interface, that come at once; return the Watch and the catchers."""
    catchers = [Made() for _ in names]
    live = Live(list(zip(names, catchers, strict=True)), DEFAULT)

    def feed():
        for name, catcher in zip(names, catchers, strict=True):
            catcher.feed((SAMPLES / f"{name}.pcapng").read_bytes())
            if end:
                catcher.end()

    threading.Thread(target=feed, daemon=True).start()
    return Watch(live, **words), catchers


def test_each_handshake_comes_once():
    watch, _ = watching("tour")
    found = list(watch)
    assert sorted(one.number for one in found) == [one.number for one in analyzer.scan(TOUR)]
    assert {one.number: one.outcome for one in found} == {one.number: one.outcome for one in analyzer.scan(TOUR)}


def test_a_scan_of_what_was_watched_is_one_of_the_file():
    watch, _ = watching("tour")
    scan, of_file = watch.scan(), analyzer.scan(TOUR)
    assert watch.scan() is scan
    for table in ("handshakes", "messages", "certificates", "alerts", "anomalies", "findings"):
        mine, its = scan.table(table), of_file.table(table)
        same = [column for column in its.columns if column != "source"]
        assert mine[same].equals(its[same]), table
    assert set(scan.handshakes["source"]) == {"tour"}
    assert scan.counters.packets == of_file.counters.packets


def test_it_is_told_while_the_connection_is_open():
    watch, [catcher] = watching("tls13", end=False)
    walk = iter(watch)
    assert next(walk).outcome == "complete"
    assert not catcher.closed
    del walk  # who leaves the loop leaves the interface
    assert catcher.closed


def test_stopped_from_another_thread():
    watch, [catcher] = watching("tls13", end=False)
    found = []
    thread = threading.Thread(target=lambda: found.extend(watch), daemon=True)
    thread.start()
    end = time.monotonic() + 5
    while not found and time.monotonic() < end:
        time.sleep(0.01)
    watch.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert [one.outcome for one in found] == ["complete"]
    assert catcher.stopped


@pytest.mark.parametrize("count", [1, 3])
def test_so_many_handshakes_and_no_more(count):
    watch, _ = watching("tour", end=False, count=count)
    told = [(one, watch.change) for one in watch.everything() if isinstance(one, Handshake)]
    assert len({one.number for one, _ in told}) == count
    assert sum(change is None for _, change in told) == count


def test_so_long_and_no_longer():
    watch, [catcher] = watching("tls13", end=False, duration=0.4)
    assert [one.outcome for one in watch] == ["complete"]
    assert catcher.stopped


def test_two_interfaces_are_two_sources():
    watch, _ = watching("tls13", "tls12-rsa")
    scan = watch.scan()
    assert set(scan.handshakes["source"]) == {"tls13", "tls12-rsa"}
    assert [account.unread for account in watch.accounts()] == [0, 0]


def test_what_turned_out_otherwise_is_told_again():
    watch, _ = watching("tls13")
    watch.close()
    one = next(analyzer.scan(SAMPLES / "tls13.pcapng").__iter__())
    one.open = True
    assert watch._news(one) is None
    assert watch._news(one) == ""
    one.outcome = "failed"
    assert watch._news(one) == "outcome"
    one.open = False
    assert watch._news(one) == ""
    assert watch._told == {}


def test_ticks():
    seen = []
    watch, _ = watching("tls13", tick=lambda: seen.append(watch.now))
    list(watch)
    last = max(int(block.time.max()) for block in Capture(SAMPLES / "tls13.pcapng"))
    assert seen
    assert max(seen) >= last
