"""One handshake, message by message: Handshake → Ladder → a drawing of it.

Here lives: the names that people import.  Here does not live: what any of it means for who was scanned (``findings``), whole
reports (``reports``).
"""

from analyzer.ladders.ladder import KINDS, Epoch, Field, Ladder, Pace, Rung

__all__ = ["KINDS", "Epoch", "Field", "Ladder", "Pace", "Rung"]
