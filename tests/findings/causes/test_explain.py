"""All together: the samples by what their stacks said, and any bytes."""

from __future__ import annotations

import json

import pytest
import refusals
import talk
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import CLIENT, SAMPLES, SERVER, Wire

import analyzer
from analyzer.findings.causes import CAUSES, causes

EXPECTED = {
    "fail-bad-record-mac": ["tampered"], "fail-certificate-expired": ["certificate_expired"] * 2,
    "fail-client-certificate-required": ["client_certificate_missing"] * 2,
        "fail-client-certificate-unknown": ["client_certificate_refused"] * 2,
    "fail-decrypt-error": ["tampered"], "fail-inappropriate-fallback": ["inappropriate_fallback"],
    "fail-no-application-protocol": ["no_shared_alpn"], "fail-no-shared-cipher": ["no_shared_cipher_suite"],
        "fail-plain-http": ["plaintext_server"],
    "fail-protocol-version": ["no_shared_version"] * 2, "fail-self-signed": ["certificate_self_signed"],
        "fail-server-closes": ["closed_after_hello"],
    "fail-server-resets": ["reset_after_hello"], "fail-unanswered": ["no_answer"], "fail-unknown-ca": ["certificate_unknown_ca"] * 2,
    "fail-unrecognized-name": ["name_not_served"] * 2, "fail-wrong-host": ["certificate_name"] * 2, "fail-wrong-host-ignored": [None],
    "dtls12-failed": ["no_shared_cipher_suite"], "quic-no-application-protocol": ["no_shared_alpn"],
        "quic-unknown-ca": ["certificate_refused"],
    "sslv2-hello": ["closed_by_client"],
}  # fmt: skip
"""Sample -> the cause of each of its handshakes: what its recipe in samples/lab makes go wrong."""
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_that_fails(name):
    found = [causes(one) for one in analyzer.scan(SAMPLES / f"{name}.pcapng")]
    assert [one[0].cause if one else None for one in found] == EXPECTED[name]


def test_every_failing_sample_is_expected():
    assert {name for name in MANIFEST if name.startswith("fail-")} <= EXPECTED.keys()


@pytest.mark.parametrize("name", sorted(MANIFEST.keys() - EXPECTED.keys()))
def test_a_sample_that_works_has_none(name):
    """The tour is staged from the others: what fails there has a cause, and what is complete has none."""
    for one in analyzer.scan(SAMPLES / f"{name}.pcapng"):
        assert bool(causes(one)) == (one.outcome != "complete"), one.number


def test_ranked_and_each_once():
    found = causes(refusals.refused(40))
    assert len({one.cause for one in found}) == len(found) <= 6
    order = ["certain", "likely", "possible"]
    ranks = [order.index(one.certainty) for one in found]
    assert ranks == sorted(ranks)


def test_an_alert_that_only_complains_of_the_close():
    """OpenSSL says decode_error of a peer that closed; the close is what must be explained."""
    wire = talk.play([(CLIENT, talk.client_hello())]).fin(CLIENT).server(talk.alert(50))
    assert causes(wire.one())[0].cause in {"no_answer", "closed_by_client"}


def test_an_alert_of_a_client_that_nobody_answered():
    made = talk.play([(CLIENT, talk.client_hello())]).wait(10**9).client(talk.alert(80)).one()
    assert causes(made)[0].cause == "no_answer"


TURNS = st.sampled_from(
    [talk.full12()[0], talk.full12()[1], talk.full12()[2], talk.full12()[3], *talk.full13(), (SERVER, talk.alert(40)),
        (CLIENT, talk.alert(48)),
     refusals.flight(b"leaf", more=(talk.REQUEST,)), (CLIENT, talk.handshake(talk.certificate_message())), (SERVER, b"220 mail\r\n")]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(TURNS, min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1500), st.integers(0, 255)), max_size=6),
    st.sampled_from(["", "fin", "rst"]), st.sampled_from([CLIENT, SERVER]), st.one_of(st.none(), st.text(max_size=20)),
)  # fmt: skip
def test_whatever_is_said_nothing_raises(turns, flips, end, ender, verdict):
    said = [bytearray(data) for _, data in turns]
    for turn, at, value in flips:
        if turn < len(said) and at < len(said[turn]):
            said[turn][at] = value
    wire = Wire().open()
    for (sender, _), data in zip(turns, said, strict=True):
        wire.say(sender, bytes(data))
    if end:
        getattr(wire, end)(ender)
    for made in wire.read():
        found = causes(made, None if verdict is None else refusals.judge(verdict))
        assert bool(found) or made.outcome == "complete"
        for one in found:
            assert one.cause in CAUSES
            assert one.certainty in {"certain", "likely", "possible"}
            assert not (one.inferred and one.certainty == "certain")
            assert one.sentence
            assert "\n" not in one.sentence
            assert one.advice
            assert all(0 < packet <= len(wire.packets) for packet in one.packets)
