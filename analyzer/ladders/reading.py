"""Reading: Handshake → Ladder.

Here lives: the order of the work, the order of the rungs.  Here does not live: what becomes a rung (``spoken``, ``happenings``,
``missing``), what is said of it (``telling``, ``fields``, ``steps``, ``epochs``, ``pacing``, ``ending``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.facts.agreement import key_cells
from analyzer.facts.hello import server_name
from analyzer.facts.story import Story
from analyzer.facts.texts import address_text, place_text
from analyzer.ladders import ending, epochs, happenings, missing, pacing, spoken, steps, telling
from analyzer.ladders import fields as all_fields
from analyzer.ladders.draft import several_sources
from analyzer.ladders.ladder import Ladder
from analyzer.tls.codes import SERVER_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.handshakes.handshake import Endpoint, Handshake
    from analyzer.ladders.draft import Draft, Place

__all__ = ["RUNGS", "ladder"]

RUNGS = 1000
"""Rungs of a ladder: more than the limits on messages, events and anomalies let a handshake have, unless somebody raised them."""


def ladder(handshake: Handshake, sources: Sequence[str], *, fields: bool = False) -> Ladder:
    """Return a handshake as a Ladder; ``sources`` are the names of the captures, ``fields``: with every field of its messages.

    Never raises, whatever the handshake holds.  Rungs stand in the order of the capture, by their first packets; messages of one sender
    stand in the order of its stream, whatever the order of its packets.
    """
    story = Story(handshake)
    drafts = _in_order(handshake, [*spoken.drafts(story)], [*happenings.drafts(story)])
    epoch_list = epochs.protect(story, drafts)
    telling.tell(story, drafts)
    if fields:
        for one in drafts:
            if one.seen is not None:
                one.fields = all_fields.fields(one.seen)
    pace = pacing.measure(handshake, drafts)
    drafts = missing.place(story, drafts)
    taught = steps.number(story, drafts)
    version, suite, group = handshake.version, handshake.cipher_suite, key_cells(story, None)[2]
    return Ladder(
        number=handshake.number, client=_place(handshake.client), server=_place(handshake.server),
        server_name=server_name(story.offered.get(SERVER_NAME)), framing=handshake.framing,
        version=None if version is None else registry.version_name(version) or f"0x{version:04x}",
        cipher_suite=None if suite is None else registry.cipher_suite_name(suite) or f"0x{suite:04x}",
        group=group, outcome=handshake.outcome, ending=ending.sentence(handshake), taught=taught,
        rungs=tuple(one.rung(sources) for one in drafts[:RUNGS]), epochs=epoch_list, pace=pace, left_out=max(0, len(drafts) - RUNGS),
    )  # fmt: skip


def _place(end: Endpoint) -> str:
    return place_text(address_text(end.address), end.port)


def _in_order(handshake: Handshake, messages: list[Draft], others: list[Draft]) -> list[Draft]:
    """Put messages, which stay in their order for each sender, and all else in order of capture."""
    by_time = several_sources(handshake)
    placed: list[tuple[Place, int, int, Draft]] = []
    latest: dict[str, Place] = {}
    for index, one in enumerate(messages):
        place = max(one.place(by_time=by_time), latest.get(one.sender, (0, 0)))
        latest[one.sender] = place
        placed.append((place, _FIRST, index, one))
    for index, one in enumerate(others):
        placed.append((one.place(by_time=by_time), _BEFORE.get(one.kind, _AFTER), index, one))
    placed.sort(key=lambda row: row[:3])
    return [row[3] for row in placed]


_FIRST, _AFTER = 1, 2
_BEFORE = {"prelude": 0, "loss": 0, "tcp": 3}
"""Kinds that stand elsewhere in one packet than behind its messages: what was lost comes first, a FIN last."""
