"""Pacing: where the time of a handshake went — in its client, in its server, on the way between them.

A turn is what one side says in answer to the other.  Seen from where the capture was made, an answer takes as long as its sender thinks
and as long as the way to it and back.  SYN and SYN/ACK show the way to the server and back, SYN/ACK and the client's ACK the way to the
client and back, because a kernel answers both at once.  Without them (UDP, a capture that joined late) the quickest answer of each side is
taken for its way: then the network has at most so much, and each side thought at least the rest.

Here lives: what each turn took, how much of it was the network's, where the capture was made.  Here does not live: the times themselves
(``handshakes``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.ladders.ladder import Pace
from analyzer.ladders.steps import ASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.handshakes.handshake import Handshake
    from analyzer.ladders.draft import Draft

__all__ = ["measure"]

CLEARLY = 5
"""How many times as far one side must be than the other, to say that the capture was made near that other."""
TELLABLE = 200_000
"""Nanoseconds: ways shorter than this are those inside one machine, or of one cable, and kernels differ by more."""

Ways = dict[str, int]
"""sender -> ns to it and back, from where the capture was made; senders of whom it is not known are missing."""


def measure(handshake: Handshake, drafts: Sequence[Draft]) -> Pace:
    """Give each rung its times, and return those of the whole.  Times never are negative: where a clock was set back there are none."""
    for before, one in pairwise(drafts):
        one.after = _between(before.time, one.time)
    own = [one for one in drafts if _is_own(handshake, one)]
    times = [one.time for one in own if one.time is not None]
    turns = _turns(own)
    ways, measured = _ways(handshake, drafts, turns)
    for sender, thought, one in turns:
        one.thought = thought
        if sender in ways:
            one.network = min(thought, ways[sender])
    _syn_ack(drafts, ways, measured=measured)
    spent: dict[str, int | None] = {CLIENT: None, SERVER: None}
    network = None
    for sender, thought, one in turns:
        if one.network is not None:
            spent[sender] = (spent[sender] or 0) + thought - one.network
            network = (network or 0) + one.network
    both = CLIENT in ways and SERVER in ways
    return Pace(
        total=_between(min(times), max(times)) if times else None, client=spent[CLIENT], server=spent[SERVER], network=network,
        round_trip=sum(ways.values()) if both else None, where=_where(ways) if both and measured else None,
    )  # fmt: skip


def _between(earlier: int | None, later: int | None) -> int | None:
    return None if earlier is None or later is None or later < earlier else later - earlier


def _is_own(handshake: Handshake, one: Draft) -> bool:
    """Whether a rung is of the handshake itself: its messages, and the alert that failed it."""
    return one.kind in {"message", "sealed"} or (one.kind == "alert" and handshake.outcome == "failed") or one.name in ASKS


def _turns(own: Sequence[Draft]) -> list[tuple[str, int, Draft]]:
    """Return (sender, ns since its peer's last word, first rung) of each turn, but the first."""
    at: dict[int, int] = {}
    for one in own:
        if one.packet is not None and one.time is not None:
            at.setdefault(one.packet, one.time)
    turns = []
    for before, one in pairwise(own):
        if before.sender != one.sender:
            heard = before.time if before.last is None else max(at.get(before.last, 0), before.time or 0)  # when it was whole
            thought = _between(heard, one.time)
            if thought is not None:
                turns.append((one.sender, thought, one))
    return turns


def _ways(handshake: Handshake, drafts: Sequence[Draft], turns: Sequence[tuple[str, int, Draft]]) -> tuple[Ways, bool]:
    """Return how far each side is, and whether TCP's handshake shows both."""
    ways: Ways = {}
    for sender in (CLIENT, SERVER):
        quickest = [thought for who, thought, _ in turns if who == sender]
        if quickest:
            ways[sender] = min(quickest)
    server, client = _connect(drafts), handshake.confirm
    if server is None:
        return ways, False
    ways[SERVER] = server
    if client is not None and client >= 0:
        ways[CLIENT] = client
    return ways, client is not None


def _connect(drafts: Sequence[Draft]) -> int | None:
    """Return ns from the last SYN before the first SYN/ACK to that: of a SYN sent again the last is the one that was answered."""
    syn = None
    for one in drafts:
        if one.name == "SYN":
            syn = one.time
        elif one.name == "SYN/ACK":
            return _between(syn, one.time)
    return None


def _syn_ack(drafts: Sequence[Draft], ways: Ways, *, measured: bool) -> None:
    """Say of the first SYN/ACK that it is an answer, all of it the network's."""
    one = next((one for one in drafts if one.name == "SYN/ACK"), None)
    if one is not None and SERVER in ways and (measured or _connect(drafts) is not None):
        one.thought = one.network = ways[SERVER]


def _where(ways: Ways) -> str | None:
    """Say where the capture was made."""
    client, server = ways[CLIENT], ways[SERVER]
    if max(client, server) < TELLABLE:
        return None
    if client * CLEARLY <= server:
        return "near the client"
    return "near the server" if server * CLEARLY <= client else "between"
