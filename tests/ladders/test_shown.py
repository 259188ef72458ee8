"""Shown: a notebook's picture of a ladder, which is otherwise the same."""

import msgspec

from analyzer.ladders import Ladder, Rung
from analyzer.ladders.shown import shown
from analyzer.ladders.svg import draw

HELLO = Rung(kind="message", sender="client", name="ClientHello")
LADDER = Ladder(number=3, client="192.0.2.1:5000", server="192.0.2.2:443", rungs=(HELLO,))


def test_it_is_the_same_with_a_picture():
    made = shown(LADDER)
    assert isinstance(made, Ladder)
    assert msgspec.to_builtins(made) == msgspec.to_builtins(LADDER)
    assert made._repr_svg_() == draw(LADDER)
