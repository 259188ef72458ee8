"""Details in chunks: what the page shows of one thing when somebody asks, some hundred things together, deflated.

Here lives: gathering, packing, waiting in a spooled file, and the limit of what is written.  Here does not live: what a detail
holds (``page``, ``rungs``), how it is unpacked (``store.js``).
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from analyzer.reports.html.embedding import deflated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Chunks"]

TOGETHER = 1024
"""Things in a chunk: they share what they have in common, and one is unpacked in some ten milliseconds."""
HEAVIEST = 4_000_000
"""Bytes of JSON after which a chunk is closed early: what waits to be packed stays small, whatever certificates hold."""
_SPOOL_BYTES = 4 << 20
"""What is larger than this waits on disk."""


class Chunks:
    """Chunks of one name, numbered from 0."""

    def __init__(self, name: str, shared: Callable[[], dict[str, Any]] = dict) -> None:
        """Start empty; ``shared`` gives what the things of the chunk that is being closed have in common."""
        self._name = name
        self._shared = shared
        self._waiting = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed when it is written, or with the report
        self._sizes: list[tuple[int, int]] = []
        """(bytes, things) of each chunk."""
        self._gathered: list[tuple[Any, Mapping[str, Any]]] = []
        self._weight = 0

    def add(self, key: Any, facts: Mapping[str, Any]) -> str:
        """Take one thing (values as JSON has them); return the name of the chunk that will hold it."""
        name = f"{self._name}-{len(self._sizes)}"
        self._gathered.append((key, facts))
        self._weight += len(msgspec.json.encode(facts))
        if len(self._gathered) >= TOGETHER or self._weight > HEAVIEST:
            self._close()
        return name

    def _close(self) -> None:
        names = dict.fromkeys(name for _, facts in self._gathered for name, value in facts.items() if value is not None)
        chunk = {
            "keys": [key for key, _ in self._gathered],
            "facts": {name: [facts.get(name) for _, facts in self._gathered] for name in names},
        }
        data = deflated(chunk | self._shared())
        self._sizes.append((len(data), len(self._gathered)))
        self._waiting.write(data)
        self._gathered, self._weight = [], 0

    def write(self, out: BinaryIO, room: int) -> tuple[int, int]:
        """Write the chunks, the first ones first, into ``room`` bytes; return (bytes written, things left out)."""
        if self._gathered:
            self._close()
        self._waiting.seek(0)
        written = left_out = 0
        for place, (size, things) in enumerate(self._sizes):
            head, tail = f'<script type="text/plain" id="{self._name}-{place}">'.encode(), b"</script>\n"
            if left_out or written + size + len(head) + len(tail) > room:
                left_out += things
                continue
            out.write(head + self._waiting.read(size) + tail)
            written += size + len(head) + len(tail)
        self._waiting.close()
        return written, left_out
