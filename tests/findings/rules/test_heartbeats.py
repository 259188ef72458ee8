"""heartbeats: no heartbeat is shorter than its parts, whatever seals it; what bleeds is told from both ends."""

import captures as c
import captures_handshakes as h
import pytest
import talk
from hypothesis import given
from hypothesis import strategies as st
from talk import CLIENT, SERVER

from analyzer.findings.rules.heartbeats import SLACK, bleeds, least_sealed
from analyzer.handshakes.handshake import Event

TLS10, TLS12 = 0x0301, 0x0303


def cbc(mac, block, version, payload=0):
    """The length of a sealed heartbeat, by RFC 5246 section 6.2.3.2: IV (from TLS 1.1 on), content, MAC, at least one byte of padding."""
    content = 1 + 2 + payload + 16
    padding = block - (content + mac) % block
    return (block if version > TLS10 else 0) + content + mac + padding


@pytest.mark.parametrize(
    ("suite", "version", "least"),
    [
        (0x002F, TLS10, cbc(20, 16, TLS10)), (0x002F, TLS12, cbc(20, 16, TLS12)), (0xC027, TLS12, cbc(32, 16, TLS12)),
        (0x000A, TLS10, cbc(20, 8, TLS10)), (0x000A, TLS12, cbc(20, 8, TLS12)), (0xC028, TLS12, cbc(48, 16, TLS12)),
        (0x0005, TLS10, 19 + 20), (0x0004, TLS10, 19 + 16), (0x0002, TLS10, 19 + 20),
        (0xEEEE, TLS12, 0), (None, TLS12, 0), (0x002F, None, 0),
    ],
)  # fmt: skip
def test_least_lengths(suite, version, least):
    assert least_sealed(suite, version) == least


@given(st.sampled_from([(0x002F, 20, 16), (0x000A, 20, 8), (0xC027, 32, 16)]), st.sampled_from([TLS10, TLS12]), st.integers(0, 300))
def test_no_honest_heartbeat_is_shorter(suite, version, payload):
    code, mac, block = suite
    assert cbc(mac, block, version, payload) >= least_sealed(code, version)


@pytest.mark.parametrize("suite", [0xC02F, 0xCCA8, 0xC0A2])
def test_aead_is_at_least_its_tag_longer(suite):
    """Tags of 8 bytes are the shortest (RFC 6655 section 4)."""
    assert 19 + 8 <= least_sealed(suite, TLS12) <= 19 + 8 + 16


def sealed():
    hello, flight, *rest = c.full(**h.MAY_BEAT)
    [one] = talk.read(c.made([hello, flight, *rest]).packets)
    assert one.outcome == "complete"
    return one


SEALED = sealed()
LENGTHS = st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), st.integers(40, 20_000)), max_size=8)


def with_beats(*beats):
    SEALED.events = [Event("heartbeat", sender, 20 + at, 0, length) for at, (sender, length) in enumerate(beats)]
    return SEALED


@given(st.lists(st.integers(40, 16_000), max_size=6), st.lists(st.integers(0, SLACK), min_size=6, max_size=6))
def test_honest_answers(requests, more):
    """An answer is as long as its request, but for padding."""
    beats = [one for length, extra in zip(requests, more, strict=False) for one in ((CLIENT, length), (SERVER, length + extra))]
    assert bleeds(with_beats(*beats)) == ""


@given(st.integers(40, 4000), st.integers(SLACK + 1, 16_000))
def test_answers_that_are_too_long(asked, more):
    assert bleeds(with_beats((CLIENT, asked), (SERVER, asked + more))) == (
        f"a heartbeat of {asked} bytes from the client was answered with {asked + more} bytes")  # fmt: skip


@given(LENGTHS)
def test_any_heartbeats(beats):
    assert isinstance(bleeds(with_beats(*beats)), str)


def test_servers_attack_too():
    """CVE-2014-0160 holds for clients as well."""
    assert bleeds(with_beats((SERVER, 60), (CLIENT, 9000))) == "a heartbeat of 60 bytes from the server was answered with 9000 bytes"
