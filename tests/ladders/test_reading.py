"""A handshake as a ladder: for every sample, for anything that happens to its packets, and for hostile captures."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.ladders.reading import ladder

SAMPLES = sorted(talk.SAMPLES.glob("*.pcapng"))


def ladders(capture, **options):
    """Each handshake of a capture with its ladder."""
    walk = analyzer.stream(capture)
    return [(made, ladder(made, [source.name for source in walk.sources], **options)) for _, made in walk]


def check(made, drawn):
    """What holds for every ladder."""
    spoken = [rung for rung in drawn.rungs if rung.kind in {"message", "sealed"}]
    for sender in (talk.CLIENT, talk.SERVER):
        wanted = [(seen.code is None, seen.time) for seen in made.seen if seen.sender == sender]
        assert [(rung.kind == "sealed", rung.time) for rung in spoken if rung.sender == sender] == wanted
    assert all(rung.after is None or rung.after >= 0 for rung in drawn.rungs)
    assert all(rung.epoch is None or 0 <= rung.epoch < len(drawn.epochs) for rung in drawn.rungs)
    assert all(len(rung.telling) <= 6 for rung in drawn.rungs)


@pytest.mark.parametrize("capture", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_has_its_ladders(capture):
    for made, drawn in ladders(capture):
        check(made, drawn)
        packets = [rung.packet for rung in drawn.rungs if rung.packet is not None]
        assert packets == sorted(packets)
        times = [rung.time for rung in drawn.rungs if rung.time is not None]
        assert times == sorted(times)
