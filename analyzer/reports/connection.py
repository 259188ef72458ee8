"""Connection: a handshake as tools that log connections want it, with the names by which they tell one connection from another.

Here lives: the row of the handshakes table by names of columns, the certificates of both sides, ids of Zeek's, Suricata's and
Community ID's kind.  Here does not live: any one tool's words (``zeek_ssl``, ``eve``, ``ecs``).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.handshakes.handshake import SERVER
from analyzer.x509 import read_certificate

if TYPE_CHECKING:
    from analyzer.facts.table import Table
    from analyzer.handshakes.handshake import Endpoint, Handshake
    from analyzer.reports.report import Told
    from analyzer.x509 import Certificate

__all__ = ["Connection", "Connections", "community_id", "flow_id", "set_only", "uid"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PROTOCOLS = {"tcp": 6, "udp": 17}
"""Transport -> its number in IP (IANA "Assigned Internet Protocol Numbers")."""


class Connection(msgspec.Struct, frozen=True):
    """A handshake, and the cells of its row in the handshakes table by the names of the columns."""

    handshake: Handshake
    cells: dict[str, Any]

    def chain(self, sender: str) -> tuple[bytes, ...]:
        """Return the certificates that a side showed, DER, its own first; () for none."""
        return (self.handshake.server_chain if sender == SERVER else self.handshake.client_chain) or ()

    def leaf(self, sender: str) -> Certificate | None:
        """Return the certificate of a side itself, None where it showed none."""
        chain = self.chain(sender)
        return read_certificate(chain[0]) if chain else None

    @property
    def resumed(self) -> bool:
        """Whether it takes up an earlier session, by whatever means."""
        return self.cells["resumption_evidence"] is not None

    @property
    def established(self) -> bool:
        """Whether both sides finished."""
        return self.handshake.outcome == "complete"


class Connections:
    """What makes Connections of what a report is told."""

    def __init__(self, tables: dict[str, Table]) -> None:
        """Start with all tables."""
        self._names = [column.name for column in tables["handshakes"].columns]

    def of(self, told: Told) -> Connection | None:
        """Return the handshake that is told; None where it is none."""
        if told.handshake is None:
            return None
        (row,) = told.rows("handshakes")
        return Connection(told.handshake, dict(zip(self._names, row, strict=True)))


def set_only(shape: dict[str, Any]) -> dict[str, Any]:
    """Leave out of an event what is not set: None, and lists and objects with nothing in them."""
    return {name: value for name, value in shape.items() if value is not None and value not in ([], {})}


def _ordered(handshake: Handshake) -> tuple[Endpoint, Endpoint]:
    """Return both ends, the smaller first, so that direction does not count."""
    ends = (handshake.client, handshake.server)
    first, second = sorted(ends, key=lambda end: (end.address, end.port))
    return first, second


def _digest(handshake: Handshake) -> bytes:
    """Hash what tells a handshake from all others: transport, both ends, its start."""
    told = [f"{handshake.transport} {handshake.start}"]
    told += [f"{end.address.hex()} {end.port}" for end in (handshake.client, handshake.server)]
    return hashlib.sha256("\n".join(told).encode()).digest()


def uid(handshake: Handshake) -> str:
    """Return an id of the shape that Zeek gives connections: C and 96 bits in base 62.

    Zeek draws its ids by chance.  This one is a hash of transport, ends and start, so that a capture gives the same bytes each time.
    """
    number = int.from_bytes(_digest(handshake)[:12], "big")
    digits = ""
    while number:  # 17 times at most
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return f"C{digits}"


def flow_id(handshake: Handshake) -> int:
    """Return an id as Suricata gives flows: a number of 53 bits, which JSON carries everywhere; a hash of the same as ``uid``."""
    return int.from_bytes(_digest(handshake)[12:20], "big") >> 11


def community_id(handshake: Handshake) -> str:
    """Return the Community ID of the flow, version 1 with seed 0 (github.com/corelight/community-id-spec)."""
    first, second = _ordered(handshake)
    told = bytes(2) + first.address + second.address + bytes((PROTOCOLS[handshake.transport], 0))
    told += first.port.to_bytes(2, "big") + second.port.to_bytes(2, "big")
    return "1:" + b64encode(hashlib.sha1(told, usedforsecurity=False).digest()).decode()


