"""Live capture: packets of an interface as the bytes of a capture file that has not ended.

Here lives: what the room shows to those above.  Here does not live: anything that reads those bytes (``analyzer.capture``).
"""

from __future__ import annotations

from analyzer.capture.live.request import SNAPLEN, Catcher, Request, Tally

__all__ = ["SNAPLEN", "Catcher", "Request", "Tally"]
