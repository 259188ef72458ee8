"""The extensions table: one row an extension of a message that can be read, unknown and broken ones too.

Here lives: its columns and rows, and which messages carry extensions.  Here does not live: how values are told (``values``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.identity import entries
from analyzer.facts.messages import fault_text, type_name
from analyzer.facts.table import Column, Table
from analyzer.facts.values import tell_extension

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake
    from analyzer.tls.messages import Extension

__all__ = ["TABLE"]

COLUMNS = (
    Column("handshake", "int", "Number of the handshake."),
    Column("message", "int", "Position of its message in the messages table."),
    Column("message_type", "text", "Name of that message's type."),
    Column("sender", "text", "client or server."),
    Column("entry", "int", "Position in the chain of the certificate that it belongs to (TLS 1.3); null where it is the message's own."),
    Column("position", "int", "Position among the extensions of its message or entry, from 0."),
    Column("code", "int", "ExtensionType."),
    Column("name", "text", "IANA's name; GREASE (RFC 8701); null where the number is in no registry."),
    Column("length", "int", "Bytes of its body."),
    Column("value", "data", "What it holds, numbers as {code, name}, bytes as hex; null where it is unknown or broken."),
    Column("body", "text", "Its body as hex where value does not tell all: unknown or broken ones; else null."),
    Column("fault", "text", "Where and why its body could not be read."),
)


def carried(message: object) -> Iterator[tuple[int | None, tuple[Extension, ...]]]:
    """Walk the lists of extensions in a message, with the certificate entry that each belongs to."""
    own: tuple[Extension, ...] | None = getattr(message, "extensions", None)
    if own:
        yield None, own
    for index, entry in enumerate(entries(message)):
        if entry.extensions:
            yield index, entry.extensions


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:  # noqa: ARG001 - a table's rows all take the book
    """Give one row for each extension."""
    for place, seen in enumerate(handshake.seen):
        if seen.message is None or seen.code is None:
            continue
        message_type = type_name(seen.code, seen.message)
        for entry, extensions in carried(seen.message):
            for position, extension in enumerate(extensions):
                code, value = extension.code, extension.value
                told: Any = None if value is None else tell_extension(code, value)
                bare = (value is None or extension.fault is not None) and extension.body
                yield (
                    number,
                    place,
                    message_type,
                    seen.sender,
                    entry,
                    position,
                    code,
                    registry.extension_name(code),
                    len(extension.body),
                    told,
                    extension.body.hex() if bare else None,
                    fault_text(extension.fault),
                )


TABLE = Table(name="extensions", doc="One row for each extension of each readable message.", columns=COLUMNS, rows=rows)
