"""Telling: the fields of a message that say most, at most six, in words short enough to stand beside an arrow.

Here lives: which fields these are for each type of message, as one table.  Here does not live: all of its fields (``fields``), what
sealed messages might hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.agreement import bits
from analyzer.facts.hello import look, newest, offered_versions, server_name
from analyzer.facts.identity import entries
from analyzer.facts.story import values
from analyzer.facts.texts import wire_text
from analyzer.registry.grease import is_grease
from analyzer.times import iso_seconds
from analyzer.tls import codes, messages, sslv2
from analyzer.x509 import read_certificate
from analyzer.x509.names import read_name_der

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyzer.facts.story import Story
    from analyzer.ladders.draft import Draft
    from analyzer.x509 import Certificate

__all__ = ["LONGEST", "MOST", "tell"]

MOST = 6
"""Fields told of a message: what has room beside an arrow."""
LONGEST = 120
"""Characters of a field: a subject or a server name may have a megabyte, the tables have all of it."""
ITEMS = 4
"""Items of a list that are named; the rest is counted."""

Told = tuple[str, str | None]


def tell(story: Story, drafts: Iterable[Draft]) -> None:
    """Give each rung of a readable message what it tells."""
    for one in drafts:
        message = one.seen.message if one.seen is not None else None
        teller = TELLERS.get(type(message))
        if teller is not None:
            told = [(label, shortened(text)) for label, text in teller(story, message) if text]
            one.telling = (*told[:MOST],)
        if message is not None and message.fault is not None:
            one.note = f"it could not be read whole: {message.fault.reason} at byte {message.fault.at}"


def shortened(text: str) -> str:
    """Return a text that has room; what was cut off is marked."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def listed(names: Iterable[str], most: int = ITEMS) -> str | None:
    """Name the first items of a list and count the rest; None for an empty one."""
    every = list(names)
    if not every:
        return None
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(shortened(one) for one in every[:most]) + rest


def _named(numbers: Any, namer: Callable[[int], str | None], most: int = ITEMS) -> str | None:
    """Name a list of numbers without GREASE (RFC 8701)."""
    found = [one for one in numbers if isinstance(one, int) and not is_grease(one)] if isinstance(numbers, tuple) else []
    return listed((namer(one) or f"0x{one:04x}" for one in found), most)


def _name(number: int | None, namer: Callable[[int], str | None]) -> str | None:
    return None if number is None else namer(number) or f"0x{number:04x}"


def _protocols(value: Any) -> str | None:
    return listed(wire_text(one) for one in value if isinstance(one, bytes)) if isinstance(value, tuple) else None


def _client_hello(story: Story, hello: messages.ClientHello) -> Iterator[Told]:
    offered = values(hello.extensions)
    yield "server name", server_name(offered.get(codes.SERVER_NAME))
    versions = offered_versions(hello, offered.get(codes.SUPPORTED_VERSIONS))
    if codes.SUPPORTED_VERSIONS in offered:
        yield "versions", _named(versions, registry.version_name)
    else:
        newest_one = newest(versions)
        yield "version", None if newest_one is None else f"up to {_name(newest_one, registry.version_name)}"
    yield "cipher suites", str(sum(not is_grease(one) for one in hello.cipher_suites))
    shares = offered.get(codes.KEY_SHARE) or offered.get(codes.KEY_SHARE_DRAFT)
    if isinstance(shares, tuple) and shares:
        yield "key shares", _named(tuple(getattr(share, "group", None) for share in shares), registry.group_name)
    else:
        yield "groups", _named(offered.get(codes.SUPPORTED_GROUPS), registry.group_name)
    yield "ALPN", _protocols(offered.get(codes.ALPN))
    yield "JA4", look(hello, offered, story.handshake.framing)[5]


def _server_hello(_story: Story, hello: messages.ServerHello) -> Iterator[Told]:
    answered = values(hello.extensions)
    chosen = answered.get(codes.SUPPORTED_VERSIONS)
    yield "version", _name(chosen if isinstance(chosen, int) else hello.version, registry.version_name)
    yield "cipher suite", _name(hello.cipher_suite, registry.cipher_suite_name)
    share = answered.get(codes.KEY_SHARE) or answered.get(codes.KEY_SHARE_DRAFT)
    group = share if isinstance(share, int) else getattr(share, "group", None)
    yield "group asked for" if type(hello) is messages.HelloRetryRequest else "group", _name(group, registry.group_name)
    identity = answered.get(codes.PRE_SHARED_KEY)
    yield "pre-shared key", None if identity is None else f"identity {identity}"
    yield "ALPN", _protocols(answered.get(codes.ALPN))
    cookie = answered.get(codes.COOKIE)
    yield "cookie", f"{len(cookie)} bytes" if isinstance(cookie, bytes) else None
    if hello.session_id and codes.SUPPORTED_VERSIONS not in answered:
        yield "session id", f"{len(hello.session_id)} bytes"


def _encrypted_extensions(_story: Story, one: messages.EncryptedExtensions) -> Iterator[Told]:
    answered = values(one.extensions)
    yield "ALPN", _protocols(answered.get(codes.ALPN))
    yield "extensions", listed(registry.extension_name(code) or str(code) for code in answered)


def _certificate(_story: Story, message: messages.Message) -> Iterator[Told]:
    chain = entries(message)
    if not chain:
        yield "certificates", "none" if isinstance(message, messages.Certificate) else None
        return
    leaf = read_certificate(chain[0].data)
    yield "subject", leaf.subject or listed(leaf.san_dns, 2) or "no subject"
    yield "issuer", leaf.issuer
    yield "valid to", _until(leaf)
    size = None if leaf.public_key_size is None else f"{leaf.public_key_size} bits"
    yield "key", " ".join(filter(None, (leaf.public_key_algorithm, size))) or None
    yield "certificates", str(len(chain))
    if isinstance(message, messages.CompressedCertificate):
        name = registry.certificate_compression_name(message.algorithm) or str(message.algorithm)
        yield "compressed", f"{name}, {len(message.compressed)} of {message.uncompressed_length} bytes"


def _until(leaf: Certificate) -> str | None:
    return None if leaf.not_after is None else f"{iso_seconds(leaf.not_after)} UTC"


def _status(_story: Story, one: messages.CertificateStatus) -> Iterator[Told]:
    yield "type", registry.certificate_status_type_name(one.status_type) or str(one.status_type)
    yield "response", listed(f"{len(response)} bytes" for response in one.responses)


def _server_key_exchange(_story: Story, one: messages.ServerKeyExchange) -> Iterator[Told]:
    yield "kind", one.kind
    yield "group", _name(one.group, registry.group_name)
    size = bits(one.dh_p)
    yield "DH prime", None if size is None else " ".join(filter(None, (f"{size} bits", registry.dh_group(one.dh_p or b""))))
    size = bits(one.rsa_modulus)
    yield "temporary RSA key", None if size is None else f"{size} bits"
    yield "identity hint", None if one.psk_identity_hint is None else wire_text(one.psk_identity_hint) or "empty"
    yield "public key", None if one.public is None else f"{len(one.public)} bytes"
    length = f"{len(one.signature)} bytes" if one.signature else None
    yield "signature", _name(one.signature_scheme, registry.signature_scheme_name) or length


def _certificate_request(_story: Story, one: messages.CertificateRequest) -> Iterator[Told]:
    extensions = values(one.extensions)
    yield "types", _named(one.certificate_types, registry.client_certificate_type_name)
    schemes = one.signature_schemes or extensions.get(codes.SIGNATURE_ALGORITHMS)
    yield "signature schemes", _named(schemes, registry.signature_scheme_name)
    authorities = one.authorities or extensions.get(codes.CERTIFICATE_AUTHORITIES) or ()
    if isinstance(authorities, tuple):
        first = tuple(one for one in authorities[:2] if isinstance(one, bytes))
        more = f" and {len(authorities) - len(first)} more" if len(authorities) > len(first) else ""
        yield "authorities", "; ".join(shortened(read_name_der(der).text or "") for der in first) + more if authorities else "any"


def _client_key_exchange(_story: Story, one: messages.ClientKeyExchange) -> Iterator[Told]:
    yield "kind", one.kind
    yield "public key", None if one.public is None else f"{len(one.public)} bytes"
    yield "encrypted premaster secret", None if one.encrypted_premaster is None else f"{len(one.encrypted_premaster)} bytes"
    yield "identity", None if one.psk_identity is None else wire_text(one.psk_identity) or "empty"


def _certificate_verify(_story: Story, one: messages.CertificateVerify) -> Iterator[Told]:
    yield "signature scheme", _name(one.signature_scheme, registry.signature_scheme_name)
    yield "signature", f"{len(one.signature)} bytes"


def _ticket(_story: Story, one: messages.NewSessionTicket) -> Iterator[Told]:
    yield "lifetime", f"{one.lifetime} s"
    yield "ticket", f"{len(one.ticket)} bytes"


def _cookie(_story: Story, one: messages.HelloVerifyRequest) -> Iterator[Told]:
    yield "version", _name(one.version, registry.version_name)
    yield "cookie", f"{len(one.cookie)} bytes"


def _key_update(_story: Story, one: messages.KeyUpdate) -> Iterator[Told]:
    yield "request", registry.key_update_request_name(one.request_update) or str(one.request_update)


def _sslv2_server_hello(_story: Story, one: sslv2.Sslv2ServerHello) -> Iterator[Told]:
    yield "version", _name(one.version, registry.version_name)
    yield "cipher specs", _named(one.cipher_specs, registry.cipher_suite_name)
    yield "session taken up", "yes" if one.session_id_hit else None
    if one.certificate:
        leaf = read_certificate(one.certificate)
        yield "subject", leaf.subject
        yield "issuer", leaf.issuer
        yield "valid to", _until(leaf)


def _sslv2_master_key(_story: Story, one: sslv2.Sslv2ClientMasterKey) -> Iterator[Told]:
    yield "cipher suite", _name(one.cipher_kind, registry.cipher_suite_name)


def _sslv2_error(_story: Story, one: sslv2.Sslv2Error) -> Iterator[Told]:
    names = {1: "no cipher", 2: "no certificate", 4: "bad certificate", 6: "unsupported certificate type"}
    yield "error", names.get(one.error_code, str(one.error_code))


def _opaque(_story: Story, one: messages.Opaque) -> Iterator[Told]:
    yield "body", f"{len(one.body)} bytes"


TELLERS: dict[type[Any], Callable[[Story, Any], Iterator[Told]]] = {
    messages.ClientHello: _client_hello,
    messages.ServerHello: _server_hello,
    messages.HelloRetryRequest: _server_hello,
    messages.HelloVerifyRequest: _cookie,
    messages.EncryptedExtensions: _encrypted_extensions,
    messages.Certificate: _certificate,
    messages.CompressedCertificate: _certificate,
    messages.CertificateStatus: _status,
    messages.ServerKeyExchange: _server_key_exchange,
    messages.CertificateRequest: _certificate_request,
    messages.ClientKeyExchange: _client_key_exchange,
    messages.CertificateVerify: _certificate_verify,
    messages.NewSessionTicket: _ticket,
    messages.KeyUpdate: _key_update,
    messages.Opaque: _opaque,
    sslv2.Sslv2ServerHello: _sslv2_server_hello,
    sslv2.Sslv2ClientMasterKey: _sslv2_master_key,
    sslv2.Sslv2Error: _sslv2_error,
}
"""Type of a message -> what it tells: (label, text); a text of None is left out."""
