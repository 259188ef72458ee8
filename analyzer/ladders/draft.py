"""Draft: a rung in the making — what it is of, and its place in the capture, until all is known that a Rung says.

Here lives: the type, and the order of packets of one capture or of several.  Here does not live: what becomes a rung (``spoken``,
``happenings``, ``missing``), what is said of it (``telling``, ``steps``, ``epochs``, ``pacing``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.capture.block import SOURCE_SHIFT, packet_number
from analyzer.facts.texts import source_text
from analyzer.ladders.ladder import Rung

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.handshakes.handshake import Event, Handshake, Seen
    from analyzer.ladders.ladder import Field

__all__ = ["Draft", "Place", "several_sources"]

Place = tuple[int, int]
"""Where something stands in order of capture."""


def several_sources(handshake: Handshake) -> bool:
    """Whether its packets come from several captures, whose packet ids do not follow time."""
    return len({packet >> SOURCE_SHIFT for packet in handshake.packets}) > 1


class Draft(msgspec.Struct, kw_only=True):
    """A rung in the making.  ``packet`` and ``last`` are packet ids; all else is as in Rung."""

    kind: str
    sender: str
    name: str
    packet: int | None = None
    last: int | None = None
    time: int | None = None
    guessed: bool = False
    encrypted: bool = False
    step: str | None = None
    length: int | None = None
    records: tuple[int, ...] = ()
    epoch: int | None = None
    telling: tuple[tuple[str, str], ...] = ()
    note: str | None = None
    after: int | None = None
    thought: int | None = None
    network: int | None = None
    fields: tuple[Field, ...] = ()
    seen: Seen | None = None
    """The message that it is of."""
    event: Event | None = None
    """The event that it is of."""
    late: bool = False
    """It came once the handshake was over: how the connection closes, what was said after."""

    def place(self, *, by_time: bool) -> Place:
        """Return where it stands; ``by_time``: over several captures."""
        packet, time = self.packet or 0, self.time or 0
        return (time, packet) if by_time else (packet, 0)

    def rung(self, sources: Sequence[str]) -> Rung:
        """Make it a Rung."""
        packet, last = self.packet, self.last if self.last is not None else self.packet
        return Rung(
            kind=self.kind, sender=self.sender, name=self.name, guessed=self.guessed, encrypted=self.encrypted, step=self.step,
            length=self.length, records=self.records, time=self.time,
            source=None if packet is None else source_text(packet, sources),
            packet=None if packet is None else packet_number(packet),
            last_packet=None if last is None else packet_number(last),
            epoch=self.epoch, telling=self.telling, note=self.note, after=self.after, thought=self.thought, network=self.network,
            fields=self.fields,
        )  # fmt: skip
