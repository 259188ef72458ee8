"""Ticket: the fields of NewSessionTicket, before TLS 1.3 (RFC 5077 section 3.3) and in it (RFC 8446 section 4.6.1).

Here lives: both shapes.  Here does not live: their type (``messages``), what a server seals into a ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.tls.certificate import fill_first_fit
from analyzer.tls.codes import is_tls13
from analyzer.tls.hello import read_extensions

if TYPE_CHECKING:
    from analyzer.tls.hello import Fields
    from analyzer.tls.reader import Reader

__all__ = ["new_session_ticket"]


def _ticket_12(reader: Reader, fields: Fields) -> None:
    fields["lifetime"] = reader.u32()
    fields["ticket"] = reader.opaque(2)


def _ticket_13(reader: Reader, fields: Fields) -> None:
    fields["lifetime"] = reader.u32()
    fields["age_add"] = reader.u32()
    fields["nonce"] = reader.opaque(1)
    fields["ticket"] = reader.opaque(2)
    read_extensions(reader, "new_session_ticket", fields)


def new_session_ticket(reader: Reader, fields: Fields, version: int | None) -> None:
    """Read the ticket of the version; where the version is unknown, of the shape that fits."""
    if version is None:
        fill_first_fit(reader, fields, _ticket_12, _ticket_13)
    elif is_tls13(version):
        _ticket_13(reader, fields)
    else:
        _ticket_12(reader, fields)
