"""Explain: all that may be the cause of one handshake's end, the most probable first.

Here lives: who is asked in which case, and the order of the answers.  Here does not live: what each concludes (``alerts``,
``certificates``, ``network``, ``plaintext``, ``quic``, ``sealed``, ``nothing_shared``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes import alerts, network, plaintext, quic, sealed
from analyzer.findings.causes.view import View
from analyzer.handshakes.handshake import CLIENT, SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.cause import Cause, Verdict
    from analyzer.findings.causes.view import Candidate
    from analyzer.handshakes.handshake import Handshake

__all__ = ["causes"]

DECODE_ERROR = 50
"""What OpenSSL says of a peer that closes in the middle."""
MOST = 6
"""Causes that are told of one handshake."""
_LEAST = 20
"""A rank below which a cause is told only where there is no other."""
_SAID = 88
"""A rank from which on nothing else is asked."""


def causes(handshake: Handshake, verdict: Verdict | None = None) -> tuple[Cause, ...]:
    """Return why a handshake did not complete, the most probable cause first; never raises.

    () for a handshake that completed and was not refused later.  ``verdict`` judges chains (see ``cause.Verdict``); without it alerts,
    dates and names of certificates decide.
    """
    view = View(handshake, verdict)
    best: dict[str, Candidate] = {}
    for candidate in _candidates(view):
        word = candidate[1].cause
        if word not in best or best[word][0] < candidate[0]:
            best[word] = candidate
    ranked = sorted(best.values(), key=lambda candidate: -candidate[0])
    return tuple(cause for place, (rank, cause) in enumerate(ranked[:MOST]) if not place or rank >= _LEAST)


def _candidates(view: View) -> Iterator[Candidate]:
    made, alert = view.handshake, view.alert
    if made.outcome == "complete":
        yield from sealed.late_refusal(view)
        return
    said = [*plaintext.before_tls(view), *quic.of_quic(view)]
    yield from said
    if any(rank >= _SAID for rank, _ in said):
        return  # what follows is only how both went apart
    if alert is not None and not _only_a_complaint(view):
        if alert.description is None:
            yield from sealed.by_sealed_alert(view, alert)
        else:
            yield from alerts.by_alert(view, alert)
        return
    yield from sealed.by_hidden_close(view)
    yield from network.by_close(view)


def _only_a_complaint(view: View) -> bool:
    """Whether an alert only says that the peer had closed, or had never answered: then that is what must be explained."""
    alert = view.alert
    if alert is None:
        return False
    peer = SERVER if alert.sender == CLIENT else CLIENT
    closed = any(event.time <= alert.time for event in view.events("fin", "rst", sender=peer))
    if alert.sender == CLIENT and not view.answered and not view.handshake.answer:
        spoke = any(event.kind not in {"syn_ack", "fin", "rst"} and event.sender == SERVER for event in view.handshake.events)
        return closed or not (spoke or any(one.sender == SERVER for one in view.handshake.anomalies))
    return closed and alert.description == DECODE_ERROR
