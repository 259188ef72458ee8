"""Where bytes come from: capture files, pipes and packets at hand, as Blocks in order of time.

``expand`` turns what the caller named into inputs, ``Capture(input, index)`` opens one of them, ``blocks(captures)`` walks them
all, and each ``capture.source`` then says what became of it.
"""

from analyzer.capture.block import SOURCE_SHIFT, Block, packet_number, packet_source
from analyzer.capture.body import Expanded, Readable, blocks, expand
from analyzer.capture.memory import Packets, from_packets
from analyzer.capture.reading import Capture
from analyzer.capture.source import Interface, Source

__all__ = [
    "SOURCE_SHIFT",
    "Block",
    "Capture",
    "Expanded",
    "Interface",
    "Packets",
    "Readable",
    "Source",
    "blocks",
    "expand",
    "from_packets",
    "packet_number",
    "packet_source",
]
