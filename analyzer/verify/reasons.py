"""Reasons: why the two readers differ, where that is known.

Here lives: the rules, each with the words for it.  Here does not live: finding differences (``compare``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.tls.codes import CLIENT_HELLO, HANDSHAKE_TYPES, SERVER_HELLO, is_tls13
from analyzer.verify.fact import LISTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.verify.fact import Fact

__all__ = ["NOTES", "Pair", "reason"]

DECRYPTED = "encrypted on the wire: Wireshark decrypts it with keys that the capture holds"
NULL_CIPHER = "behind the ChangeCipherSpec of a NULL cipher: Wireshark reads on, tlsscan takes it as encrypted"
REPEATED = "sent again: Wireshark dissects the same bytes again"


UNKNOWN_TYPES = HANDSHAKE_TYPES - {0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 67}
"""Handshake types that Wireshark 4.0 has no name for (tshark -G values, tls.handshake.type)."""
OF_SERVER_HELLO = frozenset(("session_id", "cipher_suite", "ja3s", "extensions", *LISTED))


class Pair(NamedTuple):
    """The two readings of one message, and what may explain why they differ."""

    wireshark: Fact | None
    tlsscan: Fact | None
    sealed: int | None
    """The packet from which its direction is encrypted for us, None where it never is."""
    null: bool = False
    """The cipher agreed on encrypts nothing."""
    keys: bool = False
    """The capture holds keys."""
    known: bool = True
    """Wireshark sees messages in this stream at all."""


def _sealed(pair: Pair, _field: str) -> bool:
    theirs = pair.wireshark
    return pair.tlsscan is None and theirs is not None and pair.sealed is not None and theirs.packet >= pair.sealed


def _decrypted(pair: Pair, field: str) -> bool:
    theirs = pair.wireshark
    return pair.tlsscan is None and theirs is not None and pair.keys and (theirs.decrypted or _sealed(pair, field))


def _null(pair: Pair, field: str) -> bool:
    return pair.null and _sealed(pair, field)


def _ciphertext(pair: Pair, field: str) -> bool:
    return not pair.keys and _sealed(pair, field)


def _elsewhere(pair: Pair, _field: str) -> bool:
    return pair.wireshark is None and not pair.known


def _unknown_type(pair: Pair, _field: str) -> bool:
    return pair.wireshark is None and pair.tlsscan is not None and pair.tlsscan.type in UNKNOWN_TYPES


def _late(pair: Pair, field: str) -> bool:
    return field == "packet" and pair.wireshark is not None and pair.tlsscan is not None and pair.wireshark.packet > pair.tlsscan.packet


def _quic_again(pair: Pair, _field: str) -> bool:
    ours = pair.tlsscan
    return pair.wireshark is None and ours is not None and ours.type == CLIENT_HELLO and ours.sides[0] == "udp" and _in_quic(ours)


def _in_quic(fact: Fact) -> bool:
    return "record_version" not in fact.values


def _draft(pair: Pair, field: str) -> bool:
    ours = pair.tlsscan
    return field in OF_SERVER_HELLO and ours is not None and ours.type == SERVER_HELLO and is_tls13(ours.values.get("version"))


def _broken(pair: Pair, _field: str) -> bool:
    return pair.tlsscan is not None and pair.tlsscan.broken


def _bytes_of_der(pair: Pair, field: str) -> bool:
    if field != "certificates" or pair.wireshark is None or pair.tlsscan is None:
        return False
    return len(pair.wireshark.values.get(field) or ()) == len(pair.tlsscan.values.get(field) or ())


def _repeated(pair: Pair, _field: str) -> bool:
    return pair.tlsscan is None and pair.wireshark is not None and pair.wireshark.repeated


RULES: tuple[tuple[Callable[[Pair, str], bool], str], ...] = (
    (_null, NULL_CIPHER),
    (_decrypted, DECRYPTED),
    (_repeated, REPEATED),
    (_ciphertext, "encrypted on the wire, and no keys are in the capture: Wireshark takes ciphertext for a message"),
    (_elsewhere, "Wireshark sees no TLS in this stream: it does not know it, or another dissector holds it"),
    (_quic_again, "QUIC: the hello sent again after a Retry or Version Negotiation, which Wireshark decrypts but does not dissect"),
    (_unknown_type, "Wireshark does not know this type"),
    (_draft, "a draft of TLS 1.3 before 22, whose ServerHello has no session id: Wireshark reads one"),
    (_broken, "the message breaks its own lengths: the readers do not stop at the same place"),
    (_late, "the same bytes: it is whole only in Wireshark's packet, which fills a gap or repeats it"),
    (_bytes_of_der, "Wireshark takes as many bytes for a certificate as its DER says, tlsscan as many as the message says"),
)
"""Test → words; the first that fits is told."""


NOTES = frozenset((DECRYPTED, NULL_CIPHER, REPEATED))
"""What explains a message that only Wireshark sees, and is no difference."""


def reason(pair: Pair, field: str) -> str | None:
    """Return why the readers differ in a field ("message": one of them has no such message); None where nobody knows."""
    return next((words for test, words in RULES if test(pair, field)), None)
