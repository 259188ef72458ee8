"""Columns as few distinct values, and the reasons why something cannot be seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.findings.policies import builtin, judge, load
from analyzer.findings.policies.observed import Observed, coded
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m


def test_coded():
    codes, values = coded(["b", None, "a", "b"], split=False)
    assert [values[code] for code in codes] == ["b", None, "a", "b"]
    assert values[0] is None
    codes, values = coded(["x\0y", "x"], split=True)
    assert [values[code] for code in codes] == [("x", "y"), ("x",)]


def test_numbers_flags_and_times(make, observed):
    seen = observed(make.full(), make.handshake((SERVER, make.server_hello())))
    assert seen.value("cipher_bits", 0) == 128
    assert seen.value("start", 0) == make.START
    assert seen.value("extended_master_secret", 0) == 0
    assert seen.value("client_hello_bytes", 1) is None


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("fail-unanswered", "cipher_suite", "the server's answer is not in the capture"),
        ("tls13", "leaf_key_bits", "TLS 1.3 encrypts it"),
        ("tls13", "signature_scheme", "TLS 1.3 encrypts it"),
        ("tls13", "alpn", "TLS 1.3 encrypts it"),
    ],
)
def test_why_it_cannot_be_seen(sample, observed, name, column, reason):
    assert observed(*sample(name)).absence(column, 0) == reason


def test_why_it_cannot_be_seen_without_a_hello(make, observed):
    assert observed(make.handshake((SERVER, make.server_hello()))).absence("offered_groups", 0) == "the ClientHello is not in the capture"
    odd = observed(make.full(answer=make.server_hello(cipher_suite=0xEEEE)))
    assert odd.absence("cipher", 0) == "not in the capture, or unreadable"


def test_ssl2_answers_with_a_hello_of_its_own(make, observed):
    made = make.handshake((CLIENT, make.client_hello(sslv2=True)), framing="sslv2", version=2)
    assert observed(made).answered()[0] == -1
    made.seen.append(made.seen[0].__class__("server", 260, 10, 2, 2, 0, None))
    assert observed(made).answered()[0] == 1
    assert observed(made).value("version", 0) == "SSL 2.0"


U16 = st.integers(0, 0xFFFF)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_handshake_makes_it_raise(data, make, frame):
    """Whatever numbers stand in the hellos and whatever the certificate is, every policy has a verdict, and the states are one of four."""
    made = []
    for _ in range(data.draw(st.integers(0, 4))):
        lists = data.draw(st.lists(U16, max_size=6))
        groups = make.extension(10, make.vector(make.u16(*lists)))
        hello = make.client_hello(groups, cipher_suites=tuple(data.draw(st.lists(U16, max_size=5))), version=data.draw(U16))
        answer = make.server_hello(cipher_suite=data.draw(U16), compression_method=data.draw(st.integers(0, 255)), version=data.draw(U16))
        kind = data.draw(st.sampled_from(["ecdhe", "dhe", "rsa_export", "psk"]))
        number = data.draw(st.binary(max_size=40))
        exchange = m.ServerKeyExchange(kind=kind, group=data.draw(U16), dh_p=number, rsa_modulus=number, signature_scheme=data.draw(U16))
        chain = m.Certificate(chain=(m.CertificateEntry(data.draw(st.sampled_from([b"", b"0\x03", make.certificate()]))),))
        steps = [(CLIENT, hello), (SERVER, answer), (SERVER, chain), (SERVER, exchange)]
        made.append(make.handshake(*data.draw(st.permutations(steps)), version=data.draw(st.one_of(st.none(), U16))))
    seen = Observed(frame(*made))
    for policy in load(builtin()):
        states = judge(policy, seen).states
        assert states.shape == (len(policy.clauses), len(made))
        assert np.isin(states, range(4)).all()
