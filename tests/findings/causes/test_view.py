"""What a handshake shows, and its words."""

from __future__ import annotations

import refusals
import talk
from talk import CLIENT, SERVER, play

from analyzer.findings.causes.view import SHOWN, View, alert_text, listed, packet_text


def test_packets_count_from_one_in_their_own_file():
    assert packet_text(6) == "packet 6"
    assert packet_text(3 << 40 | 6) == "packet 6"


def test_lists_are_bounded():
    assert listed([]) == "none"
    assert listed(["a", "b"]) == "a, b"
    assert listed(map(str, range(SHOWN + 5))).endswith(f"{SHOWN - 1} and 5 more")


def test_an_alert_in_words():
    made = refusals.refused(70)
    assert alert_text(made.alerts[0]) == "alert protocol_version (70) from the server in packet 5"


def test_the_offer_without_grease_and_signals():
    extensions = [talk.SERVER_NAME, refusals.versions(0x0A0A, 0x0304, 0x0303), refusals.groups(0x1A1A, 29),
        refusals.alpn(b"h2", b"http/1.1")]
    view = View(play([(CLIENT, talk.client_hello([0x2A2A, 0x1301, 0x00FF, 0x5600], extensions))]).one())
    assert (view.versions, view.suites, view.groups, view.protocols) == ((0x0304, 0x0303), (0x1301,), (29,), (b"h2", b"http/1.1"))
    assert (view.name, view.older, view.newest, view.schemes) == ("shop.example", False, 0x0304, ())
    assert view.versions_text == "TLS 1.3, TLS 1.2"


def test_a_hello_of_old_names_its_newest_version_only():
    view = View(play([(CLIENT, talk.client_hello(version=0x0302))]).one())
    assert (view.versions_text, view.newest, view.name) == ("up to TLS 1.1", 0x0302, None)
    assert view.server_text == "198.51.100.2 port 443"


def test_how_certain():
    view = View(refusals.refused(70))
    told = [view.make(rank, "refused", "", "", inferred=inferred)[1].certainty for rank,
        inferred in ((90, False), (99, True), (60, False), (59, False))]
    assert told == ["certain", "likely", "likely", "possible"]


def test_who_went_on():
    assert not View(refusals.refused(40, CLIENT, before=(refusals.flight(b"leaf"),))).client_went_on()
    assert View(play(talk.full12()).one()).client_went_on()
    assert View(play(talk.full12()).one()).answered
    assert not View(play([(CLIENT, talk.client_hello())]).one()).answered
    assert not View(play([(SERVER, talk.server_hello())]).one()).client_went_on()
