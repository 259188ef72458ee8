"""Ending: how a handshake ended, in a sentence.

Here lives: the sentences of outcomes.  Here does not live: why it failed (``findings.causes``), whose first sentence is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes import causes
from analyzer.handshakes.handshake import OUTCOMES

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Handshake

__all__ = ["sentence"]

CLOSES = {
    "close_notify": "said that it closes (close_notify)", "fin": "closed the connection (FIN)", "rst": "reset the connection (RST)",
    "connection_close": "closed the connection (CONNECTION_CLOSE)",
}  # fmt: skip


def sentence(handshake: Handshake) -> str:
    """Return how it ended: the outcome, the close, and where it did not complete the most probable cause."""
    parts = [f"{handshake.outcome}: {OUTCOMES.get(handshake.outcome, '')}"]
    found = causes(handshake)
    if found:
        hint = " (told from sizes and order: it is encrypted)" if found[0].inferred else ""
        parts = [f"{handshake.outcome}: {found[0].sentence.rstrip('.')}{hint}"]
    if handshake.closed is not None:
        parts.append(f"the {handshake.closed_by} {CLOSES.get(handshake.closed, handshake.closed)}")
    return "; ".join(parts) + "."
