"""Arrows: which way, how far, with which head and signs."""

import re

import pytest
from rendering import made, rung

from analyzer.ladders.drawing.arrows import LOOKS, draw, key_class, kind_of, look, sign
from analyzer.ladders.drawing.placing import CLIENT_X, SERVER_X, places
from analyzer.ladders.epochs import EPOCHS
from analyzer.ladders.ladder import KINDS, Ladder
from analyzer.ladders.words import Wording


def drawn(one, outcome="failed"):
    ladder = Ladder(number=1, client="", server="", rungs=(one,), outcome=outcome)
    return draw(places(ladder, 0)[0], Wording(ladder), outcome)


def ends(text):
    return [float(x) for x in re.search(r'<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)" y2="[\d.]+" class="shaft"', text).groups()]


def test_each_kind_has_its_look():
    assert set(LOOKS) == set(KINDS)
    assert look("something new") == look("calm")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"oddity"}))
def test_from_its_sender_to_the_other(kind):
    start, end = ends(drawn(rung(kind)))
    assert CLIENT_X < start < end < SERVER_X
    start, end = ends(drawn(rung(kind, "server")))
    assert CLIENT_X < end < start < SERVER_X


def test_what_did_not_come_does_not_arrive():
    for kind in ("missing", "loss"):
        assert ends(drawn(rung(kind)))[1] < SERVER_X - 150
        assert 'class="cross"' in drawn(rung(kind))
    assert ends(drawn(rung()))[1] > SERVER_X - 30


def test_an_oddity_has_no_arrow():
    assert "<line" not in drawn(rung("oddity"))


def test_what_is_encrypted_has_a_padlock_and_a_pipe():
    text = drawn(rung("sealed", encrypted=True, guessed=True, name="Finished"))
    assert 'class="lock"' in text
    assert 'class="pipe"' in text
    assert 'class="rung sealed locked keys3"' in text
    assert "(Finished)" in text
    assert "lock" not in drawn(rung("missing", encrypted=True))


@pytest.mark.parametrize(
    ("one", "outcome", "kind"),
    [
        (rung("alert", name="alert handshake_failure"), "failed", "alert"),
        (rung("alert", name="alert close_notify"), "failed", "calm"),
        (rung("alert", name="alert", encrypted=True), "complete", "calm"),
        (rung("alert", name="alert", encrypted=True), "failed", "alert"),
        (rung("never heard of"), "complete", "message"),
        (rung("tcp"), "complete", "tcp"),
    ],
)
def test_an_alert_that_only_closes_is_calm(one, outcome, kind):
    assert kind_of(one, outcome) == kind
    assert (">!<" in drawn(one, outcome)) == (kind == "alert")


def test_keys_of_one_purpose_have_one_colour_in_all_protocols():
    wanted = {
        "early": "keys0", "quic0rtt": "keys0", "dtls13early": "keys0", "handshake": "keys1", "quichandshake": "keys1",
        "dtls13handshake": "keys1", "application": "keys2", "quic1rtt": "keys2", "session": "keys2", "dtls1": "keys2", "sslv2": "keys2",
        "dtls13application": "keys2", "before": "keys3",
    }  # fmt: skip
    assert {word: key_class(epoch.name) for word, epoch in EPOCHS.items() if not epoch.readable} == wanted
    assert key_class("") == key_class("\x00") == "keys3"


def test_signs_differ():
    assert len({sign(name, 0, 0) for name in ("warning", "again", "lost", "oddity", "padlock")}) == 5


def test_all_of_it_is_where_the_pointer_rests():
    ladder = made()
    for place in places(ladder, 0):
        assert re.match(r'<g class="rung [^"]*"><title>', draw(place, Wording(ladder), "failed"))
