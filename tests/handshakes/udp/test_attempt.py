"""One handshake over DTLS: order, hellos said again, epochs, what is sent twice."""

from __future__ import annotations

from itertools import pairwise

import dtls_talk as dt
import pytest
import talk
from dtls_talk import CCS, CLIENT, COOKIE, DTLS10, DTLS12, FINISHED, SERVER, Line, hand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from talk import kinds, types

CCS_TYPE = -1
ALL = [1, 3, 1, 2, 11, 12, 13, 14, 11, 16, 15, CCS_TYPE, None, 4, CCS_TYPE, None]


def line(*turns):
    return Line().play(turns)


@pytest.mark.parametrize("version", [DTLS10, DTLS12, 0x0100])
def test_a_full_handshake(version):
    made = Line().play(dt.full(version)).one()
    assert (made.transport, made.framing, made.outcome, made.number, made.client_known) == ("udp", "dtls", "complete", 1, True)
    assert types(made) == ALL
    assert (made.version, made.cipher_suite) == (DTLS12, 0xC02F)
    assert (made.server_chain, made.client_chain) == ((b"leaf", b"authority"), (b"mine",))
    assert [hello.cookie for hello in made.client_hellos] == [b"", COOKIE]
    assert [seen.guess for seen in made.seen if seen.code is None] == ["finished", "finished"]
    assert (made.client.port, made.server.port) == (50000, 4433)
    assert {seen.record_version for seen in made.seen if seen.code is not None and seen.code >= 0} == {version}
    assert kinds(made) == []
    assert made.packets == [1, 2, 3, 4, 5, 6]
    assert (made.start, made.end) == (talk.START + talk.MS, talk.START + 6 * talk.MS)


def test_a_server_that_counts_from_0_after_its_cookie():
    turns = dt.full()
    turns[3] = SERVER, b"".join(hand(one, number) for number, one in enumerate(dt.FLIGHTS[3][1]))
    turns[5] = SERVER, hand(talk.TICKET, 5) + CCS + FINISHED
    made = line(*turns).one()
    assert (types(made), made.outcome, kinds(made)) == (ALL, "complete", [])


def test_a_client_that_counts_from_0_after_its_cookie():
    turns = dt.full()
    turns[2] = CLIENT, hand(dt.HELLO_AGAIN, 0)
    turns[4] = CLIENT, b"".join(hand(one, number) for number, one in enumerate(dt.FLIGHTS[4][1], 1)) + CCS + FINISHED
    made = line(*turns).one()
    assert (types(made), made.outcome, kinds(made)) == (ALL, "complete", [])


def test_a_cookie_that_changed_meanwhile():
    other = b"d" * 20
    turns = [(CLIENT, hand(dt.HELLO, 0)), (SERVER, hand(dt.verify_request(COOKIE), 0)), (CLIENT, hand(dt.HELLO_AGAIN, 1)),
             (SERVER, hand(dt.verify_request(other), 0)), (CLIENT, hand(dt.client_hello(other, extensions=[talk.SERVER_NAME]), 1)),
             (SERVER, hand(dt.ANSWER, 1) + CCS + FINISHED), (CLIENT, CCS + FINISHED)]  # fmt: skip
    made = line(*turns).one()
    assert (types(made), made.outcome, kinds(made)) == ([1, 3, 1, 3, 1, 2, -1, None, -1, None], "complete", [])


def test_a_client_that_changes_its_random_with_the_cookie():
    """RFC 6347 section 4.2.1 forbids it; the cookie tells that it is one attempt."""
    turns = [(CLIENT, hand(dt.HELLO, 0)), (SERVER, hand(dt.verify_request(COOKIE), 0)),
             (CLIENT, hand(dt.client_hello(COOKIE, random=b"\x33" * 32), 1)), (SERVER, hand(dt.ANSWER, 1))]  # fmt: skip
    assert types(line(*turns).one()) == [1, 3, 1, 2]


def test_what_is_sent_again_is_no_second_message():
    """Every flight three times, with new record numbers (RFC 6347 section 4.2.4)."""
    turns = [turn for turn in dt.full() for _ in range(3)]
    made = line(*turns).one()
    assert (types(made), made.outcome, kinds(made)) == (ALL, "complete", [])


def test_what_is_sent_again_with_other_content_is_told():
    turns = [*dt.full()[:4], (SERVER, hand(talk.certificate_message(b"leaf", b"AUTHORITY"), 2)), *dt.full()[4:]]
    made = line(*turns).one()
    assert (kinds(made), made.server_chain, made.outcome) == (["overlap-conflict"], (b"leaf", b"authority"), "complete")
    assert made.anomalies[0].detail == "message_seq 2 was sent again with different content"


def test_another_server_hello_of_the_same_attempt_is_told():
    made = line(*dt.full()[:4], (SERVER, hand(dt.server_hello(0x002F), 1))).one()
    assert (kinds(made), made.cipher_suite) == (["overlap-conflict"], 0xC02F)


def test_a_lost_message_is_named_once_the_peer_goes_on():
    turns = dt.full()
    lost = b"".join(hand(one, number) for number, one in enumerate(dt.FLIGHTS[3][1], 1) if number != 3)
    made = line(*turns[:3], (SERVER, lost), *turns[4:]).one()
    assert types(made) == [code for code in ALL if code != 12]
    assert [(odd.kind, odd.detail, odd.sender) for odd in made.anomalies] == [
        ("gap", "message_seq 3 of the server not in the capture", talk.SERVER)
    ]
    assert made.outcome == "complete"


def test_a_message_of_which_a_piece_is_missing():
    piece = hand(talk.CERTIFICATE, 2, 0, 5)
    made = line(*dt.full()[:3], (SERVER, hand(dt.ANSWER, 1) + piece + hand(talk.DONE, 3))).one()
    assert types(made) == [1, 3, 1, 2, 14]
    assert made.anomalies[0].detail.startswith("message_seq 2 (type 11): ")


def test_a_change_cipher_spec_that_is_lost():
    """The epoch tells that what follows is sealed by the new keys."""
    turns = dt.full()
    turns[4] = CLIENT, turns[4][1].replace(CCS, b"")
    made = line(*turns).one()
    assert (made.outcome, types(made, talk.CLIENT)[-1], kinds(made)) == ("complete", None, [])


def test_a_finished_that_is_lost():
    turns = dt.full()
    turns[5] = SERVER, hand(talk.TICKET, 6) + CCS
    made = line(*turns, (CLIENT, dt.data()), (SERVER, dt.data())).one()
    assert (made.outcome, [event.kind for event in made.events]) == ("complete", ["application_data"] * 2)


def test_data_that_overtakes_the_finished():
    turns = dt.full()
    made = line(*turns[:5], (SERVER, dt.data()), turns[5]).one()
    assert (types(made), made.outcome) == (ALL, "complete")


def test_one_direction():
    server = [turn for turn in dt.full() if turn[0] == SERVER]
    made = line(*server).one()
    assert (made.outcome, made.server.port, made.client_known, kinds(made)) == ("one_sided", 4433, True, [])
    client = [turn for turn in dt.full() if turn[0] == CLIENT]
    assert line(*client).one().outcome == "one_sided"


def test_joined_in_the_middle():
    made = line(*dt.full()[4:]).one()
    assert (made.outcome, made.client.port, kinds(made)) == ("complete", 50000, ["gap"] * 8)
    after_cookie = line(*dt.full()[2:]).one()
    assert (types(after_cookie), kinds(after_cookie)) == (ALL[2:], ["gap", "gap"])
    assert after_cookie.seen[7].message.kind == "ecdhe"


def test_ports_tell_the_client_until_a_message_does():
    ends = (dt.ENDS[0], (0xFFFF, 1, 60000))
    alone = Line(ends=ends).say(CLIENT, hand(talk.CERTIFICATE, 0)).one()
    assert (alone.client.port, alone.client_known) == (60000, False)
    told = Line(ends=ends).say(CLIENT, hand(talk.CERTIFICATE, 0) + hand(talk.CLIENT_KEY, 1)).one()
    assert (told.client.port, told.client_known) == (60000, False)  # messages were told under that name
    assert Line(ends=ends).say(CLIENT, hand(talk.CLIENT_KEY, 1)).one().client_known


def test_unanswered_and_cut():
    assert line(*dt.full()[:1]).one().outcome == "unanswered"
    assert line(*dt.full()[:4]).one().outcome == "cut"


def test_alerts():
    plain = line(*dt.full()[:3], (SERVER, dt.record(21, b"\2\x28"))).one()
    assert (plain.outcome, [(alert.level, alert.description) for alert in plain.alerts]) == ("failed", [(2, 40)])
    refused = line(*dt.full()[:5], (SERVER, CCS + dt.sealed_alert())).one()
    assert (refused.outcome, refused.alerts[0].sender) == ("failed", talk.SERVER)
    closed = line(*dt.full(), (SERVER, dt.sealed_alert())).one()
    assert (closed.outcome, closed.closed, closed.closed_by) == ("complete", "close_notify", talk.SERVER)


def test_heartbleed():
    made = line(*dt.full()[:4], (CLIENT, dt.record(24, b"\1\x40\0"))).one()
    assert kinds(made) == ["malformed-heartbeat"]


def test_a_record_that_holds_no_messages():
    made = line(*dt.full()[:2], (SERVER, dt.record(22, b"\xff" * 20))).one()
    assert kinds(made) == ["bad-record"]


def test_a_datagram_that_the_capture_cut():
    """The ServerHello before the cut is read; the certificate is not, and bytes are missing, so that nothing was aborted."""
    whole = dt.full()[3][1]
    made = Line().play(dt.full()[:3]).say(SERVER, whole[:170], missing=len(whole) - 170).one()
    assert types(made) == [1, 3, 1, 2, 11]
    assert made.lost[talk.SERVER] > 0
    torn = hand(talk.CERTIFICATE, 1)[:-9]
    cut = Line().say(SERVER, hand(dt.ANSWER, 0) + torn, missing=9).one()
    assert (types(cut), cut.lost) == ([2], {talk.SERVER: 9})
    assert Line().say(SERVER, torn, missing=9).say(SERVER, hand(dt.ANSWER, 0)).one().lost == {talk.SERVER: 9}


@pytest.mark.parametrize("code", [53, 54])
def test_connection_ids(code):
    """RFC 9146: each side says which id it wants to be sent; the Finished comes in a record that hides its type."""

    def tagged(cid, size):
        header = b"\x19\xfe\xfd\0\1" + bytes(6)
        return header + cid + talk.vector(b"s" * size)

    mine, yours = (talk.extension(code, body) for body in (b"\2me", b"\3you"))
    turns = [
        (CLIENT, hand(dt.client_hello(extensions=[mine]), 0)),
        (SERVER, hand(dt.server_hello(extensions=[yours]), 0) + hand(talk.DONE, 1)),
        (CLIENT, hand(talk.CLIENT_KEY, 1) + CCS + tagged(b"you", 40)),
        (SERVER, CCS + tagged(b"me", 40)),
        (CLIENT, tagged(b"you", 90)),
    ]
    made = line(*turns).one()
    assert made.connection_ids == {talk.CLIENT: b"me", talk.SERVER: b"you"}
    assert (made.outcome, [(seen.length, seen.guess) for seen in made.seen if seen.code is None]) == ("complete", [(40, "finished")] * 2)
    assert [event.sender for event in made.events] == [talk.CLIENT]


def test_downgrade_in_numbers_that_count_downwards():
    """RFC 8446 section 4.1.3 for DTLS: 1.3 was offered and could have been spoken."""
    hello = dt.client_hello(extensions=[dt.VERSIONS])
    for tail, version, offer, odd in (
        (b"\1", DTLS12, hello, True),
        (b"\0", DTLS10, dt.HELLO, True),
        (b"\1", DTLS12, dt.HELLO, False),
        (b"\0", DTLS10, dt.client_hello(version=DTLS10), False),
        (b"\0", 0x0100, dt.client_hello(version=0x0100), False),
    ):
        answer = dt.server_hello(version=version, random=b"\x22" * 24 + b"DOWNGRD" + tail)
        assert kinds(line((CLIENT, hand(offer, 0)), (SERVER, hand(answer, 0))).one()) == ["downgrade-sentinel"] * odd


def test_hellos_that_do_not_stop():
    """A flood of differing hellos of one random stays within the limits."""
    played = Line()
    for number in range(400):
        played.say(CLIENT, hand(dt.client_hello(number.to_bytes(2, "big")), 0))
    made = played.one()
    assert len(made.seen) == 200
    assert kinds(made) == ["too-many-messages"]


@st.composite
def shuffled(draw):
    """A full handshake whose flights are cut into fragments, doubled, put into any order and any datagrams."""
    numbers, turns = [0, 0], []
    for flight, (side, messages) in enumerate(dt.FLIGHTS):
        records = [CCS, FINISHED] if flight >= 4 else []
        for message in messages:
            size = len(message) - 4
            ends = sorted({0, size, *draw(st.lists(st.integers(0, size), max_size=3))})
            fragments = [dt.fragment(message, numbers[side], start, stop) for start, stop in pairwise(ends)]
            records += [dt.record(22, one) for one in fragments or [dt.fragment(message, numbers[side])]]
            numbers[side] += 1
        records = draw(st.permutations(records + draw(st.lists(st.sampled_from(records), max_size=3))))
        while records:
            count = draw(st.integers(1, len(records)))
            turns.append((side, b"".join(records[:count])))
            records = records[count:]
    return turns


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(shuffled())
def test_any_fragments_in_any_order_give_the_same_facts(turns):
    assert talk.facts(line(*turns).one()) == EXPECTED


EXPECTED = talk.facts(Line().play(dt.full()).one())
