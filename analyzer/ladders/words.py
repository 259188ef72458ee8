"""Words: a ladder and its rungs in sentences, for who listens to it and for places that hold no picture.

Here lives: these sentences.  Here does not live: escaping them for a medium (who writes them does), layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.phrases import Numbers, lasted, offset, sizes, thought

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.ladders.ladder import Ladder, Rung

__all__ = ["Wording", "agreed", "arrow", "heading", "shares", "waited"]

_OTHER = {"client": "server", "server": "client"}
_LONGEST = 300
"""Characters of one text from the wire in a sentence."""


def heading(ladder: Ladder) -> str:
    """Return what a ladder is called: "Handshake 12: www.example.com"."""
    return f"Handshake {ladder.number}: {ladder.server_name or ladder.server}"


def agreed(ladder: Ladder) -> str:
    """Return what both sides agreed on, and the outcome."""
    return " · ".join(text for text in (ladder.version, ladder.cipher_suite, ladder.group, ladder.outcome) if text)


def arrow(rung: Rung) -> str:
    """Return from whom to whom: "client → server"."""
    return f"{rung.sender} → {_OTHER.get(rung.sender, 'its peer')}"


FLIGHTS = "flights"
WITHIN = "flights: while one side goes on with what it says in one go; its packets wait for acknowledgements, are late, or it thinks"
"""What no side waited for an answer in."""
_LITTLE = 50
"""A fiftieth of the whole may belong to nobody without a word."""


def shares(ladder: Ladder) -> list[tuple[str, int]]:
    """Return (whose, ns) for who took how much of the time, as far as that is known; what is left is that within flights (WITHIN)."""
    pace = ladder.pace
    known = (("client", pace.client), ("server", pace.server), ("network", pace.network))
    told = [(name, ns) for name, ns in known if ns is not None and ns >= 0]
    rest = (pace.total or 0) - sum(ns for _, ns in told)
    return [*told, (FLIGHTS, rest)] if told and rest * _LITTLE > (pace.total or 0) else told


def waited(rung: Rung) -> str:
    """Return how long its sender took to answer, and what of it was the network's; "" where that is not known."""
    if rung.thought is not None and rung.network is not None and rung.network >= rung.thought:
        return f"network {lasted(rung.network)}"  # a kernel answered, or somebody who thinks faster than can be told
    return thought(rung)


class Wording:
    """Says the rungs of one ladder."""

    def __init__(self, ladder: Ladder) -> None:
        """Look at when it begins and which captures its packets are from."""
        self._ladder = ladder
        self._numbers = Numbers(ladder)
        self._start = next((rung.time for rung in ladder.rungs if rung.time is not None), 0)

    @property
    def captures(self) -> list[tuple[str, str]]:
        """(letter, name) of the captures where there are several."""
        return list(self._numbers.captures)

    def at(self, rung: Rung) -> str:
        """Return when it was, in seconds since the first one; "" for what did not come."""
        return "" if rung.time is None else offset(rung.time - self._start)

    def packets(self, rung: Rung) -> str:
        """Return "packet 12", "packets 12-14" or ""."""
        numbers = self._numbers.of(rung)
        return f"packet{'s' if '-' in numbers else ''} {numbers}" if numbers else ""

    def keys(self, rung: Rung) -> str:
        """Return the name of the keys that protect it; "" for none."""
        epochs = self._ladder.epochs
        return epochs[rung.epoch].name if rung.epoch is not None and 0 <= rung.epoch < len(epochs) else ""

    def told(self, rung: Rung) -> list[str]:
        """Return what is known of a rung beside its name, in short pieces."""
        pieces = [*sizes(rung), self.packets(rung)]
        if rung.step:
            pieces.append(rung.step if rung.step.startswith("flight") else f"step {rung.step}")
        if rung.encrypted:
            keys = self.keys(rung)
            pieces.append(f"encrypted with {keys}" if keys else "encrypted")
        if rung.guessed:
            pieces.append("named by its place and size")
        return [piece for piece in pieces if piece]

    def sentence(self, rung: Rung) -> str:
        """Return all that is known of a rung but its fields."""
        name = _short(rung.name)
        if rung.kind == "missing":
            said = f"Missing from the {rung.sender}: {name}"
        elif rung.kind == "loss":
            said = f"Lost from the {rung.sender}: {name}"
        else:
            said = f"{rung.sender.capitalize()} sends {name}"
        at = self.at(rung)
        pieces = [f"{at} s: {said}" if at else said, *self.told(rung)]
        fields = "; ".join(_short(f"{label} {text}".strip()) for label, text in rung.telling)
        return ", ".join(pieces) + "." + (f" {fields}." if fields else "") + (f" {_short(rung.note)}." if rung.note else "")

    def sentences(self, most: int) -> Iterator[str]:
        """Give the whole ladder in at most about ``most`` rungs' sentences, with a word on what is left out."""
        ladder = self._ladder
        yield f"{_short(heading(ladder))}, between client {ladder.client} and server {ladder.server}. {_short(agreed(ladder))}."
        if ladder.ending:
            yield _short(ladder.ending) + "."
        for rung in ladder.rungs[:most]:
            yield self.sentence(rung)
        rest = max(len(ladder.rungs) - most, 0) + ladder.left_out
        if rest:
            yield f"{rest:,} more are not told here."


def _short(text: str) -> str:
    return (text if len(text) <= _LONGEST else text[:_LONGEST] + "…").rstrip(". ")
