"""Flow: what a listener hears of one connection, whichever way its segments come."""

import pytest
from packet_makers import ACK, FIN, RST, SYN, hello

from analyzer.limits import DEFAULT
from analyzer.streams.flow import DONE, LINGER, WATCH, Flow

ENDS = ((0, 1, 40000), (0, 2, 443))


class Ear:
    """A Listener that writes everything down; bytes in what is said decide what it wants next."""

    weight = 0

    def reread(self, runs):
        self.again = runs

    def __init__(self, log):
        self.log = log

    def begins(self, data):
        return data[:1] == b"\x16"

    def run(self, side, data, packet, time, lost):
        del time
        self.log.append(("run", side, data, packet, lost))
        return DONE if b"DONE" in data else LINGER if b"LINGER" in data else WATCH

    def event(self, kind, side, packet, time):
        del time
        self.log.append((kind, side, packet))

    def late(self, side, data, packet, time):
        del time
        self.log.append(("late", side, data, packet))
        return DONE if b"DONE" in data else WATCH if b"AGAIN" in data else LINGER

    def note(self, kind, side, detail, packet, time):
        del time
        self.log.append((kind, side, detail, packet))

    def confirm(self, time):
        pass

    def hitch(self, *told):
        pass

    def finish(self):
        self.log.append(("finish",))


class Talk:
    """A flow whose segments are numbered as they are said."""

    def __init__(self):
        self.log = []
        self.flow = Flow(1, ENDS, Ear(self.log), DEFAULT)
        self.packet = 0

    def say(self, side, sequence, data=b"", flags=ACK, missing=0):
        self.packet += 1
        if flags & SYN and not flags & ACK:
            assert not self.flow.begins_anew(side, sequence)
        self.flow.segment(side, sequence, flags, data, missing, self.packet, self.packet)
        return self

    def late(self, side, sequence, data=b"", flags=ACK):
        self.packet += 1
        self.flow.late(side, sequence, flags, data, self.packet, self.packet)
        return self

    def opened(self):
        return self.say(0, 99, flags=SYN).say(1, 499, flags=SYN | ACK)

    @property
    def heard(self):
        """Return what was logged since last asked."""
        log = self.log[:]
        self.log.clear()
        return log


def test_a_connection_from_syn_to_fin():
    talk = Talk().opened().say(0, 100).say(0, 100, b"ask").say(1, 500, b"answer").say(0, 103, flags=FIN | ACK).say(1, 506, flags=FIN | ACK)
    assert talk.flow.closed
    talk.flow.finish()
    assert talk.heard == [
        ("syn", 0, 1),
        ("syn_ack", 1, 2),
        ("run", 0, b"ask", 4, 0),
        ("run", 1, b"answer", 5, 0),
        ("fin", 0, 6),
        ("fin", 1, 7),
        ("finish",),
    ]


def test_sequence_numbers_wrap_at_the_syn_and_in_the_middle():
    talk = (
        Talk()
        .say(0, 0xFFFFFFFF, flags=SYN)
        .say(1, 0xFFFFFFFC, flags=SYN | ACK)
        .say(0, 0, b"ask")
        .say(1, 0xFFFFFFFD, b"answer")
        .say(1, 3, b"more")
    )
    assert [one[2] for one in talk.heard if one[0] == "run"] == [b"ask", b"answer", b"more"]


def test_a_syn_with_data():  # RFC 7413
    talk = Talk().say(0, 0xFFFFFFFF, b"early", flags=SYN).say(0, 5, b"later")
    assert talk.heard == [("syn", 0, 1), ("run", 0, b"early", 1, 0), ("run", 0, b"later", 2, 0)]


def test_a_simultaneous_open():  # RFC 9293 section 3.5
    talk = (
        Talk()
        .say(0, 99, flags=SYN)
        .say(1, 499, flags=SYN)
        .say(0, 99, flags=SYN | ACK)
        .say(1, 499, flags=SYN | ACK)
        .say(1, 500, b"b")
        .say(0, 100, b"a")
    )
    assert [one for one in talk.heard if one[0] == "run"] == [("run", 1, b"b", 5, 0), ("run", 0, b"a", 6, 0)]


def test_retransmitted_syns_are_events_and_no_new_connection():
    talk = Talk().opened().say(0, 99, flags=SYN).say(0, 100, b"ask").say(0, 99, flags=SYN)
    assert [one[0] for one in talk.heard] == ["syn", "syn_ack", "syn", "run", "syn"]


@pytest.mark.parametrize("last", [{"side": 0, "sequence": 100, "data": b"x"}, {"side": 1, "sequence": 500, "data": b"x"},
                                  {"side": 1, "sequence": 0, "flags": RST}, {"side": 0, "sequence": 100, "flags": FIN}])  # fmt: skip
def test_another_syn_after_bytes_or_a_close_is_another_connection(last):
    talk = Talk().opened().say(**last)
    assert not talk.flow.begins_anew(0, 99)
    assert talk.flow.begins_anew(0, 7_000_000)


@pytest.mark.parametrize("close", [FIN, RST])
def test_a_side_that_is_captured_whole_before_the_other_is_no_other_connection(close):
    talk = Talk().say(1, 499, flags=SYN | ACK).say(1, 500, b"answer").say(1, 506, flags=close)
    assert not talk.flow.begins_anew(0, 99)


def test_another_syn_before_any_byte_is_the_same_attempt():
    talk = Talk().say(0, 99, flags=SYN).say(0, 5555, flags=SYN).say(0, 5556, b"a")
    assert talk.heard[-1] == ("run", 0, b"a", 3, 0)


@pytest.mark.parametrize("middle", [b"", b"middle"])
def test_data_captured_before_its_syn_is_heard(middle):
    talk = Talk().say(0, 100 + len(middle), b"tail")
    if middle:
        talk.say(0, 100, middle)
    talk.say(0, 99, flags=SYN)
    talk.flow.finish()
    assert b"".join(one[2] for one in talk.heard if one[0] == "run") == middle + b"tail"


def test_data_before_a_syn_that_leaves_a_gap_does_not_hang_the_end():
    talk = Talk().say(0, 200, b"tail").say(0, 99, flags=SYN)
    talk.flow.finish()
    assert talk.heard == [("syn", 0, 2), ("run", 0, b"", 1, 100), ("run", 0, b"tail", 1, 0), ("finish",)]


def test_a_stream_joined_in_the_middle_begins_where_the_listener_says():
    talk = Talk().say(1, 700, b"noise").say(1, 710, hello()).say(1, 710 + len(hello()), b"more")
    assert [one[2] for one in talk.heard] == [hello(), b"more"]


def test_a_segment_far_outside_the_window_does_not_derail_the_stream():
    talk = Talk().opened().say(0, 100 + (1 << 30), hello(90)).say(0, 100, hello()).say(0, 100 + (1 << 30), hello(90))
    talk.flow.finish()
    assert [one[2] for one in talk.heard if one[0] == "run"] == [hello()]


def test_a_syn_sent_again_after_a_far_segment_does_not_rewind_the_stream():
    talk = Talk().opened().say(0, 100 + (1 << 30), b"far").say(0, 100, b"abc").say(0, 99, flags=SYN).say(0, 103, b"def")
    talk.flow.finish()
    assert [one[2] for one in talk.heard if one[0] == "run"] == [b"abc", b"def"]


def test_gaps_are_given_up_at_the_end_in_turn():
    talk = Talk().opened().say(0, 110, b"ask 1").say(1, 520, b"answer 1").say(0, 115, b"ask 2").say(1, 528, b"answer 2")
    talk.flow.finish()
    assert [one[1:3] for one in talk.heard if one[0] == "run" and one[2]] == [
        (0, b"ask 1"),
        (1, b"answer 1"),
        (0, b"ask 2"),
        (1, b"answer 2"),
    ]


def test_lost_bytes_are_told():
    talk = Talk().opened().say(0, 100, b"abc", missing=10).say(0, 113, b"def")
    assert talk.heard[2:] == [("run", 0, b"abc", 3, 0), ("run", 0, b"", 3, 10), ("run", 0, b"def", 4, 0)]


def test_conflicts_are_noted_and_the_first_copy_wins():
    talk = Talk().opened().say(0, 100, b"abcd").say(0, 100, b"abXX")
    assert talk.heard[2:] == [("run", 0, b"abcd", 3, 0), ("overlap-conflict", 0, "at byte 0 of the stream", 4)]


def test_keep_alives_say_nothing():
    talk = Talk().opened().say(0, 100, b"abcd").say(0, 103, b"\0").say(0, 103)
    assert len(talk.heard) == 3


def test_what_an_rst_carries_is_no_stream():
    talk = Talk().opened().say(1, 500, b"go away", flags=RST)
    assert talk.heard[2:] == [("rst", 1, 3)]
    assert talk.flow.closed


def test_a_full_buffer_is_noted():
    talk = Talk().opened()
    for i in range(DEFAULT.side_segments + 1):
        talk.say(0, 110 + 2 * i, b"x")
    assert [one[0] for one in talk.heard].count("buffer-full") == 1


def test_runs_stop_when_the_listener_has_enough():
    for word, state in ((b"LINGER", LINGER), (b"DONE", DONE)):
        talk = Talk().opened().say(0, 100 + len(word), b"more").say(0, 100, word)
        assert talk.flow.state == state
        talk.flow.finish()
        assert [one[2] for one in talk.heard if one[0] == "run"] == [word]


def test_while_lingering_only_new_bytes_are_told_and_closes():
    talk = Talk().opened().say(0, 100, b"LINGER")
    talk.late(0, 100, b"LINGER").late(0, 106, b"alert").late(1, 500, flags=FIN | ACK).late(0, 111, b"last", flags=FIN | ACK)
    assert talk.heard[3:] == [("late", 0, b"alert", 5), ("fin", 1, 6), ("late", 0, b"last", 7), ("fin", 0, 7)]
    assert talk.flow.closed


def test_a_listener_may_be_done_while_lingering():
    assert Talk().opened().say(0, 100, b"LINGER").late(0, 106, b"DONE").flow.state == DONE


def test_a_renegotiation_starts_reassembly_anew():
    again = hello()[:9] + b"AGAIN"
    talk = Talk().opened().say(0, 100, b"LINGER").late(0, 90_000, again)
    assert talk.flow.state == WATCH
    size = len(again)
    talk.say(0, 90_000 + size + 4, b"two").say(0, 90_000 + size, b"one ").say(1, 70_000, hello())
    assert [one[:3] for one in talk.heard[3:]] == [
        ("late", 0, again), ("run", 0, again), ("run", 0, b"one "), ("run", 0, b"two"), ("run", 1, hello())]  # fmt: skip


def zeros(count):
    return b"\0" * count


def payloads(talk, side=0):
    return [data for kind, *rest in talk.heard if kind == "run" and rest[0] == side and (data := rest[1])]


@pytest.mark.parametrize("count", [1, 2, 6])
def test_a_frames_padding_that_was_taken_for_payload_yields_to_what_comes_next(count):
    talk = Talk().opened().say(0, 100, zeros(count)).say(0, 100, zeros(count)).say(1, 500, zeros(count))
    talk.say(0, 100, b"hello").say(1, 500, b"answer")
    assert [one for one in talk.heard if one[0] not in {"syn", "syn_ack"}] == [("run", 0, b"hello", 6, 0), ("run", 1, b"answer", 7, 0)]


def test_zeros_that_something_follows_are_payload():
    talk = Talk().opened().say(0, 100, zeros(2)).say(0, 102, b"more")
    assert payloads(talk) == [zeros(2), b"more"]
    bytewise = Talk().opened()
    for at, byte in enumerate(b"a\0\0\0b"):
        bytewise.say(0, 100 + at, bytes([byte]))
    assert b"".join(payloads(bytewise)) == b"a\0\0\0b"


def test_zeros_at_the_end_are_payload():
    talk = Talk().opened().say(0, 100, b"end").say(0, 103, zeros(3))
    talk.flow.finish()
    assert payloads(talk) == [b"end", zeros(3)]


@pytest.mark.parametrize(("data", "flags"), [(zeros(7), ACK), (zeros(2), ACK | 8), (b"\0\1", ACK)])
def test_more_zeros_or_pushed_ones_or_others_are_payload_at_once(data, flags):
    assert payloads(Talk().opened().say(0, 100, data, flags=flags)) == [data]


def test_padding_of_a_syn_ack():
    talk = Talk().say(0, 99, flags=SYN).say(1, 499, zeros(2), flags=SYN | ACK).say(0, 100, b"hello").say(1, 500, b"answer")
    assert payloads(talk, 1) == [b"answer"]


def test_weight_grows_with_what_is_said_and_falls_when_the_handshake_is_over():
    talk = Talk()
    before = talk.flow.weigh()
    talk.say(0, 99, flags=SYN)
    talk.say(0, 100, bytes(1000))
    heavy = talk.flow.weigh()
    assert heavy >= before + 2000
    talk.flow.listener.weight = 5000
    assert talk.flow.weigh() == heavy + 5000
    talk.flow.rest()
    assert talk.flow.weight < heavy + 5000


def test_copies_that_lost_are_offered_at_the_end():
    talk = Talk()
    talk.say(0, 99, flags=SYN)
    talk.say(0, 102, b"xxxx")
    talk.say(0, 102, b"yyyy")
    talk.say(0, 100, b"ab")
    ear = talk.flow.listener
    talk.flow.finish()
    assert ear.again == [(0, (b"ab", 4, 4, 0)), (0, (b"yyyy", 3, 3, 0))]
