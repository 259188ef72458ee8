"""Each shape in which Wireshark 4.0 is known to read something else, and the words for it; unknown shapes have none."""

import pytest

from analyzer.verify.fact import Fact
from analyzer.verify.reasons import NOTES, Pair, reason

SIDES = ("tcp", ("192.0.2.1", 50000), ("198.51.100.2", 443))


def fact(packet=4, kind=1, values=None, **more):
    return Fact(packet=packet, sides=SIDES, type=kind, values=values or {}, **more)


@pytest.mark.parametrize(
    ("pair", "field", "words"),
    [
        (Pair(fact(decrypted=True), None, 4, keys=True), "message", "with keys"),
        (Pair(fact(8), None, 6, keys=True), "message", "with keys"),
        (Pair(fact(8), None, 6, null=True), "message", "NULL cipher"),
        (Pair(fact(8), None, 6), "message", "ciphertext for a message"),
        (Pair(fact(repeated=True), None, None), "message", "dissects the same bytes again"),
        (Pair(None, fact(), None, known=False), "message", "no TLS in this stream"),
        (Pair(None, Fact(packet=4, sides=("udp", *SIDES[1:]), type=1, values={}), None), "message", "Retry"),
        (Pair(None, fact(kind=9), None), "message", "does not know this type"),
        (Pair(fact(kind=2), fact(kind=2, values={"version": 0x7F12}), None), "session_id", "no session id"),
        (Pair(fact(), fact(broken=True), None), "ja3", "its own lengths"),
        (Pair(fact(10), fact(6), None), "packet", "fills a gap"),
        (Pair(fact(values={"certificates": ("a",)}), fact(values={"certificates": ("b",)}), None), "certificates", "as its DER says"),
    ],
)
def test_known_reasons(pair, field, words):
    assert words in reason(pair, field)


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        (Pair(fact(5), None, 6, keys=True), "message"),
        (Pair(None, fact(), None), "message"),
        (Pair(fact(), fact(), None), "version"),
        (Pair(fact(4), fact(6), None), "packet"),
        (Pair(fact(values={"certificates": ()}), fact(values={"certificates": ("b",)}), None), "certificates"),
    ],
)
def test_unknown_reasons(pair, field):
    assert reason(pair, field) is None


def test_only_what_wireshark_sees_more_is_a_note():
    assert len(NOTES) == 3
