"""Who listens to a flow in place of a conversation.

Here lives: what a listener is told and must hold.  Here does not live: flows (``roads``).
"""

from __future__ import annotations

from analyzer.streams.flow import WATCH


class Ear:
    """A listener that keeps what each side's runs were."""

    weight = 0

    def reread(self, runs):
        self.again = runs

    def __init__(self, goes_on):
        self.runs, self.goes_on, self.over = ([], []), goes_on, False

    def begins(self, data):
        return data[:1] > b"\x80"

    def run(self, side, data, *when_and_lost):
        lost = when_and_lost[-1]
        assert not self.over
        assert lost >= 0
        self.runs[side].append((data, lost))
        return WATCH if self.goes_on or not data else data[0] % 3

    def play(self, *_):
        return -1

    def event(self, kind, *_):
        assert kind in {"syn", "syn_ack", "fin", "rst"}

    def late(self, _side, data, *_):
        assert data
        return data[0] % 3

    def note(self, kind, *_):
        assert kind in {"overlap-conflict", "buffer-full"}

    def confirm(self, time):
        self.confirmed = time

    def hitch(self, kind, _side, _packet, _time, length):
        assert kind in {"early", "late", "again"}
        assert length > 0

    def finish(self):
        assert not self.over
        self.over = True
