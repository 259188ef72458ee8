"""Doubts: what a receiver would not take waits; another copy, or the peer's acknowledgment, decides."""

from packet_makers import ACK, SYN

from analyzer.limits import DEFAULT
from analyzer.streams.doubts import Doubted, Doubts
from analyzer.streams.flow import WATCH, Flow


class Ear:
    """A Listener that writes down what is said."""

    weight = 0

    def __init__(self):
        self.log = []

    def begins(self, data):
        return not data

    def run(self, side, data, packet, time, lost):
        del time
        self.log.append(("run", side, data, packet, lost))
        return WATCH

    def event(self, *told):
        pass

    def note(self, kind, side, detail, packet, time):
        del time
        self.log.append((kind, side, detail, packet))

    def hitch(self, *told):
        pass

    def confirm(self, time):
        pass

    def reread(self, runs):
        pass

    def finish(self):
        pass


class Talk:
    """A flow whose segments are numbered as they are said."""

    def __init__(self):
        ear = Ear()
        self.log, self.packet = ear.log, 0
        self.flow = Flow(1, ((0, 1, 40000), (0, 2, 443)), ear, DEFAULT)

    def say(self, side, sequence, data=b"", flags=ACK):
        self.packet += 1
        if flags & SYN:
            assert not self.flow.begins_anew(side, sequence)
        self.flow.segment(side, sequence, flags, data, 0, self.packet, self.packet)


class Rows:
    """As ``batch.Rows``: side, Time to Live, whether the checksum is right, and bytes of each segment."""

    def __init__(self, *rows, missing=0):
        self.side, self.ttl, self.right, self.data = map(list, zip(*rows, strict=True))
        self.missing = [missing] * len(rows)

    def sum_is_right(self, index):
        return self.right[index]


def test_the_first_segment_of_each_side_says_what_is_usual():
    doubts = Doubts()
    rows = Rows((0, 64, True, b""), (1, 58, False, b""), (0, 64, True, b"x"), (1, 58, False, b"x"), (0, 63, True, b"x"),
                (1, 64, True, b"x"), (0, 64, False, b"x"), (0, 64, False, b""))  # fmt: skip
    assert [doubts.arise(rows, index) for index in range(8)] == [False, False, False, False, True, True, True, False]
    assert not doubts.arise(Rows((0, 1, False, b"x"), missing=1), 0), "of a segment that was cut nothing is known"


def test_what_is_doubted_waits_for_its_acknowledgment():
    talk = Talk()
    talk.say(0, 99, flags=SYN)
    talk.flow.doubt(0, Doubted(100, ACK, b"evil", 64, 7, 7))
    talk.flow.doubt(0, Doubted(104, ACK, b"more", 64, 8, 8))
    assert talk.flow.doubts.waiting
    talk.flow.answered(0, 100)
    assert ("run", 0, b"evil", 7, 0) not in talk.log
    talk.flow.answered(0, 101)
    assert talk.log[-1] == ("run", 0, b"evil", 7, 0)
    assert talk.flow.doubts.waiting
    talk.flow.answered(0, 108)
    assert talk.log[-1] == ("run", 0, b"more", 8, 0)
    assert not talk.flow.doubts.waiting


def test_another_copy_counts_instead_and_the_conflict_is_told():
    talk = Talk()
    talk.say(0, 99, flags=SYN)
    talk.flow.doubt(0, Doubted(100, ACK, b"evil", 1, 7, 7))
    talk.say(0, 100, b"good")
    talk.flow.answered(0, 104)
    assert [one for one in talk.log if one[0] == "run"] == [("run", 0, b"good", 2, 0)]
    assert talk.log[-1] == ("overlap-conflict", 0, "at byte 0 of the stream", 7)


def test_doubted_segments_are_read_at_the_end_and_bounded_before():
    talk = Talk()
    talk.say(0, 99, flags=SYN)
    for number in range(200):
        talk.flow.doubt(0, Doubted(100 + number, ACK, b"%d" % (number % 10), 1, 10 + number, 10 + number))
    assert len([one for one in talk.log if one[0] == "run"]) == 200 - 64
    talk.flow.finish()
    assert b"".join(one[2] for one in talk.log if one[0] == "run") == b"0123456789" * 20
