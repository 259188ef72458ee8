"""The target of the live road: packets as they come, with silence between, told early and in the end, and kept.

Here lives: that walk.  Here does not live: what is said in the packets (``scripts``), the road of files (``roads``).
"""

from __future__ import annotations

from collections import Counter

from checks import SMALL, facts
from roads import RAW, SIZES, in_blocks
from scripts import MS, START, Script, frames

from analyzer.capture import Capture
from analyzer.capture.block import Block
from analyzer.capture.keeping import Keeper
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.pipeline import Counters, handshakes
from analyzer.watching import keep


class _File:
    """Takes what a keeper writes."""

    eager = True

    def __init__(self):
        self.data = b""

    def full(self, _size, _now):
        return False

    def turn(self):
        raise AssertionError("it is never full")

    def write(self, data):
        self.data += data

    close = turn


def live(data):
    """The packets that the bytes describe, as they come, with silence after some: each is told early once at most, in the end as ever.

    What is kept of them is a capture whatever they were.
    """
    options, body = data[:1] or b"\0", data[1:]
    size, pause = SIZES[options[0] >> 2 & 3], (options[0] >> 4) + 1
    rows = [(START + number * MS, frame) for number, (_, frame) in enumerate(frames(options[0], Script(body)))]
    out = _File()
    keeper, early, ended, now = Keeper(out, limits=SMALL), Counter(), [], START

    def ticking():
        nonlocal now
        for number, block in enumerate(in_blocks(rows, RAW, size)):
            now = max(now, block.now)
            yield block
            if not number % pause and number < 20 * pause:  # no more, or what closed is ended for being silent
                now += 200 * MS
                yield Block.tick(now)

    for one in handshakes(ticking(), DEFAULT, Counters(), live=True, keeper=keeper):
        keep(keeper, one)
        if isinstance(one, Handshake) and one.open:
            early[one.number] += 1
            assert one.number not in {other.number for other in ended if isinstance(other, Handshake)}
        else:
            ended.append(one)
    assert max(early.values(), default=1) == 1
    whole = [*handshakes(in_blocks(rows, RAW, size), DEFAULT, Counters())]
    assert sorted(map(facts, ended), key=repr) == sorted(map(facts, whole), key=repr)
    kept = Capture(out.data)
    assert sum(map(len, kept)) == keeper.packets
    assert kept.source.damage is None
