"""SVG: a ladder as one picture that stands alone: Ladder → str.

Here lives: the order of its parts, and the words for who cannot see it.  Here does not live: the parts (``drawing``), colours
(``ladder.css``).

The picture asks for nothing outside of it and runs nothing.  It is dark where its reader is, light on paper and where a program knows
neither.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from analyzer.escapes import svg
from analyzer.ladders.drawing import captions, lanes
from analyzer.ladders.drawing.arrows import draw as drawn
from analyzer.ladders.drawing.ink import element, rect, safe, title
from analyzer.ladders.drawing.placing import WIDTH, chosen, places
from analyzer.ladders.words import Wording, heading

if TYPE_CHECKING:
    from analyzer.ladders.ladder import Ladder

__all__ = ["draw", "style"]

_LONGEST = 30_000
"""Characters of the description: who listens needs an end."""
_SENTENCES = 200


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet, as it stands in each picture that stands alone."""
    return files("analyzer.ladders").joinpath("ladder.css").read_text(encoding="utf-8")


def draw(ladder: Ladder, *, alone: bool = True) -> str:
    """Return the picture; ``alone``: with its style sheet and its heading, else a page has both."""
    words = Wording(ladder)
    head, top = captions.head(ladder, titled=alone)
    placed = places(ladder, top + 10)
    bottom = (placed[-1].bottom if placed else top + 30) + 4
    left_out = chosen(ladder)[1] + ladder.left_out
    foot, height = captions.foot(ladder, placed, words, left_out, bottom)
    inner = [
        title(safe(heading(ladder))),
        element("desc", _description(words)),
        element("style", style()) if alone else "",
        rect(0, 0, WIDTH, height, "paper", 8),
        head,
        *lanes.lifelines(ladder, placed, top, bottom),
        *lanes.waits(placed),
        *(drawn(place, words, ladder.outcome) for place in placed),
        *lanes.steps(placed),
        *lanes.columns(placed, words),
        foot,
    ]
    return element(
        "svg", "".join(inner), xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height:.0f}", width=WIDTH, height=f"{height:.0f}",
        role="img", class_="ladder",
    )  # fmt: skip


def _description(words: Wording) -> str:
    return svg(safe(" ".join(words.sentences(_SENTENCES)), _LONGEST))
