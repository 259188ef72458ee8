import signal

import pytest

from analyzer.cli.codes import Exit
from analyzer.cli.interrupts import Interrupts

HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none


def test_a_signal_ends_the_walk_after_the_item_at_hand():
    with Interrupts() as interrupts:
        seen = []
        for item in interrupts.walk(range(10)):
            seen.append(item)
            if item == 3:
                signal.raise_signal(signal.SIGINT)
    assert seen == [0, 1, 2, 3]
    assert interrupts.code == Exit.INTERRUPTED


def test_a_signal_ends_the_waiting():
    def slow():
        yield 1
        signal.raise_signal(signal.SIGTERM)
        yield 2

    with Interrupts() as interrupts:
        assert list(interrupts.walk(slow())) == [1]
    assert interrupts.code == Exit.TERMINATED


class Source:
    """A stream that says when it reads, and takes an interrupt there as the end of its input."""

    reading = False

    def __init__(self, check):
        self.check = check

    def __iter__(self):
        for number in range(5):
            try:
                self.check()
                self.reading = True
                if number == 3:
                    signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                break
            finally:
                self.reading = False
            yield number
        yield "what was begun"


def test_what_was_begun_is_handed_on():
    with Interrupts() as interrupts:
        assert list(interrupts.walk(Source(interrupts.check))) == [0, 1, 2, "what was begun"]
    with Interrupts() as interrupts:
        seen = []
        for item in interrupts.walk(Source(interrupts.check)):
            seen.append(item)
            if item == 1:
                signal.raise_signal(signal.SIGINT)
    assert seen == [0, 1, "what was begun"]


def test_a_reader_says_whether_its_walk_waits_for_input():
    """``Stream.everything`` is a generator: the Stream knows what it is about."""
    with Interrupts() as interrupts:
        source = Source(interrupts.check)
        assert list(interrupts.walk(iter(source), source)) == [0, 1, 2, "what was begun"]
    with Interrupts() as interrupts:
        source, seen = Source(interrupts.check), []
        for item in interrupts.walk(iter(source), source):
            seen.append(item)
            if item == 1:
                signal.raise_signal(signal.SIGINT)
    assert seen == [0, 1, "what was begun"]
    assert interrupts.code == Exit.INTERRUPTED


def test_a_reader_that_does_not_wait_is_not_disturbed():
    def busy(source):
        yield 1
        signal.raise_signal(signal.SIGTERM)  # between two reads: what is at hand is finished
        assert not source.reading
        yield 2

    with Interrupts() as interrupts:
        source = Source(interrupts.check)
        assert list(interrupts.walk(busy(source), source)) == [1, 2]
    assert interrupts.code == Exit.TERMINATED


def test_a_second_signal_is_heard_at_once():
    with Interrupts():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_second_signal_is_heard_where_the_reader_takes_it_for_the_first():
    class Eager(Source):
        def __iter__(self):
            yield 0
            for _ in range(2):  # waiting for input, it is disturbed twice
                try:
                    self.reading = True
                    signal.raise_signal(signal.SIGINT)
                except KeyboardInterrupt:
                    self.reading = False
            yield "what was begun"

    seen, went_on = [], False
    with Interrupts() as interrupts:
        for item in interrupts.walk(Eager(interrupts.check)):
            seen += [item]
        went_on = True
    assert (seen, went_on, interrupts.code) == ([0], False, Exit.INTERRUPTED)


def test_handlers_are_given_back():
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_the_end_at_once_goes_no_further_and_says_why():
    for number, code in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED), (HANGUP, Exit.TERMINATED)):
        went_on = False
        with Interrupts() as interrupts, interrupts.at_once():
            signal.raise_signal(number)
            went_on = True
        assert (interrupts.code, went_on) == (code, False)


def test_a_signal_before_the_end_at_once_is_not_forgotten():
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGTERM)
        with interrupts.at_once():
            pytest.fail("it went on")
    assert interrupts.code == Exit.TERMINATED


def test_behind_the_end_at_once_a_signal_waits_again():
    with Interrupts() as interrupts:
        with interrupts.at_once():
            pass
        signal.raise_signal(signal.SIGINT)
    assert interrupts.code == Exit.INTERRUPTED


def test_what_is_ignored_stays_so():
    before = signal.signal(HANGUP, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(HANGUP)
        assert interrupts.code is None
        assert signal.getsignal(HANGUP) is signal.SIG_IGN
    finally:
        signal.signal(HANGUP, before)
