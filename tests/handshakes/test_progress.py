"""What messages and records add to a handshake: alerts, TLS 1.3's end by lengths, early data, heartbeats."""

from __future__ import annotations

import pytest
import talk
from talk import CCS, CLIENT, FINISHED, FINISHED13, SERVER, Wire, full12, full13, kinds, play

HELLO = talk.client_hello(extensions=[talk.SERVER_NAME])


@pytest.mark.parametrize("description", [40, 47, 70, 80, 112])
def test_a_fatal_alert_in_the_plain(description):
    made = play([(CLIENT, HELLO), (SERVER, talk.alert(description))]).one()
    assert made.outcome == "failed"
    [alert] = made.alerts
    assert (alert.sender, alert.level, alert.description, alert.packet) == (SERVER, 2, description, 5)


def test_a_warning_fails_nothing():
    """unrecognized_name is a warning that goes on (RFC 6066 section 3)."""
    made = play([full12()[0], (SERVER, talk.alert(112, 1)), *full12()[1:]]).one()
    assert (made.outcome, [(alert.level, alert.description) for alert in made.alerts]) == ("complete", [(1, 112)])


def test_an_alert_in_the_place_of_a_finished_is_a_failure():
    made = play([*full12()[:3], (SERVER, talk.record(21, bytes(26)))]).one()
    assert (made.outcome, made.alerts[0].description) == ("failed", None)


def test_an_encrypted_alert_after_the_end_is_its_close():
    made = play([*full12(), (CLIENT, talk.record(21, bytes(26)))]).one()
    assert (made.outcome, made.closed, made.closed_by) == ("complete", "close_notify", CLIENT)


@pytest.mark.parametrize(("level", "description", "outcome", "closed"), [(1, 0, "complete", "close_notify"), (2, 20, "failed", None)])
def test_an_alert_under_a_suite_without_a_cipher_is_read(level, description, outcome, closed):
    """TLS_RSA_WITH_NULL_SHA: 20 bytes of MAC follow what everybody can read (RFC 5246 section 6.2.3.1)."""
    turns = [(CLIENT, talk.client_hello([2])), (SERVER, talk.server_hello(2) + talk.handshake(talk.CERTIFICATE, talk.DONE))]
    turns.append((CLIENT, talk.handshake(talk.message(16, bytes(130))) + CCS + FINISHED))
    turns.append((SERVER, CCS + FINISHED if outcome == "complete" else CCS))
    made = play([*turns, (SERVER, talk.record(21, bytes([level, description]) + b"m" * 20))]).one()
    assert [(alert.level, alert.description) for alert in made.alerts] == [(level, description)]
    assert (made.outcome, made.closed) == (outcome, closed)


def test_an_alert_of_no_length():
    made = play([(CLIENT, HELLO), (SERVER, talk.server_hello() + talk.record(21, b"\2"))]).one()
    assert kinds(made) == ["malformed-alert"]


def test_tls13_completes_by_the_length_of_its_finished():
    made = play(full13()).one()
    assert made.outcome == "complete"
    assert [(seen.sender, seen.guess) for seen in made.seen if seen.code is None] == [
        (SERVER, "encrypted extensions …"), (SERVER, None), (CLIENT, "finished"),
    ]  # fmt: skip


@pytest.mark.parametrize(("suite", "length"), [(0x1301, 4 + 32 + 17), (0x1302, 4 + 48 + 17), (0x1303, 4 + 32 + 17), (0x1305, 4 + 32 + 9)])
def test_a_finished_is_as_long_as_the_suite_s_hash_and_tag(suite, length):
    """RFC 8446 sections 4.4.4 and 5.2, appendix B.4: SHA-384 has 48 bytes, CCM_8 a tag of 8."""
    hello = talk.client_hello([suite], [talk.VERSIONS, talk.SHARE])
    answer = talk.server_hello(suite, [talk.TLS13, talk.SHARED])
    made = play([(CLIENT, hello), (SERVER, answer + talk.data(700)), (CLIENT, talk.data(length)), (SERVER, talk.data(99))]).one()
    assert made.outcome == "complete"
    assert made.seen[-1].guess == "finished"


EMPTY, CERTIFIED, VERIFIED = 4 + 4 + 17, 700, 97
"""Lengths of records: a Certificate without certificates, one with some, a CertificateVerify (RFC 8446 sections 4.4.2 and 4.4.3)."""


@pytest.mark.parametrize(
    ("lengths", "guesses", "data"),
    [
        ([EMPTY, FINISHED13], ["certificate", "finished"], []),
        ([EMPTY + 16, FINISHED13 + 16, 80], ["certificate", "finished"], [80]),  # as Java pads
        ([CERTIFIED, VERIFIED, FINISHED13, 23, 24], ["certificate", "certificate verify", "finished"], [23]),
        ([CERTIFIED, FINISHED13, 40], ["certificate …", "finished"], [40]),
        ([16401, 9000, VERIFIED, FINISHED13], ["certificate …", None, None, "finished"], []),
        ([CERTIFIED + VERIFIED + FINISHED13, 23, 24], ["… finished"], [23]),
        ([CERTIFIED, *[50] * 8, FINISHED13], ["… finished"], [50]),  # too far behind it
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_client_that_was_asked_for_a_certificate(lengths, guesses, data, apart):
    """RFC 8446 section 4.4: Certificate, CertificateVerify and Finished are of the handshake; data is what comes behind them."""
    records = [talk.data(length) for length in lengths]
    said = [(CLIENT, one) for one in records] if apart else [(CLIENT, b"".join(records))]
    made = play([*full13()[:2], *said, (SERVER, talk.data(200))]).one()
    assert [seen.guess for seen in made.seen if seen.code is None and seen.sender == CLIENT] == guesses
    assert [event.length for event in made.events if event.kind == "application_data"] == [*data, 200]
    assert made.outcome == "complete"


def test_tls13_refused_by_the_server_after_the_client_s_finished():
    turns = [*full13()[:2], (CLIENT, CCS + talk.data(FINISHED13)), (SERVER, talk.data(3 + 16))]
    made = play(turns).one()
    assert (made.outcome, made.alerts[0].sender, made.alerts[0].description) == ("failed", SERVER, None)


def test_tls13_refused_by_the_client():
    made = play([*full13()[:2], (CLIENT, CCS + talk.data(3 + 16))]).one()
    assert (made.outcome, made.alerts[0].sender) == ("failed", CLIENT)


PADDED = 3 + 16 + 16
"""An alert with JSSE's sixteen zeros."""


def test_tls13_refused_by_a_client_that_pads():
    made = play([*full13()[:2], (CLIENT, CCS + talk.data(PADDED))]).one()
    assert (made.outcome, made.alerts[0].sender) == ("failed", CLIENT)


@pytest.mark.parametrize(("finished", "outcome"), [(FINISHED13 + 16, "failed"), (FINISHED13, "complete")])
def test_tls13_refused_by_a_server_that_pads(finished, outcome):
    """A record as long as a padded alert is one only of a server whose own Finished was padded."""
    turns = [(CLIENT, full13()[0][1]), (SERVER, talk.ANSWER13 + CCS + talk.data(90) + talk.data(finished))]
    made = play([*turns, (CLIENT, CCS + talk.data(FINISHED13)), (SERVER, talk.data(PADDED))]).one()
    assert made.outcome == outcome


def test_tls13_refused_in_the_plain():
    """A client that cannot read the ServerHello has no keys to encrypt with (RFC 8446 section 6)."""
    made = play([*full13()[:2], (CLIENT, talk.alert(47))]).one()
    assert (made.outcome, made.alerts[0].description) == ("failed", 47)


def test_early_data_is_not_taken_for_a_finished():
    hello = talk.client_hello([0x1301], [talk.VERSIONS, talk.SHARE, talk.extension(42)], session=b"s" * 32)
    early, answer = (CLIENT, hello + CCS + talk.data(500)), (SERVER, talk.ANSWER13 + CCS + talk.data(90))
    turns = [early, answer, (CLIENT, talk.data(21) + talk.data(FINISHED13)), (SERVER, talk.data(9))]
    made = play(turns).one()
    assert made.outcome == "complete"
    assert [event.kind for event in made.events if event.sender == CLIENT] == ["syn", "application_data"]
    assert made.seen[-1].guess == "finished"


def test_heartbleed():
    """The payload's length says 16384 bytes in a record of 3 (RFC 6520 section 4: discard silently)."""
    wire = play(full12()[:2]).client(talk.record(24, b"\1\x40\0")).server(talk.record(24, b"\2\x40\0" + bytes(200)))
    made = wire.one()
    assert kinds(made) == ["malformed-heartbeat"] * 2
    assert [event.kind for event in made.events][-2:] == ["heartbeat"] * 2


def test_an_honest_heartbeat():
    assert kinds(play(full12()[:2]).client(talk.record(24, b"\1\0\4ping" + bytes(16))).one()) == []


def test_tls12_is_complete_where_only_a_finished_is_missing():
    """Application data of both sides after a ChangeCipherSpec: the Finished were there."""
    turns = [*full12()[:2], (CLIENT, talk.handshake(talk.CLIENT_KEY) + CCS + FINISHED)]
    wire = play(turns).gap(SERVER, len(talk.handshake(talk.TICKET) + CCS + FINISHED)).client(talk.data()).server(talk.data())
    made = wire.one()
    assert (made.outcome, kinds(made)) == ("complete", ["gap"])


@pytest.mark.parametrize("turns", [full12(), full13()], ids=["1.2", "1.3"])
def test_times_are_of_its_messages(turns):
    made = play(turns, Wire().open().wait(10**9)).one()
    assert made.start == talk.START + 10**9 + 3 * talk.MS
    assert made.end >= made.start
