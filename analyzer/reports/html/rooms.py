"""Room: how many rows a table of the page may have, so that the most telling ones are there when not all can be.

Here lives: the counting.  Here does not live: what is telling (who asks knows).
"""

from __future__ import annotations

import msgspec

__all__ = ["Room"]

_KEPT = 4
"""One row in so many is kept free for what is telling."""


class Room(msgspec.Struct):
    """Room for ``most`` rows; the usual ones may take three quarters of it."""

    most: int
    taken: int = 0
    left_out: int = 0

    def take(self, *, telling: bool) -> bool:
        """Take room for a row, and tell whether there was some; what had none is counted."""
        if self.taken >= (self.most if telling else self.most - self.most // _KEPT):
            self.left_out += 1
            return False
        self.taken += 1
        return True
