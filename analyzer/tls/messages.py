"""Handshake messages: bytes of one message in, one small immutable value out.

Here lives: the type of every message of SSL 3.0 to TLS 1.3 (field names are the RFCs') and ``read_message``.  Here does not
live: how fields follow one another (``hello``, ``certificate``, ``key_exchange``, ``ticket``), what extensions hold (``extensions``),
SSL 2.0 (``sslv2``), names of numbers (``registry``), which message may follow which (``handshakes.order``).  Integers stay
integers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from analyzer.tls import certificate, codes, hello, key_exchange, ticket
from analyzer.tls.certificate import CertificateEntry
from analyzer.tls.extensions import Extension
from analyzer.tls.hello import Fields
from analyzer.tls.reader import BOUNDS, Bounds, Fault, Malformed, Reader

__all__ = [
    "Certificate", "CertificateEntry", "CertificateRequest", "CertificateStatus", "CertificateVerify", "ClientHello",
    "ClientKeyExchange", "CompressedCertificate", "EncryptedExtensions", "EndOfEarlyData", "Extension", "Fault", "Finished",
    "HelloRequest", "HelloRetryRequest", "HelloVerifyRequest", "KeyUpdate", "Message", "NewSessionTicket", "Opaque", "ServerHello",
    "ServerHelloDone", "ServerKeyExchange", "read_message",
]  # fmt: skip


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Root of all messages.  ``fault`` is set where the body broke off or lied; what could be read stays."""

    fault: Fault | None = None


class HelloRequest(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.1.1."""


class ClientHello(Message, frozen=True, kw_only=True, gc=False):
    """RFC 8446 section 4.1.2; ``sslv2`` where it came in SSL 2.0 framing (RFC 5246 appendix E.2)."""

    version: int
    random: bytes = b""
    session_id: bytes = b""
    cipher_suites: tuple[int, ...] = ()
    compression_methods: tuple[int, ...] = ()
    extensions: tuple[Extension, ...] | None = None
    """None where the hello ended before the extensions' length (SSL 3.0, TLS 1.0): not the same as an empty list."""
    sslv2: bool = False
    cookie: bytes | None = None
    """DTLS before 1.3 only (RFC 6347 section 4.2.1)."""


class ServerHello(Message, frozen=True, kw_only=True, gc=False):
    """RFC 8446 section 4.1.3.  A HelloRetryRequest is told apart by its random and gets its own type.

    ``cipher_suite`` and ``compression_method`` are None where a draft of TLS 1.3 does not send them, or the body broke off.
    """

    version: int
    random: bytes = b""
    session_id: bytes = b""
    cipher_suite: int | None = None
    compression_method: int | None = None
    extensions: tuple[Extension, ...] | None = None


class HelloVerifyRequest(Message, frozen=True, kw_only=True, gc=False):
    """RFC 6347 section 4.2.1 (DTLS before 1.3)."""

    version: int
    cookie: bytes = b""


class HelloRetryRequest(ServerHello, frozen=True, kw_only=True, gc=False):
    """RFC 8446 section 4.1.4 (also draft 16-21's own message type 6, which has no random: ``random`` is b"")."""


class EncryptedExtensions(Message, frozen=True, kw_only=True, gc=False):
    """RFC 8446 section 4.3.1."""

    extensions: tuple[Extension, ...] = ()


class Certificate(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.2, RFC 8446 section 4.4.2 (``request_context`` is None before 1.3)."""

    chain: tuple[CertificateEntry, ...] = ()
    request_context: bytes | None = None


class CompressedCertificate(Message, frozen=True, kw_only=True, gc=False):
    """RFC 8879: ``certificate`` is what was unpacked, None where it could not be (``fault`` says why)."""

    algorithm: int
    uncompressed_length: int = 0
    compressed: bytes = b""
    certificate: Certificate | None = None


class CertificateStatus(Message, frozen=True, kw_only=True, gc=False):
    """RFC 6066 section 8 and RFC 6961: ``responses`` are DER OCSP responses (b"" for an absent one of a list)."""

    status_type: int
    responses: tuple[bytes, ...] = ()


class ServerKeyExchange(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.3, RFC 8422 section 5.4, RFC 4279, RFC 5054."""

    kind: str
    """ecdhe, dhe, rsa_export, psk, ecdhe_psk, dhe_psk, srp, ecjpake, eccpwd, unknown."""
    group: int | None = None
    """Named curve (registry of groups) for ecdhe."""
    curve_type: int | None = None
    dh_p: bytes | None = None
    dh_g: bytes | None = None
    public: bytes | None = None
    rsa_modulus: bytes | None = None
    rsa_exponent: bytes | None = None
    psk_identity_hint: bytes | None = None
    signature_scheme: int | None = None
    """TLS 1.2's two-byte algorithm; None before 1.2 (the certificate's key says it) and for anonymous suites."""
    signature: bytes | None = None
    salt: bytes | None = None
    """Of srp (where dh_p is N, dh_g is g, public is B) and eccpwd."""
    proof: tuple[bytes, ...] = ()
    """The zero-knowledge proof of ecjpake, the scalar of eccpwd."""
    body: bytes | None = None
    """All of it, where kind is unknown."""


class CertificateRequest(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.4, RFC 8446 section 4.3.2."""

    certificate_types: tuple[int, ...] = ()
    signature_schemes: tuple[int, ...] = ()
    authorities: tuple[bytes, ...] = ()
    """DER distinguished names."""
    request_context: bytes | None = None
    extensions: tuple[Extension, ...] = ()


class ServerHelloDone(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.5."""


class ClientKeyExchange(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.7."""

    kind: str
    """rsa, dhe, ecdhe, psk, rsa_psk, dhe_psk, ecdhe_psk, srp, gost, krb5, ecjpake, eccpwd, unknown."""
    public: bytes | None = None
    """b"" where the client's certificate holds the key (fixed (EC)DH)."""
    encrypted_premaster: bytes | None = None
    """For gost and krb5 the whole body."""
    psk_identity: bytes | None = None
    proof: tuple[bytes, ...] = ()
    """The zero-knowledge proof of ecjpake, the scalar of eccpwd."""
    body: bytes | None = None
    """All of it, where kind is unknown."""


class CertificateVerify(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.8, RFC 8446 section 4.4.3."""

    signature_scheme: int | None = None
    signature: bytes = b""


class NewSessionTicket(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5077 section 3.3 (nonce and age_add are None), RFC 8446 section 4.6.1."""

    lifetime: int
    ticket: bytes = b""
    age_add: int | None = None
    nonce: bytes | None = None
    extensions: tuple[Extension, ...] = ()


class Finished(Message, frozen=True, kw_only=True, gc=False):
    """RFC 5246 section 7.4.9: 12 bytes, 36 in SSL 3.0 (RFC 6101 section 5.6.9), a hash in TLS 1.3."""

    verify_data: bytes = b""


class KeyUpdate(Message, frozen=True, kw_only=True, gc=False):
    """RFC 8446 section 4.6.3."""

    request_update: int


class EndOfEarlyData(Message, frozen=True, kw_only=True, gc=False):
    """RFC 8446 section 4.5."""


class Opaque(Message, frozen=True, kw_only=True, gc=False):
    """A message of a type with no shape of its own here (certificate_url, supplemental_data, next_protocol, unknown …)."""

    type_code: int
    body: bytes


# ---- reading: one filler per message type; a filler leaves in ``fields`` what it read before the bytes broke off

_Filler = Callable[[Reader, Fields, int | None, str | None], None]


def _plain(filler: Callable[[Reader, Fields], None]) -> _Filler:
    return lambda reader, fields, _version, _key_exchange: filler(reader, fields)


def _versioned(filler: Callable[[Reader, Fields, int | None], None]) -> _Filler:
    return lambda reader, fields, version, _key_exchange: filler(reader, fields, version)


def _nothing(reader: Reader, fields: Fields) -> None:
    """Messages without a body."""


def _finished(reader: Reader, fields: Fields) -> None:
    fields["verify_data"] = reader.rest()


def _key_update(reader: Reader, fields: Fields) -> None:
    fields["request_update"] = reader.u8()


def _compressed_certificate(reader: Reader, fields: Fields) -> None:
    fields["algorithm"] = reader.u16()
    fields["uncompressed_length"] = reader.u24()
    fields["compressed"] = reader.opaque(3)


_READERS: dict[int, tuple[type[Message], _Filler]] = {
    codes.HELLO_REQUEST: (HelloRequest, _plain(_nothing)),
    codes.CLIENT_HELLO: (ClientHello, _plain(hello.client_hello)),
    codes.SERVER_HELLO: (ServerHello, _plain(hello.server_hello)),
    codes.HELLO_VERIFY_REQUEST: (HelloVerifyRequest, _plain(hello.hello_verify)),
    codes.NEW_SESSION_TICKET: (NewSessionTicket, _versioned(ticket.new_session_ticket)),
    codes.END_OF_EARLY_DATA: (EndOfEarlyData, _plain(_nothing)),
    codes.HELLO_RETRY_REQUEST: (HelloRetryRequest, _plain(hello.draft_hello_retry)),
    codes.ENCRYPTED_EXTENSIONS: (EncryptedExtensions, _plain(hello.encrypted_extensions)),
    codes.CERTIFICATE: (Certificate, _versioned(certificate.certificate)),
    codes.SERVER_KEY_EXCHANGE: (ServerKeyExchange, key_exchange.server_key_exchange),
    codes.CERTIFICATE_REQUEST: (CertificateRequest, _versioned(certificate.certificate_request)),
    codes.SERVER_HELLO_DONE: (ServerHelloDone, _plain(_nothing)),
    codes.CERTIFICATE_VERIFY: (CertificateVerify, _versioned(certificate.certificate_verify)),
    codes.CLIENT_KEY_EXCHANGE: (ClientKeyExchange, key_exchange.client_key_exchange),
    codes.FINISHED: (Finished, _plain(_finished)),
    codes.CERTIFICATE_STATUS: (CertificateStatus, _plain(certificate.certificate_status)),
    codes.KEY_UPDATE: (KeyUpdate, _plain(_key_update)),
    codes.COMPRESSED_CERTIFICATE: (CompressedCertificate, _plain(_compressed_certificate)),
}
"""HandshakeType -> its type and how its fields are read; every other type is Opaque."""


_USUAL: dict[int, Callable[[bytes, int], Fields | None]] = {
    codes.CLIENT_HELLO: hello.usual_client_hello,
    codes.SERVER_HELLO: hello.usual_server_hello,
}
"""HandshakeType -> a short cut for bodies of the usual form."""


def read_message(
    code: int, body: bytes, *, version: int | None = None, key_exchange: str | None = None, bounds: Bounds = BOUNDS
) -> Message:
    """Read one handshake message, without its four-byte header.  Never raises, whatever ``body`` holds.

    ``version`` is the negotiated one (0x0304 and the drafts' 0x7fXX have TLS 1.3's shapes), ``key_exchange`` that of the
    cipher suite as IANA's name of the suite spells it; None where unknown: the bytes decide as far as they can.  ``bounds``
    say what it may make of its bytes.  A body that breaks off or lies gives what was read up to
    there with ``fault``, or an Opaque with it where that is nothing.
    """
    row = _READERS.get(code)
    if row is None:
        return Opaque(type_code=code, body=body)
    make, fill = row
    usual = _USUAL.get(code)
    if usual is not None and (whole := usual(body, bounds.items)):
        return make(**whole)
    fields: dict[str, Any] = {}
    reader = Reader(body, bounds=bounds)
    try:
        fill(reader, fields, version, key_exchange)
        fields["fault"] = reader.fault()
    except Malformed as malformed:
        fault = Fault(malformed.reason, malformed.at)
        if not fields:
            return Opaque(type_code=code, body=body, fault=fault)
        fields["fault"] = fault
    if make is ServerHello and fields.get("random") == codes.HELLO_RETRY_RANDOM:
        make = HelloRetryRequest
    elif make is CompressedCertificate and fields["fault"] is None:
        _unpack(fields, bounds)
    return make(**fields)


def _unpack(fields: Fields, bounds: Bounds) -> None:
    try:
        unpacked = certificate.uncompress(fields["algorithm"], fields["compressed"], fields["uncompressed_length"], bounds)
    except Malformed as malformed:
        fields["fault"] = Fault(malformed.reason, malformed.at)
        return
    inner = read_message(codes.CERTIFICATE, unpacked, version=codes.TLS13, bounds=bounds)
    fields["certificate"] = inner if isinstance(inner, Certificate) else None
    fields["fault"] = inner.fault
