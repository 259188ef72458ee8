"""Pacing: where the time of a handshake went — in its client, in its server, on the way between them.

Here lives: what each turn took, how much of it the network's round trip explains, where the capture was made.  Here does not live: the
times themselves (``handshakes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.ladder import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.handshakes.handshake import Handshake
    from analyzer.ladders.draft import Draft

__all__ = ["measure"]

OWN = frozenset({"message", "sealed", "alert"})


def measure(handshake: Handshake, drafts: Sequence[Draft]) -> Pace:
    """Give each rung its times, and return those of the whole."""
    before: Draft | None = None
    for one in drafts:
        if before is not None and one.time is not None and before.time is not None and one.time >= before.time:
            one.after = one.time - before.time
        before = one
    times = [one.time for one in drafts if one.kind in OWN and one.time is not None]
    return Pace(total=max(times) - min(times) if times else None, round_trip=handshake.connect)
