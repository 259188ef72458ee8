"""Outcome: the last word on a handshake that nothing ended in so many words.

Here lives: the choice among handshake.OUTCOMES from what was and was not seen.  Here does not live: collecting it (``progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.capture.block import SOURCE_SHIFT
from analyzer.handshakes.handshake import CLIENT, SERVER

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.progress import Progress

__all__ = ["conclude", "judge", "once", "settled"]

PATIENCE_NS, MOST_NS = 200_000_000, 2_000_000_000
"""Live: nanoseconds that a server which can be reached at once is given to refuse what a client finished with, and at most."""


def judge(progress: Progress, *, heard: set[str]) -> str:
    """Return the outcome.

    ``heard`` are the senders with any packet in the capture (an ACK is enough).  In this order: what was settled stays; a TLS 1.3
    client that finished has completed as far as the wire shows; a connection with one direction is one-sided once its sender
    had finished; a hello without an answer in TLS was refused before, or got another answer, or is unanswered unless bytes of the
    answer are missing; the rest was aborted (closed) or cut (not closed, or bytes missing).
    """
    made, finished = progress.handshake, progress.finished
    if made.outcome in {"complete", "failed"}:
        return made.outcome
    if progress.settling or progress.mutual:
        return "complete"
    if len(heard) == 1:
        (only,) = heard
        if finished[only] or _sealed(progress, only):
            return "one_sided"
        if only == SERVER:
            return "cut"
    answered = any(seen.sender == SERVER for seen in made.seen)
    if not answered and made.preludes and made.preludes[-1].granted is False:
        return "refused"
    if not answered and made.answer:
        return "not_tls"
    if not answered and not made.lost.get(SERVER):
        return "unanswered"
    if made.closed is not None and not made.lost:
        return "aborted"
    return "cut"


def conclude(progress: Progress, heard: set[str]) -> Handshake:
    """Give the last word on a handshake (``judge``), put its packets in order, and return it."""
    made = progress.handshake
    made.outcome = judge(progress, heard=heard)
    made.packets = once(made.packets)
    return made


def settled(made: Handshake) -> int:
    """Return the time (ns) from which silence says that a TLS 1.3 client's Finished was taken: a way there and back, and some more."""
    return made.end + min(PATIENCE_NS + (made.connect or 0) * 3 // 2, MOST_NS)


def once(packets: list[int]) -> list[int]:
    """Return each packet once, in order; over several captures, whose ids do not follow time, in order of their messages."""
    numbers = sorted(set(packets))
    return numbers if not numbers or numbers[0] >> SOURCE_SHIFT == numbers[-1] >> SOURCE_SHIFT else list(dict.fromkeys(packets))


def _sealed(progress: Progress, sender: str) -> bool:
    """Whether this sender got as far as encrypting."""
    made = progress.handshake
    if sender == CLIENT and any(event.kind == "application_data" and event.sender == CLIENT for event in made.events):
        return True
    return any(seen.sender == sender and seen.message is None for seen in made.seen)
