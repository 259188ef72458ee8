"""What a flow tells of segments that do not come smoothly, and of the packet that ends TCP's handshake."""

from __future__ import annotations

from analyzer.limits import DEFAULT
from analyzer.packets.columns import ACK, SYN
from analyzer.packets.sieve import WATCH
from analyzer.streams.flow import Flow

ENDS = ((0, 1, 50000), (0, 2, 443))


class Ear:
    """A listener that keeps the hitches."""

    weight = 0

    def __init__(self):
        self.hitches, self.lost, self.confirmed = [], [], None

    def begins(self, data):
        return bool(data)

    def run(self, side, _data, packet, _time, lost):
        if lost:
            self.lost.append((side, packet, lost))
        return WATCH

    def event(self, *told):
        pass

    def confirm(self, time):
        self.confirmed = time

    def hitch(self, kind, side, packet, time, length):
        assert time == packet
        self.hitches.append((kind, side, packet, length))

    def finish(self):
        pass


class Talk:
    """A flow whose segments are numbered as they are said."""

    def __init__(self):
        self.ear, self.packet = Ear(), 0
        self.flow = Flow(1, ENDS, self.ear, DEFAULT)
        self.flow.begins_anew(0, 99)
        self.say(0, 99, flags=SYN).say(1, 499, flags=SYN | ACK)

    def say(self, side, sequence, data=b"", flags=ACK):
        self.packet += 1
        self.flow.segment(side, sequence, flags, data, 0, self.packet, self.packet)
        return self


def test_bytes_sent_again_and_a_keep_alive_that_is_none():
    talk = Talk().say(0, 100, b"hello").say(0, 100, b"hello").say(0, 103, b"lo!").say(0, 105, b"!").say(0, 106)
    assert talk.ear.hitches == [("again", 0, 4, 5), ("again", 0, 5, 2)]


def test_what_comes_out_of_order_is_told_once_a_gap():
    talk = Talk().say(0, 105, b"two").say(0, 108, b"three").say(0, 105, b"two").say(0, 100, b"one..")
    assert talk.ear.hitches == [("early", 0, 3, 3), ("again", 0, 5, 3), ("late", 0, 6, 5)]


def test_lost_bytes_are_no_hitch_of_their_own():
    """The run says them."""
    talk = Talk().say(0, 110, b"behind")
    talk.flow.finish()
    assert (talk.ear.hitches, talk.ear.lost) == ([("early", 0, 3, 6)], [(0, 3, 10)])
