"""Shown: a Ladder that a notebook shows as a picture.

Here lives: that it is one, so that the noun itself knows no drawing.  Here does not live: the picture (``svg``).
"""

from __future__ import annotations

from analyzer.ladders.ladder import Ladder

__all__ = ["Shown", "shown"]


class Shown(Ladder, frozen=True, kw_only=True):
    """The same, with the method that notebooks ask for."""

    def _repr_svg_(self) -> str:
        """Return the picture."""
        from analyzer.ladders.svg import draw  # noqa: PLC0415 - only a notebook asks

        return draw(self)


def shown(ladder: Ladder) -> Shown:
    """Return a ladder as one that a notebook shows."""
    return Shown(**{field: getattr(ladder, field) for field in Ladder.__struct_fields__})
