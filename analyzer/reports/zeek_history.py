"""Zeek's ssl_history: a letter for each message in the order in which they came, upper case for those of the client.

Here lives: the letters (Zeek's documentation of SSL::Info).  Here does not live: the other columns (``zeek_ssl``).
"""

from __future__ import annotations

import heapq
from operator import itemgetter
from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.handshakes.handshake import Handshake

__all__ = ["history"]

LETTERS = {
    codes.HELLO_REQUEST: "h", codes.CLIENT_HELLO: "c", codes.SERVER_HELLO: "s", codes.HELLO_VERIFY_REQUEST: "v",
    codes.NEW_SESSION_TICKET: "t", codes.END_OF_EARLY_DATA: "e", codes.HELLO_RETRY_REQUEST: "j", codes.ENCRYPTED_EXTENSIONS: "o",
    codes.CERTIFICATE: "x", codes.SERVER_KEY_EXCHANGE: "k", codes.CERTIFICATE_REQUEST: "r", codes.SERVER_HELLO_DONE: "n",
    codes.CERTIFICATE_VERIFY: "y", codes.CLIENT_KEY_EXCHANGE: "g", codes.FINISHED: "f", codes.CERTIFICATE_URL: "w",
    codes.CERTIFICATE_STATUS: "u", codes.SUPPLEMENTAL_DATA: "a", codes.KEY_UPDATE: "p", codes.MESSAGE_HASH: "m",
    CHANGE_CIPHER_SPEC: "i",
}  # fmt: skip
"""HandshakeType -> letter."""
UNASSIGNED, ALERT, HEARTBEAT = "z", "l", "b"
SSLV2 = {256 + 1: "c", 256 + 4: "s"}
"""Of SSL 2.0 Zeek tells the hellos alone."""
LONGEST = 100
"""Letters that Zeek keeps (``max_ssl_history_length``)."""


def _letters(handshake: Handshake) -> Iterator[tuple[int, str, str]]:
    """Walk what has a letter, in order: time, sender, letter.  What is encrypted has none."""
    retry = handshake.hello_retry
    seen = []
    for one in handshake.seen:
        if one.code is None:
            continue
        letter = LETTERS.get(one.code) or SSLV2.get(one.code) or (UNASSIGNED if 0 <= one.code < 256 else "")
        if retry is not None and one.message is retry:  # a HelloRetryRequest has the type of a ServerHello (RFC 8446 section 4.1.4)
            letter = LETTERS[codes.HELLO_RETRY_REQUEST]
        seen.append((one.time, one.sender, letter))
    alerts = [(one.time, one.sender, ALERT) for one in handshake.alerts if one.description is not None]
    beats = [(one.time, one.sender, HEARTBEAT) for one in handshake.events if one.kind == "heartbeat"]
    yield from heapq.merge(seen, alerts, beats, key=itemgetter(0))


def history(handshake: Handshake) -> str:
    """Return the letters of a handshake, 100 at most."""
    letters = ""
    for _, sender, letter in _letters(handshake):
        letters += letter.upper() if sender == CLIENT else letter
        if len(letters) >= LONGEST:
            break
    return letters
