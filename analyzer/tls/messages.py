"""Handshake messages: bytes of one message in, one small immutable value out.

Here lives: the shape of every message of SSL 3.0 to TLS 1.3 (field names are the RFCs').  Here does not live: what
extensions hold (``extensions``), key exchange bodies (``key_exchange``), SSL 2.0 (``sslv2``), names of numbers
(``registry``), which message may follow which (``handshakes.order``).  Integers stay integers.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
    "CertificateEntry", "CertificateRequest", "CertificateStatus", "CertificateVerify", "ClientHello", "ClientKeyExchange",
    "CompressedCertificate", "EncryptedExtensions", "Extension", "Fault", "Finished", "HelloRequest", "HelloRetryRequest",
    "Message", "NewSessionTicket", "Opaque", "ServerHello", "ServerHelloDone", "ServerKeyExchange", "Certificate", "KeyUpdate",
    "EndOfEarlyData",
]  # fmt: skip


class Fault(msgspec.Struct, frozen=True):
    """Why bytes could not be read whole: a reason of the closed list in ``tls.reader`` and where (offset in the body)."""

    reason: str
    at: int


class Extension(msgspec.Struct, frozen=True):
    """One extension as it stood: ``value`` is what ``extensions`` read from ``body`` (None where unknown or broken)."""

    code: int
    body: bytes
    value: Any = None
    fault: Fault | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Root of all messages.  ``fault`` is set where the body broke off or lied; what could be read stays."""

    fault: Fault | None = None


class HelloRequest(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.1.1."""


class ClientHello(Message, frozen=True, kw_only=True):
    """RFC 8446 section 4.1.2; ``sslv2`` where it came in SSL 2.0 framing (RFC 5246 appendix E.2)."""

    version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    compression_methods: tuple[int, ...]
    extensions: tuple[Extension, ...] | None
    """None where the hello ended before the extensions' length (SSL 3.0, TLS 1.0): not the same as an empty list."""
    sslv2: bool = False


class ServerHello(Message, frozen=True, kw_only=True):
    """RFC 8446 section 4.1.3.  A HelloRetryRequest is told apart by its random and gets its own type."""

    version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    compression_method: int
    extensions: tuple[Extension, ...] | None


class HelloRetryRequest(ServerHello, frozen=True, kw_only=True):
    """RFC 8446 section 4.1.4 (also draft 16-21's own message type 6, which has no random: ``random`` is b"")."""


class EncryptedExtensions(Message, frozen=True, kw_only=True):
    """RFC 8446 section 4.3.1."""

    extensions: tuple[Extension, ...]


class CertificateEntry(msgspec.Struct, frozen=True):
    """One certificate of a chain; ``extensions`` only in TLS 1.3."""

    data: bytes
    extensions: tuple[Extension, ...] = ()


class Certificate(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.2, RFC 8446 section 4.4.2 (``request_context`` is None before 1.3)."""

    chain: tuple[CertificateEntry, ...]
    request_context: bytes | None = None


class CompressedCertificate(Message, frozen=True, kw_only=True):
    """RFC 8879: ``certificate`` is what was unpacked, None where it could not be (``fault`` says why)."""

    algorithm: int
    uncompressed_length: int
    compressed: bytes
    certificate: Certificate | None


class CertificateStatus(Message, frozen=True, kw_only=True):
    """RFC 6066 section 8 and RFC 6961: ``responses`` are DER OCSP responses (b"" for an absent one of a list)."""

    status_type: int
    responses: tuple[bytes, ...]


class ServerKeyExchange(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.3, RFC 8422 section 5.4, RFC 4279, RFC 5054."""

    kind: str
    """ecdhe, dhe, rsa_export, psk, ecdhe_psk, dhe_psk, srp, ecjpake, unknown."""
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


class CertificateRequest(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.4, RFC 8446 section 4.3.2."""

    certificate_types: tuple[int, ...] = ()
    signature_schemes: tuple[int, ...] = ()
    authorities: tuple[bytes, ...] = ()
    """DER distinguished names."""
    request_context: bytes | None = None
    extensions: tuple[Extension, ...] = ()


class ServerHelloDone(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.5."""


class ClientKeyExchange(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.7."""

    kind: str
    """rsa, dhe, ecdhe, psk, rsa_psk, dhe_psk, ecdhe_psk, srp, gost, unknown."""
    public: bytes | None = None
    encrypted_premaster: bytes | None = None
    psk_identity: bytes | None = None


class CertificateVerify(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.8, RFC 8446 section 4.4.3."""

    signature_scheme: int | None
    signature: bytes


class NewSessionTicket(Message, frozen=True, kw_only=True):
    """RFC 5077 section 3.3 (nonce and age_add are None), RFC 8446 section 4.6.1."""

    lifetime: int
    ticket: bytes
    age_add: int | None = None
    nonce: bytes | None = None
    extensions: tuple[Extension, ...] = ()


class Finished(Message, frozen=True, kw_only=True):
    """RFC 5246 section 7.4.9."""

    verify_data: bytes


class KeyUpdate(Message, frozen=True, kw_only=True):
    """RFC 8446 section 4.6.3."""

    request_update: int


class EndOfEarlyData(Message, frozen=True, kw_only=True):
    """RFC 8446 section 4.5."""


class Opaque(Message, frozen=True, kw_only=True):
    """A message of a type with no shape of its own here (certificate_url, supplemental_data, next_protocol, unknown …)."""

    type_code: int
    body: bytes
