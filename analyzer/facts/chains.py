"""The chains table: which certificates a side showed, in its order; also where certificates of a handshake are found.

Here lives: its columns and rows.  Here does not live: what stands in a certificate (``certificates``), whether a chain holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.facts.table import Column, Table
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.x509 import read_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake
    from analyzer.x509 import Certificate

__all__ = ["TABLE", "shown"]

COLUMNS = (
    Column("handshake", "int", "Number of the handshake."),
    Column("sender", "text", "client or server."),
    Column("position", "int", "Position in the chain as sent, from 0: the leaf."),
    Column("sha256", "text", "SHA-256 of the certificate, hex: the key of the certificates table."),
)


def shown(handshake: Handshake) -> Iterator[tuple[str, int, Certificate]]:
    """Walk the certificates of both sides: sender, position, certificate."""
    for sender, chain in ((SERVER, handshake.server_chain), (CLIENT, handshake.client_chain)):
        for position, der in enumerate(chain or ()):
            yield sender, position, read_certificate(der)


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:  # noqa: ARG001 - a table's rows all take the book
    """Give one row for each certificate of each side."""
    for sender, position, certificate in shown(handshake):
        yield number, sender, position, certificate.sha256


TABLE = Table(name="chains", doc="One row for each certificate that a side showed.", columns=COLUMNS, rows=rows)
