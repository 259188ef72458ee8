"""Which list of the client a refusal means: what is narrow, or lacks what all servers have."""

from __future__ import annotations

import pytest
import refusals
import talk
from refusals import USUAL, groups, refused, schemes, versions
from talk import CLIENT, SERVER

from analyzer.findings.causes import causes

MODERN = (versions(0x0304), talk.SHARE)
WIDE = (USUAL[0], USUAL[1], USUAL[2])
SUITES13 = (0x1301, 0x1302, 0x1303)

NARROW = {
    "one suite": (refused(40, suites=[0x002F]), "no_shared_cipher_suite"),
    "one kind of key": (refused(40, suites=[0xC02B, 0xC02C, 0xCCA9]), "no_shared_cipher_suite"),
    "one rare group": (refused(40, extensions=(USUAL[0], groups(30), *USUAL[2:])), "no_shared_group"),
    "one rare group of TLS 1.3": (refused(40, suites=SUITES13, extensions=(*MODERN, USUAL[0], groups(30), USUAL[2])), "no_shared_group"),
    "one scheme": (refused(40, extensions=(*USUAL[:2], schemes(0x0807), *USUAL[3:])), "no_shared_signature_scheme"),
    "one scheme of TLS 1.3": (refused(40, suites=SUITES13, extensions=(*MODERN, *USUAL[:2], schemes(0x0807))),
        "no_shared_signature_scheme"),
    "one suite of TLS 1.3": (refused(40, suites=[0x1305], extensions=(*MODERN, *WIDE)), "no_shared_cipher_suite"),
    "nothing narrow": (refused(40), "no_shared_cipher_suite"),
    "SSL 3.0": (refused(40, suites=[4, 5, 10, 47, 53], extensions=None, version=0x0300), "no_shared_version"),
}


@pytest.mark.parametrize(("made", "cause"), NARROW.values(), ids=NARROW)
def test_the_narrowest_list(made, cause):
    first = causes(made)[0]
    assert first.cause == cause
    assert first.certainty != "certain"


def test_both_lists_are_proof():
    [first, *_] = causes(refused(40, extensions=(USUAL[0], groups(30), *USUAL[2:])))
    assert first.proof == (
        "alert handshake_failure (40) from the server in packet 5",
        "the client offers in packet 4: x448",
        "the server takes: not told; its alert does not say and nothing it sent shows it",
    )
    assert first.packets == (5, 4)


def test_what_a_retry_asked_for_is_the_server_s_side():
    hello = talk.client_hello(SUITES13, [*MODERN, *WIDE])
    retry = talk.server_hello(0x1301, [talk.TLS13, talk.extension(51, b"\0\x18")], random=talk.RETRY)
    made = talk.play([(CLIENT, hello), (SERVER, retry), (CLIENT, hello), (SERVER, talk.alert(40))]).one()
    [first, *_] = causes(made)
    assert first.cause == "no_shared_group"
    assert "the server asked for secp384r1 in its HelloRetryRequest" in first.proof


@pytest.mark.parametrize(
    ("offer", "words"),
    [((versions(0x0304),), "TLS 1.3 only"), ((versions(0x0304, 0x0303),), "TLS 1.3, TLS 1.2"), ((), "up to TLS 1.2")],
)
def test_no_version(offer, words):
    [first, *_] = causes(refused(70, extensions=(*offer, *USUAL)))
    assert (first.cause, first.certainty) == ("no_shared_version", "certain")
    assert words in first.sentence
    assert "SSL" not in first.advice


def test_a_client_that_refuses_the_chosen_version():
    before = ((SERVER, talk.server_hello(0x002F, None, version=0x0301)),)
    [first, *_] = causes(refused(70, CLIENT, before=before))
    assert first.cause == "no_shared_version"
    assert first.sentence == "The client refused TLS 1.0, which the server chose; the client offers up to TLS 1.2."
    assert first.packets == (6, 4, 5)


def test_no_protocol():
    [first, *_] = causes(refused(120, extensions=(*USUAL, refusals.alpn(b"imap", b"h2"))))
    assert (first.cause, first.certainty) == ("no_shared_alpn", "certain")
    assert "imap, h2" in first.sentence
