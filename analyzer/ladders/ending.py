"""Ending: how a handshake ended, in a sentence.

Here lives: the sentences of outcomes.  Here does not live: why it failed (``findings.causes``), whose first sentence is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes import causes
from analyzer.handshakes.handshake import OUTCOMES
from analyzer.tls.codes import speaks_tls13

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Handshake

__all__ = ["sentence"]

CLOSES = {
    "close_notify": "said that it sends no more (close_notify)", "fin": "closed the connection (FIN)", "rst": "reset the connection (RST)",
    "connection_close": "closed the connection (CONNECTION_CLOSE)",
}  # fmt: skip
"""How a connection was closed -> what its closer did."""


def sentence(handshake: Handshake) -> str:
    """Return how it ended: complete or the most probable cause why not, and who closed."""
    found = causes(handshake)
    if handshake.outcome == "complete":
        told = "The handshake is complete"
        if speaks_tls13(handshake.version, handshake.cipher_suite):
            told += ", as far as its encrypted records show"
        if found:
            told += f"; but afterwards: {_lower(found[0].sentence)}"
    elif found:
        told = found[0].sentence.rstrip(".")
        if found[0].inferred:
            told += " (inferred from sizes and order: it is encrypted)"
    else:
        told = OUTCOMES.get(handshake.outcome, handshake.outcome).capitalize()
    if handshake.closed is not None:
        told += f"; the {handshake.closed_by} {CLOSES.get(handshake.closed, handshake.closed)}"
    return f"{told}."


def _lower(text: str) -> str:
    text = text.rstrip(".")
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
