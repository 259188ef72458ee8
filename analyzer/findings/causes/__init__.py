"""Causes: why a handshake did not complete, with proof and advice.

Here lives: the room's face, and that most handshakes need no look.  Here does not live: the table and the command that show causes
(``findings``, ``cli``).  What explains is imported when the first handshake asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes.cause import CAUSES, Cause, Judgement, Verdict

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Handshake

__all__ = ["CAUSES", "Cause", "Judgement", "Verdict", "causes"]


def causes(handshake: Handshake, verdict: Verdict | None = None) -> tuple[Cause, ...]:
    """Return why a handshake did not complete, the most probable cause first; never raises.

    () for a handshake that completed and was not refused later: that shows only where the server closed without a word.  ``verdict``
    judges chains (see ``cause.Verdict``); without it alerts, dates and names of certificates decide.
    """
    if handshake.outcome == "complete" and (handshake.closed_by != "server" or handshake.closed not in {"fin", "rst"}):
        return ()
    from analyzer.findings.causes.explain import causes as explain  # noqa: PLC0415 - a scan in which nothing failed needs none of it

    return explain(handshake, verdict)
