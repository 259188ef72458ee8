"""What a person asks of a live capture, what a catcher says of it, and what a catcher is.

Here lives: the three nouns.  Here does not live: how packets are caught (``programs``, ``sniffing``), who is tried (``opening``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from io import RawIOBase

__all__ = ["SNAPLEN", "Catcher", "Request", "Tally"]

SNAPLEN = 262144
"""Bytes kept of each packet: what Wireshark takes for "all of it"; more than any packet that offloading makes (64 KiB and headers)."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One interface, and how to capture on it.

    ``interface`` is its name here; ``filter`` is a BPF filter as of pcap-filter(7), or empty; ``snaplen`` is how many bytes of a packet are
    kept; ``promiscuous`` asks for packets that are meant for others too; ``monitor`` for 802.11 frames as they are in the air.
    """

    interface: str
    filter: str = ""
    snaplen: int = SNAPLEN
    promiscuous: bool = True
    monitor: bool = False


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the packets that matched the filter, as far as the catcher knows now; None where it does not know.

    ``received`` reached the capture; ``dropped_by_kernel`` were lost before it because the catcher did not read fast enough (not among
    ``received``); ``dropped_by_interface`` were lost by the network card or its driver.
    """

    received: int | None = None
    dropped_by_kernel: int | None = None
    dropped_by_interface: int | None = None


class Catcher(Protocol):
    """Whatever captures on one interface; it captures from when it is made."""

    @property
    def name(self) -> str:
        """Who catches: "dumpcap", "tcpdump" or "scapy"."""

    @property
    def input(self) -> RawIOBase:
        """The bytes of a capture (pcap or pcapng) as they come: unbuffered, blocking, with a ``fileno()``; EOF when the capture is over."""

    def stop(self) -> None:
        """Ask it to end: what it holds still comes, then EOF. May be called more than once and from any thread; never blocks."""

    def tally(self) -> Tally:
        """Return the figures known now. Cheap, at any time, from any thread; never blocks. Whole after ``ended``."""

    def ended(self) -> str | None:
        """After EOF: reap it and return in one line why it ended, or None where that was our ``stop``."""

    def close(self) -> None:
        """End it at once, reap it, and close ``input``; never raises, may be called more than once."""
