"""QUIC's own reasons, on Handshakes as the QUIC reader makes them (its own tests compare those with aioquic)."""

from __future__ import annotations

import pytest

from analyzer.findings.causes import causes
from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Event, Handshake, Quic
from analyzer.tls.messages import ClientHello

ENDS = {"client": Endpoint(bytes([192, 0, 2, 1]), 5000), "server": Endpoint(bytes([192, 0, 2, 2]), 443)}


def handshake(**fields):
    hello = ClientHello(version=0x0303, cipher_suites=(0x1301,), extensions=())
    return Handshake(**ENDS, transport="udp", framing="quic", client_hello=hello, client_hellos=[hello], **fields)


@pytest.mark.parametrize(("version", "words"), [(0xFF00001D, "QUIC draft 29"), (0x1A2A3A4A, "0x1a2a3a4a, a version made to be refused")])
def test_no_version(version, words):
    event = Event("version_negotiation", SERVER, 2, 5)
    made = handshake(outcome="unanswered", quic=Quic(version=version, versions_refused=(1, 0x6B3343CF)), events=[event])
    [first, *others] = causes(made)
    assert (first.cause, first.certainty, others) == ("no_shared_quic_version", "certain", [])
    assert words in first.sentence
    assert "QUIC v1, QUIC v2" in first.proof[1]
    assert first.packets == (2,)


@pytest.mark.parametrize(("detail", "cause"), [("error 0x1 (INTERNAL_ERROR)", "internal_error"),
    ("error 0x2 (CONNECTION_REFUSED)", "refused"),
                                               ("error 0xa (PROTOCOL_VIOLATION): no", "protocol_violation")])  # fmt: skip
def test_an_error_of_its_own(detail, cause):
    odd = Anomaly("quic-close", "quic", detail, SERVER, 3, 9)
    made = handshake(outcome="aborted", quic=Quic(version=1), anomalies=[odd], closed="connection_close", closed_by=SERVER)
    [first, *_] = causes(made)
    assert first.cause == cause
    assert detail in first.sentence


def test_a_client_that_gives_up():
    made = handshake(outcome="unanswered", quic=Quic(version=1), closed="connection_close", closed_by=CLIENT,
                     events=[Event("connection_close", CLIENT, 4, 9 * 10**9)])  # fmt: skip
    assert causes(made)[0].cause == "no_answer"
