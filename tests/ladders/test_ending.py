"""How a handshake ended, in a sentence."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.handshake import OUTCOMES, Endpoint, Handshake
from analyzer.ladders.ending import sentence


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("tls12-ecdhe-rsa", ["The handshake is complete;", "(close_notify)"]),
        ("tls13", ["complete, as far as its encrypted records show"]),
        ("fail-plain-http", ["does not speak TLS", "HTTP"]),
        ("fail-server-resets", ["reset", "ads.example", "(RST)"]),
        ("fail-no-shared-cipher", ["cipher suite"]),
        ("quic-unknown-ca", ["mail.example"]),
    ],
)
def test_sentences(name, parts):
    made = next(made for _, made in analyzer.stream(talk.SAMPLES / f"{name}.pcapng"))
    text = sentence(made)
    assert all(part in text for part in parts), text
    assert text.endswith(".")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_has_one(outcome):
    ends = {"client": Endpoint(bytes(4), 1), "server": Endpoint(bytes(4), 2)}
    text = sentence(Handshake(**ends, outcome=outcome, closed="fin", closed_by="client"))
    assert text[0].isupper()
    assert text.endswith("the client closed the connection (FIN).")
