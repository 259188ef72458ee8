"""Heartbeats: what in them speaks of Heartbleed (CVE-2014-0160), in the clear and behind encryption.

Here lives: the arithmetic of a heartbeat's least length and of answers longer than what was asked.  Here does not live: the rule itself
(``protocol``), reading heartbeats (``handshakes.progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Handshake

__all__ = ["bleeds", "least_sealed"]

LEAST = 1 + 2 + 16
"""Type, payload length, padding: no heartbeat is shorter (RFC 6520 section 4)."""
SLACK = 64
"""Bytes by which an honest answer may be longer than its request: each side chooses its padding, and blocks are filled up."""
_MACS = {"MD5": 16, "SHA": 20, "SHA256": 32, "SHA384": 48}
_BLOCKS = {"3DES": 8, "DES": 8, "IDEA": 8, "RC2": 8}


def least_sealed(code: int | None, version: int | None) -> int:
    """Return the least length of an encrypted record that holds a heartbeat, 0 where the suite is not known (RFC 5246 section 6.2.3).

    Encrypt-then-MAC makes it no shorter.
    """
    suite = None if code is None else registry.cipher_suite(code)
    if suite is None or version is None:
        return 0
    if suite.aead:
        return LEAST + 8  # the shortest tag; nonces are left out where the suite has none
    mac = _MACS.get(suite.mac or "", 0)
    if suite.mode != "CBC":
        return LEAST + mac
    block = _BLOCKS.get(suite.cipher, 16)
    padded = (LEAST + mac + 1 + block - 1) // block * block
    return padded + (block if codes.tls_of(version) >= codes.TLS11 else 0)


def bleeds(handshake: Handshake) -> str:
    """Tell how a connection's heartbeats break RFC 6520, "" where they do not.

    In the clear a request claims more than it holds.  Behind encryption one that is shorter than any heartbeat must do the same, and an
    answer that is longer than what was asked tells that it worked.  What follows a heartbeat of the other side answers it.
    """
    claims = [one.detail for one in handshake.anomalies if one.kind == "malformed-heartbeat"]
    sealed = not claims and handshake.outcome == "complete"
    least = least_sealed(handshake.cipher_suite, handshake.version) if sealed else 0
    asked: dict[str, int] = {}  # by whom, and the longest that waits for its answer
    short = ""
    for beat in handshake.events:
        if beat.kind != "heartbeat":
            continue
        other = SERVER if beat.sender == CLIENT else CLIENT
        if other in asked:
            length = asked.pop(other)
            if beat.length > length + (SLACK if not claims else 0):
                what = f"{claims[0]}, and" if claims else f"of {length} bytes from the {other}"
                return f"a heartbeat {what} was answered with {beat.length} bytes"
        else:
            asked[beat.sender] = max(asked.get(beat.sender, 0), beat.length)
        if beat.length < least and not short:
            short = f"an encrypted heartbeat of {beat.length} bytes, where none is shorter than {least}"
    return f"a heartbeat {claims[0]}" if claims else short
