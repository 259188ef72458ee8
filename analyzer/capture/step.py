"""Step: what a format reader answers for a stretch of bytes, and the face that all format readers share.

Here lives: the contract between ``source`` (which has bytes) and ``pcap``/``pcapng`` (which know what they mean).
Here does not live: any format, any file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from analyzer.capture.block import Block, Column

__all__ = ["Decoder", "Step"]


class Step(NamedTuple):
    """One answer of ``Decoder.decode``."""

    block: Block | None
    """Packets found, None where there were none."""
    used: int
    """Bytes done with; the next call must start behind them."""
    need: int
    """Bytes, counted behind ``used``, without which the next call would get nowhere."""
    over: bool = False
    """True where reading cannot go on; the reason is in ``Source.damage``."""


class Decoder(Protocol):
    """A capture format, sans-IO: bytes in, Blocks out, everything else that it learns goes into its Source."""

    format: str
    """Name of the format, for ``Source.format``."""
    started: bool
    """True once the file's own header was read whole: from then on the input is a capture."""
    secrets: list[tuple[int, bytes]]
    """(type, bytes) of pcapng decryption secrets.  Key material: never printed, never part of a Source."""

    def decode(self, data: Column) -> Step:
        """Read the records that lie wholly in ``data`` (uint8, begins where the last step's ``used`` ended)."""
        ...

    def rest(self, data: Column) -> None:
        """Say in ``Source.damage`` what is wrong with the bytes that were left when the input ended."""
        ...
