"""What one message costs, met for the first time and again: ``pytest tests/bench/bench_tls.py`` (not collected by default)."""

import itertools

import dense
import pytest

from analyzer.fingerprints.ja3 import ja3
from analyzer.fingerprints.ja4 import ja4
from analyzer.tls import codes
from analyzer.tls.messages import read_message
from analyzer.x509.certificate import read_certificate


def body(name, code):
    """The first message of a type in a sample whose flights are one record a message."""
    for *_, payload in dense.conversation(name):
        if payload[:1] == b"\x16" and payload[5] == code:
            return payload[9 : 9 + int.from_bytes(payload[6:9], "big")]
    raise LookupError(name)


@pytest.mark.parametrize("name", ["tls13", "tls13-mlkem", "tls12-rsa", "gnutls-tls13"])
def test_client_hello(benchmark, name):
    hello = body(name, codes.CLIENT_HELLO)
    randoms = itertools.count()  # each hello has a random of its own, as on the wire
    made = benchmark(lambda: read_message(codes.CLIENT_HELLO, hello[:2] + next(randoms).to_bytes(32) + hello[34:]))
    assert made.cipher_suites


@pytest.mark.parametrize("algorithm", [ja3, ja4])
def test_fingerprint(benchmark, algorithm):
    hello = read_message(codes.CLIENT_HELLO, body("tls13", codes.CLIENT_HELLO))
    assert benchmark(algorithm, hello)


def test_certificate(benchmark):
    der = dense.certificate()
    randoms = itertools.count()
    made = benchmark(lambda: read_certificate(der[:-8] + next(randoms).to_bytes(8)))  # another signature: nothing remembered
    assert made.subject
