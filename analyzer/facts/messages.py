"""The messages table: one row a handshake message (and ChangeCipherSpec), in the order of capture.

Here lives: its columns and rows.  Here does not live: extensions (``extensions``), certificates (``certificates``), which
are only pointed at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.capture.block import packet_number
from analyzer.facts.table import Column, Table
from analyzer.facts.texts import source_text
from analyzer.facts.values import tell, tellers
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.tls.messages import CertificateEntry, CompressedCertificate, Extension, HelloRetryRequest
from analyzer.x509 import read_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake
    from analyzer.tls.messages import Fault, Message

__all__ = ["TABLE", "fault_text", "type_name"]

COLUMNS = (
    Column("handshake", "int", "Number of the handshake."),
    Column("position", "int", "Position in the handshake, from 0; extensions and certificates point at it."),
    Column("source", "text", "The capture that holds its first packet."),
    Column("packet", "int", "Number of its first packet in that capture."),
    Column("last_packet", "int", "Number of the packet that completed it."),
    Column("time", "time", "Time of its first packet."),
    Column("sender", "text", "client or server."),
    Column("type", "text", "Name of its type, IANA's spelling; also hello_retry_request and change_cipher_spec; null where encrypted."),
    Column("type_code", "int", "HandshakeType; 256 + the number for SSL 2.0; null where encrypted and for change_cipher_spec."),
    Column("length", "int", "Bytes of its body; of an encrypted one, bytes of the record's fragment."),
    Column("encrypted", "flag", "It cannot be read."),
    Column("guess", "text", "What an encrypted message must be by its place."),
    Column("record_version", "text", "Version in the header of its record."),
    Column("record_version_code", "int", "Number of record_version."),
    Column("fault", "text", "Where and why its body could not be read whole."),
    Column("fields", "data", "Its fields: the RFC's names, numbers as {code, name}, bytes as hex; extensions and certificates pointed at."),
)


def fault_text(fault: Fault | None) -> str | None:
    """Tell a fault as ``reason at offset``."""
    return f"{fault.reason} at {fault.at}" if fault else None


def pointer(value: Any) -> Any:
    """Replace what has a table of its own by what leads there: extensions by code and name, certificates by their hash."""
    if isinstance(value, Extension):
        return {"code": value.code, "name": registry.extension_name(value.code), "length": len(value.body)}
    if isinstance(value, CertificateEntry):
        return {
            "sha256": read_certificate(value.data).sha256,
            "length": len(value.data),
            "extensions": [pointer(extension) for extension in value.extensions],
        }
    return None


def told_fields(message: Message | None) -> dict[str, Any] | None:
    """Tell a message's fields; None where it is encrypted or has none (ChangeCipherSpec)."""
    if message is None:
        return None
    fields: dict[str, Any] = {}
    for field, teller in tellers(type(message)):
        value = getattr(message, field)
        if field in {"extensions", "chain"} and isinstance(value, tuple):
            fields[field] = [pointer(item) for item in value]
        elif field == "certificate" and isinstance(message, CompressedCertificate):
            fields[field] = told_fields(value)
        elif field != "fault":
            fields[field] = tell(value, teller)
    return fields


def type_name(code: int | None, message: Message | None) -> str | None:
    """Name a message's type; a HelloRetryRequest, which has a ServerHello's number (RFC 8446 section 4.1.4), by its own name."""
    if code is None or isinstance(message, HelloRetryRequest):
        return None if code is None else "hello_retry_request"
    return registry.handshake_type_name(code)


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:
    """Give one row for each message seen."""
    for position, seen in enumerate(handshake.seen):
        code, message, version = seen.code, seen.message, seen.record_version
        yield (
            number,
            position,
            source_text(seen.packet, book.sources),
            packet_number(seen.packet),
            packet_number(seen.last_packet),
            seen.time,
            seen.sender,
            type_name(code, message),
            None if code == CHANGE_CIPHER_SPEC else code,
            seen.length,
            code is None,
            seen.guess,
            None if version is None else registry.version_name(version),
            version,
            fault_text(message.fault) if message else None,
            told_fields(message),
        )


TABLE = Table(name="messages", doc="One row for each handshake message, in the order of capture.", columns=COLUMNS, rows=rows)
