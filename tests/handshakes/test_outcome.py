"""Every last word, and what leads to it."""

from __future__ import annotations

import pytest
import talk
from talk import CCS, CLIENT, FINISHED13, SERVER, Wire, full12, full13, play

from analyzer.handshakes.handshake import OUTCOMES

HELLO = full12()[0]
FLIGHT = full12()[1]
CONNECT = b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n"

CASES = {
    "complete 1.2": (play(full12()), "complete"),
    "complete 1.3": (play(full13()), "complete"),
    "complete 1.3, nothing after the client's Finished": (play([*full13()[:2], (CLIENT, CCS + talk.data(FINISHED13))]), "complete"),
    "failed": (play([HELLO, (SERVER, talk.alert(40))]), "failed"),
    "failed and reset": (play([HELLO, (SERVER, talk.alert(40))]).rst(SERVER), "failed"),
    "unanswered, capture ends": (play([HELLO]), "unanswered"),
    "unanswered, closed": (play([HELLO]).fin(SERVER).fin(CLIENT), "unanswered"),
    "unanswered, reset": (play([HELLO]).rst(SERVER), "unanswered"),
    "not TLS": (play([HELLO, (SERVER, b"SSH-2.0-x\r\n")]), "not_tls"),
    "refused, and yet a hello": (play([(CLIENT, CONNECT), (SERVER, b"HTTP/1.1 403 Forbidden\r\n\r\n"), HELLO]), "refused"),
    "granted, not TLS": (play([(CLIENT, CONNECT), (SERVER, b"HTTP/1.1 200 OK\r\n\r\n"), HELLO, (SERVER, b"SSH-2.0-x\r\n")]), "not_tls"),
    "complete 1.3, the server's close_notify after the client's close": (
        play([*full13()[:2], (CLIENT, CCS + talk.data(FINISHED13))]).fin(CLIENT).server(talk.data(19)), "complete"),
    "failed 1.3, an alert after the client's Finished": (
        play([*full13()[:2], (CLIENT, CCS + talk.data(FINISHED13))]).server(talk.data(19)), "failed"),
    "aborted by FIN": (play([HELLO, FLIGHT]).fin(CLIENT).fin(SERVER), "aborted"),
    "aborted by RST": (play([HELLO, FLIGHT]).rst(CLIENT), "aborted"),
    "cut by the end of the capture": (play([HELLO, FLIGHT]), "cut"),
    "cut by a gap, though closed": (play([HELLO]).gap(SERVER, 1460).server(talk.handshake(talk.DONE)).fin(SERVER).fin(CLIENT), "cut"),
    "one side, finished": (play(full12()).only(CLIENT), "one_sided"),
    "one side, the server's": (play(full12()).only(SERVER), "one_sided"),
    "one side, 1.3's server": (play(full13()).only(SERVER), "one_sided"),
    "one side, only its hello": (play(full12()[:1]).only(CLIENT), "unanswered"),
    "one side, the server's beginning": (play(full12()[:2]).only(SERVER), "cut"),
    "no SYN, no answer": (play([HELLO], Wire()), "unanswered"),
}


@pytest.mark.parametrize(("wire", "outcome"), CASES.values(), ids=CASES)
def test_outcome(wire, outcome):
    assert wire.one().outcome == outcome


def test_every_outcome_is_shown_here():
    assert {outcome for _, outcome in CASES.values()} == set(OUTCOMES)
