"""The offers table: one row each thing that a side put forward to choose from.

Here lives: which lists are offers and what their numbers are called.  Here does not live: what was chosen (``agreement``).
A client's row is of its first hello; of a second one (after a HelloRetryRequest) only what may change there: key shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.hello import offered_versions
from analyzer.facts.story import values
from analyzer.facts.table import Column, Table
from analyzer.facts.texts import wire_text
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes
from analyzer.tls.messages import CertificateRequest
from analyzer.x509.names import read_name_der

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake

__all__ = ["TABLE"]

COLUMNS = (
    Column("handshake", "int", "Number of the handshake."),
    Column("sender", "text", "client (in its hello) or server (in its CertificateRequest)."),
    Column("hello", "int", "1 for the first ClientHello, 2 for the one after a HelloRetryRequest; null for a server's offers."),
    Column(
        "kind",
        "text",
        "version, cipher_suite, compression_method, group, key_share, signature_scheme, signature_scheme_cert, alpn, ec_point_format, "
        "psk_mode, certificate_compression, client_certificate_type, server_certificate_type, certificate_type, authority.",
    ),
    Column("position", "int", "Position in its list, from 0: the sender's order of preference."),
    Column("code", "int", "The number offered; null for kinds that offer names (alpn, authority)."),
    Column("name", "text", "Its name; GREASE (RFC 8701); null where the number is in no registry."),
)

CLIENT_LISTS: tuple[tuple[str, int, Callable[[int], str | None]], ...] = (
    ("group", 10, registry.group_name),
    ("signature_scheme", 13, registry.signature_scheme_name),
    ("signature_scheme_cert", 50, registry.signature_scheme_name),
    ("ec_point_format", 11, registry.ec_point_format_name),
    ("psk_mode", 45, registry.psk_mode_name),
    ("certificate_compression", 27, registry.certificate_compression_name),
    ("client_certificate_type", 19, registry.certificate_type_name),
    ("server_certificate_type", 20, registry.certificate_type_name),
)
"""kind, extension that lists its numbers, what they are called."""

REQUEST_LISTS: tuple[tuple[str, int, Callable[[int], str | None]], ...] = (
    ("signature_scheme", 13, registry.signature_scheme_name),
    ("signature_scheme_cert", 50, registry.signature_scheme_name),
    ("certificate_compression", 27, registry.certificate_compression_name),
)
"""The same for the extensions of a TLS 1.3 CertificateRequest."""

Offer = tuple[str, int, int | None, str | None]
"""kind, position, code, name."""


def numbers(kind: str, codes: Iterable[int] | None, namer: Callable[[int], str | None]) -> Iterator[Offer]:
    """Walk a list of numbers."""
    for position, code in enumerate(codes or ()):
        yield kind, position, code, namer(code)


def key_shares(offered: dict[int, Any]) -> Iterator[Offer]:
    """Walk the groups that a hello sends keys for (RFC 8446 section 4.2.8; code 40 before draft 23)."""
    shares = offered.get(codes.KEY_SHARE) or offered.get(codes.KEY_SHARE_DRAFT)
    return numbers("key_share", [share.group for share in shares or ()], registry.group_name)


def client_offers(handshake: Handshake) -> Iterator[tuple[int, Offer]]:
    """Walk what the client offers, with the number of its hello."""
    hello = handshake.client_hello
    if hello is None:
        return
    offered = values(hello.extensions)
    for offer in numbers("version", offered_versions(hello, offered.get(codes.SUPPORTED_VERSIONS)), registry.version_name):
        yield 1, offer
    for offer in numbers("cipher_suite", hello.cipher_suites, registry.cipher_suite_name):
        yield 1, offer
    for offer in numbers("compression_method", hello.compression_methods, registry.compression_method_name):
        yield 1, offer
    for kind, code, namer in CLIENT_LISTS:
        for offer in numbers(kind, offered.get(code), namer):
            yield 1, offer
    for position, name in enumerate(offered.get(codes.ALPN) or ()):
        yield 1, ("alpn", position, None, wire_text(name))
    for offer in key_shares(offered):
        yield 1, offer
    for second in handshake.client_hellos[1:2]:
        for offer in key_shares(values(second.extensions)):
            yield 2, offer


def server_offers(handshake: Handshake) -> Iterator[Offer]:
    """Walk what the server's CertificateRequest would take."""
    messages = (seen.message for seen in handshake.seen if seen.sender == SERVER)
    request = next((message for message in messages if isinstance(message, CertificateRequest)), None)
    if request is None:
        return
    extensions = values(request.extensions)
    yield from numbers("certificate_type", request.certificate_types, registry.client_certificate_type_name)
    yield from numbers("signature_scheme", request.signature_schemes, registry.signature_scheme_name)
    for kind, code, namer in REQUEST_LISTS:
        yield from numbers(kind, extensions.get(code), namer)
    for position, name in enumerate(request.authorities or extensions.get(47) or ()):
        yield "authority", position, None, read_name_der(name).text


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:  # noqa: ARG001 - a table's rows all take the book
    """Give one row for each thing offered."""
    for hello, offer in client_offers(handshake):
        yield (number, CLIENT, hello, *offer)
    for offer in server_offers(handshake):
        yield (number, SERVER, None, *offer)


TABLE = Table(name="offers", doc="One row for each thing that a side put forward to choose from.", columns=COLUMNS, rows=rows)
